//! Sections 1 and 2 of the design, told with sets and loops: who is there, what there is, and who may
//! do what with it. Nothing here is shared with the service.

use std::collections::{BTreeMap, BTreeSet};

/// Somebody, an org, a group: by name.
pub(crate) type Name = &'static str;

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
    fn everywhere(level: Level, flags: &[Name]) -> Self {
        let levels = SECTIONS.iter().map(|section| (*section, level)).collect();
        Self { levels, flags: flags.iter().copied().collect() }
    }

    /// The level in a section.
    pub(crate) fn level(&self, section: &str) -> Level {
        self.levels.get(section).copied().unwrap_or_default()
    }

    /// What both give.
    fn meet(&self, other: &Self) -> Self {
        let both = |section: &Name| (*section, self.level(section).min(other.level(section)));
        Self {
            levels: SECTIONS.iter().map(both).collect(),
            flags: self.flags.intersection(&other.flags).copied().collect(),
        }
    }

    /// What a share may give of it.
    fn shared(mut self) -> Self {
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

/// What somebody is to an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A colleague.
    Normal,
    /// Somebody in the portal.
    External,
    /// Somebody who has accepted a share.
    Guest,
}

/// How a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It counts.
    Active,
    /// It is locked.
    Locked,
    /// It is over.
    Removed,
}

/// Somebody's standing in an org.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// What they are.
    pub(crate) kind: Kind,
    /// What they may do; guests nothing.
    pub(crate) profile: Option<Profile>,
    /// How it stands.
    pub(crate) status: Status,
}

impl Member {
    fn colleague(self) -> bool {
        self.kind == Kind::Normal && self.status == Status::Active
    }
}

/// An org.
#[derive(Clone, Debug, Default)]
pub(crate) struct Org {
    /// Nobody does anything there.
    pub(crate) locked: bool,
    /// Only admins and those involved change cases.
    pub(crate) edit_only_if_involved: bool,
    /// Guests are refused.
    pub(crate) no_guests: bool,
}

/// One side of a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    /// It is switched on.
    pub(crate) enabled: bool,
    /// It sends.
    pub(crate) outbound: bool,
    /// It receives.
    pub(crate) inbound: bool,
}

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Whose.
    pub(crate) owner: Name,
    /// Who is in it, the owner too.
    pub(crate) members: BTreeSet<Name>,
    /// It has not been deleted.
    pub(crate) alive: bool,
    /// All cases that the owner creates are shared with it, at this level.
    pub(crate) share_all: Option<Level>,
}

/// To whom a case is open besides its shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To colleagues.
    Internal,
    /// To these, and those involved.
    Restricted(BTreeSet<Name>),
    /// To colleagues, and to these in the portal.
    External(BTreeSet<Name>),
    /// To colleagues, and to all in the portal.
    ExternalAll,
}

/// With whom a case is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recipient {
    /// Somebody.
    Person(Name),
    /// A group.
    Group(Name),
    /// An org.
    Org(Name),
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

/// A share.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// What it gives.
    pub(crate) gives: Gives,
    /// Who shared.
    pub(crate) granter: Name,
    /// It waits for its recipient.
    pub(crate) pending: bool,
    /// When it was made: the later, the larger.
    pub(crate) made: u64,
    /// It is to be taken into a case of the recipient's, and opens nothing itself.
    pub(crate) finalise: bool,
    /// Into which it was taken.
    pub(crate) taken_into: Option<usize>,
    /// It gives nothing before this hour.
    pub(crate) from: u64,
    /// It gives nothing from this hour on.
    pub(crate) until: Option<u64>,
}

impl Grant {
    /// Whether it gives something at this hour.
    pub(crate) fn gives_at(&self, hour: u64) -> bool {
        self.from <= hour && !self.ended(hour)
    }

    /// Whether it is over.
    pub(crate) fn ended(&self, hour: u64) -> bool {
        self.until.is_some_and(|until| until <= hour)
    }
}

/// A comment.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    /// As the service calls it.
    pub(crate) id: String,
    /// Who wrote it.
    pub(crate) author: Name,
    /// Marked external.
    pub(crate) external: bool,
    /// Made through the portal.
    pub(crate) portal: bool,
}

