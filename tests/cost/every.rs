//! What every operation costs, once, in a small world: the second table of `docs/costs.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use wire::{Actor, Wire, World, app, open_hand, text};

use crate::ledger::cost;
use crate::scene::{self, Scene, by_mail, id};
use crate::stock;

/// Carries out operations, and keeps what each cost.
struct Tour<'a> {
    world: &'a World,
    rows: BTreeMap<String, String>,
}

impl Tour<'_> {
    /// Has `who` carry out `operation`, a method and a route, in whose braces stand `ids`. What
    /// was answered.
    async fn ask(&mut self, who: &Actor, operation: &str, ids: &[&str], body: Value) -> Value {
        let (method, route) = operation.split_once(' ').unwrap();
        let mut path = String::new();
        let mut ids = ids.iter();
        for part in route.split('/').skip(1) {
            let part = if part.starts_with('{') { ids.next().expect(route) } else { part };
            write!(path, "/{part}").unwrap();
        }
        assert_eq!(ids.next(), None, "{operation}");
        let mut answer = None;
        let counted = cost(self.world, who, async |who| {
            answer = Some(match method {
                "GET" => who.get(&path).await,
                _ => who.send(method, &path, body.clone()).await,
            });
        })
        .await;
        let answer = answer.unwrap();
        assert!(answer.status < 300, "{operation}: {answer}");
        let before = self.rows.insert(operation.to_owned(), counted.to_string());
        assert_eq!(before, None, "{operation} twice");
        answer.body
    }

    /// Makes an item in a case, reads all and the one, and changes it. Its id.
    async fn item(
        &mut self,
        who: &Actor,
        case: &str,
        [all, one]: [&str; 2],
        [new, change]: [Value; 2],
    ) -> String {
        let answer = self.ask(who, &format!("POST {all}"), &[case], new).await;
        // Of values, several are made at once.
        let id = made(answer.get("items").map_or(&answer, |items| &items[0]));
        self.ask(who, &format!("GET {all}"), &[case], json!({})).await;
        self.ask(who, &format!("GET {all}/{one}"), &[case, &id], json!({})).await;
        self.ask(who, &format!("PATCH {all}/{one}"), &[case, &id], change).await;
        id
    }

    /// Shares an item with an org and takes it back, and deletes it.
    async fn shared_item(&mut self, who: &Actor, all: &str, ids: [&str; 3]) {
        let (of_item, of_share) = (format!("{all}/{{item}}"), "shares/{org}");
        self.ask(who, &format!("PUT {of_item}/{of_share}"), &ids, json!({})).await;
        self.ask(who, &format!("GET {of_item}/shares"), &ids[..2], json!({})).await;
        self.ask(who, &format!("DELETE {of_item}/{of_share}"), &ids, json!({})).await;
        self.ask(who, &format!("DELETE {of_item}"), &ids[..2], json!({})).await;
    }
}

/// The id of what was made.
#[track_caller]
fn made(answer: &Value) -> String {
    text(answer, "id")
}

/// Every operation, by method and route, in the order of the API's description.
fn operations() -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let route = path.strip_prefix("/v1").unwrap();
        let methods = methods.as_object().unwrap().keys().filter(|key| *key != "parameters");
        all.extend(methods.map(|method| format!("{} {route}", method.to_uppercase())));
    }
    all
}

/// The token in the mail of an invitation.
async fn token(world: &World, invitation: &str) -> String {
    let app = app(&Wire::new(&world.engine, open_hand()));
    let invitation = invitation.parse().unwrap();
    app.macs().unwrap().token(invitation, 1).await.unwrap()
}

