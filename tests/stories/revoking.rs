//! Taking back what was shared, and deleting the case.

use serde_json::json;

use crate::dsl::{World, tampered};

// S4, Edge: revoke while pending
#[tokio::test]
async fn a_pending_share_is_taken_back_and_its_link_is_dead() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let shared = ada.share(&case, [gus.by_mail()], "viewer").await.is(201).json;
    let share = shared["items"][0]["id"].as_str().unwrap();
    let token = world.mail_to(gus.address()).await.token();

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    let never_was = world.post("/invitations/preview", &json!({ "token": tampered(&token) })).await;
    let preview = world.post("/invitations/preview", &json!({ "token": token })).await;
    assert_eq!(
        preview.hidden().bytes,
        never_was.hidden().bytes,
        "cancelled and unknown are one answer"
    );
    gus.accept_token(&token).await.hidden();
    assert!(gus.invitations().await.is_empty());
    assert!(!gus.sees(&case).await);
}

// S4, B10
#[tokio::test]
async fn whoever_lost_a_case_is_told() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.lets_in(&case, &gus, "viewer").await;

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    let notice = gus.notice("revoked").await;
    assert!(!notice.to_string().contains("Phishing"), "told without the title: {notice}");
}

// S4, Promise 1
#[tokio::test]
async fn revoking_many_answers_for_each_and_says_what_remains() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    let gone = ada.lets_in(&case, &gus, "viewer").await;
    let also = ada.lets_in(&case, &hal, "viewer").await;
    let never = "saaaaaaaaaaaaaaaaaaaaaaaaaa";

    let body = json!({ "shares": [gone, also, never] });
    let answer = ada.post(format!("{case}/shares/revoke"), &body).await.is(200).json;

    let states: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(states, ["revoked", "revoked", "absent"]);
    assert!(answer["remains"]["download_links_until"].is_string(), "{answer}");
    assert!(!gus.sees(&case).await);
    assert!(!hal.sees(&case).await);
}

// S4
#[tokio::test]
async fn taking_back_what_is_not_there_is_fine_for_whoever_may_share() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let eve = world.person("eve");
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/shares/saaaaaaaaaaaaaaaaaaaaaaaaaa");

    ada.delete(&path).await.is(204);
    bob.delete(&path).await.forbidden();
    eve.delete(&path).await.hidden();
}

// S13, Promise 5
#[tokio::test]
async fn deleting_a_case_removes_it_for_everybody() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "editor-close").await;
    gus.delete(case.to_string()).await.forbidden();
    bob.delete(case.to_string()).await.forbidden();

    ada.delete(case.to_string()).await.is(204);

    for person in [&ada, &bob, &gus, &acme.admin] {
        assert!(!person.sees(&case).await);
        assert!(!person.lists(&case, "").await);
        assert!(!person.finds(&case, "Phishing").await);
    }
}

// S4, Promise 1, Edge: revoke hides a case in every path
#[tokio::test]
async fn revoking_hides_a_case_everywhere() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Unusual words").await;
    let file = ada.attaches(&case, "report.txt", b"secret").await;
    let share = ada.lets_in(&case, &gus, "editor").await;
    gus.put(format!("{case}/favourite"), &json!({})).await.is(204);
    assert!(gus.lists(&case, "filter=favourite").await);
    assert!(gus.finds(&case, "usual wor").await);
    gus.downloads(&file).await.is(200);

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    for query in ["", "filter=shared", "filter=individual", "filter=favourite", "status=open"] {
        assert!(!gus.lists(&case, query).await, "{query}");
    }
    assert!(!gus.finds(&case, "usual wor").await);
    for path in ["", "/comments", "/attachments", "/history", "/shares", "/access", "/assignees"] {
        gus.get(format!("{case}{path}")).await.hidden();
    }
    gus.link(&file).await.hidden();
    gus.put(format!("{case}/favourite"), &json!({})).await.hidden();
    for notice in gus.notices().await {
        assert!(!notice.to_string().contains("Unusual words"), "{notice}");
    }
}

// B3, Edge: last share of a guest removed
#[tokio::test]
async fn a_guest_without_shares_has_nothing_and_can_be_invited_again() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.lets_in(&case, &gus, "viewer").await;

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    assert!(gus.all("/cases").await.is_empty());
    gus.get(acme.members()).await.forbidden();
    ada.lets_in(&case, &gus, "viewer").await;
    assert!(gus.sees(&case).await);
}
