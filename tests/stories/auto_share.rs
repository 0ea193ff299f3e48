//! What an org shares by itself over its links: its new cases.

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// Acme with an analyst, and another org with one, linked on Acme's terms.
async fn linked(world: &World, terms: Value) -> (Org, Person, Org, Person) {
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links_with(&globex, terms, json!({})).await;
    let ada = acme.member("ada", "analyst").await;
    let gil = globex.member("gil", "analyst").await;
    (acme, ada, globex, gil)
}

/// What waits to be shared by itself.
async fn waiting(person: &Person, case: &Case) -> Vec<Value> {
    let list = person.get(format!("{case}/shares")).await.ok();
    list["waiting"].as_array().unwrap().clone()
}

// O1, O4
#[tokio::test]
async fn a_new_case_is_shared_over_supervised_and_notifying_links_and_no_others() {
    let world = World::new().await;
    let (acme, ada, globex, gil) = linked(&world, json!({ "type": "supervised" })).await;
    let (told, plain) = (world.org("initech").await, world.org("umbrella").await);
    acme.links_with(&told, json!({ "type": "notify" }), json!({ "type": "supervised" })).await;
    acme.links(&plain).await;
    let ivy = told.member("ivy", "analyst").await;
    let una = plain.member("una", "analyst").await;

    let case = ada.case("Phishing wave").await;

    gil.patch(case.to_string(), &json!({ "severity": "high" })).await.ok();
    assert!(gil.lists(&case, "").await);
    assert!(ivy.sees(&case).await);
    ivy.patch(case.to_string(), &json!({ "severity": "low" })).await.forbidden();
    assert!(!una.sees(&case).await);
    let mut shares = ada.shares(&case).await;
    shares.sort_by_key(|share| share["gives"]["profile"].to_string());
    let profiles: Vec<_> = shares.iter().map(|share| share["gives"]["profile"].clone()).collect();
    assert_eq!(profiles, [acme.profile("analyst"), acme.profile("read-only")]);
    assert_eq!(shares[0]["granted_by"]["user"], ada.user().await.as_str());
    assert!(waiting(&ada, &case).await.is_empty());
    let theirs = ivy.at_home_in(&told.id).case("Their own").await;
    assert!(ada.sees(&theirs).await, "each side says what it does with its own");
    let events = ada.all(format!("{case}/history")).await;
    let auto = events.iter().filter(|event| event["what"]["auto_share"] == true).count();
    assert_eq!(auto, 2, "{events:?}");
    let theirs = gil.all(format!("{case}/history")).await;
    let auto = theirs.iter().filter(|event| event["what"]["auto_share"] == true).count();
    assert_eq!(auto, 1, "each sees its own: {theirs:?}");
    drop(globex);
}

// O4
#[tokio::test]
async fn who_makes_a_case_can_keep_it_from_an_org_or_give_it_something_else() {
    let world = World::new().await;
    let (_acme, ada, globex, gil) = linked(&world, json!({ "type": "supervised" })).await;
    let to = globex.as_recipient();

    let kept = ada
        .case_with(json!({ "title": "Kept", "share": [{ "recipients": [to], "share": false }] }))
        .await;
    let other = ada
        .case_with(json!({ "title": "Other", "share": [{ "recipients": [to], "role": "viewer" }] }))
        .await;

    assert!(!gil.sees(&kept).await);
    assert!(ada.shares(&kept).await.is_empty() && waiting(&ada, &kept).await.is_empty());
    assert!(gil.sees(&other).await);
    gil.patch(other.to_string(), &json!({ "severity": "low" })).await.forbidden();
    assert_eq!(ada.shares(&other).await.len(), 1, "what is asked for goes first");
}

// O4, Bad input
#[tokio::test]
async fn a_wish_not_to_share_names_orgs_and_gives_nothing() {
    let world = World::new().await;
    let (_acme, ada, globex, _) = linked(&world, json!({})).await;
    let to = globex.as_recipient();
    let refused = async |share: Value, at: &str| {
        let case = json!({ "title": "New", "share": [share] });
        ada.creates(case).await.refused(400, "invalid").at(at);
    };

    let gives = json!({ "recipients": [to], "share": false, "role": "viewer" });
    refused(gives, "/share/0/share").await;
    let person = json!({ "recipients": [to, ada.by_mail()], "share": false });
    refused(person, "/share/0/recipients/1").await;
    let nothing = json!({ "title": "New", "share": [{ "recipients": [to], "share": true }] });
    ada.creates(nothing).await.refused(422, "given_unclear");
}

