//! Section permissions: write, read, none.

use serde_json::{Value, json};

use crate::dsl::{Case, Person, World};

/// A case of Ada's with a comment, a document and a report, given to Gus by section.
async fn given(world: &World, sections: Value) -> (Person, Case, Person) {
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.comments(&case, "A word").await;
    for section in ["documents", "reports"] {
        let ticket = ada.ticket_in(&case, section, &format!("{section}.txt"), b"bytes").await;
        ada.uploads(&ticket, b"bytes").await;
    }
    let body = json!({ "recipients": [gus.by_mail()], "sections": sections });
    let share = ada.post(format!("{case}/shares"), &body).await.is(201).json["items"][0].clone();
    gus.accept(&share["invitation"]).await.ok();
    (ada, case, gus)
}

// S5, Edge: a none section absent everywhere
#[tokio::test]
async fn a_section_that_is_not_given_is_absent_everywhere() {
    let world = World::new().await;
    let (ada, case, gus) = given(&world, json!({ "documents": "read" })).await;

    let seen = gus.get(case.to_string()).await.ok();
    assert_eq!(seen["may"]["sections"], json!({ "details": "read", "documents": "read" }));
    gus.get(format!("{case}/comments")).await.hidden();
    assert_eq!(gus.files(&case).await, ["documents.txt"]);
    gus.get(format!("{case}/attachments?section=reports")).await.hidden();
    let hidden = ada.all(format!("{case}/attachments?section=reports")).await[0]["id"].clone();
    let hidden = format!("{case}/attachments/{}", hidden.as_str().unwrap());
    let never = format!("{case}/attachments/01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let answer = gus.get(&hidden).await.hidden();
    assert_eq!(answer.bytes, gus.get(&never).await.hidden().bytes);
    gus.link(&hidden).await.hidden();
    let events = gus.all(format!("{case}/history")).await;
    let about = |words: &str| events.iter().any(|event| event.to_string().contains(words));
    assert!(!about("comment_added"), "{events:?}");
    assert!(!about("reports.txt"), "{events:?}");
    for row in gus.all("/cases").await {
        assert!(row["may"].is_null());
    }
}

// S5
#[tokio::test]
async fn read_views_and_write_does_everything_in_its_section() {
    let world = World::new().await;
    let (_, case, gus) =
        given(&world, json!({ "comments": "write", "documents": "read", "reports": "write" }))
            .await;
    let file = |section: &str| json!({ "name": "new.txt", "size": 3, "section": section });

    let comment = gus.comments(&case, "Mine").await;
    gus.patch(&comment, &json!({ "text": "Mine, changed" })).await.ok();
    let others = gus.all(format!("{case}/comments")).await[1]["id"].as_str().unwrap().to_owned();
    gus.delete(format!("{case}/comments/{others}")).await.is(204);
    assert_eq!(gus.reads(&case).await, ["Mine, changed"]);

    gus.post(format!("{case}/attachments"), &file("documents")).await.forbidden();
    gus.post(format!("{case}/attachments"), &file("reports")).await.is(201);
    gus.patch(case.to_string(), &json!({ "title": "Mine" })).await.forbidden();
}

// S5
#[tokio::test]
async fn details_are_readable_at_least_whatever_is_said() {
    let world = World::new().await;
    let (ada, case, gus) = given(&world, json!({ "details": "none", "comments": "read" })).await;

    assert!(gus.sees(&case).await);
    let share = ada.shares(&case).await[0].clone();
    assert_eq!(share["rights"]["levels"]["details"], "read", "{share}");
    assert_eq!(share["role"], Value::Null);
}

// S3, S5
#[tokio::test]
async fn a_section_that_is_taken_away_is_gone_at_once() {
    let world = World::new().await;
    let (ada, case, gus) = given(&world, json!({ "comments": "read" })).await;
    assert_eq!(gus.reads(&case).await, ["A word"]);
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();

    let body = json!({ "sections": { "documents": "read" } });
    ada.patch(format!("{case}/shares/{share}"), &body).await.is(200);

    gus.get(format!("{case}/comments")).await.hidden();
    assert_eq!(gus.files(&case).await, ["documents.txt"]);
}

// S5
#[tokio::test]
async fn sections_that_make_up_a_role_are_named_so() {
    let world = World::new().await;
    let everything = [
        "details",
        "comments",
        "documents",
        "reports",
        "contact",
        "tasks",
        "observables",
        "targets",
    ];
    let all = |level: &str| {
        everything
            .iter()
            .map(|&name| (name.to_owned(), json!(level)))
            .collect::<serde_json::Map<_, _>>()
    };
    let (ada, case, _) = given(&world, Value::Object(all("read"))).await;

    assert_eq!(ada.shares(&case).await[0]["role"], "viewer");
}

// Bad input, S5
#[tokio::test]
async fn a_share_gives_exactly_one_thing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/shares");
    let to = [gus.by_mail()];

    for given in [
        json!({ "recipients": to }),
        json!({ "recipients": to, "role": "viewer", "sections": { "comments": "read" } }),
        json!({ "recipients": to, "role": "viewer", "profile": format!("{}/analyst", acme.id) }),
    ] {
        ada.post(&path, &given).await.refused(422, "given_unclear");
    }
    let owner = json!({ "recipients": to, "role": "owner" });
    ada.post(&path, &owner).await.refused(400, "invalid").at("/role");
    let section = json!({ "recipients": to, "sections": { "coments": "read" } });
    ada.post(&path, &section).await.refused(400, "invalid");
    let level = json!({ "recipients": to, "sections": { "comments": "admin" } });
    ada.post(&path, &level).await.refused(400, "invalid").at("/sections/comments");
    let profile = json!({ "recipients": to, "profile": format!("{}/no-such", acme.id) });
    ada.post(&path, &profile).await.refused(422, "unknown_profile").at("/profile");
    let external = json!({ "recipients": to, "profile": format!("{}/external-reader", acme.id) });
    ada.post(&path, &external).await.refused(422, "unknown_profile");
    let bare = json!({ "recipients": to, "profile": "analyst" });
    ada.post(&path, &bare).await.refused(400, "invalid").at("/profile");
    assert!(ada.shares(&case).await.is_empty());
}
