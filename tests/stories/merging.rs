//! Merging: two cases become one, and nothing is lost.

use serde_json::{Value, json};

use crate::dsl::{Answer, Ask, Case, Person, World};

const NOBODY: [&str; 0] = [];

/// Merges `goes` into `stays`.
fn merges(who: &Person, stays: &Case, goes: &Case) -> Ask {
    who.post(format!("{stays}/merge"), &json!({ "case": goes.id }))
}

/// The access of a case and the users it names, sorted.
async fn access(who: &Person, case: &Case) -> (String, Vec<String>) {
    let access = who.get(format!("{case}/access")).await.ok();
    let users = access["users"].as_array().unwrap().iter();
    let mut users: Vec<_> = users.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    users.sort();
    (access["access"].as_str().unwrap().to_owned(), users)
}

// P14, Edge: merge table, the refused cell too
#[tokio::test]
async fn access_merges_as_the_table_says() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let admin = &acme.admin;
    let eve = acme.external("eve", "external-reader").await;
    let eva = acme.external("eva", "external-reader").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let of = |access: &str, first: bool| match (access, first) {
        ("external", true) => vec![eve.by_mail()],
        ("external", false) => vec![eva.by_mail()],
        ("restricted", true) => vec![ada.by_mail()],
        ("restricted", false) => vec![bob.by_mail()],
        _ => Vec::new(),
    };
    let names = |of: &[&str]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (one, other, expected, users) in [
        ("internal", "internal", "internal", names(&[])),
        ("internal", "external", "internal", names(&[])),
        ("external", "internal", "internal", names(&[])),
        ("internal", "external-all", "internal", names(&[])),
        ("internal", "restricted", "restricted", names(&["admin", "bob"])),
        ("restricted", "internal", "restricted", names(&["ada"])),
        ("restricted", "restricted", "restricted", names(&["ada", "admin", "bob"])),
        ("external", "external", "external", names(&["eva", "eve"])),
        ("external", "external-all", "external-all", names(&[])),
        ("restricted", "external", "refused", names(&["ada"])),
        ("external-all", "restricted", "refused", names(&[])),
    ] {
        let (stays, goes) = (admin.case("Stays").await, admin.case("Goes").await);
        for (case, access, first) in [(&stays, one, true), (&goes, other, false)] {
            if access != "internal" {
                admin.opens(case, access, of(access, first)).await.is(200);
            }
        }
        let merged: Answer = merges(admin, &stays, &goes).await;
        if expected == "refused" {
            merged.refused(409, "merge_refused");
            assert!(admin.sees(&goes).await);
            assert_eq!(access(admin, &stays).await, (one.to_owned(), users), "{one} + {other}");
            continue;
        }
        merged.is(200);
        let found = access(admin, &stays).await;
        assert_eq!(found, (expected.to_owned(), users), "{one} + {other}");
        let external = expected.starts_with("external");
        assert_eq!(eva.sees(&stays).await, external && other != "internal", "{one} + {other}");
        let restricted = expected == "restricted";
        assert_eq!(bob.sees(&stays).await, !restricted || other == "restricted", "{one} + {other}");
        assert_eq!(bob.lists(&stays, "").await, bob.sees(&stays).await, "{one} + {other}");
    }
}

