//! Cases that are shared with other orgs over links, and with field units.

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

pub(crate) const NOBODY: [String; 0] = [];

/// Two linked orgs, and an analyst of each.
pub(crate) struct Two {
    pub(crate) acme: Org,
    pub(crate) globex: Org,
    pub(crate) ada: Person,
    pub(crate) gil: Person,
}

pub(crate) async fn two(world: &World) -> Two {
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;
    let ada = acme.member("ada", "analyst").await;
    let gil = globex.member("gil", "analyst").await;
    Two { acme, globex, ada, gil }
}

/// The share of a case with an org.
async fn share_with(person: &Person, case: &Case, org: &Org) -> Value {
    let shares = person.shares(case).await;
    let recipient = org.as_recipient();
    shares.into_iter().find(|share| share["recipient"] == recipient.as_str()).unwrap()
}

// O2, O6
#[tokio::test]
async fn a_case_is_shared_with_a_linked_org_at_once() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let reader = globex.member("ria", "read-only").await;
    let case = ada.case("Phishing wave").await;
    ada.comments(&case, "Look at the headers").await;
    assert!(!gil.sees(&case).await);

    let shared = ada.shares_with(&case, [&globex], "analyst").await.is(201).json;

    let share = &shared["items"][0];
    assert_eq!(share["kind"], "org", "{share}");
    assert_eq!(share["state"], "active");
    assert_eq!(share["name"], "globex");
    assert_eq!(
        share["link"],
        json!({
        "finalise": false, "obstacle": null, "reason": null, "insert_targets": false })
    );
    assert!(gil.sees(&case).await);
    assert_eq!(gil.get(case.to_string()).await.ok()["how"], "partner");
    assert_eq!(gil.reads(&case).await, ["Look at the headers"]);
    gil.comments(&case, "We have them too").await;
    gil.patch(case.to_string(), &json!({ "severity": "high" })).await.ok();
    gil.post(format!("{case}/close"), &json!({})).await.is(200);
    assert!(reader.sees(&case).await);
    reader.post(format!("{case}/comments"), &json!({ "text": "x" })).await.forbidden();
    reader.post(format!("{case}/reopen"), &json!({})).await.forbidden();
    for person in [&gil, &reader] {
        assert!(person.lists(&case, "").await && person.finds(&case, "phish").await);
    }
    assert!(acme.admin.sees(&case).await);
}

// O2, O6
#[tokio::test]
async fn a_member_of_a_partner_org_never_does_what_no_share_gives() {
    let world = World::new().await;
    let Two { acme, globex, ada, .. } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "org-admin").await.is(201);
    let admin = &globex.admin;

    let may = admin.get(case.to_string()).await.ok()["may"].clone();

    assert_eq!(may["flags"], json!(["close", "reopen"]));
    ada.share(&case, [world.person("gus").by_mail()], "viewer").await.is(201);
    admin.share(&case, [world.person("hal").by_mail()], "viewer").await.forbidden();
    admin.delete(case.to_string()).await.forbidden();
    admin.opens(&case, "external-all", NOBODY).await.forbidden();
    admin.put(format!("{case}/assignees"), &json!({ "assignees": [] })).await.forbidden();
    let owner = json!({ "org": globex.id });
    admin.post(format!("{case}/owner"), &owner).await.forbidden();
    let shares = admin.shares(&case).await;
    assert_eq!(shares.len(), 1, "they see the share of their org and no other: {shares:?}");
    assert_eq!(shares[0]["recipient"], globex.as_recipient().as_str());
    drop(acme);
}

// O6
#[tokio::test]
async fn the_share_caps_the_profile_and_the_profile_the_share() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let levels = json!({ "details": "read", "comments": "write" });
    acme.makes_profile("talk", levels, json!(["close"])).await;
    let case = ada.case("Phishing wave").await;
    let ticket = ada.ticket_in(&case, "documents", "plan.txt", b"bytes").await;
    ada.uploads(&ticket, b"bytes").await;
    let reader = globex.member("ria", "read-only").await;

    ada.shares_with(&case, [&globex], "talk").await.is(201);

    let seen = gil.get(case.to_string()).await.ok();
    assert_eq!(seen["may"]["sections"], json!({ "details": "read", "comments": "write" }));
    assert_eq!(seen["may"]["flags"], json!(["close"]));
    gil.get(format!("{case}/attachments?section=documents")).await.hidden();
    let seen = reader.get(case.to_string()).await.ok();
    assert_eq!(seen["may"]["sections"], json!({ "details": "read", "comments": "read" }));
    assert_eq!(seen["may"]["flags"], json!([]));

    let rights = json!({ "levels": { "details": "read" }, "flags": [] });
    let path = format!("/orgs/{}/profiles/talk", acme.id);
    acme.admin.put(path, &json!({ "rights": rights, "org_rights": [] })).await.ok();
    let seen = gil.get(case.to_string()).await.ok();
    assert_eq!(seen["may"]["sections"], json!({ "details": "read" }), "a profile is read live");
}

