//! What each role lets its holder do: the policy as a table.

use expect_test::expect;
use serde_json::json;

use crate::dsl::{Case, Person, World};

/// What somebody may do with a case, each tried in this order.
async fn tries(person: &Person, case: &Case) -> String {
    let body = json!({ "severity": "high" });
    let nothing = json!({});
    let comment = json!({ "text": "Seen" });
    let file = json!({ "name": "a.txt", "size": 1 });
    let hal = person.world().person("hal").by_mail();
    let row = [
        person.get(case.to_string()).await,
        person.get(format!("{case}/comments")).await,
        person.get(format!("{case}/attachments")).await,
        person.get(format!("{case}/history")).await,
        person.patch(case.to_string(), &body).await,
        person.post(format!("{case}/comments"), &comment).await,
        person.post(format!("{case}/attachments"), &file).await,
        person.share(case, [hal], "viewer").await,
        person.put(format!("{case}/assignees"), &json!({ "assignees": [] })).await,
        person.opens(case, "restricted", [person.by_mail()]).await,
        person.opens(case, "external-all", [""; 0]).await,
        person.post(format!("{case}/close"), &nothing).await,
        person.post(format!("{case}/reopen"), &nothing).await,
        person.delete(case.to_string()).await,
    ];
    row.map(|answer| answer.status.to_string()).join("  ")
}

const HEAD: &str =
    "                get  com  att  his  chg  +co  +at  shr  asg  rst  ext  cls  rop  del";

// B4, B5, P1
#[tokio::test]
async fn each_role_and_each_profile_may_do_this_much() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let mut table = vec![HEAD.to_owned()];
    for role in ["viewer", "editor", "editor-close"] {
        let gus = world.person("gus");
        let case = ada.case("Phishing wave").await;
        ada.lets_in(&case, &gus, role).await;
        table.push(format!("{role:16}{}", tries(&gus, &case).await));
    }
    for profile in ["read-only", "analyst", "org-admin"] {
        let bob = acme.member("bob", profile).await;
        let case = ada.case("Phishing wave").await;
        table.push(format!("{profile:16}{}", tries(&bob, &case).await));
    }
    for profile in ["external-reader", "external-actor"] {
        let eve = acme.external("eve", profile).await;
        let case = acme.admin.case("Phishing wave").await;
        acme.admin.opens(&case, "external-all", [""; 0]).await.ok();
        table.push(format!("{profile:16}{}", tries(&eve, &case).await));
    }
    let stranger = world.person("sam");
    let case = ada.case("Phishing wave").await;
    table.push(format!("{:16}{}", "stranger", tries(&stranger, &case).await));

    expect![[r"
                        get  com  att  his  chg  +co  +at  shr  asg  rst  ext  cls  rop  del
        viewer          200  200  200  200  403  403  403  403  403  403  403  403  403  403
        editor          200  200  200  200  200  201  201  403  403  403  403  403  403  403
        editor-close    200  200  200  200  200  201  201  403  403  403  403  200  200  403
        read-only       200  200  200  200  403  403  403  403  403  403  403  403  403  403
        analyst         200  200  200  200  200  201  201  201  200  403  403  200  200  204
        org-admin       200  200  200  200  200  201  201  201  200  200  409  200  200  204
        external-reader 200  200  200  403  403  403  403  403  403  403  403  403  403  403
        external-actor  200  200  200  403  403  201  201  403  403  403  403  403  403  403
        stranger        404  404  404  404  404  404  404  404  404  404  404  404  404  404"]]
    .assert_eq(&table.join("\n"));
}

// B4
#[tokio::test]
async fn may_says_just_what_the_caller_may_do() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.lets_in(&case, &gus, "editor-close").await;

    let may = gus.get(case.to_string()).await.ok()["may"].clone();

    assert_eq!(may["flags"], json!(["close", "reopen"]), "{may}");
    assert_eq!(may["sections"]["details"], "write", "{may}");
    let creator = ada.get(case.to_string()).await.ok()["may"].clone();
    assert_eq!(
        creator["flags"],
        json!(["close", "reopen", "delete", "share", "assign"]),
        "{creator}"
    );
}

// B4
#[tokio::test]
async fn closing_twice_and_opening_what_is_open_are_refused() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let nothing = json!({});

    ada.post(format!("{case}/reopen"), &nothing).await.refused(409, "not_closed");
    let closed = ada.post(format!("{case}/close"), &nothing).await.is(200).json;
    assert_eq!(closed["status"], "closed");
    assert!(closed["closed_at"].is_string());
    ada.post(format!("{case}/close"), &nothing).await.refused(409, "already_closed");
    let opened = ada.post(format!("{case}/reopen"), &nothing).await.is(200).json;
    assert_eq!(opened["status"], "open");
    assert!(opened["closed_at"].is_null());
}

// B5, E1
#[tokio::test]
async fn an_org_may_leave_editing_to_those_involved() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    acme.set(json!({ "edit_only_if_involved": true })).await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let change = json!({ "severity": "high" });

    bob.patch(case.to_string(), &change).await.forbidden();
    bob.post(format!("{case}/close"), &json!({})).await.forbidden();
    ada.patch(case.to_string(), &change).await.ok();
    acme.admin.patch(case.to_string(), &change).await.ok();

    // A share only adds, here too.
    ada.share(&case, [bob.by_mail()], "editor").await.is(201);
    bob.patch(case.to_string(), &change).await.ok();
}
