//! The answer of a decision: every gate and path with its reason, and what follows from them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{FromSource, ItemFacts, Obstacle, PARTNERS, SOURCES};
use crate::rights::{Flag, Flags, Level, Levels, Rights, Section};

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
            Self::GuestsRefused => matches!(path, Path::Group | Path::ShareAll),
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
    /// A group of the creator's, with which all of the creator's cases are shared.
    ShareAll,
    /// A grant to an org of theirs, over a link.
    Partner,
    /// Targets of another org's case that are taken into this one.
    Received,
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
    /// The creator does not share all cases with the group.
    ShareAllOff,
    /// The caller's org, or the one that owns the source, is locked.
    PartnerLocked,
    /// The share is taken into a case of the caller's org: it opens that one, not this one.
    TakenIn,
    /// The caller does not read targets in the case into which they are taken.
    NoTargets,
    /// The orgs are not linked.
    NotLinked,
    /// The orgs are linked anew since the share was made.
    LinkedAnew,
    /// One side has not approved the link.
    LinkNotApproved,
    /// One side has switched the link off.
    LinkDisabled,
    /// The link's dates have not begun.
    LinkNotBegun,
    /// The link's dates are over.
    LinkEnded,
    /// The link does not lead this way.
    LinkOneWay,
}

impl Reason {
    /// What an obstacle on a link means for a path over it.
    pub(super) const fn of(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::NotLinked => Self::NotLinked,
            Obstacle::LinkedAnew => Self::LinkedAnew,
            Obstacle::NotApproved => Self::LinkNotApproved,
            Obstacle::Disabled => Self::LinkDisabled,
            Obstacle::NotBegun => Self::LinkNotBegun,
            Obstacle::Ended => Self::LinkEnded,
            Obstacle::OneWay => Self::LinkOneWay,
            Obstacle::OrgLocked => Self::PartnerLocked,
        }
    }
}

/// The places of the sources that give their targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources(u32);

impl Sources {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn with(self, place: usize) -> Self {
        if place < SOURCES { Self(self.0 | 1 << place) } else { self }
    }

    const fn has(self, place: usize) -> bool {
        place < SOURCES && self.0 & (1 << place) != 0
    }
}

/// A verdict for each path, before the gates.
#[derive(Clone, Copy)]
pub(super) struct Verdicts {
    pub(super) owner_org: PathVerdict,
    pub(super) involved: PathVerdict,
    pub(super) person: PathVerdict,
    pub(super) group: PathVerdict,
    pub(super) share_all: PathVerdict,
    pub(super) partners: [PathVerdict; PARTNERS],
    pub(super) portal: PathVerdict,
}

/// How many paths have a verdict: each partner org is one of its own, since each has its own reach.
const PATHS: usize = 7 + PARTNERS;

/// Where in the array of paths the partner orgs begin.
const FIRST_PARTNER: usize = 5;

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

    /// The level that the path gives for one item: its reach and its rights together. `place` is
    /// where it stands among all paths.
    fn level(&self, place: usize, item: &ItemFacts) -> Level {
        let level = self.rights.levels.of(item.section);
        match self.path {
            Path::OwnerOrg | Path::Involved | Path::Person | Path::Group | Path::ShareAll => level,
            Path::Partner => match item.section {
                Section::Tasks | Section::Observables | Section::Targets
                    if !item.partners.has(place.wrapping_sub(FIRST_PARTNER)) =>
                {
                    Level::None
                }
                _ => level,
            },
            // What is another case's is judged by itself.
            Path::Received => Level::None,
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
        let reaches = match self.path {
            Path::Portal => portal_adds,
            Path::Received => false,
            _ => true,
        };
        self.rights.levels.of(section) == Level::Write && reaches
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
    /// It is shared with an org of theirs.
    Partner,
    /// It is open to them in the portal.
    External,
}

/// What the caller may do with the case: rights and reach, path by path, never joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    gates: [GateVerdict; Gate::ALL.len()],
    paths: [PathVerdict; PATHS],
    sources: Sources,
}

impl Access {
    pub(super) fn new(
        gates: [GateVerdict; Gate::ALL.len()],
        verdicts: Verdicts,
        sources: Sources,
        not_received: Reason,
    ) -> Self {
        let Verdicts { owner_org, involved, person, group, share_all, partners, portal } = verdicts;
        let [first, second, third, fourth] = partners;
        let received = if sources == Sources::NONE {
            PathVerdict::closed(Path::Received, not_received)
        } else {
            let levels = Levels::default().with(Section::Targets, Level::Read);
            PathVerdict::open(Path::Received, Rights { levels, flags: Flags::NONE })
        };
        let paths = [
            owner_org, involved, person, group, share_all, first, second, third, fourth, received,
            portal,
        ];
        let paths = paths.map(|verdict| {
            let shut = gates.iter().any(|g| g.closed && g.gate.stands_before(verdict.path));
            if shut { PathVerdict::closed(verdict.path, Reason::Gate) } else { verdict }
        });
        let reads_targets = paths.iter().any(|verdict| {
            let by_itself = verdict.path != Path::Received && verdict.is_open();
            by_itself && verdict.section(Section::Targets) != Level::None
        });
        let paths = paths.map(|verdict| match verdict.path {
            Path::Received if verdict.is_open() && !reads_targets => {
                PathVerdict::closed(Path::Received, Reason::NoTargets)
            }
            _ => verdict,
        });
        Self { gates, paths, sources }
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
        match item.source {
            Some(from) => self.received(item.section, from),
            None => self.levels(item).map(|(_, level)| level).max().unwrap_or_default(),
        }
    }

    /// The level of what is received from another case: read, and never more.
    fn received(&self, section: Section, from: FromSource) -> Level {
        let counts = from.shared && from.enabled && self.sources.has(from.place);
        if counts && section == Section::Targets && self.has(Path::Received) {
            Level::Read
        } else {
            Level::None
        }
    }

    /// The level that each open path gives for an item of this case.
    fn levels(&self, item: &ItemFacts) -> impl Iterator<Item = (Path, Level)> {
        let open = self.paths.iter().enumerate().filter(|(_, verdict)| verdict.is_open());
        open.map(move |(place, verdict)| (verdict.path, verdict.level(place, item)))
    }

    /// The places of the partner orgs through whose share the case comes to the caller.
    pub fn partners(&self) -> impl Iterator<Item = usize> {
        let open = self.paths.iter().skip(FIRST_PARTNER).take(PARTNERS).enumerate();
        open.filter(|(_, verdict)| verdict.is_open()).map(|(place, _)| place)
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
        let mut levels = self.levels(item);
        item.source.is_none()
            && levels.any(|(path, level)| path != Path::Portal && level == Level::Write)
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
            .filter(|verdict| {
                !matches!(verdict.path, Path::Partner | Path::Received | Path::Portal)
            })
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
        } else if self.has(Path::Group) || self.has(Path::ShareAll) {
            Some(How::Group)
        } else if self.has(Path::Partner) {
            Some(How::Partner)
        } else {
            Some(How::External)
        }
    }
}