// O2, Bad input, Edge: to an unlinked, disabled, expired, one-way or unapproved link
#[tokio::test]
async fn each_state_of_a_link_that_is_not_usable_is_refused_by_name() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let refused = async |code: &str| {
        let answer = ada.shares_with(&case, [&globex], "read-only").await;
        answer.refused(422, code).at("/recipients/0");
        let created = json!({ "title": "New", "share": [
            { "recipients": [globex.as_recipient()], "role": "viewer" }] });
        ada.creates(created).await.refused(422, code).at("/share/0/recipients/0");
        let list = json!({ "shares": [{ "recipient": globex.as_recipient(), "role": "viewer" }] });
        ada.put(format!("{case}/shares"), &list).await.refused(422, code).at("/shares/0/recipient");
    };

    refused("not_linked").await;
    let body = json!({ "org": globex.id });
    acme.admin.post(format!("/orgs/{}/links", acme.id), &body).await.is(201);
    refused("link_not_approved").await;
    let approve = format!("{}/approve", globex.link(&acme));
    globex.admin.post(approve, &json!({})).await.is(200);
    let sides = [(&acme, &globex, "outbound"), (&globex, &acme, "inbound")];
    for (org, other, way) in sides {
        let set = async |terms: Value| {
            org.admin.patch(org.link(other), &terms).await.ok();
        };
        set(json!({ "enabled": false })).await;
        refused("link_disabled").await;
        set(json!({ "enabled": true, "starts_at": "2999-01-01T00:00:00Z" })).await;
        refused("link_not_begun").await;
        set(json!({ "starts_at": null, way: false })).await;
        refused("link_one_way").await;
        set(json!({ way: true })).await;
    }
    world.operator().post(format!("/orgs/{}/lock", globex.id), &json!({})).await.ok();
    refused("partner_locked").await;
    world.operator().post(format!("/orgs/{}/unlock", globex.id), &json!({})).await.ok();
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
}

// O2, Edge: to an unlinked, disabled, expired, one-way or unapproved link
#[tokio::test]
async fn a_link_that_is_over_is_refused_and_carries_nothing() {
    let Some(world) = World::with_clock("a_link_that_is_over").await else { return };
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
    let soon = json!({ "ends_at": "2999-01-01T00:00:00Z" });
    acme.admin.patch(acme.link(&globex), &soon).await.ok();
    assert!(gil.sees(&case).await);
    let now = ada.get(case.to_string()).await.ok()["created_at"].as_str().unwrap().to_owned();
    let end = now.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_hours(1);
    globex.admin.patch(globex.link(&acme), &json!({ "ends_at": end.to_string() })).await.ok();
    assert!(gil.sees(&case).await);

    world.pass(3_700).await;

    assert!(!gil.sees(&case).await && !gil.lists(&case, "").await);
    let other = ada.case("Another").await;
    ada.shares_with(&other, [&globex], "read-only").await.refused(422, "link_ended");
    let share = share_with(&ada, &case, &globex).await;
    assert_eq!(share["link"]["obstacle"], "ended", "{share}");
}

// O1, O2
#[tokio::test]
async fn whatever_stops_a_link_stops_what_was_shared_over_it_at_once() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
    let stops = [
        (&acme, &globex, json!({ "enabled": false }), json!({ "enabled": true }), "disabled"),
        (&acme, &globex, json!({ "outbound": false }), json!({ "outbound": true }), "one_way"),
        (&globex, &acme, json!({ "enabled": false }), json!({ "enabled": true }), "disabled"),
        (&globex, &acme, json!({ "inbound": false }), json!({ "inbound": true }), "one_way"),
    ];

    for (org, other, stop, go, obstacle) in stops {
        assert!(gil.sees(&case).await && gil.lists(&case, "").await);
        org.admin.patch(org.link(other), &stop).await.ok();
        assert!(!gil.sees(&case).await && !gil.lists(&case, "").await, "{stop}");
        let share = share_with(&ada, &case, &globex).await;
        assert_eq!(share["link"]["obstacle"], obstacle, "{share}");
        org.admin.patch(org.link(other), &go).await.ok();
    }
    // The other direction is nothing to this share.
    globex.admin.patch(globex.link(&acme), &json!({ "outbound": false })).await.ok();
    acme.admin.patch(acme.link(&globex), &json!({ "inbound": false })).await.ok();
    assert!(gil.sees(&case).await);
}

