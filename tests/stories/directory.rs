//! Orgs, members, profiles, and who is locked out.

use serde_json::json;

use crate::dsl::World;

// B3, P7
#[tokio::test]
async fn an_operator_makes_orgs_and_sees_no_case_of_them() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let case = acme.admin.case("Phishing wave").await;
    let operator = world.operator();

    assert!(!operator.sees(&case).await);
    assert!(!operator.lists(&case, "").await);
    let body = json!({ "id": acme.id, "name": "Again", "admin": "a@b.example" });
    operator.post("/orgs", &body).await.refused(409, "already_there");
    let body = json!({ "id": world.unique("zeta"), "name": "Zeta", "admin": "a@b.example" });
    acme.admin.post("/orgs", &body).await.forbidden();
    let me = acme.admin.me().await;
    assert_eq!(
        (&me["orgs"][0]["org"], &me["orgs"][0]["profile"]),
        (&json!(acme.id), &json!("org-admin"))
    );
}

// B3
#[tokio::test]
async fn the_first_admin_is_invited_by_mail() {
    let world = World::new().await;
    let (id, adam) = (world.unique("acme"), world.person("adam"));
    let body = json!({ "id": id, "name": "Acme Ltd", "admin": adam.address() });
    world.operator().post("/orgs", &body).await.is(201);

    let mail = world.mail_to(adam.address()).await;
    assert!(mail.says("Acme Ltd"), "{}", mail.text);
    let accepted = adam.accept_token(&mail.token()).await.is(200).json;

    assert_eq!(accepted["org"], id.as_str());
    assert_eq!(adam.get(format!("/orgs/{id}")).await.ok()["name"], "Acme Ltd");
}

// Edge: locked user, locked org: gone
#[tokio::test]
async fn a_locked_member_is_out_at_once_and_back_when_unlocked() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "analyst").await;
    let case = bob.case("Phishing wave").await;
    let path = acme.member_path(&bob).await;

    acme.admin.patch(&path, &json!({ "status": "locked" })).await.ok();
    assert!(!bob.sees(&case).await, "also what they made");
    assert!(!bob.lists(&case, "").await);
    bob.creates(json!({ "title": "New" })).await.hidden();
    bob.patch(case.to_string(), &json!({ "title": "New" })).await.hidden();
    let shared = acme.admin.share(&case, [bob.by_mail()], "viewer").await;
    shared.refused(422, "recipient_locked").at("/recipients/0");

    acme.admin.patch(&path, &json!({ "status": "active" })).await.ok();
    assert!(bob.sees(&case).await);
}

// Edge: locked user, locked org: gone
#[tokio::test]
async fn a_locked_user_is_out_everywhere_and_back_when_unlocked() {
    let world = World::new().await;
    let (acme, umbrella) = (world.org("acme").await, world.org("umbrella").await);
    let bob = acme.member("bob", "analyst").await;
    let case = bob.case("Phishing wave").await;
    let shared = umbrella.admin.case("Lost laptop").await;
    umbrella.admin.lets_in(&shared, &bob, "editor").await;
    let path = format!("/users/{}", bob.user().await);
    let operator = world.operator();
    for nobody in [&acme.admin, &bob] {
        nobody.post(format!("{path}/lock"), &json!({})).await.forbidden();
    }
    let nobody = operator.post("/users/mfrggzdfmztwq2lknnwg23tpob/lock", &json!({})).await;
    nobody.hidden();

    let locked = operator.post(format!("{path}/lock"), &json!({})).key("lock").await.ok();
    assert_eq!((&locked["locked"], &locked["name"]), (&json!(true), &json!("bob")));
    for case in [&case, &shared] {
        assert!(!bob.sees(case).await && !bob.lists(case, "").await);
        bob.post(format!("{case}/comments"), &json!({ "text": "Hello" })).await.hidden();
    }
    bob.creates(json!({ "title": "New" })).await.hidden();
    assert_eq!(bob.me().await["orgs"], json!([]));
    acme.admin.share(&case, [bob.by_mail()], "viewer").await.is(201);
    assert!(!bob.sees(&case).await, "whatever they are given meanwhile");
    world.settle().await;
    operator.post(format!("{path}/lock"), &json!({})).await.ok();

    operator.post(format!("{path}/unlock"), &json!({})).await.ok();
    assert!(bob.sees(&case).await && bob.sees(&shared).await);
    // Asked again, the first request has no effect, and says how it is now.
    let again = operator.post(format!("{path}/lock"), &json!({})).key("lock").await.ok();
    assert_eq!(again["locked"], false);
    let events = acme.admin.all(format!("/orgs/{}/audit", acme.id)).await;
    let of_bob = |kind: &str| {
        let all = events.iter().filter(|event| event["kind"] == kind);
        all.map(|event| event["what"]["user"].clone()).collect::<Vec<_>>()
    };
    let bob = json!(bob.user().await);
    assert_eq!((of_bob("user_locked"), of_bob("user_unlocked")), (vec![bob.clone()], vec![bob]));
}

