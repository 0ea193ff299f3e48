//! All cases of one's own, shared with a group: today's and future ones.

use serde_json::{Value, json};

use crate::dsl::{Org, Person, World};

/// Ada of Acme, who owns a group, and gus, who is in it.
struct Circle {
    acme: Org,
    ada: Person,
    gus: Person,
    group: String,
}

impl Circle {
    async fn new(world: &World) -> Self {
        let acme = world.org("acme").await;
        let ada = acme.member("ada", "analyst").await;
        let gus = world.person("gus");
        let group = ada.group("Night shift").await;
        ada.gathers(&group, &[&gus]).await;
        Self { acme, ada, gus, group }
    }

    fn path(&self) -> String {
        format!("/groups/{}/share-all", self.group)
    }

    async fn on(&self, gives: Value) -> Value {
        self.ada.put(self.path(), &gives).await.ok()
    }
}

// S11, S12
#[tokio::test]
async fn a_group_gets_todays_and_future_cases_of_its_owner_and_nobody_elses() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, gus, group } = &circle;
    let bob = acme.member("bob", "analyst").await;
    let (today, others) = (ada.case("Phishing wave").await, bob.case("Lost laptop").await);
    assert!(ada.get(format!("/groups/{group}")).await.ok()["share_all"].is_null(), "off");
    assert!(!gus.sees(&today).await);

    let on = circle.on(json!({ "role": "viewer" })).await;

    assert_eq!(on["share_all"]["comments"], "read", "{on}");
    assert_eq!(gus.get(format!("/groups/{group}")).await.ok()["share_all"], on["share_all"]);
    let tomorrow = ada.case("Second wave").await;
    for case in [&today, &tomorrow] {
        assert!(gus.sees(case).await);
        assert!(gus.lists(case, "").await);
        assert!(gus.lists(case, "filter=group").await);
        assert!(gus.finds(case, "wave").await);
        gus.patch(case.to_string(), &json!({ "title": "Mine" })).await.forbidden();
    }
    assert!(!gus.sees(&others).await);
    assert!(!gus.lists(&others, "").await);

    let list = bob.get(format!("{today}/shares")).await.ok();
    let shown = &list["share_all"][0];
    assert_eq!((&shown["group"], &shown["name"]), (&json!(group), &json!("Night shift")), "{list}");
    assert_eq!(shown["levels"]["comments"], "read");
    assert_eq!(gus.get(format!("{today}/shares")).await.ok()["share_all"], json!([]));
    assert_eq!(bob.get(format!("{others}/shares")).await.ok()["share_all"], json!([]));

    circle.on(json!({ "role": "editor" })).await;
    gus.patch(today.to_string(), &json!({ "title": "Changed" })).await.ok();
    gus.post(format!("{today}/close"), &json!({})).await.forbidden();
}

// S11, S5
#[tokio::test]
async fn a_section_that_share_all_does_not_give_is_absent() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { ada, gus, .. } = &circle;
    let case = ada.case("Phishing wave").await;

    let on = circle.on(json!({ "sections": { "comments": "write" } })).await;

    assert_eq!(on["share_all"]["details"], "read", "always: {on}");
    gus.comments(&case, "From the night shift").await;
    assert_eq!(ada.reads(&case).await, ["From the night shift"]);
    gus.get(format!("{case}/attachments")).await.hidden();
    gus.get(format!("{case}/tasks")).await.hidden();
    gus.patch(case.to_string(), &json!({ "title": "Mine" })).await.forbidden();
}

// S11
#[tokio::test]
async fn turning_it_off_ends_at_once_what_it_gave_and_nothing_else() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { ada, gus, group, .. } = &circle;
    let (all, single) = (ada.case("Phishing wave").await, ada.case("Shared by itself").await);
    ada.share(&single, [format!("group:{group}")], "viewer").await.is(201);
    circle.on(json!({ "role": "editor" })).await;
    gus.patch(single.to_string(), &json!({ "severity": "low" })).await.ok();

    ada.delete(circle.path()).await.is(204);

    assert!(!gus.sees(&all).await);
    assert!(!gus.lists(&all, "").await);
    assert!(!gus.lists(&all, "filter=group").await);
    assert!(!gus.finds(&all, "Phishing").await);
    assert!(!gus.sees(&ada.case("Made after").await).await);
    assert!(gus.sees(&single).await);
    gus.patch(single.to_string(), &json!({ "severity": "high" })).await.forbidden();
    ada.delete(circle.path()).await.is(204);
    assert!(ada.get(format!("/groups/{group}")).await.ok()["share_all"].is_null());
}