// O1, O2
#[tokio::test]
async fn what_was_shared_over_a_former_link_does_not_come_back_with_a_new_one() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "read-only").await.is(201);

    globex.admin.delete(globex.link(&acme)).await.is(204);
    assert!(!gil.sees(&case).await);
    assert_eq!(share_with(&ada, &case, &globex).await["link"]["obstacle"], "not_linked");
    globex.links(&acme).await;

    assert!(!gil.sees(&case).await && !gil.lists(&case, "").await);
    assert_eq!(share_with(&ada, &case, &globex).await["link"]["obstacle"], "linked_anew");
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
    assert!(gil.sees(&case).await && gil.lists(&case, "").await);
    ada.shares_with(&case, [&globex], "read-only").await.refused(409, "already_shared");
}

// O2, Edge: with one's own org, Bad input
#[tokio::test]
async fn a_case_is_not_shared_with_the_org_that_owns_it_nor_by_whom_only_may_share() {
    let world = World::new().await;
    let Two { acme, globex, ada, .. } = two(&world).await;
    let levels = json!({ "details": "read", "comments": "write" });
    acme.makes_profile("sharer", levels, json!(["share"])).await;
    let sam = acme.member("sam", "sharer").await;
    let case = ada.case("Phishing wave").await;

    let own = ada.shares_with(&case, [&globex, &acme], "read-only").await;
    own.refused(422, "with_own_org").at("/recipients/1");
    sam.shares_with(&case, [&globex], "read-only").await.forbidden();
    sam.share(&case, [world.person("gus").by_mail()], "viewer").await.is(201);
    let foreign = json!({ "recipients": [globex.as_recipient()],
        "profile": globex.profile("analyst") });
    let path = format!("{case}/shares");
    ada.post(&path, &foreign).await.refused(422, "unknown_profile").at("/profile");
    let external = json!({ "recipients": [globex.as_recipient()],
        "profile": acme.profile("external-reader") });
    ada.post(&path, &external).await.refused(422, "unknown_profile");
    let bulk = json!({ "recipients": [globex.as_recipient()], "role": "viewer",
        "cases": [case.id] });
    ada.post(&path, &bulk).await.refused(422, "bulk_not_supported").at("/cases");
    let odd = json!({ "recipients": ["org:No Org"], "role": "viewer" });
    ada.post(&path, &odd).await.refused(400, "invalid").at("/recipients/0");
}

// E4
#[tokio::test]
async fn several_agencies_and_units_are_shared_with_in_one_action() {
    let world = World::new().await;
    let (acme, globex, initech) =
        (world.org("acme").await, world.org("globex").await, world.org("initech").await);
    acme.links(&globex).await;
    initech.links(&acme).await;
    let ada = acme.member("ada", "analyst").await;
    let unit = async |org: &Org| {
        let path = format!("/orgs/{}/units", org.id);
        let made = org.admin.post(path, &json!({ "name": "Unit 7" })).await.is(201).json;
        format!("unit:{}", made["id"].as_str().unwrap())
    };
    let (own, foreign) = (unit(&acme).await, unit(&globex).await);
    let case = ada.case("Phishing wave").await;

    let wrong = ada.share(&case, [own.clone(), foreign], "viewer").await;
    wrong.refused(422, "unknown_unit").at("/recipients/1");
    let to = [globex.as_recipient(), initech.as_recipient(), own.clone()];
    let shared = ada.share(&case, to, "viewer").await.is(201).json;

    for share in shared["items"].as_array().unwrap() {
        assert_eq!(share["state"], "active", "{share}");
    }
    assert_eq!(shared["items"][2]["kind"], "unit");
    assert_eq!(shared["items"][2]["name"], "Unit 7");
    assert!(globex.admin.sees(&case).await && initech.admin.sees(&case).await);
    ada.share(&case, [own], "viewer").await.refused(409, "already_shared");
}

