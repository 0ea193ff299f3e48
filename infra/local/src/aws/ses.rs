//! SES: `SendEmail` of its API v2. Nothing leaves the machine: a mail goes to the mailbox.
//!
//! Addresses of SES's mailbox simulator behave as they do there, every other one receives.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::Clock;

use super::ses_events::{self, Fate};
use crate::mailbox::{Mail, Mailbox};

/// What is called with each event of a mail, before `SendEmail` is answered. It may block.
pub type MailHook = Arc<dyn Fn(Value) -> std::io::Result<()> + Send + Sync>;

/// The embedded SES.
#[derive(Clone)]
pub struct Ses {
    mailbox: Mailbox,
    clock: Clock,
    happened: MailHook,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    destination: Option<Destination>,
    content: Content,
    #[serde(default)]
    email_tags: Vec<Tag>,
    configuration_set_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    #[serde(rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(rename = "CcAddresses")]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses")]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    subject: Text,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

/// A refusal: status, the name of the exception, and what it says.
struct Refusal(StatusCode, &'static str, &'static str);

impl Refusal {
    fn bad(text: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, "BadRequestException", text)
    }
}

impl Ses {
    /// SES that delivers to `mailbox` and tells `happened`.
    #[must_use]
    pub fn new(mailbox: Mailbox, clock: Clock, happened: MailHook) -> Self {
        Self { mailbox, clock, happened }
    }

    /// Answers one `SendEmail`. Blocks until the mail and its events lie on the disk.
    #[must_use]
    pub fn answer(&self, body: &Bytes) -> Response {
        let (status, name, body) = match self.send(body) {
            Ok(id) => (StatusCode::OK, "", json!({ "MessageId": id })),
            Err(Refusal(status, name, text)) => (status, name, json!({ "message": text })),
        };
        let mut answer = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string())
            .into_response();
        if !name.is_empty() {
            answer.headers_mut().insert("x-amzn-errortype", http::HeaderValue::from_static(name));
        }
        answer
    }

    fn send(&self, body: &[u8]) -> Result<String, Refusal> {
        let request: SendEmail = serde_json::from_slice(body)
            .map_err(|_| Refusal::bad("the request is not understood"))?;
        let message =
            request.content.simple.ok_or(Refusal::bad("only simple messages are taken here"))?;
        let from = request.from_email_address.ok_or(Refusal::bad("there is no sender"))?;
        let destination = request.destination.unwrap_or_default();
        let to = [destination.to, destination.cc, destination.bcc].concat();
        if !(1..=50).contains(&to.len()) {
            return Err(Refusal::bad("there must be 1 to 50 recipients"));
        }
        if request.email_tags.iter().any(|tag| !tag.is_allowed()) {
            return Err(Refusal::bad("tags hold letters, digits, `_`, `-`, `.` and `@` only"));
        }
        let text = message.body.text.map(|text| text.data).unwrap_or_default();
        let html = message.body.html.map(|text| text.data).unwrap_or_default();
        let fate = Fate::of(&to, &[&message.subject.data, &text, &html]).ok_or(Refusal(
            StatusCode::BAD_REQUEST,
            "MessageRejected",
            "Email address is not verified.",
        ))?;
        let tags: BTreeMap<_, _> =
            request.email_tags.into_iter().map(|tag| (tag.name, tag.value)).collect();
        let mail = Mail {
            id: ulid::Ulid::generate().to_string(),
            at: self.clock.now(),
            to: to.join(", "),
            from,
            subject: message.subject.data,
            text,
            html,
            tags,
            state: fate.state(),
        };
        self.keep(mail, &to, fate, request.configuration_set_name.as_deref())
    }

    fn keep(
        &self,
        mail: Mail,
        to: &[String],
        fate: Fate,
        set: Option<&str>,
    ) -> Result<String, Refusal> {
        let later = Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServiceErrorException",
            "the mailbox did not take the mail",
        );
        let id = mail.id.clone();
        let events = ses_events::events(&mail, to, fate, set);
        let kept = self
            .mailbox
            .keep(mail)
            .and_then(|()| events.into_iter().try_for_each(|event| (self.happened)(event)));
        kept.map(|()| id).map_err(|error| {
            tracing::error!(%error, "the mailbox did not take a mail");
            later
        })
    }
}

impl Tag {
    /// What SES allows in names and values of tags.
    fn is_allowed(&self) -> bool {
        let plain = |text: &str| {
            (1..=256).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@".contains(&b))
        };
        plain(&self.name) && plain(&self.value)
    }
}