/// The rows of the table.
pub(crate) async fn table() -> String {
    let scene = Scene::new().await;
    let op = scene.world.operator();
    let mut tour = Tour { world: &scene.world, rows: BTreeMap::new() };
    orgs(&mut tour, &scene, &op).await;
    me(&mut tour, &scene).await;
    groups(&mut tour, &scene).await;
    invitations(&mut tour, &scene).await;
    let case = cases(&mut tour, &scene).await;
    shares(&mut tour, &scene, &case).await;
    attachments(&mut tour, &scene, &case).await;
    items(&mut tour, &scene, &case).await;
    partners(&mut tour, &scene).await;
    taking_in(&mut tour, &scene).await;
    let all = operations();
    let asked: Vec<_> = tour.rows.keys().collect();
    let mut sorted: Vec<_> = all.iter().collect();
    sorted.sort();
    assert_eq!(asked, sorted, "every operation, and nothing else");
    let rows = all.iter().map(|name| format!("| `{name}` | {} |\n", tour.rows[name]));
    rows.collect()
}

async fn orgs(tour: &mut Tour<'_>, scene: &Scene, op: &Actor) {
    let (admin, ada, ben) = (&scene.admin, &scene.ada, scene.ben.person().user().to_string());
    let none = || json!({});
    let org = json!({ "id": "initech", "name": "Initech", "admin": "ida@ida.example" });
    tour.ask(op, "POST /orgs", &[], org).await;
    tour.ask(admin, "GET /orgs", &[], none()).await;
    tour.ask(ada, "GET /orgs/{org}", &["acme"], none()).await;
    tour.ask(admin, "PATCH /orgs/{org}", &["acme"], json!({ "name": "Acme CERT" })).await;
    let second = json!({ "email": "zed@zed.example" });
    tour.ask(op, "POST /orgs/{org}/admins", &["acme"], second).await;
    tour.ask(op, "POST /orgs/{org}/lock", &["initech"], none()).await;
    tour.ask(op, "POST /orgs/{org}/unlock", &["initech"], none()).await;
    tour.ask(op, "POST /users/{user}/lock", &[&ben], none()).await;
    tour.ask(op, "POST /users/{user}/unlock", &[&ben], none()).await;
    tour.ask(admin, "GET /orgs/{org}/audit", &["acme"], none()).await;

    let rights = json!({ "levels": { "details": "read" }, "flags": [] });
    let profile = json!({
        "name": "night", "type": "organisation", "rights": rights, "org_rights": [],
    });
    tour.ask(admin, "POST /orgs/{org}/profiles", &["acme"], profile).await;
    tour.ask(admin, "GET /orgs/{org}/profiles", &["acme"], none()).await;
    let night = ["acme", "night"];
    tour.ask(admin, "GET /orgs/{org}/profiles/{profile}", &night, none()).await;
    let less = json!({ "rights": { "levels": {}, "flags": [] }, "org_rights": [] });
    tour.ask(admin, "PUT /orgs/{org}/profiles/{profile}", &night, less).await;
    tour.ask(admin, "DELETE /orgs/{org}/profiles/{profile}", &night, none()).await;

    let unit = tour.ask(admin, "POST /orgs/{org}/units", &["acme"], json!({ "name": "A" })).await;
    let unit = made(&unit);
    tour.ask(admin, "GET /orgs/{org}/units", &["acme"], none()).await;
    let renamed = json!({ "name": "B" });
    tour.ask(admin, "PATCH /orgs/{org}/units/{unit}", &["acme", &unit], renamed).await;
    tour.ask(admin, "DELETE /orgs/{org}/units/{unit}", &["acme", &unit], none()).await;

    let eve =
        json!({ "email": "eve@eve.example", "kind": "external", "profile": "external-actor" });
    let eve = made(&tour.ask(admin, "POST /orgs/{org}/members", &["acme"], eve).await);
    tour.ask(admin, "GET /orgs/{org}/members", &["acme"], none()).await;
    let search = json!({ "text": "ada" });
    tour.ask(admin, "POST /orgs/{org}/members/search", &["acme"], search).await;
    let eve = ["acme", &eve];
    tour.ask(admin, "POST /orgs/{org}/members/{member}/resend", &eve, none()).await;
    let ben = ["acme", &ben];
    tour.ask(admin, "GET /orgs/{org}/members/{member}", &ben, none()).await;
    let locked = json!({ "status": "locked" });
    tour.ask(admin, "PATCH /orgs/{org}/members/{member}", &ben, locked).await;
    let path = format!("/orgs/acme/members/{}", ben[1]);
    let _ = admin.send("PATCH", &path, json!({ "status": "active" })).await.is(200);
    tour.ask(admin, "DELETE /orgs/{org}/members/{member}", &eve, none()).await;
}

