//! The same target taken in twice, or taken in and one's own: which one stays.

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// An org that takes in what others share.
struct Receiver {
    org: Org,
    gil: Person,
    into: Case,
}

impl Receiver {
    async fn of(world: &World) -> Self {
        let org = world.org("globex").await;
        let gil = org.member("gil", "analyst").await;
        let into = gil.case("Our own wave").await;
        Self { org, gil, into }
    }

    /// What it sees of a share that came in.
    async fn incoming(&self, share: &str) -> Value {
        self.org.admin.get(self.path(share)).await.ok()
    }

    fn path(&self, share: &str) -> String {
        format!("/orgs/{}/incoming/{share}", self.org.id)
    }

    /// Says which one stays.
    async fn keeps(&self, share: &str, target: &str, keep: Option<&str>) -> Value {
        let body = json!({ "target": target, "keep": keep });
        self.org.admin.post(format!("{}/resolve", self.path(share)), &body).await.is(200).json
    }

    /// The shares by which targets are shown in its case.
    async fn shows(&self) -> Vec<String> {
        let found = self.gil.get(format!("{}/received", self.into)).await.ok();
        let sources = found["items"].as_array().unwrap().iter();
        let shown = sources.flat_map(|source| {
            let share = source["share"].as_str().unwrap();
            source["targets"].as_array().unwrap().iter().map(move |_| share.to_owned())
        });
        shown.collect()
    }
}

/// An org that shares a case with the receiver, which has taken it in.
struct Sender {
    ada: Person,
    org: Org,
    case: Case,
    share: String,
}

impl Sender {
    async fn of(world: &World, name: &str, to: &Receiver, before: &[&str]) -> Self {
        let org = world.org(name).await;
        org.links_with(&to.org, json!({ "finalise": true }), json!({})).await;
        let ada = org.member("ada", "analyst").await;
        let case = ada.case("Phishing wave").await;
        let body = json!({ "recipients": [to.org.as_recipient()], "role": "viewer",
            "insert_targets": true });
        let made = ada.post(format!("{case}/shares"), &body).await.is(201).json;
        let share = made["items"][0]["id"].as_str().unwrap().to_owned();
        let sender = Self { ada, org, case, share };
        for value in before {
            sender.target(value).await;
        }
        let member = json!({ "member": to.gil.by_mail() });
        let path = to.path(&sender.share);
        to.org.admin.post(format!("{path}/assign"), &member).await.is(200);
        let into = json!({ "case": to.into.id });
        to.gil.post(format!("{path}/finalise"), &into).await.is(200);
        sender
    }

    /// Adds a target. Its id.
    async fn target(&self, value: &str) -> String {
        target(&self.ada, &self.case, value).await
    }
}

async fn target(person: &Person, case: &Case, value: &str) -> String {
    let made = person.post(format!("{case}/targets"), &json!({ "lines": value })).await.ok();
    made["items"][0]["id"].as_str().unwrap().to_owned()
}

// E8
#[tokio::test]
async fn an_org_is_told_that_a_target_is_its_own_already_and_says_which_one_stays() {
    let world = World::new().await;
    let globex = Receiver::of(&world).await;
    target(&globex.gil, &globex.into, "desk@globex.example").await;
    let acme = Sender::of(&world, "acme", &globex, &[]).await;
    let other = acme.target("elsewhere@globex.example").await;
    assert_eq!(globex.incoming(&acme.share).await["conflicts"], json!([]));

    let id = acme.target("desk@globex.example").await;

    let notice = globex.org.admin.notice("in_conflict").await;
    assert_eq!((&notice["share"], &notice["case"]), (&json!(acme.share), &Value::Null), "{notice}");
    let conflicts = globex.incoming(&acme.share).await["conflicts"].clone();
    assert_eq!(
        conflicts,
        json!([{ "target": id, "type": "email", "value": "desk@globex.example",
            "algorithm": null, "note": "",
            "enabled": true, "own": true, "others": [], "resolved": false }])
    );
    assert_eq!(globex.shows().await.len(), 2, "until somebody has decided");

    let told = globex.keeps(&acme.share, &id, None).await;
    assert_eq!(
        (&told["conflicts"][0]["enabled"], &told["conflicts"][0]["resolved"]),
        (&json!(false), &json!(true)),
        "{told}"
    );
    assert_eq!(globex.shows().await.len(), 1);
    assert_eq!(globex.gil.all(format!("{}/targets", globex.into)).await.len(), 1, "it stays");
    assert!(globex.gil.remembers(&globex.into).await.contains(&"conflict_resolved".to_owned()));

    globex.keeps(&acme.share, &id, Some(&acme.share)).await;
    assert_eq!(globex.shows().await.len(), 2, "it was said again, otherwise");
    let body = json!({ "target": other, "keep": acme.share });
    let path = format!("{}/resolve", globex.path(&acme.share));
    globex.org.admin.post(path, &body).await.refused(409, "not_in_conflict");
}

