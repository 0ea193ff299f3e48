//! Whatever goes wrong between the service and DynamoDB: no half state, no duplicate, no wrong
//! refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use serde_json::json;
use wire::faults::{Operation, looks, operations};
use wire::pairs::Stage;
use wire::{Actor, Engine, Person, Reply, Sent, Wire};

/// Lets each fault pass once at each request of `operation` that is `meant`.
async fn survives(stage: &Stage, operation: &Operation, meant: fn(&Sent) -> bool) {
    // A read leaves nothing behind.
    let looks = if operation.method == "GET" { Vec::new() } else { looks(stage) };
    let judge = (&Person::new("admin-acme"), &looks[..looks.len().min(2)]);

    let survived = operation.survive(&stage.world, judge, 1, meant).await;

    assert!(survived.runs > 4, "{survived:?}");
    assert!(survived.wrong.is_empty(), "{}", survived.wrong.join("\n"));
}

/// A case that is read, at every request. The long run has the other operations, and faults that
/// last.
#[tokio::test]
async fn a_fault_that_passes_is_not_seen() {
    let (stage, operations) = operations().await;
    let read = operations.iter().find(|one| one.method == "GET").unwrap();
    survives(&stage, read, |_| true).await;
}

/// A case that is shared, at the transaction.
#[tokio::test]
async fn a_fault_of_a_write_leaves_all_or_nothing() {
    let (stage, operations) = operations().await;
    let share = operations.iter().find(|one| one.method == "POST").unwrap();
    survives(&stage, share, Sent::writes).await;
}

/// The first try is carried out and its answer lost; the second meets the first, still running.
#[tokio::test]
async fn a_try_that_meets_its_own_first_try_waits_for_it() {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let tries = Arc::new(AtomicUsize::new(0));
    let hand = {
        let tries = Arc::clone(&tries);
        move |sent: Sent, engine: Engine| -> BoxFuture<'static, Reply> {
            let nth = if sent.writes() { tries.fetch_add(1, Ordering::SeqCst) } else { usize::MAX };
            Box::pin(async move {
                if nth == 1 {
                    return Reply::error(400, "TransactionInProgressException");
                }
                let reply = engine.call(&sent.operation, &sent.body);
                if nth == 0 { Reply::Lost } else { reply }
            })
        }
    };
    let ada = Actor::new(&Person::new("ada"), &Wire::new(&stage.world.engine, Arc::new(hand)));
    let body = json!({ "recipients": [format!("user:{}", bob.person().user())], "role": "editor" });

    let made = ada.send("POST", &stage.shares(), body).await;

    assert_eq!(made.status, 201, "{made}");
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    let shares = stage.ada.get(&stage.shares()).await.is(200);
    assert_eq!(shares["items"].as_array().map(Vec::len), Some(1), "{shares}");
}