async fn me(tour: &mut Tour<'_>, scene: &Scene) {
    let none = || json!({});
    tour.ask(&scene.ada, "GET /me", &[], none()).await;
    tour.ask(&scene.ada, "PATCH /me", &[], json!({ "name": "Ada Lind" })).await;
    tour.ask(&scene.ada, "PUT /me/filter", &[], json!({ "status": "open" })).await;
    tour.ask(&scene.ada, "GET /me/filter", &[], none()).await;
    tour.ask(&scene.ada, "DELETE /me/filter", &[], none()).await;
    tour.ask(&scene.ada, "GET /notices", &[], none()).await;
    // `on-change`, which makes notices, is not here.
    let (inbox, id) =
        (format!("INBOX#{}", scene.ada.person().user()), "01JC0A7Z3X5D9V6K2M4N8P1QRS");
    stock::put(&scene.world, &[json!({ "PK": { "S": inbox }, "SK": { "S": id } })]);
    let notice = json!({ "notices": [id] });
    tour.ask(&scene.ada, "POST /notices/read", &[], notice).await;
}

async fn groups(tour: &mut Tour<'_>, scene: &Scene) {
    let (ada, none) = (&scene.ada, || json!({}));
    let group = tour.ask(ada, "POST /groups", &[], json!({ "name": "Night shift" })).await;
    let group = made(&group);
    tour.ask(ada, "GET /groups", &[], none()).await;
    tour.ask(ada, "GET /groups/{group}", &[&group], none()).await;
    tour.ask(ada, "PATCH /groups/{group}", &[&group], json!({ "name": "Day shift" })).await;
    let gus = json!({ "emails": ["gus@gus.example"] });
    tour.ask(ada, "POST /groups/{group}/members", &[&group], gus).await;
    let members = tour.ask(ada, "GET /groups/{group}/members", &[&group], none()).await;
    let org = json!({ "org": "acme" });
    tour.ask(ada, "POST /groups/{group}/members/import", &[&group], org).await;
    let others = members["items"].as_array().unwrap().iter().find(|one| one["owner"] == false);
    let member = made(others.unwrap());
    tour.ask(ada, "DELETE /groups/{group}/members/{member}", &[&group, &member], none()).await;
    let role = json!({ "role": "viewer" });
    tour.ask(ada, "PUT /groups/{group}/share-all", &[&group], role).await;
    tour.ask(ada, "DELETE /groups/{group}/share-all", &[&group], none()).await;
    tour.ask(ada, "DELETE /groups/{group}", &[&group], none()).await;
}

async fn invitations(tour: &mut Tour<'_>, scene: &Scene) {
    let (hal, none) = (scene.outsider("hal"), || json!({}));
    let mut cases = Vec::new();
    for _ in 0..4 {
        stock::forget_limits(&scene.world);
        let case = scene.case().await;
        let _ = scene::share(&scene.ada, &case, &by_mail(&hal)).await;
        cases.push(case);
    }
    let waiting = tour.ask(&hal, "GET /invitations", &[], none()).await;
    let ids: Vec<_> = waiting["items"].as_array().unwrap().iter().map(made).collect();
    let tokens = [token(&scene.world, &ids[0]).await, token(&scene.world, &ids[1]).await];
    let by = |token: &String| json!({ "token": token });
    tour.ask(&hal, "POST /invitations/preview", &[], by(&tokens[0])).await;
    tour.ask(&hal, "POST /invitations/accept", &[], by(&tokens[0])).await;
    tour.ask(&hal, "POST /invitations/decline", &[], by(&tokens[1])).await;
    tour.ask(&hal, "POST /invitations/{invitation}/accept", &[&ids[2]], none()).await;
    tour.ask(&hal, "POST /invitations/{invitation}/decline", &[&ids[3]], none()).await;
    // The invitations come newest first.
    let accepted = cases[3].strip_prefix("/cases/").unwrap();
    tour.ask(&hal, "POST /cases/{case}/disconnect", &[accepted], none()).await;
}

