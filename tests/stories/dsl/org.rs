//! An org, its admin and its members.

use serde_json::{Value, json};

use super::{Person, World};

/// An org with its first admin.
pub(crate) struct Org {
    pub(crate) id: String,
    /// Its first admin, with the profile `org-admin`.
    pub(crate) admin: Person,
}

impl Org {
    pub(super) async fn found(world: &World, name: &str) -> Self {
        let id = world.unique(name);
        let admin = world.person("admin");
        let body = json!({ "id": id, "name": name, "admin": admin.address() });
        world.operator().post("/orgs", &body).await.is(201);
        admin.accepts().await;
        let admin = admin.at_home_in(&id);
        Self { id, admin }
    }

    /// A colleague with this profile.
    pub(crate) async fn member(&self, name: &str, profile: &str) -> Person {
        self.join(&self.admin.world().person(name), "normal", profile).await
    }

    /// An external user with this profile.
    pub(crate) async fn external(&self, name: &str, profile: &str) -> Person {
        self.join(&self.admin.world().person(name), "external", profile).await
    }

    /// Somebody who is known already becomes a member.
    pub(crate) async fn join(&self, person: &Person, kind: &str, profile: &str) -> Person {
        let member = self.invites(person, kind, profile).await;
        person.accept(&member["invitation"]).await.ok();
        person.at_home_in(&self.id)
    }

    /// Somebody is invited, and does not answer yet.
    pub(crate) async fn invites(&self, person: &Person, kind: &str, profile: &str) -> Value {
        let body = json!({
            "email": person.address(), "kind": kind, "profile": profile, "name": person.name(),
        });
        self.admin.post(self.members(), &body).await.is(201).json
    }

    /// Links this org with another: one proposes, the other approves, each on terms of its own.
    pub(crate) async fn links_with(&self, other: &Self, ours: Value, theirs: Value) {
        let body = json!({ "org": other.id, "terms": ours });
        self.admin.post(format!("/orgs/{}/links", self.id), &body).await.is(201);
        other.admin.post(format!("{}/approve", other.link(self)), &theirs).await.is(200);
    }

    /// Links this org with another, as it is by default.
    pub(crate) async fn links(&self, other: &Self) {
        self.links_with(other, json!({}), json!({})).await;
    }

    /// The path of this org's link with another.
    pub(crate) fn link(&self, other: &Self) -> String {
        format!("/orgs/{}/links/{}", self.id, other.id)
    }

    /// As a recipient.
    pub(crate) fn as_recipient(&self) -> String {
        format!("org:{}", self.id)
    }

    /// One of its profiles, as it is named outside of it.
    pub(crate) fn profile(&self, name: &str) -> String {
        format!("{}/{name}", self.id)
    }

    /// Makes a profile of the org's own, with these levels and flags.
    pub(crate) async fn makes_profile(&self, name: &str, levels: Value, flags: Value) {
        let rights = json!({ "levels": levels, "flags": flags });
        let body = json!({ "name": name, "type": "organisation", "rights": rights });
        self.admin.post(format!("/orgs/{}/profiles", self.id), &body).await.is(201);
    }

    /// Changes settings.
    pub(crate) async fn set(&self, settings: Value) {
        self.admin.patch(format!("/orgs/{}", self.id), &json!({ "settings": settings })).await.ok();
    }

    /// The path of its members.
    pub(crate) fn members(&self) -> String {
        format!("/orgs/{}/members", self.id)
    }

    /// The path of one member.
    pub(crate) async fn member_path(&self, person: &Person) -> String {
        format!("{}/{}", self.members(), person.user().await)
    }
}
