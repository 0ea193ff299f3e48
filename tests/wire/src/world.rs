//! Orgs, people, groups and cases, made through the API.

use serde_json::{Value, json};

use crate::{Actor, Engine, Person, Wire, open_hand};

/// An engine, and people who ask the functions over it at once, without anybody in between.
#[derive(Clone)]
pub struct World {
    /// The table.
    pub engine: Engine,
}

impl World {
    /// An empty world.
    #[must_use]
    pub fn new() -> Self {
        Self { engine: Engine::new() }
    }

    /// The same world, apart from this one from now on.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { engine: self.engine.copy() }
    }

    /// Somebody, with functions of their own.
    #[must_use]
    pub fn person(&self, name: &str) -> Actor {
        Actor::new(&Person::new(name), &Wire::new(&self.engine, open_hand()))
    }

    /// The operator.
    #[must_use]
    pub fn operator(&self) -> Actor {
        Actor::new(&Person::operator(), &Wire::new(&self.engine, open_hand()))
    }

    /// An org and its admin, who is called `admin-ORG`.
    pub async fn org(&self, org: &str) -> Actor {
        let admin = self.person(&format!("admin-{org}"));
        let body = json!({ "id": org, "name": org, "admin": admin.person().address() });
        let _ = self.operator().send("POST", "/orgs", body).await.is(201);
        admin.accepts_all().await;
        admin
    }

    /// A member of an org.
    pub async fn member(
        &self,
        admin: &Actor,
        org: &str,
        name: &str,
        kind: &str,
        profile: &str,
    ) -> Actor {
        let member = self.person(name);
        let email = member.person().address();
        let body = json!({ "email": email, "kind": kind, "profile": profile, "name": name });
        let _ = admin.send("POST", &format!("/orgs/{org}/members"), body).await.is(201);
        member.accepts_all().await;
        member
    }

    /// A group of `owner`'s with these people. Its id.
    pub async fn group(&self, owner: &Actor, people: &[&Actor]) -> String {
        let group = owner.send("POST", "/groups", json!({ "name": "Friends" })).await.is(201);
        let group = text(&group, "id");
        for person in people {
            let body = json!({ "emails": [person.person().address()] });
            let _ = owner.send("POST", &format!("/groups/{group}/members"), body).await.is(200);
            person.accepts_all().await;
        }
        group
    }

    /// A case of `creator`'s. Its id.
    pub async fn case(&self, creator: &Actor, org: &str, title: &str) -> String {
        let case = creator.send("POST", "/cases", json!({ "org": org, "title": title })).await;
        text(&case.is(201), "id")
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Actor {
    /// Accepts whatever they are invited to.
    pub async fn accepts_all(&self) {
        let waiting = self.get("/invitations").await.is(200);
        for invitation in waiting.get("items").and_then(Value::as_array).into_iter().flatten() {
            let path = format!("/invitations/{}/accept", text(invitation, "id"));
            let _ = self.send("POST", &path, json!({})).await.is(200);
        }
    }
}

/// A member of a JSON object that is text.
///
/// # Panics
///
/// If it is none.
#[must_use]
#[track_caller]
pub fn text(object: &Value, name: &str) -> String {
    match object.get(name).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => panic!("no `{name}` in {object}"),
    }
}
