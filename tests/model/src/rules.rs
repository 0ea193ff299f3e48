//! Sections 1 and 2 of the design, told with sets and loops: who is there, what there is, and who may
//! do what with it. Nothing here is shared with the service.

use std::collections::{BTreeMap, BTreeSet};

use crate::may::{Path, Reach};
use crate::rights::{Gives, Level, Profile, Rights, THINGS};

/// Somebody, an org, a group: by name.
pub(crate) type Name = &'static str;

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
    /// One that is active from an hour on, made at a moment.
    pub(crate) fn new(gives: Gives, granter: Name, made: u64, from: u64) -> Self {
        let (pending, finalise, taken_into, until) = (false, false, None, None);
        Self { gives, granter, pending, made, finalise, taken_into, from, until }
    }

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
