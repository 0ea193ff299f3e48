//! Bad input: every refusal is a problem that names the field, and nothing is half written.

use serde_json::{Value, json};

use crate::dsl::World;

/// Texts that a field of up to `most` characters does not take.
fn bad_texts(most: usize) -> Vec<(Value, &'static str)> {
    vec![
        (json!(null), "null"),
        (json!(7), "a number"),
        (json!(true), "a truth"),
        (json!(["a"]), "a list"),
        (json!({ "a": 1 }), "an object"),
        (json!("x".repeat(most + 1)), "too long"),
        (json!("a\u{0}b"), "a zero"),
        (json!("a\u{7}b"), "a bell"),
        (json!("a\u{1b}[31mb"), "an escape"),
        (json!("a\u{202e}b"), "a bidi override"),
        (json!("a\u{2066}b"), "a bidi isolate"),
    ]
}

// Bad input
#[tokio::test]
async fn texts_are_bounded_and_hide_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let empty = [(json!(""), "empty"), (json!(" \u{a0}\n "), "blank")];
    let lines = [(json!("a\nb"), "a line break"), (json!("a\u{2028}b"), "a line separator")];
    // Route, body without the field, field, longest, may it be empty, may it have lines.
    for (path, rest, field, most, may_be_empty, may_have_lines) in [
        ("/cases".to_owned(), json!({ "org": ada.home() }), "title", 200, false, false),
        (
            "/cases".to_owned(),
            json!({ "org": ada.home(), "title": "A" }),
            "description",
            20_000,
            true,
            true,
        ),
        (
            "/cases".to_owned(),
            json!({ "org": ada.home(), "title": "A" }),
            "reference",
            200,
            false,
            false,
        ),
        (format!("{case}/comments"), json!({}), "text", 20_000, false, true),
        ("/groups".to_owned(), json!({}), "name", 100, false, false),
        (
            format!("{case}/shares"),
            json!({ "recipients": ["email:a@b.example"], "role": "viewer" }),
            "message",
            1_000,
            false,
            true,
        ),
    ] {
        let mut texts = bad_texts(most);
        if !may_be_empty {
            texts.extend(empty.clone());
        }
        if !may_have_lines {
            texts.extend(lines.clone());
        }
        for (text, what) in texts {
            let optional = matches!(field, "description" | "reference" | "message");
            if text.is_null() && optional {
                continue; // It may say nothing.
            }
            let mut body = rest.clone();
            body[field] = text;
            let answer = ada.post(&path, &body).await;
            assert_eq!(answer.status, 400, "{field}, {what}: {answer}");
            answer.refused(400, "invalid").at(&format!("/{field}"));
        }
    }
    assert!(ada.shares(&case).await.is_empty());
    assert!(ada.reads(&case).await.is_empty());
    assert!(ada.all("/groups").await.is_empty());
    assert_eq!(ada.all("/cases").await.len(), 1);
}

// Bad input
#[tokio::test]
async fn texts_in_any_script_are_kept_as_given() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    for text in [
        "Größe",
        "Отчёт",
        "報告書",
        "تقرير عن الحادث",
        "👩‍🔬🏴‍☠️",
        "<script>alert(1)</script>",
        "a'b\"c\\d",
        "{{7*7}}",
        "%00%0a",
    ] {
        let case =
            ada.case_with(json!({ "title": text, "description": text, "tags": [text] })).await;
        let seen = ada.get(case.to_string()).await.ok();
        assert_eq!((&seen["title"], &seen["description"]), (&json!(text), &json!(text)));
        ada.comments(&case, text).await;
        assert_eq!(ada.reads(&case).await, [text]);
    }
}

