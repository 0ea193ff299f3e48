//! A person, and what everybody can do.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Ask, World};

struct Inner {
    world: World,
    name: String,
    address: String,
    /// The org in which they make cases.
    home: Option<String>,
    /// With the era in which it was made.
    token: Mutex<Option<(u64, String)>>,
}

/// Somebody who signs in.
#[derive(Clone)]
pub(crate) struct Person(Arc<Inner>);

impl Person {
    pub(super) fn new(world: &World, name: &str, address: &str) -> Self {
        Self(Arc::new(Inner {
            world: world.clone(),
            name: name.to_owned(),
            address: address.to_owned(),
            home: None,
            token: Mutex::default(),
        }))
    }

    /// The same person, at home in an org.
    pub(crate) fn at_home_in(&self, org: &str) -> Self {
        let token = self.0.token.lock().unwrap().clone();
        Self(Arc::new(Inner {
            world: self.0.world.clone(),
            name: self.0.name.clone(),
            address: self.0.address.clone(),
            home: Some(org.to_owned()),
            token: Mutex::new(token),
        }))
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.world
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn address(&self) -> &str {
        &self.0.address
    }

    pub(crate) fn home(&self) -> &str {
        self.0.home.as_deref().expect("somebody who is at home in an org")
    }

    /// As a recipient, by address.
    pub(crate) fn by_mail(&self) -> String {
        format!("email:{}", self.address())
    }

    /// As a recipient, by id.
    pub(crate) async fn by_id(&self) -> String {
        format!("user:{}", self.user().await)
    }

    /// Their id.
    pub(crate) async fn user(&self) -> String {
        self.me().await["user"].as_str().expect("everybody has an id").to_owned()
    }

    pub(crate) async fn me(&self) -> Value {
        self.get("/me").await.ok()
    }

    /// An access token, as the issuer gives it now.
    pub(crate) async fn token(&self) -> String {
        let era = self.world().era();
        let kept = self.0.token.lock().unwrap().clone();
        if let Some((_, token)) = kept.filter(|(made, _)| *made == era) {
            return token;
        }
        let token = self.token_with(json!({})).await;
        *self.0.token.lock().unwrap() = Some((era, token.clone()));
        token
    }

    /// An access token that says other things about them.
    pub(crate) async fn token_with(&self, claims: Value) -> String {
        self.try_token_with(claims).await.expect("there is a host")
    }

    /// An access token, from a host that may die while it answers.
    pub(super) async fn try_token(&self) -> Option<String> {
        let kept = self.0.token.lock().unwrap().clone();
        if let Some((_, token)) = kept {
            return Some(token);
        }
        let era = self.world().era();
        let token = self.try_token_with(json!({})).await?;
        *self.0.token.lock().unwrap() = Some((era, token.clone()));
        Some(token)
    }

    async fn try_token_with(&self, claims: Value) -> Option<String> {
        let mut said = json!({ "email": self.address(), "name": self.name() });
        for (name, value) in claims.as_object().unwrap() {
            said[name] = value.clone();
        }
        let url = format!("{}/dev/token", self.world().desk());
        let request = self.world().client().post(url).header("content-type", "application/json");
        let response = request.body(said.to_string()).send().await.ok()?;
        let status = response.status();
        let body = response.text().await.ok()?;
        assert!(status.is_success(), "a token for {said}: {status} {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        Some(body["access_token"].as_str().unwrap().to_owned())
    }

    pub(crate) fn ask(&self, method: Method, path: impl AsRef<str>) -> Ask {
        Ask::new(self.world(), method, path.as_ref()).by(self)
    }

    pub(crate) fn get(&self, path: impl AsRef<str>) -> Ask {
        self.ask(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl AsRef<str>, body: &Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    pub(crate) fn put(&self, path: impl AsRef<str>, body: &Value) -> Ask {
        self.ask(Method::PUT, path).json(body)
    }

    pub(crate) fn patch(&self, path: impl AsRef<str>, body: &Value) -> Ask {
        self.ask(Method::PATCH, path).json(body)
    }

    pub(crate) fn delete(&self, path: impl AsRef<str>) -> Ask {
        self.ask(Method::DELETE, path)
    }

    /// All entries of a list, page by page.
    pub(crate) async fn all(&self, path: impl AsRef<str>) -> Vec<Value> {
        let path = path.as_ref();
        let mark = if path.contains('?') { '&' } else { '?' };
        let mut found = Vec::new();
        let mut next = format!("{path}{mark}limit=100");
        loop {
            let page = self.get(&next).await.ok();
            found.extend(page["items"].as_array().expect("a list has items").iter().cloned());
            match page["cursor"].as_str() {
                Some(cursor) => next = format!("{path}{mark}limit=100&cursor={cursor}"),
                None => return found,
            }
        }
    }

    /// The invitations that wait for them.
    pub(crate) async fn invitations(&self) -> Vec<Value> {
        self.all("/invitations").await
    }

    /// Accepts the only invitation that waits for them, in the app.
    pub(crate) async fn accepts(&self) -> Value {
        let waiting = self
            .world()
            .wait(format!("an invitation of {}", self.address()), async || {
                self.invitations().await.pop()
            })
            .await;
        self.accept(&waiting).await.ok()
    }

    /// Accepts an invitation in the app.
    pub(crate) fn accept(&self, invitation: &Value) -> Ask {
        let id = invitation["id"].as_str().expect("an invitation has an id");
        self.post(format!("/invitations/{id}/accept"), &json!({ "name": self.name() }))
    }

    /// Accepts with the token of a mail.
    pub(crate) fn accept_token(&self, token: &str) -> Ask {
        self.post("/invitations/accept", &json!({ "token": token, "name": self.name() }))
    }

    /// A group of theirs.
    pub(crate) async fn group(&self, name: &str) -> String {
        let made = self.post("/groups", &json!({ "name": name })).await.is(201).json;
        made["id"].as_str().expect("a group has an id").to_owned()
    }

    /// Invites people to a group of theirs; they accept.
    pub(crate) async fn gathers(&self, group: &str, people: &[&Person]) {
        let emails: Vec<_> = people.iter().map(|person| person.address()).collect();
        self.post(format!("/groups/{group}/members"), &json!({ "emails": emails })).await.ok();
        for person in people {
            let waiting = self
                .world()
                .wait("an invitation to a group", async || {
                    person.invitations().await.into_iter().find(|one| one["to"] == "group")
                })
                .await;
            person.accept(&waiting).await.ok();
        }
    }
}