// Edge: locked user, locked org: gone
#[tokio::test]
async fn a_locked_org_is_closed_to_everybody_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "analyst").await;
    let eve = acme.external("eve", "external-reader").await;
    let gus = world.person("gus");
    let case = bob.case("Phishing wave").await;
    bob.lets_in(&case, &gus, "viewer").await;
    acme.admin.opens(&case, "external-all", [""; 0]).await.is(200);
    let operator = world.operator();
    acme.admin.post(format!("/orgs/{}/lock", acme.id), &json!({})).await.forbidden();

    operator.post(format!("/orgs/{}/lock", acme.id), &json!({})).await.ok();

    for person in [&bob, &eve, &gus, &acme.admin] {
        assert!(!person.sees(&case).await, "{}", person.name());
        assert!(!person.lists(&case, "").await, "{}", person.name());
        assert!(!person.finds(&case, "Phishing").await, "{}", person.name());
    }
    operator.post(format!("/orgs/{}/unlock", acme.id), &json!({})).await.ok();
    for person in [&bob, &eve, &gus, &acme.admin] {
        assert!(person.sees(&case).await, "{}", person.name());
    }
}

// B3
#[tokio::test]
async fn a_removed_member_loses_everything_of_the_org_also_what_was_shared() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [bob.by_mail()], "editor").await.is(201);

    acme.admin.delete(acme.member_path(&bob).await).await.is(204);

    assert!(!bob.sees(&case).await);
    assert!(!bob.lists(&case, "").await);
    bob.get(acme.members()).await.hidden();
    acme.join(&bob, "normal", "read-only").await;
    assert!(bob.sees(&case).await, "who is invited again is in again");
}

// S2, P7, E2
#[tokio::test]
async fn colleagues_find_each_other_by_any_part_of_name_or_address() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let grace = acme.member("grace", "read-only").await;
    let eve = acme.external("eve", "external-reader").await;
    let sam = world.person("sam");
    let path = format!("{}/search", acme.members());
    let search = async |text: &str| {
        let found = ada.post(&path, &json!({ "text": text })).await.ok();
        let names = found["items"].as_array().unwrap().iter();
        names.map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(search("RAC").await, ["grace"]);
    assert_eq!(search(&grace.address()[3..12]).await, ["grace"]);
    assert!(search("nobody at all").await.is_empty());
    let externals = ada.post(&path, &json!({ "text": "e", "kind": "external" })).await.ok();
    assert_eq!(externals["items"].as_array().unwrap().len(), 1);
    eve.post(&path, &json!({ "text": "a" })).await.forbidden();
    sam.post(&path, &json!({ "text": "a" })).await.hidden();
    let statuses = ada.all(format!("{}?kind=external&status=active", acme.members())).await;
    assert_eq!(statuses.len(), 1);
}

// P7
#[tokio::test]
async fn an_invited_member_is_changed_sent_again_and_cancelled() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = world.person("eve");
    let invited = acme.invites(&eve, "external", "external-reader").await;
    let path = format!("{}/{}", acme.members(), invited["id"].as_str().unwrap());
    let again = json!({ "email": eve.address(), "kind": "external", "profile": "external-reader" });
    let old = world.mail_to(eve.address()).await.token();

    acme.admin.patch(&path, &json!({ "profile": "external-actor" })).await.ok();
    acme.admin.post(format!("{path}/resend"), &json!({})).await.ok();
    let new = world.nth_mail_to(eve.address(), 2).await.token();
    eve.accept_token(&old).await.hidden();
    acme.admin.delete(&path).await.is(204);
    eve.accept_token(&new).await.hidden();
    acme.admin.get(&path).await.hidden();

    acme.admin.post(acme.members(), &again).await.is(201);
    eve.accepts().await;
    acme.admin.post(acme.members(), &again).await.refused(409, "already_member");
}

