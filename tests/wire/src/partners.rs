//! Pairs of changes between orgs, and of what is given wholesale: links, shares of single items,
//! taking in, share-all.

use serde_json::{Value, json};

use crate::film::Film;
use crate::pairs::{Pair, Stage, listed};
use crate::watch::{Look, Watch};
use crate::{Actor, Answer, Person, text};

/// All of them.
pub async fn pairs() -> Vec<Pair> {
    vec![
        link_off_then_post().await,
        leave_then_link().await,
        unshare_item_then_edit().await,
        share_anew_then_edit().await,
        share_all_off_then_post().await,
        give_back_then_add().await,
        switch_off_then_edit().await,
    ]
}

/// Acme is linked with Globex, each on terms of its own, and shares the case.
struct Linked {
    stage: Stage,
    globex: Actor,
    gil: Actor,
    /// The share of the case with it.
    share: String,
}

impl Linked {
    async fn of(ours: Value, theirs: Value) -> Self {
        let stage = Stage::new().await;
        let globex = stage.world.org("globex").await;
        let gil = stage.world.member(&globex, "globex", "gil", "normal", "analyst").await;
        let body = json!({ "org": "globex", "terms": ours });
        let _ = stage.admin.send("POST", "/orgs/acme/links", body).await.is(201);
        let approve = "/orgs/globex/links/acme/approve";
        let _ = globex.send("POST", approve, theirs).await.is(200);
        let body = json!({ "recipients": ["org:globex"], "role": "editor" });
        let made = stage.ada.send("POST", &stage.shares(), body).await.is(201);
        let share = text(&made["items"][0], "id");
        Self { stage, globex, gil, share }
    }

    /// Adds something to a section. Its path.
    async fn adds(&self, section: &str, body: Value) -> String {
        let list = format!("{}/{section}", self.stage.path());
        let made = self.stage.ada.send("POST", &list, body).await;
        assert!(made.status < 300, "{made}");
        let id = made.body["id"].as_str().or_else(|| made.body["items"][0]["id"].as_str());
        format!("{list}/{}", id.expect("an id"))
    }

    /// A task that is shared with Globex. Its path.
    async fn shared_task(&self) -> String {
        let task = self.adds("tasks", json!({ "title": "Call" })).await;
        let path = format!("{task}/shares/globex");
        let _ = self.stage.ada.send("PUT", &path, json!({})).await.is(200);
        task
    }

    /// Globex takes the case into one of its own, with a target. The paths of that case and of the
    /// target.
    async fn takes_in(&self) -> (String, String) {
        let target = self.adds("targets", json!({ "lines": "desk@acme.example" })).await;
        let path = format!("{target}/shares/globex");
        let _ = self.stage.ada.send("PUT", &path, json!({})).await.is(200);
        let into = self.stage.world.case(&self.gil, "globex", "Ours").await;
        let body = json!({ "member": format!("user:{}", self.gil.person().user()) });
        let incoming = self.incoming();
        let _ = self.globex.send("POST", &format!("{incoming}/assign"), body).await.is(200);
        let body = json!({ "case": into });
        let _ = self.gil.send("POST", &format!("{incoming}/finalise"), body).await.is(200);
        (format!("/cases/{into}"), target)
    }

    fn incoming(&self) -> String {
        format!("/orgs/globex/incoming/{}", self.share)
    }

    fn watch(&self, path: String, look: Look) -> Watch {
        Watch { caller: self.gil.person().clone(), owner: Person::new("ada"), path, look }
    }

    /// Gil reads the tasks.
    fn tasks(&self) -> Vec<Watch> {
        vec![self.watch(format!("{}/tasks", self.stage.path()), titles)]
    }
}

/// The titles of a list's entries.
fn titles(answer: &Answer) -> Option<String> {
    listed(answer, "title")
}

/// The notes of what was taken in.
fn received(answer: &Answer) -> Option<String> {
    let sources = answer.body["items"].as_array()?.iter();
    let targets = sources.filter_map(|source| source["targets"].as_array()).flatten();
    let told: Vec<_> = targets
        .map(|target| format!("{}{}", text(target, "value"), text(target, "note")))
        .collect();
    Some(told.join(","))
}

/// What is written when the link is off is not for them.
async fn link_off_then_post() -> Pair {
    let linked = Linked::of(json!({}), json!({})).await;
    let stage = &linked.stage;
    let film = Film::of(&stage.world);
    let off = json!({ "enabled": false });
    film.act("admin-acme", "PATCH", "/orgs/acme/links/globex", off, 200).await;
    film.act("ada", "PATCH", &stage.path(), json!({ "title": "Secret" }), 200).await;
    Pair {
        name: "link off; post",
        watches: stage.watched_by("gil"),
        truth: vec!["Quiet -", " -", "Quiet -"],
        film,
    }
}

