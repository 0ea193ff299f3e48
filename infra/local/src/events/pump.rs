//! The trigger of `on-change`: reads the table's stream and hands on what waits for something.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use aws_sdk_dynamodbstreams::config::Region;
use aws_sdk_dynamodbstreams::error::DisplayErrorContext;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType, StreamDescription};
use aws_sdk_dynamodbstreams::{Client, Config};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Failed, Work, image};
use crate::aws::REGION;
use crate::aws::schema::TABLE;

/// The batch of the trigger in the template.
const BATCH: usize = 25;

/// A failed batch is tried again so often; then `on-clock` finds its rows.
const TRIES: usize = 5;

/// So many records are read at once.
const READ: usize = 1000;

/// The stream is looked at this often when nobody says that something changed.
const POLL: Duration = Duration::from_millis(250);

/// The function that takes the batches.
pub type Handler = Arc<dyn Fn(Event) -> Work<Result<DynamoDbEventResponse, Failed>> + Send + Sync>;

/// What the pump needs.
pub struct Parts {
    /// The way to DynamoDB.
    pub http: SharedHttpClient,
    /// Where the position is kept.
    pub position: PathBuf,
    /// The function.
    pub handler: Handler,
    /// Told when something may have changed.
    pub changed: Arc<Notify>,
}

/// Reaches the pump from elsewhere. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    drains: mpsc::Sender<oneshot::Sender<usize>>,
    position: Arc<Mutex<Option<String>>>,
}

impl Handle {
    /// Waits until everything that was in the stream is handled, and says how many records were
    /// handed on meanwhile.
    pub async fn drain(&self) -> usize {
        let (tell, told) = oneshot::channel();
        if self.drains.send(tell).await.is_err() {
            return 0;
        }
        told.await.unwrap_or(0)
    }

