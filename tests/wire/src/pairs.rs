//! The pairs of the design's table, and others like them: what is done to a case, one after the
//! other, while somebody reads it.

use serde_json::{Value, json};
use shared::id::{Recipient, ShareId};

use crate::film::Film;
use crate::watch::Watch;
use crate::{Actor, Answer, Person, World, text};

/// Two or more changes, and the requests that run into them.
pub struct Pair {
    /// What is done.
    pub name: &'static str,
    /// What happened to the table.
    pub film: Film,
    /// Who reads what.
    pub watches: Vec<Watch>,
    /// What the reader is shown from frame to frame, if nothing else moves: `-` for nothing, and
    /// once where it stays the same. One for each of `watches`.
    pub truth: Vec<&'static str>,
}

/// What every pair begins with: an org, an analyst, a guest and a case.
pub struct Stage {
    /// The table.
    pub world: World,
    /// The org's admin.
    pub admin: Actor,
    /// An analyst of `acme`, who made the case.
    pub ada: Actor,
    /// Somebody outside.
    pub gus: Actor,
    /// A case of ada's.
    pub case: String,
}

impl Stage {
    /// The org `acme`, ada, and her case `Quiet`.
    pub async fn new() -> Self {
        let world = World::new();
        let admin = world.org("acme").await;
        let ada = world.member(&admin, "acme", "ada", "normal", "analyst").await;
        let gus = world.person("gus");
        let case = world.case(&ada, "acme", "Quiet").await;
        Self { world, admin, ada, gus, case }
    }

    /// A group of ada's.
    pub async fn group(&self, people: &[&Actor]) -> String {
        self.world.group(&self.ada, people).await
    }

    /// The case is shared, and accepted if that needs to be. The share's id.
    pub async fn share(&self, recipient: &str) -> String {
        let body = json!({ "recipients": [recipient], "role": "viewer" });
        let made = self.ada.send("POST", &self.shares(), body).await.is(201);
        self.gus.accepts_all().await;
        // Accepting gives it another id, by which it is found too.
        text(&made["items"][0], "id")
    }

    /// The path of the case.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/cases/{}", self.case)
    }

    /// The path of its shares.
    #[must_use]
    pub fn shares(&self) -> String {
        format!("/cases/{}/shares", self.case)
    }

    fn film(&self) -> Film {
        Film::of(&self.world)
    }

    /// The case, its comments, and the list. Reading comments is nothing but a check; who reads a
    /// case that is hidden is told whither it went, if they see that one.
    pub(crate) fn watched_by(&self, caller: &str) -> Vec<Watch> {
        [What::Case, What::Comments, What::List].map(|what| self.watch(caller, what)).into()
    }

    fn watch(&self, caller: &str, what: What) -> Watch {
        let (path, look): (String, crate::watch::Look) = match what {
            What::Case => (self.path(), title),
            What::Comments => (format!("{}/comments", self.path()), comments),
            What::List => ("/cases".to_owned(), list),
        };
        Watch { caller: Person::new(caller), owner: Person::new("ada"), path, look }
    }
}

#[derive(Clone, Copy)]
enum What {
    Case,
    Comments,
    List,
}

fn title(answer: &Answer) -> Option<String> {
    (answer.status == 200).then(|| text(&answer.body, "title"))
}

fn list(answer: &Answer) -> Option<String> {
    let items = answer.body["items"].as_array()?;
    items.first().map(|case| text(case, "title"))
}

fn comments(answer: &Answer) -> Option<String> {
    listed(answer, "text")
}

/// A field of every entry of a list; `None` if it is not there.
pub(crate) fn listed(answer: &Answer, field: &str) -> Option<String> {
    if answer.status != 200 {
        return None;
    }
    let items = answer.body["items"].as_array()?;
    let texts: Vec<_> = items.iter().map(|item| text(item, field)).collect();
    Some(texts.join(", "))
}

fn retitle(title: &str) -> Value {
    json!({ "title": title })
}

/// The pairs of the design's table.
pub async fn design() -> Vec<Pair> {
    vec![
        remove_then_share().await,
        unshare_then_add().await,
        restrict_then_hire().await,
        revoke_then_post().await,
        swap_for_group().await,
    ]
}

/// Others like them.
pub async fn others() -> Vec<Pair> {
    vec![
        other_group().await,
        mark_unmark_edit().await,
        lock_then_name().await,
        leave_then_post().await,
        accept_then_revoke().await,
        reshare_after_a_gap().await,
        internal_then_named_again().await,
    ]
}

/// Never a member while it was shared.
async fn remove_then_share() -> Pair {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    let film = stage.film();
    let member = format!("/groups/{group}/members/{}", stage.gus.person().user());
    film.act("ada", "DELETE", &member, Value::Null, 204).await;
    let body = json!({ "recipients": [format!("group:{group}")], "role": "viewer" });
    film.act("ada", "POST", &stage.shares(), body, 201).await;
    Pair {
        name: "remove from group; share with group",
        watches: stage.watched_by("gus"),
        truth: vec!["-", "-", "-"],
        film,
    }
}

