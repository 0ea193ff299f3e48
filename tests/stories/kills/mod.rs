//! The host is killed at random moments under a load of every mutating operation, and loses nothing
//! that it has acknowledged.
//!
//! Ten times in `cargo test`; as often as `CASEMENT_KILLS` says by hand.

mod cast;
mod chapters;
mod facts;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::LocalSet;

use crate::dsl::{World, number_named};
use worker::Worker;

/// How many clients there are.
const CLIENTS: usize = 8;

/// Operations that change something by method, and nothing in the table.
const ONLY_READ: [&str; 4] =
    ["preview_invitation", "search_cases", "search_links", "search_members"];

// Promise 2, Promise 3
#[tokio::test]
async fn killed_at_any_moment_the_host_loses_and_doubles_nothing() {
    LocalSet::new().run_until(kills()).await;
}

async fn kills() {
    let Some(world) = World::on_own_host("kills", &["--scan", "eicar"]).await else { return };
    let kills = number_named("CASEMENT_KILLS").unwrap_or(10);
    let (to_clients, back) = watch::channel(0);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let worker = Worker::new(&world, number, back.clone());
            tokio::task::spawn_local(worker.works(Arc::clone(&stop)))
        })
        .collect();

    for times in 1..=kills {
        // From the moment at which it is back, to about as long as a client needs for a few steps.
        tokio::time::sleep(Duration::from_millis(random() % 800)).await;
        let host = world.clone();
        let again = tokio::task::spawn_blocking(move || {
            host.host().kill();
            host.host().restart();
        });
        again.await.expect("the host starts again");
        to_clients.send_replace(times);
        if clients.iter().any(tokio::task::JoinHandle::is_finished) {
            break;
        }
    }
    stop.store(true, Ordering::SeqCst);

    let mut done = BTreeSet::new();
    let mut lost = 0;
    for client in clients {
        let told = client.await.expect("no client has seen anything amiss");
        done.extend(told.done);
        lost += told.lost;
    }
    let told = format!("{kills} kills, {lost} requests asked again, {} operations", done.len());
    assert!(kills / 2 <= lost, "few requests were under way when the host died: {told}");
    let all = operations();
    let idle: BTreeSet<_> = all.values().filter(|name| !done.contains(*name)).collect();
    assert!(idle.iter().copied().eq(&ONLY_READ), "not tried: {idle:?}");
    drop(writeln!(std::io::stderr(), "{told}"));
}

/// A number that nobody can foresee.
fn random() -> u64 {
    use std::hash::BuildHasher;
    std::collections::hash_map::RandomState::new().hash_one("kill")
}

/// The operations that may change something, by method and path, from the API's own description.
fn operations() -> BTreeMap<(String, String), String> {
    let text = include_str!("../../../docs/openapi.json");
    let api: Value = serde_json::from_str(text).expect("the description is JSON");
    let paths = api["paths"].as_object().expect("it has paths");
    let methods = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("a path has methods");
        methods.iter().filter(|(method, _)| *method != "get").map(|(method, operation)| {
            let name = operation["operationId"].as_str().expect("an operation has a name");
            ((method.to_uppercase(), path.clone()), name.to_owned())
        })
    });
    methods.collect()
}

/// The name of the operation that a request is of.
fn operation(method: &str, path: &str) -> String {
    let fits = |pattern: &str| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern.zip(path).all(|(one, other)| one.starts_with('{') || one == other)
    };
    let all = operations();
    // A word in its place goes before a parameter: `/cases/search` is no case.
    let found = all.iter().filter(|((of, pattern), _)| of == method && fits(pattern));
    let found = found.min_by_key(|((_, pattern), _)| pattern.matches('{').count());
    found.unwrap_or_else(|| panic!("{method} {path} is no operation")).1.clone()
}
