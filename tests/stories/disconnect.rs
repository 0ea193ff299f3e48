//! Leaving a case that was shared with oneself.

use serde_json::json;

use crate::dsl::World;

// S9
#[tokio::test]
async fn a_recipient_leaves_and_the_case_is_gone_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;

    gus.post(format!("{case}/disconnect"), &json!({})).await.is(204);

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    assert!(!gus.finds(&case, "Phishing").await);
    assert!(ada.shares(&case).await.is_empty());
    assert!(ada.remembers(&case).await.contains(&"disconnected".to_owned()));
    ada.lets_in(&case, &gus, "viewer").await;
    assert!(gus.sees(&case).await, "and may be invited again");
}

// S9
#[tokio::test]
async fn leaving_a_group_share_is_personal_and_the_group_keeps_it() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus, &hal]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);

    gus.post(format!("{case}/disconnect"), &json!({})).await.is(204);

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    assert!(hal.sees(&case).await);
    assert_eq!(ada.shares(&case).await.len(), 1);
    // A share to the person themselves opens it again.
    ada.lets_in(&case, &gus, "viewer").await;
    assert!(gus.sees(&case).await);
}

// S9
#[tokio::test]
async fn leaving_takes_every_share_of_the_person_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);
    ada.lets_in(&case, &gus, "editor").await;

    gus.post(format!("{case}/disconnect"), &json!({})).await.is(204);

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
}

// S9, Edge: pages and counters do not betray hidden cases
#[tokio::test]
async fn leaving_what_one_never_had_answers_the_same() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let sam = world.person("sam");
    let case = ada.case("Phishing wave").await;

    let hidden = sam.post(format!("{case}/disconnect"), &json!({})).await.is(204);
    let never = sam.post("/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV/disconnect", &json!({})).await.is(204);

    assert_eq!(hidden.bytes, never.bytes);
    sam.post("/cases/not-an-id/disconnect", &json!({}))
        .await
        .refused(400, "invalid")
        .at_parameter("case");
    assert!(!ada.remembers(&case).await.contains(&"disconnected".to_owned()));
}

// S9
#[tokio::test]
async fn the_owners_people_do_not_lose_their_own_case_by_leaving() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [bob.by_mail()], "editor").await.is(201);

    bob.post(format!("{case}/disconnect"), &json!({})).await.is(204);
    ada.post(format!("{case}/disconnect"), &json!({})).await.is(204);

    assert!(bob.sees(&case).await, "through the org");
    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.forbidden();
    ada.patch(case.to_string(), &json!({ "severity": "low" })).await.ok();
}
