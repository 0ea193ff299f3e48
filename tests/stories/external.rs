//! External users: to whom a case is open besides its shares.

use serde_json::json;

use crate::dsl::World;

const NOBODY: [&str; 0] = [];

// P1
#[tokio::test]
async fn opening_a_case_to_external_users_needs_the_right() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;

    ada.opens(&case, "external-all", NOBODY).await.forbidden();

    let profile = json!({
        "name": "opener", "type": "organisation", "org_rights": ["create_case"],
        "rights": { "levels": { "details": "write", "comments": "write" }, "flags": ["share_external"] },
    });
    acme.admin.post(format!("/orgs/{}/profiles", acme.id), &profile).await.is(201);
    acme.admin.patch(acme.member_path(&ada).await, &json!({ "profile": "opener" })).await.ok();
    ada.opens(&case, "external-all", NOBODY).await.is(200);
}

// P9
#[tokio::test]
async fn a_case_is_open_to_all_external_users_of_today_and_tomorrow() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let today = acme.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    assert!(!today.sees(&case).await);

    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);

    let tomorrow = acme.external("eva", "external-reader").await;
    for person in [today, tomorrow] {
        assert!(person.sees(&case).await);
        assert!(person.lists(&case, "filter=external").await);
        assert_eq!(person.all("/cases").await[0]["how"], "external");
    }
}

// P9
#[tokio::test]
async fn a_case_is_open_to_selected_external_users_and_the_list_is_replaced() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-reader").await;
    let eva = acme.external("eva", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;

    let opened = acme.admin.opens(&case, "external", [eve.by_mail()]).await.is(200);
    assert_eq!(opened.json["access"], "external");
    assert_eq!(opened.json["users"][0]["user"], eve.user().await.as_str());
    assert!(eve.sees(&case).await && eve.lists(&case, "").await);
    assert!(!eva.sees(&case).await && !eva.lists(&case, "").await);

    acme.admin.opens(&case, "external", [eva.by_id().await]).await.is(200);
    assert!(!eve.sees(&case).await && !eve.lists(&case, "").await);
    assert!(eva.sees(&case).await && eva.lists(&case, "").await);

    acme.admin.opens(&case, "external", [eva.by_id().await]).await.is(200);
    assert!(eva.sees(&case).await, "the same list again is fine");
}

// P2
#[tokio::test]
async fn restricted_and_external_pass_into_each_other_only_through_internal() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    let (admin, me) = (&acme.admin, acme.admin.by_id().await);

    admin.opens(&case, "restricted", [&me]).await.is(200);
    admin.opens(&case, "external", [eve.by_mail()]).await.refused(409, "case_restricted");
    admin.opens(&case, "external-all", NOBODY).await.refused(409, "case_restricted");
    admin.opens(&case, "internal", NOBODY).await.is(200);
    admin.opens(&case, "external-all", NOBODY).await.is(200);
    admin.opens(&case, "restricted", [&me]).await.refused(409, "case_external");
    admin.opens(&case, "external", [eve.by_mail()]).await.is(200);
    admin.opens(&case, "restricted", [&me]).await.refused(409, "case_external");
    assert_eq!(admin.get(format!("{case}/access")).await.ok()["access"], "external");
}

// P2
#[tokio::test]
async fn a_restricted_case_is_closed_to_colleagues_who_are_not_named() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let cyd = acme.member("cyd", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Unusual words").await;
    ada.lets_in(&case, &gus, "viewer").await;

    acme.admin.opens(&case, "restricted", [bob.by_mail(), acme.admin.by_id().await]).await.is(200);

    for person in [&ada, &bob, &acme.admin] {
        assert!(person.sees(&case).await && person.lists(&case, "").await, "{}", person.name());
    }
    assert!(gus.sees(&case).await, "a person's grant is untouched");
    assert!(!cyd.sees(&case).await);
    assert!(!cyd.lists(&case, "").await);
    assert!(!cyd.finds(&case, "usual wor").await);
    acme.admin.opens(&case, "internal", NOBODY).await.is(200);
    assert!(cyd.sees(&case).await && cyd.lists(&case, "").await);
}

// P2
#[tokio::test]
async fn restricting_needs_the_right_and_names_colleagues_only() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-reader").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;

    ada.opens(&case, "restricted", [ada.by_mail()]).await.forbidden();
    for wrong in [&eve, &gus] {
        let users = [acme.admin.by_mail(), wrong.by_mail()];
        let answer = acme.admin.opens(&case, "restricted", users).await;
        answer.refused(422, "not_a_colleague").at("/users/1");
    }
    acme.admin.opens(&case, "restricted", [acme.admin.by_mail()]).await.is(200);
    ada.opens(&case, "internal", NOBODY).await.forbidden();
}

