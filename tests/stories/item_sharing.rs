//! Single tasks, observables and targets, shared with orgs that have the case.

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// Two linked orgs, an analyst of each, and a case that both have.
struct Both {
    acme: Org,
    globex: Org,
    ada: Person,
    gil: Person,
    case: Case,
}

async fn both(world: &World) -> Both {
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;
    let ada = acme.member("ada", "analyst").await;
    let gil = globex.member("gil", "analyst").await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    Both { acme, globex, ada, gil, case }
}

impl Person {
    /// Adds a task. Its path.
    async fn tasks(&self, case: &Case, title: &str) -> String {
        let made = self.post(format!("{case}/tasks"), &json!({ "title": title })).await.is(201);
        format!("{case}/tasks/{}", made.json["id"].as_str().unwrap())
    }

    /// Adds an observable or a target. Its path.
    async fn notes(&self, case: &Case, kind: &str, value: &str) -> String {
        let made = self.post(format!("{case}/{kind}"), &json!({ "lines": value })).await.ok();
        let entry = &made["items"][0];
        assert_eq!(entry["status"], 201, "{made}");
        format!("{case}/{kind}/{}", entry["id"].as_str().unwrap())
    }

    /// Shares one item with an org.
    async fn passes(&self, item: &str, org: &Org) -> Value {
        self.put(format!("{item}/shares/{}", org.id), &json!({})).await.ok()
    }

    /// What they see of a kind of items in a case, newest first.
    async fn has(&self, case: &Case, kind: &str) -> Vec<String> {
        let items = self.all(format!("{case}/{kind}")).await;
        let text =
            |item: &Value| item["title"].as_str().or(item["value"].as_str()).map(str::to_owned);
        items.iter().map(|item| text(item).unwrap()).collect()
    }
}

// O5
#[tokio::test]
async fn an_org_gets_the_tasks_observables_and_targets_that_are_shared_with_it_and_no_other() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let reader = globex.member("ria", "read-only").await;
    let kept = [
        ada.tasks(&case, "Kept").await,
        ada.notes(&case, "observables", "192.0.2.1").await,
        ada.notes(&case, "targets", "kept@acme.example").await,
    ];
    let given = [
        ada.tasks(&case, "Given").await,
        ada.notes(&case, "observables", "192.0.2.2").await,
        ada.notes(&case, "targets", "given@acme.example").await,
    ];
    for kind in ["tasks", "observables", "targets"] {
        assert!(gil.has(&case, kind).await.is_empty(), "{kind}");
    }

    for item in &given {
        let share = ada.passes(item, &globex).await;
        assert_eq!((&share["org"], &share["made_there"]), (&json!(globex.id), &json!(false)));
    }

    assert_eq!(gil.has(&case, "tasks").await, ["Given"]);
    assert_eq!(gil.has(&case, "observables").await, ["192.0.2.2"]);
    assert_eq!(gil.has(&case, "targets").await, ["given@acme.example"]);
    for item in &given {
        assert_eq!(gil.get(item).await.ok()["may_edit"], true);
        assert_eq!(reader.get(item).await.ok()["may_edit"], false);
        let shares = ada.get(format!("{item}/shares")).await.ok();
        assert_eq!(shares["items"][0]["org"], globex.id.as_str(), "{shares}");
    }
    for item in &kept {
        gil.get(item).await.hidden();
        gil.delete(item).await.hidden();
        assert_eq!(ada.get(format!("{item}/shares")).await.ok()["items"], json!([]));
    }
    gil.patch(&given[0], &json!({ "status": "in_progress" })).await.ok();
    reader.patch(&given[0], &json!({ "status": "waiting" })).await.forbidden();
    gil.delete(&given[1]).await.is(204);
    assert!(!ada.has(&case, "observables").await.contains(&"192.0.2.2".to_owned()));
}

