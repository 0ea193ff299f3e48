//! Sharing with people: give, change, replace.

use serde_json::json;

use crate::dsl::{Case, World};

// B1
#[tokio::test]
async fn colleagues_are_shared_with_in_one_action_and_need_not_accept() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let cyd = acme.member("cyd", "read-only").await;
    let case = ada.case("Phishing wave").await;

    let shared = ada.share(&case, [bob.by_mail(), cyd.by_mail()], "editor").await.is(201).json;

    for share in shared["items"].as_array().unwrap() {
        assert_eq!(share["state"], "active", "{share}");
        assert_eq!(share["role"], "editor", "{share}");
    }
    for person in [&bob, &cyd] {
        person.patch(case.to_string(), &json!({ "severity": "high" })).await.ok();
        let mail = world.letter_to(person.address()).await;
        assert!(mail.says("ada"), "the mail says who shares: {}", mail.text);
    }
}

// B1, B10
#[tokio::test]
async fn where_everyone_must_accept_a_colleague_does_too() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    acme.set(json!({ "acceptance": "everyone" })).await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;

    let share = ada.share(&case, [bob.by_mail()], "editor").await.is(201).json["items"][0].clone();

    assert_eq!(share["state"], "pending");
    bob.patch(case.to_string(), &json!({ "severity": "high" })).await.forbidden();
    bob.accept(&share["invitation"]).await.ok();
    bob.patch(case.to_string(), &json!({ "severity": "high" })).await.ok();
}

// B2, B5
#[tokio::test]
async fn a_guest_gets_what_is_given_and_nothing_else() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let given = ada.case("Given").await;
    let other = ada.case("Other").await;

    ada.lets_in(&given, &gus, "viewer").await;

    assert!(gus.sees(&given).await);
    assert!(!gus.sees(&other).await);
    let listed = gus.all("/cases").await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["id"], given.id.as_str());
}

// B5, Edge: a share below the recipient's own role
#[tokio::test]
async fn a_share_never_takes_anything_from_whom_it_is_given_to() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;

    let shared = ada.share(&case, [bob.by_mail()], "viewer").await.is(201).json;

    let share = &shared["items"][0];
    assert_eq!(share["role"], "viewer");
    assert_eq!(share["effective"]["rights"]["levels"]["comments"], "write", "{share}");
    bob.patch(case.to_string(), &json!({ "title": "Phishing" })).await.ok();
    bob.post(format!("{case}/close"), &json!({})).await.ok();
    assert!(
        ada.shares(&case).await[0]["effective"].is_null(),
        "only the answer to a change has it"
    );
}

// B5
#[tokio::test]
async fn an_answer_says_nothing_of_effect_where_it_is_what_was_given() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;

    let shared = ada.share(&case, [bob.by_mail()], "editor").await.is(201).json;

    assert!(shared["items"][0]["effective"].is_null(), "{shared}");
}

// B9, Edge: sharing twice
#[tokio::test]
async fn sharing_twice_is_refused_by_name_and_adds_nobody() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);

    let again = ada.share(&case, [hal.by_mail(), gus.by_mail()], "editor").await;

    again.refused(409, "already_shared").at("/recipients/1");
    let shares = ada.shares(&case).await;
    assert_eq!(shares.len(), 1, "{shares:?}");
    assert_eq!(shares[0]["role"], "viewer");
}

// Edge: sharing twice
#[tokio::test]
async fn somebody_who_is_in_by_id_cannot_be_added_by_address() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [bob.by_id().await], "viewer").await.is(201);
    ada.lets_in(&case, &gus, "viewer").await;

    for person in [bob, gus] {
        let again = ada.share(&case, [person.by_mail()], "viewer").await;
        again.refused(409, "already_shared").at("/recipients/0");
    }
}

// Edge: with oneself
#[tokio::test]
async fn nobody_shares_with_themselves() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;

    for me in
        [ada.by_id().await, ada.by_mail(), ada.by_mail().to_uppercase().replace("EMAIL", "email")]
    {
        ada.share(&case, [me], "viewer").await.refused(422, "with_oneself").at("/recipients/0");
    }
}

// Bad input
#[tokio::test]
async fn the_same_person_twice_in_a_request_is_refused_however_they_are_named() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let case = ada.case("Phishing wave").await;
    let (id, mail) = (bob.by_id().await, bob.by_mail());
    let shouted = format!("email:{}", bob.address().to_uppercase());

    for twice in [
        [mail.clone(), mail.clone()],
        [mail.clone(), shouted],
        [id.clone(), mail],
        [id.clone(), id],
    ] {
        ada.share(&case, twice, "viewer").await.refused(422, "same_recipient").at("/recipients/1");
    }
    assert!(ada.shares(&case).await.is_empty());
}

