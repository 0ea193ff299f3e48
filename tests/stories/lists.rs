//! Lists: filters, search, pages.

use serde_json::{Value, json};

use crate::dsl::{Case, Person, World};

/// The titles of a list, newest first.
async fn titles(person: &Person, query: &str) -> Vec<String> {
    let cases = person.all(format!("/cases{query}")).await;
    cases.iter().map(|case| case["title"].as_str().unwrap().to_owned()).collect()
}

// S12, E10
#[tokio::test]
async fn lists_are_filtered_by_how_a_case_came_to_the_caller() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let zeta = world.org("zeta").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let zoe = zeta.member("zoe", "analyst").await;
    let mine = ada.case("Mine").await;
    let bobs = bob.case("Bob's").await;
    let zoes = zoe.case("Zoe's").await;
    zoe.lets_in(&zoes, &ada, "viewer").await;
    bob.put(format!("{bobs}/assignees"), &json!({ "assignees": [ada.by_mail()] })).await.is(200);
    ada.put(format!("{zoes}/favourite"), &json!({})).await.is(204);

    assert_eq!(titles(&ada, "").await, ["Zoe's", "Bob's", "Mine"]);
    assert_eq!(titles(&ada, "?filter=own").await, ["Bob's", "Mine"]);
    assert_eq!(titles(&ada, "?filter=created").await, ["Mine"]);
    assert_eq!(titles(&ada, "?filter=assigned").await, ["Bob's"]);
    assert_eq!(titles(&ada, "?filter=shared").await, ["Zoe's"]);
    assert_eq!(titles(&ada, "?filter=individual").await, ["Zoe's"]);
    assert_eq!(titles(&ada, "?filter=favourite").await, ["Zoe's"]);
    assert!(titles(&ada, "?filter=group").await.is_empty());
    assert!(titles(&ada, "?filter=external").await.is_empty());
    assert_eq!(titles(&ada, &format!("?org={}", zeta.id)).await, ["Zoe's"]);
    ada.delete(format!("{zoes}/favourite")).await.is(204);
    assert!(titles(&ada, "?filter=favourite").await.is_empty());
    assert_eq!(ada.get(mine.to_string()).await.ok()["how"], "own");
}

// S12
#[tokio::test]
async fn lists_are_filtered_by_status_and_tag() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    ada.case_with(json!({ "title": "A", "tags": ["Phishing", "urgent"] })).await;
    let other = ada.case_with(json!({ "title": "B", "tags": ["urgent"] })).await;
    ada.post(format!("{other}/close"), &json!({})).await.is(200);

    assert_eq!(titles(&ada, "?status=open").await, ["A"]);
    assert_eq!(titles(&ada, "?status=closed").await, ["B"]);
    assert_eq!(titles(&ada, "?tag=urgent").await, ["B", "A"]);
    assert_eq!(titles(&ada, "?tag=phishing").await, ["A"], "tags are compared in lower case");
    assert_eq!(titles(&ada, "?tag=urgent&status=closed").await, ["B"]);
}

// E10, S12
#[tokio::test]
async fn search_matches_any_part_of_title_number_and_tag() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case =
        ada.case_with(json!({ "title": "Überweisung nach Übersee", "tags": ["Geldwäsche"] })).await;
    ada.case("Other").await;

    for text in ["überweis", "NACH ÜBER", "see", "geldw", "WÄSCHE"] {
        assert!(ada.finds(&case, text).await, "{text}");
    }
    assert!(ada.finds(&case, &case.json["number"].to_string()).await);
    assert!(!ada.finds(&case, "no such words").await);
    let found = ada.post("/cases/search", &json!({ "text": "e", "limit": 1 })).await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let cursor = found["cursor"].as_str().expect("there is more");
    let rest =
        ada.post("/cases/search", &json!({ "text": "e", "limit": 1, "cursor": cursor })).await.ok();
    assert_ne!(rest["items"][0]["id"], found["items"][0]["id"]);
    let other =
        ada.post("/cases/search", &json!({ "text": "x", "limit": 1, "cursor": cursor })).await;
    assert_eq!(other.refused(400, "invalid").json["errors"].as_array().map(Vec::len), Some(1));
}