// O5, Edge: an item shared before its case
#[tokio::test]
async fn an_item_is_shared_with_an_org_that_has_the_case_and_by_who_may_share() {
    let world = World::new().await;
    let Both { acme, globex, ada, gil, case } = both(&world).await;
    let other = world.org("initech").await;
    acme.links(&other).await;
    let task = ada.tasks(&case, "Call the bank").await;
    let to = |org: &Org| format!("{task}/shares/{}", org.id);

    ada.put(to(&other), &json!({})).await.refused(409, "not_shared_with_org");
    ada.put(to(&acme), &json!({})).await.refused(422, "with_own_org");
    gil.put(to(&globex), &json!({})).await.hidden();
    let guest = world.person("guy");
    ada.lets_in(&case, &guest, "editor").await;
    guest.put(to(&globex), &json!({})).await.forbidden();
    let reader = acme.member("ria", "read-only").await;
    reader.put(to(&globex), &json!({})).await.forbidden();
    ada.put(to(&globex), &json!({ "action": true })).await.refused(400, "invalid");
    let seen = ada.notes(&case, "observables", "192.0.2.1").await;
    let asked =
        ada.put(format!("{seen}/shares/{}", globex.id), &json!({ "action_required": true }));
    asked.await.refused(400, "invalid").at("/action_required");
    ada.put(format!("{case}/comments/{}/shares/{}", case.id, globex.id), &json!({})).await.is(404);

    ada.passes(&task, &globex).await;
    gil.put(to(&other), &json!({})).await.forbidden();
    gil.delete(to(&globex)).await.forbidden();
    assert_eq!(gil.has(&case, "tasks").await, ["Call the bank"]);
}

// O5, O7
#[tokio::test]
async fn an_item_is_taken_back_at_once_alone_or_with_the_case() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let (one, two) = (ada.tasks(&case, "One").await, ada.tasks(&case, "Two").await);
    ada.passes(&one, &globex).await;
    ada.passes(&two, &globex).await;

    ada.delete(format!("{one}/shares/{}", globex.id)).await.is(204);

    gil.get(&one).await.hidden();
    assert_eq!(gil.has(&case, "tasks").await, ["Two"]);
    ada.delete(format!("{one}/shares/{}", globex.id)).await.is(204);

    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();
    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    gil.get(&two).await.hidden();
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    assert!(gil.has(&case, "tasks").await.is_empty(), "a new share of the case, none of the item");
    gil.get(&two).await.hidden();
    assert_eq!(ada.get(format!("{two}/shares")).await.ok()["items"], json!([]));
    ada.passes(&two, &globex).await;
    assert_eq!(gil.has(&case, "tasks").await, ["Two"]);
}

// O7
#[tokio::test]
async fn what_members_of_a_partner_org_make_is_theirs_and_the_owners() {
    let world = World::new().await;
    let Both { acme, globex, ada, gil, case } = both(&world).await;
    let other = world.org("initech").await;
    acme.links(&other).await;
    let ivy = other.member("ivy", "analyst").await;
    ada.shares_with(&case, [&other], "analyst").await.is(201);
    let colleague = globex.member("gus", "read-only").await;

    let made = [
        gil.tasks(&case, "Ours").await,
        gil.notes(&case, "observables", "192.0.2.7").await,
        gil.notes(&case, "targets", "desk@globex.example").await,
    ];

    for item in &made {
        assert_eq!(gil.get(item).await.ok()["own"], true);
        assert_eq!(colleague.get(item).await.ok()["own"], false);
        ada.get(item).await.ok();
        ivy.get(item).await.hidden();
        let back = ada.delete(format!("{item}/shares/{}", globex.id)).await;
        back.refused(409, "made_there");
    }
    assert_eq!(gil.has(&case, "tasks").await, ["Ours"]);
    assert!(ivy.has(&case, "tasks").await.is_empty());

    let shares = ada.shares(&case).await;
    let with = globex.as_recipient();
    let share = shares.iter().find(|share| share["recipient"] == with.as_str()).unwrap();
    ada.delete(format!("{case}/shares/{}", share["id"].as_str().unwrap())).await.is(204);
    gil.get(&made[0]).await.hidden();
    assert_eq!(ada.has(&case, "tasks").await, ["Ours"], "deleted never");
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    assert_eq!(gil.has(&case, "tasks").await, ["Ours"], "and theirs again");
}