    /// The sequence number up to which everything is handled.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The pump.
pub struct Pump {
    client: Client,
    parts: Parts,
    drains: mpsc::Receiver<oneshot::Sender<usize>>,
    position: Arc<Mutex<Option<String>>>,
}

/// The stream did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the stream does not answer: {0}")]
struct StreamError(String);

impl Pump {
    /// A pump that goes on where the last one stopped.
    #[must_use]
    pub fn new(parts: Parts) -> (Self, Handle) {
        let config = Config::builder()
            .behavior_version_latest()
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "host"))
            .http_client(parts.http.clone())
            .endpoint_url("http://dynamodb.invalid")
            .build();
        let (send, drains) = mpsc::channel(8);
        let position = Arc::new(Mutex::new(read_position(&parts.position)));
        let handle = Handle { drains: send, position: Arc::clone(&position) };
        (Self { client: Client::from_conf(config), parts, drains, position }, handle)
    }

    /// Pumps until the host ends.
    pub async fn run(mut self) {
        loop {
            if let Err(error) = self.follow().await {
                tracing::error!(%error, "the stream pump starts again");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Follows the stream until it breaks.
    async fn follow(&mut self) -> Result<(), StreamError> {
        let (arn, shard) = self.find_stream().await?;
        let mut iterator = self.start(&arn, &shard).await?;
        let mut drains: Vec<oneshot::Sender<usize>> = Vec::new();
        let mut handed_on = 0;
        loop {
            // What is read from here on holds all that was written before these asked.
            while let Ok(asked) = self.drains.try_recv() {
                drains.push(asked);
            }
            let limit = i32::try_from(READ).unwrap_or(i32::MAX);
            let answer =
                self.client.get_records().shard_iterator(&iterator).limit(limit).send().await;
            let answer = answer.map_err(broken)?;
            let records = answer.records();
            handed_on += self.hand_on(records, &arn).await;
            let Some(next) = answer.next_shard_iterator.clone() else { return Ok(()) };
            iterator = next;
            if records.len() < READ {
                for tell in drains.drain(..) {
                    // Whoever asked may be gone; nobody waits then.
                    let _ = tell.send(handed_on);
                }
                handed_on = 0;
            }
            if !records.is_empty() {
                continue;
            }
            tokio::select! {
                Some(asked) = self.drains.recv() => drains.push(asked),
                () = self.parts.changed.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn find_stream(&self) -> Result<(String, String), StreamError> {
        let nothing = || StreamError("the table has no stream".to_owned());
        let streams = self.client.list_streams().table_name(TABLE).send().await.map_err(broken)?;
        let arn = streams.streams().first().and_then(|stream| stream.stream_arn());
        let arn = arn.ok_or_else(nothing)?.to_owned();
        let stream = self.client.describe_stream().stream_arn(&arn).send().await.map_err(broken)?;
        let shards = stream.stream_description().map(StreamDescription::shards).unwrap_or_default();
        let shard = shards.first().and_then(|shard| shard.shard_id()).ok_or_else(nothing)?;
        Ok((arn, shard.to_owned()))
    }

    async fn start(&self, arn: &str, shard: &str) -> Result<String, StreamError> {
        let request = self.client.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let known = self.position.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = match known {
            Some(position) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(position),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let answer = request.send().await.map_err(broken)?;
        answer.shard_iterator.ok_or_else(|| StreamError("there is no iterator".to_owned()))
    }

    /// Hands on what waits for something, in batches, and remembers how far it came. How many
    /// records those were.
    async fn hand_on(&self, records: &[Record], arn: &str) -> usize {
        let waits: Vec<_> = records.iter().filter(|record| waits(record)).collect();
        for batch in waits.chunks(BATCH) {
            let batch: Vec<_> = batch.iter().map(|record| image::record(record, arn)).collect();
            invoke(&self.parts.handler, batch).await;
        }
        let last = records.last().and_then(|record| record.dynamodb()?.sequence_number());
        let Some(last) = last else { return 0 };
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = Some(last.to_owned());
        // Saved after the batch: after a kill it is handled once more, never less. It is not worth
        // a sync: an old position costs the same.
        if let Err(error) = save_position(&self.parts.position, last) {
            tracing::warn!(%error, "the stream's position could not be saved");
        }
        waits.len()
    }
}

/// The filter of the trigger: the row waits for something.
fn waits(record: &Record) -> bool {
    let image = record.dynamodb().and_then(|change| change.new_image());
    image.is_some_and(|row| row.contains_key("due_for"))
}

/// Invokes the function with a batch, and again with what it reports as failed.
async fn invoke(handler: &Handler, mut batch: Vec<Value>) {
    for attempt in 1..=TRIES {
        let event = match serde_json::from_value::<Event>(json!({ "Records": batch })) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(%error, "a stream record is not one that a function reads");
                return;
            }
        };
        match tokio::spawn(handler(event)).await {
            Ok(Ok(answer)) => {
                let failures = answer.batch_item_failures;
                let first = failures.iter().filter_map(|one| one.item_identifier.as_deref()).min();
                // As Lambda does: everything from the lowest failed record on comes again, and all
                // of it if the answer does not say which failed.
                match first {
                    None if failures.is_empty() => return,
                    None => {}
                    Some(first) => {
                        batch.retain(|record| sequence_number(record).is_some_and(|n| first <= n));
                    }
                }
                tracing::warn!(records = batch.len(), "records of a batch failed");
            }
            Ok(Err(error)) => tracing::warn!(%error, "a batch failed"),
            Err(_) => tracing::error!("`on-change` panicked"),
        }
        if batch.is_empty() {
            return;
        }
        let pause = 20 << attempt;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    tracing::error!(records = batch.len(), "records were dropped; `on-clock` finds their rows");
}

fn sequence_number(record: &Value) -> Option<&str> {
    record.get("dynamodb")?.get("SequenceNumber")?.as_str()
}

fn broken<E: std::error::Error>(error: E) -> StreamError {
    StreamError(DisplayErrorContext(error).to_string())
}

fn read_position(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let text = text.trim();
    let is_number = text.len() == 21 && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.to_owned())
}

fn save_position(file: &Path, position: &str) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, position)?;
    std::fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests;
