//! In-app notices.

use serde_json::json;

use crate::dsl::World;

// S6, B6
#[tokio::test]
async fn a_colleague_is_told_of_a_share_and_reads_it() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;

    ada.share(&case, [bob.by_mail()], "editor").await.is(201);

    let notice = bob.notice("shared").await;
    assert_eq!((&notice["case"], &notice["read"]), (&json!(case.id), &json!(false)));
    assert!(notice["text"].as_str().unwrap().contains("ada"), "{notice}");
    bob.post("/notices/read", &json!({ "notices": [notice["id"]] })).await.is(204);
    assert_eq!(bob.notice("shared").await["read"], true);
    assert!(bob.all("/notices?unread=true").await.iter().all(|one| one["id"] != notice["id"]));
}

// S6, Edge: revoke hides a case in every path
#[tokio::test]
async fn a_notice_says_nothing_of_a_case_that_is_lost() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case_with(json!({ "title": "Unusual words", "tlp": "clear" })).await;
    let share = ada.lets_in(&case, &gus, "viewer").await;
    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    gus.notice("revoked").await;
    for notice in gus.notices().await {
        let said = notice.to_string();
        assert!(!said.contains("Unusual") && !said.contains(&case.id), "{said}");
    }
}

// S6
#[tokio::test]
async fn nobody_reads_the_notices_of_others() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [bob.by_mail()], "editor").await.is(201);
    let notice = bob.notice("shared").await;

    ada.post("/notices/read", &json!({ "notices": [notice["id"]] })).await.is(204);

    assert_eq!(bob.notice("shared").await["read"], false);
    assert!(ada.notices().await.iter().all(|one| one["id"] != notice["id"]));
}

// S4, B10
#[tokio::test]
async fn the_sharer_is_told_when_the_mail_does_not_arrive() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let gone = format!("email:bounce+{}@simulator.amazonses.com", world.unique("x"));

    ada.share(&case, [gone], "viewer").await.is(201);

    let notice = ada.notice("mail_failed").await;
    assert_eq!(notice["case"], case.id.as_str(), "{notice}");
}
