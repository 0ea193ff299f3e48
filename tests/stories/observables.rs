//! Observables: what analysts and external users paste.

use serde_json::{Value, json};

use crate::dsl::{Case, Person, World};

const NOBODY: [&str; 0] = [];

/// The statuses of an answer that has one for each entry.
fn statuses(answer: &Value) -> Vec<u64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|entry| entry["status"].as_u64().unwrap()).collect()
}

/// Pastes lines; what became of each.
async fn pastes(person: &Person, case: &Case, lines: &str) -> Value {
    person.post(format!("{case}/observables"), &json!({ "lines": lines })).await.is(200).json
}

/// Type and value of each observable that they see, sorted.
async fn seen(person: &Person, case: &Case) -> Vec<String> {
    let all = person.all(format!("{case}/observables")).await;
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let mut all: Vec<_> =
        all.iter().map(|one| format!("{} {}", text(one, "type"), text(one, "value"))).collect();
    all.sort();
    all
}

// P6
#[tokio::test]
async fn what_is_pasted_one_per_line_is_recognised_and_refanged() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let lines = "hxxps://Evil[.]example/a\r\n\n  1.2.3[.]4 \nMail(.)Evil[dot]example\n\
                 E802D6F06085F22242A66B06C785315E1C63C070\nada[at]evil.example\n+49 30 123456\n\
                 HKLM\\Software\\Run";

    let told = pastes(&ada, &case, lines).await;

    assert_eq!(statuses(&told), [201; 7], "{told}");
    assert_eq!(
        seen(&ada, &case).await,
        [
            "domain mail.evil.example",
            "email ada@evil.example",
            "hash e802d6f06085f22242a66b06c785315e1c63c070",
            "ip 1.2.3.4",
            "other HKLM\\Software\\Run",
            "phone +4930123456",
            "url https://evil.example/a",
        ]
    );
    let hash = &told["items"][3]["item"];
    assert_eq!(hash["algorithm"], "sha1", "{hash}");
    assert_eq!(told["items"][1]["given"], "1.2.3[.]4");
}

/// Found by fuzzing: one bracket went each time that the value was read.
// P6
#[tokio::test]
async fn what_was_made_harmless_twice_over_is_one_value() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let told = pastes(&ada, &case, "hxxps://evil[[[.]]]example/a").await;
    let shown = told["items"][0]["item"]["value"].as_str().unwrap();
    assert_eq!(shown, "https://evil.example/a", "{told}");

    // What is read and pasted again is the same.
    let again = pastes(&ada, &case, shown).await;

    assert_eq!(statuses(&again), [409], "{again}");
}

// P6, Bad input
#[tokio::test]
async fn each_value_has_an_answer_of_its_own() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    pastes(&ada, &case, "192.0.2.7").await;
    let body = json!({ "tlp": "green", "ioc": true, "tags": ["C2", "c2"], "items": [
        { "value": "192.0.2[.]7" },
        { "type": "ip", "value": "not an address" },
        { "type": "file", "value": "invoice.exe", "tlp": "red", "note": "in the mail" },
        { "type": "file", "value": "invoice.exe" },
        { "type": "hash", "value": "abc" },
    ] });

    let told = ada.post(format!("{case}/observables"), &body).await.is(200).json;

    assert_eq!(statuses(&told), [409, 422, 201, 409, 422], "{told}");
    let items = told["items"].as_array().unwrap();
    assert_eq!(items[0]["problem"]["code"], "already_there");
    assert!(items[0]["id"].is_string(), "it says which: {told}");
    assert_eq!(items[1]["problem"]["code"], "no_such_value");
    assert_eq!(items[1]["problem"]["errors"][0]["pointer"], "/items/1/value");
    assert_eq!(items[3]["id"], items[2]["id"]);
    let file = &items[2]["item"];
    assert_eq!((&file["tlp"], &file["ioc"]), (&json!("red"), &json!(true)));
    assert_eq!((&file["tags"], &file["note"]), (&json!(["C2"]), &json!("in the mail")));

    let path = format!("{case}/observables");
    for wrong in [
        json!({}),
        json!({ "lines": "192.0.2.8", "items": [{ "value": "192.0.2.8" }] }),
        json!({ "lines": " \n " }),
        json!({ "items": [] }),
        json!({ "lines": "x\n".repeat(101) }),
        json!({ "items": [{ "value": "192.0.2.8", "kind": "ip" }] }),
        json!({ "lines": "192.0.2.8", "type": "address" }),
        json!({ "lines": "192.0.2.8", "tags": vec!["t"; 51] }),
    ] {
        ada.post(&path, &wrong).await.refused(400, "invalid");
    }
    let long = format!("https://evil.example/{}", "a".repeat(2_000));
    assert_eq!(statuses(&pastes(&ada, &case, &long).await), [422]);
    assert_eq!(seen(&ada, &case).await, ["file invoice.exe", "ip 192.0.2.7"]);
}

// P6
#[tokio::test]
async fn an_observable_is_marked_up_and_its_value_stays() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let told = pastes(&ada, &case, "192.0.2.7").await;
    let path = format!("{case}/observables/{}", told["items"][0]["id"].as_str().unwrap());

    let body = json!({ "sighted": true, "ioc": true, "tags": ["c2"], "note": "beacons" });
    let changed = ada.patch(&path, &body).await.ok();
    assert_eq!((&changed["sighted"], &changed["ioc"]), (&json!(true), &json!(true)));
    assert_eq!(changed["value"], "192.0.2.7");
    ada.patch(&path, &json!({ "value": "192.0.2.8" })).await.refused(400, "invalid");
    ada.delete(&path).await.is(204);
    assert_eq!(statuses(&pastes(&ada, &case, "192.0.2.7").await), [201]);
}