// E7
#[tokio::test]
async fn over_a_link_that_finalises_a_share_waits_and_opens_nothing() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links_with(&globex, json!({ "finalise": true }), json!({})).await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;

    let shared = ada.shares_with(&case, [&globex], "analyst").await.is(201).json;

    assert_eq!(shared["items"][0]["state"], "pending_user", "{shared}");
    assert_eq!(shared["items"][0]["link"]["finalise"], true);
    assert!(!globex.admin.sees(&case).await && !globex.admin.lists(&case, "").await);
    ada.shares_with(&case, [&globex], "analyst").await.refused(409, "already_shared");
    acme.admin.patch(acme.link(&globex), &json!({ "finalise": false })).await.ok();
    assert!(!globex.admin.sees(&case).await, "that is for what is shared from then on");
}

// O7, S4
#[tokio::test]
async fn unsharing_ends_it_at_once_and_loses_nothing() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    gil.comments(&case, "We have them too").await;
    let share = share_with(&ada, &case, &globex).await["id"].as_str().unwrap().to_owned();

    ada.delete(format!("{case}/shares/{share}")).await.is(204);

    assert!(!gil.sees(&case).await && !gil.lists(&case, "").await);
    assert!(!gil.finds(&case, "phish").await);
    assert_eq!(ada.reads(&case).await, ["We have them too"]);
    assert_eq!(acme.admin.reads(&case).await, ["We have them too"]);
    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    ada.shares_with(&case, [&globex], "read-only").await.is(201);
    assert!(gil.sees(&case).await);
}

// O7
#[tokio::test]
async fn the_owner_orgs_own_share_cannot_be_removed() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.shares_with(&case, [&globex], "analyst").await.is(201);
    let keep = json!({ "org": globex.id, "keep_profile": globex.profile("analyst") });
    let changed = acme.admin.post(format!("{case}/owner"), &keep).await.is(200).json;
    let share = changed["share"].as_str().unwrap();

    // What was the former owner's can be taken, what is the owner's cannot.
    let own = share_id(&acme.admin, &case, &globex).await;
    assert_eq!(own, None, "the owner has no row in the list");
    globex.admin.delete(format!("{case}/shares/{share}")).await.is(204);
    assert!(!ada.sees(&case).await && gil.sees(&case).await);
    globex.admin.shares_with(&case, [&acme], "analyst").await.is(201);
    let back = json!({ "org": acme.id });
    globex.admin.post(format!("{case}/owner"), &back).await.is(200);
    acme.admin.delete(format!("{case}/shares/{share}")).await.refused(409, "own_share");
    let many = json!({ "shares": [share] });
    let revoke = format!("{case}/shares/revoke");
    acme.admin.post(&revoke, &many).await.refused(409, "own_share");
    ada.post(&revoke, &many).await.refused(409, "own_share");
    assert!(ada.sees(&case).await && !gil.sees(&case).await);
}

async fn share_id(person: &Person, case: &Case, org: &Org) -> Option<String> {
    let shares = person.shares(case).await;
    let recipient = org.as_recipient();
    let share = shares.into_iter().find(|share| share["recipient"] == recipient.as_str())?;
    share["id"].as_str().map(ToOwned::to_owned)
}

// O9, S3
#[tokio::test]
async fn the_profile_of_a_share_with_an_org_can_be_changed() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    let share = share_id(&ada, &case, &globex).await.unwrap();
    let path = format!("{case}/shares/{share}");
    gil.comments(&case, "Before").await;

    ada.patch(&path, &json!({ "profile": acme.profile("read-only") })).await.is(200);

    gil.post(format!("{case}/comments"), &json!({ "text": "After" })).await.forbidden();
    assert_eq!(gil.reads(&case).await, ["Before"]);
    gil.patch(&path, &json!({ "profile": acme.profile("analyst") })).await.forbidden();
    let foreign = json!({ "profile": globex.profile("analyst") });
    ada.patch(&path, &foreign).await.refused(422, "unknown_profile").at("/profile");
    ada.patch(&path, &json!({ "expires_at": "2999-01-01T00:00:00Z" })).await.is(200);
    assert!(gil.sees(&case).await);
}