/// A task, an observable, or a target.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    /// As the service calls it.
    pub(crate) id: String,
    /// The org as whose member somebody outside made it.
    pub(crate) made_for: Option<Name>,
    /// With which orgs it is shared: when their share of the case was made.
    pub(crate) shared: BTreeMap<Name, u64>,
    /// Made through the portal.
    pub(crate) portal: bool,
}

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// As the service calls it.
    pub(crate) id: String,
    /// The org that owns it.
    pub(crate) owner: Name,
    /// Who made it.
    pub(crate) creator: Name,
    /// To whom it is assigned.
    pub(crate) assignees: BTreeSet<Name>,
    /// To whom it is open.
    pub(crate) access: Access,
    /// It is closed.
    pub(crate) closed: bool,
    /// It is deleted.
    pub(crate) gone: bool,
    /// Its shares.
    pub(crate) grants: BTreeMap<Recipient, Grant>,
    /// Who wants nothing of it any more, and since when.
    pub(crate) opted_out: BTreeMap<Name, u64>,
    /// What is said in it.
    pub(crate) comments: Vec<Comment>,
    /// Tasks, observables, targets, by section.
    pub(crate) things: BTreeMap<Name, Vec<Thing>>,
    /// The sections whose new things are shared with every org that has the case.
    pub(crate) shares_new: BTreeSet<Name>,
}

impl Case {
    /// A case with nothing in it.
    pub(crate) fn new(id: String, owner: Name, creator: Name, access: Access) -> Self {
        Self {
            id,
            owner,
            creator,
            assignees: BTreeSet::new(),
            access,
            closed: false,
            gone: false,
            grants: BTreeMap::new(),
            opted_out: BTreeMap::new(),
            comments: Vec::new(),
            things: THINGS.iter().map(|section| (*section, Vec::new())).collect(),
            shares_new: BTreeSet::new(),
        }
    }
}

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

/// All there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    /// The orgs.
    pub(crate) orgs: BTreeMap<Name, Org>,
    /// Who is locked.
    pub(crate) locked: BTreeSet<Name>,
    /// Who is what where.
    pub(crate) members: BTreeMap<(Name, Name), Member>,
    /// The groups.
    pub(crate) groups: BTreeMap<Name, Group>,
    /// The links, by whose side towards whom.
    pub(crate) links: BTreeMap<(Name, Name), Side>,
    /// The profile at which new cases go to others by themselves, by whose side towards whom.
    pub(crate) by_itself: BTreeMap<(Name, Name), Profile>,
    /// Over which what comes is to be taken in.
    pub(crate) finalise: BTreeSet<(Name, Name)>,
    /// The cases.
    pub(crate) cases: Vec<Case>,
    /// Where colleagues must accept, too.
    pub(crate) all_accept: BTreeSet<Name>,
    /// How often somebody was invited on a day.
    pub(crate) invited: BTreeMap<(Name, String), u32>,
    /// How much has happened.
    pub(crate) moment: u64,
    /// How many hours the clock is ahead.
    pub(crate) hour: u64,
}

impl Model {
    /// What somebody is to an org.
    pub(crate) fn member(&self, who: Name, org: Name) -> Option<Member> {
        self.members.get(&(who, org)).copied()
    }

    /// Whether somebody is an active colleague of an org.
    pub(crate) fn colleague(&self, who: Name, org: Name) -> bool {
        self.member(who, org).is_some_and(Member::colleague)
    }

    /// Whether a case goes from one org to another now.
    pub(crate) fn linked(&self, from: Name, to: Name) -> bool {
        let (Some(ours), Some(theirs)) = (self.links.get(&(from, to)), self.links.get(&(to, from)))
        else {
            return false;
        };
        ours.enabled && theirs.enabled && ours.outbound && theirs.inbound
    }

    fn involved(&self, who: Name, case: &Case) -> bool {
        (case.creator == who || case.assignees.contains(who)) && self.colleague(who, case.owner)
    }

    /// The ways by which somebody has a case.
    pub(crate) fn paths(&self, who: Name, case: &Case) -> Vec<Path> {
        let org = &self.orgs[case.owner];
        if self.locked.contains(who) || org.locked || case.gone {
            return Vec::new();
        }
        let own = self.member(who, case.owner);
        let mut paths = Vec::new();
        if own.is_some_and(|own| own.status != Status::Active) {
            return paths;
        }
        let external = own.is_some_and(|own| own.kind == Kind::External);
        if !external {
            self.inside(who, case, &mut paths);
            self.person(who, case, &mut paths);
            self.partner(who, case, &mut paths);
        }
        self.portal(who, case, &mut paths);
        paths
    }

    fn restricted_from(who: Name, case: &Case) -> bool {
        matches!(&case.access, Access::Restricted(named) if !named.contains(who))
    }

