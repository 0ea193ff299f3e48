//! Who plays, and what the chapters hand on to each other.

use super::files::Attached;
use super::story::{Ended, Person, Story};
use crate::client::ClientError;
use crate::import::entry::Entry;
use crate::world::PEOPLE;

/// Everybody, signed in.
pub(super) struct People {
    /// Runs the service.
    pub(super) olga: Person,
    /// Admin of Lantern CERT.
    pub(super) ada: Person,
    /// Analyst there.
    pub(super) ben: Person,
    /// Reads along there.
    pub(super) cleo: Person,
    /// External reader there.
    pub(super) xenia: Person,
    /// External actor there.
    pub(super) yuri: Person,
    /// Admin of Harbour Bank.
    pub(super) hana: Person,
    /// An outsider.
    pub(super) otto: Person,
    /// Another outsider, in a group.
    pub(super) pia: Person,
    /// A stranger.
    pub(super) eve: Person,
}

impl People {
    /// Signs everybody in.
    pub(super) async fn sign_in(story: &Story) -> Result<Self, ClientError> {
        let person = async |email: &str| {
            let name =
                PEOPLE.iter().find(|one| one.email == email).map_or("Eve Stark", |one| one.name);
            let client = story.host().dev_sign_in(email, Some(name)).await?;
            let first = name.split(' ').next().unwrap_or(name);
            Ok::<_, ClientError>(Person { name: first.to_owned(), email: email.to_owned(), client })
        };
        Ok(Self {
            olga: person(crate::world::OPERATOR).await?,
            ada: person("ada@lantern.example").await?,
            ben: person("ben@lantern.example").await?,
            cleo: person("cleo@lantern.example").await?,
            xenia: person("xenia@customer.example").await?,
            yuri: person("yuri@customer.example").await?,
            hana: person("hana@harbour.example").await?,
            otto: person("otto@outside.example").await?,
            pia: person("pia@partner.example").await?,
            eve: person("eve@elsewhere.example").await?,
        })
    }

    /// Somebody who appears once, by address.
    pub(super) async fn passer_by(story: &Story, name: &str, email: &str) -> Result<Person, Ended> {
        let client = story.host().dev_sign_in(email, Some(name)).await?;
        Ok(Person { name: name.to_owned(), email: email.to_owned(), client })
    }
}

/// A case of the story.
#[derive(Clone)]
pub(super) struct CaseInPlay {
    /// Its id.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// How far it may be passed on.
    pub(super) tlp: &'static str,
    /// Where it is.
    pub(super) path: String,
    /// Its document.
    pub(super) document: Attached,
}

/// The three cases on which the story turns.
pub(super) struct Cases {
    /// Shared with colleagues, the group, the outsider and external users.
    pub(super) first: CaseInPlay,
    /// Its list of shares is replaced; invitations fail and are declined.
    pub(super) second: CaseInPlay,
    /// Restricted, shared with another org's admin, closed and deleted.
    pub(super) third: CaseInPlay,
}

impl CaseInPlay {
    /// A case made from `entry`.
    pub(super) fn new(id: &str, entry: &Entry, document: Attached) -> Self {
        Self {
            id: id.to_owned(),
            title: entry.case.title.clone(),
            tlp: entry.case.tlp,
            path: format!("/v1/cases/{id}"),
            document,
        }
    }

    /// What a mail about it must not say: from `amber` up, its title.
    pub(super) fn secrets(&self) -> Vec<&str> {
        if matches!(self.tlp, "clear" | "green") { Vec::new() } else { vec![&self.title] }
    }

    /// Its first words, as one types them to find it.
    pub(super) fn first_words(&self) -> String {
        self.title.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// A path below the case.
    pub(super) fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }

    /// The path of its document.
    pub(super) fn document_path(&self) -> String {
        self.at(&format!("attachments/{}", self.document.id))
    }
}