// B9, O2
#[tokio::test]
async fn replacing_the_list_of_people_leaves_orgs_and_units_as_they_are() {
    let world = World::new().await;
    let Two { globex, ada, gil, .. } = two(&world).await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "viewer").await;
    ada.shares_with(&case, [&globex], "read-only").await.is(201);

    let list = json!({ "shares": [{ "recipient": hal.by_mail(), "role": "viewer" }] });
    let replaced = ada.put(format!("{case}/shares"), &list).await.is(200).json;

    assert_eq!((&replaced["added"], &replaced["removed"]), (&json!(1), &json!(1)));
    assert!(!gus.sees(&case).await && gil.sees(&case).await);
    let list = json!({ "shares": [{ "recipient": globex.as_recipient(), "role": "editor" }] });
    let replaced = ada.put(format!("{case}/shares"), &list).await.is(200).json;
    assert_eq!((&replaced["changed"], &replaced["removed"]), (&json!(1), &json!(1)));
    gil.comments(&case, "Now I can").await;
}

// O10
#[tokio::test]
async fn orgs_units_and_access_may_come_with_the_case() {
    let world = World::new().await;
    let Two { acme, globex, gil, .. } = two(&world).await;
    let eve = globex.external("eve", "external-reader").await;
    let hidden = globex.external("hid", "external-reader").await;
    let body = json!({
        "title": "Phishing wave", "access": "external", "users": [eve.by_mail()],
        "share": [{ "recipients": [globex.as_recipient()], "profile": acme.profile("analyst") }],
    });

    let case = acme.admin.case_with(body).await;

    assert_eq!(case.json["shares"][0]["recipient"], globex.as_recipient().as_str());
    assert!(gil.sees(&case).await && gil.lists(&case, "").await);
    assert!(eve.sees(&case).await && eve.lists(&case, "").await);
    assert!(!hidden.sees(&case).await);
}

// O12
#[tokio::test]
async fn a_restricted_case_is_open_to_the_listed_users_of_each_org() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let gwen = globex.member("gwen", "analyst").await;
    let case = acme.admin.case("Phishing wave").await;
    let outsider = acme.admin.opens(&case, "restricted", [gil.by_mail()]).await;
    outsider.refused(422, "not_a_colleague").at("/users/0");
    acme.admin.shares_with(&case, [&globex], "analyst").await.is(201);

    acme.admin.opens(&case, "restricted", [gil.by_mail()]).await.is(200);

    assert!(gil.sees(&case).await && gil.lists(&case, "").await);
    for person in [&gwen, &ada] {
        assert!(!person.sees(&case).await && !person.lists(&case, "").await);
    }
    let other = ada.case("Another").await;
    acme.admin.opens(&other, "restricted", NOBODY).await.is(200);
    ada.shares_with(&other, [&globex], "analyst").await.is(201);
    assert!(!gil.sees(&other).await, "sharing a restricted case names nobody");
}

// P13
#[tokio::test]
async fn external_users_of_a_partner_org_come_in_where_access_covers_them() {
    let world = World::new().await;
    let Two { acme, globex, ada, .. } = two(&world).await;
    let eve = globex.external("eve", "external-actor").await;
    let other = globex.external("otto", "external-actor").await;
    let case = acme.admin.case("Phishing wave").await;
    let marked = ada.comments(&case, "For everybody").await;
    ada.comments(&case, "Ours").await;
    acme.admin
        .opens(&case, "external", [eve.by_mail()])
        .await
        .refused(422, "unknown_external_user");
    acme.admin.shares_with(&case, [&globex], "read-only").await.is(201);
    assert!(!eve.sees(&case).await);

    acme.admin.opens(&case, "external", [eve.by_mail()]).await.is(200);
    ada.put(format!("{marked}/external"), &json!({})).await.is(200);

    assert!(eve.sees(&case).await && eve.lists(&case, "").await);
    assert!(eve.lists(&case, &format!("org={}", acme.id)).await);
    assert_eq!(eve.reads(&case).await, ["For everybody"]);
    assert!(!other.sees(&case).await);
    let comment = json!({ "text": "From outside" });
    eve.post(format!("{case}/comments"), &comment).await.forbidden();
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    assert!(other.sees(&case).await && other.lists(&case, "").await);

    globex.admin.patch(globex.link(&acme), &json!({ "inbound": false })).await.ok();
    for person in [&eve, &other] {
        assert!(!person.sees(&case).await && !person.lists(&case, "").await);
    }
    globex.admin.patch(globex.link(&acme), &json!({ "inbound": true })).await.ok();
    let share = share_id(&ada, &case, &globex).await.unwrap();
    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    assert!(!other.sees(&case).await && !other.lists(&case, "").await);
}