// P5, Promise 4, Edge: external user sees the portal's observable, not the analyst's
#[tokio::test]
async fn external_users_see_the_portals_observables_and_never_the_analysts() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-actor").await;
    let eva = acme.external("eva", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    let analysts = pastes(&acme.admin, &case, "192.0.2.7\nevil.example").await;
    let analysts = format!("{case}/observables/{}", analysts["items"][0]["id"].as_str().unwrap());

    let told = pastes(&eve, &case, "192.0.2.7\n198.51.100.9").await;

    assert_eq!(statuses(&told), [201, 201], "nobody there can tell what analysts have: {told}");
    assert_eq!(told["items"][0]["item"]["origin"], "portal");
    assert_eq!(told["items"][0]["item"]["may_edit"], false);
    for who in [&eve, &eva] {
        assert_eq!(seen(who, &case).await, ["ip 192.0.2.7", "ip 198.51.100.9"]);
    }
    let hidden = eve.get(&analysts).await.hidden();
    let never = eve.get(format!("{case}/observables/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.hidden();
    assert_eq!(hidden.bytes, never.bytes);
    assert_eq!(
        seen(&acme.admin, &case).await,
        ["domain evil.example", "ip 192.0.2.7", "ip 192.0.2.7", "ip 198.51.100.9"]
    );
    assert_eq!(statuses(&pastes(&acme.admin, &case, "198.51.100.9").await), [409]);
    assert_eq!(statuses(&pastes(&eve, &case, "198.51.100.9").await), [409]);
}

// P6
#[tokio::test]
async fn external_users_contribute_and_change_nothing_of_others() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-actor").await;
    let eva = acme.external("eva", "external-actor").await;
    let reader = acme.external("rea", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    let comment = eve.comments(&case, "Seen here, too").await;
    let told = pastes(&eve, &case, "192.0.2.7").await;
    let observable = format!("{case}/observables/{}", told["items"][0]["id"].as_str().unwrap());
    let task = acme.admin.post(format!("{case}/tasks"), &json!({ "title": "Call" })).await.is(201);
    let task = format!("{case}/tasks/{}", task.json["id"].as_str().unwrap());

    eve.patch(&comment, &json!({ "text": "Seen here" })).await.is(200);
    eva.patch(&comment, &json!({ "text": "Mine" })).await.forbidden();
    eva.delete(&comment).await.forbidden();
    for who in [&eve, &eva] {
        who.patch(&observable, &json!({ "ioc": true })).await.forbidden();
        who.delete(&observable).await.forbidden();
        who.get(&task).await.hidden();
        for section in ["tasks", "targets", "contact"] {
            who.get(format!("{case}/{section}")).await.hidden();
        }
        who.post(format!("{case}/tasks"), &json!({ "title": "Mine" })).await.hidden();
        who.post(format!("{case}/targets"), &json!({ "lines": "x" })).await.hidden();
        who.post(format!("{case}/contact"), &json!({ "name": "x" })).await.hidden();
        who.patch(case.to_string(), &json!({ "title": "Mine" })).await.forbidden();
        who.delete(case.to_string()).await.forbidden();
        who.get(format!("{case}/history")).await.forbidden();
    }
    let lines = json!({ "lines": "192.0.2.9" });
    reader.post(format!("{case}/observables"), &lines).await.forbidden();
    eve.delete(&comment).await.is(204);
    let assignees = json!({ "assignees": [eve.by_mail()] });
    let answer = acme.admin.put(format!("{case}/assignees"), &assignees).await;
    answer.refused(422, "not_a_colleague");
    let kinds = acme.admin.remembers(&case).await;
    assert!(kinds.contains(&"observable_added".to_owned()), "all they do is in the history");
}

// HTTP
#[tokio::test]
async fn the_same_request_twice_adds_once_and_answers_the_same() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/observables");
    let body = json!({ "lines": "192.0.2.7\n192.0.2.8\nevil.example" });

    let first = ada.post(&path, &body).key("paste-1").await.is(200).json;
    let again = ada.post(&path, &body).key("paste-1").await.is(200).json;
    assert_eq!(statuses(&first), [201; 3]);
    assert_eq!(first, again);
    let other = json!({ "lines": "192.0.2.9" });
    ada.post(&path, &other).key("paste-1").await.refused(422, "key_reused");
    assert_eq!(seen(&ada, &case).await.len(), 3);

    let gone = format!("{path}/{}", first["items"][0]["id"].as_str().unwrap());
    ada.delete(gone).await.is(204);
    let after = ada.post(&path, &body).key("paste-1").await.is(200).json;
    assert_eq!(statuses(&after), [404, 201, 201], "{after}");
}

// P6
#[tokio::test]
async fn two_who_paste_the_same_at_once_add_it_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let lines: Vec<String> = (0..20).map(|n| format!("192.0.2.{n}")).collect();
    let lines = lines.join("\n");

    let (one, other) = tokio::join!(pastes(&ada, &case, &lines), pastes(&bob, &case, &lines));

    let added = |told: &Value| statuses(told).into_iter().filter(|&status| status == 201).count();
    assert_eq!(added(&one) + added(&other), 20, "{one} {other}");
    assert_eq!(seen(&ada, &case).await.len(), 20);
}
