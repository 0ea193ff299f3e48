//! A case goes to another org.

use serde_json::json;

use crate::dsl::{Case, Org, Person, World};
use crate::partners::{NOBODY, Two, two};

/// A case of the org's admin with all that can lie with one: a guest's share, a comment, an
/// assignee. With the guest.
async fn in_full_use(world: &World, acme: &Org, ada: &Person) -> (Case, Person) {
    let gus = world.person("gus");
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.lets_in(&case, &gus, "viewer").await;
    ada.comments(&case, "Ours").await;
    let assignees = json!({ "assignees": [ada.by_mail()] });
    acme.admin.put(format!("{case}/assignees"), &assignees).await.is(200);
    (case, gus)
}

// O9, Edge: owner change with and without keep_profile
#[tokio::test]
async fn a_case_goes_to_another_org_and_the_former_owner_keeps_what_is_said() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let (case, _) = in_full_use(&world, &acme, &ada).await;
    globex.admin.case("The first there").await;

    let body = json!({ "org": globex.id, "keep_profile": acme.profile("read-only") });
    let changed = acme.admin.post(format!("{case}/owner"), &body).await.is(200).json;

    assert_eq!(changed["org"], globex.id.as_str());
    assert_eq!(changed["number"], 2, "{changed}");
    let seen = gil.get(case.to_string()).await.ok();
    assert_eq!((&seen["org"], &seen["how"]), (&json!(globex.id), &json!("own")));
    assert!(gil.lists(&case, &format!("org={}", globex.id)).await);
    gil.delete(case.to_string()).await.is(204);
    let kept = ada.get(case.to_string()).await;
    assert_eq!(kept.status, 404, "an analyst of the new owner can delete it: {kept}");
}

// O9
#[tokio::test]
async fn what_a_former_owner_keeps_is_what_a_partner_has() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let (case, gus) = in_full_use(&world, &acme, &ada).await;

    let body = json!({ "org": globex.id, "keep_profile": acme.profile("read-only") });
    acme.admin.post(format!("{case}/owner"), &body).key("away").await.is(200);

    for person in [&acme.admin, &ada] {
        let seen = person.get(case.to_string()).await.ok();
        assert_eq!(seen["how"], "partner", "{seen}");
        assert_eq!(seen["may"]["flags"], json!([]));
        assert_eq!(seen["may"]["sections"]["comments"], "read");
        assert!(person.lists(&case, "").await);
        person.patch(case.to_string(), &json!({ "title": "Mine" })).await.forbidden();
    }
    assert!(gus.sees(&case).await, "shares with people stay");
    assert_eq!(gil.reads(&case).await, ["Ours"]);
    let again = acme.admin.post(format!("{case}/owner"), &body).key("away").await.is(200);
    assert_eq!(again.json["org"], globex.id.as_str());
    assert!(gil.all(format!("{case}/assignees")).await.is_empty());
    assert!(gil.remembers(&case).await.contains(&"owner_changed".to_owned()));
}

// O9
#[tokio::test]
async fn a_change_of_owner_that_is_asked_for_twice_answers_the_same() {
    let world = World::new().await;
    let Two { acme, globex, .. } = two(&world).await;
    let umbrella = world.org("umbrella").await;
    umbrella.join(&acme.admin, "normal", "analyst").await;
    acme.links(&umbrella).await;
    globex.links(&umbrella).await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.shares_with(&case, [&umbrella], "analyst").await.is(201);
    let body = json!({ "org": globex.id, "keep_profile": acme.profile("read-only") });

    let first = acme.admin.post(format!("{case}/owner"), &body).key("away").await.is(200).json;
    let again = acme.admin.post(format!("{case}/owner"), &body).key("away").await.is(200).json;

    assert_eq!(again, first);
    let other = json!({ "org": umbrella.id });
    acme.admin.post(format!("{case}/owner"), &other).key("away").await.forbidden();
}

// O9, Edge: owner change with and without keep_profile
#[tokio::test]
async fn without_a_profile_to_keep_the_former_owner_has_nothing() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.shares_with(&case, [&globex], "read-only").await.is(201);

    let body = json!({ "org": globex.id });
    acme.admin.post(format!("{case}/owner"), &body).await.is(200);

    for person in [&acme.admin, &ada] {
        assert!(!person.sees(&case).await && !person.lists(&case, "").await);
    }
    assert!(gil.sees(&case).await);
    assert!(globex.admin.shares(&case).await.is_empty(), "what it had as a partner is gone");
}

// O9, Bad input
#[tokio::test]
async fn a_case_goes_only_where_a_link_leads() {
    let world = World::new().await;
    let Two { acme, globex, ada, .. } = two(&world).await;
    let initech = world.org("initech").await;
    let case = acme.admin.case("Phishing wave").await;
    let path = format!("{case}/owner");
    let to = |org: &str| json!({ "org": org });

    ada.post(&path, &to(&globex.id)).await.forbidden();
    acme.admin.post(&path, &to(&acme.id)).await.refused(422, "with_own_org").at("/org");
    acme.admin.post(&path, &to(&initech.id)).await.refused(422, "not_linked").at("/org");
    let unknown = json!({ "org": globex.id, "keep_profile": globex.profile("no-such") });
    acme.admin.post(&path, &unknown).await.refused(422, "unknown_profile").at("/keep_profile");
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    acme.admin.post(&path, &to(&globex.id)).await.refused(409, "case_external");
    acme.admin.opens(&case, "internal", NOBODY).await.is(200);
    acme.admin.opens(&case, "restricted", NOBODY).await.is(200);
    acme.admin.post(&path, &to(&globex.id)).await.refused(409, "case_restricted");
    acme.admin.opens(&case, "internal", NOBODY).await.is(200);
    acme.admin.patch(acme.link(&globex), &json!({ "inbound": false })).await.ok();
    let keep = json!({ "org": globex.id, "keep_profile": acme.profile("read-only") });
    acme.admin.post(&path, &keep).await.refused(422, "link_one_way").at("/keep_profile");
    acme.admin.patch(acme.link(&globex), &json!({ "finalise": true })).await.ok();
    acme.admin.post(&path, &to(&globex.id)).await.refused(422, "link_finalises").at("/org");
    assert!(ada.sees(&case).await);
}
