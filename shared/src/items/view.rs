//! Items as the API shows them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Access, Partners};
use crate::id::{CaseId, ItemId, UserId};
use crate::model::{Attachment, AttachmentState, Item, ItemBody, Origin};
use crate::rights::{Level, Section};
use crate::sharing::PersonView;
use crate::text::FileName;

/// An item: what all kinds have, and what is its own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemView<B: ToSchema> {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// What is special to its kind.
    #[serde(flatten)]
    pub body: B,
    /// Who made it.
    pub author: PersonView,
    /// The caller made it.
    pub own: bool,
    /// Where it was made.
    pub origin: Origin,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub edited_at: Option<Timestamp>,
    /// Raised by every change.
    pub version: u64,
    /// The caller may change and delete it.
    pub may_edit: bool,
}

impl<B: ItemBody + ToSchema> ItemView<B> {
    /// As `caller` is shown it, where it reaches these partner orgs by itself; `None` if no path
    /// of theirs reaches it.
    #[must_use]
    pub fn seen(item: Item<B>, caller: UserId, access: &Access, reach: Partners) -> Option<Self> {
        let level = access.level(&item.facts(caller).reaching(reach));
        (level != Level::None).then(|| Self::of(item, caller, level))
    }

    /// As `caller`, who has this level for it, is shown it.
    #[must_use]
    pub fn of(item: Item<B>, caller: UserId, level: Level) -> Self {
        let may_edit = level == Level::Write;
        Self {
            id: item.id,
            case: item.case,
            body: item.body,
            author: PersonView { user: Some(item.author), name: item.author_name },
            own: item.author == caller,
            origin: item.origin,
            created_at: item.created_at,
            edited_at: item.edited_at,
            version: item.version,
            may_edit,
        }
    }
}

/// An attachment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// `documents` or `reports`.
    pub section: Section,
    /// Its name, as given.
    pub name: FileName,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that its maker declared. Nobody has checked it.
    pub declared_type: String,
    /// The media type that its first bytes look like; `null` until it has arrived.
    pub sniffed_type: Option<String>,
    /// SHA-256 in lower-case hexadecimal, if its maker gave it; then the bytes have it.
    pub sha256: Option<String>,
    /// Where it stands. What is not `ready` is shown to its maker only.
    pub state: AttachmentState,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Who made it.
    pub author: PersonView,
    /// The caller made it.
    pub own: bool,
    /// Where it was made.
    pub origin: Origin,
    /// Marked external: shown in the portal too, while the case is open to external users.
    pub external: bool,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Raised by every change.
    pub version: u64,
}

impl AttachmentView {
    /// As `caller` is shown it.
    #[must_use]
    pub fn of(attachment: Attachment, caller: UserId) -> Self {
        Self {
            id: attachment.id,
            case: attachment.case,
            section: attachment.section,
            name: attachment.name,
            size: attachment.size,
            declared_type: attachment.declared_type,
            sniffed_type: attachment.sniffed_type,
            sha256: attachment.sha256,
            state: attachment.state,
            reason: attachment.reason,
            author: PersonView { user: Some(attachment.author), name: attachment.author_name },
            own: attachment.author == caller,
            origin: attachment.origin,
            external: attachment.external,
            created_at: attachment.created_at,
            version: attachment.version,
        }
    }
}
