//! Mail, as the local host's mailbox shows it.

use serde_json::Value;

use super::World;

/// One mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) json: Value,
}

impl Mail {
    /// All mail to an address, oldest first.
    pub(super) async fn to(world: &World, address: &str) -> Vec<Self> {
        Self::try_to(world, address).await.expect("there is a mailbox")
    }

    /// The same, from a host that may die while it answers.
    pub(crate) async fn try_to(world: &World, address: &str) -> Option<Vec<Self>> {
        let address = address.replace('%', "%25").replace('+', "%2B").replace('@', "%40");
        let said = world.try_page(&format!("/mail.json?to={address}")).await?;
        let mut mails: Vec<Value> = serde_json::from_str(&said).expect("the mailbox speaks JSON");
        mails.reverse();
        let part = |mail: &Value, name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        let mails = mails.into_iter().map(|mail| Self {
            subject: part(&mail, "subject"),
            text: part(&mail, "text"),
            html: part(&mail, "html"),
            json: mail,
        });
        Some(mails.collect())
    }

    /// The token of the invitation.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        token_in(&self.text).unwrap_or_else(|| panic!("no token in the mail:\n{}", self.text))
    }

    /// Whether any part says this.
    pub(crate) fn says(&self, what: &str) -> bool {
        [&self.subject, &self.text, &self.html].iter().any(|part| part.contains(what))
    }
}

/// The token in the first link to the landing page.
fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("/i#")?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>&)".contains(c)).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}
