//! Attachments: names, types, downloads.

use serde_json::json;

use crate::dsl::{World, sha256};

/// The smallest PNG that has all parts.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

// P4, S5
#[tokio::test]
async fn an_attachment_is_uploaded_listed_downloaded_and_deleted() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let bytes = b"From: mallory@example.net\r\n";

    let file = ada.attaches(&case, "mail.eml", bytes).await;

    let seen = ada.get(&file).await.ok();
    assert_eq!(seen["name"], "mail.eml");
    assert_eq!(seen["size"], bytes.len());
    assert_eq!(seen["sha256"], sha256(bytes));
    assert_eq!((&seen["section"], &seen["state"]), (&json!("documents"), &json!("ready")));
    assert_eq!(ada.files(&case).await, ["mail.eml"]);
    let got = ada.downloads(&file).await.is(200);
    assert_eq!(got.bytes, bytes);
    assert_eq!(got.header("content-type"), "application/octet-stream");
    assert!(got.header("content-disposition").starts_with("attachment"), "{got}");
    ada.delete(&file).await.is(204);
    ada.get(&file).await.hidden();
    assert!(ada.files(&case).await.is_empty());
}

// P4
#[tokio::test]
async fn file_names_in_any_script_are_shown_and_downloaded_as_given() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    for name in [
        "Überweisung (1).pdf",
        "отчёт.docx",
        "報告書.txt",
        "تقرير.pdf",
        "a \"quoted\" name.txt",
        "semi;colon, comma.txt",
        "100%.txt",
        "👩‍🔬.bin",
        "+plus & minus.txt",
        "it's.txt",
        ".hidden",
        "  spaced  .txt",
    ] {
        let file = ada.attaches(&case, name, b"bytes").await;

        assert_eq!(ada.get(&file).await.ok()["name"], name);
        let link = ada.link(&file).await.ok();
        assert_eq!(link["name"], name);
        let got = world.follow(link["url"].as_str().unwrap()).await.is(200);
        let disposition = got.header("content-disposition").to_owned();
        assert_eq!(downloaded_name(&disposition).as_deref(), Some(name), "{disposition}");
        ada.delete(&file).await.is(204);
    }
}

/// The name under which a browser saves. Source: RFC 6266 and RFC 8187.
fn downloaded_name(disposition: &str) -> Option<String> {
    if let Some((_, rest)) = disposition.split_once("filename*=UTF-8''") {
        let coded = rest.split(';').next()?.trim();
        let mut bytes = Vec::new();
        let mut left = coded.as_bytes();
        while let [first, rest @ ..] = left {
            if *first == b'%' {
                bytes.push(u8::from_str_radix(std::str::from_utf8(rest.get(..2)?).ok()?, 16).ok()?);
                left = &rest[2..];
            } else {
                bytes.push(*first);
                left = rest;
            }
        }
        return String::from_utf8(bytes).ok();
    }
    let (_, rest) = disposition.split_once("filename=\"")?;
    Some(rest.strip_suffix('"')?.replace("\\\"", "\""))
}

// Bad input, P4
#[tokio::test]
async fn a_content_type_that_lies_is_kept_beside_what_the_bytes_are() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let body = json!({ "name": "page.html", "size": PNG.len(), "content_type": "text/html" });

    let answer = ada.post(format!("{case}/attachments"), &body).await.is(201);
    let ticket = crate::dsl::Ticket::of(&world, &case, &answer);
    let file = ada.uploads(&ticket, PNG).await;

    let seen = ada.get(&file).await.ok();
    assert_eq!(seen["declared_type"], "text/html");
    assert_eq!(seen["sniffed_type"], "image/png");
    let got = ada.downloads(&file).await;
    assert_eq!(
        got.header("content-type"),
        "application/octet-stream",
        "never as what it claims to be"
    );
}

// Bad input
#[tokio::test]
async fn names_with_paths_and_odd_sizes_are_refused_by_field() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/attachments");
    let long = "x".repeat(256);
    for name in [
        "../../etc/passwd",
        "a/b.txt",
        "a\\b.txt",
        "..",
        ".",
        "",
        "   ",
        "a\nb.txt",
        "a\0.txt",
        "exe.\u{202e}fdp",
        long.as_str(),
    ] {
        let body = json!({ "name": name, "size": 3 });
        ada.post(&path, &body).await.refused(400, "invalid").at("/name");
    }
    for size in [json!(0), json!(-1), json!(1.5), json!("3"), json!(null)] {
        let body = json!({ "name": "a.txt", "size": size });
        ada.post(&path, &body).await.refused(400, "invalid").at("/size");
    }
    for sha in ["", "abc", &"g".repeat(64), &"a".repeat(63)] {
        let body = json!({ "name": "a.txt", "size": 3, "sha256": sha });
        ada.post(&path, &body).await.refused(400, "invalid").at("/sha256");
    }
    for section in ["comments", "details", "tasks", "nowhere"] {
        let body = json!({ "name": "a.txt", "size": 3, "section": section });
        ada.post(&path, &body).await.refused(400, "invalid").at("/section");
    }
    for declared in ["", "text", "text/html\r\nx-amz-acl: public-read", &"a/".repeat(200)] {
        let body = json!({ "name": "a.txt", "size": 3, "content_type": declared });
        ada.post(&path, &body).await.refused(400, "invalid").at("/content_type");
    }
    assert!(ada.files(&case).await.is_empty());
}

// P4
#[tokio::test]
async fn each_org_says_how_large_a_file_may_be() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/attachments");
    let file = |size: u64| json!({ "name": "a.bin", "size": size });
    ada.post(&path, &file(100 * 1024 * 1024)).await.is(201);
    ada.post(&path, &file(100 * 1024 * 1024 + 1)).await.refused(422, "file_too_large").at("/size");

    acme.set(json!({ "max_attachment_bytes": 10 })).await;

    ada.post(&path, &file(11)).await.refused(422, "file_too_large").at("/size");
    ada.post(&path, &file(10)).await.is(201);
}

// P4, S5
#[tokio::test]
async fn what_is_not_ready_is_its_makers_business() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;

    let ticket = ada.ticket(&case, "late.txt", b"bytes").await;

    assert_eq!(ada.get(&ticket.path).await.ok()["state"], "uploading");
    ada.link(&ticket.path).await.refused(409, "not_ready");
    assert!(bob.files(&case).await.is_empty());
    bob.get(&ticket.path).await.hidden();
    bob.link(&ticket.path).await.hidden();
}

// B4, B11
#[tokio::test]
async fn readers_download_and_it_is_recorded() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let file = ada.attaches(&case, "plan.txt", b"bytes").await;
    ada.lets_in(&case, &gus, "viewer").await;

    assert_eq!(gus.downloads(&file).await.is(200).bytes, b"bytes");

    gus.delete(&file).await.forbidden();
    gus.announces(&case, "mine.txt", b"bytes").await.forbidden();
    let events = ada.all(format!("{case}/history")).await;
    let download = events.iter().find(|event| event["kind"] == "attachment_downloaded").unwrap();
    assert_eq!(download["actor"]["name"], "gus");
}
