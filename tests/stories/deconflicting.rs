//! Searching for a target among the orgs that have agreed to it.

use serde_json::{Value, json};

use crate::dsl::{Org, Person, World};

/// Searches for a value. Where it is searched for.
async fn searches(person: &Person, org: &Org, value: &str) -> Value {
    let body = json!({ "value": value });
    let path = format!("/orgs/{}/deconfliction", org.id);
    person.post(path, &body).await.is(202).json["searched"].clone()
}

// E13
#[tokio::test]
async fn both_sides_get_the_others_address_by_mail_and_nothing_else() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;
    let ada = acme.member("ada", "analyst").await;
    let gil = globex.member("gil", "analyst").await;
    let case = ada.case_with(json!({ "title": "Phishing wave", "tlp": "clear" })).await;
    let quiet = json!({ "title": "Quiet", "org": acme.id, "access": "restricted", "users": [] });
    let quiet = acme.admin.post("/cases", &quiet).await.is(201).json["id"].clone();
    let lines = json!({ "lines": "Desk@Acme.example" });
    ada.post(format!("{case}/targets"), &lines).await.ok();
    let hidden = json!({ "lines": "quiet@acme.example" });
    let path = format!("/cases/{}/targets", quiet.as_str().unwrap());
    acme.admin.post(path, &hidden).await.ok();
    world.settle().await;

    for missed in ["other@acme.example", "quiet@acme.example"] {
        assert_eq!(searches(&gil, &globex, missed).await, json!([acme.id]));
    }
    assert_eq!(searches(&gil, &globex, "desk@acme[.]example").await, json!([acme.id]));

    let told = world.letter_to(gil.address()).await;
    assert!(told.says(ada.address()) && told.says("acme"), "{}", told.text);
    let owner = world.letter_to(ada.address()).await;
    assert!(owner.says(gil.address()) && owner.says("globex"), "{}", owner.text);
    for mail in [&told, &owner] {
        assert!(!mail.says("Phishing") && !mail.says("desk@"), "{}", mail.text);
    }
    let letters = world.all_mail_to(gil.address()).await;
    let letters = letters.iter().filter(|mail| !mail.says("/i#")).count();
    assert_eq!(letters, 1, "no word of what was not found, or is restricted");
    let kinds = acme.admin.all(format!("/orgs/{}/audit", acme.id)).await;
    let found: Vec<_> = kinds.iter().filter(|event| event["kind"] == "target_found").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["what"]["for"], globex.id.as_str());
    assert_eq!(found[0]["actor"]["user"], gil.user().await.as_str());
}

// E13, E3, Bad input
#[tokio::test]
async fn an_org_is_searched_as_far_as_both_have_agreed() {
    let world = World::new().await;
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    let gil = globex.member("gil", "analyst").await;
    assert_eq!(searches(&gil, &globex, "192.0.2.1").await, json!([]), "not linked");
    acme.links(&globex).await;
    assert_eq!(searches(&gil, &globex, "192.0.2.1").await, json!([acme.id]));

    for (org, other, flag) in
        [(&globex, &acme, "search_outbound"), (&acme, &globex, "search_inbound")]
    {
        org.admin.patch(org.link(other), &json!({ flag: false })).await.ok();
        assert_eq!(searches(&gil, &globex, "192.0.2.1").await, json!([]), "{flag}");
        org.admin.patch(org.link(other), &json!({ flag: true })).await.ok();
    }
    acme.admin.patch(acme.link(&globex), &json!({ "outbound": false })).await.ok();
    assert_eq!(searches(&gil, &globex, "192.0.2.1").await, json!([acme.id]), "sharing is another");
    acme.admin.patch(acme.link(&globex), &json!({ "enabled": false })).await.ok();
    assert_eq!(searches(&gil, &globex, "192.0.2.1").await, json!([]));

    let path = format!("/orgs/{}/deconfliction", globex.id);
    let odd = json!({ "type": "ip", "value": "no address" });
    gil.post(&path, &odd).await.refused(422, "no_such_value").at("/value");
    gil.post(&path, &json!({})).await.refused(400, "invalid");
    acme.admin.post(&path, &json!({ "value": "192.0.2.1" })).await.hidden();
    let eve = globex.external("eve", "external-reader").await;
    eve.post(&path, &json!({ "value": "192.0.2.1" })).await.forbidden();
}