// E10
#[tokio::test]
async fn pages_hold_what_was_asked_for_and_end() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let mut made = Vec::new();
    for number in 0..7 {
        made.push(ada.case(&format!("Case {number}")).await.id);
    }
    made.reverse();

    let mut pages = Vec::new();
    let mut next = "/cases?limit=3".to_owned();
    loop {
        let page = ada.get(&next).await.ok();
        pages.push(ids(&page));
        let Some(cursor) = page["cursor"].as_str() else { break };
        next = format!("/cases?limit=3&cursor={cursor}");
    }

    assert_eq!(pages.concat(), made);
    assert!(pages.iter().take(2).all(|page| page.len() == 3), "{pages:?}");
    assert!(pages.len() <= 4, "{pages:?}");
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

// Bad input
#[tokio::test]
async fn a_cursor_of_another_query_or_of_nobody_is_refused() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    for _ in 0..2 {
        ada.case("Phishing wave").await;
    }
    let page = ada.get("/cases?limit=1").await.ok();
    let cursor = page["cursor"].as_str().unwrap();
    ada.get(format!("/cases?limit=2&cursor={cursor}")).await.is(200);

    for path in [
        format!("/cases?status=closed&cursor={cursor}"),
        format!("/cases?filter=own&cursor={cursor}"),
        format!("/notices?cursor={cursor}"),
        format!("/cases/{}/comments?cursor={cursor}", ids(&page)[0]),
        format!("/cases?cursor={}", &cursor[1..]),
        "/cases?cursor=AAAA".to_owned(),
        "/cases?cursor=%00".to_owned(),
        "/cases?cursor=".to_owned(),
    ] {
        ada.get(&path).await.refused(400, "invalid").at_parameter("cursor");
    }
}

// Edge: pages and counters do not betray hidden cases
#[tokio::test]
async fn pages_do_not_betray_hidden_cases() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let mut open = Vec::new();
    for number in 0..3 {
        open.push(ada.case(&format!("Open {number}")).await.id);
        let hidden = ada.case(&format!("Hidden {number}")).await;
        acme.admin.opens(&hidden, "restricted", [ada.by_mail()]).await.is(200);
    }
    open.reverse();

    let first = bob.get("/cases?limit=2").await.ok();
    assert_eq!(ids(&first), open[..2], "a page is filled by reading on");
    let cursor = first["cursor"].as_str().unwrap();
    let second = bob.get(format!("/cases?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(ids(&second), open[2..]);
    assert!(second["cursor"].is_null(), "{second}");
    for value in [&first, &second] {
        assert_eq!(value.as_object().unwrap().len(), 2, "no totals: {value}");
    }
    let found = bob.post("/cases/search", &json!({ "text": "Hidden" })).await.ok();
    assert_eq!(found["items"], json!([]));
}

// Edge: pages and counters do not betray hidden cases
#[tokio::test]
async fn a_cursor_behind_a_case_that_is_lost_goes_on() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let mut cases: Vec<Case> = Vec::new();
    for number in 0..3 {
        let case = ada.case(&format!("Case {number}")).await;
        ada.lets_in(&case, &gus, "viewer").await;
        cases.push(case);
    }
    let first = gus.get("/cases?limit=1").await.ok();
    assert_eq!(ids(&first), [cases[2].id.as_str()]);

    ada.delete(cases[2].to_string()).await.is(204);

    let cursor = first["cursor"].as_str().unwrap();
    let rest = gus.get(format!("/cases?limit=5&cursor={cursor}")).await.ok();
    assert_eq!(ids(&rest), [cases[1].id.as_str(), cases[0].id.as_str()]);
}

// S12
#[tokio::test]
async fn numbers_count_up_in_each_org() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let zeta = world.org("zeta").await;
    for expected in 1..=3 {
        assert_eq!(acme.admin.case("A").await.json["number"], expected);
    }
    assert_eq!(zeta.admin.case("Z").await.json["number"], 1);
}

