//! The answer of a decision: every gate and path with its reason, and what follows from them.

use serde::Serialize;
use utoipa::ToSchema;

use super::ItemFacts;
use crate::rights::{Flag, Flags, Level, Rights, Section};

/// What can close a path before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The user is locked: everything is closed.
    UserLocked,
    /// The owner org is locked: everything is closed.
    OwnerLocked,
    /// The case is deleted or merged away: everything is closed.
    CaseGone,
    /// The membership in the owner org is locked, expired or removed: everything is closed.
    MembershipEnded,
    /// The membership in the owner org is `external`: every path but the portal is closed.
    ExternalMember,
    /// The owner org refuses this guest: paths through groups are closed.
    GuestsRefused,
}

impl Gate {
    /// Every gate, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::UserLocked,
        Self::OwnerLocked,
        Self::CaseGone,
        Self::MembershipEnded,
        Self::ExternalMember,
        Self::GuestsRefused,
    ];

    /// Whether the gate stands before `path`.
    const fn stands_before(self, path: Path) -> bool {
        match self {
            Self::UserLocked | Self::OwnerLocked | Self::CaseGone | Self::MembershipEnded => true,
            Self::ExternalMember => !matches!(path, Path::Portal),
            Self::GuestsRefused => matches!(path, Path::Group),
        }
    }
}

/// A gate, and whether it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GateVerdict {
    /// Which gate.
    pub gate: Gate,
    /// Whether it closes what it names.
    pub closed: bool,
}

/// A way into a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// A member of the owner org.
    OwnerOrg,
    /// Its creator or an assignee.
    Involved,
    /// A grant to the person.
    Person,
    /// A grant to a group of theirs.
    Group,
    /// An external user, through the portal.
    Portal,
}

/// Why a path is open or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is open.
    Open,
    /// A gate is closed.
    Gate,
    /// The caller is no member of the owner org.
    NoMembership,
    /// The membership is not active.
    MembershipNotActive,
    /// The membership is of a kind that this path is not for.
    OtherKindOfMember,
    /// The case is open to named users only, and the caller is not named.
    NotNamed,
    /// The caller is neither creator nor assignee.
    NotInvolved,
    /// No grant concerns the caller.
    NoGrant,
    /// The grant waits to be accepted, or was declined.
    NotAccepted,
    /// The grant's window has not begun.
    NotBegun,
    /// The grant's window is over.
    Expired,
    /// The group was deleted.
    GroupGone,
    /// The caller is no active member of the group.
    NotInGroup,
    /// Whoever shared the case with the group has left it.
    GranterLeft,
    /// The caller has left the case.
    OptedOut,
    /// The case is restricted, which suspends group shares.
    Restricted,
    /// The case is not shared externally.
    NotExternal,
}

/// A path, whether it is open, and what it gives then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PathVerdict {
    /// Which path.
    pub path: Path,
    /// Why it is open or not.
    pub reason: Reason,
    rights: Rights,
}

impl PathVerdict {
    pub(super) const fn open(path: Path, rights: Rights) -> Self {
        Self { path, reason: Reason::Open, rights }
    }

    pub(super) const fn closed(path: Path, reason: Reason) -> Self {
        Self { path, reason, rights: Rights::NONE }
    }

    /// Whether the path is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.reason == Reason::Open
    }

    /// What the path gives; nothing where it is closed.
    #[must_use]
    pub const fn rights(&self) -> Rights {
        self.rights
    }

    /// The level that the path gives for one item: its reach and its rights together.
    fn level(&self, item: ItemFacts) -> Level {
        let level = self.rights.levels.of(item.section);
        match self.path {
            Path::OwnerOrg | Path::Involved | Path::Person | Path::Group => level,
            Path::Portal => match item.section {
                Section::Details => level.min(Level::Read),
                Section::Comments if item.portal && item.own => level,
                Section::Comments | Section::Documents | Section::Reports
                    if item.external || item.portal =>
                {
                    level.min(Level::Read)
                }
                Section::Observables if item.portal => level.min(Level::Read),
                _ => Level::None,
            },
        }
    }

    /// Whether the path lets one add an item to the section.
    fn adds(&self, section: Section) -> bool {
        let portal_adds = matches!(
            section,
            Section::Comments | Section::Documents | Section::Reports | Section::Observables
        );
        self.rights.levels.of(section) == Level::Write && (self.path != Path::Portal || portal_adds)
    }

    /// The best that the path can give in the section: whether the section is there at all.
    fn section(&self, section: Section) -> Level {
        let beyond_portal = matches!(section, Section::Tasks | Section::Targets | Section::Contact);
        if self.path == Path::Portal && beyond_portal {
            Level::None
        } else {
            self.rights.levels.of(section)
        }
    }
}

