//! Notices and jobs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::event::Actor;
use crate::address::Address;
use crate::id::{CaseId, GroupId, InvitationId, ItemId, JobId, NoticeId, OrgId, ShareId, UserId};

/// What a notice says. Its words are made when it is read, after the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An invitation waits.
    Invited,
    /// A case was shared, and is there at once.
    Shared,
    /// A share was taken back.
    Revoked,
    /// A recipient accepted what the reader shared.
    Accepted,
    /// A recipient declined what the reader shared.
    Declined,
    /// The mail of an invitation came back or was refused.
    MailFailed,
    /// The reader is to say into which case goes what another org shares.
    ToTakeIn,
    /// The reader's org has a target more than once by now, and is to say which one stays.
    InConflict,
}

/// An in-app notification; it holds ids only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Whose.
    pub user: UserId,
    /// What it says.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
    /// The case that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// The share that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareId>,
    /// The invitation that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// When the reader put it aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// Work to be done later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum JobKind {
    /// Tells a group's members of a share; `after` is the member told last.
    TellGroup {
        /// The case.
        case: CaseId,
        /// The share with the group.
        share: ShareId,
        /// Its generation: if it is another by now, nobody is told.
        generation: u64,
        /// The group.
        group: GroupId,
        /// Where to go on: the index key of the member told last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Tells a recipient, by mail, that a share was taken back.
    TellRevoked {
        /// The org that owns the case.
        org: OrgId,
        /// The case.
        case: CaseId,
        /// To whom.
        address: Address,
    },
    /// Confirms, by mail, to whoever made a case through the portal that it is there.
    ConfirmCase {
        /// The case.
        case: CaseId,
        /// Who made it.
        user: UserId,
        /// Their verified address.
        address: Address,
    },
    /// Tells an org's admins, by mail, that a share has come in that waits to be taken in.
    TellIncoming {
        /// The org.
        org: OrgId,
        /// The case that is shared.
        case: CaseId,
        /// The share.
        share: ShareId,
        /// Its generation: if it is another by now, nobody is told.
        generation: u64,
    },
    /// Tells an org's admins that it has targets that it takes in already.
    TellConflict {
        /// The org.
        org: OrgId,
        /// The case that is shared.
        case: CaseId,
        /// The share.
        share: ShareId,
        /// Its generation: if it is another by now, nobody is told.
        generation: u64,
        /// The target that has come; not given: all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<ItemId>,
    },
    /// Searches for a target in other orgs, and tells both sides, by mail, where there is one.
    Deconflict {
        /// For which org.
        org: OrgId,
        /// Who searches.
        actor: Actor,
        /// Where they are reached.
        address: Address,
        /// What they search for: a keyed hash of it.
        mac: String,
        /// In which orgs.
        orgs: Vec<OrgId>,
    },
    /// Deletes one file: of an attachment that was deleted or rejected.
    DeleteFile {
        /// Its key in the bucket.
        key: String,
    },
    /// Moves what a case holds into the case that it was merged into.
    Merge {
        /// The case that is merged away.
        from: CaseId,
        /// The case that stays.
        into: CaseId,
        /// Who merged them.
        actor: Actor,
        /// Where to go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Deletes the files of a deleted case.
    DeleteFiles {
        /// The case.
        case: CaseId,
    },
}

/// A job, until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    #[serde(flatten)]
    pub kind: JobKind,
    /// How often it was tried.
    pub tries: u32,
}
