//! Invitations: mailed, previewed, accepted, declined, sent again, expired.

use serde_json::json;

use crate::dsl::{Case, Person, World, tampered};

/// Ada of a new org shares a new case with Gus, who is nobody yet.
async fn invited(world: &World) -> (Person, Case, Person) {
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);
    (ada, case, gus)
}

// B2, B3, B6, B7, S6, S7
#[tokio::test]
async fn an_outsider_gets_a_mail_signs_up_accepts_and_lands_on_the_case() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let share = ada.share(&case, [gus.by_mail()], "viewer").await.is(201).json["items"][0].clone();
    assert_eq!((&share["state"], &share["kind"]), (&json!("pending"), &json!("email")));
    assert_eq!(share["invitation"]["state"], "invited");
    let guest = |members: &[serde_json::Value]| {
        members.iter().find(|member| member["email"] == gus.address()).cloned()
    };
    let before = guest(&acme.admin.all(acme.members()).await).expect("an invited guest");
    assert_eq!((&before["kind"], &before["status"]), (&json!("guest"), &json!("invited")));

    let token = world.mail_to(gus.address()).await.token();
    let preview = world.post("/invitations/preview", &json!({ "token": token })).await.is(200).json;
    assert_eq!(preview["to"], "share");
    assert_eq!(preview["inviter"], "ada");
    assert_eq!(preview["org"]["id"], acme.id.as_str());
    assert!(preview["address_hint"].as_str().unwrap().starts_with("g…@"), "{preview}");
    assert!(!gus.sees(&case).await, "a preview gives nothing");

    let accepted = gus.accept_token(&token).await.is(200).json;

    assert_eq!(accepted["case"], case.id.as_str());
    assert!(accepted["open"].as_str().is_some_and(|url| url.contains(&case.id)), "{accepted}");
    assert!(gus.sees(&case).await);
    assert!(gus.lists(&case, "filter=shared").await, "the case appears in the recipient's list");
    let after = guest(&acme.admin.all(acme.members()).await).expect("an active guest");
    assert_eq!((&after["kind"], &after["status"]), (&json!("guest"), &json!("active")));
    assert!(after["profile"].is_null());
    let shares = ada.shares(&case).await;
    assert_eq!((&shares[0]["state"], &shares[0]["kind"]), (&json!("active"), &json!("user")));
}

// B7, S7
#[tokio::test]
async fn an_invitation_names_the_case_only_where_its_tlp_lets_it_out() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    for (tlp, is_named) in [
        ("clear", true),
        ("green", true),
        ("amber", false),
        ("amber+strict", false),
        ("red", false),
    ] {
        let gus = world.person("gus");
        let case = ada.case_with(json!({ "title": "Phishing wave", "tlp": tlp })).await;
        ada.share(&case, [gus.by_mail()], "viewer").await.is(201);
        let token = world.mail_to(gus.address()).await.token();

        let preview =
            world.post("/invitations/preview", &json!({ "token": token })).await.is(200).json;

        assert_eq!(preview["case"]["title"] == "Phishing wave", is_named, "{tlp}: {preview}");
        assert_eq!(preview.to_string().contains("Phishing"), is_named, "{tlp}: {preview}");
        let listed = gus.invitations().await[0].clone();
        assert_eq!(listed.to_string().contains("Phishing"), is_named, "{tlp}: {listed}");
    }
}

// S6
#[tokio::test]
async fn an_invitation_is_accepted_from_the_notice_in_the_app_too() {
    let world = World::new().await;
    let gus = world.person("gus");
    // They have been somewhere before, so that it is known whose address this is.
    let (ada, _, _) = invited(&world).await;
    world.org("zeta").await.join(&gus, "normal", "read-only").await;
    let case = ada.case("Another wave").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);

    let notice = gus.notice("invited").await;
    assert_eq!(notice["may"], json!(["accept", "decline"]), "{notice}");
    let id = notice["invitation"].as_str().unwrap();
    gus.post(format!("/invitations/{id}/accept"), &json!({})).await.is(200);

    assert!(gus.sees(&case).await);
    assert!(gus.invitations().await.is_empty());
    let notice = gus.notice("invited").await;
    assert_eq!(notice["may"], json!([]), "what is done is not offered again: {notice}");
}

// S6, S7
#[tokio::test]
async fn a_pending_share_gives_nothing() {
    let world = World::new().await;
    let (_, case, gus) = invited(&world).await;

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    gus.get(format!("{case}/comments")).await.hidden();
    gus.get(format!("{case}/shares")).await.hidden();
}

