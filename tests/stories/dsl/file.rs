//! Files: tickets, uploads, downloads.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, Ask, Case, Person, World};

/// Permission to upload one file.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// The attachment's path.
    pub(crate) path: String,
    upload: Value,
    world: World,
}

impl Ticket {
    #[track_caller]
    pub(crate) fn of(world: &World, case: &Case, answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{answer}");
        Self::with(world, &case.to_string(), &answer.json)
    }

    /// The ticket that was answered for a file in the case of this path.
    #[track_caller]
    pub(crate) fn with(world: &World, case: &str, answer: &Value) -> Self {
        let id = answer["attachment"]["id"].as_str();
        let id = id.unwrap_or_else(|| panic!("no attachment: {answer}"));
        let upload = answer["upload"].clone();
        Self { path: format!("{case}/attachments/{id}"), upload, world: world.clone() }
    }

    /// Sends bytes with the headers of the ticket. The status that the file store answers.
    pub(crate) async fn put(&self, bytes: &[u8]) -> u16 {
        self.try_put(bytes).await.expect("the file store answers")
    }

    /// The same, to a file store that may die while it answers.
    pub(crate) async fn try_put(&self, bytes: &[u8]) -> Option<u16> {
        let method: Method = self.upload["method"].as_str().unwrap().parse().unwrap();
        let url = self.upload["url"].as_str().unwrap();
        let mut request = self.world.client().request(method, url).body(bytes.to_vec());
        for (name, value) in self.upload["headers"].as_object().unwrap() {
            // The length goes with the body; a false one would only break the connection.
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value.as_str().unwrap());
            }
        }
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }
}

impl Person {
    /// Announces a file.
    pub(crate) fn announces(&self, case: &Case, name: &str, bytes: &[u8]) -> Ask {
        let body = json!({ "name": name, "size": bytes.len(), "sha256": sha256(bytes) });
        self.post(format!("{case}/attachments"), &body)
    }

    /// A ticket for a file.
    pub(crate) async fn ticket(&self, case: &Case, name: &str, bytes: &[u8]) -> Ticket {
        Ticket::of(self.world(), case, &self.announces(case, name, bytes).await.is(201))
    }

    /// A ticket for a file in a section.
    pub(crate) async fn ticket_in(
        &self,
        case: &Case,
        section: &str,
        name: &str,
        bytes: &[u8],
    ) -> Ticket {
        let body = json!({ "name": name, "size": bytes.len(), "section": section });
        let answer = self.post(format!("{case}/attachments"), &body).await.is(201);
        Ticket::of(self.world(), case, &answer)
    }

    /// Attaches a file. Its path.
    pub(crate) async fn attaches(&self, case: &Case, name: &str, bytes: &[u8]) -> String {
        let ticket = self.ticket(case, name, bytes).await;
        self.uploads(&ticket, bytes).await
    }

    /// Uploads with a ticket and waits until the file is ready. The attachment's path.
    pub(crate) async fn uploads(&self, ticket: &Ticket, bytes: &[u8]) -> String {
        assert_eq!(ticket.put(bytes).await, 200, "the upload");
        let attachment = self.awaits(&ticket.path).await;
        assert_eq!(attachment["state"], "ready", "{attachment}");
        ticket.path.clone()
    }

    /// Waits until an attachment is neither uploading nor being scanned.
    pub(crate) async fn awaits(&self, path: &str) -> Value {
        self.world()
            .wait(path, async || {
                let attachment = self.get(path).await.ok();
                let waits =
                    ["uploading", "scanning"].iter().any(|&state| attachment["state"] == state);
                (!waits).then_some(attachment)
            })
            .await
    }

    /// The link to an attachment's bytes.
    pub(crate) fn link(&self, path: &str) -> Ask {
        self.post(format!("{path}/download"), &json!({}))
    }

    /// Downloads an attachment.
    pub(crate) async fn downloads(&self, path: &str) -> Answer {
        let link = self.link(path).await.is(200).json;
        self.world().follow(link["url"].as_str().unwrap()).await
    }

    /// The names of the attachments that they see, sorted.
    pub(crate) async fn files(&self, case: &Case) -> Vec<String> {
        let files = self.all(format!("{case}/attachments")).await;
        let mut names: Vec<_> =
            files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }
}

impl World {
    /// Follows a link, without signing in.
    pub(crate) async fn follow(&self, url: &str) -> Answer {
        let response = self.client().get(url).send().await.expect("the file store answers");
        Answer::of(format!("GET {url}"), response).await
    }
}

/// SHA-256, in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