// P14, Promise 3
#[tokio::test]
async fn items_files_shares_and_history_come_along() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let (gus, eve, both) = (world.person("gus"), world.person("eve"), world.person("both"));
    let stays = ada.case("Stays").await;
    let goes = ada.case("Goes").await;
    ada.comments(&stays, "First").await;
    for number in 0..60 {
        ada.comments(&goes, &format!("Comment {number}")).await;
    }
    let file = ada.attaches(&goes, "plan.txt", b"bytes").await;
    let values = json!({ "lines": "192.0.2.7\nevil.example" });
    ada.post(format!("{stays}/observables"), &json!({ "lines": "192.0.2.7" })).await.is(200);
    for section in ["observables", "targets"] {
        ada.post(format!("{goes}/{section}"), &values).await.is(200);
    }
    ada.post(format!("{goes}/tasks"), &json!({ "title": "Call" })).await.is(201);
    ada.put(format!("{goes}/assignees"), &json!({ "assignees": [bob.by_mail()] })).await.ok();
    ada.lets_in(&goes, &gus, "viewer").await;
    ada.lets_in(&stays, &both, "viewer").await;
    ada.lets_in(&goes, &both, "editor").await;
    let pending =
        ada.share(&goes, [eve.by_mail()], "viewer").await.is(201).json["items"][0].clone();
    let mail = world.mail_to(eve.address()).await;
    let before = ada.all(format!("{goes}/history")).await.len();

    merges(&ada, &stays, &goes).await.is(200);

    let moved = ada.get(goes.to_string()).await.refused(410, "merged");
    assert_eq!(moved.json["case"], stays.id.as_str());
    assert!(!ada.lists(&goes, "").await);
    world.settle().await;
    let texts = ada.reads(&stays).await;
    assert_eq!(texts.len(), 61);
    assert_eq!((texts[0].as_str(), texts[60].as_str()), ("Comment 59", "First"));
    let id = file.rsplit('/').next().unwrap();
    let file = format!("{stays}/attachments/{id}");
    assert_eq!(ada.downloads(&file).await.is(200).bytes, b"bytes");
    assert_eq!(ada.all(format!("{stays}/observables")).await.len(), 3, "nothing is dropped");
    assert_eq!(ada.all(format!("{stays}/targets")).await.len(), 2);
    assert_eq!(ada.all(format!("{stays}/tasks")).await[0]["title"], "Call");
    let again = ada.post(format!("{stays}/observables"), &values).await.is(200).json;
    assert!(again["items"].as_array().unwrap().iter().all(|one| one["status"] == 409), "{again}");
    assert!(bob.lists(&stays, "filter=assigned").await);
    assert!(gus.sees(&stays).await && gus.lists(&stays, "filter=individual").await);
    let shares = ada.shares(&stays).await;
    let role = |user: &str| {
        shares.iter().find(|one| one.to_string().contains(user)).map(|one| one["role"].clone())
    };
    assert_eq!(role(&both.user().await), Some(json!("editor")), "the more permissive wins");
    eve.accept_token(&mail.token()).await.ok();
    assert!(eve.sees(&stays).await, "the invitation leads where the case went: {pending}");
    let after = ada.all(format!("{stays}/history")).await;
    let copied: Vec<&Value> =
        after.iter().filter(|event| !event["what"]["merged_from"].is_null()).collect();
    assert!(before < copied.len(), "{before} lines before, {} after", copied.len());
    let kinds = gus.remembers(&stays).await;
    assert!(kinds.contains(&"share_accepted".to_owned()), "gus knows of his share: {kinds:?}");
    ada.delete(&file).await.is(204);
    ada.delete(stays.to_string()).await.is(204);
    ada.get(goes.to_string()).await.hidden();
}

// P14, Bad input, Promise 4
#[tokio::test]
async fn merging_needs_the_rights_and_one_owner_and_two_cases() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let reader = acme.member("rea", "read-only").await;
    let umbrella = world.org("umbrella").await;
    let both = umbrella.join(&ada, "normal", "analyst").await;
    let stays = ada.case("Stays").await;
    let goes = ada.case("Goes").await;
    let foreign = umbrella.admin.case("Theirs").await;
    let never = json!({ "case": "01ARZ3NDEKTSV4RRFFQ69G5FAV" });
    let path = format!("{stays}/merge");

    let missing = ada.post(&path, &never).await.hidden();
    let cyd = acme.member("cyd", "analyst").await;
    let hidden = merges(&cyd, &stays, &foreign).await.hidden();
    assert_eq!(missing.bytes, hidden.bytes);
    merges(&reader, &stays, &goes).await.forbidden();
    merges(&ada, &stays, &stays).await.refused(422, "with_itself").at("/case");
    merges(&both, &stays, &foreign).await.refused(422, "other_org").at("/case");
    ada.post(&path, &json!({})).await.refused(400, "invalid");
    ada.post(&path, &json!({ "case": goes.id, "with": 1 })).await.refused(400, "invalid");
    let gus = world.person("gus");
    ada.lets_in(&stays, &gus, "editor-close").await;
    ada.lets_in(&goes, &gus, "editor-close").await;
    merges(&gus, &stays, &goes).await.forbidden();
    acme.admin.opens(&goes, "restricted", [ada.by_mail(), acme.admin.by_mail()]).await.is(200);
    merges(&ada, &stays, &goes).await.forbidden();
    assert!(ada.sees(&goes).await);

    acme.admin.opens(&goes, "internal", NOBODY).await.is(200);
    let first = merges(&ada, &stays, &goes).key("merge-1").await.is(200).json;
    let again = merges(&ada, &stays, &goes).key("merge-1").await.is(200).json;
    assert_eq!(first["id"], again["id"]);
    merges(&ada, &stays, &goes).await.hidden();
    merges(&ada, &goes, &stays).await.hidden();
    let stranger = world.person("eve");
    let gone = stranger.get(goes.to_string()).await.hidden();
    let never = stranger.get("/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.hidden();
    assert_eq!(gone.bytes, never.bytes, "where it went is for those who see it there");
}

// P14
#[tokio::test]
async fn a_case_merged_twice_leads_to_where_it_went_and_loses_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let cases = [ada.case("One").await, ada.case("Two").await, ada.case("Three").await];
    for case in &cases {
        for number in 0..30 {
            ada.comments(case, &format!("{} {number}", case.json["title"])).await;
        }
    }

    merges(&ada, &cases[1], &cases[0]).await.is(200);
    merges(&ada, &cases[2], &cases[1]).await.is(200);
    world.settle().await;

    let moved = ada.get(cases[0].to_string()).await.refused(410, "merged");
    assert_eq!(moved.json["case"], cases[2].id.as_str());
    assert_eq!(ada.reads(&cases[2]).await.len(), 90);
}
