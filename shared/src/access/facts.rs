//! What the decision leans on: plain values, as the table held them at one instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rights::{OrgRights, ProfileType, Rights, Section};

/// What somebody is to an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A colleague.
    Normal,
    /// A program: a client-credentials client.
    Service,
    /// Somebody outside who uses the portal.
    External,
    /// Somebody outside who reaches only what is shared with them.
    Guest,
}

/// Where a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// By address, before there is an account.
    Invited,
    /// A member.
    Active,
    /// Shut out by an admin, until unlocked.
    Locked,
    /// Over.
    Expired,
    /// Removed; the row stays until they are invited again.
    Removed,
}

/// What a profile gives, without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileFacts {
    /// Whom it is for.
    pub kind: ProfileType,
    /// Whether it is the built-in `org-admin`.
    pub org_admin: bool,
    /// What it gives in a case.
    pub rights: Rights,
    /// What it gives in the org.
    pub org_rights: OrgRights,
}

impl ProfileFacts {
    /// Guests have no profile, and a profile that was deleted gives nothing.
    pub const NONE: Self = Self {
        kind: ProfileType::Organisation,
        org_admin: false,
        rights: Rights::NONE,
        org_rights: OrgRights::NONE,
    };
}

/// A membership in one org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they are to the org.
    pub kind: MemberKind,
    /// Where the membership stands.
    pub status: MemberStatus,
    /// What their profile gives.
    pub profile: ProfileFacts,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallerFacts {
    /// The user is locked, everywhere.
    pub locked: bool,
    /// Their membership in the org in question: the owner org of the case.
    pub membership: Option<Standing>,
}

/// To whom a case is open besides its shares: exactly one of four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// The owner org.
    #[default]
    Internal,
    /// The named users of the owner org.
    Restricted,
    /// The owner org, and the named external users.
    External,
    /// The owner org, and all external users, today's and tomorrow's.
    ExternalAll,
}

/// How a grant reaches the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// It names the caller.
    Person,
    /// It names a group.
    Group {
        /// The group is not deleted.
        alive: bool,
        /// The caller is an active member.
        caller_in: bool,
        /// Whoever made the grant is an active member still.
        granter_in: bool,
        /// The caller has left the case since the grant was made.
        opted_out: bool,
    },
}

/// Whether a grant has been taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// It gives what it says, inside its window.
    Active,
    /// It waits for the recipient to accept.
    Pending,
    /// The recipient declined.
    Declined,
    /// The invitation could not be delivered.
    Bounced,
    /// The invitation could not be sent.
    Failed,
}

/// One grant on the case that names the caller or a group of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// How it reaches the caller.
    pub via: Via,
    /// Whether it has been taken up.
    pub state: GrantState,
    /// Before this it gives nothing.
    pub valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    pub expires_at: Option<Timestamp>,
    /// What it says; masked by the decision.
    pub rights: Rights,
}

/// The case, as far as it concerns the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and all meet freely")]
pub struct CaseFacts<'a> {
    /// It is deleted or merged away.
    pub gone: bool,
    /// The owner org is locked.
    pub owner_locked: bool,
    /// The owner org's settings refuse the caller as a guest.
    pub guests_refused: bool,
    /// The owner org lets only creator, assignees and org-admins edit.
    pub edit_only_if_involved: bool,
    /// To whom it is open besides its shares.
    pub visibility: Visibility,
    /// The list that goes with `restricted` or `external` names the caller.
    pub named: bool,
    /// The caller made it.
    pub creator: bool,
    /// It is assigned to the caller.
    pub assignee: bool,
    /// The grants that concern the caller.
    pub grants: &'a [GrantFacts],
}

/// One item, as far as reach goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFacts {
    /// Its section.
    pub section: Section,
    /// It is marked external.
    pub external: bool,
    /// It was made through the portal.
    pub portal: bool,
    /// The caller made it.
    pub own: bool,
}
