//! What the clients do: all that changes something, once in each chapter's way.

use serde_json::{Value, json};

use super::cast::{Cast, accept, accept_in_app, invited, user};
use super::worker::{Worker, text};
use crate::dsl::{Ticket, sha256};
use crate::uploads::EICAR;

/// How many chapters there are.
pub(super) const COUNT: usize = 8;

/// Plays one of them.
pub(super) async fn play(worker: &mut Worker, players: &Cast, number: usize) {
    match number % COUNT {
        0 => case(worker, players).await,
        1 => cases(worker, players).await,
        2 => shares(worker, players).await,
        3 => words(worker, players).await,
        4 => things(worker, players).await,
        5 => files(worker, players).await,
        6 => groups(worker, players).await,
        _ => {
            people(worker, players).await;
            links(worker, players).await;
        }
    }
}

/// One case, changed in every way.
async fn case(worker: &mut Worker, players: &Cast) {
    let Cast { admin, bob, eve, .. } = players;
    let case = worker.case(admin, &players.acme, "Phishing wave").await;
    worker.patch(admin, &case, json!({ "title": "Second wave" })).await;
    worker.holds(admin, &case, "/title", "Second wave");
    let rules = json!({ "tasks": "auto_share", "observables": "manual" });
    worker.put(admin, &format!("{case}/rules"), rules).await;
    worker.holds(admin, &case, "/rules/tasks", "auto_share");
    worker.put(admin, &format!("{case}/favourite"), json!({})).await;
    worker.holds(admin, &case, "/favourite", true);
    worker.delete(admin, &format!("{case}/favourite")).await;
    worker.holds(admin, &case, "/favourite", false);

    let access = format!("{case}/access");
    let restricted = json!({ "access": "restricted", "users": [bob.by_mail()] });
    worker.put(admin, &access, restricted).await;
    worker.holds(admin, &access, "/access", "restricted");
    worker.put(admin, &access, json!({ "access": "internal" })).await;
    worker.holds(admin, &access, "/access", "internal");
    worker.put(admin, &access, json!({ "access": "external", "users": [eve.by_mail()] })).await;
    worker.holds(admin, &access, "/access", "external");
    worker.holds(admin, &access, "/users/0/email", eve.address());
    let assignees = format!("{case}/assignees");
    worker.put(admin, &assignees, json!({ "assignees": [bob.by_mail()] })).await;
    worker.holds(admin, &assignees, "/items/0/email", bob.address());
    worker.post(admin, &format!("{case}/close"), json!({})).await;
    worker.holds(admin, &case, "/status", "closed");
    worker.post(admin, &format!("{case}/reopen"), json!({})).await;
    worker.holds(admin, &case, "/status", "open");
}

/// Several cases: opened together, merged, given away, deleted.
async fn cases(worker: &mut Worker, players: &Cast) {
    let Cast { admin, gia, .. } = players;
    let mut made = Vec::new();
    for title in ["Stays", "Goes", "Given away", "Deleted"] {
        made.push(worker.case(admin, &players.acme, title).await);
    }
    let [stays, goes, given, deleted] = &made[..] else { panic!("four were made") };
    let id = |case: &str| case.trim_start_matches("/cases/").to_owned();

    let both = json!({ "cases": [id(stays), id(goes)], "access": "external-all" });
    let told = worker.post(admin, "/access", both).await;
    assert!(told["items"].as_array().unwrap().iter().all(|one| one["status"] == 200), "{told}");
    worker.holds(admin, &format!("{stays}/access"), "/access", "external-all");
    worker.post(admin, &format!("{stays}/merge"), json!({ "case": id(goes) })).await;
    worker.answers(admin, goes, 410);
    let keep = format!("{}/read-only", players.acme);
    let owner = json!({ "org": players.globex, "keep_profile": keep });
    worker.post(admin, &format!("{given}/owner"), owner).await;
    worker.facts.forget(given);
    worker.holds(gia, given, "/org", players.globex.as_str());
    worker.delete(admin, deleted).await;
    worker.answers(admin, deleted, 404);
}

