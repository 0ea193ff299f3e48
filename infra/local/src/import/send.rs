//! From a batch to cases: a few requests at a time, each row under a key of its own.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::entry::{Document, Entry, NewObservable};
use super::read::Batch;
use super::report::{Outcome, Report};
use crate::client::{Call, Client, ClientError, Reply};

/// Entries under way at the same time.
const AT_A_TIME: usize = 4;
/// How long an upload may take to become an attachment.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Observables in one request: as many as the API takes.
const OBSERVABLES: usize = 100;
/// The most bytes of one request, well below what the API takes.
const BYTES: usize = 200_000;

/// Why an entry is not in.
enum Failure {
    /// Only this one.
    Bad(String),
    /// The next one would fail for the same reason.
    Stop(String),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Odd(reason) => Self::Bad(reason),
            other => Self::Stop(other.to_string()),
        }
    }
}

impl Failure {
    /// The same of a part of a case that is in.
    fn of_part(self, what: &str) -> Self {
        let about = |reason| format!("the case is in, {what}: {reason}");
        match self {
            Self::Bad(reason) => Self::Bad(about(reason)),
            Self::Stop(reason) => Self::Stop(about(reason)),
        }
    }

    fn of(reply: &Reply) -> Self {
        match reply.status {
            // Whoever cannot sign in now, or finds the service too busy after all tries, stops.
            401 | 429 | 503 => Self::Stop(reply.refusal()),
            _ => Self::Bad(reply.refusal()),
        }
    }
}

/// Sends a batch. Whatever happens, the report says it.
pub async fn send(client: &Client, org: &str, batch: Batch, bar: &ProgressBar) -> Report {
    let mut report = Report::of(&batch);
    // Keys are new in each run: a row that was sent in an earlier one is then answered with "there",
    // not with a replay that reads as if it had been added again.
    let run = ulid::Ulid::generate().to_string();
    let org: Arc<str> = org.into();
    let mut waiting = batch.entries.into_iter().enumerate();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_A_TIME
            && report.stopped.is_none()
            && let Some((at, entry)) = waiting.next()
        {
            let sender =
                Sender { client: client.clone(), org: org.clone(), key: format!("{run}-{at}") };
            bar.set_message(entry.case.title.clone());
            under_way.spawn(async move {
                let done = sender.import(&entry).await;
                (entry, done)
            });
        }
        match under_way.join_next().await {
            Some(Ok((entry, done))) => {
                bar.inc(1);
                note(&mut report, entry, done);
            }
            Some(Err(error)) => {
                report.stopped.get_or_insert((format!("a fault of this program: {error}"), 0));
            }
            None => break,
        }
    }
    if let Some((_, left)) = &mut report.stopped {
        *left = waiting.len();
    }
    report
}

fn note(report: &mut Report, entry: Entry, done: Result<Imported, Failure>) {
    match done {
        Ok(Imported { case, outcome, observables }) => {
            report.observables += observables;
            report.count(&entry.place.file, |counts| match outcome {
                Outcome::Added => counts.added += 1,
                Outcome::There => counts.there += 1,
                Outcome::Completed => counts.completed += 1,
            });
            report.cases.insert(entry.case.reference, case);
            // What was there before was counted when it came.
            if outcome != Outcome::There {
                report.tidied += entry.tidied;
                for (name, count) in entry.left_out {
                    *report.left_out.entry(name).or_default() += count;
                }
            }
        }
        Err(Failure::Bad(reason)) => report.bad(entry.place.fault(reason)),
        Err(Failure::Stop(reason)) => {
            report.bad(entry.place.fault(reason.clone()));
            report.stopped.get_or_insert((reason, 0));
        }
    }
}

/// An entry that is in.
struct Imported {
    /// The case.
    case: String,
    outcome: Outcome,
    /// How many observables were added.
    observables: usize,
}

/// Sends one entry.
struct Sender {
    client: Client,
    org: Arc<str>,
    key: String,
}

impl Sender {
    async fn import(&self, entry: &Entry) -> Result<Imported, Failure> {
        let call = Call::post("/v1/cases", entry.case.body(&self.org)).once(&self.key);
        let made = self.client.send_patiently(&call).await?;
        let (case, is_new) = match (made.status, made.code()) {
            (201, _) => (id(&made, "/id")?, true),
            (409, Some("reference_taken")) => (self.here(id(&made, "/case")?).await?, false),
            _ => return Err(Failure::of(&made)),
        };
        let attached = match &entry.document {
            Some(document) => self
                .complete(&case, document, is_new)
                .await
                .map_err(|failure| failure.of_part("its document is not"))?,
            None => false,
        };
        let observables = self
            .observe(&case, &entry.observables)
            .await
            .map_err(|failure| failure.of_part("not all of its observables are"))?;
        let outcome = match (is_new, attached || observables != 0) {
            (true, _) => Outcome::Added,
            (false, true) => Outcome::Completed,
            (false, false) => Outcome::There,
        };
        Ok(Imported { case, outcome, observables })
    }