/// One that stays.
async fn cases(tour: &mut Tour<'_>, scene: &Scene) -> String {
    let (ada, ben, none) = (&scene.ada, &scene.ben, || json!({}));
    let new = json!({ "org": "acme", "title": "Phishing wave" });
    let case = made(&tour.ask(ada, "POST /cases", &[], new).await);
    let it = [case.as_str()];
    tour.ask(ada, "GET /cases", &[], none()).await;
    tour.ask(ada, "POST /cases/search", &[], json!({ "text": "phish" })).await;
    tour.ask(ada, "GET /cases/{case}", &it, none()).await;
    tour.ask(ada, "PATCH /cases/{case}", &it, json!({ "severity": "high" })).await;
    tour.ask(ada, "GET /cases/{case}/access", &it, none()).await;
    let assignees = json!({ "assignees": [by_mail(ben)] });
    tour.ask(ada, "PUT /cases/{case}/assignees", &it, assignees).await;
    tour.ask(ada, "GET /cases/{case}/assignees", &it, none()).await;
    tour.ask(ada, "PUT /cases/{case}/favourite", &it, none()).await;
    tour.ask(ada, "DELETE /cases/{case}/favourite", &it, none()).await;
    tour.ask(ada, "POST /cases/{case}/close", &it, none()).await;
    tour.ask(ada, "POST /cases/{case}/reopen", &it, none()).await;
    tour.ask(ada, "GET /cases/{case}/history", &it, none()).await;
    tour.ask(ada, "GET /cases/{case}/reports", &it, none()).await;
    let rules = json!({ "tasks": "auto_share", "observables": "manual" });
    tour.ask(ada, "PUT /cases/{case}/rules", &it, rules).await;

    let (from, into) = (scene.case().await, scene.case().await);
    let (from, into) = (id(&from), id(&into));
    tour.ask(ada, "POST /cases/{case}/merge", &[into], json!({ "case": from })).await;
    tour.ask(ada, "DELETE /cases/{case}", &[into], none()).await;
    let access = json!({ "access": "external-all" });
    tour.ask(&scene.admin, "PUT /cases/{case}/access", &it, access).await;
    let one = scene.case().await;
    let bulk = json!({ "cases": [id(&one)], "access": "external-all" });
    tour.ask(&scene.admin, "POST /access", &[], bulk).await;
    case
}

async fn shares(tour: &mut Tour<'_>, scene: &Scene, case: &str) {
    let (ada, none) = (&scene.ada, || json!({}));
    stock::forget_limits(&scene.world);
    let give = json!({ "recipients": [by_mail(&scene.admin)], "role": "viewer" });
    let given = tour.ask(ada, "POST /cases/{case}/shares", &[case], give).await;
    let share = made(&given["items"][0]);
    tour.ask(ada, "GET /cases/{case}/shares", &[case], none()).await;
    let it = [case, share.as_str()];
    tour.ask(ada, "GET /cases/{case}/shares/{share}", &it, none()).await;
    let more = json!({ "role": "editor" });
    tour.ask(ada, "PATCH /cases/{case}/shares/{share}", &it, more).await;
    let wait = scene::share(ada, &format!("/cases/{case}"), "email:ivy@ivy.example").await;
    let wait = made(&wait);
    tour.ask(ada, "POST /cases/{case}/shares/{share}/resend", &[case, &wait], none()).await;
    tour.ask(ada, "DELETE /cases/{case}/shares/{share}", &[case, &wait], none()).await;
    let revoked = json!({ "shares": [share] });
    tour.ask(ada, "POST /cases/{case}/shares/revoke", &[case], revoked).await;
    let list = json!({ "shares": [{ "recipient": by_mail(&scene.admin), "role": "viewer" }] });
    tour.ask(ada, "PUT /cases/{case}/shares", &[case], list).await;
}