// P1, B4
#[tokio::test]
async fn orgs_make_profiles_of_their_own() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let path = format!("/orgs/{}/profiles", acme.id);
    let rights = |level: &str| {
        json!({
            "org_rights": ["create_case"],
            "rights": { "levels": { "details": level }, "flags": ["share"] },
        })
    };
    let mut own = rights("read");
    own["name"] = json!("own");
    own["type"] = json!("organisation");

    assert_eq!(ada.all(&path).await.len(), 5, "the built-in ones");
    ada.post(&path, &own).await.forbidden();
    acme.admin.post(&path, &own).await.is(201);
    acme.admin.post(&path, &own).await.refused(409, "already_there");
    acme.admin.put(format!("{path}/analyst"), &rights("read")).await.refused(422, "built_in");
    acme.admin.delete(format!("{path}/org-admin")).await.refused(422, "built_in");
    let bob = acme.member("bob", "own").await;
    let case = ada.case("Phishing wave").await;
    bob.patch(case.to_string(), &json!({ "title": "B" })).await.forbidden();

    acme.admin.put(format!("{path}/own"), &rights("write")).await.ok();
    bob.patch(case.to_string(), &json!({ "title": "B" })).await.ok();
    acme.admin.delete(format!("{path}/own")).await.refused(409, "profile_in_use");
    acme.admin.patch(acme.member_path(&bob).await, &json!({ "profile": "read-only" })).await.ok();
    bob.patch(case.to_string(), &json!({ "title": "C" })).await.forbidden();
    acme.admin.delete(format!("{path}/own")).await.is(204);
}

// P7
#[tokio::test]
async fn an_org_keeps_an_admin_and_operators_name_another() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let path = acme.member_path(&acme.admin).await;
    let anna = world.person("anna");

    acme.admin.patch(&path, &json!({ "profile": "analyst" })).await.refused(409, "last_admin");
    acme.admin.patch(&path, &json!({ "status": "locked" })).await.refused(409, "last_admin");
    acme.admin.delete(&path).await.refused(409, "last_admin");

    let body = json!({ "email": anna.address() });
    world.operator().post(format!("/orgs/{}/admins", acme.id), &body).await.ok();
    anna.accepts().await;
    anna.patch(&path, &json!({ "profile": "analyst" })).await.ok();
    acme.admin.patch(&path, &json!({ "profile": "org-admin" })).await.forbidden();
}

// B3
#[tokio::test]
async fn a_service_is_a_member_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let robot = world.person("robot");
    let body = json!({ "kind": "service", "user": robot.user().await, "profile": "analyst" });

    let member = acme.admin.post(acme.members(), &body).await.is(201).json;

    assert_eq!((&member["status"], &member["kind"]), (&json!("active"), &json!("service")));
    robot.at_home_in(&acme.id).case("Made by a machine").await;
}

// B3
#[tokio::test]
async fn strangers_do_not_learn_that_an_org_is_there() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let sam = world.person("sam");
    for tail in ["", "/members", "/profiles", "/audit"] {
        let hidden = sam.get(format!("/orgs/{}{tail}", acme.id)).await.hidden();
        let never = sam.get(format!("/orgs/{}{tail}", world.unique("never"))).await.hidden();
        assert_eq!(hidden.bytes, never.bytes, "{tail}");
    }
    let create = |org: String| json!({ "org": org, "title": "A" });
    let hidden = sam.post("/cases", &create(acme.id.clone())).await.hidden();
    let never = sam.post("/cases", &create(world.unique("never"))).await.hidden();
    assert_eq!(hidden.bytes, never.bytes);
}

// S2
#[tokio::test]
async fn people_name_themselves() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;

    assert_eq!(
        ada.patch("/me", &json!({ "name": "Ada Lovelace" })).await.ok()["name"],
        "Ada Lovelace"
    );

    assert_eq!(ada.me().await["name"], "Ada Lovelace");
    let case = ada.case("Phishing wave").await;
    assert_eq!(case.json["creator"]["name"], "Ada Lovelace");
    ada.patch("/me", &json!({ "name": "" })).await.refused(400, "invalid").at("/name");
}
