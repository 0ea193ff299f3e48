//! What another org shares, taken into a case of one's own by its admin.

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// Acme shares with Globex over a link on which Globex's admin takes in what comes.
struct Pair {
    acme: Org,
    globex: Org,
    ada: Person,
    gil: Person,
    case: Case,
}

async fn pair(world: &World) -> Pair {
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links_with(&globex, json!({ "finalise": true }), json!({})).await;
    let ada = acme.member("ada", "analyst").await;
    let gil = globex.member("gil", "analyst").await;
    let case = ada.case_with(json!({ "title": "Phishing wave", "tlp": "green" })).await;
    Pair { acme, globex, ada, gil, case }
}

impl Pair {
    /// Shares the case; later targets are inserted, too.
    async fn shares(&self) -> String {
        let body = json!({ "recipients": [self.globex.as_recipient()], "role": "viewer",
            "insert_targets": true });
        let made = self.ada.post(format!("{}/shares", self.case), &body).await.is(201).json;
        made["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The path of a share that comes in.
    fn incoming(&self, share: &str) -> String {
        format!("/orgs/{}/incoming/{share}", self.globex.id)
    }

    /// Shares, assigns to gil, who takes it into a case of theirs.
    async fn takes_in(&self) -> (String, Case) {
        let share = self.shares().await;
        let path = self.incoming(&share);
        let member = json!({ "member": self.gil.by_mail() });
        self.globex.admin.post(format!("{path}/assign"), &member).await.is(200);
        let into = self.gil.case("Our own wave").await;
        self.gil.post(format!("{path}/finalise"), &json!({ "case": into.id })).await.is(200);
        (share, into)
    }
}

/// Adds a target. Its path.
async fn target(person: &Person, case: &Case, value: &str) -> String {
    let made = person.post(format!("{case}/targets"), &json!({ "lines": value })).await.ok();
    format!("{case}/targets/{}", made["items"][0]["id"].as_str().unwrap())
}

/// The values that somebody sees taken into a case.
async fn received(person: &Person, case: &Case) -> Vec<String> {
    let found = person.get(format!("{case}/received")).await.ok();
    let sources = found["items"].as_array().unwrap();
    let targets = sources.iter().flat_map(|source| source["targets"].as_array().unwrap());
    targets.map(|target| target["value"].as_str().unwrap().to_owned()).collect()
}

/// How a case stands towards an org.
async fn status(person: &Person, case: &Case, org: &Org) -> Value {
    let shown = person.get(case.to_string()).await.ok();
    let partners = shown["partners"].as_array().unwrap_or_else(|| panic!("none: {shown}"));
    let of = partners.iter().find(|partner| partner["org"] == org.id.as_str());
    of.map_or(Value::Null, |partner| partner["status"].clone())
}

// E4, E7
#[tokio::test]
async fn a_share_waits_for_a_member_then_for_a_case_and_is_taken_in() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { globex, ada, gil, case, .. } = &pair;
    target(ada, case, "before@acme.example").await;
    let share = pair.shares().await;
    let path = pair.incoming(&share);
    target(ada, case, "desk@acme.example").await;
    let mail = world.letter_to(globex.admin.address()).await;
    assert!(mail.says("acme shares targets of a case with globex"), "{}", mail.text);

    let waiting = globex.admin.all(format!("/orgs/{}/incoming", globex.id)).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!((&waiting[0]["id"], &waiting[0]["state"]), (&json!(share), &json!("pending_user")));
    assert_eq!(
        (&waiting[0]["title"], &waiting[0]["from_name"]),
        (&json!("Phishing wave"), &json!("acme"))
    );
    assert_eq!(ada.shares(case).await[0]["state"], "pending_user");
    let into = gil.case("Our own wave").await;
    let body = json!({ "case": into.id });
    globex.admin.post(format!("{path}/finalise"), &body).await.refused(409, "not_assigned");
    gil.get(&path).await.hidden();

    let member = json!({ "member": gil.by_mail() });
    let assigned = globex.admin.post(format!("{path}/assign"), &member).await.is(200).json;
    assert_eq!(assigned["state"], "pending_case");
    assert_eq!(assigned["assigned_to"], gil.user().await.as_str());
    let notice = gil.notice("to_take_in").await;
    assert_eq!((&notice["share"], &notice["case"]), (&json!(share), &Value::Null), "{notice}");
    assert_eq!(gil.all(format!("/orgs/{}/incoming", globex.id)).await.len(), 1, "theirs to do");
    assert!(received(gil, &into).await.is_empty());

    let taken = gil.post(format!("{path}/finalise"), &body).await.is(200).json;

    assert_eq!((&taken["state"], &taken["destination"]), (&json!("active"), &json!(into.id)));
    assert_eq!(received(gil, &into).await, ["desk@acme.example"], "what was shared, no more");
    assert!(!gil.sees(case).await, "the case itself opens to nobody");
    assert!(gil.all(format!("{into}/targets")).await.is_empty(), "they are not theirs");
    assert_eq!(ada.shares(case).await[0]["state"], "active");
    assert!(globex.admin.all(format!("/orgs/{}/incoming", globex.id)).await.is_empty());
    let done = globex.admin.all(format!("/orgs/{}/incoming?which=done", globex.id)).await;
    assert_eq!(done.len(), 1);
}

// E7, P14
#[tokio::test]
async fn what_was_taken_in_outlives_merging_on_either_side() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { ada, gil, case, .. } = &pair;
    let (_, into) = pair.takes_in().await;
    target(ada, case, "desk@acme.example").await;
    assert_eq!(received(gil, &into).await, ["desk@acme.example"]);