// O3, Edge: a rule changed: no back-fill
#[tokio::test]
async fn a_rule_shares_what_is_added_from_then_on_and_nothing_before() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let before = ada.tasks(&case, "Before").await;
    let rules = |tasks: &str| json!({ "tasks": tasks, "observables": "manual" });
    gil.put(format!("{case}/rules"), &rules("auto_share")).await.forbidden();

    let shown = ada.put(format!("{case}/rules"), &rules("auto_share")).await.ok();

    assert_eq!(shown["rules"], rules("auto_share"));
    assert_eq!(ada.get(case.to_string()).await.ok()["rules"], rules("auto_share"));
    assert!(gil.get(case.to_string()).await.ok()["rules"].is_null(), "not theirs to know");
    ada.tasks(&case, "After").await;
    ada.notes(&case, "observables", "192.0.2.1").await;
    assert_eq!(gil.has(&case, "tasks").await, ["After"]);
    gil.get(&before).await.hidden();
    assert!(gil.has(&case, "observables").await.is_empty());
    let other = world.org("initech").await;
    let ivy = other.member("ivy", "analyst").await;
    ada.world().settle().await;
    ivy.get(case.to_string()).await.hidden();

    ada.put(format!("{case}/rules"), &json!({})).await.ok();
    ada.tasks(&case, "Later").await;
    assert_eq!(gil.has(&case, "tasks").await, ["After"], "what is shared stays shared");
    assert!(ada.remembers(&case).await.contains(&"rules_changed".to_owned()));
    ada.put(format!("{case}/rules"), &json!({ "task": "auto_share" }))
        .await
        .refused(400, "invalid");
    ada.put(format!("{case}/rules"), &json!({ "tasks": "always" })).await.refused(400, "invalid");
    drop(globex);
}

// O3, O10
#[tokio::test]
async fn new_cases_have_the_rules_of_their_org_unless_they_say_otherwise() {
    let world = World::new().await;
    let Both { acme, globex, ada, gil, case } = both(&world).await;
    acme.set(json!({ "item_rules": { "observables": "auto_share" } })).await;
    let with = json!([{ "recipients": [globex.as_recipient()], "role": "editor" }]);
    let seen = json!([{ "value": "192.0.2.9" }]);

    let by_default =
        ada.case_with(json!({ "title": "One", "share": with, "observables": seen })).await;
    let by_hand = ada
        .case_with(json!({ "title": "Two", "share": with, "observables": seen,
            "rules": { "tasks": "auto_share" } }))
        .await;

    assert_eq!(gil.has(&by_default, "observables").await, ["192.0.2.9"]);
    ada.tasks(&by_default, "Kept").await;
    assert!(gil.has(&by_default, "tasks").await.is_empty());
    assert!(gil.has(&by_hand, "observables").await.is_empty());
    ada.tasks(&by_hand, "Given").await;
    assert_eq!(gil.has(&by_hand, "tasks").await, ["Given"]);
    ada.notes(&case, "observables", "192.0.2.3").await;
    assert!(gil.has(&case, "observables").await.is_empty(), "a case keeps the rules it has");
}

// O11
#[tokio::test]
async fn an_org_is_asked_to_act_on_a_task_and_says_when_it_has() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let reader = globex.member("ria", "read-only").await;
    let task = ada.tasks(&case, "Block the sender").await;
    let to = format!("{task}/shares/{}", globex.id);

    let share = ada.put(&to, &json!({ "action_required": true })).await.ok();

    assert_eq!(share["action_required"], true);
    let seen = gil.get(format!("{task}/shares")).await.ok();
    assert_eq!(seen["items"][0]["action_required"], true, "{seen}");
    assert_eq!(ada.passes(&task, &globex).await["action_required"], true, "it stays");
    reader.put(&to, &json!({ "action_required": false })).await.forbidden();
    assert_eq!(
        gil.put(&to, &json!({ "action_required": false })).await.ok()["action_required"],
        false
    );
    assert_eq!(ada.get(format!("{task}/shares")).await.ok()["items"][0]["action_required"], false);
    let kinds = gil.remembers(&case).await;
    let asked = kinds.iter().filter(|kind| *kind == "action_required").count();
    assert_eq!(asked, 1, "once set with the share, once cleared: {kinds:?}");
    assert!(kinds.contains(&"item_shared".to_owned()));
}