// P7
#[tokio::test]
async fn external_accounts_exist_first() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "analyst").await;
    let gus = world.person("gus");
    let invited = world.person("eve");
    acme.invites(&invited, "external", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;

    for wrong in [&gus, &bob, &invited] {
        let answer = acme.admin.opens(&case, "external", [wrong.by_mail()]).await;
        answer.refused(422, "unknown_external_user").at("/users/0");
    }
    invited.accepts().await;
    acme.admin.opens(&case, "external", [invited.by_mail()]).await.is(200);
    assert!(invited.sees(&case).await);
}

// P7
#[tokio::test]
async fn an_external_user_is_invited_by_an_admin_and_by_nobody_else() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = world.person("eve");
    let body = json!({ "email": eve.address(), "kind": "external", "profile": "external-reader" });

    ada.post(acme.members(), &body).await.forbidden();
    acme.admin.post(acme.members(), &body).await.is(201);

    let mail = world.mail_to(eve.address()).await;
    eve.accept_token(&mail.token()).await.is(200);
    let me = eve.me().await;
    assert_eq!(
        (&me["orgs"][0]["kind"], &me["orgs"][0]["profile"]),
        (&json!("external"), &json!("external-reader"))
    );
    let as_normal = json!({ "email": world.person("x").address(), "kind": "normal", "profile": "external-reader" });
    acme.admin.post(acme.members(), &as_normal).await.refused(422, "kind_mismatch");
}

// P10
#[tokio::test]
async fn external_access_ends_at_once_and_marks_count_again_if_it_returns() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    let comment = acme.admin.comments(&case, "For you").await;
    acme.admin.put(format!("{comment}/external"), &json!({})).await.is(200);
    let file = acme.admin.attaches(&case, "for-you.txt", b"bytes").await;
    acme.admin.put(format!("{file}/external"), &json!({})).await.is(200);
    assert_eq!(eve.reads(&case).await, ["For you"]);

    let closed = acme.admin.opens(&case, "internal", NOBODY).await.is(200).json;

    assert_eq!(closed["marked"], json!({ "comments": 1, "attachments": 1 }), "{closed}");
    assert!(!eve.sees(&case).await);
    assert!(!eve.lists(&case, "").await);
    eve.get(format!("{case}/comments")).await.hidden();
    eve.link(&file).await.hidden();

    acme.admin.opens(&case, "external", [eve.by_mail()]).await.is(200);
    assert_eq!(eve.reads(&case).await, ["For you"]);
    assert_eq!(eve.files(&case).await, ["for-you.txt"]);
}

// P11
#[tokio::test]
async fn each_list_shows_what_is_open_to_external_users() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "read-only").await;
    let case = acme.admin.case("Phishing wave").await;
    let comment = acme.admin.comments(&case, "For you").await;
    let flag = async || bob.all("/cases").await[0]["shared_externally"].clone();
    assert_eq!(flag().await, false);

    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);
    acme.admin.put(format!("{comment}/external"), &json!({})).await.is(200);

    assert_eq!(flag().await, true);
    let found = bob.post("/cases/search", &json!({ "text": "Phish" })).await.ok();
    assert_eq!(found["items"][0]["shared_externally"], true);
    assert_eq!(bob.get(case.to_string()).await.ok()["shared_externally"], true);
    assert_eq!(bob.all(format!("{case}/comments")).await[0]["external"], true);
}

// P12
#[tokio::test]
async fn external_users_see_no_history_and_all_they_do_is_in_it() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-actor").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);

    eve.comments(&case, "From outside").await;
    let file = eve.attaches(&case, "outside.txt", b"bytes").await;
    eve.downloads(&file).await.is(200);

    eve.get(format!("{case}/history")).await.forbidden();
    assert!(eve.shares(&case).await.is_empty());
    eve.get(format!("{case}/access")).await.forbidden();
    let kinds = acme.admin.remembers(&case).await;
    for kind in ["access_changed", "comment_added", "attachment_added", "attachment_downloaded"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
    let events = acme.admin.all(format!("{case}/history")).await;
    let comment = events.iter().find(|event| event["kind"] == "comment_added").unwrap();
    assert_eq!(comment["actor"]["user"], eve.user().await.as_str());
}

// P9
#[tokio::test]
async fn a_locked_external_user_sees_nothing_and_counts_for_nothing() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);

    acme.admin.patch(acme.member_path(&eve).await, &json!({ "status": "locked" })).await.ok();

    assert!(!eve.sees(&case).await);
    assert!(eve.all("/cases").await.is_empty());
    let named = acme.admin.opens(&case, "external", [eve.by_mail()]).await;
    named.refused(422, "unknown_external_user");
}

