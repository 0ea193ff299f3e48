//! The cases that somebody has opened last.

use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::id::CaseId;
use shared::store::{RowBuilder, Seen, StoreError, keys, row};
use tracing::info;

/// How many are remembered.
pub(crate) const RECENT: usize = 50;

/// The list, the case opened last first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Recent {
    cases: Vec<CaseId>,
}

/// Remembers that the caller has opened a case. Two at once can forget each other: it is a
/// convenience, and no reason to fail.
pub(crate) async fn note(app: &App, seen: &Seen) {
    if let Err(cause) = write(app, seen).await {
        info!(%cause, "a case opened was not remembered");
    }
}

async fn write(app: &App, seen: &Seen) -> Result<(), StoreError> {
    let key = keys::recent(seen.caller.user);
    let mut recent: Recent = seen.row(&key)?.unwrap_or_default();
    if recent.cases.first() == Some(&seen.case) {
        return Ok(());
    }
    recent.cases.retain(|case| *case != seen.case);
    recent.cases.insert(0, seen.case);
    recent.cases.truncate(RECENT);
    app.table.put(RowBuilder::new(key, &recent)?.build(), None).await
}

/// The cases that the caller has opened last, whether or not they still see them.
pub(crate) async fn read(app: &App, caller: &Caller) -> Result<Vec<CaseId>, StoreError> {
    let found = app.table.get(&keys::recent(caller.user)).await?;
    Ok(row::read_if::<Recent>(found.as_ref())?.unwrap_or_default().cases)
}