    fn inside(&self, who: Name, case: &Case, paths: &mut Vec<Path>) {
        let Some(own) = self.member(who, case.owner).filter(|member| member.colleague()) else {
            return;
        };
        let profile = own.profile.map(Profile::rights).unwrap_or_default();
        if !Self::restricted_from(who, case) {
            let mut rights = profile.clone();
            if self.orgs[case.owner].edit_only_if_involved && own.profile != Some(Profile::OrgAdmin)
            {
                for level in rights.levels.values_mut() {
                    *level = Level::Read.min(*level);
                }
                rights.flags.clear();
            }
            paths.push(Path { rights, reach: Reach::All, inside: true });
        }
        if self.involved(who, case) {
            let mut rights =
                Rights::everywhere(Level::Write, &["close", "reopen", "share", "assign"]);
            for flag in ["delete", "restrict", "share_external", "change_owner"] {
                if profile.flags.contains(flag) {
                    rights.flags.insert(flag);
                }
            }
            paths.push(Path { rights, reach: Reach::All, inside: true });
        }
    }

    fn person(&self, who: Name, case: &Case, paths: &mut Vec<Path>) {
        let mut give = |rights| paths.push(Path { rights, reach: Reach::All, inside: false });
        let open = |grant: &&Grant| !grant.pending && grant.gives_at(self.hour);
        if let Some(grant) = case.grants.get(&Recipient::Person(who)).filter(open) {
            give(grant.gives.rights());
        }
        let stranger = self.member(who, case.owner).is_none();
        let refused = stranger && self.orgs[case.owner].no_guests;
        if matches!(case.access, Access::Restricted(_)) || refused {
            return;
        }
        for (recipient, grant) in &case.grants {
            let Recipient::Group(name) = recipient else { continue };
            let group = &self.groups[name];
            let left = case.opted_out.get(who).is_some_and(|since| grant.made < *since);
            let both = group.members.contains(who) && group.members.contains(grant.granter);
            if group.alive && both && !left && open(&grant) {
                give(grant.gives.rights());
            }
        }
        for group in self.groups.values().filter(|group| group.alive) {
            let Some(level) = group.share_all else { continue };
            let theirs = group.owner == case.creator && self.colleague(case.creator, case.owner);
            if theirs && group.members.contains(who) && !case.opted_out.contains_key(who) {
                give(Rights::everywhere(level, &[]));
            }
        }
    }

    /// The orgs that have a case over links usable now.
    fn partners<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = (Name, &'a Grant)> {
        case.grants.iter().filter_map(|(recipient, grant)| match recipient {
            Recipient::Org(org)
                if self.linked(case.owner, org)
                    && !self.orgs[org].locked
                    && grant.gives_at(self.hour) =>
            {
                Some((*org, grant))
            }
            _ => None,
        })
    }

    fn partner(&self, who: Name, case: &Case, paths: &mut Vec<Path>) {
        for (org, grant) in self.partners(case) {
            let Some(member) = self.member(who, org).filter(|member| member.colleague()) else {
                continue;
            };
            let profile = member.profile.map(Profile::rights).unwrap_or_default();
            if !grant.finalise && !Self::restricted_from(who, case) {
                let rights = profile.meet(&grant.gives.rights()).shared();
                paths.push(Path { rights, reach: Reach::Partner(org), inside: false });
            }
        }
    }

    /// The targets of other cases that are taken into one, by what they are called there.
    pub(crate) fn received(&self, at: usize) -> BTreeSet<&str> {
        let org = self.cases[at].owner;
        let mut found = BTreeSet::new();
        for source in self.cases.iter().filter(|case| !case.gone) {
            let grant = source.grants.get(&Recipient::Org(org));
            let Some(grant) = grant.filter(|grant| grant.taken_into == Some(at)) else { continue };
            let carries = self.linked(source.owner, org) && grant.gives_at(self.hour);
            if self.orgs[source.owner].locked || !carries {
                continue;
            }
            let shared = source.things["targets"].iter();
            let shared = shared.filter(|target| target.shared.get(org) == Some(&grant.made));
            found.extend(shared.map(|target| &*target.id));
        }
        found
    }

    fn portal(&self, who: Name, case: &Case, paths: &mut Vec<Path>) {
        let named = match &case.access {
            Access::ExternalAll => true,
            Access::External(named) => named.contains(who),
            Access::Internal | Access::Restricted(_) => false,
        };
        let external = |org| {
            let member = self.member(who, org)?;
            let counts = member.kind == Kind::External && member.status == Status::Active;
            member.profile.filter(|_| counts).map(Profile::rights)
        };
        let mut give = |rights| paths.push(Path { rights, reach: Reach::Portal, inside: false });
        if named && let Some(rights) = external(case.owner) {
            give(rights);
        }
        for (org, grant) in self.partners(case).filter(|(_, grant)| !grant.pending) {
            if named && let Some(rights) = external(org) {
                give(rights.meet(&grant.gives.rights()).shared());
            }
        }
    }
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
