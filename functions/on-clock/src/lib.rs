//! What is due: mail and jobs that the stream lost or that waited for their time, and uploads that
//! no event told of.
//!
//! Mail needs the tokens of invitations, and nobody but `on-change` may make those. So a row that
//! waits for mail or a job is put back into the stream: its `due_at` becomes now, which `on-change`
//! sees. That also keeps all work on one row in one line: the stream hands on the changes of a row
//! one after the other, and nothing is mailed by two at once.

use serde_json::Value;
use shared::app::App;
use shared::error::Error;
use shared::store::keys::{self, DUE_SHARDS, Waits};
use shared::store::{Row, StoreError, row};
use shared::uploads;
use tracing::{info, warn};

/// Looks for what is due. Every tick is the same, so the event says nothing.
///
/// # Errors
///
/// The table does not answer, or something that is due could not be done. The rest has been done,
/// and what has not is due at the next tick too.
pub async fn handle(app: App, _tick: Value) -> Result<(), Error> {
    let now = app.clock.now();
    let (mut done, mut failed) = (0_usize, None);
    for shard in 0..DUE_SHARDS {
        for waiting in app.table.due_rows(shard, now).await? {
            match work(&app, &waiting).await {
                Ok(()) => done += 1,
                Err(cause) => {
                    let kind = keys::waits(&row::key_of(&waiting));
                    warn!(%cause, ?kind, "could not do what is due");
                    failed = Some(cause);
                }
            }
        }
    }
    if 0 < done {
        info!(rows = done, "did what was due");
    }
    failed.map_or(Ok(()), Err)
}

async fn work(app: &App, waiting: &Row) -> Result<(), Error> {
    let key = row::key_of(waiting);
    match keys::waits(&key) {
        Waits::Item => uploads::due(app, &key).await,
        Waits::Invitation | Waits::Grant | Waits::Job | Waits::AutoShare => {
            Ok(app.table.put_off(waiting, app.clock.now()).await?)
        }
        Waits::Unknown => {
            Err(StoreError::Odd("a row waits that is none of those that can".to_owned()).into())
        }
    }
}