// O3, O4
#[tokio::test]
async fn a_case_takes_its_observables_along_where_the_rule_says_so() {
    let world = World::new().await;
    let (acme, ada, _globex, gil) = linked(&world, json!({ "type": "notify" })).await;
    let body = json!({ "title": "New", "observables": [{ "value": "192.0.2.1" }] });

    let alone = ada.case_with(body.clone()).await;
    acme.set(json!({ "item_rules": { "observables": "auto_share" } })).await;
    let with_all = ada.case_with(body).await;

    assert!(gil.all(format!("{alone}/observables")).await.is_empty());
    assert_eq!(gil.all(format!("{with_all}/observables")).await.len(), 1);
}

// O4, O12
#[tokio::test]
async fn a_restricted_case_and_a_link_that_is_closed_here_share_nothing() {
    let world = World::new().await;
    let (acme, ada, globex, gil) = linked(&world, json!({ "type": "supervised" })).await;
    let body = json!({ "title": "Quiet", "org": acme.id, "access": "restricted", "users": [] });

    let quiet = Case::of(&acme.admin.post("/cases", &body).await.is(201));
    acme.admin.patch(acme.link(&globex), &json!({ "outbound": false })).await.ok();
    let closed = ada.case("Closed").await;

    assert!(!gil.sees(&quiet).await && !gil.sees(&closed).await);
    for (person, case) in [(&acme.admin, &quiet), (&ada, &closed)] {
        assert!(person.shares(case).await.is_empty());
        assert!(waiting(person, case).await.is_empty(), "nothing failed: it is as Acme says");
    }
}

// O4, Edge: auto-share failing
#[tokio::test]
async fn a_share_that_fails_keeps_no_case_from_being_made_and_is_tried_again() {
    let Some(world) = World::with_clock("a_share_that_fails").await else { return };
    let (acme, ada, globex, gil) = linked(&world, json!({ "type": "supervised" })).await;
    acme.set(json!({ "item_rules": { "tasks": "auto_share" } })).await;
    globex.admin.patch(globex.link(&acme), &json!({ "inbound": false })).await.ok();

    let case = ada.case("Phishing wave").await;

    ada.post(format!("{case}/tasks"), &json!({ "title": "Call" })).await.is(201);
    assert!(!gil.sees(&case).await);
    let failed = waiting(&ada, &case).await;
    assert_eq!(failed[0]["org"], globex.id.as_str(), "{failed:?}");
    assert_eq!((&failed[0]["reason"], &failed[0]["tries"]), (&json!("link_one_way"), &json!(1)));
    let reader = world.person("guy");
    ada.lets_in(&case, &reader, "viewer").await;
    assert!(waiting(&reader, &case).await.is_empty(), "not theirs to know");

    world.pass(70).await;
    let failed = waiting(&ada, &case).await;
    assert_eq!(failed[0]["tries"], 2, "{failed:?}");

    globex.admin.patch(globex.link(&acme), &json!({ "inbound": true })).await.ok();
    world.pass(130).await;
    assert!(waiting(&ada, &case).await.is_empty());
    gil.patch(case.to_string(), &json!({ "severity": "high" })).await.ok();
    assert_eq!(gil.all(format!("{case}/tasks")).await.len(), 1, "with what its rules share");
    let events = ada.all(format!("{case}/history")).await;
    let shared = events.iter().find(|event| event["what"]["auto_share"] == true).unwrap();
    assert!(shared["actor"]["user"].is_null(), "by the service itself: {shared}");
}

// O4, Edge: auto-share failing
#[tokio::test]
async fn what_is_shared_by_hand_meanwhile_or_deleted_is_not_tried_again() {
    let Some(world) = World::with_clock("what_is_shared_by_hand_meanwhile").await else { return };
    let (acme, ada, globex, gil) = linked(&world, json!({ "type": "supervised" })).await;
    let turn = async |on: bool| {
        globex.admin.patch(globex.link(&acme), &json!({ "enabled": on })).await.ok();
    };
    turn(false).await;
    let (case, gone) = (ada.case("Phishing wave").await, ada.case("Gone").await);
    turn(true).await;
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
    ada.delete(gone.to_string()).await.is(204);

    world.pass(70).await;

    assert!(waiting(&ada, &case).await.is_empty());
    gil.patch(case.to_string(), &json!({ "severity": "low" })).await.forbidden();
    assert_eq!(ada.shares(&case).await.len(), 1);
    assert!(!gil.sees(&gone).await);
}
