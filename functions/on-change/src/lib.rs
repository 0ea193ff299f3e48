//! The table's stream is the outbox: mail, notices, clean-up, jobs.
//!
//! Work is driven by the row that carries `due_for`, never by the event: each row is read again
//! strongly, so that nothing is sent for what was taken back before, and what was sent before the
//! last try ended is not sent again. A failure is reported for its record; what the stream drops,
//! `on-clock` finds and puts back into it.

mod auto_share;
mod grant;
mod invitation;
mod job;
mod letter;
mod post;
mod reading;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use jiff::Timestamp;
use shared::app::App;
use shared::error::Error;
use shared::store::Key;
use shared::store::keys::{self, Waits};
use tracing::warn;

/// Works on every row of the batch that waits for something. Failures go into the answer.
///
/// # Errors
///
/// None: a batch that failed as a whole would be tried again as a whole.
pub async fn handle(app: App, event: Event) -> Result<DynamoDbEventResponse, Error> {
    let mut answer = DynamoDbEventResponse::default();
    for record in &event.records {
        let Some(key) = due_now(record, app.clock.now()) else { continue };
        if let Err(cause) = work(&app, &key).await {
            let kind = keys::waits(&key);
            warn!(%cause, ?kind, "could not do what a row waits for; it goes on waiting");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier.clone_from(&record.change.sequence_number);
            answer.batch_item_failures.push(failure);
        }
    }
    Ok(answer)
}

/// The key of a row that waited, when the stream saw it, for something whose time has come.
/// Uploads wait for `on-upload`, and for `on-clock` after that.
fn due_now(record: &EventRecord, now: Timestamp) -> Option<Key> {
    let text = |name: &str| match record.change.new_image.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    text("due_for").filter(|what| *what != "upload")?;
    text("due_at").filter(|at| *at <= keys::sortable(now).as_str())?;
    Some(Key { pk: text("PK")?.to_owned(), sk: text("SK")?.to_owned() })
}

/// Does what the row under `key` waits for, if it still waits.
async fn work(app: &App, key: &Key) -> Result<(), Error> {
    match keys::waits(key) {
        Waits::Invitation => invitation::mail(app, key).await,
        Waits::Grant => grant::mail(app, key).await,
        Waits::Job => job::work(app, key).await,
        Waits::AutoShare => auto_share::attempt(app, key).await,
        Waits::Item | Waits::Unknown => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as the trigger hands it on.
    fn record(image: &str) -> EventRecord {
        let json = format!(
            r#"{{"Records": [{{"eventID": "1", "eventName": "INSERT", "awsRegion": "eu-central-1",
                "dynamodb": {{"NewImage": {image}, "SequenceNumber": "1", "SizeBytes": 1}}}}]}}"#
        );
        let mut event: Event = serde_json::from_str(&json).unwrap();
        event.records.remove(0)
    }

    #[test]
    fn only_rows_whose_time_has_come_are_worked_on() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let due = |what: &str, at: &str| {
            let image = format!(
                r#"{{"PK": {{"S": "JOB#1"}}, "SK": {{"S": "@"}}, "due_for": {{"S": "{what}"}},
                    "due_at": {{"S": "{at}"}}}}"#
            );
            due_now(&record(&image), now).is_some()
        };
        assert!(due("mail", "2026-11-22T12:00:00.000Z"));
        assert!(!due("mail", "2026-11-22T12:00:00.001Z"));
        assert!(!due("upload", "2026-11-22T11:00:00.000Z"));
        assert!(due_now(&record(r#"{"PK": {"S": "JOB#1"}, "SK": {"S": "@"}}"#), now).is_none());
        assert!(due_now(&record("{}"), now).is_none());
    }
}