/// How a listed case comes to the caller. An individual share wins over a group's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is a case of the caller's own org.
    Own,
    /// It is shared with the caller.
    Individual,
    /// It is shared with a group of theirs.
    Group,
    /// It is open to them in the portal.
    External,
}

/// What the caller may do with the case: rights and reach, path by path, never joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    gates: [GateVerdict; Gate::ALL.len()],
    paths: [PathVerdict; 5],
}

impl Access {
    pub(super) fn new(gates: [GateVerdict; Gate::ALL.len()], paths: [PathVerdict; 5]) -> Self {
        let paths = paths.map(|verdict| {
            let shut = gates.iter().any(|g| g.closed && g.gate.stands_before(verdict.path));
            if shut { PathVerdict::closed(verdict.path, Reason::Gate) } else { verdict }
        });
        Self { gates, paths }
    }

    /// One verdict per gate: what *explain* shows first.
    #[must_use]
    pub const fn gates(&self) -> &[GateVerdict] {
        &self.gates
    }

    /// One verdict per path: what *explain* shows.
    #[must_use]
    pub const fn paths(&self) -> &[PathVerdict] {
        &self.paths
    }

    fn open(&self) -> impl Iterator<Item = &PathVerdict> {
        self.paths.iter().filter(|verdict| verdict.is_open())
    }

    /// Whether the path is open.
    #[must_use]
    pub fn has(&self, path: Path) -> bool {
        self.open().any(|verdict| verdict.path == path)
    }

    /// Whether the case exists for the caller: some open path reads its details.
    #[must_use]
    pub fn sees_case(&self) -> bool {
        self.section(Section::Details) != Level::None
    }

    /// The highest level over the open paths that reach the item.
    #[must_use]
    pub fn level(&self, item: &ItemFacts) -> Level {
        self.open().map(|verdict| verdict.level(*item)).max().unwrap_or_default()
    }

    /// The highest level that any open path has in the section. `none`: the section is absent from
    /// answers, lists, search and exports.
    #[must_use]
    pub fn section(&self, section: Section) -> Level {
        self.open().map(|verdict| verdict.section(section)).max().unwrap_or_default()
    }

    /// Whether some open path lets the caller add an item to the section.
    #[must_use]
    pub fn adds(&self, section: Section) -> bool {
        self.open().any(|verdict| verdict.adds(section))
    }

    /// Whether the caller may mark the item external, or internal again: some path that is not the
    /// portal lets them write it. Who is shown things in the portal does not choose them.
    #[must_use]
    pub fn marks(&self, item: &ItemFacts) -> bool {
        self.open()
            .any(|verdict| verdict.path != Path::Portal && verdict.level(*item) == Level::Write)
    }

    /// Whether the caller may change the case's details.
    #[must_use]
    pub fn edits_details(&self) -> bool {
        self.open().any(|verdict| {
            verdict.path != Path::Portal && verdict.section(Section::Details) == Level::Write
        })
    }

    /// Whether some open path has the flag.
    #[must_use]
    pub fn flag(&self, flag: Flag) -> bool {
        self.open().any(|verdict| verdict.rights.flags.has(flag))
    }

    /// All flags of the open paths.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.open().fold(Flags::NONE, |flags, verdict| flags.join(verdict.rights.flags))
    }

    /// Whether an owner-org or involved path is open: what sees the whole history and share list.
    #[must_use]
    pub fn inside(&self) -> bool {
        self.has(Path::OwnerOrg) || self.has(Path::Involved)
    }

    /// Whether the caller sees all rows of the share list.
    #[must_use]
    pub fn sees_shares(&self) -> bool {
        self.inside() || self.flag(Flag::Share)
    }

    /// Whether what the caller makes is made through the portal: it is their only way in.
    #[must_use]
    pub fn through_portal(&self) -> bool {
        self.has(Path::Portal) && self.open().count() == 1
    }

    /// What the open paths that reach every item give together: what a share adds nothing to.
    #[must_use]
    pub fn full_reach_rights(&self) -> Rights {
        self.open()
            .filter(|verdict| verdict.path != Path::Portal)
            .fold(Rights::NONE, |rights, verdict| rights.join(verdict.rights))
    }

    /// How the case comes to the caller. `None`: it does not.
    #[must_use]
    pub fn how(&self) -> Option<How> {
        if !self.sees_case() {
            None
        } else if self.inside() {
            Some(How::Own)
        } else if self.has(Path::Person) {
            Some(How::Individual)
        } else if self.has(Path::Group) {
            Some(How::Group)
        } else {
            Some(How::External)
        }
    }
}
