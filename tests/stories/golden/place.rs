//! Where: a case in one of its states, with something of everything in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cast::{Cast, Pending};
use crate::dsl::{Case, Person};

/// The states of a case, in the order of the columns.
pub(super) const PLACES: [&str; 7] =
    ["internal", "restricted", "named", "external", "external-all", "closed", "deleted"];

/// A case in one of them.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) case: Case,
    pub(super) pending: Pending,
    /// What stands for the words in braces of a path.
    pub(super) ids: BTreeMap<&'static str, String>,
    /// The body that sets the access it has.
    pub(super) access: Value,
}

impl Place {
    /// Makes the case, fills it and shares it; what closes it comes later.
    pub(super) async fn of(players: &Cast, name: &'static str) -> Self {
        let creator = &players.creator;
        let case = creator.case(&format!("Golden {name}")).await;
        let mut ids =
            BTreeMap::from([("case", case.id.clone()), ("org", players.globex.org.id.clone())]);
        let (share, pending) = players.share(&case).await;
        pending.begin().await;
        ids.insert("share", share);
        let access = json!({ "access": "internal" });
        let mut place = Self { name, case, pending, ids, access };
        for kind in ["comment", "contact", "task", "observable", "target", "attachment"] {
            place.restore(creator, kind).await;
        }
        place
    }

    /// Makes the thing of a kind that a probe has used up.
    pub(super) async fn restore(&mut self, creator: &Person, kind: &'static str) {
        let case = &self.case;
        let once = creator.world().unique("once");
        let (section, body) = match kind {
            "comment" => ("comments", json!({ "text": "Seen." })),
            "contact" => ("contact", json!({ "name": "Eve" })),
            "task" => ("tasks", json!({ "title": "Call" })),
            "observable" => ("observables", json!({ "lines": format!("{once}.example") })),
            "target" => ("targets", json!({ "lines": format!("{once}@acme.example") })),
            "spare" => {
                let spare = creator.group("Spare").await;
                self.ids.insert("spare", spare);
                return;
            }
            "unit" => {
                let path = format!("/orgs/{}/units", self.ids["acme"]);
                let made = creator.post(path, &json!({ "name": "Unit 7" })).await.is(201).json;
                self.ids.insert("unit", made["id"].as_str().unwrap().to_owned());
                return;
            }
            "share" => {
                let share = self.ids["share"].clone();
                let zoe = &self.ids["zoe"];
                creator.share(case, [zoe.clone()], "viewer").await.is(201);
                assert!(creator.get(format!("{case}/shares/{share}")).await.status == 200);
                return;
            }
            _ => {
                let path = creator.attaches(case, "seen.txt", once.as_bytes()).await;
                let id = path.rsplit('/').next().unwrap().to_owned();
                self.ids.insert("attachment", id);
                return;
            }
        };
        let made = creator.post(format!("{case}/{section}"), &body).await.ok();
        let id = made["id"].as_str().or_else(|| made["items"][0]["id"].as_str());
        self.ids.insert(kind, id.expect("it was made").to_owned());
        if ["task", "observable", "target"].contains(&kind) {
            let path = format!("/cases/{{case}}/{kind}s/{{{kind}}}/shares/{{org}}");
            creator.put(self.path(&path), &json!({})).await.ok();
        }
    }

    /// Brings the case into the state that the place is named after.
    pub(super) async fn settle(&mut self, players: &Cast) {
        let (case, admin) = (&self.case, &players.acme.admin);
        self.ids.insert("zoe", players.zoe.by_mail());
        let named = [
            &players.assignee,
            &players.analyst,
            &players.read_only,
            &players.custom,
            &players.globex.member,
            &players.partner_reader,
            &players.relinked.member,
        ]
        .map(Person::by_mail);
        let selected = [&players.reader, &players.actor].map(Person::by_mail);
        self.access = match self.name {
            "restricted" => json!({ "access": "restricted", "users": [] }),
            "named" => json!({ "access": "restricted", "users": named }),
            "external" => json!({ "access": "external", "users": selected }),
            "external-all" => json!({ "access": "external-all" }),
            _ => return,
        };
        admin.put(format!("{case}/access"), &self.access).await.is(200);
    }

    /// Closes or deletes it, where that is what the place is about.
    pub(super) async fn end(&self, players: &Cast) {
        let (case, admin) = (&self.case, &players.acme.admin);
        match self.name {
            "closed" => drop(admin.post(format!("{case}/close"), &json!({})).await.is(200)),
            "deleted" => drop(admin.delete(case.to_string()).await.is(204)),
            _ => {}
        }
    }

    /// What is asked for elsewhere than in the case.
    pub(super) async fn look_around(&mut self, players: &Cast) {
        let Cast { acme, taken_in, to_take_in, .. } = players;
        acme.links(&players.stranded).await;
        // A share that was refused already: refusing it again changes nothing.
        let case = players.creator.case("Refused").await;
        let body = json!({ "recipients": [to_take_in.org.as_recipient()], "role": "viewer" });
        let made = players.creator.post(format!("{case}/shares"), &body).await.is(201).json;
        let refused = made["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/orgs/{}/incoming/{refused}/refuse", to_take_in.org.id);
        to_take_in.org.admin.post(path, &json!({ "reason": "Not ours." })).await.is(200);
        let (shared, target) = Self::comes_in(players).await;
        let incoming =
            taken_in.org.admin.all(format!("/orgs/{}/incoming?which=done", taken_in.org.id)).await;
        for (word, id) in [
            ("acme", acme.id.clone()),
            ("group", players.group.clone()),
            ("user", players.zoe.user().await),
            ("address", players.zoe.address().to_owned()),
            ("admin", acme.admin.user().await),
            ("receiver", taken_in.org.id.clone()),
            ("stranded", players.stranded.id.clone()),
            ("creator", players.creator.user().await),
            ("refuser", to_take_in.org.id.clone()),
            ("refused", refused),
            ("taken_in", shared),
            ("coming", target),
            // Newest first, and the case that is there longest is the first.
            ("incoming", incoming[incoming.len() - 1]["id"].as_str().unwrap().to_owned()),
            ("stranger", players.stranger.by_mail()),
            ("never", super::NEVER.to_owned()),
        ] {
            self.ids.insert(word, id);
        }
        self.restore(&players.creator, "spare").await;
        self.restore(&acme.admin, "unit").await;
    }

    /// A share of a target that an org has taken in, and the target.
    async fn comes_in(players: &Cast) -> (String, String) {
        let Cast { creator, taken_in, .. } = players;
        let case = creator.case("Taken in").await;
        let body = json!({ "recipients": [taken_in.org.as_recipient()], "role": "viewer",
            "insert_targets": true });
        let made = creator.post(format!("{case}/shares"), &body).await.is(201).json;
        let share = made["items"][0]["id"].as_str().unwrap().to_owned();
        let lines = json!({ "lines": "coming@acme.example" });
        let made = creator.post(format!("{case}/targets"), &lines).await.ok();
        let target = made["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/orgs/{}/incoming/{share}", taken_in.org.id);
        let body = json!({ "member": taken_in.member.by_mail() });
        taken_in.org.admin.post(format!("{path}/assign"), &body).await.is(200);
        let body = json!({ "new_case": "Comes in" });
        taken_in.member.post(format!("{path}/finalise"), &body).await.is(200);
        (share, target)
    }

    /// A path with the ids of this place.
    pub(super) fn path(&self, pattern: &str) -> String {
        self.ids
            .iter()
            .fold(pattern.to_owned(), |path, (word, id)| path.replace(&format!("{{{word}}}"), id))
    }
}
