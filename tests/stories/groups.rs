//! Groups: gathered by anyone, shared with as one.

use serde_json::json;

use crate::dsl::World;

// S10
#[tokio::test]
async fn anybody_makes_a_group_renames_it_and_deletes_it() {
    let world = World::new().await;
    let gus = world.person("gus");

    let group = gus.group("Friends").await;

    let path = format!("/groups/{group}");
    assert_eq!(gus.get(&path).await.ok()["owner"], true);
    assert_eq!(gus.patch(&path, &json!({ "name": "Colleagues" })).await.ok()["name"], "Colleagues");
    assert_eq!(gus.all("/groups").await.len(), 1);
    gus.delete(&path).await.is(204);
    gus.get(&path).await.hidden();
    assert!(gus.all("/groups").await.is_empty());
}

// S10
#[tokio::test]
async fn membership_is_by_acceptance() {
    let world = World::new().await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = gus.group("Friends").await;
    let path = format!("/groups/{group}");

    gus.post(format!("{path}/members"), &json!({ "emails": [hal.address()] })).await.ok();

    hal.get(&path).await.hidden();
    let mail = world.mail_to(hal.address()).await;
    let preview = world.post("/invitations/preview", &json!({ "token": mail.token() })).await.ok();
    assert_eq!((&preview["to"], &preview["group"]), (&json!("group"), &json!("Friends")));
    let accepted = hal.accept_token(&mail.token()).await.is(200).json;
    assert_eq!(accepted["group"], group.as_str());
    assert_eq!(hal.get(&path).await.ok()["owner"], false);
    assert_eq!(hal.all(format!("{path}/members")).await.len(), 2, "members list members");
}

// S1, S10
#[tokio::test]
async fn the_groups_of_others_are_invisible() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let theirs = gus.group("Friends").await;
    let never = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let case = ada.case("Phishing wave").await;

    for tail in ["", "/members"] {
        let hidden = ada.get(format!("/groups/{theirs}{tail}")).await.hidden();
        assert_eq!(hidden.bytes, ada.get(format!("/groups/{never}{tail}")).await.hidden().bytes);
    }
    ada.delete(format!("/groups/{theirs}")).await.hidden();
    ada.patch(format!("/groups/{theirs}"), &json!({ "name": "Mine" })).await.hidden();
    let emails = json!({ "emails": [ada.address()] });
    ada.post(format!("/groups/{theirs}/members"), &emails).await.hidden();
    let shared = ada.share(&case, [format!("group:{theirs}")], "viewer").await;
    let never = ada.share(&case, [format!("group:{never}")], "viewer").await;
    assert!(matches!(shared.status, 404 | 422), "{shared}");
    assert_eq!(shared.bytes, never.bytes, "in a share, too");
    assert!(ada.shares(&case).await.is_empty());
}

// S1, S7, S8, B8
#[tokio::test]
async fn a_group_is_shared_with_at_once_and_says_so_in_the_list() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus, &hal]).await;
    let case = ada.case("Phishing wave").await;

    let share = ada.share(&case, [format!("group:{group}")], "viewer").await.is(201).json["items"]
        [0]
    .clone();

    assert_eq!((&share["state"], &share["kind"]), (&json!("active"), &json!("group")));
    for member in [&gus, &hal] {
        assert!(member.sees(&case).await);
        let listed = member.all("/cases?filter=group").await;
        assert_eq!(listed[0]["how"], "group", "{listed:?}");
        assert!(!member.lists(&case, "filter=individual").await);
    }
    let mail = world.letter_to(gus.address()).await;
    assert!(mail.says("ada"), "members get a mail: {}", mail.text);
}

// S8
#[tokio::test]
async fn an_individual_share_wins_over_that_of_a_group() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);
    ada.lets_in(&case, &gus, "editor").await;

    let listed = gus.all("/cases").await;

    assert_eq!(listed.len(), 1, "one row for one case: {listed:?}");
    assert_eq!(listed[0]["how"], "individual");
    assert_eq!(ada.all("/cases").await[0]["how"], "own");
    assert!(gus.lists(&case, "filter=individual").await);
    gus.patch(case.to_string(), &json!({ "title": "Both add up" })).await.ok();
}

