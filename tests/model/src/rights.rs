//! What can be given: levels, flags, profiles, and what a share says.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::Name;

/// The sections of a case.
pub(crate) const SECTIONS: [Name; 8] =
    ["details", "comments", "documents", "reports", "contact", "tasks", "observables", "targets"];
/// Those whose items are shared with orgs one by one.
pub(crate) const THINGS: [Name; 3] = ["tasks", "observables", "targets"];
/// Those that external profiles read.
const EXTERNAL: [Name; 5] = ["details", "comments", "documents", "reports", "observables"];
/// The flags of a case.
pub(crate) const FLAGS: [Name; 8] =
    ["close", "reopen", "delete", "share", "share_external", "restrict", "assign", "change_owner"];
/// Those that no share gives.
const NEVER_SHARED: [Name; 6] =
    ["delete", "restrict", "change_owner", "share", "share_external", "assign"];

/// `none`, `read`, `write`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It is not there.
    #[default]
    None,
    /// It can be read.
    Read,
    /// It can be changed.
    Write,
}

/// A level for each section, and flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    /// By section; what is not there is `none`.
    pub(crate) levels: BTreeMap<Name, Level>,
    /// What may be done with the case as a whole.
    pub(crate) flags: BTreeSet<Name>,
}

impl Rights {
    /// One level in every section, and flags.
    pub(crate) fn everywhere(level: Level, flags: &[Name]) -> Self {
        let levels = SECTIONS.iter().map(|section| (*section, level)).collect();
        Self { levels, flags: flags.iter().copied().collect() }
    }

    /// The level in a section.
    pub(crate) fn level(&self, section: &str) -> Level {
        self.levels.get(section).copied().unwrap_or_default()
    }

    /// What both give.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        let both = |section: &Name| (*section, self.level(section).min(other.level(section)));
        Self {
            levels: SECTIONS.iter().map(both).collect(),
            flags: self.flags.intersection(&other.flags).copied().collect(),
        }
    }

    /// What a share may give of it.
    pub(crate) fn shared(mut self) -> Self {
        self.flags.retain(|flag| !NEVER_SHARED.contains(flag));
        self
    }
}

/// What a member of an org may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Everything.
    OrgAdmin,
    /// Writes everywhere.
    Analyst,
    /// Reads everywhere.
    ReadOnly,
    /// Reads in the portal.
    ExternalReader,
    /// Writes in the portal.
    ExternalActor,
}

impl Profile {
    /// As the API calls it.
    pub(crate) fn word(self) -> Name {
        match self {
            Self::OrgAdmin => "org-admin",
            Self::Analyst => "analyst",
            Self::ReadOnly => "read-only",
            Self::ExternalReader => "external-reader",
            Self::ExternalActor => "external-actor",
        }
    }

    /// What it gives.
    pub(crate) fn rights(self) -> Rights {
        match self {
            Self::OrgAdmin => Rights::everywhere(Level::Write, &FLAGS),
            Self::Analyst => {
                Rights::everywhere(Level::Write, &["close", "reopen", "delete", "share", "assign"])
            }
            Self::ReadOnly => Rights::everywhere(Level::Read, &[]),
            Self::ExternalReader | Self::ExternalActor => {
                let mut rights = Rights::default();
                for section in EXTERNAL {
                    rights.levels.insert(section, Level::Read);
                }
                if self == Self::ExternalActor {
                    for section in &EXTERNAL[1..] {
                        rights.levels.insert(section, Level::Write);
                    }
                }
                rights
            }
        }
    }
}

/// What a share gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    /// Reads everywhere.
    Viewer,
    /// Writes everywhere.
    Editor,
    /// The same, and closes and reopens.
    EditorClose,
    /// Levels for some sections, and reads details.
    Sections(BTreeMap<Name, Level>),
    /// A profile of the owner org.
    Profile(Profile),
}

impl Gives {
    /// What it gives.
    pub(crate) fn rights(&self) -> Rights {
        match self {
            Self::Viewer => Rights::everywhere(Level::Read, &[]),
            Self::Editor => Rights::everywhere(Level::Write, &[]),
            Self::EditorClose => Rights::everywhere(Level::Write, &["close", "reopen"]),
            Self::Sections(levels) => {
                let mut rights = Rights { levels: levels.clone(), flags: BTreeSet::new() };
                let details = rights.levels.entry("details").or_default();
                *details = Level::Read.max(*details);
                rights
            }
            Self::Profile(profile) => profile.rights().shared(),
        }
    }
}
