//! Items: comments and attachments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::event::{Actor, Event, EventItem, EventKind};
use crate::access::ItemFacts;
use crate::address::Address;
use crate::id::{CaseId, ItemId, OrgId, UserId};
use crate::rights::Section;
use crate::text::{CommentText, FileName, Name};

/// Where an item was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By somebody with access to the case.
    #[default]
    Internal,
    /// Through the portal.
    Portal,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// What is said.
    pub text: CommentText,
    /// Who said it.
    pub author: UserId,
    /// Who said it, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<Name>,
    /// Where it was made.
    pub origin: Origin,
    /// Marked external.
    #[serde(default)]
    pub external: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its text last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Raised by every change.
    pub version: u64,
}

impl Comment {
    /// As far as reach goes, for `caller`.
    #[must_use]
    pub fn facts(&self, caller: UserId) -> ItemFacts {
        ItemFacts {
            external: self.external,
            portal: self.origin == Origin::Portal,
            own: self.author == caller,
            ..ItemFacts::of(Section::Comments)
        }
    }

    /// A line of history about it. What was said is not repeated there: it may be taken back.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: Timestamp, actor: Actor, org: OrgId) -> Event {
        let item = Some(EventItem { id: self.id, section: Section::Comments });
        let what = serde_json::Map::new();
        Event { kind, at, actor, org, case: Some(self.case), item, shares: Vec::new(), what }
    }
}

/// Where an attachment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// Its upload has been allowed and has not arrived.
    Uploading,
    /// It has arrived and waits for the malware scan.
    Scanning,
    /// It can be downloaded.
    Ready,
    /// It was refused; its bytes are deleted.
    Rejected,
}

/// An attachment: a file in `documents` or `reports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// `documents` or `reports`.
    pub section: Section,
    /// Its name, as given.
    pub name: FileName,
    /// Its size in bytes, as announced; the upload is refused if it differs.
    pub size: u64,
    /// The media type that the uploader declared.
    pub declared_type: String,
    /// The media type that its first bytes look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sniffed_type: Option<String>,
    /// SHA-256 in lower-case hexadecimal, if the uploader gave it; then the upload had to match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where it stands.
    pub state: AttachmentState,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who made it.
    pub author: UserId,
    /// Who made it, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<Name>,
    /// Their verified address, as it was then: on arrival it is decided again whether they may
    /// add it, and an org may admit guests by their domain. Not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_address: Option<Address>,
    /// Where it was made.
    pub origin: Origin,
    /// Marked external.
    #[serde(default)]
    pub external: bool,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Until when it may be uploaded.
    pub upload_until: Timestamp,
    /// Raised by every change.
    pub version: u64,
}

impl Attachment {
    /// As far as reach goes, for `caller`.
    #[must_use]
    pub fn facts(&self, caller: UserId) -> ItemFacts {
        ItemFacts {
            external: self.external,
            portal: self.origin == Origin::Portal,
            own: self.author == caller,
            ..ItemFacts::of(self.section)
        }
    }

    /// Whether `caller` is shown it at all: what is not ready is its maker's business.
    #[must_use]
    pub fn shown_to(&self, caller: UserId) -> bool {
        self.state == AttachmentState::Ready || self.author == caller
    }

    /// What its events say of it.
    #[must_use]
    pub fn what(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut what = serde_json::Map::new();
        what.insert("name".to_owned(), self.name.as_str().into());
        what.insert("size".to_owned(), self.size.into());
        if let Some(sha256) = &self.sha256 {
            what.insert("sha256".to_owned(), sha256.as_str().into());
        }
        what
    }

    /// A line of history about it.
    #[must_use]
    pub fn event(
        &self,
        kind: EventKind,
        at: Timestamp,
        actor: Actor,
        org: OrgId,
        what: serde_json::Map<String, serde_json::Value>,
    ) -> Event {
        let item = Some(EventItem { id: self.id, section: self.section });
        Event { kind, at, actor, org, case: Some(self.case), item, shares: Vec::new(), what }
    }

    /// Its key in the bucket: fresh for each attachment, and says nothing of its name.
    #[must_use]
    pub fn object_key(&self) -> String {
        object_key(self.case, self.section, self.id)
    }
}

/// The key of an attachment in the bucket.
#[must_use]
pub fn object_key(case: CaseId, section: Section, id: ItemId) -> String {
    format!("cases/{case}/{}/{id}", section.as_str())
}

/// The attachment whose key in the bucket this is.
#[must_use]
pub fn of_object_key(key: &str) -> Option<(CaseId, Section, ItemId)> {
    let mut parts = key.strip_prefix("cases/")?.split('/');
    let case = parts.next()?.parse().ok()?;
    let section = match parts.next()? {
        "documents" => Section::Documents,
        "reports" => Section::Reports,
        _ => return None,
    };
    let id = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((case, section, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_bucket_tells_its_attachment_and_no_other_text_does() {
        let case = CaseId::new(jiff::Timestamp::UNIX_EPOCH);
        let id = ItemId::new(jiff::Timestamp::UNIX_EPOCH);
        let key = object_key(case, Section::Reports, id);
        assert_eq!(of_object_key(&key), Some((case, Section::Reports, id)));
        for other in [
            String::new(),
            format!("/{key}"),
            format!("{key}/x"),
            format!("cases/{case}/comments/{id}"),
            format!("cases/{case}/documents/"),
        ] {
            assert_eq!(of_object_key(&other), None, "{other}");
        }
    }
}
