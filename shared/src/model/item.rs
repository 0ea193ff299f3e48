//! Items: comments, tasks, observables, targets, contact data, attachments.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case::Tlp;
use super::event::{Actor, Event, EventItem, EventKind};
use crate::access::ItemFacts;
use crate::address::Address;
use crate::id::{CaseId, ItemId, OrgId, UserId};
use crate::rights::Section;
use crate::text::{CommentText, Description, FileName, Function, Label, Name, Note, Tag, Title};
// utoipa takes a field type called `Value` for serde_json's.
use crate::value::{Phone, Value, Value as TypedValue};

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

impl Origin {
    /// The word in keys.
    #[must_use]
    pub const fn side(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Portal => "portal",
        }
    }
}

/// What is special to one kind of items: one section, its events, and what it holds.
pub trait ItemBody: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The section in which such items lie.
    const SECTION: Section;
    /// What happens to them: one is added, changed, deleted.
    const EVENTS: [EventKind; 3];

    /// Marked external. Only comments can be.
    fn external(&self) -> bool {
        false
    }

    /// What must not stand in the case twice.
    fn value(&self) -> Option<&Value> {
        None
    }
}

/// An item: what all kinds have, and what is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item<B> {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// What is special to its kind.
    #[serde(flatten)]
    pub body: B,
    /// Who made it.
    pub author: UserId,
    /// Who made it, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<Name>,
    /// Where it was made.
    pub origin: Origin,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Raised by every change.
    pub version: u64,
}

impl<B: ItemBody> Item<B> {
    /// A new item of `author`, who is known by that name.
    #[must_use]
    pub fn new(
        case: CaseId,
        body: B,
        (author, author_name): (UserId, Option<Name>),
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        Self {
            id: ItemId::new(now),
            case,
            body,
            author,
            author_name,
            origin,
            created_at: now,
            edited_at: None,
            version: 1,
        }
    }

    /// As far as reach goes, for `caller`.
    #[must_use]
    pub fn facts(&self, caller: UserId) -> ItemFacts {
        ItemFacts {
            external: self.body.external(),
            portal: self.origin == Origin::Portal,
            own: self.author == caller,
            ..ItemFacts::of(B::SECTION)
        }
    }

    /// A line of history about it. What it holds is not repeated there: it may be taken back. Of a
    /// value, its type is told.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: Timestamp, actor: Actor, org: OrgId) -> Event {
        let item = Some(EventItem { id: self.id, section: B::SECTION });
        let kind_of_value = self.body.value().map(|value| value.kind().as_str());
        let what = kind_of_value.map(|kind| ("type".to_owned(), kind.into())).into_iter().collect();
        Event { kind, at, actor, org, case: Some(self.case), item, shares: Vec::new(), what }
    }
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommentBody {
    /// Plain text or Markdown.
    pub text: CommentText,
    /// Marked external: shown in the portal too, while the case is open to external users.
    #[serde(default)]
    pub external: bool,
}

impl ItemBody for CommentBody {
    const SECTION: Section = Section::Comments;
    const EVENTS: [EventKind; 3] =
        [EventKind::CommentAdded, EventKind::CommentChanged, EventKind::CommentDeleted];

    fn external(&self) -> bool {
        self.external
    }
}

/// A comment.
pub type Comment = Item<CommentBody>;

/// How far a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Nobody works on it.
    #[default]
    Waiting,
    /// Somebody does.
    InProgress,
    /// It is done.
    Completed,
    /// It will not be done.
    Cancelled,
}

impl TaskStatus {
    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }
}

/// To whom a task is assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskAssignee {
    /// The user.
    pub user: UserId,
    /// By name, as it was then.
    #[serde(default)]
    pub name: Option<Name>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskBody {
    /// One line.
    pub title: Title,
    /// What it belongs to: `containment`, `communication`.
    #[schema(value_type = Option<String>, max_length = 64)]
    pub group: Option<Label>,
    /// Its place among the tasks of its group: lower ones come first.
    pub order: u32,
    /// Text or Markdown.
    pub description: Description,
    /// How far it is.
    pub status: TaskStatus,
    /// To whom it is assigned.
    pub assignee: Option<TaskAssignee>,
    /// Until when it should be done.
    // Not `due_at`: that is a key of the index of rows that wait.
    pub deadline: Option<Timestamp>,
    /// When it was first in progress.
    pub started_at: Option<Timestamp>,
    /// When it was completed or cancelled, while it is.
    pub ended_at: Option<Timestamp>,
}

impl ItemBody for TaskBody {
    const SECTION: Section = Section::Tasks;
    const EVENTS: [EventKind; 3] =
        [EventKind::TaskAdded, EventKind::TaskChanged, EventKind::TaskDeleted];
}

/// A task.
pub type Task = Item<TaskBody>;

/// What was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservableBody {
    /// Type and value.
    #[serde(flatten)]
    pub value: TypedValue,
    /// What is to be known of it.
    pub note: Note,
    /// Tags, without repetition.
    pub tags: Vec<Tag>,
    /// How far it may be passed on.
    pub tlp: Tlp,
    /// An indicator of compromise: whoever sees it elsewhere has a case.
    pub ioc: bool,
    /// It has been seen.
    pub sighted: bool,
    /// What it is called where it comes from: `misp:ip-dst`.
    #[schema(value_type = Option<String>, max_length = 64)]
    pub source_type: Option<Label>,
}

impl ItemBody for ObservableBody {
    const SECTION: Section = Section::Observables;
    const EVENTS: [EventKind; 3] =
        [EventKind::ObservableAdded, EventKind::ObservableChanged, EventKind::ObservableDeleted];

    fn value(&self) -> Option<&Value> {
        Some(&self.value)
    }
}

/// An observable.
pub type Observable = Item<ObservableBody>;

/// Who or what is hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetBody {
    /// Type and value.
    #[serde(flatten)]
    pub value: TypedValue,
    /// Who or what it is.
    pub note: Note,
}

impl ItemBody for TargetBody {
    const SECTION: Section = Section::Targets;
    const EVENTS: [EventKind; 3] =
        [EventKind::TargetAdded, EventKind::TargetChanged, EventKind::TargetDeleted];

    fn value(&self) -> Option<&Value> {
        Some(&self.value)
    }
}

/// A target.
pub type Target = Item<TargetBody>;

/// How somebody can be reached. At least one of `name`, `email` and `phone` is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactBody {
    /// Who.
    pub name: Option<Name>,
    /// By mail.
    pub email: Option<Address>,
    /// By telephone, in international form: `+33123456789`.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Phone>,
    /// What they do.
    #[schema(value_type = Option<String>, max_length = 200)]
    pub role: Option<Function>,
    /// What else is to be known.
    pub note: Note,
}

impl ItemBody for ContactBody {
    const SECTION: Section = Section::Contact;
    const EVENTS: [EventKind; 3] =
        [EventKind::ContactAdded, EventKind::ContactChanged, EventKind::ContactDeleted];
}

/// Contact data.
pub type Contact = Item<ContactBody>;

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
    /// Its key in the bucket, where that is not of this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
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

    /// Its key in the bucket: fresh for each attachment, and says nothing of its name. One that came
    /// with a merged case keeps its own.
    #[must_use]
    pub fn object_key(&self) -> String {
        self.object.clone().unwrap_or_else(|| object_key(self.case, self.section, self.id))
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
