//! Hidden equals missing, in bytes, on every route that names a case.

use reqwest::Method;
use serde_json::{Value, json};

use crate::dsl::{Case, Person, World};

const NEVER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NO_SHARE: &str = "saaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A body that the route takes: what is malformed is refused before any case is looked for.
fn body(method: &str, path: &str) -> Value {
    let tail = path.strip_prefix("/v1/cases/{case}").unwrap_or_default();
    match (method, tail) {
        ("patch", "") => json!({ "severity": "high" }),
        ("post", "/shares") => json!({ "recipients": ["email:x@y.example"], "role": "viewer" }),
        ("put", "/shares") => json!({ "shares": [] }),
        ("patch", "/shares/{share}") => json!({ "role": "viewer" }),
        ("post", "/shares/revoke") => json!({ "shares": [NO_SHARE] }),
        ("put", "/access") => json!({ "access": "internal" }),
        ("post", "/owner") => json!({ "org": "some-org" }),
        ("put", "/assignees") => json!({ "assignees": [] }),
        ("post", "/comments") | ("patch", "/comments/{comment}") => json!({ "text": "A word" }),
        ("post", "/attachments") => json!({ "name": "a.txt", "size": 1 }),
        ("post", "/tasks") => json!({ "title": "Call the bank" }),
        ("post", "/observables" | "/targets") => json!({ "lines": "192.0.2.1" }),
        ("post", "/contact") => json!({ "name": "Ada" }),
        ("post", "/merge") => json!({ "case": "01ARZ3NDEKTSV4RRFFQ69G5FAX" }),
        _ => json!({}),
    }
}

/// All operations on a case, from the document.
async fn operations(world: &World) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&world.page("/openapi.json").await).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if path.contains("{case}") && item[method].is_object() {
                found.push((method.to_owned(), path.clone()));
            }
        }
    }
    assert!(30 < found.len(), "only {found:?}");
    found
}

/// What lies in a case.
struct Inside {
    case: Case,
    share: String,
    comment: String,
    attachment: String,
    /// An item of each other section, with the word for it in paths.
    items: Vec<(&'static str, String)>,
}

impl Inside {
    /// A case of `person`'s with something in each section, and one of its shares.
    async fn of(person: &Person, case: Case, share: String) -> Self {
        let last = |path: String| path.rsplit('/').next().unwrap().to_owned();
        let comment = last(person.comments(&case, "A word").await);
        let attachment = last(person.attaches(&case, "a.txt", b"bytes").await);
        let mut items = Vec::new();
        for section in ["tasks", "observables", "targets", "contact"] {
            let path = format!("/v1/cases/{{case}}/{section}");
            let made = person.post(format!("{case}/{section}"), &body("post", &path)).await.ok();
            let id = made["id"].as_str().or(made["items"][0]["id"].as_str());
            items.push((section, id.unwrap_or_else(|| panic!("nothing made: {made}")).to_owned()));
        }
        Self { case, share, comment, attachment, items }
    }

    /// The item that such a path is about.
    fn item(&self, path: &str) -> &str {
        let named = |(section, _): &&(&str, String)| path.contains(&format!("/{section}/"));
        self.items.iter().find(named).map_or(NEVER, |(_, id)| id)
    }
}

async fn compare(person: &Person, inside: &Inside, operations: &[(String, String)]) {
    for (method, path) in operations {
        let fill = |case: &str, share: &str, comment: &str, attachment: &str, item: &str| {
            path.strip_prefix("/v1")
                .unwrap()
                .replace("{case}", case)
                .replace("{share}", share)
                .replace("{comment}", comment)
                .replace("{attachment}", attachment)
                .replace("{item}", item)
                .replace("{org}", "some-org")
        };
        let Inside { case, share, comment, attachment, .. } = inside;
        let there = fill(&case.id, share, comment, attachment, inside.item(path));
        let never = fill(NEVER, NO_SHARE, NEVER, NEVER, NEVER);
        assert!(!there.contains('{'), "a parameter that nobody knows: {path}");
        let ask = |filled: &str| {
            let ask = person.ask(method.to_uppercase().parse::<Method>().unwrap(), filled);
            match method.as_str() {
                "get" | "delete" => ask,
                _ => ask.json(&body(method, path)),
            }
        };
        let (hidden, missing) = (ask(&there).await, ask(&never).await);
        let expected = if path.ends_with("/disconnect") { 204 } else { 404 };
        assert_eq!(hidden.status, expected, "{}: {hidden}", person.name());
        assert_eq!(missing.status, expected, "{}: {missing}", person.name());
        assert_eq!(hidden.bytes, missing.bytes, "{hidden}\n{missing}");
        let headers = |answer: &crate::dsl::Answer| {
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(headers(&hidden), headers(&missing), "{hidden}");
    }
}

// Edge: pages and counters do not betray hidden cases, Promise 4
#[tokio::test]
async fn a_hidden_case_answers_on_every_route_as_one_that_never_was() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-actor").await;
    let (gus, hal, sam) = (world.person("gus"), world.person("hal"), world.person("sam"));
    let case = ada.case("Phishing wave").await;
    let other = ada.case("Other").await;
    ada.lets_in(&other, &gus, "editor-close").await;
    let lost = ada.lets_in(&case, &hal, "editor-close").await;
    let group = ada.group("Partners").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();
    ada.delete(format!("{case}/shares/{lost}")).await.is(204);
    let inside = Inside::of(&ada, case, share).await;
    let operations = operations(&world).await;

    // Nobody, a guest of another case, a former recipient, an external user of an internal case.
    for person in [&sam, &gus, &hal, &eve] {
        compare(person, &inside, &operations).await;
    }
    assert!(ada.sees(&inside.case).await, "and nothing was done to it");
    assert_eq!(ada.reads(&inside.case).await, ["A word"]);
}

// S13, Promise 5
#[tokio::test]
async fn a_deleted_case_answers_on_every_route_as_one_that_never_was() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "editor").await;
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();
    let inside = Inside::of(&ada, case, share).await;
    let operations = operations(&world).await;

    ada.delete(inside.case.to_string()).await.is(204);

    for person in [&ada, &gus, &acme.admin] {
        compare(person, &inside, &operations).await;
    }
}