// S12
#[tokio::test]
async fn a_reference_is_taken_once_by_each_creator() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let body = json!({ "title": "From the register", "reference": "row-17" });

    let case = ada.case_with(body.clone()).await;

    let again = ada.creates(body.clone()).await.refused(409, "reference_taken");
    assert_eq!(again.json["case"], case.id.as_str());
    bob.case_with(body).await;
    assert_eq!(ada.all("/cases?filter=created").await.len(), 1);
}

// E10
#[tokio::test]
async fn recent_cases_are_those_opened_last_as_far_as_they_are_still_seen() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let (one, two, three) = (ada.case("One").await, ada.case("Two").await, ada.case("Three").await);
    let mut shares = Vec::new();
    for case in [&one, &two, &three] {
        shares.push(ada.lets_in(case, &gus, "viewer").await);
    }
    let recent = async || -> Vec<String> {
        let all = gus.get("/cases?filter=recent").await.ok();
        let items = all["items"].as_array().unwrap().clone();
        items.iter().map(|case| case["title"].as_str().unwrap().to_owned()).collect()
    };
    assert!(recent().await.is_empty());

    for case in [&one, &three, &two, &one] {
        gus.get(case.to_string()).await.is(200);
    }
    assert_eq!(recent().await, ["One", "Two", "Three"]);

    let share = shares[1].clone();
    ada.delete(format!("{two}/shares/{share}")).await.is(204);
    assert_eq!(recent().await, ["One", "Three"], "what was taken back is in no list");
    assert!(ada.get("/cases?filter=recent").await.ok()["items"].as_array().unwrap().is_empty());
}

// E10
#[tokio::test]
async fn a_default_filter_is_saved_for_its_owner() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    ada.case_with(json!({ "title": "Hers", "tags": ["APT"] })).await;
    bob.case_with(json!({ "title": "His", "tags": ["apt"] })).await;
    let closed = ada.case_with(json!({ "title": "Closed", "tags": ["apt"] })).await;
    ada.post(format!("{closed}/close"), &json!({})).await.ok();
    let titles = async |who: &Person| -> Vec<String> {
        let all = who.all("/cases?saved=true").await;
        all.iter().map(|case| case["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&ada).await, ["Closed", "His", "Hers"], "nothing is saved yet");

    let filter = json!({ "filter": "created", "status": "open", "tag": "apt" });
    let saved = ada.put("/me/filter", &filter).await.is(200).json;
    assert_eq!(ada.get("/me/filter").await.ok(), saved);
    assert_eq!(titles(&ada).await, ["Hers"]);
    assert_eq!(titles(&bob).await, ["Closed", "His", "Hers"]);

    ada.get("/cases?saved=true&status=open").await.refused(400, "invalid").at_parameter("saved");
    ada.put("/me/filter", &json!({ "filter": "mine" })).await.refused(400, "invalid").at("/filter");
    ada.put("/me/filter", &json!({ "sort": "number" })).await.refused(400, "invalid");
    ada.delete("/me/filter").await.is(204);
    ada.delete("/me/filter").await.is(204);
    assert_eq!(titles(&ada).await, ["Closed", "His", "Hers"]);
}

// E10
#[tokio::test]
async fn a_case_is_found_by_how_one_has_it_and_by_any_part_of_title_number_and_tag() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case_with(json!({ "title": "Größere Störung", "tags": ["TLP:Amber"] })).await;
    ada.put(format!("{case}/assignees"), &json!({ "assignees": [bob.by_mail()] })).await.ok();

    assert!(ada.lists(&case, "filter=created").await && !bob.lists(&case, "filter=created").await);
    assert!(bob.lists(&case, "filter=assigned").await);
    assert!(bob.lists(&case, "filter=own&status=open&tag=tlp:amber").await);
    assert!(!bob.lists(&case, "filter=shared").await);
    let number = case.json["number"].to_string();
    for part in ["ÖßERE ST", "störung", number.as_str(), "amb"] {
        assert!(bob.finds(&case, part).await, "{part}");
    }
    assert!(!bob.finds(&case, "Störungen").await);
}