    let other = gil.case("The same wave").await;
    gil.post(format!("{other}/merge"), &json!({ "case": into.id })).await.is(200);
    world.settle().await;
    assert_eq!(received(gil, &other).await, ["desk@acme.example"]);

    let stays = ada.case("Phishing wave, all of it").await;
    ada.post(format!("{stays}/merge"), &json!({ "case": case.id })).await.is(200);
    world.settle().await;
    assert_eq!(received(gil, &other).await, ["desk@acme.example"]);
    target(ada, &stays, "later@acme.example").await;
    assert_eq!(received(gil, &other).await, ["later@acme.example", "desk@acme.example"]);
    assert_eq!(ada.shares(&stays).await[0]["state"], "active");
    assert!(gil.remembers(&other).await.contains(&"incoming_taken_in".to_owned()));
}

// E5, E6
#[tokio::test]
async fn targets_are_chosen_and_later_ones_inserted_where_that_is_wished() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { globex, ada, gil, case, .. } = &pair;
    let old = target(ada, case, "old@acme.example").await;
    let (share, into) = pair.takes_in().await;

    let new = target(ada, case, "new@acme.example").await;
    assert_eq!(received(gil, &into).await, ["new@acme.example"]);
    ada.put(format!("{old}/shares/{}", globex.id), &json!({})).await.ok();
    assert_eq!(received(gil, &into).await, ["new@acme.example", "old@acme.example"]);
    ada.delete(format!("{new}/shares/{}", globex.id)).await.is(204);
    assert_eq!(received(gil, &into).await, ["old@acme.example"]);

    let path = format!("{case}/shares/{share}");
    let off = ada.patch(&path, &json!({ "insert_targets": false })).await.ok();
    assert_eq!(off["link"]["insert_targets"], false, "{off}");
    target(ada, case, "later@acme.example").await;
    assert_eq!(received(gil, &into).await, ["old@acme.example"]);
    let task = ada.post(format!("{case}/tasks"), &json!({ "title": "Call" })).await.is(201).json;
    let task = format!("{case}/tasks/{}/shares/{}", task["id"].as_str().unwrap(), globex.id);
    ada.put(task, &json!({})).await.refused(422, "link_finalises");
    let person = world.person("guy");
    let body =
        json!({ "recipients": [person.by_mail()], "role": "viewer", "insert_targets": true });
    ada.post(format!("{case}/shares"), &body).await.refused(400, "invalid").at("/insert_targets");
}

