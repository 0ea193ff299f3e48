//! Tasks, targets, contact data and reports.

use serde_json::{Value, json};

use crate::dsl::{Answer, Case, Person, World};

/// The path of what was made.
#[track_caller]
fn path(case: &Case, section: &str, made: &Answer) -> String {
    let id = made.json["id"].as_str().unwrap_or_else(|| panic!("nothing was made: {made}"));
    format!("{case}/{section}/{id}")
}

/// What `field` says in each entry of a list.
async fn each(person: &Person, path: String, field: &str) -> Vec<Value> {
    person.all(path).await.into_iter().map(|mut item| item[field].take()).collect()
}

// S5, P6
#[tokio::test]
async fn a_task_is_planned_assigned_worked_on_and_done() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let task = json!({
        "title": "Reset the passwords", "group": "containment", "order": 2,
        "description": "All of finance.", "assignee": bob.by_mail(),
        "deadline": "2030-01-01T12:00:00Z",
    });

    let made = ada.post(format!("{case}/tasks"), &task).await.is(201);
    assert_eq!(made.json["status"], "waiting");
    assert_eq!(made.json["assignee"], json!({ "user": bob.user().await, "name": "bob" }));
    assert_eq!(made.json["origin"], "internal");
    let path = path(&case, "tasks", &made);
    let begun = bob.patch(&path, &json!({ "status": "in_progress" })).await.ok();
    assert!(begun["started_at"].is_string() && begun["ended_at"].is_null(), "{begun}");
    assert_eq!(begun["version"], 2);
    let done = bob.patch(&path, &json!({ "status": "completed", "assignee": null })).await.ok();
    assert!(done["ended_at"].is_string() && done["assignee"].is_null(), "{done}");
    assert_eq!(done["title"], "Reset the passwords", "what is not named stays");
    let same = bob.patch(&path, &json!({ "status": "completed" })).await.ok();
    assert_eq!(same["version"], done["version"], "nothing differs, nothing is written");

    ada.delete(&path).await.is(204);
    ada.get(&path).await.hidden();
    assert!(ada.all(format!("{case}/tasks")).await.is_empty());
    assert_eq!(
        ada.remembers(&case).await,
        ["case_created", "task_added", "task_changed", "task_changed", "task_deleted"]
    );
    let events = ada.all(format!("{case}/history")).await;
    assert_eq!(events[1]["what"]["fields"], json!(["status", "assignee"]), "{events:?}");
    assert!(!events[3].to_string().contains("passwords"), "the history does not repeat it");
}

// S5, P6, Bad input
#[tokio::test]
async fn a_task_is_assigned_to_active_colleagues_of_the_owner_only() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-actor").await;
    let gus = world.person("gus");
    let umbrella = world.org("umbrella").await;
    let case = ada.case("Phishing wave").await;
    let tasks = format!("{case}/tasks");
    let made = ada.post(&tasks, &json!({ "title": "Call the bank" })).await.is(201);
    let path = path(&case, "tasks", &made);

    for wrong in [&eve, &gus, &umbrella.admin] {
        let task = json!({ "title": "Call", "assignee": wrong.by_mail() });
        ada.post(&tasks, &task).await.refused(422, "not_a_colleague").at("/assignee");
        let change = json!({ "assignee": wrong.by_mail() });
        ada.patch(&path, &change).await.refused(422, "not_a_colleague").at("/assignee");
    }
    ada.post(&tasks, &json!({ "title": "" })).await.refused(400, "invalid").at("/title");
    let odd = json!({ "title": "Call", "status": "done" });
    ada.post(&tasks, &odd).await.refused(400, "invalid").at("/status");
    ada.post(&tasks, &json!({ "title": "Call", "due": 1 })).await.refused(400, "invalid");
    ada.patch(&path, &json!({ "deadline": "soon" })).await.refused(400, "invalid").at("/deadline");
    assert_eq!(ada.all(&tasks).await.len(), 1);
}