/// Shares of one case: given, changed, accepted, declined, left, taken back.
async fn shares(worker: &mut Worker, players: &Cast) {
    let Cast { ada, bob, .. } = players;
    let case = worker.case(ada, &players.acme, "Shared").await;
    let shares = format!("{case}/shares");
    let (gus, hal, ivy) =
        (worker.world.person("gus"), worker.world.person("hal"), worker.world.person("ivy"));
    let body = json!({ "recipients": [bob.by_mail(), gus.by_mail()], "role": "viewer" });
    let made = worker.post(ada, &shares, body).await;
    let mut ids = Vec::new();
    for share in made["items"].as_array().expect("shares were made") {
        worker.has(ada, &shares, &share["id"]);
        ids.push(text(&share["id"]));
    }
    let of_bob = format!("{shares}/{}", ids[0]);
    worker.patch(ada, &of_bob, json!({ "role": "editor" })).await;
    worker.holds(ada, &of_bob, "/gives/role", "editor");
    worker.post(ada, &format!("{shares}/{}/resend", ids[1]), json!({})).await;

    // Accepting makes of the address a user, and so another share of it.
    let token = worker.ticket(gus.address(), 2).await;
    let body = json!({ "token": token, "name": "Gus" });
    let accepted = worker.post(&gus, "/invitations/accept", body).await;
    assert_eq!(accepted["case"], case.trim_start_matches("/cases/"), "{accepted}");
    worker.holds(&gus, &case, "/title", "Shared");
    let list = worker.read(ada, &shares).await.ok();
    let of_gus = list["items"].as_array().unwrap().iter();
    let of_gus: Vec<_> = of_gus.filter(|share| share["email"] == gus.address()).collect();
    assert_eq!(of_gus.len(), 1, "{list}");
    worker.facts.entries(ada, &shares).remove(&ids[1]);
    worker.has(ada, &shares, &of_gus[0]["id"]);
    let notice = worker
        .awaits(bob, "/notices?unread=true", |list| {
            Some(text(&list["items"].as_array()?.first()?["id"]))
        })
        .await;
    worker.post(bob, "/notices/read", json!({ "notices": [notice] })).await;

    worker.facts.forget(&shares);
    for (who, how) in [(&hal, "mail"), (&ivy, "app")] {
        let body = json!({ "recipients": [who.by_mail()], "role": "viewer" });
        worker.post(ada, &shares, body).await;
        if how == "mail" {
            let token = worker.ticket(who.address(), 1).await;
            worker.post(who, "/invitations/decline", json!({ "token": token })).await;
        } else {
            worker.ticket(who.address(), 1).await;
            let invitation = invited(worker, who).await;
            let path = format!("/invitations/{invitation}/decline");
            worker.post(who, &path, json!({})).await;
        }
        worker.answers(who, &case, 404);
    }

    worker.post(&gus, &format!("{case}/disconnect"), json!({})).await;
    worker.answers(&gus, &case, 404);
    worker.delete(ada, &of_bob).await;
    worker.answers(ada, &of_bob, 404);
    let all = json!({ "shares": [{ "recipient": bob.by_mail(), "role": "viewer" }] });
    let list = worker.put(ada, &shares, all).await;
    let again = text(&list["items"][0]["id"]);
    worker.facts.forget(&of_bob);
    worker.holds(ada, &format!("{shares}/{again}"), "/gives/role", "viewer");
    worker.post(ada, &format!("{shares}/revoke"), json!({ "shares": [again] })).await;
    worker.answers(ada, &format!("{shares}/{again}"), 404);
}

/// Comments and contact data.
async fn words(worker: &mut Worker, players: &Cast) {
    let Cast { admin, eve, .. } = players;
    let case = worker.case(admin, &players.acme, "Discussed").await;
    let comments = format!("{case}/comments");
    let access = json!({ "access": "external", "users": [eve.by_mail()] });
    worker.put(admin, &format!("{case}/access"), access).await;
    let mut paths = Vec::new();
    for text_of in ["One", "Two"] {
        let made = worker.post(admin, &comments, json!({ "text": text_of })).await;
        worker.has(admin, &comments, &made["id"]);
        paths.push(text(&made["id"]));
    }
    let first = format!("{comments}/{}", paths[0]);
    worker.patch(admin, &first, json!({ "text": "One, mended" })).await;
    worker.holds(admin, &first, "/text", "One, mended");
    worker.put(admin, &format!("{first}/external"), json!({})).await;
    worker.holds(eve, &first, "/text", "One, mended");
    worker.delete(admin, &format!("{first}/external")).await;
    worker.answers(eve, &first, 404);
    worker.holds(admin, &first, "/external", false);
    worker.delete(admin, &format!("{comments}/{}", paths[1])).await;
    worker.has_not(admin, &comments, &paths[1]);

    let contact = format!("{case}/contact");
    let made = worker.post(admin, &contact, json!({ "name": "Eve Example" })).await;
    worker.has(admin, &contact, &made["id"]);
    let path = format!("{contact}/{}", text(&made["id"]));
    worker.patch(admin, &path, json!({ "phone": "+33 1 23 45 67 89" })).await;
    worker.holds(admin, &path, "/role", Value::Null);
    worker.holds(admin, &path, "/version", 2);
    worker.delete(admin, &path).await;
    worker.has_not(admin, &contact, &text(&made["id"]));
}

