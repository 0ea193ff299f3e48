//! Assignees: colleagues who work on a case as its creator does.

use serde_json::json;

use crate::dsl::World;

// E2
#[tokio::test]
async fn an_assignee_may_do_what_the_creator_may() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/assignees");
    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.forbidden();

    let set = ada.put(&path, &json!({ "assignees": [bob.by_mail()] })).await.is(200).json;

    assert_eq!(set["items"][0]["user"], bob.user().await.as_str());
    assert_eq!(set["items"][0]["name"], "bob");
    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.ok();
    bob.post(format!("{case}/close"), &json!({})).await.ok();
    assert!(bob.lists(&case, "filter=assigned").await);
    bob.delete(case.to_string()).await.forbidden();
    bob.put(&path, &json!({ "assignees": [] })).await.is(200);
    bob.patch(case.to_string(), &json!({ "severity": "high" })).await.forbidden();
    assert!(!bob.lists(&case, "filter=assigned").await);
}

// E2
#[tokio::test]
async fn only_colleagues_are_assigned() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-actor").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "editor").await;
    let path = format!("{case}/assignees");

    for wrong in [eve.by_mail(), gus.by_id().await, world.person("sam").by_mail()] {
        let set = ada.put(&path, &json!({ "assignees": [ada.by_mail(), wrong] })).await;
        set.refused(422, "not_a_colleague").at("/assignees/1");
    }
    assert_eq!(ada.get(&path).await.ok()["items"], json!([]));
    gus.put(&path, &json!({ "assignees": [] })).await.forbidden();
    let group = ada.group("Partners").await;
    let set = ada.put(&path, &json!({ "assignees": [format!("group:{group}")] })).await;
    set.refused(400, "invalid").at("/assignees/0");
}

// E2
#[tokio::test]
async fn assignees_come_with_the_creation() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let gus = world.person("gus");

    let case =
        ada.case_with(json!({ "title": "Phishing wave", "assignees": [bob.by_mail()] })).await;

    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.ok();
    let wrong = ada.creates(json!({ "title": "Other", "assignees": [gus.by_mail()] })).await;
    wrong.refused(422, "not_a_colleague").at("/assignees/0");
}

// E2, P2
#[tokio::test]
async fn an_assignee_keeps_a_restricted_case() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case =
        ada.case_with(json!({ "title": "Phishing wave", "assignees": [bob.by_mail()] })).await;

    acme.admin.opens(&case, "restricted", [acme.admin.by_mail()]).await.is(200);

    assert!(bob.sees(&case).await);
    ada.put(format!("{case}/assignees"), &json!({ "assignees": [] })).await.is(200);
    assert!(!bob.sees(&case).await);
}

// B11, E2
#[tokio::test]
async fn assigning_is_in_the_history() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;

    ada.put(format!("{case}/assignees"), &json!({ "assignees": [bob.by_mail()] })).await.is(200);

    assert!(ada.remembers(&case).await.contains(&"assignees_changed".to_owned()));
}
