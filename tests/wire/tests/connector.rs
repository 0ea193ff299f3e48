//! The wire itself: what goes over it is what the service says, and nothing else.

use std::sync::Arc;

use serde_json::json;
use wire::{Actor, Person, Reply, Sent, Wire, World, open_hand};

#[tokio::test]
async fn a_counted_wire_tells_rounds_and_capacity() {
    let world = World::new();
    let admin = world.org("acme").await;
    let ada = world.member(&admin, "acme", "ada", "normal", "analyst").await;
    let case = world.case(&ada, "acme", "Lost laptop").await;
    // The first time, it is remembered that she opened it.
    let _ = ada.get(&format!("/cases/{case}")).await.is(200);
    let ada = Actor::new(&Person::new("ada"), &Wire::counted(&world.engine, open_hand()));

    let shown = ada.get(&format!("/cases/{case}")).await.is(200);

    assert_eq!(shown["title"], "Lost laptop");
    let journal = ada.wire().journal();
    assert_eq!(journal.rounds(), 2, "{:?}", journal.entries());
    let consumed = journal.consumed();
    assert!(consumed.read > 0.0 && consumed.write == 0.0, "{consumed:?}");
    journal.clear();
    let _ = ada.send("PATCH", &format!("/cases/{case}"), json!({ "title": "Found" })).await.is(200);
    assert_eq!(journal.rounds(), 3, "a write is a round of its own");
    assert!(journal.consumed().write > 0.0);
}

#[tokio::test]
async fn a_hand_answers_instead_of_the_engine() {
    let world = World::new();
    let lost = Arc::new(|_: Sent, _| -> futures_util::future::BoxFuture<'static, Reply> {
        Box::pin(async { Reply::Lost })
    });
    let ada = Actor::new(&Person::new("ada"), &Wire::new(&world.engine, lost));

    let answer = ada.get("/cases").await;

    assert_eq!(answer.clone().is(503)["code"], "try_again");
    assert!(answer.headers.contains_key("retry-after"), "{answer}");
    assert!(ada.wire().journal().entries().len() > 1, "the SDK tries again");
}

#[test]
fn a_copy_of_an_engine_is_apart_from_it() {
    let world = World::new();
    let item = json!({ "PK": { "S": "A" }, "SK": { "S": "B" } });
    let put = |body| world.engine.call("PutItem", &body);
    assert!(put(json!({ "TableName": "casement", "Item": item })).is_ok());
    let copy = world.engine.copy();
    let get = json!({ "TableName": "casement", "Key": item });
    let delete = world.engine.call("DeleteItem", &get);

    assert!(delete.is_ok());
    let row = |engine: &wire::Engine| engine.call("GetItem", &get).body();
    assert!(row(&world.engine).is_some_and(|answer| answer.get("Item").is_none()));
    assert!(row(&copy).is_some_and(|answer| answer["Item"] == item));
}
