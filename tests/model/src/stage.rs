//! Who plays, and what there is before a history begins.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shared::clock::Clock;
use wire::{Actor, Person, Wire, World, open_hand, text};

use crate::rights::Profile;
use crate::rules::{Group, Kind, Member, Model, Name, Org, Side, Status};

/// The orgs.
pub(crate) const ORGS: [Name; 3] = ["acme", "globex", "initech"];

/// Their members; guests of nobody are the rest.
const MEMBERS: [(Name, Name, Kind, Profile); 12] = [
    ("admin-acme", "acme", Kind::Normal, Profile::OrgAdmin),
    ("ada", "acme", Kind::Normal, Profile::Analyst),
    ("bob", "acme", Kind::Normal, Profile::Analyst),
    ("rea", "acme", Kind::Normal, Profile::ReadOnly),
    ("eve", "acme", Kind::External, Profile::ExternalActor),
    ("xen", "acme", Kind::External, Profile::ExternalReader),
    ("admin-globex", "globex", Kind::Normal, Profile::OrgAdmin),
    ("gil", "globex", Kind::Normal, Profile::Analyst),
    ("gro", "globex", Kind::Normal, Profile::ReadOnly),
    ("gex", "globex", Kind::External, Profile::ExternalActor),
    ("admin-initech", "initech", Kind::Normal, Profile::OrgAdmin),
    ("ian", "initech", Kind::Normal, Profile::Analyst),
];

/// All who play, but the operator.
pub(crate) const PEOPLE: [Name; 14] = [
    "ada",
    "bob",
    "rea",
    "admin-acme",
    "eve",
    "xen",
    "gil",
    "gro",
    "gex",
    "admin-globex",
    "ian",
    "admin-initech",
    "zoe",
    "yan",
];

/// The groups: whose, and who else is in them.
const GROUPS: [(Name, Name, &[Name]); 2] =
    [("night", "ada", &["bob", "gil", "zoe", "xen"]), ("day", "gil", &["ada", "gro", "yan"])];

/// A world, and the model of it.
pub(crate) struct Stage {
    world: World,
    pub(crate) groups: BTreeMap<Name, String>,
    model: Model,
}

impl Stage {
    /// Sets the stage, through the API.
    pub(crate) async fn set() -> Self {
        let world = World::new();
        let mut model = Model::default();
        let today = day(&Clock::system());
        for org in ORGS {
            let admin = world.org(org).await;
            model.orgs.insert(org, Org::default());
            for (name, of, kind, profile) in MEMBERS {
                let status = Status::Active;
                if of != org {
                    continue;
                }
                if profile != Profile::OrgAdmin {
                    let kind = if kind == Kind::External { "external" } else { "normal" };
                    let _ = world.member(&admin, org, name, kind, profile.word()).await;
                }
                *model.invited.entry((name, today.clone())).or_default() += 1;
                model.members.insert((name, org), Member { kind, profile: Some(profile), status });
            }
        }
        for other in ["globex", "initech"] {
            // What goes to Initech is to be taken in there.
            let finalises = other == "initech";
            if finalises {
                model.finalise.insert(("acme", other));
            }
            let body = json!({ "org": other, "terms": { "finalise": finalises } });
            let _ = world.person("admin-acme").send("POST", "/orgs/acme/links", body).await.is(201);
            let path = format!("/orgs/{other}/links/acme/approve");
            let admin = world.person(&format!("admin-{other}"));
            let _ = admin.send("POST", &path, json!({})).await.is(200);
            for pair in [("acme", other), (other, "acme")] {
                let side = Side { enabled: true, outbound: true, inbound: true };
                model.links.insert(pair, side);
            }
        }
        let mut groups = BTreeMap::new();
        for (name, owner, others) in GROUPS {
            let people: Vec<Actor> = others.iter().map(|other| world.person(other)).collect();
            let id = world.group(&world.person(owner), &people.iter().collect::<Vec<_>>()).await;
            groups.insert(name, id);
            for other in others {
                *model.invited.entry((other, today.clone())).or_default() += 1;
            }
            let members: BTreeSet<Name> = others.iter().copied().chain([owner]).collect();
            model.groups.insert(name, Group { owner, members, alive: true, share_all: None });
        }
        for guest in ["zoe", "yan"] {
            let _ = world.person(guest).get("/me").await.is(200);
        }
        Self { world, groups, model }
    }

    /// Everybody, in a copy of this world, by a clock of their own, and the model of it.
    pub(crate) fn cast(&self, clock: &Clock) -> (BTreeMap<Name, Actor>, Model) {
        let world = self.world.copy();
        let wire = Wire::new(&world.engine, open_hand());
        let actor = |person: &Person| Actor::at(person, &wire, clock);
        let people = PEOPLE.iter().map(|name| (*name, actor(&Person::new(name))));
        let operator = ("olga", actor(&Person::operator()));
        (people.chain([operator]).collect(), self.model.clone())
    }
}

/// The day by a clock, on which so many invitations go out.
pub(crate) fn day(clock: &Clock) -> String {
    clock.now().to_string()[..10].to_owned()
}

/// An entry of a list in an answer, as text.
pub(crate) fn first(answer: &Value, list: &str) -> String {
    text(&answer[list][0], "id")
}
