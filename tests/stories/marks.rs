//! Marks: which comments and attachments external users see.

use serde_json::json;

use crate::dsl::{Case, Org, Person, World};

/// An org with a case that is open to its external users, one of whom is Eve.
async fn open_case(world: &World, profile: &str) -> (Org, Case, Person) {
    let acme = world.org("acme").await;
    let eve = acme.external("eve", profile).await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", [""; 0]).await.is(200);
    (acme, case, eve)
}

// P3, Edge: a comment switched to internal disappears at once
#[tokio::test]
async fn a_comment_is_internal_unless_marked_and_may_be_switched_back() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-reader").await;
    let comment = acme.admin.comments(&case, "Between us").await;
    assert!(eve.reads(&case).await.is_empty());
    let hidden = eve.get(&comment).await.hidden();
    let never = eve.get(format!("{case}/comments/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.hidden();
    assert_eq!(hidden.bytes, never.bytes);

    let marked = acme.admin.put(format!("{comment}/external"), &json!({})).await.is(200).json;
    assert_eq!(marked["external"], true);
    assert_eq!(eve.reads(&case).await, ["Between us"]);
    eve.get(&comment).await.is(200);

    acme.admin.delete(format!("{comment}/external")).await.is(204);
    assert!(eve.reads(&case).await.is_empty());
    eve.get(&comment).await.hidden();
    acme.admin.delete(format!("{comment}/external")).await.is(204);
}

// P4
#[tokio::test]
async fn an_attachment_is_internal_unless_marked_and_may_be_switched_back() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-reader").await;
    let file = acme.admin.attaches(&case, "plan.txt", b"bytes").await;
    assert!(eve.files(&case).await.is_empty());
    eve.link(&file).await.hidden();

    let marked = acme.admin.put(format!("{file}/external"), &json!({})).await.is(200).json;
    assert_eq!(marked["external"], true);
    assert_eq!(eve.files(&case).await, ["plan.txt"]);
    assert_eq!(eve.downloads(&file).await.is(200).bytes, b"bytes");

    acme.admin.delete(format!("{file}/external")).await.is(204);
    assert!(eve.files(&case).await.is_empty());
    eve.link(&file).await.hidden();
}

// P3, P4, Edge: an item shared before its case
#[tokio::test]
async fn nothing_is_marked_in_a_case_that_is_not_open_to_external_users() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let case = acme.admin.case("Phishing wave").await;
    let comment = acme.admin.comments(&case, "For you").await;
    let file = acme.admin.attaches(&case, "plan.txt", b"bytes").await;

    for item in [&comment, &file] {
        acme.admin.put(format!("{item}/external"), &json!({})).await.refused(409, "not_external");
        acme.admin.delete(format!("{item}/external")).await.is(204);
    }
    acme.admin.opens(&case, "restricted", [acme.admin.by_id().await]).await.is(200);
    acme.admin.put(format!("{comment}/external"), &json!({})).await.refused(409, "not_external");
}

// P3, P4
#[tokio::test]
async fn marking_needs_write_on_the_section_and_never_works_through_the_portal() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-actor").await;
    let bob = acme.member("bob", "read-only").await;
    let ada = acme.member("ada", "analyst").await;
    let sam = world.person("sam");
    let comment = acme.admin.comments(&case, "For you").await;
    let file = acme.admin.attaches(&case, "plan.txt", b"bytes").await;
    let own = eve.comments(&case, "From outside").await;

    for item in [&comment, &file] {
        let path = format!("{item}/external");
        bob.put(&path, &json!({})).await.forbidden();
        bob.delete(&path).await.forbidden();
        sam.put(&path, &json!({})).await.hidden();
        ada.put(&path, &json!({})).await.is(200);
        eve.put(&path, &json!({})).await.forbidden();
        eve.delete(&path).await.forbidden();
    }
    eve.put(format!("{own}/external"), &json!({})).await.forbidden();
}

// P3
#[tokio::test]
async fn what_is_written_through_the_portal_is_visible_to_all_with_access() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-actor").await;
    let eva = acme.external("eva", "external-reader").await;
    let bob = acme.member("bob", "read-only").await;

    let comment = eve.comments(&case, "From outside").await;

    for person in [&eve, &eva, &bob, &acme.admin] {
        assert_eq!(person.reads(&case).await, ["From outside"], "{}", person.name());
    }
    let seen = bob.get(&comment).await.ok();
    assert_eq!((&seen["origin"], &seen["own"]), (&json!("portal"), &json!(false)));
    assert_eq!(eve.get(&comment).await.ok()["own"], true);
}

// P3
#[tokio::test]
async fn portal_users_change_their_own_comments_and_nobody_elses() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-actor").await;
    let eva = acme.external("eva", "external-actor").await;
    let ours = acme.admin.comments(&case, "For you").await;
    acme.admin.put(format!("{ours}/external"), &json!({})).await.is(200);
    let own = eve.comments(&case, "Mine").await;
    let others = eva.comments(&case, "Hers").await;

    eve.patch(&own, &json!({ "text": "Mine, changed" })).await.ok();
    for path in [&ours, &others] {
        eve.patch(path, &json!({ "text": "Changed" })).await.forbidden();
        eve.delete(path).await.forbidden();
    }
    eve.delete(&own).await.is(204);
    let mut left = acme.admin.reads(&case).await;
    left.sort();
    assert_eq!(left, ["For you", "Hers"]);
}

// P4
#[tokio::test]
async fn what_is_not_ready_is_not_marked() {
    let world = World::new().await;
    let (acme, case, _) = open_case(&world, "external-reader").await;
    let ticket = acme.admin.ticket(&case, "late.txt", b"bytes").await;

    let marked = acme.admin.put(format!("{}/external", ticket.path), &json!({})).await;

    marked.refused(409, "not_ready");
}

// P3, P4
#[tokio::test]
async fn marks_are_in_the_history() {
    let world = World::new().await;
    let (acme, case, _) = open_case(&world, "external-reader").await;
    let comment = acme.admin.comments(&case, "For you").await;
    let file = acme.admin.attaches(&case, "plan.txt", b"bytes").await;
    for item in [comment, file] {
        acme.admin.put(format!("{item}/external"), &json!({})).await.is(200);
        acme.admin.delete(format!("{item}/external")).await.is(204);
    }

    let kinds = acme.admin.remembers(&case).await;

    for kind in [
        "comment_marked_external",
        "comment_marked_internal",
        "attachment_marked_external",
        "attachment_marked_internal",
    ] {
        assert_eq!(kinds.iter().filter(|one| *one == kind).count(), 1, "{kind}: {kinds:?}");
    }
}

// P3
#[tokio::test]
async fn a_guests_comment_is_no_portal_comment() {
    let world = World::new().await;
    let (acme, case, eve) = open_case(&world, "external-reader").await;
    let gus = world.person("gus");
    acme.admin.lets_in(&case, &gus, "editor").await;

    let comment = gus.comments(&case, "From a guest").await;

    assert_eq!(gus.get(&comment).await.ok()["origin"], "internal");
    assert!(eve.reads(&case).await.is_empty());
    gus.put(format!("{comment}/external"), &json!({})).await.is(200);
    assert_eq!(eve.reads(&case).await, ["From a guest"]);
}