/// Never shared while a member.
async fn unshare_then_add() -> Pair {
    let stage = Stage::new().await;
    let group = stage.group(&[]).await;
    let share = stage.share(&format!("group:{group}")).await;
    let film = stage.film();
    film.act("ada", "DELETE", &format!("{}/{share}", stage.shares()), Value::Null, 204).await;
    let body = json!({ "emails": [stage.gus.person().address()] });
    film.act("ada", "POST", &format!("/groups/{group}/members"), body, 200).await;
    accept(&film, "gus").await;
    Pair {
        name: "unshare; add to group",
        watches: stage.watched_by("gus"),
        truth: vec!["-", "-", "-"],
        film,
    }
}

/// Never a colleague while it was open to all of them.
async fn restrict_then_hire() -> Pair {
    let stage = Stage::new().await;
    let film = stage.film();
    let body =
        json!({ "access": "restricted", "users": [format!("user:{}", stage.ada.person().user())] });
    film.act("admin-acme", "PUT", &format!("{}/access", stage.path()), body, 200).await;
    let email = Person::new("bob").address();
    let body = json!({ "email": email, "kind": "normal", "profile": "analyst", "name": "bob" });
    film.act("admin-acme", "POST", "/orgs/acme/members", body, 201).await;
    accept(&film, "bob").await;
    Pair {
        name: "restrict; hire",
        watches: stage.watched_by("bob"),
        truth: vec!["-", "-", "-"],
        film,
    }
}

/// What is written after the loss is not for them.
pub async fn revoke_then_post() -> Pair {
    let stage = Stage::new().await;
    let first = json!({ "text": "before" });
    let _ = stage.ada.send("POST", &format!("{}/comments", stage.path()), first).await.is(201);
    let share = stage.share(&format!("email:{}", stage.gus.person().address())).await;
    let film = stage.film();
    film.act("ada", "DELETE", &format!("{}/{share}", stage.shares()), Value::Null, 204).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Secret"), 200).await;
    let secret = json!({ "text": "secret" });
    film.act("ada", "POST", &format!("{}/comments", stage.path()), secret, 201).await;
    Pair {
        name: "revoke; post",
        watches: vec![
            stage.watch("gus", What::Case),
            stage.watch("gus", What::Comments),
            stage.watch("gus", What::List),
        ],
        truth: vec!["Quiet -", "before -", "Quiet -"],
        film,
    }
}

/// A right that is never interrupted, though it is another one afterwards.
///
/// The group's share stands before the person's, where a query that is read row by row has passed
/// when the change comes.
async fn swap_for_group() -> Pair {
    let mut stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    let of_group = Recipient::Group(group.parse().expect("the id of a group"));
    let of_person = Recipient::User(stage.gus.person().user());
    let in_order = |case: &str| {
        let case = case.parse().expect("the id of a case");
        ShareId::of(case, &of_group) < ShareId::of(case, &of_person)
    };
    while !in_order(&stage.case) {
        stage.case = stage.world.case(&stage.ada, "acme", "Quiet").await;
    }
    let address = stage.gus.person().address();
    stage.share(&format!("email:{address}")).await;
    let film = stage.film();
    let only =
        |recipient: String| json!({ "shares": [{ "recipient": recipient, "role": "viewer" }] });
    film.act("ada", "PUT", &stage.shares(), only(format!("group:{group}")), 200).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Louder"), 200).await;
    Pair {
        name: "PUT that swaps a person for their group",
        watches: stage.watched_by("gus"),
        truth: vec!["Quiet Louder", "", "Quiet Louder"],
        film,
    }
}

/// The same by way of another group: into the one, then out of the other.
async fn other_group() -> Pair {
    let stage = Stage::new().await;
    let (old, new) = (stage.group(&[&stage.gus]).await, stage.group(&[]).await);
    stage.share(&format!("group:{old}")).await;
    stage.share(&format!("group:{new}")).await;
    let body = json!({ "emails": [stage.gus.person().address()] });
    let _ = stage.ada.send("POST", &format!("/groups/{new}/members"), body).await.is(200);
    let film = stage.film();
    accept(&film, "gus").await;
    let member = format!("/groups/{old}/members/{}", stage.gus.person().user());
    film.act("ada", "DELETE", &member, Value::Null, 204).await;
    Pair {
        name: "into one group; out of the other",
        watches: vec![stage.watch("gus", What::Case), stage.watch("gus", What::List)],
        truth: vec!["Quiet", "Quiet"],
        film,
    }
}

