//! The mailbox: every mail that the embedded SES took, for ever.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::durable;

/// One mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Mail {
    /// Its id, which is also the `MessageId` that SES answered: a ULID.
    pub id: String,
    /// When SES took it.
    pub at: Timestamp,
    /// The recipients, separated by commas.
    pub to: String,
    /// The sender.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The text for those who read text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// What the sender tagged it with.
    pub tags: BTreeMap<String, String>,
    /// What became of it.
    pub state: State,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It arrived.
    Delivered,
    /// It came back for good.
    Bounced,
    /// It arrived, and its recipient complained.
    Complained,
    /// SES found a virus in it.
    Rejected,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Rejected => "rejected",
        }
    }
}

/// All mail, newest first. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    folder: Arc<PathBuf>,
    mails: Arc<RwLock<BTreeMap<String, Arc<Mail>>>>,
}

impl Mailbox {
    /// Reads all mail. A file that is no mail is passed over with a warning.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut mails = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            match serde_json::from_slice::<Mail>(&std::fs::read(&path)?) {
                Ok(mail) => {
                    mails.insert(mail.id.clone(), Arc::new(mail));
                }
                Err(error) => tracing::warn!(%error, "a file in the mail folder is no mail"),
            }
        }
        Ok(Self { folder: Arc::new(folder.to_owned()), mails: Arc::new(RwLock::new(mails)) })
    }

    /// Keeps a mail; it lies on the disk when this returns. Blocks.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn keep(&self, mail: Mail) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(&mail)?;
        durable::write(&self.folder.join(format!("{}.json", mail.id)), &bytes)?;
        let mut mails = self.mails.write().unwrap_or_else(PoisonError::into_inner);
        mails.insert(mail.id.clone(), Arc::new(mail));
        Ok(())
    }

    /// The mail with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Mail>> {
        self.mails.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The mail to `to`, or all of it, newest first, at most `limit`.
    #[must_use]
    pub fn list(&self, to: Option<&str>, limit: usize) -> Vec<Arc<Mail>> {
        let mails = self.mails.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = |mail: &&Arc<Mail>| {
            to.is_none_or(|to| mail.to.split(", ").any(|one| one.eq_ignore_ascii_case(to)))
        };
        mails.values().rev().filter(wanted).take(limit).cloned().collect()
    }
}
