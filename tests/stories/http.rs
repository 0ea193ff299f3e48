//! HTTP as a product: problems, versions, idempotency keys, limits, the document.

use reqwest::Method;
use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// A case that never was.
const NEVER: &str = "/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn ada(world: &World) -> (Org, Person, Case) {
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    (acme, ada, case)
}

// HTTP
#[tokio::test]
async fn what_the_gateway_refuses_is_its_own_message() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;

    let nobody = world.ask(Method::GET, "/me").await.is(401);
    assert_eq!(nobody.json, json!({ "message": "Unauthorized" }));
    if !world.is_emulated() {
        assert!(nobody.header("www-authenticate").starts_with("Bearer"), "{nobody:?}");
    }
    let unknown = ada.get("/no-such-route").await.is(404);
    assert_eq!(unknown.json, json!({ "message": "Not Found" }));
    ada.delete("/me").await.is(404);
    ada.get(format!("{case}/")).await.is(404);
    if !world.is_emulated() {
        let large = vec![b' '; 10 * 1024 * 1024 + 1];
        let large = ada.ask(Method::POST, "/cases").bytes("application/json", large).await.is(413);
        assert!(large.json["message"].is_string(), "{large}");
    }
}

// HTTP, Bad input
#[tokio::test]
async fn bodies_that_are_too_large_of_another_type_or_no_json_are_refused() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let path = format!("{case}/comments");
    let post = |kind: &str, body: &str| ada.ask(Method::POST, &path).bytes(kind, body);
    let fitting = |size: usize| {
        let spaces = " ".repeat(size - r#"{"text":"a"}"#.len());
        format!(r#"{{"text":"a"}}{spaces}"#)
    };

    post("application/json", &fitting(256 * 1024)).await.is(201);
    post("application/json", &fitting(256 * 1024 + 1)).await.refused(413, "too_large");
    post("text/plain", r#"{"text":"a"}"#).await.refused(415, "media_type");
    post("application/x-www-form-urlencoded", "text=a").await.refused(415, "media_type");
    post("application/json; charset=utf-8", r#"{"text":"a"}"#).await.is(201);
    for broken in ["{", "not json", r#"{"text":"a"} and more"#, r#"{"text":"a"}{}"#, "\u{feff}{}"] {
        let answer = post("application/json", broken).await;
        answer.refused(400, "malformed");
    }
    for odd in ["[]", "null", "7", "\"text\""] {
        post("application/json", odd).await.refused(400, "invalid");
    }
    let twice = post("application/json", r#"{"text":"a","text":"b"}"#).await;
    assert_eq!(twice.status, 400, "{twice}");
    if !world.is_emulated() {
        let odd = b"{\"text\":\"\xff\"}".to_vec();
        ada.ask(Method::POST, &path).bytes("application/json", odd).await.is(400);
    }
    post("application/json", r#"{"text":"\ud800"}"#).await.is(400);
    let deep = format!(r#"{{"text":{}}}"#, "[".repeat(100_000));
    let deep = post("application/json", &deep).await;
    assert_eq!(deep.status, 400, "{deep}");
    assert_eq!(ada.reads(&case).await.len(), 2);
}

// HTTP
#[tokio::test]
async fn no_body_is_an_empty_object() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;

    ada.ask(Method::POST, format!("{case}/close")).await.is(200);
    ada.ask(Method::POST, format!("{case}/comments")).await.refused(400, "invalid");
}

// HTTP, Bad input
#[tokio::test]
async fn unknown_fields_and_parameters_are_refused_by_name() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let gus = world.person("gus").by_mail();

    let misspelt =
        json!({ "recipients": [gus], "role": "viewer", "expires_on": "2030-01-01T00:00:00Z" });
    let answer = ada.post(format!("{case}/shares"), &misspelt).await.refused(400, "invalid");
    assert!(String::from_utf8_lossy(&answer.bytes).contains("expires_on"), "{answer}");
    for path in ["/cases?fliter=own", "/notices?limits=3", "/invitations?x=", "/groups?a=b"] {
        let name = path.split(['?', '=']).nth(1).unwrap();
        let answer = ada.get(path).await.refused(400, "invalid");
        assert!(String::from_utf8_lossy(&answer.bytes).contains(name), "{answer}");
    }
    for limit in ["0", "101", "-1", "ten", "", "1e1", "99999999999999999999"] {
        ada.get(format!("/cases?limit={limit}"))
            .await
            .refused(400, "invalid")
            .at_parameter("limit");
    }
    for (name, value) in [("filter", "mine"), ("status", "Open"), ("org", "A CME"), ("org", "")] {
        let path = format!("/cases?{name}={}", value.replace(' ', "%20"));
        ada.get(path).await.refused(400, "invalid").at_parameter(name);
    }
    assert!(ada.shares(&case).await.is_empty());
}

// HTTP, Bad input
#[tokio::test]
async fn ids_have_one_shape() {
    let world = World::new().await;
    let (acme, ada, case) = ada(&world).await;
    for id in [
        case.id.to_lowercase(),
        case.id[1..].to_owned(),
        format!("{}0", case.id),
        "x".to_owned(),
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ".to_owned(),
        "%20".to_owned(),
        "ada%40example.com".to_owned(),
        "%F0%9F%98%80".to_owned(),
    ] {
        ada.get(format!("/cases/{id}")).await.refused(400, "invalid").at_parameter("case");
    }
    ada.get(format!("{case}/shares/s1")).await.refused(400, "invalid").at_parameter("share");
    ada.get(format!("{case}/comments/x")).await.refused(400, "invalid").at_parameter("comment");
    ada.get(format!("{case}/attachments/x"))
        .await
        .refused(400, "invalid")
        .at_parameter("attachment");
    ada.post("/invitations/x/accept", &json!({}))
        .await
        .refused(400, "invalid")
        .at_parameter("invitation");
    ada.get("/groups/x").await.refused(400, "invalid").at_parameter("group");
    ada.get("/orgs/Not_A_Slug").await.refused(400, "invalid").at_parameter("org");
    ada.get(format!("/orgs/{}/members/x", acme.id))
        .await
        .refused(400, "invalid")
        .at_parameter("member");
    ada.get(format!("/orgs/{}/profiles/X", acme.id))
        .await
        .refused(400, "invalid")
        .at_parameter("profile");
    for path in ["/cases/%FF", "/cases/..%2Fme", "/cases/a%2Fb"] {
        let answer = ada.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{answer}");
    }
}

// HTTP
#[tokio::test]
async fn refusals_come_in_the_order_that_betrays_nothing() {
    let world = World::new().await;
    let (acme, ada, case) = ada(&world).await;
    let bob = acme.member("bob", "read-only").await;
    let sam = world.person("sam");
    let good = json!({ "severity": "high" });
    let bad = json!({ "severity": "worst" });
    let old = "\"c999\"";

    world.ask(Method::PATCH, &case.to_string()).json(&bad).await.is(401);
    for path in [case.to_string(), NEVER.to_owned()] {
        sam.patch(&path, &bad).if_match(old).await.refused(400, "invalid").at("/severity");
        sam.patch(&path, &good).if_match(old).await.hidden();
    }
    bob.patch(case.to_string(), &good).if_match(old).await.forbidden();
    ada.patch(case.to_string(), &good).if_match(old).await.refused(412, "version_moved");
    acme.admin.opens(&case, "restricted", [acme.admin.by_mail()]).await.is(200);
    let access = acme.admin.opens(&case, "external-all", [""; 0]);
    access.if_match("\"s999\"").await.refused(412, "version_moved");
}

// HTTP
#[tokio::test]
async fn a_case_knows_versions() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let first = ada.get(case.to_string()).await.etag();
    assert!(first.starts_with("\"c"), "{first}");

    let changed =
        ada.patch(case.to_string(), &json!({ "title": "B" })).if_match(&first).await.is(200);

    assert_ne!(changed.etag(), first);
    assert_eq!(ada.get(case.to_string()).await.etag(), changed.etag());
    let late = ada.patch(case.to_string(), &json!({ "title": "C" })).if_match(&first).await;
    late.refused(412, "version_moved");
    assert_eq!(ada.get(case.to_string()).await.ok()["title"], "B");
    for odd in ["c1", "\"c1", "W/\"c1\"", "\"\"", "\"cx\"", "\"1\""] {
        let answer = ada.patch(case.to_string(), &json!({ "title": "C" })).if_match(odd).await;
        answer.refused(400, "invalid").at_parameter("If-Match");
    }
    let shares = ada.get(format!("{case}/shares")).await.etag();
    assert!(shares.starts_with("\"s"), "{shares}");
    let other = ada.patch(case.to_string(), &json!({ "title": "C" })).if_match(&shares).await;
    other.refused(412, "version_moved");
}

// HTTP
#[tokio::test]
async fn of_two_changes_at_once_that_name_a_version_one_is_made() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let etag = ada.get(case.to_string()).await.etag();

    let (one, other) = tokio::join!(
        ada.patch(case.to_string(), &json!({ "title": "One" })).if_match(&etag).into_future(),
        ada.patch(case.to_string(), &json!({ "title": "Other" })).if_match(&etag).into_future(),
    );

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

// HTTP
#[tokio::test]
async fn nothing_is_ever_cached() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;

    for answer in [
        ada.get(case.to_string()).await,
        ada.get("/cases").await,
        ada.get("/me").await,
        ada.put(format!("{case}/favourite"), &json!({})).await,
        ada.get(NEVER).await,
        ada.get("/cases?limit=0").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
    }
}

// HTTP
#[tokio::test]
async fn the_same_request_twice_has_its_effect_once() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let gus = world.person("gus");
    let create = json!({ "org": ada.home(), "title": "Made once" });
    let key = world.unique("key");

    let first = ada.post("/cases", &create).key(&key).await.is(201);
    let again = ada.post("/cases", &create).key(&key).await.is(201);
    assert_eq!(first.json["id"], again.json["id"]);
    assert_eq!(first.header("etag"), again.header("etag"));

    let share = json!({ "recipients": [gus.by_mail()], "role": "viewer" });
    let key = world.unique("key");
    let first = ada.post(format!("{case}/shares"), &share).key(&key).await.is(201);
    let again = ada.post(format!("{case}/shares"), &share).key(&key).await.is(201);
    assert_eq!(first.json["items"][0]["id"], again.json["items"][0]["id"]);
    assert_eq!(world.all_mail_to(gus.address()).await.len(), 1);

    let comment = json!({ "text": "Once" });
    let key = world.unique("key");
    let first = ada.post(format!("{case}/comments"), &comment).key(&key).await.is(201);
    let again = ada.post(format!("{case}/comments"), &comment).key(&key).await.is(201);
    assert_eq!(first.json, again.json);
    assert_eq!(ada.reads(&case).await, ["Once"]);

    let key = world.unique("key");
    let close = format!("{case}/close");
    ada.post(&close, &json!({})).key(&key).await.is(200);
    ada.post(&close, &json!({})).key(&key).await.is(200);
    ada.post(&close, &json!({})).await.refused(409, "already_closed");
}

// HTTP
#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_person() {
    let world = World::new().await;
    let (acme, ada, case) = ada(&world).await;
    let bob = acme.member("bob", "analyst").await;
    let path = format!("{case}/comments");
    let key = world.unique("key");
    ada.post(&path, &json!({ "text": "One" })).key(&key).await.is(201);

    ada.post(&path, &json!({ "text": "Other" })).key(&key).await.refused(422, "key_reused");
    let close = ada.post(format!("{case}/close"), &json!({})).key(&key).await;
    close.refused(422, "key_reused");
    bob.post(&path, &json!({ "text": "One" })).key(&key).await.is(201);
    let long = "k".repeat(256);
    let answer = ada.post(&path, &json!({ "text": "One" })).key(&long).await;
    answer.refused(400, "invalid").at_parameter("Idempotency-Key");
    assert_eq!(ada.reads(&case).await, ["One", "One"]);
}

