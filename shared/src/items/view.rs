//! Items as the API shows them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Access;
use crate::id::{CaseId, ItemId, UserId};
use crate::model::{Attachment, AttachmentState, Comment, Origin};
use crate::rights::{Level, Section};
use crate::sharing::PersonView;
use crate::text::{CommentText, FileName};

/// A comment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView {
    /// Its id.
    pub id: ItemId,
    /// The case.
    pub case: CaseId,
    /// What is said.
    pub text: CommentText,
    /// Who said it.
    pub author: PersonView,
    /// The caller said it.
    pub own: bool,
    /// Where it was made.
    pub origin: Origin,
    /// Marked external: shown in the portal too, while the case is open to external users.
    pub external: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// Raised by every change.
    pub version: u64,
    /// The caller may change and delete it.
    pub may_edit: bool,
}

impl CommentView {
    /// As `caller` is shown it.
    #[must_use]
    pub fn of(comment: Comment, caller: UserId, access: &Access) -> Self {
        let may_edit = access.level(&comment.facts(caller)) == Level::Write;
        Self {
            id: comment.id,
            case: comment.case,
            text: comment.text,
            author: PersonView { user: Some(comment.author), name: comment.author_name },
            own: comment.author == caller,
            origin: comment.origin,
            external: comment.external,
            created_at: comment.created_at,
            edited_at: comment.edited_at,
            version: comment.version,
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
