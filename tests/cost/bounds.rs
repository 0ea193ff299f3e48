//! What must hold whatever lies in the table.

use serde_json::{Value, json};
use wire::{Actor, World, text};

use crate::ledger::{Cost, cost};
use crate::scene::{Scene, by_mail, id, let_in, share};
use crate::stock;

/// Reads a case.
async fn check(world: &World, who: &Actor, case: &str, status: u16) -> Cost {
    // The first time, it is remembered that they opened it.
    let _ = who.get(case).await.is(status);
    cost(world, who, async |who| drop(who.get(case).await.is(status))).await
}

/// Whether as much is put into the table as takes a while.
fn is_long() -> bool {
    std::env::var_os("CASEMENT_LONG").is_some()
}

/// A case that never was.
const NEVER: &str = "/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Two rounds and at most so many read units.
#[track_caller]
fn is_a_check(cost: &Cost, most: f64) {
    assert_eq!((cost.rounds, cost.writes), (2, 0), "{cost:?}");
    assert!(cost.read <= most, "{} read units: {cost:?}", cost.read);
}

#[tokio::test]
async fn a_check_is_two_rounds_however_many_share_the_case() {
    let scene = Scene::new().await;
    let case = scene.case().await;
    let gus = scene.outsider("gus");
    let group = scene.world.group(&scene.ben, &[&gus]).await;
    let _ = share(&scene.ben, &case, &format!("group:{group}")).await;
    let _ = share(&scene.ada, &case, &by_mail(&scene.ben)).await;
    is_a_check(&check(&scene.world, &scene.admin, &case, 200).await, 8.0);
    is_a_check(&check(&scene.world, &gus, &case, 200).await, 12.0);

    // Beyond what round one reads, it is the same however many there are: a unit for each 4 KB of
    // the facts that it reads, two for each row of the caller's that is read by key. Asked for the
    // comments, since the case itself also says how it stands towards every org that it is shared
    // with, which is read after the check.
    let comments = format!("{case}/comments");
    for (from, many, own, through_group) in
        [(2, 10, 10.0, 14.0), (10, 100, 15.0, 24.0), (100, 1_000, 15.0, 24.0)]
    {
        stock::grants(&scene.world, id(&case), many - from);
        is_a_check(&check(&scene.world, &scene.admin, &comments, 200).await, own);
        is_a_check(&check(&scene.world, &gus, &comments, 200).await, through_group);
    }
}

#[tokio::test]
async fn a_case_that_is_not_there_costs_what_a_hidden_one_does() {
    let scene = Scene::new().await;
    let case = scene.case().await;
    let eve = scene.outsider("eve");
    for of_case in ["", "/comments", "/shares", "/history"] {
        let (hidden, never) = (format!("{case}{of_case}"), format!("{NEVER}{of_case}"));
        let hidden = check(&scene.world, &eve, &hidden, 404).await;
        let never = check(&scene.world, &eve, &never, 404).await;
        assert_eq!(hidden, never, "{of_case}");
    }
    let hidden = check(&scene.world, &eve, &format!("{case}/comments"), 404).await;
    // The last unit is for the page of comments.
    is_a_check(&hidden, 9.0);
    let seen = check(&scene.world, &scene.ben, &format!("{case}/comments"), 200).await;
    assert_eq!(seen.requests, hidden.requests);
}

#[tokio::test]
async fn a_share_with_somebody_known_is_two_rounds_and_one_transaction() {
    let scene = Scene::new().await;
    let mut costs = Vec::new();
    for description in [String::new(), "A long story. ".repeat(1_000)] {
        let body = json!({ "org": "acme", "title": "Phishing", "description": description });
        let made = scene.ada.send("POST", "/cases", body).await.is(201);
        let case = format!("/cases/{}", text(&made, "id"));
        let ben = by_mail(&scene.ben);
        let shared =
            cost(&scene.world, &scene.ada, async |ada| drop(share(ada, &case, &ben).await)).await;
        assert_eq!((shared.reading_rounds(), shared.writes), (2, 1), "{shared:?}");
        assert!(shared.write <= 12.0, "{} write units: {shared:?}", shared.write);
        costs.push(shared.write);
    }
    assert_eq!(format!("{:?}", costs[0]), format!("{:?}", costs[1]));
}

#[tokio::test]
async fn a_share_with_25_people_is_one_transaction() {
    let scene = Scene::new().await;
    let mut people = Vec::new();
    for number in 0..25 {
        let name = format!("colleague{number}");
        let member = scene.world.member(&scene.admin, "acme", &name, "normal", "analyst").await;
        people.push(by_mail(&member));
    }
    let case = scene.case().await;
    let shared = cost(&scene.world, &scene.ada, async |ada| {
        let body = json!({ "recipients": people, "role": "viewer" });
        let _ = ada.send("POST", &format!("{case}/shares"), body).await.is(201);
    })
    .await;
    assert_eq!((shared.reading_rounds(), shared.writes), (2, 1), "{shared:?}");
}