// Bad input
#[tokio::test]
async fn a_case_is_refused_by_the_field_that_is_wrong() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let many_tags: Vec<_> = (0..51).map(|number| format!("tag {number}")).collect();
    let long_tag = "x".repeat(65);
    for (change, pointer) in [
        (json!({ "severity": "worst" }), "/severity"),
        (json!({ "severity": 3 }), "/severity"),
        (json!({ "tlp": "AMBER" }), "/tlp"),
        (json!({ "tlp": "white" }), "/tlp"),
        (json!({ "tags": "phishing" }), "/tags"),
        (json!({ "tags": ["a", ""] }), "/tags/1"),
        (json!({ "tags": [long_tag] }), "/tags/0"),
        (json!({ "tags": many_tags }), "/tags"),
        (json!({ "access": "public" }), "/access"),
        (json!({ "org": "Acme!" }), "/org"),
        (json!({ "users": ["bob"] }), "/users/0"),
        (json!({ "assignees": ["user:1"] }), "/assignees/0"),
        (json!({ "share": {} }), "/share"),
        (json!({ "share": [{ "recipients": [], "role": "viewer" }] }), "/share/0/recipients"),
    ] {
        let mut body = json!({ "org": ada.home(), "title": "A" });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        ada.post("/cases", &body).await.refused(400, "invalid").at(pointer);
    }
    for name in ["number", "id", "status", "creator", "version", "created_at", "owner"] {
        let body = json!({ "org": ada.home(), "title": "A", name: "x" });
        ada.post("/cases", &body).await.refused(400, "invalid");
    }
    ada.post("/cases", &json!({ "org": ada.home() })).await.refused(400, "invalid");
    ada.post("/cases", &json!({ "org": world.unique("no-such"), "title": "A" })).await.hidden();
    assert!(ada.all("/cases").await.is_empty());
}

// Bad input
#[tokio::test]
async fn recipients_are_1_to_25_and_each_is_one() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let path = format!("{case}/shares");
    let share = |recipients: Value| json!({ "recipients": recipients, "role": "viewer" });
    let many: Vec<_> = (0..26).map(|_| world.person("x").by_mail()).collect();

    ada.post(&path, &share(json!([]))).await.refused(400, "invalid").at("/recipients");
    ada.post(&path, &share(json!(many))).await.refused(400, "invalid").at("/recipients");
    ada.post(&path, &json!({ "role": "viewer" })).await.refused(400, "invalid");
    for wrong in [
        json!("x@y.example"),
        json!("email:"),
        json!("email:x"),
        json!("email:x@localhost"),
        json!("email:Ada <ada@example.com>"),
        json!("email:a b@example.com"),
        json!("email:ä@example.com"),
        json!("email:a@example.com\n"),
        json!("email:a@exa\u{202e}mple.com"),
        json!("email:a@@b.example"),
        json!("email:a@[127.0.0.1]"),
        json!("email:a@b..example"),
        json!(format!("email:{}@b.example", "x".repeat(250))),
        json!("user:ada"),
        json!("user:"),
        json!("user:MFRGGZDFMZTWQ2LKNNWG23TPOB"),
        json!("group:1"),
        json!("unit:x"),
        json!("Email:a@b.example"),
        json!(7),
        json!(null),
        json!({ "email": "a@b.example" }),
    ] {
        let good = world.person("g").by_mail();
        let answer = ada.post(&path, &share(json!([good, wrong]))).await;
        assert_eq!(answer.status, 400, "{wrong}: {answer}");
        answer.refused(400, "invalid").at("/recipients/1");
    }
    let nobody = format!("user:{}", "a".repeat(26));
    ada.share(&case, [nobody], "viewer")
        .await
        .refused(422, "unknown_recipient")
        .at("/recipients/0");
    assert!(ada.shares(&case).await.is_empty());
}

// Bad input
#[tokio::test]
async fn times_are_times() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    for time in [
        json!("tomorrow"),
        json!(""),
        json!("2030-01-01"),
        json!("2030-13-01T00:00:00Z"),
        json!(1_900_000_000),
        json!("2030-01-01T00:00:00"),
        json!("99999-01-01T00:00:00Z"),
        json!(true),
    ] {
        let body = json!({ "recipients": [world.person("g").by_mail()], "role": "viewer", "expires_at": time });
        let answer = ada.post(format!("{case}/shares"), &body).await;
        assert_eq!(answer.status, 400, "{time}: {answer}");
        answer.refused(400, "invalid").at("/expires_at");
    }
    assert!(ada.shares(&case).await.is_empty());
}