// E11
#[tokio::test]
async fn targets_say_who_is_hit_and_are_there_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let targets = format!("{case}/targets");
    let body = json!({ "items": [
        { "value": "Finance@ACME.example", "note": "the mailbox of the team" },
        { "type": "other", "value": "svc-backup" },
        { "type": "email", "value": "finance[@]acme[.]example" },
    ] });

    let told = ada.post(&targets, &body).await.is(200).json;
    let statuses: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [201, 201, 409], "{told}");
    assert_eq!(told["items"][2]["id"], told["items"][0]["id"]);
    let mut values = each(&ada, targets.clone(), "value").await;
    values.sort_by_key(Value::to_string);
    assert_eq!(values, ["finance@acme.example", "svc-backup"]);

    let path = format!("{targets}/{}", told["items"][0]["id"].as_str().unwrap());
    let changed = ada.patch(&path, &json!({ "note": "Two people" })).await.ok();
    assert_eq!((&changed["note"], &changed["type"]), (&json!("Two people"), &json!("email")));
    ada.patch(&path, &json!({ "value": "other" })).await.refused(400, "invalid");
    ada.delete(&path).await.is(204);
    let again = ada.post(&targets, &body).await.is(200).json;
    assert_eq!(again["items"][0]["status"], 201, "what was deleted can be added again: {again}");
}

// E11, Promise 4
#[tokio::test]
async fn a_case_says_which_of_its_targets_are_hit_elsewhere_as_far_as_one_may_know() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let umbrella = world.org("umbrella").await;
    let target = json!({ "lines": "finance@acme.example\n192.0.2.7" });
    let one = ada.case("First wave").await;
    let other = ada.case("Second wave").await;
    let hidden = acme.admin.case("Unusual words").await;
    let foreign = umbrella.admin.case("Theirs").await;
    for (who, case) in
        [(&ada, &one), (&ada, &other), (&acme.admin, &hidden), (&umbrella.admin, &foreign)]
    {
        who.post(format!("{case}/targets"), &target).await.is(200);
    }
    acme.admin.opens(&hidden, "restricted", [""; 0]).await.is(200);
    let same = async |who: &Person, case: &Case| -> Vec<String> {
        let found = who.get(format!("{case}/same-targets")).await.ok();
        let items = found["items"].as_array().unwrap().clone();
        let cases = items.iter().flat_map(|item| item["cases"].as_array().unwrap().clone());
        cases.map(|case| case["title"].as_str().unwrap().to_owned()).collect()
    };

    assert_eq!(same(&ada, &one).await, ["Second wave", "Second wave"]);
    assert_eq!(
        same(&acme.admin, &one).await,
        ["Unusual words", "Second wave", "Unusual words", "Second wave"]
    );
    ada.delete(other.to_string()).await.is(204);
    assert!(same(&bob, &one).await.is_empty(), "a deleted case is nowhere");
}

// S5
#[tokio::test]
async fn contact_data_reaches_somebody() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let contact = format!("{case}/contact");
    let body = json!({
        "name": "Eve", "email": "Eve@Partner.Example", "phone": "0033 (0)1 23 45 67 89", "role": "CISO",
    });

    let made = ada.post(&contact, &body).await.is(201);
    assert_eq!(made.json["email"], "eve@partner.example");
    assert_eq!(made.json["phone"], "+33123456789");
    let path = path(&case, "contact", &made);
    let changed = ada.patch(&path, &json!({ "phone": null, "note": "by mail only" })).await.ok();
    assert_eq!((&changed["phone"], &changed["note"]), (&Value::Null, &json!("by mail only")));
    ada.patch(&path, &json!({ "name": null, "email": null })).await.refused(400, "invalid");
    ada.post(&contact, &json!({ "role": "CISO" })).await.refused(400, "invalid").at("/name");
    let phone = json!({ "phone": "01 23 45 67 89" });
    ada.post(&contact, &phone).await.refused(400, "invalid").at("/phone");
    ada.delete(&path).await.is(204);
    assert!(ada.all(&contact).await.is_empty());
}

