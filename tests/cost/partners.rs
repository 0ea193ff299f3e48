//! What must hold for partner orgs, the portal and what concerns many at once.

use serde_json::{Value, json};
use wire::{Actor, Wire, World, open_hand, text};

use crate::ledger::{Cost, cost};
use crate::scene::{Scene, id, share};
use crate::stock;

/// How many there are where there are many: as many as the budget names, if there is time.
fn many() -> usize {
    if std::env::var_os("CASEMENT_LONG").is_some() { 10_000 } else { 600 }
}

async fn counted(world: &World, who: &Actor, method: &str, path: &str, body: Value) -> Cost {
    cost(world, who, async |who| {
        let answer = who.send(method, path, body).await;
        assert!(answer.status < 300, "{method} {path}: {answer}");
    })
    .await
}

/// Two rounds and one write.
#[track_caller]
fn is_one_write(cost: &Cost) {
    assert_eq!((cost.reading_rounds(), cost.writes), (2, 1), "{cost:?}");
}

#[tokio::test]
async fn partners_and_the_portal_are_checked_in_two_rounds() {
    let scene = Scene::new().await;
    let (_, gil) = scene.partner("globex", json!({})).await;
    let eve = scene.world.member(&scene.admin, "acme", "eve", "external", "external-actor").await;
    let case = scene.case().await;
    let _ = share(&scene.ada, &case, "org:globex").await;
    let open = json!({ "access": "external-all" });
    let _ = scene.admin.send("PUT", &format!("{case}/access"), open).await.is(200);
    for (who, section) in [(&gil, "comments"), (&gil, "contact"), (&eve, "comments")] {
        let path = format!("{case}/{section}");
        let check = cost(&scene.world, who, async |who| drop(who.get(&path).await.is(200))).await;
        assert_eq!((check.rounds, check.writes), (2, 0), "{section}: {check:?}");
        // One more is for the page.
        assert!(check.read <= 14.0 + 1.0, "{section}: {} read units: {check:?}", check.read);
    }
}

#[tokio::test]
async fn an_org_is_let_in_and_out_with_one_write_whatever_was_shared_with_it() {
    let scene = Scene::new().await;
    let (_, gil) = scene.partner("globex", json!({})).await;
    let case = scene.case().await;
    let body = json!({ "recipients": ["org:globex"], "role": "viewer" });
    let shares = format!("{case}/shares");
    is_one_write(&counted(&scene.world, &scene.ada, "POST", &shares, body).await);
    let made = scene.ada.get(&shares).await.is(200);
    let share = format!("{shares}/{}", text(&made["items"][0], "id"));
    for _ in 0..30 {
        let task = scene.ada.send("POST", &format!("{case}/tasks"), json!({ "title": "T" })).await;
        let path = format!("{case}/tasks/{}/shares/globex", text(&task.is(201), "id"));
        let _ = scene.ada.send("PUT", &path, json!({})).await.is(200);
    }

    // A page of theirs reads what it shows, however much else there is in the case.
    let page = async || {
        cost(&scene.world, &gil, async |gil| {
            let page = gil.get(&format!("{case}/tasks?limit=25")).await.is(200);
            assert_eq!(page["items"].as_array().map(Vec::len), Some(25));
        })
        .await
    };
    let few = page().await;
    stock::tasks(&scene.world, id(&case), many(), false);
    assert_eq!(few, page().await);

    stock::tasks(&scene.world, id(&case), many(), true);
    is_one_write(&counted(&scene.world, &scene.ada, "DELETE", &share, json!({})).await);
    assert_eq!(gil.get(&case).await.status, 404);
}