// S7, Edge: token used twice
#[tokio::test]
async fn a_token_is_used_once() {
    let world = World::new().await;
    let (_, _, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    gus.accept_token(&token).await.is(200);

    let again = gus.accept_token(&token).await.hidden();

    assert_eq!(again.bytes, gus.accept_token(&tampered(&token)).await.hidden().bytes);
    world.post("/invitations/preview", &json!({ "token": token })).await.hidden();
}

// S7, Edge: token used by two at once
#[tokio::test]
async fn of_two_who_use_a_token_at_once_one_is_let_in() {
    let story = "of_two_who_use_a_token_at_once_one_is_let_in";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let (ada, case, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    // Another account with the same verified address.
    let other = gus.token_with(json!({ "sub": world.unique("other") })).await;
    let body = json!({ "token": token });

    let (one, two) = tokio::join!(
        gus.accept_token(&token).into_future(),
        world.post("/invitations/accept", &body).with_token(&other).into_future(),
    );

    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{one}\n{two}");
    assert!((400..500).contains(&statuses[1]), "{one}\n{two}");
    assert_eq!(ada.shares(&case).await.len(), 1);
}

// Edge: token of an older generation, B10
#[tokio::test]
async fn sending_again_kills_the_old_link() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;
    let old = world.mail_to(gus.address()).await.token();
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();

    let sent = ada.post(format!("{case}/shares/{share}/resend"), &json!({})).await.is(200).json;

    assert_eq!(sent["invitation"]["state"], "invited", "{sent}");
    let new = world.nth_mail_to(gus.address(), 2).await.token();
    assert_ne!(old, new);
    let stale = gus.accept_token(&old).await.hidden();
    assert_eq!(stale.bytes, gus.accept_token(&tampered(&old)).await.hidden().bytes);
    gus.accept_token(&new).await.is(200);
    assert!(gus.sees(&case).await);
}

// B10
#[tokio::test]
async fn only_what_is_pending_is_sent_again() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;
    gus.accepts().await;
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();

    let sent = ada.post(format!("{case}/shares/{share}/resend"), &json!({})).await;

    sent.refused(409, "not_pending");
}

// Edge: token with another address
#[tokio::test]
async fn a_token_is_good_for_the_invited_address_only() {
    let world = World::new().await;
    let (_, case, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    let eve = world.person("eve");

    eve.accept_token(&token).await.refused(403, "another_address");

    assert!(!eve.sees(&case).await);
    let id = gus.invitations().await[0]["id"].as_str().unwrap().to_owned();
    eve.post(format!("/invitations/{id}/accept"), &json!({})).await.hidden();
    eve.post("/invitations/decline", &json!({ "token": token }))
        .await
        .refused(403, "another_address");
    gus.accept_token(&token).await.is(200);
}

// Edge: token with the same address in other case
#[tokio::test]
async fn the_case_of_an_address_does_not_matter() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let shouted = format!("email:{}", gus.address().to_uppercase());
    let share = ada.share(&case, [shouted], "viewer").await.is(201).json["items"][0].clone();
    assert_eq!(share["email"], gus.address());
    let token = world.mail_to(gus.address()).await.token();

    let mixed = world.person_at("gus", &gus.address().replacen("gus@", "Gus@", 1));
    mixed.accept_token(&token).await.is(200);

    assert!(mixed.sees(&case).await);
}