/// A comment in the portal, only while it is marked.
async fn mark_unmark_edit() -> Pair {
    let stage = Stage::new().await;
    stage.world.member(&stage.admin, "acme", "eve", "external", "external-reader").await;
    let said = json!({ "text": "before" });
    let said = stage.ada.send("POST", &format!("{}/comments", stage.path()), said).await.is(201);
    let open = json!({ "access": "external-all" });
    let _ = stage.admin.send("PUT", &format!("{}/access", stage.path()), open).await.is(200);
    let comment = format!("{}/comments/{}", stage.path(), text(&said, "id"));
    let film = stage.film();
    film.act("ada", "PUT", &format!("{comment}/external"), json!({}), 200).await;
    film.act("ada", "DELETE", &format!("{comment}/external"), Value::Null, 204).await;
    film.act("ada", "PATCH", &comment, json!({ "text": "secret" }), 200).await;
    Pair {
        name: "mark; unmark; edit",
        watches: vec![stage.watch("eve", What::Comments)],
        truth: vec![" before  "],
        film,
    }
}

/// Never named while active.
async fn lock_then_name() -> Pair {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "analyst").await;
    let user = |of: &Actor| format!("user:{}", of.person().user());
    let access = format!("{}/access", stage.path());
    let named = |users: Vec<String>| json!({ "access": "restricted", "users": users });
    let _ = stage
        .admin
        .send("PUT", &access, named(vec![user(&stage.ada), user(&stage.admin), user(&bob)]))
        .await
        .is(200);
    let film = stage.film();
    let member = format!("/orgs/acme/members/{}", bob.person().user());
    film.act("admin-acme", "PUT", &access, named(vec![user(&stage.ada), user(&stage.admin)]), 200)
        .await;
    film.act("ada", "PATCH", &stage.path(), retitle("Secret"), 200).await;
    film.act("admin-acme", "PATCH", &member, json!({ "status": "locked" }), 200).await;
    film.act("admin-acme", "PUT", &access, json!({ "access": "internal" }), 200).await;
    Pair {
        name: "not named; lock; open to all colleagues",
        watches: vec![stage.watch("bob", What::Case), stage.watch("bob", What::List)],
        truth: vec!["Quiet -", "Quiet -"],
        film,
    }
}

/// Who left sees nothing that comes later.
async fn leave_then_post() -> Pair {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    stage.share(&format!("group:{group}")).await;
    let film = stage.film();
    film.act("gus", "POST", &format!("{}/disconnect", stage.path()), json!({}), 204).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Secret"), 200).await;
    Pair {
        name: "disconnect; post",
        watches: vec![stage.watch("gus", What::Case), stage.watch("gus", What::List)],
        truth: vec!["Quiet -", "Quiet -"],
        film,
    }
}

/// Seen in between, and not what was before or after.
async fn accept_then_revoke() -> Pair {
    let stage = Stage::new().await;
    let body = json!({
        "recipients": [format!("email:{}", stage.gus.person().address())], "role": "viewer",
    });
    let made = stage.ada.send("POST", &stage.shares(), body).await.is(201);
    let share = text(&made["items"][0], "id");
    let film = stage.film();
    accept(&film, "gus").await;
    film.act("ada", "DELETE", &format!("{}/{share}", stage.shares()), Value::Null, 204).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Secret"), 200).await;
    Pair {
        name: "accept; revoke; post",
        watches: vec![stage.watch("gus", What::Case), stage.watch("gus", What::List)],
        truth: vec!["- Quiet -", "- Quiet -"],
        film,
    }
}

/// A gap in a right shows.
async fn reshare_after_a_gap() -> Pair {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    let share = stage.share(&format!("group:{group}")).await;
    let film = stage.film();
    film.act("ada", "DELETE", &format!("{}/{share}", stage.shares()), Value::Null, 204).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Gap"), 200).await;
    let body = json!({ "recipients": [format!("group:{group}")], "role": "viewer" });
    film.act("ada", "POST", &stage.shares(), body, 201).await;
    Pair {
        name: "unshare; post; share again",
        watches: vec![stage.watch("gus", What::Case), stage.watch("gus", What::List)],
        truth: vec!["Quiet - Gap", "Quiet - Gap"],
        film,
    }
}

/// Two lists of names, between which nobody was named.
async fn internal_then_named_again() -> Pair {
    let stage = Stage::new().await;
    let eve = stage.world.member(&stage.admin, "acme", "eve", "external", "external-reader").await;
    let access = format!("{}/access", stage.path());
    let named = json!({ "access": "external", "users": [format!("user:{}", eve.person().user())] });
    let _ = stage.admin.send("PUT", &access, named.clone()).await.is(200);
    let film = stage.film();
    film.act("admin-acme", "PUT", &access, json!({ "access": "internal" }), 200).await;
    film.act("ada", "PATCH", &stage.path(), retitle("Gap"), 200).await;
    film.act("admin-acme", "PUT", &access, named, 200).await;
    Pair {
        name: "named; internal; post; named again",
        watches: vec![stage.watch("eve", What::Case), stage.watch("eve", What::List)],
        truth: vec!["Quiet - Gap", "Quiet - Gap"],
        film,
    }
}

/// Accepts the only invitation that waits.
async fn accept(film: &Film, name: &str) {
    let waiting = film.act(name, "GET", "/invitations", Value::Null, 200).await;
    let path = format!("/invitations/{}/accept", text(&waiting.body["items"][0], "id"));
    film.act(name, "POST", &path, json!({}), 200).await;
}