// E8
#[tokio::test]
async fn of_a_target_that_two_orgs_share_one_stays_until_a_third_comes() {
    let world = World::new().await;
    let globex = Receiver::of(&world).await;
    let acme = Sender::of(&world, "acme", &globex, &["desk@globex.example"]).await;
    assert_eq!(globex.incoming(&acme.share).await["conflicts"], json!([]));
    let initech = Sender::of(&world, "initech", &globex, &["desk@globex.example"]).await;

    // What is taken in is looked at, too, and not only what is added later.
    let notice = globex.org.admin.notice("in_conflict").await;
    assert_eq!(notice["share"], initech.share.as_str(), "{notice}");
    let seen = globex.incoming(&acme.share).await["conflicts"][0].clone();
    let other = json!([{ "share": initech.share, "from": initech.org.id, "enabled": true }]);
    assert_eq!((&seen["own"], &seen["others"]), (&json!(false), &other), "{seen}");
    let id = seen["target"].as_str().unwrap().to_owned();
    assert_eq!(globex.shows().await.len(), 2);

    globex.keeps(&acme.share, &id, Some(&initech.share)).await;
    assert_eq!(globex.shows().await, [&*initech.share]);
    let seen = globex.incoming(&initech.share).await["conflicts"][0].clone();
    assert_eq!((&seen["enabled"], &seen["resolved"]), (&json!(true), &json!(true)), "{seen}");
    assert_eq!(seen["others"][0]["enabled"], false, "{seen}");

    let umbrella = Sender::of(&world, "umbrella", &globex, &["desk@globex.example"]).await;
    let seen = globex.incoming(&initech.share).await["conflicts"][0].clone();
    assert_eq!(seen["resolved"], false, "something has come since: {seen}");
    let mut shown = globex.shows().await;
    shown.sort_unstable();
    let mut expected = [initech.share.clone(), umbrella.share.clone()];
    expected.sort_unstable();
    assert_eq!(shown, expected);
    globex
        .keeps(&umbrella.share, &target_of(&globex, &umbrella).await, Some(&umbrella.share))
        .await;
    assert_eq!(globex.shows().await, [&*umbrella.share]);

    // The one that stays goes: the others stay off until somebody says otherwise.
    for gone in [&umbrella, &initech] {
        gone.ada.delete(format!("{}/shares/{}", gone.case, gone.share)).await.is(204);
    }
    assert!(globex.shows().await.is_empty());
    let seen = globex.incoming(&acme.share).await["conflicts"][0].clone();
    assert_eq!((&seen["others"], &seen["enabled"]), (&json!([]), &json!(false)), "{seen}");
    globex.keeps(&acme.share, &id, Some(&acme.share)).await;
    assert_eq!(globex.shows().await, [&*acme.share]);
}

/// The only target in conflict of what a sender shares.
async fn target_of(to: &Receiver, of: &Sender) -> String {
    let seen = to.incoming(&of.share).await;
    seen["conflicts"][0]["target"].as_str().unwrap_or_else(|| panic!("{seen}")).to_owned()
}