// Edge: token with an unverified address
#[tokio::test]
async fn an_address_that_is_not_verified_accepts_nothing() {
    let world = World::new().await;
    let (_, case, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    let id = gus.invitations().await[0]["id"].as_str().unwrap().to_owned();
    let unverified = gus.token_with(json!({ "email_verified": false })).await;
    let as_unverified =
        |path: &str, body: &serde_json::Value| world.post(path, body).with_token(&unverified);

    let accepted = as_unverified("/invitations/accept", &json!({ "token": token })).await;
    accepted.refused(403, "address_not_verified");
    let in_app = as_unverified(&format!("/invitations/{id}/accept"), &json!({})).await;
    assert!(matches!(in_app.status, 403 | 404), "{in_app}");
    let listed = world.ask(reqwest::Method::GET, "/invitations").with_token(&unverified).await;
    assert_eq!(listed.ok()["items"], json!([]));
    assert!(!gus.sees(&case).await);
}

// B10, Edge: token expired
#[tokio::test]
async fn an_invitation_expires_after_five_days_and_says_so() {
    let Some(world) = World::with_clock("an_invitation_expires").await else { return };
    let (ada, case, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    world.pass(5 * 86_400 - 60).await;
    world.post("/invitations/preview", &json!({ "token": token })).await.is(200);

    world.pass(120).await;

    let preview = world.post("/invitations/preview", &json!({ "token": token })).await;
    preview.refused(409, "invitation_expired");
    gus.accept_token(&token).await.refused(409, "invitation_expired");
    assert!(!gus.sees(&case).await);
    let share = ada.shares(&case).await[0].clone();
    assert_eq!(
        (&share["state"], &share["invitation"]["state"]),
        (&json!("expired"), &json!("expired"))
    );

    let path = format!("{case}/shares/{}/resend", share["id"].as_str().unwrap());
    ada.post(path, &json!({})).await.is(200);
    gus.accept_token(&token).await.hidden();
    let new = world.nth_mail_to(gus.address(), 2).await.token();
    gus.accept_token(&new).await.is(200);
}

// B10, P7
#[tokio::test]
async fn each_org_says_for_how_long_its_invitations_are_good() {
    let Some(world) = World::with_clock("each_org_says_for_how_long").await else { return };
    let acme = world.org("acme").await;
    acme.set(json!({ "invitation_days": 1, "external_invitation_hours": 48 })).await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, eve) = (world.person("gus"), world.person("eve"));
    let case = ada.case("Phishing wave").await;
    let share = ada.share(&case, [gus.by_mail()], "viewer").await.is(201).json["items"][0].clone();
    let member = acme.invites(&eve, "external", "external-reader").await;

    world.pass(25 * 3600).await;

    gus.accept(&share["invitation"]).await.refused(409, "invitation_expired");
    eve.accept(&member["invitation"]).await.is(200);
}

// P7
#[tokio::test]
async fn an_external_users_invitation_is_good_for_a_day() {
    let Some(world) = World::with_clock("an_external_users_invitation").await else { return };
    let acme = world.org("acme").await;
    let (eve, eva) = (world.person("eve"), world.person("eva"));
    let first = acme.invites(&eve, "external", "external-reader").await;
    let second = acme.invites(&eva, "external", "external-reader").await;
    world.pass(23 * 3600).await;
    eve.accept(&first["invitation"]).await.is(200);

    world.pass(2 * 3600).await;

    eva.accept(&second["invitation"]).await.refused(409, "invitation_expired");
    let again = format!("{}/{}/resend", acme.members(), second["id"].as_str().unwrap());
    acme.admin.post(again, &json!({})).await.is(200);
    eva.accepts().await;
}

// B10, Edge: decline then invite again
#[tokio::test]
async fn who_declined_can_be_invited_again() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();

    gus.post("/invitations/decline", &json!({ "token": token })).await.is(204);

    let share = ada.shares(&case).await[0].clone();
    assert_eq!(
        (&share["state"], &share["invitation"]["state"]),
        (&json!("declined"), &json!("declined"))
    );
    ada.notice("declined").await;
    gus.accept_token(&token).await.hidden();
    assert!(gus.invitations().await.is_empty());
    let path = format!("{case}/shares/{}/resend", share["id"].as_str().unwrap());
    ada.post(path, &json!({ "message": "Please have a look" })).await.is(200);
    let mail = world.nth_mail_to(gus.address(), 2).await;
    assert!(mail.text.contains("Please have a look"));
    gus.accept_token(&mail.token()).await.is(200);
    assert!(gus.sees(&case).await);
}

// S6, Edge: decline then invite again
#[tokio::test]
async fn an_invitation_is_declined_in_the_app() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;
    let id = gus.invitations().await[0]["id"].as_str().unwrap().to_owned();

    gus.post(format!("/invitations/{id}/decline"), &json!({})).await.is(204);

    assert_eq!(ada.shares(&case).await[0]["state"], "declined");
    gus.post(format!("/invitations/{id}/accept"), &json!({})).await.hidden();
    let share = ada.shares(&case).await[0]["id"].as_str().unwrap().to_owned();
    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    ada.lets_in(&case, &gus, "viewer").await;
    assert!(gus.sees(&case).await);
}

// S7
#[tokio::test]
async fn the_sharer_is_told_of_acceptance() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;

    gus.accepts().await;

    let notice = ada.notice("accepted").await;
    assert_eq!(notice["case"], case.id.as_str(), "{notice}");
    assert!(notice["text"].as_str().unwrap().contains("gus"), "{notice}");
}

// Bad input, Promise 4
#[tokio::test]
async fn wrong_cut_and_unknown_tokens_are_one_answer() {
    let world = World::new().await;
    let (_, _, gus) = invited(&world).await;
    let token = world.mail_to(gus.address()).await.token();
    let (id, mac) = token.split_once('.').expect("an id and a code");
    let never = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let preview =
        async |token: &str| world.post("/invitations/preview", &json!({ "token": token })).await;

    let unknown = preview(&format!("{never}.{mac}")).await.hidden();
    for wrong in [
        tampered(&token),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        format!("{id}."),
        id.to_owned(),
    ] {
        let answer = preview(&wrong).await;
        // A token cut short is either malformed or unknown, never half good.
        if answer.status != 400 {
            assert_eq!(answer.hidden().bytes, unknown.bytes, "{wrong}");
        }
        let accepted = gus.accept_token(&wrong).await;
        assert!(matches!(accepted.status, 400 | 404), "{accepted}");
    }
    gus.accept_token(&token).await.is(200);
}

// B1, B3
#[tokio::test]
async fn a_guest_who_is_in_is_shared_with_at_once() {
    let world = World::new().await;
    let (ada, case, gus) = invited(&world).await;
    gus.accepts().await;
    let second = ada.case("Second").await;

    let share =
        ada.share(&second, [gus.by_mail()], "viewer").await.is(201).json["items"][0].clone();

    assert_eq!((&share["state"], &share["kind"]), (&json!("active"), &json!("user")));
    assert!(gus.sees(&second).await);
    assert!(gus.sees(&case).await);
    assert_eq!(gus.me().await["orgs"].as_array().unwrap().len(), 1);
}