// O5, E12
#[tokio::test]
async fn an_org_reads_the_history_of_the_items_that_it_reaches() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let guest = world.person("guy");
    ada.lets_in(&case, &guest, "viewer").await;
    let (kept, given) = (ada.tasks(&case, "Kept").await, ada.tasks(&case, "Given").await);
    ada.passes(&given, &globex).await;
    for task in [&kept, &given] {
        ada.patch(task, &json!({ "status": "completed" })).await.ok();
    }

    let kinds = gil.remembers(&case).await;

    let count = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((count("task_added"), count("task_changed"), count("item_shared")), (1, 1, 1));
    let kinds = guest.remembers(&case).await;
    assert_eq!(kinds.iter().filter(|one| *one == "task_changed").count(), 2);
    assert!(!kinds.contains(&"item_shared".to_owned()), "with whom else is not theirs to know");
    ada.delete(format!("{given}/shares/{}", globex.id)).await.is(204);
    let kinds = gil.remembers(&case).await;
    assert!(!kinds.contains(&"task_changed".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"item_unshared".to_owned()));
}

// O5
#[tokio::test]
async fn a_partners_pages_hold_what_is_shared_and_go_on_where_they_ended() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let mut given = Vec::new();
    for number in 0..9 {
        let task = ada.tasks(&case, &format!("Task {number}")).await;
        if number % 3 != 1 {
            ada.passes(&task, &globex).await;
            given.push(format!("Task {number}"));
        }
    }
    let own = gil.tasks(&case, "Own").await;
    given.push("Own".to_owned());
    given.reverse();

    let mut seen = Vec::new();
    let mut next = format!("{case}/tasks?limit=2");
    let mut pages = 0;
    loop {
        let page = gil.get(&next).await.ok();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(cursor) = page["cursor"].as_str() else { break };
        assert_eq!(items.len(), 2, "a page is full, or the last");
        next = format!("{case}/tasks?limit=2&cursor={cursor}");
    }

    assert_eq!((seen, pages), (given, 4));
    gil.delete(&own).await.is(204);
    assert_eq!(gil.has(&case, "tasks").await.len(), 6);
}

// O5, P13
#[tokio::test]
async fn a_colleague_of_two_partner_orgs_reaches_what_either_has() {
    let world = World::new().await;
    let Both { acme, globex, ada, gil, case } = both(&world).await;
    let other = world.org("initech").await;
    acme.links(&other).await;
    ada.shares_with(&case, [&other], "read-only").await.is(201);
    other.join(&gil, "normal", "analyst").await;
    let (one, two) = (ada.tasks(&case, "One").await, ada.tasks(&case, "Two").await);
    ada.passes(&one, &globex).await;
    ada.passes(&two, &other).await;

    assert_eq!(gil.has(&case, "tasks").await, ["Two", "One"]);
    assert_eq!(gil.get(&one).await.ok()["may_edit"], true);
    assert_eq!(gil.get(&two).await.ok()["may_edit"], false, "each org by its own share");
    gil.patch(&two, &json!({ "status": "completed" })).await.forbidden();
}

// E11, O5
#[tokio::test]
async fn a_partner_is_not_told_that_a_target_stands_in_a_case_where_it_is_not_shared_with_them() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let own = ada.case("Lost laptop").await;
    ada.lets_in(&own, &gil, "viewer").await;
    for case in [&case, &own] {
        ada.notes(case, "targets", "desk@acme.example").await;
    }
    let same = async |who: &Person| who.get(format!("{own}/same-targets")).await.ok();

    assert_eq!(same(&ada).await["items"][0]["cases"][0]["title"], "Phishing wave");
    assert_eq!(same(&gil).await["items"], json!([]), "in {} it is not theirs", globex.id);
}

// E11, O5
#[tokio::test]
async fn a_partner_finds_what_is_shared_with_them_in_cases_of_their_own() {
    let world = World::new().await;
    let Both { globex, ada, gil, case, .. } = both(&world).await;
    let ours = gil.case("Our own wave").await;
    for value in ["desk@acme.example", "hidden@acme.example"] {
        gil.notes(&ours, "targets", value).await;
    }
    let shared = ada.notes(&case, "targets", "desk@acme.example").await;
    ada.notes(&case, "targets", "hidden@acme.example").await;
    let same =
        async |who: &Person| who.get(format!("{case}/same-targets")).await.ok()["items"].clone();
    assert_eq!(same(&gil).await, json!([]), "nothing is shared yet");

    ada.put(format!("{shared}/shares/{}", globex.id), &json!({})).await.ok();

    let found = same(&gil).await;
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found[0]["value"], "desk@acme.example");
    assert_eq!(found[0]["cases"][0]["id"], ours.id.as_str(), "{found}");
    assert_eq!(same(&ada).await, json!([]), "what Globex has is not Acme's to know");
}