// E8, Promise 1
#[tokio::test]
async fn a_share_that_gives_nothing_is_in_no_conflict() {
    let world = World::new().await;
    let globex = Receiver::of(&world).await;
    let acme = Sender::of(&world, "acme", &globex, &["desk@globex.example"]).await;
    let initech = Sender::of(&world, "initech", &globex, &["desk@globex.example"]).await;
    let id = target_of(&globex, &acme).await;
    let link = initech.org.link(&globex.org);
    let path = format!("{}/resolve", globex.path(&acme.share));
    let body = json!({ "target": id, "keep": acme.share });
    let none = async || {
        assert_eq!(globex.incoming(&acme.share).await["conflicts"], json!([]));
        globex.org.admin.post(&path, &body).await.refused(409, "not_in_conflict");
    };

    initech.org.admin.patch(&link, &json!({ "outbound": false })).await.ok();
    none().await;
    initech.org.admin.patch(&link, &json!({ "outbound": true })).await.ok();
    assert_eq!(target_of(&globex, &acme).await, id);
    let first = target_of(&globex, &initech).await;
    let of = format!("{}/targets/{first}/shares/{}", initech.case, globex.org.id);
    initech.ada.delete(&of).await.is(204);
    none().await;
    initech.ada.put(&of, &json!({})).await.ok();
    assert_eq!(target_of(&globex, &acme).await, id, "shared one by one, it is found, too");
    let path_of = of.rsplit_once("/shares").unwrap().0.to_owned();
    initech.ada.delete(&path_of).await.is(204);
    none().await;
    let theirs = initech.target("desk@globex.example").await;
    assert_eq!(target_of(&globex, &acme).await, id);
    let reason = json!({ "reason": "We have it already." });
    globex.org.admin.post(format!("{}/refuse", globex.path(&initech.share)), &reason).await.is(200);
    none().await;
    let gone = format!("{}/resolve", globex.path(&initech.share));
    let body = json!({ "target": theirs, "keep": initech.share });
    globex.org.admin.post(gone, &body).await.refused(409, "not_in_conflict");
}

// E8, Bad input
#[tokio::test]
async fn only_who_receives_says_which_one_stays_and_says_it_of_one_that_is_there() {
    let world = World::new().await;
    let globex = Receiver::of(&world).await;
    let acme = Sender::of(&world, "acme", &globex, &["desk@globex.example"]).await;
    let initech = Sender::of(&world, "initech", &globex, &["desk@globex.example"]).await;
    let (id, admin) = (target_of(&globex, &acme).await, &globex.org.admin);
    let path = format!("{}/resolve", globex.path(&acme.share));
    let keep = |share: &Value| json!({ "target": id, "keep": share });
    let good = keep(&json!(acme.share));

    globex.gil.post(&path, &good).await.forbidden();
    acme.ada.post(&path, &good).await.hidden();
    initech.org.admin.post(&path, &good).await.hidden();
    admin.post(&path, &json!({ "target": id })).await.refused(400, "invalid");
    admin.post(&path, &keep(&json!("x"))).await.refused(400, "invalid").at("/keep");
    admin.post(&path, &keep(&Value::Null)).await.refused(400, "invalid").at("/keep");
    let never = json!("saaaaaaaaaaaaaaaaaaaaaaaaaa");
    admin.post(&path, &keep(&never)).await.refused(400, "invalid").at("/keep");
    let theirs = json!({ "target": target_of(&globex, &initech).await, "keep": acme.share });
    admin.post(&path, &theirs).await.refused(404, "not_found").at("/target");
    assert_eq!(globex.shows().await.len(), 2, "nothing was switched off");

    let once = || admin.post(&path, &good).key("once");
    once().await.is(200);
    globex.keeps(&acme.share, &id, Some(&initech.share)).await;
    once().await.is(200);
    assert_eq!(globex.shows().await, [&*initech.share], "it was answered again, not done");
    let other = keep(&json!(initech.share));
    admin.post(&path, &other).key("once").await.refused(422, "key_reused");
}
