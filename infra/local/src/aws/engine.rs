//! The engine behind everything that speaks DynamoDB: dynoxide, asked in this process.
//!
//! Reads run where they are asked, for they take some ten microseconds. A write runs on a thread
//! of its own and is answered when it lies on the disk; writes that arrive together share one sync.

use std::fmt;
use std::sync::Arc;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::RwLock;

use super::write_ahead::WriteAhead;

/// An answer of the DynamoDB API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// The engine. Clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    database: Database,
    /// dynoxide has one lock, on which a thread waits. Whoever has to wait for a write waits here
    /// instead, where no thread is held up.
    turns: Arc<RwLock<()>>,
    write_ahead: Arc<WriteAhead>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    /// An engine on `database`, whose write-ahead log is `write_ahead`.
    pub(super) fn new(database: Database, write_ahead: WriteAhead) -> Self {
        Self { database, turns: Arc::default(), write_ahead: Arc::new(write_ahead) }
    }

    /// Carries out a request: the operation's name, and its JSON as it goes over the wire.
    pub async fn answer(&self, operation: &str, body: Vec<u8>) -> Answer {
        if is_read(operation) {
            let _turn = self.turns.read().await;
            return carry_out(&self.database, operation, &body);
        }
        let turn = Arc::clone(&self.turns).write_owned().await;
        let (engine, operation) = (self.clone(), operation.to_owned());
        let written = tokio::task::spawn_blocking(move || {
            let answer = carry_out(&engine.database, &operation, &body);
            // The next one may write while this one waits for the disk.
            drop(turn);
            if answer.status == 200
                && let Err(error) = engine.write_ahead.sync()
            {
                tracing::error!(%error, "what was written may not lie on the disk");
                return refusal(&DynoxideError::InternalServerError("the disk failed".to_owned()));
            }
            answer
        });
        written.await.unwrap_or_else(|_| {
            refusal(&DynoxideError::InternalServerError("the engine panicked".to_owned()))
        })
    }
}

/// Whether an operation leaves everything as it is.
fn is_read(operation: &str) -> bool {
    matches!(
        operation,
        "GetItem"
            | "BatchGetItem"
            | "Query"
            | "Scan"
            | "TransactGetItems"
            | "DescribeTable"
            | "ListTables"
            | "DescribeTimeToLive"
            | "ListStreams"
            | "DescribeStream"
            | "GetShardIterator"
            | "GetRecords"
    )
}

fn carry_out(database: &Database, operation: &str, body: &[u8]) -> Answer {
    let answer = match operation {
        "GetItem" => run(body, |request| database.get_item(request)),
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "UpdateTable" => run(body, |request| database.update_table(request)),
        "DeleteTable" => run(body, |request| database.delete_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
        "DescribeTimeToLive" => run(body, |request| database.describe_time_to_live(request)),
        "ListStreams" => run(body, |request| database.list_streams(request)),
        "DescribeStream" => run(body, |request| database.describe_stream(request)),
        "GetShardIterator" => run(body, |request| database.get_shard_iterator(request)),
        "GetRecords" => run(body, |request| database.get_records(request)),
        _ => {
            let body = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
            return Answer { status: 400, body: body.to_owned() };
        }
    };
    answer.unwrap_or_else(|error| refusal(&as_sent(operation, error)))
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    work: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<Answer, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    let answer = work(request)?;
    match serde_json::to_string(&answer) {
        Ok(body) => Ok(Answer { status: 200, body }),
        Err(error) => Err(DynoxideError::InternalServerError(error.to_string())),
    }
}

/// What dynoxide's readers say of a request, without what its own server takes off: a mark in
/// front, the place behind.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let text = text.split_once(" at line ").map_or(&*text, |(text, _)| text);
    for mark in ["VALIDATION:", "VALIDATION_REQUEST:"] {
        if let Some(text) = text.strip_prefix(mark) {
            return DynoxideError::ValidationException(text.to_owned());
        }
    }
    DynoxideError::SerializationException(text.to_owned())
}

/// DynamoDB puts some refusals of these operations into an envelope.
fn as_sent(operation: &str, error: DynoxideError) -> DynoxideError {
    match error {
        DynoxideError::EnvelopedValidation(text)
            if matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem") =>
        {
            DynoxideError::ValidationException(format!("1 validation error detected: {text}"))
        }
        error => error,
    }
}

fn refusal(error: &DynoxideError) -> Answer {
    Answer { status: error.status_code(), body: error.to_json() }
}

#[cfg(test)]
mod tests;
