//! The story: numbered steps, each a sentence, what was asked, what was answered, and the mail.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::brief;
use super::must::Must;
use crate::client::{Call, Client, ClientError, Reply};

/// What happens after an answer (mail, notices, arrivals) has this long.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// Somebody in the story.
#[derive(Clone)]
pub(super) struct Person {
    /// By first name.
    pub(super) name: String,
    /// By address.
    pub(super) email: String,
    /// As who they are signed in.
    pub(super) client: Client,
}

impl Person {
    /// As a recipient is written.
    pub(super) fn recipient(&self) -> String {
        format!("email:{}", self.email)
    }
}

/// Why a story ends before its last step.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The host does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the next steps need is missing.
    #[error("step {step}: {text}; the story cannot go on without it")]
    Missing {
        /// The step.
        step: usize,
        /// What is missing.
        text: String,
    },
    /// Nobody reads it.
    #[error("cannot write the story")]
    Output(#[from] std::io::Error),
}

/// A line that belongs to no step.
pub(super) fn say(text: &str) -> Result<(), Ended> {
    writeln!(std::io::stdout(), "{text}").map_err(Ended::Output)
}

/// A story while it is told.
pub(super) struct Story {
    /// Nobody: not signed in.
    pub(super) nobody: Person,
    colour: bool,
    steps: usize,
    bad: Vec<usize>,
    pub(super) seen_mail: HashSet<String>,
}

/// Colours, by what they mean.
#[derive(Clone, Copy)]
enum Ink {
    Plain,
    Head,
    Faint,
    Good,
    Bad,
    Mail,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Head => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
            Self::Mail => "\x1b[36m",
        }
    }
}

impl Story {
    /// A story told of the host that `host` reaches.
    pub(super) fn new(host: Client) -> Self {
        Self {
            nobody: Person { name: "Nobody".to_owned(), email: String::new(), client: host },
            colour: std::io::stdout().is_terminal(),
            steps: 0,
            bad: Vec::new(),
            seen_mail: HashSet::new(),
        }
    }

    /// The host, not signed in.
    pub(super) fn host(&self) -> &Client {
        &self.nobody.client
    }

    /// How many steps there were.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// The steps that were not what they must be.
    pub(super) fn bad(&self) -> &[usize] {
        &self.bad
    }

    /// A new chapter.
    pub(super) fn chapter(&self, title: &str) -> Result<(), Ended> {
        self.line(Ink::Plain, "")?;
        self.line(Ink::Head, &format!("── {title}"))
    }

    /// A step: a request, sent once, and what its answer must be.
    pub(super) async fn step(
        &mut self,
        who: &Person,
        sentence: &str,
        call: Call,
        must: Must,
    ) -> Result<Reply, Ended> {
        self.begin(sentence)?;
        let reply = who.client.send(&call).await?;
        self.end(who, &call, &reply, &must)?;
        Ok(reply)
    }

    /// A step about what happens after an answer: asked again until it is so, for a while.
    pub(super) async fn soon(
        &mut self,
        who: &Person,
        sentence: &str,
        call: Call,
        must: Must,
    ) -> Result<Reply, Ended> {
        self.begin(sentence)?;
        let until = Instant::now() + SOON;
        loop {
            let reply = who.client.send(&call).await?;
            if must.faults(&reply).is_empty() || until < Instant::now() {
                self.end(who, &call, &reply, &must)?;
                return Ok(reply);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A step without a request: something that was seen before must hold.
    pub(super) fn check(&mut self, sentence: &str, holds: bool, what: &str) -> Result<(), Ended> {
        self.begin(sentence)?;
        if holds {
            self.line(Ink::Good, &format!("     {what}"))
        } else {
            self.fault(&format!("not so: {what}"))
        }
    }

    /// A value that the next steps need.
    pub(super) fn take(&self, reply: &Reply, pointer: &str) -> Result<String, Ended> {
        let missing = || self.missing(&format!("the answer has no {pointer}"));
        reply.text(pointer).map(str::to_owned).ok_or_else(missing)
    }

    /// The field `field` of the first item that has `value` under `key`.
    pub(super) fn pick(
        &self,
        reply: &Reply,
        key: &str,
        value: &str,
        field: &str,
    ) -> Result<String, Ended> {
        let missing = || self.missing(&format!("no item has {key} = {value}"));
        super::must::items(reply)
            .find(|item| item.pointer(key).and_then(Value::as_str) == Some(value))
            .and_then(|item| item.pointer(field)?.as_str())
            .map(str::to_owned)
            .ok_or_else(missing)
    }

    /// The story cannot go on.
    pub(super) fn missing(&self, text: &str) -> Ended {
        Ended::Missing { step: self.steps, text: text.to_owned() }
    }

    /// Begins a step with its sentence.
    pub(super) fn begin(&mut self, sentence: &str) -> Result<(), Ended> {
        self.steps += 1;
        self.line(Ink::Plain, &format!("{:>3}  {sentence}", self.steps))
    }

    /// What the present step must be, and is not.
    pub(super) fn fault(&mut self, text: &str) -> Result<(), Ended> {
        if self.bad.last() != Some(&self.steps) {
            self.bad.push(self.steps);
        }
        self.line(Ink::Bad, &format!("     ✗ {text}"))
    }

    /// A line about the present step.
    pub(super) fn detail(&self, text: &str) -> Result<(), Ended> {
        self.line(Ink::Faint, &format!("     {text}"))
    }

    /// A line that says that something is as it must be.
    pub(super) fn good(&self, text: &str) -> Result<(), Ended> {
        self.line(Ink::Good, &format!("     {text}"))
    }

    /// A line of a mail.
    pub(super) fn mail_line(&self, text: &str) -> Result<(), Ended> {
        self.line(Ink::Mail, &format!("     {text}"))
    }

    fn end(&mut self, who: &Person, call: &Call, reply: &Reply, must: &Must) -> Result<(), Ended> {
        let headers = [("Idempotency-Key", &call.idempotency_key), ("If-Match", &call.if_match)];
        let headers: String = (headers.iter())
            .filter_map(|(name, value)| Some(format!("  {name}: {}", value.as_ref()?)))
            .collect();
        let body = call.body.as_ref().filter(|body| **body != serde_json::json!({}));
        let body = body.map(|body| format!("  {}", brief::line(body, 160))).unwrap_or_default();
        self.detail(&format!("{}: {} {}{headers}{body}", who.name, call.method, call.path))?;
        let faults = must.faults(reply);
        let essence = must.essence(reply);
        if faults.is_empty() {
            return self.good(format!("{}  {essence}", reply.status).trim_end());
        }
        self.detail(&format!("{}  {}", reply.status, brief::line(&reply.body, 600)))?;
        for fault in faults {
            self.fault(&fault)?;
        }
        Ok(())
    }

    fn line(&self, ink: Ink, text: &str) -> Result<(), Ended> {
        let mut out = std::io::stdout().lock();
        if self.colour && !ink.code().is_empty() {
            writeln!(out, "{}{text}\x1b[0m", ink.code())?;
        } else {
            writeln!(out, "{text}")?;
        }
        Ok(())
    }
}