// B9
#[tokio::test]
async fn put_sets_the_whole_list() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (stays, goes, comes) = (world.person("stays"), world.person("goes"), world.person("comes"));
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &stays, "viewer").await;
    ada.lets_in(&case, &goes, "viewer").await;

    let list = json!({ "shares": [
        { "recipient": stays.by_id().await, "role": "editor" },
        { "recipient": comes.by_mail(), "role": "viewer" },
    ] });
    let put = ada.put(format!("{case}/shares"), &list).await.is(200).json;

    assert_eq!(
        (&put["added"], &put["changed"], &put["removed"]),
        (&json!(1), &json!(1), &json!(1))
    );
    stays.patch(case.to_string(), &json!({ "title": "Phishing" })).await.ok();
    assert!(!goes.sees(&case).await);
    comes.accepts().await;
    assert!(comes.sees(&case).await);
    assert_eq!(ada.shares(&case).await.len(), 2);
}

// B9
#[tokio::test]
async fn putting_the_same_list_again_changes_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;

    // Accepted shares may be named by the address, too: the list does not depend on it.
    let list = json!({ "shares": [{ "recipient": gus.by_mail(), "role": "viewer" }] });
    let put = ada.put(format!("{case}/shares"), &list).await.is(200).json;

    assert_eq!(
        (&put["added"], &put["changed"], &put["removed"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert!(gus.sees(&case).await);
}

// B9
#[tokio::test]
async fn putting_an_empty_list_ends_every_share() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;

    ada.put(format!("{case}/shares"), &json!({ "shares": [] })).await.is(200);

    assert!(ada.shares(&case).await.is_empty());
    assert!(!gus.sees(&case).await);
}

// B9, Edge: two PUTs at once
#[tokio::test]
async fn of_two_puts_at_once_that_name_a_version_one_wins() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    let etag = ada.get(format!("{case}/shares")).await.etag();
    let list = |who: String| json!({ "shares": [{ "recipient": who, "role": "viewer" }] });
    let path = format!("{case}/shares");

    let (one, other) = tokio::join!(
        ada.put(&path, &list(gus.by_mail())).if_match(&etag).into_future(),
        bob.put(&path, &list(hal.by_mail())).if_match(&etag).into_future(),
    );

    let (first, second) = if one.status == 200 { (one, other) } else { (other, one) };
    first.is(200);
    second.refused(412, "version_moved");
    assert_eq!(ada.shares(&case).await.len(), 1);
}

// B9, Edge: two PUTs at once
#[tokio::test]
async fn two_puts_at_once_leave_one_of_the_lists_never_a_mixture() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    let list = |who: String| json!({ "shares": [{ "recipient": who, "role": "viewer" }] });
    let path = format!("{case}/shares");

    let (one, other) = tokio::join!(
        ada.put(&path, &list(gus.by_mail())).into_future(),
        bob.put(&path, &list(hal.by_mail())).into_future(),
    );

    one.is(200);
    other.is(200);
    assert_eq!(ada.shares(&case).await.len(), 1);
}

// S3
#[tokio::test]
async fn a_share_is_adjusted_at_any_time_also_while_pending() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.share(&case, [gus.by_mail()], "viewer").await.is(201).json["items"][0].clone();
    let path = format!("{case}/shares/{}", share["id"].as_str().unwrap());

    let pending = ada.patch(&path, &json!({ "role": "editor" })).await.is(200).json;
    assert_eq!((&pending["role"], &pending["state"]), (&json!("editor"), &json!("pending")));
    gus.accept(&share["invitation"]).await.ok();
    gus.patch(case.to_string(), &json!({ "title": "Phishing" })).await.ok();

    ada.patch(&path, &json!({ "role": "viewer" })).await.is(200);
    gus.patch(case.to_string(), &json!({ "title": "Gone" })).await.forbidden();
    assert_eq!(ada.get(case.to_string()).await.ok()["title"], "Phishing");
}

// S2
#[tokio::test]
async fn the_share_list_says_who_and_shows_the_address_while_that_is_all_there_is() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;
    ada.share(&case, [hal.by_mail()], "viewer").await.is(201);
    let group = ada.group("Friends").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);

    let shares = ada.shares(&case).await;

    let of = |kind: &str| shares.iter().find(|share| share["kind"] == kind).unwrap();
    assert_eq!(of("user")["name"], "gus");
    assert_eq!(of("user")["email"], gus.address());
    assert_eq!(of("user")["state"], "active");
    assert!(of("email")["name"].is_null());
    assert_eq!(of("email")["email"], hal.address());
    assert_eq!(of("email")["state"], "pending");
    assert_eq!(of("group")["name"], "Friends");
    assert_eq!(of("group")["state"], "active");
    assert!(of("group")["invitation"].is_null());
    assert_eq!(of("user")["granted_by"]["name"], "ada");
}