// S1
#[tokio::test]
async fn a_member_shares_with_a_group_that_somebody_else_owns() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = gus.group("Partners").await;
    gus.gathers(&group, &[&ada, &hal]).await;
    let case = ada.case("Phishing wave").await;

    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);

    assert!(hal.sees(&case).await);
    assert!(gus.sees(&case).await, "the owner is a member");
}

// S10, Edge: a group member leaves: gone
#[tokio::test]
async fn whoever_leaves_a_group_or_is_removed_loses_its_cases_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus, &hal]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);
    let members = format!("/groups/{group}/members");
    let path = async |person: &crate::dsl::Person| format!("{members}/{}", person.user().await);

    gus.delete(path(&hal).await).await.forbidden();
    gus.delete(path(&gus).await).await.is(204);
    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    gus.get(&members).await.hidden();
    assert!(hal.sees(&case).await);

    ada.delete(path(&hal).await).await.is(204);
    assert!(!hal.sees(&case).await);
    assert!(!hal.finds(&case, "Phishing").await);
}

// S10
#[tokio::test]
async fn when_the_sharer_leaves_a_group_its_shares_end() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let group = gus.group("Partners").await;
    gus.gathers(&group, &[&ada, &hal]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);
    assert!(hal.sees(&case).await);

    ada.delete(format!("/groups/{group}/members/{}", ada.user().await)).await.is(204);

    assert!(!hal.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    assert!(ada.sees(&case).await);
}

// S10
#[tokio::test]
async fn when_a_group_is_deleted_its_shares_end() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "viewer").await.is(201);

    ada.delete(format!("/groups/{group}")).await.is(204);

    assert!(!gus.sees(&case).await);
    assert!(!gus.lists(&case, "").await);
    gus.get(format!("/groups/{group}")).await.hidden();
}

// S10
#[tokio::test]
async fn a_group_imports_the_members_of_an_org_who_then_accept() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let eve = acme.external("eve", "external-reader").await;
    let gus = world.person("gus");
    let group = ada.group("Everybody").await;
    let path = format!("/groups/{group}/members/import");

    ada.post(&path, &json!({ "org": acme.id })).await.ok();

    bob.accepts().await;
    acme.admin.accepts().await;
    assert!(eve.invitations().await.is_empty(), "normal members only");
    assert_eq!(ada.all(format!("/groups/{group}/members")).await.len(), 3);
    let theirs = gus.group("Friends").await;
    let stranger =
        gus.post(format!("/groups/{theirs}/members/import"), &json!({ "org": acme.id })).await;
    assert!((400..500).contains(&stranger.status), "not the owner's org: {stranger}");
    bob.post(&path, &json!({ "org": acme.id })).await.forbidden();
}

// P2
#[tokio::test]
async fn a_restricted_case_is_not_shared_with_groups_and_restriction_suspends_them() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus]).await;
    let case = ada.case("Phishing wave").await;
    let recipient = format!("group:{group}");
    ada.share(&case, [recipient.as_str()], "viewer").await.is(201);

    let named = [ada.by_id().await, acme.admin.by_id().await];
    acme.admin.opens(&case, "restricted", named).await.ok();

    assert!(!gus.sees(&case).await, "suspended");
    assert!(!gus.lists(&case, "").await);
    let other = acme.admin.group("Others").await;
    let shared = acme.admin.share(&case, [format!("group:{other}")], "viewer").await;
    shared.refused(409, "case_restricted");
    acme.admin.opens(&case, "internal", [""; 0]).await.ok();
    assert!(gus.sees(&case).await, "and back again");
}

// B3, Edge: policy holds on every way of creating a share
#[tokio::test]
async fn guests_are_let_in_through_a_group_only_as_far_as_the_org_admits_them() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let gus = world.person("gus");
    let group = ada.group("Partners").await;
    ada.gathers(&group, &[&gus, &bob]).await;
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [format!("group:{group}")], "editor").await.is(201);
    assert!(gus.sees(&case).await);

    acme.set(json!({ "guests": "refuse" })).await;

    assert!(!gus.sees(&case).await);
    bob.patch(case.to_string(), &json!({ "severity": "low" })).await.ok();
}