// P7
#[tokio::test]
async fn an_external_member_is_never_given_a_share() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-reader").await;
    let case = acme.admin.case("Phishing wave").await;

    for recipient in [eve.by_mail(), eve.by_id().await] {
        let shared = acme.admin.share(&case, [recipient], "viewer").await;
        shared.refused(422, "use_external_access").at("/recipients/0");
    }
}

// P10
#[tokio::test]
async fn access_knows_versions() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let case = acme.admin.case("Phishing wave").await;
    let old = acme.admin.get(format!("{case}/access")).await.is(200).etag();
    acme.admin.opens(&case, "external-all", NOBODY).await.is(200);

    let late = acme.admin.opens(&case, "internal", NOBODY).if_match(&old).await;

    late.refused(412, "version_moved");
    assert_eq!(acme.admin.get(format!("{case}/access")).await.ok()["access"], "external-all");
}

// P9, Bad input
#[tokio::test]
async fn names_go_with_the_access_that_wants_them() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let me = acme.admin.by_id().await;
    let case = acme.admin.case("Phishing wave").await;
    let path = format!("{case}/access");

    for access in ["internal", "external-all"] {
        let body = json!({ "access": access, "users": [me] });
        acme.admin.put(&path, &body).await.refused(422, "names_not_wanted").at("/users");
    }
    for access in ["restricted", "external"] {
        let answer = acme.admin.put(&path, &json!({ "access": access })).await;
        assert!(matches!(answer.status, 400 | 422), "{answer}");
    }
    let many: Vec<_> = (0..91).map(|_| world.person("x").by_mail()).collect();
    let body = json!({ "access": "restricted", "users": many });
    acme.admin.put(&path, &body).await.refused(400, "invalid").at("/users");
    let twice = acme.admin.opens(&case, "restricted", [me, acme.admin.by_mail()]).await;
    assert_eq!(twice.status, 422, "{twice}");
}

// P2, P9
#[tokio::test]
async fn access_comes_with_the_creation() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let bob = acme.member("bob", "analyst").await;
    let eve = acme.external("eve", "external-reader").await;
    let gus = world.person("gus");
    let admin = &acme.admin;

    let open = admin
        .case_with(json!({ "title": "A", "access": "external", "users": [eve.by_mail()] }))
        .await;
    let shut = admin
        .case_with(json!({ "title": "B", "access": "restricted", "users": [admin.by_mail()] }))
        .await;

    assert!(eve.sees(&open).await);
    assert!(!bob.sees(&shut).await);
    let unknown = json!({ "title": "C", "access": "external", "users": [gus.by_mail()] });
    admin.creates(unknown).await.refused(422, "unknown_external_user").at("/users/0");
    bob.creates(json!({ "title": "D", "access": "external-all" })).await.forbidden();
    let group = admin.group("Partners").await;
    let mixed = json!({
        "title": "E", "access": "restricted", "users": [admin.by_mail()],
        "share": [{ "recipients": [format!("group:{group}")], "role": "viewer" }],
    });
    admin.creates(mixed).await.refused(409, "case_restricted");
    assert_eq!(admin.all("/cases").await.len(), 2);
}

/// The statuses of an answer that has one for each entry.
fn statuses(answer: &serde_json::Value) -> Vec<u64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|entry| entry["status"].as_u64().unwrap()).collect()
}

// P8, Promise 4
#[tokio::test]
async fn external_access_is_set_and_taken_back_for_many_cases_at_once() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let umbrella = world.org("umbrella").await;
    let eve = acme.external("eve", "external-reader").await;
    let mut cases = Vec::new();
    for title in ["One", "Two", "Kept to a few"] {
        cases.push(acme.admin.case(title).await);
    }
    let foreign = umbrella.admin.case("Theirs").await;
    acme.admin.opens(&cases[2], "restricted", NOBODY).await.is(200);
    let never = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    ids.extend([foreign.id.as_str(), never]);
    let body = |access: &str| match access {
        "external" => json!({ "cases": ids, "access": access, "users": [eve.by_mail()] }),
        _ => json!({ "cases": ids, "access": access }),
    };

    let opened = acme.admin.post("/access", &body("external")).await.is(200).json;
    assert_eq!(statuses(&opened), [200, 200, 409, 404, 404], "{opened}");
    let items = opened["items"].as_array().unwrap();
    assert_eq!(items[0]["case"], ids[0]);
    assert_eq!(items[0]["access"]["access"], "external");
    assert_eq!(items[2]["problem"]["code"], "case_restricted");
    assert_eq!(items[3]["problem"], items[4]["problem"], "hidden equals missing");
    assert!(eve.sees(&cases[0]).await && eve.sees(&cases[1]).await && !eve.sees(&cases[2]).await);

    let closed = acme.admin.post("/access", &body("internal")).await.is(200).json;
    assert_eq!(statuses(&closed), [200, 200, 409, 404, 404], "{closed}");
    assert!(!eve.sees(&cases[0]).await && !eve.sees(&cases[1]).await);
    let kept = acme.admin.get(format!("{}/access", cases[2])).await.ok();
    assert_eq!(kept["access"], "restricted", "taking back opens nothing");
}

