//! Links between orgs: proposed by one, approved by the other, changed by either, ended by either.

use serde_json::json;

use crate::dsl::World;

// O1, E3
#[tokio::test]
async fn a_link_is_proposed_by_one_org_and_approved_by_the_other() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    let path = format!("/orgs/{}/links", acme.id);

    let body = json!({ "org": globex.id, "terms": { "type": "supervised" } });
    let link = acme.admin.post(&path, &body).await.is(201).json;

    assert_eq!(link["ours"]["type"], "supervised");
    assert_eq!(link["theirs"]["type"], "default", "the other side is the other's to say");
    for flag in ["enabled", "inbound", "outbound", "search_inbound", "search_outbound"] {
        assert_eq!(link["ours"][flag], true, "{flag} is on by default");
        assert_eq!(link["theirs"][flag], true, "{flag} is on by default");
    }
    assert_eq!(link["outbound"], json!({ "now": false, "obstacle": "not_approved" }));
    let own = acme.admin.post(format!("{}/approve", acme.link(&globex)), &json!({})).await;
    own.refused(409, "link_approved");
    let seen = globex.admin.get(globex.link(&acme)).await.ok();
    assert_eq!(seen["theirs"]["type"], "supervised");
    assert_eq!(seen["proposed_by"], acme.id.as_str());

    let approve = format!("{}/approve", globex.link(&acme));
    let link = globex.admin.post(&approve, &json!({ "outbound": false })).await.is(200).json;

    assert_eq!(link["inbound"], json!({ "now": true, "obstacle": null }));
    assert_eq!(link["outbound"], json!({ "now": false, "obstacle": "one_way" }));
    globex.admin.post(&approve, &json!({})).await.refused(409, "link_approved");
    let seen = acme.admin.get(acme.link(&globex)).await.ok();
    assert_eq!(seen["outbound"]["now"], true);
    assert_eq!(seen["inbound"]["obstacle"], "one_way");
}

// O1, Bad input
#[tokio::test]
async fn a_link_needs_another_org_and_the_right_to_agree() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    let bob = acme.member("bob", "analyst").await;
    let path = format!("/orgs/{}/links", acme.id);
    let with = |org: &str| json!({ "org": org });

    acme.admin.post(&path, &with(&acme.id)).await.refused(422, "with_own_org").at("/org");
    acme.admin.post(&path, &with("no-such-org")).await.refused(422, "unknown_org").at("/org");
    acme.admin.post(&path, &with("No Org")).await.refused(400, "invalid").at("/org");
    let terms = json!({ "org": globex.id, "terms": { "outbond": false } });
    acme.admin.post(&path, &terms).await.refused(400, "invalid");
    let over = json!({ "org": globex.id, "terms": { "ends_at": "2020-01-01T00:00:00Z" } });
    acme.admin.post(&path, &over).await.refused(422, "in_the_past");
    let backwards = json!({ "org": globex.id, "terms": {
        "starts_at": "2999-01-02T00:00:00Z", "ends_at": "2999-01-01T00:00:00Z" } });
    acme.admin.post(&path, &backwards).await.refused(422, "window_backwards");
    bob.post(&path, &with(&globex.id)).await.forbidden();
    globex.admin.post(&path, &with(&globex.id)).await.hidden();
    assert!(acme.admin.all(&path).await.is_empty(), "nothing of that was written");

    acme.admin.post(&path, &with(&globex.id)).await.is(201);
    acme.admin.post(&path, &with(&globex.id)).await.refused(409, "already_there");
    let back = format!("/orgs/{}/links", globex.id);
    globex.admin.post(&back, &with(&acme.id)).await.refused(409, "already_there");
    bob.patch(acme.link(&globex), &json!({ "enabled": false })).await.forbidden();
    bob.delete(acme.link(&globex)).await.forbidden();
    assert_eq!(bob.all(&path).await.len(), 1, "colleagues see with whom there is a link");
    globex.admin.get(acme.link(&globex)).await.hidden();
    acme.admin.patch(acme.link(&acme), &json!({ "enabled": false })).await.hidden();
}