/// Tasks, observables and targets, with an org that has the case.
async fn things(worker: &mut Worker, players: &Cast) {
    let Cast { ada, gil, .. } = players;
    let case = worker.case(ada, &players.acme, "Worked on").await;
    let profile = format!("{}/analyst", players.acme);
    let body = json!({ "recipients": [players.to_globex()], "profile": profile });
    worker.post(ada, &format!("{case}/shares"), body).await;
    worker.holds(gil, &case, "/title", "Worked on");
    for (kind, new, change) in [
        ("tasks", json!({ "title": "Call" }), json!({ "status": "completed" })),
        ("observables", json!({ "lines": "192.0.2.1" }), json!({ "sighted": true })),
        ("targets", json!({ "lines": "desk@acme.example" }), json!({ "note": "of all" })),
    ] {
        let list = format!("{case}/{kind}");
        let made = worker.post(ada, &list, new).await;
        let id = made["id"].as_str().or_else(|| made["items"][0]["id"].as_str());
        let id = id.unwrap_or_else(|| panic!("nothing was made: {made}")).to_owned();
        worker.has(ada, &list, &json!(id));
        let path = format!("{list}/{id}");
        worker.patch(ada, &path, change.clone()).await;
        let (field, value) = change.as_object().unwrap().iter().next().unwrap();
        worker.holds(ada, &path, &format!("/{field}"), value.clone());

        let shares = format!("{path}/shares");
        worker.put(ada, &format!("{shares}/{}", players.globex), json!({})).await;
        worker.holds(gil, &path, "/id", id.as_str());
        worker.delete(ada, &format!("{shares}/{}", players.globex)).await;
        worker.holds(ada, &shares, "/items", json!([]));
        worker.answers(gil, &path, 404);
        worker.delete(ada, &path).await;
        worker.has_not(ada, &list, &id);
    }
}

/// A file: announced, sent, marked, fetched, deleted.
async fn files(worker: &mut Worker, players: &Cast) {
    let Cast { admin, eve, .. } = players;
    let case = worker.case(admin, &players.acme, "With a file").await;
    let access = json!({ "access": "external", "users": [eve.by_mail()] });
    worker.put(admin, &format!("{case}/access"), access).await;
    let list = format!("{case}/attachments");
    let (found, virus) = (format!("What was found in {case}"), EICAR.concat());
    for (name, bytes, state) in [
        ("found.txt", &found, "ready"),
        ("virus.txt", &virus, "rejected"),
        ("again.txt", &found, "ready"),
    ] {
        let body = json!({ "name": name, "size": bytes.len(), "sha256": sha256(bytes.as_bytes()) });
        let answer = worker.post(admin, &list, body).await;
        // Who announces a file sees what becomes of it.
        worker.has(admin, &list, &answer["attachment"]["id"]);
        let ticket = Ticket::with(&worker.world, &case, &answer);
        worker.sends(&ticket, bytes.as_bytes()).await;
        let path = ticket.path;
        let ended = |file: &Value| {
            let waits = ["uploading", "scanning"].iter().any(|&state| file["state"] == state);
            (!waits).then(|| file["state"].clone())
        };
        assert_eq!(worker.awaits(admin, &path, ended).await, state, "{name}");
        worker.holds(admin, &path, "/state", state);
        if state == "ready" {
            worker.put(admin, &format!("{path}/external"), json!({})).await;
            worker.holds(eve, &path, "/name", name);
        }
        if name == "again.txt" {
            worker.post(admin, &format!("{path}/download"), json!({})).await;
            worker.delete(admin, &format!("{path}/external")).await;
            worker.answers(eve, &path, 404);
            worker.delete(admin, &path).await;
            worker.has_not(admin, &list, &text(&answer["attachment"]["id"]));
        }
    }
}

