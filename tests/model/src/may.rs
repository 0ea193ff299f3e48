//! What the ways to a case give together, and what they reach.

use crate::rights::{Level, Rights};
use crate::rules::{Case, Comment, Name, Recipient, Thing};

/// The items that a path reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Every item.
    All,
    /// What is shared with an org.
    Partner(Name),
    /// What is marked external or made in the portal.
    Portal,
}

/// A way to a case.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// What it gives.
    pub(crate) rights: Rights,
    /// What it reaches.
    pub(crate) reach: Reach,
    /// It is the owner org's own.
    pub(crate) inside: bool,
}

/// Somebody's ways to a case, taken together.
#[derive(Clone, Debug, Default)]
pub(crate) struct May {
    /// One by one.
    pub(crate) paths: Vec<Path>,
}

impl May {
    /// The highest level in a section.
    pub(crate) fn section(&self, section: &str) -> Level {
        self.paths.iter().map(|path| path.rights.level(section)).max().unwrap_or_default()
    }

    /// Whether some path has a flag.
    pub(crate) fn flag(&self, flag: &str) -> bool {
        self.paths.iter().any(|path| path.rights.flags.contains(flag))
    }

    /// Whether the case is there at all.
    pub(crate) fn sees(&self) -> bool {
        self.section("details") != Level::None
    }

    /// Whether some path is the owner org's own.
    pub(crate) fn inside(&self) -> bool {
        self.paths.iter().any(|path| path.inside)
    }

    /// Whether every path is the portal's.
    pub(crate) fn only_portal(&self) -> bool {
        self.paths.iter().all(|path| path.reach == Reach::Portal)
    }

    /// The org as whose member somebody outside acts.
    pub(crate) fn partner(&self) -> Option<Name> {
        self.paths.iter().find_map(|path| match path.reach {
            Reach::Partner(org) => Some(org),
            _ => None,
        })
    }

    /// Whether comments may be marked: by whoever writes them otherwise than in the portal.
    pub(crate) fn marks(&self) -> bool {
        let writes = |path: &Path| path.rights.level("comments") == Level::Write;
        self.paths.iter().any(|path| path.reach != Reach::Portal && writes(path))
    }

    /// The level of a comment.
    pub(crate) fn comment(&self, who: Name, comment: &Comment) -> Level {
        let levels =
            self.paths.iter().map(|path| {
                let level = path.rights.level("comments");
                match path.reach {
                    Reach::All | Reach::Partner(_) => level,
                    Reach::Portal if comment.external || comment.portal => {
                        if comment.author == who { level } else { Level::Read.min(level) }
                    }
                    Reach::Portal => Level::None,
                }
            });
        levels.max().unwrap_or_default()
    }

    /// The level of a task, an observable or a target.
    pub(crate) fn thing(&self, case: &Case, section: &str, thing: &Thing) -> Level {
        let levels = self.paths.iter().map(|path| {
            let level = path.rights.level(section);
            match path.reach {
                Reach::All => level,
                Reach::Partner(org) => {
                    let grant = case.grants.get(&Recipient::Org(org)).map(|grant| grant.made);
                    let shared = thing.shared.get(org).copied();
                    let reached =
                        thing.made_for == Some(org) || (shared.is_some() && shared == grant);
                    if reached { level } else { Level::None }
                }
                Reach::Portal if thing.portal => Level::Read.min(level),
                Reach::Portal => Level::None,
            }
        });
        levels.max().unwrap_or_default()
    }
}