// Bad input
#[tokio::test]
async fn what_admins_send_is_refused_by_field() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let org = format!("/orgs/{}", acme.id);
    let admin = &acme.admin;
    for (settings, pointer) in [
        (json!({ "invitation_days": 0 }), "/settings/invitation_days"),
        (json!({ "invitation_days": 91 }), "/settings/invitation_days"),
        (json!({ "invitation_days": 300 }), "/settings/invitation_days"),
        (json!({ "external_invitation_hours": 0 }), "/settings/external_invitation_hours"),
        (json!({ "external_invitation_hours": 721 }), "/settings/external_invitation_hours"),
        (json!({ "max_attachment_bytes": 0 }), "/settings/max_attachment_bytes"),
        (json!({ "max_attachment_bytes": 5_368_709_121_u64 }), "/settings/max_attachment_bytes"),
        (json!({ "guests": "maybe" }), "/settings/guests"),
        (json!({ "acceptance": "nobody" }), "/settings/acceptance"),
        (json!({ "guest_domains_allowed": ["*"] }), "/settings/guest_domains_allowed/0"),
        (json!({ "guest_domains_denied": ["a@b.example"] }), "/settings/guest_domains_denied/0"),
        (json!({ "edit_only_if_involved": "yes" }), "/settings/edit_only_if_involved"),
    ] {
        let answer = admin.patch(&org, &json!({ "settings": settings })).await;
        assert_eq!(answer.status, 400, "{settings}: {answer}");
        answer.refused(400, "invalid").at(pointer);
    }
    admin.patch(&org, &json!({ "settings": { "guest": "allow" } })).await.refused(400, "invalid");
    let member = |change: Value| {
        let mut body = json!({ "email": "x@y.example", "kind": "normal", "profile": "analyst" });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (change, pointer) in [
        (json!({ "email": "x" }), "/email"),
        (json!({ "kind": "admin" }), "/kind"),
        (json!({ "profile": "No Slug" }), "/profile"),
        (json!({ "name": "a\u{202e}b" }), "/name"),
    ] {
        admin.post(acme.members(), &member(change)).await.refused(400, "invalid").at(pointer);
    }
    let unknown = admin.post(acme.members(), &member(json!({ "profile": "no-such" }))).await;
    unknown.refused(422, "unknown_profile").at("/profile");
    for (body, pointer) in [
        (json!({ "id": "Acme", "name": "A", "admin": "a@b.example" }), "/id"),
        (json!({ "id": "", "name": "A", "admin": "a@b.example" }), "/id"),
        (json!({ "id": "x".repeat(65), "name": "A", "admin": "a@b.example" }), "/id"),
        (json!({ "id": "acme", "name": "", "admin": "a@b.example" }), "/name"),
        (json!({ "id": "acme", "name": "A", "admin": "a" }), "/admin"),
    ] {
        world.operator().post("/orgs", &body).await.refused(400, "invalid").at(pointer);
    }
    let members = admin.all(acme.members()).await;
    assert_eq!(members.len(), 1, "{members:?}");
}

// Bad input
#[tokio::test]
async fn nothing_is_half_written_when_one_of_many_is_wrong() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;
    let before = ada.shares(&case).await;
    let version = ada.get(format!("{case}/shares")).await.etag();
    let wrong = format!("user:{}", "a".repeat(26));

    let list = json!({ "shares": [
        { "recipient": hal.by_mail(), "role": "viewer" },
        { "recipient": wrong, "role": "viewer" },
    ] });
    let put = ada.put(format!("{case}/shares"), &list).await;
    put.refused(422, "unknown_recipient").at("/shares/1/recipient");
    let shared = ada.share(&case, [hal.by_mail(), wrong], "viewer").await;
    shared.refused(422, "unknown_recipient").at("/recipients/1");

    assert_eq!(ada.shares(&case).await, before);
    assert_eq!(ada.get(format!("{case}/shares")).await.etag(), version);
    assert!(hal.invitations().await.is_empty());
    assert!(world.all_mail_to(hal.address()).await.is_empty());
}