// E7, O7, Promise 1
#[tokio::test]
async fn what_is_revoked_refused_or_cut_off_is_received_no_more() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { acme, globex, ada, gil, case } = &pair;
    let (share, into) = pair.takes_in().await;
    target(ada, case, "desk@acme.example").await;
    let sees = async |expected: usize| {
        assert_eq!(received(gil, &into).await.len(), expected);
    };
    sees(1).await;

    for (org, other, stop, go) in [
        (acme, globex, json!({ "outbound": false }), json!({ "outbound": true })),
        (globex, acme, json!({ "enabled": false }), json!({ "enabled": true })),
    ] {
        org.admin.patch(org.link(other), &stop).await.ok();
        sees(0).await;
        org.admin.patch(org.link(other), &go).await.ok();
        sees(1).await;
    }
    ada.delete(format!("{case}/shares/{share}")).await.is(204);
    sees(0).await;

    let again = pair.shares().await;
    sees(0).await;
    let path = pair.incoming(&again);
    globex.admin.post(format!("{path}/assign"), &json!({ "member": gil.by_mail() })).await.is(200);
    gil.post(format!("{path}/finalise"), &json!({ "case": into.id })).await.is(200);
    sees(0).await;
    target(ada, case, "again@acme.example").await;
    sees(1).await;
    let reason = json!({ "reason": "We have it already." });
    gil.post(format!("{path}/refuse"), &reason).await.forbidden();
    globex.admin.post(format!("{path}/refuse"), &reason).await.is(200);
    sees(0).await;
    let shown = ada.shares(case).await[0].clone();
    assert_eq!(shown["state"], "refused");
    assert_eq!(shown["link"]["reason"], "We have it already.");
    globex.admin.post(format!("{path}/refuse"), &reason).await.refused(409, "not_waiting");
}

// E7
#[tokio::test]
async fn a_new_case_is_made_for_it_by_who_may_make_one() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { globex, ada, gil, case, .. } = &pair;
    let reader = globex.member("ria", "read-only").await;
    let path = pair.incoming(&pair.shares().await);
    target(ada, case, "desk@acme.example").await;
    globex
        .admin
        .post(format!("{path}/assign"), &json!({ "member": reader.by_mail() }))
        .await
        .is(200);
    let new = json!({ "new_case": "From Acme" });
    reader.post(format!("{path}/finalise"), &new).await.forbidden();
    globex.admin.post(format!("{path}/assign"), &json!({ "member": gil.by_mail() })).await.is(200);
    reader.post(format!("{path}/finalise"), &new).await.hidden();

    let taken = gil.post(format!("{path}/finalise"), &new).await.is(200).json;

    let made = gil.get(format!("/cases/{}", taken["destination"].as_str().unwrap())).await;
    let made = Case::of(&made);
    assert_eq!(made.json["title"], "From Acme");
    assert_eq!(received(&reader, &made).await, ["desk@acme.example"], "with all who read it");
    gil.post(format!("{path}/finalise"), &new).await.refused(409, "not_waiting");
}

// E7, Bad input
#[tokio::test]
async fn only_who_receives_assigns_and_it_goes_into_a_case_of_that_org() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { acme, globex, ada, gil, case } = &pair;
    let path = pair.incoming(&pair.shares().await);
    let to = |person: &Person| json!({ "member": person.by_mail() });

    gil.post(format!("{path}/assign"), &to(gil)).await.hidden();
    ada.post(format!("{path}/assign"), &to(gil)).await.hidden();
    ada.get(format!("/orgs/{}/incoming", globex.id)).await.hidden();
    assert!(gil.all(format!("/orgs/{}/incoming", globex.id)).await.is_empty());
    let admin = &globex.admin;
    admin
        .post(format!("{path}/assign"), &to(ada))
        .await
        .refused(422, "not_a_colleague")
        .at("/member");
    let never = path.rsplit_once('/').unwrap().0.to_owned() + "/saaaaaaaaaaaaaaaaaaaaaaaaaa";
    admin.post(format!("{never}/assign"), &to(gil)).await.hidden();
    admin.post(format!("{path}/assign"), &to(gil)).await.is(200);
    gil.post(format!("{path}/assign"), &to(gil)).await.forbidden();

    let finalise = format!("{path}/finalise");
    gil.post(&finalise, &json!({})).await.refused(400, "invalid").at("/case");
    let both = json!({ "case": case.id, "new_case": "X" });
    gil.post(&finalise, &both).await.refused(400, "invalid");
    gil.post(&finalise, &json!({ "case": case.id })).await.refused(404, "not_found").at("/case");
    let closed = globex.member("cy", "read-only").await;
    let into = gil.case("Our own wave").await;
    admin.post(format!("{path}/assign"), &to(&closed)).await.is(200);
    closed.post(&finalise, &json!({ "case": into.id })).await.forbidden();
    let (own, other) = (acme.join(gil, "normal", "analyst").await, globex);
    let foreign = own.case("A case of Acme").await;
    admin.post(format!("{path}/assign"), &to(gil)).await.is(200);
    gil.post(&finalise, &json!({ "case": foreign.id })).await.refused(422, "other_org").at("/case");
    acme.admin.patch(acme.link(other), &json!({ "outbound": false })).await.ok();
    gil.post(&finalise, &json!({ "case": into.id })).await.refused(422, "link_one_way");
}