    /// Adds the observables that are not there. How many.
    async fn observe(&self, case: &str, all: &[NewObservable]) -> Result<usize, Failure> {
        let mut added = 0;
        for (part, bodies) in requests(all).into_iter().enumerate() {
            let key = format!("{}-observables-{part}", self.key);
            let path = format!("/v1/cases/{case}/observables");
            let call = Call::post(path, json!({ "items": bodies })).once(&key);
            let answer = self.client.send_patiently(&call).await?;
            if answer.status != 200 {
                return Err(Failure::of(&answer));
            }
            let entries = answer.at("/items").as_array().cloned().unwrap_or_default();
            for entry in entries {
                match entry.get("status").and_then(Value::as_u64) {
                    Some(201) => added += 1,
                    Some(409) => {}
                    _ => return Err(Failure::Bad(format!("an observable was refused: {entry}"))),
                }
            }
        }
        Ok(added)
    }

    /// The case, if it is in the org that imports. References are unique for their maker, who may
    /// have imported the same into another org.
    async fn here(&self, case: String) -> Result<String, Failure> {
        let read = self.client.send_patiently(&Call::get(format!("/v1/cases/{case}"))).await?;
        match read.text("/org") {
            Some(org) if org == &*self.org => Ok(case),
            Some(org) => Err(Failure::Bad(format!("you have imported it into `{org}`"))),
            None => Err(Failure::of(&read)),
        }
    }

    /// Attaches the document, if it is not there. Whether it was not.
    async fn complete(
        &self,
        case: &str,
        document: &Document,
        is_new: bool,
    ) -> Result<bool, Failure> {
        let sha256 = HEXLOWER.encode(&Sha256::digest(&document.bytes));
        let list = format!("/v1/cases/{case}/attachments");
        if !is_new {
            let there = self.client.all(&format!("{list}?section=documents")).await?;
            if there.iter().any(|one| is_same(one, document, &sha256)) {
                return Ok(false);
            }
        }
        let announced = json!({
            "name": document.name,
            "size": document.bytes.len(),
            "content_type": document.content_type,
            "sha256": sha256,
        });
        let call = Call::post(&list, announced).once(format!("{}-document", self.key));
        let ticket = self.client.send_patiently(&call).await?;
        if ticket.status != 201 {
            return Err(Failure::of(&ticket));
        }
        let attachment = id(&ticket, "/attachment/id")?;
        let sent = self.client.upload(ticket.at("/upload"), document.bytes.clone()).await?;
        if sent.status != 200 {
            let reason = format!("the file store answered {}", sent.status);
            return Err(Failure::Bad(reason));
        }
        self.arrival(&format!("{list}/{attachment}")).await?;
        Ok(true)
    }

    /// Waits until an upload has become an attachment, or was rejected.
    async fn arrival(&self, path: &str) -> Result<(), Failure> {
        let until = Instant::now() + ARRIVAL;
        let mut pause = Duration::from_millis(10);
        loop {
            let read = self.client.send_patiently(&Call::get(path)).await?;
            match read.text("/state") {
                Some("ready" | "scanning") => return Ok(()),
                Some("rejected") => {
                    let reason = read.text("/reason").unwrap_or("no reason was given");
                    return Err(Failure::Bad(format!("it was rejected: {reason}")));
                }
                Some(_) if Instant::now() < until => {}
                Some(_) => return Err(Failure::Bad("it has not arrived after 30 s".to_owned())),
                None => return Err(Failure::of(&read)),
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }
}

/// The observables in as many requests as they need.
fn requests(all: &[NewObservable]) -> Vec<Vec<Value>> {
    let mut requests: Vec<(Vec<Value>, usize)> = Vec::new();
    for observable in all {
        let body = observable.body();
        let size = body.to_string().len();
        match requests.last_mut() {
            Some((bodies, bytes)) if bodies.len() < OBSERVABLES && *bytes + size < BYTES => {
                bodies.push(body);
                *bytes += size;
            }
            _ => requests.push((vec![body], size)),
        }
    }
    requests.into_iter().map(|(bodies, _)| bodies).collect()
}

/// Whether an attachment is this document, there or on its way through the scan.
fn is_same(attachment: &Value, document: &Document, sha256: &str) -> bool {
    let text = |name| attachment.get(name).and_then(Value::as_str);
    text("name") == Some(&document.name)
        && text("sha256") == Some(sha256)
        && matches!(text("state"), Some("ready" | "scanning"))
}

fn id(reply: &Reply, pointer: &str) -> Result<String, Failure> {
    let odd = || Failure::Bad(format!("the API answered {} without {pointer}", reply.status));
    reply.text(pointer).map(str::to_owned).ok_or_else(odd)
}