// S10, S11, Edge: a group member leaves: gone
#[tokio::test]
async fn it_ends_for_who_leaves_and_for_all_with_the_group() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { ada, gus, group, .. } = &circle;
    let (hal, ivy) = (world.person("hal"), world.person("ivy"));
    ada.gathers(group, &[&hal, &ivy]).await;
    let case = ada.case("Phishing wave").await;
    circle.on(json!({ "role": "viewer" })).await;
    for member in [gus, &hal, &ivy] {
        assert!(member.sees(&case).await);
    }
    let member = async |person: &Person| format!("/groups/{group}/members/{}", person.user().await);

    gus.delete(member(gus).await).await.is(204);
    ada.delete(member(&hal).await).await.is(204);

    for former in [gus, &hal] {
        assert!(!former.sees(&case).await);
        assert!(!former.lists(&case, "").await);
    }
    assert!(ivy.sees(&case).await);
    ada.delete(format!("/groups/{group}")).await.is(204);
    assert!(!ivy.sees(&case).await);
    assert!(!ivy.lists(&case, "").await);
}

// S11
#[tokio::test]
async fn it_ends_when_the_creator_is_no_colleague_of_the_org_any_more() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, gus, .. } = &circle;
    let case = ada.case("Phishing wave").await;
    circle.on(json!({ "role": "viewer" })).await;
    assert!(gus.sees(&case).await);

    acme.admin.delete(acme.member_path(ada).await).await.is(204);

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
}

// S11, P2
#[tokio::test]
async fn a_restricted_case_stays_closed_to_the_group() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, gus, .. } = &circle;
    let case = ada.case("Phishing wave").await;
    circle.on(json!({ "role": "viewer" })).await;

    acme.admin.opens(&case, "restricted", [acme.admin.by_id().await]).await.ok();
    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);

    acme.admin.opens(&case, "internal", [""; 0]).await.ok();
    assert!(gus.sees(&case).await);
}

// S9, S11
#[tokio::test]
async fn who_leaves_a_case_of_a_share_all_has_left_that_one() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { ada, gus, group, .. } = &circle;
    let hal = world.person("hal");
    ada.gathers(group, &[&hal]).await;
    let (left, kept) = (ada.case("Phishing wave").await, ada.case("Lost laptop").await);
    circle.on(json!({ "role": "viewer" })).await;

    gus.post(format!("{left}/disconnect"), &json!({})).await.is(204);

    assert!(!gus.sees(&left).await);
    assert!(!gus.lists(&left, "").await);
    assert!(gus.sees(&kept).await && hal.sees(&left).await);
    assert!(ada.remembers(&left).await.contains(&"disconnected".to_owned()));
    ada.share(&left, [format!("group:{group}")], "viewer").await.is(201);
    assert!(gus.sees(&left).await, "shared by itself, it is a new share");
}

// S11, B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn an_org_that_refuses_guests_refuses_those_of_a_share_all() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, gus, .. } = &circle;
    let case = ada.case("Phishing wave").await;
    circle.on(json!({ "role": "viewer" })).await;
    assert!(gus.sees(&case).await);

    acme.set(json!({ "guests": "refuse" })).await;

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
}

// S11, B11
#[tokio::test]
async fn an_org_sees_in_its_audit_view_who_shares_all_cases_with_whom() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, group, .. } = &circle;

    circle.on(json!({ "role": "viewer" })).await;
    circle.on(json!({ "role": "viewer" })).await;
    ada.delete(circle.path()).await.is(204);
    circle.on(json!({ "role": "editor" })).await;
    ada.delete(format!("/groups/{group}")).await.is(204);

    let told = world
        .wait("the audit view", async || {
            let mut told = acme.admin.all(format!("/orgs/{}/audit", acme.id)).await;
            told.retain(|event| event["what"]["group"] == group.as_str());
            (told.len() == 4).then_some(told)
        })
        .await;
    let kinds: Vec<_> = told.iter().rev().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["all_shared", "all_unshared", "all_shared", "all_unshared"]);
    assert_eq!(told[3]["what"]["sections"]["comments"], "read", "{told:?}");
    assert_eq!(told[3]["actor"]["user"], ada.user().await.as_str());
}

// S11, S1, Bad input
#[tokio::test]
async fn it_is_for_the_groups_owner_and_says_one_thing() {
    let world = World::new().await;
    let circle = Circle::new(&world).await;
    let Circle { acme, ada, gus, .. } = &circle;
    let bob = acme.member("bob", "analyst").await;
    let viewer = json!({ "role": "viewer" });

    gus.put(circle.path(), &viewer).await.forbidden();
    gus.delete(circle.path()).await.forbidden();
    bob.put(circle.path(), &viewer).await.hidden();
    bob.delete(circle.path()).await.hidden();
    for unclear in [json!({}), json!({ "role": "viewer", "sections": { "comments": "read" } })] {
        ada.put(circle.path(), &unclear).await.refused(422, "given_unclear");
    }
    ada.put(circle.path(), &json!({ "role": "editor-close" })).await.refused(400, "invalid");
    ada.put(circle.path(), &json!({ "sections": { "notes": "read" } })).await.is(400);
    ada.put(circle.path(), &json!({ "role": "viewer", "expires_at": null })).await.is(400);
    assert!(ada.get(circle.path().replace("/share-all", "")).await.ok()["share_all"].is_null());
}