/// A group: gathered, shared everything with, dissolved.
async fn groups(worker: &mut Worker, players: &Cast) {
    let Cast { ada, bob, acme, .. } = players;
    let name = worker.world.unique("night-shift");
    let made = worker.post(ada, "/groups", json!({ "name": name })).await;
    let named = worker.all(ada, "/groups").await.into_iter().filter(|one| one["name"] == *name);
    assert_eq!(named.count(), 1, "{name} was made once");
    let group = format!("/groups/{}", text(&made["id"]));
    worker.patch(ada, &group, json!({ "name": "Day shift" })).await;
    worker.holds(ada, &group, "/name", "Day shift");
    let gus = worker.world.person("gus");
    let members = format!("{group}/members");
    worker.post(ada, &members, json!({ "emails": [gus.address()] })).await;
    accept(worker, &gus).await;
    worker.holds(&gus, &group, "/owner", false);
    let of_bob = user(worker, bob).await;
    let imported = json!({ "org": acme, "users": [of_bob] });
    worker.post(ada, &format!("{members}/import"), imported).await;
    accept_in_app(worker, bob).await;
    for who in [ada, bob, &gus] {
        let user = user(worker, who).await;
        worker.has(ada, &members, &json!(user));
    }

    let case = worker.case(ada, acme, "For all").await;
    worker.put(ada, &format!("{group}/share-all"), json!({ "role": "viewer" })).await;
    worker.holds(&gus, &case, "/title", "For all");
    worker.delete(ada, &format!("{group}/share-all")).await;
    worker.answers(&gus, &case, 404);
    let of_gus = user(worker, &gus).await;
    worker.delete(&gus, &format!("{members}/{of_gus}")).await;
    worker.facts.entries(ada, &members).remove(&of_gus);
    worker.answers(&gus, &group, 404);
    worker.delete(ada, &group).await;
    worker.facts.forget_as(ada, &group);
    worker.answers(bob, &group, 404);
}

/// What an org has: names, admins, members, profiles, units; and what somebody has of their own.
async fn people(worker: &mut Worker, players: &Cast) {
    let Cast { admin, ada, operator, .. } = players;
    let org = format!("/orgs/{}", players.acme);
    worker.patch(admin, &org, json!({ "name": "Acme CERT" })).await;
    worker.holds(admin, &org, "/name", "Acme CERT");
    let second = worker.world.person("second");
    worker.post(operator, &format!("{org}/admins"), json!({ "email": second.address() })).await;
    accept(worker, &second).await;
    let of_second = user(worker, &second).await;
    worker.holds(admin, &format!("{org}/members/{of_second}"), "/profile", "org-admin");

    let new = worker.world.person("new");
    let members = format!("{org}/members");
    let body = json!({ "email": new.address(), "kind": "normal", "profile": "read-only" });
    let invited = worker.post(admin, &members, body).await;
    let path = format!("{members}/{}", text(&invited["id"]));
    worker.post(admin, &format!("{path}/resend"), json!({})).await;
    worker.ticket(new.address(), 2).await;
    accept_in_app(worker, &new).await;
    let of_new = user(worker, &new).await;
    let path = format!("{members}/{of_new}");
    worker.patch(admin, &path, json!({ "profile": "analyst" })).await;
    worker.holds(admin, &path, "/profile", "analyst");
    worker.delete(admin, &path).await;
    worker.answers(&new, &org, 404);

    let profiles = format!("{org}/profiles");
    let name = worker.world.unique("night");
    let rights = json!({ "levels": { "details": "read" }, "flags": [] });
    let body = json!({ "name": name, "type": "organisation", "rights": rights });
    worker.post(admin, &profiles, body).await;
    let path = format!("{profiles}/{name}");
    worker.holds(admin, &path, "/rights/levels/details", "read");
    let rights = json!({ "levels": { "details": "write" }, "flags": [] });
    worker.put(admin, &path, json!({ "rights": rights, "org_rights": [] })).await;
    worker.holds(admin, &path, "/rights/levels/details", "write");
    worker.delete(admin, &path).await;
    worker.answers(admin, &path, 404);

    let units = format!("{org}/units");
    let made = worker.post(admin, &units, json!({ "name": "Unit 7" })).await;
    let unit = format!("{units}/{}", text(&made["id"]));
    worker.patch(admin, &unit, json!({ "name": "Unit 8" })).await;
    let has_unit = worker.read(admin, &units).await.ok();
    assert!(has_unit.to_string().contains("Unit 8"), "{has_unit}");
    worker.delete(admin, &unit).await;
    worker.holds(admin, &units, "/items", json!([]));

    worker.chapter_ends().await;
    worker.post(operator, &format!("{org}/lock"), json!({})).await;
    worker.facts.forget("");
    worker.answers(ada, &org, 404);
    worker.post(operator, &format!("{org}/unlock"), json!({})).await;
    worker.facts.forget(&org);
    worker.holds(ada, &org, "/locked", false);

    let path = format!("/users/{of_second}");
    worker.post(operator, &format!("{path}/lock"), json!({})).await;
    worker.answers(&second, &org, 404);
    worker.post(operator, &format!("{path}/unlock"), json!({})).await;
    worker.facts.forget_as(&second, &org);
    worker.holds(&second, &org, "/locked", false);

    worker.patch(ada, "/me", json!({ "name": "Ada Lovelace" })).await;
    worker.holds(ada, "/me", "/name", "Ada Lovelace");
    worker.put(ada, "/me/filter", json!({ "filter": "assigned" })).await;
    worker.holds(ada, "/me/filter", "/filter", "assigned");
    worker.delete(ada, "/me/filter").await;
    worker.holds(ada, "/me/filter", "/filter", Value::Null);
    let searched = json!({ "value": "192.0.2.77" });
    worker.post(&players.gil, &format!("/orgs/{}/deconfliction", players.globex), searched).await;
}

