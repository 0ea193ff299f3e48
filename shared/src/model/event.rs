//! A line of history.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::ItemFacts;
use crate::id::{CaseId, OrgId, ShareId, UserId};
use crate::text::Name;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// The user. Absent: the service itself did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// By name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A case was made.
    CaseCreated,
    /// Its details changed; `what` names the fields.
    CaseChanged,
    /// It was closed.
    CaseClosed,
    /// It was opened again.
    CaseReopened,
    /// It was deleted.
    CaseDeleted,
    /// Another case was merged into it; `what` names it.
    CaseMerged,
    /// It was merged into another case; `what` names it.
    CaseMergedAway,
    /// After a restore, shares with others than colleagues wait for an admin; `what` says how far it
    /// was open to external users.
    SharesSuspended,
    /// It was shared; `what` says with whom, what and until when.
    CaseShared,
    /// What a share gives changed.
    ShareChanged,
    /// An invitation was sent again.
    ShareResent,
    /// A share was taken back.
    ShareRevoked,
    /// The whole list of shares was replaced.
    SharesReplaced,
    /// A share was accepted.
    ShareAccepted,
    /// A share was declined.
    ShareDeclined,
    /// A recipient left.
    Disconnected,
    /// The mail of an invitation came back or was refused.
    MailFailed,
    /// It went to another org; `what` says from which to which.
    OwnerChanged,
    /// Its access changed; `what` says from what to what.
    AccessChanged,
    /// Its assignees changed.
    AssigneesChanged,
    /// A target was searched for among other orgs; `what` says in which, never what.
    TargetSearched,
    /// One of this org's cases had a target that another org searched for; `what` says which org.
    TargetFound,
    /// A member of the receiving org was named to take a share in; `what` says who.
    IncomingAssigned,
    /// The receiving org took a share into a case of its own.
    IncomingTakenIn,
    /// The receiving org refused a share, or gave back what it had taken in.
    IncomingRefused,
    /// The receiving org, which has the same target more than once, said which one stays; `what`
    /// says by whose share it comes, or that it is the org's own.
    ConflictResolved,
    /// What becomes of added tasks and observables changed.
    RulesChanged,
    /// One item was shared with an org; `what` says with which.
    ItemShared,
    /// An org is asked to act on an item, or not any more.
    ActionRequired,
    /// One item was taken back from an org.
    ItemUnshared,
    /// A comment was made.
    CommentAdded,
    /// A comment's text changed.
    CommentChanged,
    /// A comment was deleted.
    CommentDeleted,
    /// A comment was marked external.
    CommentMarkedExternal,
    /// A comment was made internal again.
    CommentMarkedInternal,
    /// A task was added.
    TaskAdded,
    /// A task changed; `what` names the fields.
    TaskChanged,
    /// A task was deleted.
    TaskDeleted,
    /// An observable was added.
    ObservableAdded,
    /// An observable changed; `what` names the fields.
    ObservableChanged,
    /// An observable was deleted.
    ObservableDeleted,
    /// A target was added.
    TargetAdded,
    /// A target changed; `what` names the fields.
    TargetChanged,
    /// A target was deleted.
    TargetDeleted,
    /// Contact data was added.
    ContactAdded,
    /// Contact data changed; `what` names the fields.
    ContactChanged,
    /// Contact data was deleted.
    ContactDeleted,
    /// An attachment arrived.
    AttachmentAdded,
    /// An attachment was refused.
    AttachmentRejected,
    /// An attachment was deleted.
    AttachmentDeleted,
    /// An attachment was marked external.
    AttachmentMarkedExternal,
    /// An attachment was made internal again.
    AttachmentMarkedInternal,
    /// A download link was given out.
    AttachmentDownloaded,
    /// An org was made.
    OrgCreated,
    /// An org's name or settings changed.
    OrgChanged,
    /// An org was locked.
    OrgLocked,
    /// An org was unlocked.
    OrgUnlocked,
    /// A user was locked, everywhere.
    UserLocked,
    /// A user was unlocked.
    UserUnlocked,
    /// Somebody was invited to an org.
    MemberInvited,
    /// Somebody joined an org.
    MemberJoined,
    /// Somebody declined to join an org.
    MemberDeclined,
    /// A member's kind, profile or status changed.
    MemberChanged,
    /// A member was removed.
    MemberRemoved,
    /// A link with another org was proposed.
    LinkProposed,
    /// A link was approved.
    LinkApproved,
    /// What one side of a link agrees to changed.
    LinkChanged,
    /// A link was ended, in both directions.
    LinkEnded,
    /// A field unit was made.
    UnitCreated,
    /// A field unit's name changed.
    UnitChanged,
    /// A field unit was deleted.
    UnitDeleted,
    /// A colleague shares all cases that they made with a group; `what` says with which, and what.
    AllShared,
    /// They share them no more.
    AllUnshared,
    /// A profile was made.
    ProfileCreated,
    /// A profile was changed.
    ProfileChanged,
    /// A profile was deleted.
    ProfileDeleted,
}

/// One line of history. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// In which org it is audited.
    pub org: OrgId,
    /// In which case, if in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// Which item it is about, as far as reach goes, and who made that item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<EventItem>,
    /// Which shares it is about: their recipients see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareId>,
    /// The rest, in words of the API.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub what: serde_json::Map<String, serde_json::Value>,
}

/// The item that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventItem {
    /// Its id.
    pub id: crate::id::ItemId,
    /// Its section.
    pub section: crate::rights::Section,
}

impl EventItem {
    /// As far as reach goes: an event never counts as marked, so that portal paths see none.
    #[must_use]
    pub fn facts(&self) -> ItemFacts {
        ItemFacts::of(self.section)
    }
}
