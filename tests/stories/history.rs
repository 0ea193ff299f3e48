//! History and audit.

use serde_json::{Value, json};

use crate::dsl::World;

// B11
#[tokio::test]
async fn the_history_says_who_shared_what_with_whom_and_when() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;

    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);

    let events = ada.all(format!("{case}/history")).await;
    let shared = events.iter().find(|event| event["kind"] == "case_shared").unwrap();
    assert_eq!(shared["actor"]["name"], "ada");
    assert_eq!(shared["case"], case.id.as_str());
    assert!(shared["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let said = shared.to_string();
    assert!(said.contains(gus.address()), "to whom: {said}");
    assert!(said.contains("viewer"), "what: {said}");
}

// B11
#[tokio::test]
async fn everything_that_changes_access_is_in_the_history_in_order() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let admin = &acme.admin;
    let gus = world.person("gus");
    let case = admin.case("Phishing wave").await;

    let share = admin.lets_in(&case, &gus, "viewer").await;
    admin.patch(format!("{case}/shares/{share}"), &json!({ "role": "editor" })).await.is(200);
    admin.delete(format!("{case}/shares/{share}")).await.is(204);
    admin.put(format!("{case}/shares"), &json!({ "shares": [] })).await.is(200);
    admin.opens(&case, "external-all", [""; 0]).await.is(200);
    admin.post(format!("{case}/close"), &json!({})).await.is(200);
    admin.post(format!("{case}/reopen"), &json!({})).await.is(200);

    let kinds = admin.remembers(&case).await;
    let wanted = [
        "case_created",
        "case_shared",
        "share_accepted",
        "share_changed",
        "share_revoked",
        "access_changed",
        "case_closed",
        "case_reopened",
    ];
    let mut left = kinds.iter();
    for kind in wanted {
        assert!(left.any(|one| one == kind), "`{kind}` is missing or out of order: {kinds:?}");
    }
}

// B11, P12
#[tokio::test]
async fn a_recipient_sees_the_events_of_their_own_share_and_of_what_they_reach() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    // In one action, and once more with the whole list: both events are about both people.
    ada.share(&case, [gus.by_mail(), hal.by_mail()], "viewer").await.is(201);
    gus.accepts().await;
    hal.accepts().await;
    let list = json!({ "shares": [
        { "recipient": gus.by_mail(), "role": "editor" },
        { "recipient": hal.by_mail(), "role": "editor" },
    ] });
    ada.put(format!("{case}/shares"), &list).await.is(200);
    ada.comments(&case, "A word").await;

    let events = gus.all(format!("{case}/history")).await;

    let said = Value::Array(events.clone()).to_string();
    assert!(!said.contains(hal.address()), "{said}");
    assert!(!said.contains(&hal.user().await), "{said}");
    let kinds: Vec<_> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert!(kinds.contains(&"case_shared") && kinds.contains(&"comment_added"), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "case_shared").count(), 1, "{kinds:?}");
}

// B11
#[tokio::test]
async fn an_org_reads_what_happened_in_all_its_cases_on_a_day() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let one = ada.case("One").await;
    let other = ada.case("Other").await;
    ada.lets_in(&one, &gus, "viewer").await;
    ada.lets_in(&other, &gus, "viewer").await;
    let audit = format!("/orgs/{}/audit", acme.id);

    let shared = acme.admin.all(format!("{audit}?kind=case_shared")).await;
    assert_eq!(shared.len(), 2, "{shared:?}");
    let of_one = acme.admin.all(format!("{audit}?case={}", one.id)).await;
    assert!(of_one.iter().all(|event| event["case"] == one.id.as_str()) && !of_one.is_empty());
    let everything = acme.admin.all(&audit).await;
    assert!(everything.iter().any(|event| event["kind"] == "member_joined"), "{everything:?}");
    let long_ago = acme.admin.all(format!("{audit}?day=2020-01-01")).await;
    assert!(long_ago.is_empty());

    ada.get(&audit).await.forbidden();
    gus.get(&audit).await.forbidden();
    world.person("sam").get(&audit).await.hidden();
}

// B11
#[tokio::test]
async fn the_history_comes_in_pages_newest_first() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    for number in 0..4 {
        ada.comments(&case, &format!("Comment {number}")).await;
        ada.share(&case, [world.person("g").by_mail()], "viewer").await.is(201);
    }
    let path = format!("{case}/history");

    let whole = ada.all(&path).await;
    let mut pages = Vec::new();
    let mut next = format!("{path}?limit=2");
    loop {
        let page = ada.get(&next).await.ok();
        pages.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["cursor"].as_str() else { break };
        next = format!("{path}?limit=2&cursor={cursor}");
    }

    assert_eq!(whole.len(), 9);
    assert_eq!(pages, whole);
    let times: Vec<_> = whole
        .iter()
        .map(|event| event["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
}