// P13
#[tokio::test]
async fn an_org_that_is_shared_with_later_brings_its_external_users() {
    let world = World::new().await;
    let Two { acme, globex, ada, .. } = two(&world).await;
    let eve = globex.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    assert!(!eve.sees(&case).await);

    ada.shares_with(&case, [&globex], "read-only").await.is(201);

    assert!(eve.sees(&case).await && eve.lists(&case, "").await);
    acme.admin.opens(&case, "internal", NOBODY).await.is(200);
    assert!(!eve.sees(&case).await && !eve.lists(&case, "").await);
}

// E12, B11
#[tokio::test]
async fn sharing_with_an_org_stands_in_the_history_and_in_the_audit_of_both() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let to = [globex.as_recipient(), gus.by_mail()];
    ada.share(&case, to, "viewer").await.is(201);
    let share = share_id(&ada, &case, &globex).await.unwrap();
    let path = format!("{case}/shares/{share}");
    ada.patch(&path, &json!({ "role": "editor" })).await.is(200);

    let seen = gil.all(format!("{case}/history")).await;
    let shared: Vec<_> = seen.iter().filter(|event| event["kind"] == "case_shared").collect();
    assert_eq!(shared.len(), 1, "once, not once for each audit: {seen:?}");
    assert!(!shared[0].to_string().contains("gus"), "not with whom else: {}", shared[0]);
    ada.delete(&path).await.is(204);

    let kinds = ada.remembers(&case).await;
    assert_eq!(kinds, ["case_created", "case_shared", "share_changed", "share_revoked"]);
    for org in [&acme, &globex] {
        for kind in ["case_shared", "share_changed", "share_revoked"] {
            let event = world
                .wait(format!("{kind} in the audit of {}", org.id), async || {
                    let audit = org.admin.all(format!("/orgs/{}/audit", org.id)).await;
                    audit.into_iter().find(|event| event["kind"] == kind)
                })
                .await;
            let tells = event.to_string().contains(gus.address());
            assert!(org.id == acme.id || !tells, "{event}");
        }
    }
}

// O2, Edge: locked user, locked org: gone
#[tokio::test]
async fn locks_and_ended_memberships_close_what_a_partner_has() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    let lock = async |org: &Org, word: &str| {
        let path = format!("/orgs/{}/{word}", org.id);
        world.operator().post(path, &json!({})).await.ok();
    };

    for org in [&globex, &acme] {
        lock(org, "lock").await;
        assert!(!gil.sees(&case).await && !gil.lists(&case, "").await, "{}", org.id);
        lock(org, "unlock").await;
        assert!(gil.sees(&case).await);
    }
    let member = globex.member_path(&gil).await;
    globex.admin.patch(&member, &json!({ "status": "locked" })).await.ok();
    assert!(!gil.sees(&case).await);
    globex.admin.patch(&member, &json!({ "status": "active" })).await.ok();
    assert!(gil.sees(&case).await);
    globex.admin.delete(&member).await.is(204);
    assert!(!gil.sees(&case).await && !gil.lists(&case, "").await);
}

// S9
#[tokio::test]
async fn a_member_of_a_partner_org_does_not_leave_for_it() {
    let world = World::new().await;
    let Two { globex, ada, gil, .. } = two(&world).await;
    let case = ada.case("Phishing wave").await;
    ada.shares_with(&case, [&globex], "analyst").await.is(201);

    gil.post(format!("{case}/disconnect"), &json!({})).await.is(204);

    assert!(gil.sees(&case).await);
}

// O8, S13
#[tokio::test]
async fn only_the_owner_org_deletes_and_it_is_gone_for_everybody() {
    let world = World::new().await;
    let Two { acme, globex, ada, gil } = two(&world).await;
    let (guest, eve) = (world.person("gus"), globex.external("eve", "external-reader").await);
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &guest, "editor").await;
    ada.shares_with(&case, [&globex], "org-admin").await.is(201);
    let open = json!({ "access": "external-all" });
    acme.admin.put(format!("{case}/access"), &open).await.is(200);
    for person in [&gil, &globex.admin, &guest, &eve] {
        assert!(person.sees(&case).await, "{}", person.name());
        person.delete(case.to_string()).await.forbidden();
    }

    ada.delete(case.to_string()).await.is(204);

    for person in [&ada, &acme.admin, &gil, &globex.admin, &guest, &eve] {
        person.get(case.to_string()).await.hidden();
        assert!(person.all("/cases").await.is_empty(), "{}", person.name());
    }
}
