//! What the decision leans on: plain values, as the table held them at one instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::link::LinkFacts;
use crate::id::LinkId;
use crate::rights::{Levels, OrgRights, ProfileType, Rights, Section};

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
    /// It waits for the receiving org to say who of them takes it in.
    PendingUser,
    /// It waits for whom the receiving org has named to say into which case.
    PendingCase,
    /// The receiving org refused it.
    Refused,
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

/// A group of the creator's that the caller is in, with which all of the creator's cases may be
/// shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and all meet freely")]
pub struct ShareAllFacts {
    /// The group is not deleted.
    pub alive: bool,
    /// The creator owns it.
    pub owned_by_creator: bool,
    /// What its share-all gives; `None` while it is off.
    pub gives: Option<Levels>,
    /// The caller is an active member.
    pub caller_in: bool,
    /// The creator is an active normal or service member of the owner org still.
    pub creator_in: bool,
    /// The caller has left the case.
    pub opted_out: bool,
}

/// A share of the case with an org in which the caller has a standing that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartnerFacts {
    /// What the caller is to that org.
    pub standing: Standing,
    /// That org is locked.
    pub locked: bool,
    /// The link from the owner org to that org.
    pub link: LinkFacts,
    /// Which link the share was made over.
    pub over: LinkId,
    /// The share is taken into a case of that org, instead of opening this one to its members.
    pub finalise: bool,
    /// Whether it has been taken up.
    pub state: GrantState,
    /// Before this it gives nothing.
    pub valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    pub expires_at: Option<Timestamp>,
    /// What it says; masked by the decision.
    pub rights: Rights,
}

/// A case of another org whose targets are taken into this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// It is deleted or merged away.
    pub gone: bool,
    /// The org that owns it is locked.
    pub owner_locked: bool,
    /// The link from that org to the owner org of this case.
    pub link: LinkFacts,
    /// Which link the share was made over.
    pub over: LinkId,
    /// The share was taken into this very case.
    pub here: bool,
    /// Whether it has been taken up.
    pub state: GrantState,
    /// Before this it gives nothing.
    pub valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    pub expires_at: Option<Timestamp>,
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
    /// The creator's groups that the caller is in.
    pub share_all: &'a [ShareAllFacts],
    /// The shares with orgs of the caller's: at most [`PARTNERS`] count, the first ones. The place
    /// of each is what [`ItemFacts::partners`] names.
    pub partners: &'a [PartnerFacts],
    /// The cases whose targets are taken into this one: at most [`SOURCES`] count. The place of
    /// each is what [`ItemFacts::source`] names.
    pub sources: &'a [SourceFacts],
}

/// The most orgs through whose shares a case comes to one caller at the same time.
pub const PARTNERS: usize = 4;

/// The most cases from which targets are taken into one case.
pub const SOURCES: usize = 20;

/// A set of places in [`CaseFacts::partners`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Partners(u8);

impl Partners {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// The same, and the one at `place`.
    #[must_use]
    pub const fn with(self, place: usize) -> Self {
        if place < PARTNERS { Self(self.0 | 1 << place) } else { self }
    }

    /// Whether the one at `place` is among them.
    #[must_use]
    pub const fn has(self, place: usize) -> bool {
        place < PARTNERS && self.0 & (1 << place) != 0
    }
}

/// That an item is not of this case, but a target of one whose targets are taken into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromSource {
    /// The place of that case in [`CaseFacts::sources`].
    pub place: usize,
    /// It is shared with the owner org of this case, over the present share.
    pub shared: bool,
    /// It is not switched off here.
    pub enabled: bool,
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
    /// The partner orgs with which it is shared, over their present share of the case, or whose
    /// members made it.
    pub partners: Partners,
    /// It is another case's, received here; all else but its section counts nothing then.
    pub source: Option<FromSource>,
}

impl ItemFacts {
    /// An item of `section` of which nothing else is known: neither marked, nor the caller's, nor
    /// shared with anybody.
    #[must_use]
    pub const fn of(section: Section) -> Self {
        Self {
            section,
            external: false,
            portal: false,
            own: false,
            partners: Partners::NONE,
            source: None,
        }
    }

    /// The same, where it reaches these partner orgs by itself.
    #[must_use]
    pub const fn reaching(self, partners: Partners) -> Self {
        Self { partners, ..self }
    }
}
