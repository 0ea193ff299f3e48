//! The org's policy on guests holds on every way of creating a share.

use serde_json::{Value, json};

use crate::dsl::{Answer, Person, World};

/// Shares with one recipient in each of the ways that there are. The refusals, or what was made.
async fn every_way(ada: &Person, recipient: &str) -> Vec<(&'static str, Answer, String)> {
    let case = ada.case("Phishing wave").await;
    let shares = format!("{case}/shares");
    let entry = json!({ "recipient": recipient, "role": "viewer" });
    let at_creation = json!({
        "title": "Other", "share": [{ "recipients": [recipient], "role": "viewer" }],
    });
    vec![
        ("single", ada.share(&case, [recipient], "viewer").await, "/recipients/0".to_owned()),
        ("at creation", ada.creates(at_creation).await, "/share/0/recipients/0".to_owned()),
        (
            "overwrite",
            ada.put(shares, &json!({ "shares": [entry] })).await,
            "/shares/0/recipient".to_owned(),
        ),
    ]
}

async fn refused_everywhere(ada: &Person, recipient: &str) {
    for (way, answer, pointer) in every_way(ada, recipient).await {
        assert_eq!(answer.status, 422, "{way}: {answer}");
        answer.refused(422, "guests_refused").at(&pointer);
    }
}

async fn admitted_everywhere(ada: &Person, recipient: &str) {
    let ways = every_way(ada, recipient).await;
    // The overwrite finds the share that the single way has made.
    let statuses: Vec<_> = ways.iter().map(|(_, answer, _)| answer.status).collect();
    assert_eq!(statuses, [201, 201, 200], "{ways:?}");
}

// B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn an_org_that_refuses_guests_refuses_them_on_every_way() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;

    acme.set(json!({ "guests": "refuse" })).await;

    refused_everywhere(&ada, &world.person("gus").by_mail()).await;
    ada.share(&ada.case("Phishing wave").await, [bob.by_mail()], "viewer").await.is(201);
}

// B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn the_allow_list_means_the_domains_that_it_names() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let domain = format!("{}.example", world.unique("partner"));
    acme.set(json!({ "guest_domains_allowed": [domain, format!("*.wild.{domain}")] })).await;

    admitted_everywhere(&ada, &format!("email:gus@{domain}")).await;
    admitted_everywhere(&ada, &format!("email:hal@mail.wild.{domain}")).await;
    for other in [
        format!("not{domain}"),
        format!("mail.{domain}"),
        format!("wild.{domain}"),
        format!("{domain}.test"),
    ] {
        refused_everywhere(&ada, &format!("email:gus@{other}")).await;
    }
}

// B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn the_deny_list_wins_over_the_allow_list() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let domain = format!("{}.example", world.unique("partner"));
    acme.set(json!({
        "guest_domains_allowed": [domain, format!("*.{domain}")],
        "guest_domains_denied": [format!("bad.{domain}")],
    }))
    .await;

    refused_everywhere(&ada, &format!("email:gus@bad.{domain}")).await;
    admitted_everywhere(&ada, &format!("email:gus@good.{domain}")).await;
}

// B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn somebody_named_by_id_is_measured_by_their_address() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;

    acme.set(json!({ "guests": "refuse" })).await;

    refused_everywhere(&ada, &gus.by_id().await).await;
    refused_everywhere(&ada, &gus.by_mail()).await;
}

// B3
#[tokio::test]
async fn a_policy_that_changes_before_acceptance_is_asked_again() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.share(&case, [gus.by_mail()], "viewer").await.is(201).json["items"][0].clone();

    acme.set(json!({ "guests": "refuse" })).await;

    let accepted = gus.accept(&share["invitation"]).await;
    assert!((400..500).contains(&accepted.status), "{accepted}");
    assert!(!gus.sees(&case).await);
}

/// A time some hours from now, or before it.
fn hours(hours: i64) -> Value {
    #[expect(clippy::disallowed_methods, reason = "the host's clock is this one until it is moved")]
    let now = jiff::Timestamp::now();
    json!((now + jiff::SignedDuration::from_hours(hours)).to_string())
}