#[tokio::test]
async fn what_concerns_many_is_one_write() {
    let scene = Scene::new().await;
    let gus = scene.outsider("gus");
    let case = scene.case().await;
    let mut costs: Vec<[Cost; 3]> = Vec::new();
    for more in [0, many()] {
        let group = scene.world.group(&scene.ada, &[&gus]).await;
        stock::members(&scene.world, &group, gus.person().user(), more);
        stock::cases(&scene.world, id(&case), more);
        let all = format!("/groups/{group}/share-all");
        let role = json!({ "role": "viewer" });
        costs.push([
            counted(&scene.world, &scene.ada, "PUT", &all, role).await,
            counted(&scene.world, &scene.ada, "DELETE", &all, json!({})).await,
            counted(&scene.world, &scene.ada, "DELETE", &format!("/groups/{group}"), json!({}))
                .await,
        ]);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].iter().all(|cost| cost.writes == 1), "{costs:?}");
}

#[tokio::test]
async fn a_case_is_made_and_shared_over_five_links_in_one_transaction() {
    let scene = Scene::new().await;
    for number in 0..5 {
        let terms = json!({ "type": "supervised" });
        let _ = scene.partner(&format!("globex-{number}"), terms).await;
    }
    let body = json!({ "org": "acme", "title": "Phishing wave" });
    let mut case = String::new();
    let made = cost(&scene.world, &scene.ada, async |ada| {
        case = text(&ada.send("POST", "/cases", body).await.is(201), "id");
    })
    .await;
    let together = made.requests.iter().filter(|one| one.ends_with("TransactWriteItems"));
    // The number is counted by itself, so that no two cases have the same one.
    assert_eq!((together.count(), made.writes), (1, 2), "{made:?}");
    let shares = scene.ada.get(&format!("/cases/{case}/shares")).await.is(200);
    assert_eq!(shares["items"].as_array().map(Vec::len), Some(5), "{shares}");
}

#[tokio::test]
async fn a_hundred_cases_are_opened_at_once_and_each_has_its_answer() {
    let scene = Scene::new().await;
    let mut cases = Vec::new();
    for _ in 0..100 {
        cases.push(scene.world.case(&scene.admin, "acme", "Phishing wave").await);
    }
    let wire = Wire::counted(&scene.world.engine, open_hand());
    let admin = Actor::new(scene.admin.person(), &wire);
    let body = json!({ "cases": cases, "access": "external-all" });
    let told = admin.send("POST", "/access", body).await.is(200);
    let told = told["items"].as_array().expect("an answer for each");
    assert_eq!(told.len(), 100);
    assert!(told.iter().all(|one| one["status"] == 200), "{told:?}");
    let journal = wire.journal();
    let writes = journal.entries().iter().filter(|entry| entry.sent.writes()).count();
    assert_eq!(writes, 100, "one transaction each");
    // One after the other they would be four hundred rounds; sixteen are under way at once.
    let rounds = journal.rounds();
    assert!(rounds <= 100, "{rounds} rounds");
}

#[tokio::test]
async fn a_list_is_five_rounds_for_who_is_in_twenty_groups_and_three_orgs() {
    let scene = Scene::new().await;
    let _ = scene.case().await;
    let gus = scene.outsider("gus");
    for number in 0..3 {
        let (admin, _) = scene.partner(&format!("globex-{number}"), json!({})).await;
        let org = format!("globex-{number}");
        let email = gus.person().address();
        let body = json!({ "email": email, "kind": "normal", "profile": "analyst" });
        let _ = admin.send("POST", &format!("/orgs/{org}/members"), body).await.is(201);
        gus.accepts_all().await;
        let case = scene.case().await;
        let _ = share(&scene.ada, &case, &format!("org:{org}")).await;
    }
    for _ in 0..20 {
        stock::forget_limits(&scene.world);
        let group = scene.world.group(&scene.ada, &[&gus]).await;
        let case = scene.case().await;
        let _ = share(&scene.ada, &case, &format!("group:{group}")).await;
    }
    let page = cost(&scene.world, &gus, async |gus| {
        let page = gus.get("/cases?limit=25").await.is(200);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(23), "{page}");
    })
    .await;
    assert!(page.rounds <= 5, "{page:?}");
}
