//! An org, its people and a case, as the operations that are counted find them.

use serde_json::{Value, json};
use wire::{Actor, World, text};

/// An org with two analysts.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) admin: Actor,
    pub(crate) ada: Actor,
    pub(crate) ben: Actor,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let world = World::new();
        let admin = world.org("acme").await;
        let ada = world.member(&admin, "acme", "ada", "normal", "analyst").await;
        let ben = world.member(&admin, "acme", "ben", "normal", "analyst").await;
        Self { world, admin, ada, ben }
    }

    /// A case of Ada's. Its path.
    pub(crate) async fn case(&self) -> String {
        format!("/cases/{}", self.world.case(&self.ada, "acme", "Phishing wave").await)
    }

    /// Links Acme with an org on terms of Acme's. The org's admin, and an analyst.
    pub(crate) async fn partner(&self, name: &str, terms: Value) -> (Actor, Actor) {
        let admin = self.world.org(name).await;
        let body = json!({ "org": name, "terms": terms });
        let _ = self.admin.send("POST", "/orgs/acme/links", body).await.is(201);
        let path = format!("/orgs/{name}/links/acme/approve");
        let _ = admin.send("POST", &path, json!({})).await.is(200);
        let member = format!("gil-{name}");
        let member = self.world.member(&admin, name, &member, "normal", "analyst").await;
        (admin, member)
    }

    /// Somebody of no org.
    pub(crate) fn outsider(&self, name: &str) -> Actor {
        self.world.person(name)
    }
}

/// Shares a case. The share.
pub(crate) async fn share(sharer: &Actor, case: &str, to: &str) -> Value {
    let body = json!({ "recipients": [to], "role": "viewer" });
    sharer.send("POST", &format!("{case}/shares"), body).await.is(201)["items"][0].clone()
}

/// Shares a case with somebody who accepts.
pub(crate) async fn let_in(sharer: &Actor, case: &str, person: &Actor) -> String {
    let share = share(sharer, case, &by_mail(person)).await;
    person.accepts_all().await;
    text(&share, "id")
}

/// A person as a recipient.
pub(crate) fn by_mail(person: &Actor) -> String {
    format!("email:{}", person.person().address())
}

/// The id in a path.
pub(crate) fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