// S5
#[tokio::test]
async fn reports_are_the_attachments_of_their_section() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    for section in ["documents", "reports"] {
        let ticket = ada.ticket_in(&case, section, &format!("{section}.txt"), b"bytes").await;
        ada.uploads(&ticket, b"bytes").await;
    }

    assert_eq!(each(&ada, format!("{case}/reports"), "name").await, ["reports.txt"]);
}

// S5, Edge: a none section absent everywhere
#[tokio::test]
async fn sections_that_are_not_given_hide_their_items() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let task = ada.post(format!("{case}/tasks"), &json!({ "title": "Call" })).await.is(201);
    let task = path(&case, "tasks", &task);
    let contact = json!({ "name": "Eve" });
    let contact = ada.post(format!("{case}/contact"), &contact).await.is(201);
    let contact = path(&case, "contact", &contact);
    let values = json!({ "lines": "192.0.2.7" });
    let mut hidden = vec![contact.clone()];
    for section in ["observables", "targets"] {
        let told = ada.post(format!("{case}/{section}"), &values).await.is(200).json;
        hidden.push(format!("{case}/{section}/{}", told["items"][0]["id"].as_str().unwrap()));
    }
    let body = json!({ "recipients": [gus.by_mail()], "sections": { "tasks": "read" } });
    let share = ada.post(format!("{case}/shares"), &body).await.is(201).json["items"][0].clone();
    gus.accept(&share["invitation"]).await.ok();

    assert_eq!(gus.all(format!("{case}/tasks")).await.len(), 1);
    gus.patch(&task, &json!({ "title": "Mine" })).await.forbidden();
    gus.delete(&task).await.forbidden();
    gus.post(format!("{case}/tasks"), &json!({ "title": "Mine" })).await.forbidden();
    for section in ["observables", "targets", "contact", "reports"] {
        gus.get(format!("{case}/{section}")).await.hidden();
    }
    for section in ["observables", "targets"] {
        gus.post(format!("{case}/{section}"), &values).await.hidden();
    }
    gus.get(format!("{case}/same-targets")).await.hidden();
    for path in &hidden {
        let section = path.rsplit('/').nth(1).unwrap();
        let never = format!("{case}/{section}/01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let answer = gus.get(path).await.hidden();
        assert_eq!(answer.bytes, gus.get(never).await.hidden().bytes);
        gus.patch(path, &json!({ "note": "x" })).await.hidden();
        gus.delete(path).await.hidden();
    }
    let kinds = gus.remembers(&case).await;
    assert!(kinds.contains(&"task_added".to_owned()), "{kinds:?}");
    for kind in ["contact_added", "observable_added", "target_added"] {
        assert!(!kinds.contains(&kind.to_owned()), "{kinds:?}");
    }
}

// HTTP
#[tokio::test]
async fn items_come_in_pages_newest_first_and_once_for_one_key() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let tasks = format!("{case}/tasks");
    for number in 0..5 {
        ada.post(&tasks, &json!({ "title": format!("Task {number}") })).await.is(201);
    }
    let body = json!({ "title": "Once" });
    let first = ada.post(&tasks, &body).key("task-1").await.is(201).json;
    let again = ada.post(&tasks, &body).key("task-1").await.is(201).json;
    assert_eq!(first["id"], again["id"]);
    let other = json!({ "title": "Other" });
    ada.post(&tasks, &other).key("task-1").await.refused(422, "key_reused");

    let mut titles = Vec::new();
    let mut next = format!("{tasks}?limit=2");
    loop {
        let page = ada.get(&next).await.ok();
        titles.extend(page["items"].as_array().unwrap().iter().map(|one| one["title"].clone()));
        let Some(cursor) = page["cursor"].as_str() else { break };
        next = format!("{tasks}?limit=2&cursor={cursor}");
    }
    assert_eq!(titles, ["Once", "Task 4", "Task 3", "Task 2", "Task 1", "Task 0"]);
    ada.get(format!("{tasks}?limit=0")).await.refused(400, "invalid").at_parameter("limit");
    ada.get(format!("{tasks}?status=open")).await.refused(400, "invalid");
}