// Bad input, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn windows_that_are_over_or_backwards_are_refused_on_every_way() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus").by_mail();
    let case = ada.case("Phishing wave").await;
    for (code, pointer, window) in [
        ("in_the_past", "/expires_at", json!({ "expires_at": hours(-1) })),
        (
            "window_backwards",
            "/expires_at",
            json!({ "valid_from": hours(2), "expires_at": hours(1) }),
        ),
    ] {
        let mut single = json!({ "recipients": [gus], "role": "viewer" });
        let mut entry = json!({ "recipient": gus, "role": "viewer" });
        for (name, value) in window.as_object().unwrap() {
            single[name] = value.clone();
            entry[name] = value.clone();
        }
        let shares = format!("{case}/shares");
        ada.post(&shares, &single).await.refused(422, code).at(pointer);
        let list = json!({ "shares": [entry] });
        ada.put(&shares, &list).await.refused(422, code).at(&format!("/shares/0{pointer}"));
        let created = json!({ "title": "Other", "share": [single] });
        ada.creates(created).await.refused(422, code).at(&format!("/share/0{pointer}"));
    }
    assert!(ada.shares(&case).await.is_empty());
    assert_eq!(ada.all("/cases").await.len(), 1);
}

// B10, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn a_share_begins_and_ends_when_it_says() {
    let Some(world) = World::with_clock("a_share_begins_and_ends").await else { return };
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let now = now(&world).await;
    let after = |hours| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    let body = json!({
        "recipients": [gus.by_mail()], "role": "viewer",
        "valid_from": after(2), "expires_at": after(4),
    });
    let share = ada.post(format!("{case}/shares"), &body).await.is(201).json["items"][0].clone();
    gus.accept(&share["invitation"]).await.is(200);
    let state = async || ada.shares(&case).await[0]["state"].clone();

    assert!(!gus.sees(&case).await && !gus.lists(&case, "").await);
    assert_eq!(state().await, "scheduled");
    world.pass(2 * 3600 + 1).await;
    assert!(gus.sees(&case).await && gus.lists(&case, "").await);
    assert_eq!(state().await, "active");
    world.pass(2 * 3600).await;
    assert!(!gus.sees(&case).await && !gus.lists(&case, "").await);
    assert_eq!(state().await, "ended");
}

// B10, S10
#[tokio::test]
async fn a_group_is_told_when_its_share_begins() {
    let Some(world) = World::with_clock("a_group_is_told_when_its_share_begins").await else {
        return;
    };
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let ben = acme.member("ben", "analyst").await;
    let group = ada.group("Friends").await;
    ada.gathers(&group, &[&ben]).await;
    let case = ada.case("Phishing wave").await;
    let told = async || world.all_mail_to(ben.address()).await.len();
    let before = told().await;

    let begins = now(&world).await + jiff::SignedDuration::from_hours(2);
    let body = json!({
        "recipients": [format!("group:{group}")], "role": "viewer", "valid_from": begins,
    });
    let made = ada.post(format!("{case}/shares"), &body).await.is(201).json;
    let share = format!("{case}/shares/{}", made["items"][0]["id"].as_str().unwrap());
    assert_eq!(told().await, before, "not before it begins");
    // It is put off when they are about to be told.
    let begins = begins + jiff::SignedDuration::from_hours(2);
    ada.patch(share, &json!({ "valid_from": begins })).await.ok();
    world.pass(2 * 3600 + 1).await;
    assert_eq!(told().await, before);
    world.pass(2 * 3600 + 1).await;
    assert!(ben.sees(&case).await);
    assert_eq!(told().await, before + 1);
}

/// The host's time.
async fn now(world: &World) -> jiff::Timestamp {
    let said: Value = serde_json::from_str(&world.page("/_local/clock").await).unwrap();
    said["now"].as_str().unwrap().parse().unwrap()
}