async fn attachments(tour: &mut Tour<'_>, scene: &Scene, case: &str) {
    let (ada, none) = (&scene.ada, || json!({}));
    let file = json!({ "name": "a.txt", "size": 1 });
    let ticket = tour.ask(ada, "POST /cases/{case}/attachments", &[case], file).await;
    let file = made(&ticket["attachment"]);
    // `on-upload` is not here.
    let row = stock::rows(&scene.world, &format!("CASE#{case}"));
    let row = row.iter().find(|row| row["SK"]["S"].as_str().unwrap().ends_with(&file)).unwrap();
    let (partition, sort) = (format!("CASE#{case}"), row["SK"]["S"].as_str().unwrap().to_owned());
    stock::set(&scene.world, &partition, &sort, "state", &json!({ "S": "ready" }));
    tour.ask(ada, "GET /cases/{case}/attachments", &[case], none()).await;
    let it = [case, file.as_str()];
    tour.ask(ada, "GET /cases/{case}/attachments/{attachment}", &it, none()).await;
    tour.ask(ada, "POST /cases/{case}/attachments/{attachment}/download", &it, none()).await;
    tour.ask(ada, "PUT /cases/{case}/attachments/{attachment}/external", &it, none()).await;
    tour.ask(ada, "DELETE /cases/{case}/attachments/{attachment}/external", &it, none()).await;
    tour.ask(ada, "DELETE /cases/{case}/attachments/{attachment}", &it, none()).await;
}

async fn items(tour: &mut Tour<'_>, scene: &Scene, case: &str) {
    let (ada, none) = (&scene.ada, || json!({}));
    let said = [json!({ "text": "Seen" }), json!({ "text": "Seen twice" })];
    let comment = tour.item(ada, case, ["/cases/{case}/comments", "{comment}"], said).await;
    let it = [case, comment.as_str()];
    tour.ask(ada, "PUT /cases/{case}/comments/{comment}/external", &it, none()).await;
    tour.ask(ada, "DELETE /cases/{case}/comments/{comment}/external", &it, none()).await;
    tour.ask(ada, "DELETE /cases/{case}/comments/{comment}", &it, none()).await;
    let said = [json!({ "name": "Eve" }), json!({ "phone": "+33 1 23 45 67 89" })];
    let contact = tour.item(ada, case, ["/cases/{case}/contact", "{item}"], said).await;
    tour.ask(ada, "DELETE /cases/{case}/contact/{item}", &[case, &contact], none()).await;
}

