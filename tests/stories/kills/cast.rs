//! The people and orgs of one client.

use serde_json::{Value, json};

use super::worker::{Worker, text};
use crate::dsl::{Person, operators};

/// Two orgs that are linked, and who is in them.
pub(super) struct Cast {
    pub(super) operator: Person,
    pub(super) acme: String,
    /// Admin of Acme.
    pub(super) admin: Person,
    /// Analysts of Acme.
    pub(super) ada: Person,
    pub(super) bob: Person,
    /// An external user of Acme.
    pub(super) eve: Person,
    pub(super) globex: String,
    /// Admin of Globex.
    pub(super) gia: Person,
    /// Analyst of Globex.
    pub(super) gil: Person,
}

impl Cast {
    /// Makes them, under the eyes of the one who kills.
    pub(super) async fn gather(worker: &mut Worker, season: usize) -> Self {
        let operators = operators();
        let operators: Vec<_> = operators.split(',').collect();
        // An operator may invite sixty admins an hour.
        let turn = (worker.number + season * super::CLIENTS) % operators.len();
        let operator = worker.world.person_at("operator", operators[turn].trim());
        let (acme, admin) = org(worker, &operator, "acme").await;
        let (globex, gia) = org(worker, &operator, "globex").await;
        let ada = member(worker, &admin, &acme, ("ada", "normal", "analyst")).await;
        let bob = member(worker, &admin, &acme, ("bob", "normal", "analyst")).await;
        let eve = member(worker, &admin, &acme, ("eve", "external", "external-actor")).await;
        let gil = member(worker, &gia, &globex, ("gil", "normal", "analyst")).await;
        let cast = Self { operator, acme, admin, ada, bob, eve, globex, gia, gil };
        cast.link(worker).await;
        cast
    }

    /// Links both orgs.
    pub(super) async fn link(&self, worker: &mut Worker) {
        let (acme, globex) = (&self.acme, &self.globex);
        worker.post(&self.admin, &format!("/orgs/{acme}/links"), json!({ "org": globex })).await;
        let path = format!("/orgs/{globex}/links/{acme}");
        worker.post(&self.gia, &format!("{path}/approve"), json!({})).await;
        worker.holds(&self.gia, &path, "/ours/approved", true);
        worker.holds(&self.gia, &path, "/theirs/approved", true);
    }

    /// As a recipient.
    pub(super) fn to_globex(&self) -> String {
        format!("org:{}", self.globex)
    }
}

/// Makes an org, whose first admin accepts.
async fn org(worker: &mut Worker, operator: &Person, name: &str) -> (String, Person) {
    let id = worker.world.unique(name);
    let admin = worker.world.person("admin");
    let body = json!({ "id": id, "name": name, "admin": admin.address() });
    worker.post(operator, "/orgs", body).await;
    accept(worker, &admin).await;
    worker.holds(&admin, &format!("/orgs/{id}"), "/name", name);
    (id, admin)
}

/// Invites a member, who accepts.
async fn member(
    worker: &mut Worker,
    admin: &Person,
    org: &str,
    (name, kind, profile): (&str, &str, &str),
) -> Person {
    let person = worker.world.person(name);
    let body = json!({ "email": person.address(), "kind": kind, "profile": profile });
    worker.post(admin, &format!("/orgs/{org}/members"), body).await;
    accept(worker, &person).await;
    let user = user(worker, &person).await;
    worker.holds(admin, &format!("/orgs/{org}/members/{user}"), "/profile", profile);
    person
}

/// The id of somebody.
pub(super) async fn user(worker: &Worker, person: &Person) -> String {
    text(&worker.read(person, "/me").await.ok()["user"])
}

/// The only invitation that waits for somebody, by id; waits for it.
pub(super) async fn invited(worker: &Worker, person: &Person) -> String {
    let waiting = |list: &Value| Some(list["items"].clone()).filter(|list| *list != json!([]));
    let waiting = worker.awaits(person, "/invitations", waiting).await;
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{}: {waiting}", person.name());
    text(&waiting[0]["id"])
}

/// Accepts the only invitation of somebody new in the app, once its mail has come as well.
pub(super) async fn accept(worker: &mut Worker, person: &Person) {
    worker.ticket(person.address(), 1).await;
    accept_in_app(worker, person).await;
}

/// Accepts the only invitation that waits for somebody, in the app.
pub(super) async fn accept_in_app(worker: &mut Worker, person: &Person) {
    let invitation = invited(worker, person).await;
    let body = json!({ "name": person.name() });
    worker.post(person, &format!("/invitations/{invitation}/accept"), body).await;
}