#[tokio::test]
async fn a_share_with_ten_thousand_costs_what_one_with_a_few_does() {
    let scene = Scene::new().await;
    let gus = scene.outsider("gus");
    let group = scene.world.group(&scene.ada, &[&gus]).await;
    let to = format!("group:{group}");
    let mut costs = Vec::new();
    for many in [0, if is_long() { 10_000 } else { 500 }] {
        stock::members(&scene.world, &group, gus.person().user(), many);
        let case = scene.case().await;
        costs.push(
            cost(&scene.world, &scene.ada, async |ada| drop(share(ada, &case, &to).await)).await,
        );
    }
    assert_eq!(costs[0], costs[1]);
    let case = scene.case().await;
    let ben = by_mail(&scene.ben);
    let person = cost(&scene.world, &scene.ada, async |ada| drop(share(ada, &case, &ben).await));
    let person = person.await;
    // The rest is the job that tells the members.
    assert!(costs[1].write <= person.write + 2.0, "{costs:?} {person:?}");
    assert!(costs[1].read <= person.read, "{costs:?} {person:?}");
    assert_eq!((costs[1].reading_rounds(), costs[1].writes), (2, 1));
}

#[tokio::test]
async fn a_page_of_cases_costs_the_same_among_many() {
    let scene = Scene::new().await;
    let case = scene.case().await;
    let gus = scene.outsider("gus");
    for _ in 0..3 {
        let group = scene.world.group(&scene.ada, &[&gus]).await;
        let _ = share(&scene.ada, &case, &format!("group:{group}")).await;
    }
    let mut costs: Vec<Cost> = Vec::new();
    let sizes = [(1, 100), (100, 1_000), (1_000, 10_000)];
    for (from, many) in sizes.into_iter().take(if is_long() { 3 } else { 2 }) {
        stock::cases(&scene.world, id(&case), many - from);
        let page = cost(&scene.world, &gus, async |gus| {
            let page = gus.get("/cases?limit=25").await.is(200);
            assert_eq!(page["items"].as_array().map(Vec::len), Some(25));
        })
        .await;
        assert!(page.rounds <= 4, "{page:?}");
        costs.push(page);
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

#[tokio::test]
async fn what_ends_or_marks_something_is_two_rounds_and_one_write() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let case = scene.case().await;
    let open = json!({ "access": "external-all" });
    let _ = scene.admin.send("PUT", &format!("{case}/access"), open).await.is(200);
    let comment = ada.send("POST", &format!("{case}/comments"), json!({ "text": "Seen" })).await;
    let comment = format!("{case}/comments/{}/external", text(&comment.is(201), "id"));
    let file = json!({ "name": "a.txt", "size": 1 });
    let file = ada.send("POST", &format!("{case}/attachments"), file).await.is(201);
    let file = text(&Value::Object(file["attachment"].as_object().unwrap().clone()), "id");
    let sort = format!("I#documents#{file}");
    stock::set(world, &format!("CASE#{}", id(&case)), &sort, "state", &json!({ "S": "ready" }));
    let file = format!("{case}/attachments/{file}/external");

    let (eve, gus) = (scene.outsider("eve"), scene.outsider("gus"));
    let of_eve = let_in(ada, &case, &eve).await;
    let_in(ada, &case, &gus).await;
    let revoke = format!("{case}/shares/{of_eve}");
    let disconnect = format!("{case}/disconnect");
    for (who, method, path, status) in [
        (ada, "PUT", &comment, 200),
        (ada, "DELETE", &comment, 204),
        (ada, "PUT", &file, 200),
        (ada, "DELETE", &file, 204),
        (ada, "DELETE", &revoke, 204),
        (&gus, "POST", &disconnect, 204),
    ] {
        let counted = cost(world, who, async |who| {
            let _ = who.send(method, path, json!({})).await.is(status);
        })
        .await;
        let rounds = (counted.reading_rounds(), counted.writes);
        assert_eq!(rounds, (2, 1), "{method} {path}: {counted:?}");
    }
}

#[tokio::test]
async fn accepting_reads_the_invitation_and_is_then_two_rounds_and_one_write() {
    let scene = Scene::new().await;
    let case = scene.case().await;
    let eve = scene.outsider("eve");
    let _ = share(&scene.ada, &case, &by_mail(&eve)).await;
    let waiting = eve.get("/invitations").await.is(200);
    let path =
        format!("/invitations/{}/accept", stock::first(&waiting, "items")["id"].as_str().unwrap());
    let accepted = cost(&scene.world, &eve, async |eve| {
        drop(eve.send("POST", &path, json!({})).await.is(200));
    })
    .await;
    // The invitation says which case it is, so it is read before the check.
    assert_eq!(accepted.requests[0], "1 GetItem");
    assert_eq!((accepted.reading_rounds(), accepted.writes), (3, 1), "{accepted:?}");
}