/// A link, what comes over it, and its end.
async fn links(worker: &mut Worker, players: &Cast) {
    let Cast { ada, admin, gia, gil, .. } = players;
    let link = format!("/orgs/{}/links/{}", players.acme, players.globex);
    worker.patch(admin, &link, json!({ "finalise": true })).await;
    worker.holds(admin, &link, "/ours/finalise", true);
    let incoming = format!("/orgs/{}/incoming", players.globex);
    let mut shares = Vec::new();
    for title in ["Taken in", "Refused"] {
        let case = worker.case(ada, &players.acme, title).await;
        let body = json!({ "recipients": [players.to_globex()], "role": "viewer",
            "insert_targets": true });
        let made = worker.post(ada, &format!("{case}/shares"), body).await;
        shares.push(format!("{incoming}/{}", text(&made["items"][0]["id"])));
        let lines = json!({ "lines": "desk@acme.example" });
        worker.post(ada, &format!("{case}/targets"), lines).await;
    }
    let assigned = json!({ "member": gil.by_mail() });
    worker.post(gia, &format!("{}/assign", shares[0]), assigned).await;
    let into = worker.case(gil, &players.globex, "Our own").await;
    let body = json!({ "case": into.trim_start_matches("/cases/") });
    worker.post(gil, &format!("{}/finalise", shares[0]), body).await;
    worker.holds(gia, &shares[0], "/state", "active");
    let received = format!("{into}/received");
    worker.holds(gil, &received, "/items/0/org", players.acme.as_str());
    // It is theirs already: they say that theirs is enough.
    let lines = json!({ "lines": "desk@acme.example" });
    worker.post(gil, &format!("{into}/targets"), lines).await;
    let conflict = |share: &Value| Some(share["conflicts"].get(0)?["target"].clone());
    let target = worker.awaits(gia, &shares[0], conflict).await;
    let body = json!({ "target": target, "keep": null });
    worker.post(gia, &format!("{}/resolve", shares[0]), body).await;
    worker.facts.forget(&received);
    worker.holds(gil, &received, "/items", json!([]));
    worker.holds(gia, &shares[0], "/conflicts/0/enabled", false);
    worker.post(gia, &format!("{}/refuse", shares[1]), json!({ "reason": "Not ours." })).await;
    worker.holds(gia, &shares[1], "/state", "refused");

    worker.chapter_ends().await;
    worker.delete(admin, &link).await;
    worker.facts.forget("");
    players.link(worker).await;
}