// HTTP
#[tokio::test]
async fn a_replay_is_answered_by_what_holds_now() {
    let world = World::new().await;
    let (_, ada, case) = ada(&world).await;
    let gus = world.person("gus");
    let share = ada.lets_in(&case, &gus, "editor").await;
    let path = format!("{case}/comments");
    let comment = json!({ "text": "Mine" });
    let key = world.unique("key");
    gus.post(&path, &comment).key(&key).await.is(201);

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    gus.post(&path, &comment).key(&key).await.hidden();
}

// HTTP
#[tokio::test]
async fn the_same_request_by_two_at_once_has_its_effect_once() {
    let world = World::new().await;
    let (_, ada, _) = ada(&world).await;
    let create = json!({ "org": ada.home(), "title": "Made once" });
    let key = world.unique("key");

    let answers: [_; 4] = {
        let one = || ada.post("/cases", &create).key(&key).into_future();
        tokio::join!(one(), one(), one(), one()).into()
    };

    let ids: Vec<_> =
        answers.iter().map(|answer| answer.clone().is(201).json["id"].clone()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    assert_eq!(ada.all("/cases?filter=created").await.len(), 2);
}

// HTTP
#[tokio::test]
async fn a_key_is_remembered_for_a_day() {
    let Some(world) = World::with_clock("a_key_is_remembered_for_a_day").await else { return };
    let (_, ada, case) = ada(&world).await;
    let path = format!("{case}/comments");
    let comment = json!({ "text": "Once a day" });
    let key = world.unique("key");
    ada.post(&path, &comment).key(&key).await.is(201);
    world.pass(23 * 3600).await;
    ada.post(&path, &comment).key(&key).await.is(201);
    assert_eq!(ada.reads(&case).await.len(), 1);

    world.pass(2 * 3600).await;

    ada.post(&path, &comment).key(&key).await.is(201);
    assert_eq!(ada.reads(&case).await.len(), 2);
}

// HTTP
#[tokio::test]
async fn the_document_tells_of_every_operation_and_its_refusals() {
    let world = World::new().await;
    let document: Value = serde_json::from_str(&world.page("/openapi.json").await).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));

    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/v1/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            operations += 1;
            let name = format!("{method} {path}");
            assert!(operation["operationId"].is_string(), "{name}");
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{name}"
            );
            let responses = operation["responses"].as_object().unwrap();
            let says = |status: &str| responses.contains_key(status);
            assert!(["200", "201", "202", "204"].iter().any(|status| says(status)), "{name}");
            let open = path == "/v1/invitations/preview";
            assert!(open || says("401"), "{name}");
            assert!(says("503"), "{name}");
            for (status, response) in responses {
                let refusal = status.starts_with('4') || status.starts_with('5');
                let problem = response["content"]["application/problem+json"].is_object();
                assert!(!refusal || problem, "{name} {status}: {response}");
            }
        }
    }
    assert!(60 < operations, "only {operations} operations");
}