// O1, HTTP
#[tokio::test]
async fn a_proposal_that_is_sent_twice_is_one() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    let path = format!("/orgs/{}/links", acme.id);
    let body = json!({ "org": globex.id });

    acme.admin.post(&path, &body).key("proposal").await.is(201);
    acme.admin.post(&path, &body).key("proposal").await.is(201);

    assert_eq!(acme.admin.all(&path).await.len(), 1);
}

// O1, E3
#[tokio::test]
async fn either_side_ends_a_link_in_both_directions() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;

    globex.admin.delete(globex.link(&acme)).await.is(204);

    for (one, other) in [(&acme, &globex), (&globex, &acme)] {
        one.admin.get(one.link(other)).await.hidden();
        assert!(one.admin.all(format!("/orgs/{}/links", one.id)).await.is_empty());
        one.admin.delete(one.link(other)).await.hidden();
    }
}

// E3
#[tokio::test]
async fn only_agreed_orgs_can_be_picked() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "analyst").await;
    let (agreed, off, waits) =
        (world.org("glob-agreed").await, world.org("glob-off").await, world.org("glob-w").await);
    acme.links(&agreed).await;
    acme.links_with(&off, json!({}), json!({ "inbound": false })).await;
    let path = format!("/orgs/{}/links", acme.id);
    acme.admin.post(&path, &json!({ "org": waits.id })).await.is(201);

    let found = bob.post(format!("{path}/search"), &json!({ "text": "GLOB" })).await.ok();

    let found: Vec<_> = found["items"].as_array().unwrap().iter().map(|one| &one["org"]).collect();
    assert_eq!(found, [agreed.id.as_str()]);
    let usable = bob.all(format!("{path}?usable=true")).await;
    assert_eq!(usable.len(), 1, "{usable:?}");
    assert_eq!(bob.all(&path).await.len(), 3);
    world.person("eve").post(format!("{path}/search"), &json!({ "text": "g" })).await.hidden();
}

// E3, B11
#[tokio::test]
async fn what_becomes_of_a_link_stands_in_the_audit_of_both_orgs() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;
    acme.admin.patch(acme.link(&globex), &json!({ "enabled": false })).await.ok();
    acme.admin.delete(acme.link(&globex)).await.is(204);

    for org in [&acme, &globex] {
        let kinds = ["link_proposed", "link_approved", "link_changed", "link_ended"];
        for kind in kinds {
            world
                .wait(format!("{kind} in the audit of {}", org.id), async || {
                    let audit = org.admin.all(format!("/orgs/{}/audit", org.id)).await;
                    audit.into_iter().find(|event| event["kind"] == kind)
                })
                .await;
        }
    }
}

// E4, Bad input
#[tokio::test]
async fn an_org_has_field_units_and_its_members_see_them() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "read-only").await;
    let path = format!("/orgs/{}/units", acme.id);

    let unit = acme.admin.post(&path, &json!({ "name": "Unit 7" })).key("u").await.is(201).json;
    let again = acme.admin.post(&path, &json!({ "name": "Unit 7" })).key("u").await.is(201).json;

    assert_eq!(unit, again);
    let one = format!("{path}/{}", unit["id"].as_str().unwrap());
    bob.post(&path, &json!({ "name": "Unit 8" })).await.forbidden();
    bob.patch(&one, &json!({ "name": "Mine" })).await.forbidden();
    world.person("eve").get(&path).await.hidden();
    acme.admin.patch(&one, &json!({ "name": "Unit 8" })).await.ok();
    assert_eq!(bob.all(&path).await[0]["name"], "Unit 8");
    acme.admin.patch(&one, &json!({ "name": "" })).await.refused(400, "invalid").at("/name");
    acme.admin.delete(&one).await.is(204);
    acme.admin.delete(&one).await.hidden();
    assert!(bob.all(&path).await.is_empty());
}