async fn partners(tour: &mut Tour<'_>, scene: &Scene) {
    let (ada, admin, none) = (&scene.ada, &scene.admin, || json!({}));
    let theirs = scene.world.org("globex").await;
    let org = json!({ "org": "globex" });
    tour.ask(admin, "POST /orgs/{org}/links", &["acme"], org).await;
    let back = ["globex", "acme"];
    tour.ask(&theirs, "POST /orgs/{org}/links/{other}/approve", &back, none()).await;
    tour.ask(admin, "GET /orgs/{org}/links", &["acme"], none()).await;
    tour.ask(admin, "POST /orgs/{org}/links/search", &["acme"], json!({ "text": "glob" })).await;
    let link = ["acme", "globex"];
    tour.ask(admin, "GET /orgs/{org}/links/{other}", &link, none()).await;
    tour.ask(admin, "PATCH /orgs/{org}/links/{other}", &link, json!({ "enabled": false })).await;
    let on = json!({ "enabled": true });
    let _ = admin.send("PATCH", "/orgs/acme/links/globex", on).await.is(200);

    let case = scene.case().await;
    let it = id(&case);
    let _ = scene::share(ada, &case, "org:globex").await;
    let tasks = "/cases/{case}/tasks";
    let said = [json!({ "title": "Reset" }), json!({ "status": "completed" })];
    let task = tour.item(ada, it, [tasks, "{item}"], said).await;
    tour.shared_item(ada, tasks, [it, &task, "globex"]).await;
    let observables = "/cases/{case}/observables";
    let said = [json!({ "lines": "192.0.2[.]7" }), json!({ "sighted": true })];
    let observable = tour.item(ada, it, [observables, "{item}"], said).await;
    tour.shared_item(ada, observables, [it, &observable, "globex"]).await;
    let targets = "/cases/{case}/targets";
    let said = [json!({ "lines": "desk@acme.example" }), json!({ "note": "ours" })];
    let target = tour.item(ada, it, [targets, "{item}"], said).await;
    tour.ask(ada, "GET /cases/{case}/same-targets", &[it], none()).await;
    tour.shared_item(ada, targets, [it, &target, "globex"]).await;
    let owner = json!({ "org": "globex" });
    tour.ask(admin, "POST /cases/{case}/owner", &[it], owner).await;
    tour.ask(admin, "DELETE /orgs/{org}/links/{other}", &link, none()).await;
}

/// What an org does that takes in what others share.
async fn taking_in(tour: &mut Tour<'_>, scene: &Scene) {
    let (ada, none) = (&scene.ada, || json!({}));
    let (theirs, gil) = scene.partner("hooli", json!({ "finalise": true })).await;
    let desk = || json!({ "lines": "desk@acme.example" });
    let (case, other) = (scene.case().await, scene.case().await);
    let give = json!({ "recipients": ["org:hooli"], "role": "viewer", "insert_targets": true });
    let share = ada.send("POST", &format!("{case}/shares"), give).await.is(201);
    let share = made(&share["items"][0]);
    let target = ada.send("POST", &format!("{case}/targets"), desk()).await.is(200);
    let target = made(&target["items"][0]);

    let it = ["hooli", share.as_str()];
    tour.ask(&theirs, "GET /orgs/{org}/incoming", &["hooli"], none()).await;
    let member = json!({ "member": by_mail(&gil) });
    tour.ask(&theirs, "POST /orgs/{org}/incoming/{share}/assign", &it, member).await;
    // Into a case of their own that has the same target.
    let into = scene.world.case(&gil, "hooli", "Our own wave").await;
    let _ = gil.send("POST", &format!("/cases/{into}/targets"), desk()).await.is(200);
    let taken = json!({ "case": into });
    tour.ask(&gil, "POST /orgs/{org}/incoming/{share}/finalise", &it, taken).await;
    tour.ask(&theirs, "GET /orgs/{org}/incoming/{share}", &it, none()).await;
    let kept = json!({ "target": target, "keep": null });
    tour.ask(&theirs, "POST /orgs/{org}/incoming/{share}/resolve", &it, kept).await;
    tour.ask(&gil, "GET /cases/{case}/received", &[&into], none()).await;
    let asked = json!({ "type": "email", "value": "desk@acme.example" });
    tour.ask(&theirs, "POST /orgs/{org}/deconfliction", &["hooli"], asked).await;
    let refused = made(&scene::share(ada, &other, "org:hooli").await);
    let (refused, reason) = (["hooli", &refused], json!({ "reason": "Not ours" }));
    tour.ask(&theirs, "POST /orgs/{org}/incoming/{share}/refuse", &refused, reason).await;
}
