//! Cases, and what people do with them.

use std::fmt;

use serde_json::{Value, json};

use super::{Answer, Ask, Org, Person};

/// A case, as its creator got it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) json: Value,
}

/// Its path.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/cases/{}", self.id)
    }
}

impl Case {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let id = answer.json["id"].as_str().unwrap_or_else(|| panic!("no case: {answer}"));
        Self { id: id.to_owned(), json: answer.json.clone() }
    }
}

impl Person {
    /// A case of theirs, in the org where they are at home.
    pub(crate) async fn case(&self, title: &str) -> Case {
        self.case_with(json!({ "title": title })).await
    }

    /// A case that says more than its title.
    pub(crate) async fn case_with(&self, body: Value) -> Case {
        Case::of(&self.creates(body).await.is(201))
    }

    /// The request that makes a case.
    pub(crate) fn creates(&self, mut body: Value) -> Ask {
        body["org"] = json!(self.home());
        self.post("/cases", &body)
    }

    /// Shares a case.
    pub(crate) fn share<T: Into<String>>(
        &self,
        case: &Case,
        to: impl IntoIterator<Item = T>,
        role: &str,
    ) -> Ask {
        let to: Vec<String> = to.into_iter().map(Into::into).collect();
        self.post(format!("{case}/shares"), &json!({ "recipients": to, "role": role }))
    }

    /// Shares a case with orgs, by a profile of the org where they are at home.
    pub(crate) fn shares_with<'a>(
        &self,
        case: &Case,
        orgs: impl IntoIterator<Item = &'a Org>,
        profile: &str,
    ) -> Ask {
        let to: Vec<String> = orgs.into_iter().map(Org::as_recipient).collect();
        let profile = format!("{}/{profile}", self.home());
        self.post(format!("{case}/shares"), &json!({ "recipients": to, "profile": profile }))
    }

    /// Shares a case with somebody, who accepts if they must. The share's id, as it was given.
    pub(crate) async fn lets_in(&self, case: &Case, person: &Person, role: &str) -> String {
        let share =
            self.share(case, [person.by_mail()], role).await.is(201).json["items"][0].clone();
        if share["state"] == "pending" {
            person.accept(&share["invitation"]).await.ok();
        }
        share["id"].as_str().expect("a share has an id").to_owned()
    }

    /// The share list.
    pub(crate) async fn shares(&self, case: &Case) -> Vec<Value> {
        self.all(format!("{case}/shares")).await
    }

    /// Whether they see a case: its page, and nothing in between.
    pub(crate) async fn sees(&self, case: &Case) -> bool {
        let answer = self.get(case.to_string()).await;
        match answer.status {
            200 => true,
            404 => {
                answer.hidden();
                false
            }
            _ => panic!("neither there nor hidden: {answer}"),
        }
    }

    /// Whether a case stands in a list of theirs.
    pub(crate) async fn lists(&self, case: &Case, query: &str) -> bool {
        let path = if query.is_empty() { "/cases".to_owned() } else { format!("/cases?{query}") };
        self.all(path).await.iter().any(|entry| entry["id"] == case.id.as_str())
    }

    /// Whether a search of theirs finds a case.
    pub(crate) async fn finds(&self, case: &Case, text: &str) -> bool {
        let found = self.post("/cases/search", &json!({ "text": text, "limit": 100 })).await.ok();
        found["items"].as_array().unwrap().iter().any(|entry| entry["id"] == case.id.as_str())
    }

    /// Writes a comment. Its path.
    pub(crate) async fn comments(&self, case: &Case, text: &str) -> String {
        let made = self.post(format!("{case}/comments"), &json!({ "text": text })).await.is(201);
        format!("{case}/comments/{}", made.json["id"].as_str().unwrap())
    }

    /// The texts of all comments that they see, newest first.
    pub(crate) async fn reads(&self, case: &Case) -> Vec<String> {
        let comments = self.all(format!("{case}/comments")).await;
        comments.iter().map(|comment| comment["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Sets a case's access.
    pub(crate) fn opens<T: Into<String>>(
        &self,
        case: &Case,
        access: &str,
        users: impl IntoIterator<Item = T>,
    ) -> Ask {
        let users: Vec<String> = users.into_iter().map(Into::into).collect();
        let body = match access {
            "restricted" | "external" => json!({ "access": access, "users": users }),
            _ => json!({ "access": access }),
        };
        self.put(format!("{case}/access"), &body)
    }

    /// The kinds of the events that they see of a case, oldest first.
    pub(crate) async fn remembers(&self, case: &Case) -> Vec<String> {
        let mut events = self.all(format!("{case}/history")).await;
        events.reverse();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Their notices, newest first.
    pub(crate) async fn notices(&self) -> Vec<Value> {
        self.all("/notices").await
    }

    /// Their newest notice of a kind; waits for it.
    pub(crate) async fn notice(&self, kind: &str) -> Value {
        self.world()
            .wait(format!("a notice `{kind}` to {}", self.name()), async || {
                self.notices().await.into_iter().find(|notice| notice["kind"] == kind)
            })
            .await
    }
}
