//! Uploads that are not what was announced.

use serde_json::json;

use crate::dsl::World;

// Bad input, P4
#[tokio::test]
async fn other_bytes_than_announced_are_refused_and_leave_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let ticket = ada.ticket(&case, "plan.txt", b"bytes").await;

    for other in [b"bytez".as_slice(), b"byte", b"bytes and more"] {
        let status = ticket.put(other).await;
        assert!((400..500).contains(&status), "{status}");
    }

    assert_eq!(ada.get(&ticket.path).await.ok()["state"], "uploading");
    assert_eq!(ticket.put(b"bytes").await, 200, "the right bytes are still welcome");
    assert_eq!(ada.awaits(&ticket.path).await["state"], "ready");
    assert_eq!(ada.downloads(&ticket.path).await.bytes, b"bytes");
}

// Bad input, P4
#[tokio::test]
async fn an_upload_is_made_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let ticket = ada.ticket_in(&case, "documents", "plan.txt", b"bytes").await;
    let file = ada.uploads(&ticket, b"bytes").await;

    assert_eq!(ticket.put(b"BYTES").await, 412);
    assert_eq!(ticket.put(b"bytes").await, 412);

    world.settle().await;
    assert_eq!(ada.get(&file).await.ok()["state"], "ready");
    assert_eq!(ada.downloads(&file).await.bytes, b"bytes");
    let added = ada.remembers(&case).await;
    assert_eq!(added.iter().filter(|kind| *kind == "attachment_added").count(), 1, "{added:?}");
}

// Bad input, P4
#[tokio::test]
async fn an_upload_that_comes_too_late_is_refused_and_one_never_made_goes_away() {
    let Some(world) = World::with_clock("an_upload_too_late").await else { return };
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let never = ada.ticket(&case, "never.txt", b"bytes").await;

    world.pass(24 * 3600).await;

    let gone = world
        .wait("the end of the upload", async || {
            let answer = ada.get(&never.path).await;
            (answer.status == 404 || answer.json["state"] == "rejected").then_some(answer)
        })
        .await;
    if gone.status == 200 {
        assert!(gone.json["reason"].is_string(), "it says why: {gone}");
    }
    // The file store may still take the bytes: they count for nothing, and nothing is left of them.
    never.put(b"bytes").await;
    world.settle().await;
    assert_eq!(acme.admin.files(&case).await, [""; 0]);
    let kinds = acme.admin.remembers(&case).await;
    assert!(!kinds.contains(&"attachment_added".to_owned()), "{kinds:?}");
}

// P4, Promise 1
#[tokio::test]
async fn an_upload_counts_only_if_its_maker_may_still_write() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.lets_in(&case, &gus, "editor").await;
    let ticket = gus.ticket(&case, "late.txt", b"bytes").await;

    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    ticket.put(b"bytes").await;

    world.settle().await;
    assert!(ada.files(&case).await.is_empty());
    let kinds = ada.remembers(&case).await;
    assert!(!kinds.contains(&"attachment_added".to_owned()), "{kinds:?}");
}

// P4
#[tokio::test]
async fn a_download_link_without_its_signature_opens_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let file = ada.attaches(&case, "plan.txt", b"bytes").await;
    let link = ada.link(&file).await.ok();
    let url = link["url"].as_str().unwrap();
    let bare = url.split('?').next().unwrap();

    assert_eq!(world.follow(bare).await.status, 403);
    let changed = url.replace("attachment", "inline");
    assert_eq!(world.follow(&changed).await.status, 403);
    assert_eq!(world.follow(url).await.status, 200);
}

/// The EICAR test file, in two parts, so that no scanner takes offence at this source.
pub(crate) const EICAR: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD", "-ANTIVIRUS-TEST-FILE!$H+H*"];

// P4
#[tokio::test]
async fn where_uploads_are_scanned_they_wait_and_what_is_found_is_rejected() {
    let more: &[&str] = &["--scan", "eicar"];
    let Some(world) = World::on_own_host("scan", more).await else { return };
    let acme = world.org("acme").await;
    let (ada, admin) = (acme.member("ada", "analyst").await, &acme.admin);
    let case = ada.case("Phishing wave").await;
    let eicar = EICAR.concat().into_bytes();
    let clean = ada.ticket(&case, "clean.txt", b"bytes").await;
    let infected = ada.ticket(&case, "infected.txt", &eicar).await;

    assert_eq!(clean.put(b"bytes").await, 200);
    let scanning = world
        .wait("the scan", async || {
            let seen = ada.get(&clean.path).await.ok();
            (seen["state"] != "uploading").then_some(seen)
        })
        .await;
    assert_eq!(scanning["state"], "scanning");
    ada.link(&clean.path).await.refused(409, "not_ready");
    assert!(admin.files(&case).await.is_empty());
    assert_eq!(ada.awaits(&clean.path).await["state"], "ready");

    assert_eq!(infected.put(&eicar).await, 200);
    let rejected = ada.awaits(&infected.path).await;
    assert_eq!(rejected["state"], "rejected");
    let reason = rejected["reason"].as_str().unwrap().to_lowercase();
    assert!(reason.contains("eicar"), "it says that it is the stand-in: {reason}");
    ada.link(&infected.path).await.refused(409, "not_ready");
    assert_eq!(admin.files(&case).await, ["clean.txt"]);
    assert!(ada.remembers(&case).await.contains(&"attachment_rejected".to_owned()));
    ada.put(format!("{}/external", infected.path), &json!({})).await;
}