// E9, Edge: the four statuses
#[tokio::test]
async fn a_case_says_how_it_stands_towards_each_org() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { acme, globex, ada, gil, case } = &pair;
    globex.admin.patch(globex.link(acme), &json!({ "finalise": true })).await.ok();
    assert_eq!(status(ada, case, globex).await, Value::Null);
    let share = pair.shares().await;
    assert_eq!(status(ada, case, globex).await, "inactive", "it waits");
    let path = pair.incoming(&share);
    let assign = json!({ "member": gil.by_mail() });
    globex.admin.post(format!("{path}/assign"), &assign).await.is(200);
    let into = gil.case("Our own wave").await;
    gil.post(format!("{path}/finalise"), &json!({ "case": into.id })).await.is(200);
    assert_eq!(status(ada, case, globex).await, "sending");
    assert_eq!(status(gil, &into, acme).await, "receiving");

    let body = json!({ "recipients": [acme.as_recipient()], "role": "viewer" });
    let back = gil.post(format!("{into}/shares"), &body).await.is(201).json;
    assert_eq!(status(gil, &into, acme).await, "receiving", "the way back waits");
    let back = back["items"][0]["id"].as_str().unwrap().to_owned();
    let back = format!("/orgs/{}/incoming/{back}", acme.id);
    acme.admin.post(format!("{back}/assign"), &json!({ "member": ada.by_mail() })).await.is(200);
    ada.post(format!("{back}/finalise"), &json!({ "case": case.id })).await.is(200);
    assert_eq!(status(gil, &into, acme).await, "both");
    assert_eq!(status(ada, case, globex).await, "both");
    let listed = ada.all("/cases?partners=true").await;
    let listed = listed.iter().find(|entry| entry["id"] == case.id.as_str()).unwrap();
    assert_eq!(listed["partners"], json!([{ "org": globex.id, "status": "both" }]));
    assert!(ada.all("/cases").await[0].get("partners").is_none());

    acme.admin.patch(acme.link(globex), &json!({ "enabled": false })).await.ok();
    assert_eq!(status(gil, &into, acme).await, "inactive");
    assert_eq!(status(ada, case, globex).await, "inactive");
}

// E7, E12
#[tokio::test]
async fn both_orgs_see_in_their_histories_what_became_of_it() {
    let world = World::new().await;
    let pair = pair(&world).await;
    let Pair { acme, globex, ada, gil, case } = &pair;
    let (_, into) = pair.takes_in().await;

    let theirs = ada.remembers(case).await;
    assert!(theirs.ends_with(&["incoming_assigned".to_owned(), "incoming_taken_in".to_owned()]));
    let events = ada.all(format!("{case}/history")).await;
    assert!(!events[0].to_string().contains(&into.id), "where it went is not theirs to know");
    assert!(gil.remembers(&into).await.contains(&"incoming_taken_in".to_owned()));
    let audit = world
        .wait("the audit view", async || {
            let mut all = globex.admin.all(format!("/orgs/{}/audit", globex.id)).await;
            all.retain(|event| {
                event["kind"] == "incoming_taken_in"
                    && event["what"]["destination"] == into.id.as_str()
            });
            all.pop()
        })
        .await;
    assert_eq!(audit["what"]["owner"], acme.id.as_str(), "{audit}");
}