// S2
#[tokio::test]
async fn recipients_see_their_own_row_and_nobody_elses() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;
    let hals = ada.lets_in(&case, &hal, "viewer").await;

    let own = gus.shares(&case).await;

    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["recipient"], gus.by_id().await.as_str());
    let others = gus.get(format!("{case}/shares/{hals}")).await.hidden();
    let never = gus.get(format!("{case}/shares/saaaaaaaaaaaaaaaaaaaaaaaaaa")).await.hidden();
    assert_eq!(others.bytes, never.bytes);
    assert_eq!(bob.shares(&case).await.len(), 2, "a colleague of the owner org sees all rows");
}

// S7
#[tokio::test]
async fn accepting_changes_a_shares_id_and_the_old_one_still_finds_it() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;

    let old = ada.lets_in(&case, &gus, "viewer").await;

    let now = ada.shares(&case).await[0].clone();
    assert_ne!(now["id"], old.as_str());
    let found = ada.get(format!("{case}/shares/{old}")).await.is(200).json;
    assert_eq!(found["id"], now["id"]);
    ada.patch(format!("{case}/shares/{old}"), &json!({ "role": "editor" })).await.is(200);
    ada.delete(format!("{case}/shares/{old}")).await.is(204);
    assert!(!gus.sees(&case).await);
}

// B1, B2
#[tokio::test]
async fn sharing_comes_with_the_creation_and_all_is_checked_before_anything_is_written() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let gus = world.person("gus");
    let with = |to: Vec<String>| {
        json!({
            "title": "Shared from the start",
            "share": [
                { "recipients": [bob.by_mail()], "role": "editor" },
                { "recipients": to, "sections": { "comments": "write" } },
            ],
        })
    };

    let refused = ada.creates(with(vec![ada.by_mail()])).await;
    refused.refused(422, "with_oneself").at("/share/1/recipients/0");
    let refused = ada.creates(with(vec![bob.by_id().await])).await;
    refused.refused(422, "same_recipient").at("/share/1/recipients/0");
    assert!(ada.all("/cases").await.is_empty(), "nothing was made");

    let made = ada.creates(with(vec![gus.by_mail()])).await.is(201);
    assert_eq!(made.json["shares"].as_array().unwrap().len(), 2);
    let case = Case::of(&made);
    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.ok();
    gus.accepts().await;
    gus.comments(&case, "Thanks").await;
}

// B4
#[tokio::test]
async fn only_who_may_share_shares() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let eve = world.person("eve");
    let case = ada.case("Phishing wave").await;
    let share = ada.lets_in(&case, &gus, "editor-close").await;
    let path = format!("{case}/shares/{share}");

    for person in [&bob, &gus] {
        person.share(&case, [hal.by_mail()], "viewer").await.forbidden();
        person.put(format!("{case}/shares"), &json!({ "shares": [] })).await.forbidden();
        person.patch(&path, &json!({ "role": "editor" })).await.forbidden();
        person.delete(&path).await.forbidden();
        person
            .post(format!("{case}/shares/revoke"), &json!({ "shares": [share] }))
            .await
            .forbidden();
    }
    eve.share(&case, [hal.by_mail()], "viewer").await.hidden();
}

// B4
#[tokio::test]
async fn a_profile_is_given_as_it_is_when_it_is_asked_for() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let profiles = format!("/orgs/{}/profiles", acme.id);
    let profile = |level: &str| {
        json!({
            "org_rights": [],
            "rights": { "levels": { "details": "read", "comments": level }, "flags": ["close", "share"] },
        })
    };
    let mut new = profile("read");
    new["name"] = json!("partner");
    new["type"] = json!("organisation");
    acme.admin.post(&profiles, &new).await.is(201);
    let case = ada.case("Phishing wave").await;
    let body = json!({ "recipients": [gus.by_mail()], "profile": format!("{}/partner", acme.id) });
    let share = ada.post(format!("{case}/shares"), &body).await.is(201).json["items"][0].clone();
    gus.accept(&share["invitation"]).await.ok();
    gus.post(format!("{case}/comments"), &json!({ "text": "May I?" })).await.forbidden();
    gus.share(&case, [world.person("hal").by_mail()], "viewer").await.forbidden();

    acme.admin.put(format!("{profiles}/partner"), &profile("write")).await.ok();

    gus.comments(&case, "I may").await;
    gus.get(format!("{case}/attachments")).await.hidden();
}

// B9
#[tokio::test]
async fn more_than_ninety_changed_rows_are_refused_and_nothing_is_written() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let shares = |count: usize| -> Vec<_> {
        let one = |_| json!({ "recipient": world.person("g").by_mail(), "role": "viewer" });
        (0..count).map(one).collect()
    };
    let path = format!("{case}/shares");
    ada.put(&path, &json!({ "shares": shares(91) })).await.refused(400, "invalid").at("/shares");
    // Somebody who is invited is a share, an invitation and a guest to be: three rows.
    ada.put(&path, &json!({ "shares": shares(25) })).await.is(200);

    let other = bob.put(&path, &json!({ "shares": shares(31) })).await;

    other.refused(422, "too_many_changes");
    assert_eq!(ada.shares(&case).await.len(), 25);
}