// P1, P8, Bad input
#[tokio::test]
async fn each_of_many_cases_needs_the_right_and_is_changed_once_for_one_key() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-reader").await;
    let case = ada.case("Phishing wave").await;
    let many = json!({ "cases": [case.id], "access": "external-all" });

    let refused = ada.post("/access", &many).await.is(200).json;
    assert_eq!(statuses(&refused), [403], "{refused}");
    acme.admin.post("/access", &many).key("open").await.is(200);
    assert!(eve.sees(&case).await);
    acme.admin.opens(&case, "internal", NOBODY).await.is(200);
    let again = acme.admin.post("/access", &many).key("open").await.is(200).json;
    assert_eq!(again["items"][0]["access"]["access"], "internal", "as it is now: {again}");
    assert!(!eve.sees(&case).await, "a replay changes nothing");
    let unknown = json!({ "cases": [case.id], "access": "external", "users": [ada.by_mail()] });
    let unknown = acme.admin.post("/access", &unknown).await.is(200).json;
    assert_eq!(unknown["items"][0]["problem"]["code"], "unknown_external_user", "{unknown}");

    let too_many: Vec<_> = (0..101).map(|_| "01ARZ3NDEKTSV4RRFFQ69G5FAV").collect();
    for wrong in [
        json!({ "cases": [], "access": "internal" }),
        json!({ "cases": too_many, "access": "internal" }),
        json!({ "cases": [case.id, case.id], "access": "internal" }),
        json!({ "cases": ["x"], "access": "internal" }),
        json!({ "cases": [case.id], "access": "restricted" }),
        json!({ "cases": [case.id], "access": "external" }),
        json!({ "cases": [case.id], "access": "external", "users": [] }),
    ] {
        acme.admin.post("/access", &wrong).await.refused(400, "invalid");
    }
}

// P6
#[tokio::test]
async fn a_case_made_in_the_portal_is_confirmed_by_mail_and_seen_by_its_maker_and_the_org() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let eve = acme.external("eve", "external-actor").await;
    let eva = acme.external("eva", "external-actor").await;
    let body = json!({
        "title": "Odd invoice", "description": "It came twice.", "tlp": "green",
        "observables": [{ "type": "file", "value": "invoice.exe" }, { "value": "hxxp://evil[.]example" }],
    });

    let case = eve.case_with(body).await;

    assert_eq!(case.json["how"], "external");
    let mail = world.letter_to(eve.address()).await;
    assert!(mail.subject.contains("has received your case"), "{mail:?}");
    assert!(mail.says("Odd invoice") && mail.says(&case.id), "{mail:?}");
    let seen = eve.all(format!("{case}/observables")).await;
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.iter().all(|one| one["origin"] == "portal"), "{seen:?}");
    assert!(ada.sees(&case).await && !eva.sees(&case).await);
    assert_eq!(ada.get(format!("{case}/access")).await.ok()["access"], "external");
    for wrong in [
        json!({ "title": "x", "assignees": [ada.by_mail()] }),
        json!({ "title": "x", "access": "external-all" }),
        json!({ "title": "x", "share": [{ "recipients": [ada.by_mail()], "role": "viewer" }] }),
    ] {
        eve.creates(wrong).await.forbidden();
    }
    let odd = json!({ "title": "x", "observables": [{ "type": "ip", "value": "evil.example" }] });
    eve.creates(odd).await.refused(422, "no_such_value").at("/observables/0/value");
    let reader = acme.external("rea", "external-reader").await;
    reader.creates(json!({ "title": "x" })).await.forbidden();
}

// P6
#[tokio::test]
async fn the_confirmation_does_not_name_a_case_whose_marking_forbids_it() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let eve = acme.external("eve", "external-actor").await;

    eve.case_with(json!({ "title": "Unusual words", "tlp": "amber" })).await;

    let mail = world.letter_to(eve.address()).await;
    assert!(mail.subject.contains("has received your case"), "{mail:?}");
    assert!(!mail.says("Unusual words"), "{mail:?}");
}