/// Never a member of the partner while the link was on.
async fn leave_then_link() -> Pair {
    let linked = Linked::of(json!({}), json!({})).await;
    let stage = &linked.stage;
    let off = json!({ "inbound": false });
    let _ = linked.globex.send("PATCH", "/orgs/globex/links/acme", off).await.is(200);
    let film = Film::of(&stage.world);
    let member = format!("/orgs/globex/members/{}", linked.gil.person().user());
    film.act("admin-globex", "DELETE", &member, Value::Null, 204).await;
    let on = json!({ "inbound": true });
    film.act("admin-globex", "PATCH", "/orgs/globex/links/acme", on, 200).await;
    Pair {
        name: "leave the partner; link on",
        watches: stage.watched_by("gil"),
        truth: vec!["-", "-", "-"],
        film,
    }
}

/// What becomes of an item that was taken back is not for them.
async fn unshare_item_then_edit() -> Pair {
    let linked = Linked::of(json!({}), json!({})).await;
    let task = linked.shared_task().await;
    let film = Film::of(&linked.stage.world);
    film.act("ada", "DELETE", &format!("{task}/shares/globex"), Value::Null, 204).await;
    film.act("ada", "PATCH", &task, json!({ "title": "Secret" }), 200).await;
    Pair { name: "unshare a task; edit it", watches: linked.tasks(), truth: vec!["Call "], film }
}

/// A share of the case made anew gives none of the former items back.
async fn share_anew_then_edit() -> Pair {
    let linked = Linked::of(json!({}), json!({})).await;
    let task = linked.shared_task().await;
    let stage = &linked.stage;
    let film = Film::of(&stage.world);
    let share = format!("{}/{}", stage.shares(), linked.share);
    film.act("ada", "DELETE", &share, Value::Null, 204).await;
    let body = json!({ "recipients": ["org:globex"], "role": "editor" });
    film.act("ada", "POST", &stage.shares(), body, 201).await;
    film.act("ada", "PATCH", &task, json!({ "title": "Secret" }), 200).await;
    Pair {
        name: "unshare; share anew; edit a task",
        watches: linked.tasks(),
        truth: vec!["Call - "],
        film,
    }
}

/// What is written after the creator shares no more is not for them.
async fn share_all_off_then_post() -> Pair {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    let all = format!("/groups/{group}/share-all");
    let _ = stage.ada.send("PUT", &all, json!({ "role": "viewer" })).await.is(200);
    let film = Film::of(&stage.world);
    film.act("ada", "DELETE", &all, Value::Null, 204).await;
    film.act("ada", "PATCH", &stage.path(), json!({ "title": "Secret" }), 200).await;
    Pair {
        name: "share-all off; post",
        watches: stage.watched_by("gus"),
        truth: vec!["Quiet -", " -", "Quiet -"],
        film,
    }
}

/// What is written of a target after it was given back is not for them.
async fn give_back_then_add() -> Pair {
    let linked = Linked::of(json!({ "finalise": true }), json!({})).await;
    let (into, target) = linked.takes_in().await;
    let film = Film::of(&linked.stage.world);
    let refuse = format!("{}/refuse", linked.incoming());
    film.act("admin-globex", "POST", &refuse, json!({ "reason": "Not ours." }), 200).await;
    film.act("ada", "PATCH", &target, json!({ "note": " (secret)" }), 200).await;
    Pair {
        name: "give back what was taken in; edit a target",
        watches: vec![linked.watch(format!("{into}/received"), received)],
        truth: vec!["desk@acme.example "],
        film,
    }
}

/// A target that was switched off shows nothing that comes later.
async fn switch_off_then_edit() -> Pair {
    let linked = Linked::of(json!({ "finalise": true }), json!({})).await;
    let (into, target) = linked.takes_in().await;
    let own = json!({ "lines": "desk@acme.example" });
    let own = linked.gil.send("POST", &format!("{into}/targets"), own).await;
    assert!(own.status < 300, "{own}");
    let film = Film::of(&linked.stage.world);
    let id = target.rsplit('/').next().expect("an id");
    let off = json!({ "target": id, "keep": null });
    film.act("admin-globex", "POST", &format!("{}/resolve", linked.incoming()), off, 200).await;
    film.act("ada", "PATCH", &target, json!({ "note": " (secret)" }), 200).await;
    Pair {
        name: "switch a target off; edit it",
        watches: vec![linked.watch(format!("{into}/received"), received)],
        truth: vec!["desk@acme.example "],
        film,
    }
}