// HTTP
#[tokio::test]
async fn the_document_knows_every_code_that_a_refusal_has() {
    let world = World::new().await;
    let document = world.page("/openapi.json").await;
    for code in [
        "invalid",
        "malformed",
        "unauthenticated",
        "forbidden",
        "another_address",
        "address_not_verified",
        "not_found",
        "already_shared",
        "case_restricted",
        "case_external",
        "not_external",
        "not_ready",
        "not_shared_with_org",
        "made_there",
        "not_waiting",
        "not_assigned",
        "too_many_sources",
        "not_pending",
        "already_closed",
        "not_closed",
        "already_member",
        "already_there",
        "reference_taken",
        "last_admin",
        "profile_in_use",
        "invitation_expired",
        "version_moved",
        "too_large",
        "media_type",
        "given_unclear",
        "unknown_profile",
        "window_backwards",
        "in_the_past",
        "same_recipient",
        "with_oneself",
        "unknown_recipient",
        "recipient_locked",
        "use_external_access",
        "guests_refused",
        "unknown_external_user",
        "not_a_colleague",
        "too_many_changes",
        "names_not_wanted",
        "file_too_large",
        "kind_mismatch",
        "built_in",
        "undeliverable",
        "key_reused",
        "mail_limit",
        "try_again",
    ] {
        let in_words = document.contains(&format!("`{code}`"));
        let as_value = document.contains(&format!("\"{code}\""));
        assert!(in_words || as_value, "`{code}` is not in the document");
    }
}
