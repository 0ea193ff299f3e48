//! A kill loses nothing that was acknowledged, and the log says nothing that it must not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::dsl::{Case, Person, World};

/// What one worker was told has been done.
#[derive(Default)]
struct Done {
    cases: Vec<Case>,
    shared: Vec<(Case, String)>,
    said: Vec<(Case, String)>,
    revoked: Vec<(Case, String)>,
    /// Keys of requests whose answer never came.
    open: Vec<(String, String)>,
}

/// Makes cases, shares them, comments and revokes until the host is gone.
async fn work(ada: Person, stop: Arc<AtomicBool>) -> Done {
    let mut done = Done::default();
    while !stop.load(Ordering::SeqCst) {
        let key = ada.world().unique("key");
        let title = format!("Case of {key}");
        let body = json!({ "org": ada.home(), "title": title });
        let Some(made) = ada.post("/cases", &body).key(&key).try_send().await else {
            done.open.push((key, title));
            break;
        };
        let case = Case::of(&made.is(201));
        done.cases.push(case.clone());
        let gus = ada.world().person("gus");
        let body = json!({ "recipients": [gus.by_mail()], "role": "viewer" });
        let Some(shared) = ada.post(format!("{case}/shares"), &body).try_send().await else {
            break;
        };
        let id = shared.is(201).json["items"][0]["id"].as_str().unwrap().to_owned();
        if done.cases.len().is_multiple_of(3) {
            let path = format!("{case}/shares/{id}");
            let Some(gone) = ada.delete(&path).try_send().await else { break };
            gone.is(204);
            done.revoked.push((case.clone(), gus.address().to_owned()));
        } else {
            done.shared.push((case.clone(), gus.address().to_owned()));
        }
        let body = json!({ "text": format!("Comment on {title}") });
        let Some(said) = ada.post(format!("{case}/comments"), &body).try_send().await else {
            break;
        };
        said.is(201);
        done.said.push((case, title));
    }
    done
}

// Promise 2, Promise 3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let Some(world) = World::on_own_host("kill", &[]).await else { return };
    let acme = world.org("acme").await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut workers = Vec::new();
    let mut people = Vec::new();
    for _ in 0..3 {
        let ada = acme.member("ada", "analyst").await;
        workers.push(tokio::spawn(work(ada.clone(), Arc::clone(&stop))));
        people.push(ada);
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    world.host().kill();
    stop.store(true, Ordering::SeqCst);
    let mut done = Vec::new();
    for worker in workers {
        done.push(worker.await.unwrap());
    }

    let restarted = world.clone();
    tokio::task::spawn_blocking(move || restarted.host().restart()).await.unwrap();

    assert!(done.iter().any(|one| !one.shared.is_empty()), "there was work to lose");
    for (ada, done) in people.iter().zip(&done) {
        for case in &done.cases {
            assert!(ada.sees(case).await && ada.lists(case, "").await);
        }
        for (case, address) in &done.shared {
            let shares = ada.shares(case).await;
            assert_eq!(shares.len(), 1, "{shares:?}");
            assert_eq!(shares[0]["email"], address.as_str());
            let mail = world.mail_to(address).await;
            let gus = world.person_at("gus", address);
            gus.accept_token(&mail.token()).await.is(200);
            let kinds = ada.remembers(case).await;
            assert_eq!(kinds.iter().filter(|kind| *kind == "case_shared").count(), 1, "{kinds:?}");
        }
        for (case, _) in &done.revoked {
            assert!(ada.shares(case).await.is_empty());
            assert!(ada.remembers(case).await.contains(&"share_revoked".to_owned()));
        }
        for (case, title) in &done.said {
            assert_eq!(ada.reads(case).await, [format!("Comment on {title}")]);
        }
        // What was not answered happened whole or not at all; asked again, it has happened once.
        for (key, title) in &done.open {
            let body = json!({ "org": ada.home(), "title": title });
            ada.post("/cases", &body).key(key).await.is(201);
            let found = ada.post("/cases/search", &json!({ "text": title })).await.ok();
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        }
    }
}

// Promise 4
#[tokio::test]
async fn nothing_secret_or_personal_is_in_the_log() {
    let Some(world) = World::on_own_host("log", &[]).await else { return };
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Unusual words").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);
    let token = world.mail_to(gus.address()).await.token();
    gus.accept_token(&token).await.is(200);
    let file = ada.attaches(&case, "unusual-name.txt", b"bytes").await;
    let link = gus.link(&file).await.ok()["url"].as_str().unwrap().to_owned();
    world.follow(&link).await.is(200);
    ada.comments(&case, "Unusual comment").await;
    ada.finds(&case, "Unusual").await;
    ada.post("/cases", &json!({ "org": "x", "titel": "Unusual" })).await.is(400);
    gus.accept_token(&token).await.hidden();
    world.settle().await;

    let log = world.host().log();

    let signature = link.split("X-Amz-Signature=").nth(1).unwrap().split('&').next().unwrap();
    let secret = token.split('.').nth(1).unwrap();
    let jwt = gus.token().await;
    for (what, text) in [
        ("an address", gus.address()),
        ("a domain of somebody", gus.address().split('@').nth(1).unwrap()),
        ("a title", "Unusual"),
        ("a file name", "unusual-name"),
        ("an invitation's token", secret),
        ("an access token", jwt.split('.').nth(2).unwrap()),
        ("a link's signature", signature),
    ] {
        assert!(!log.contains(text), "{what} is in the log:\n{log}");
    }
}
