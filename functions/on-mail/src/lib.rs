//! What SES tells of a mail: onto the invitation or share that the mail's tags name.
//!
//! Only the generation that the mail was about changes, and never backwards. An event that cannot
//! be read, or is not about a mail of ours, is logged without its addresses and dropped: told again,
//! it would say the same.

mod event;

use serde_json::Value;
use shared::app::App;
use shared::error::Error;
use shared::store::StoreError;
use tracing::{error, info, warn};

use event::Told;

/// Takes one event, as SES publishes it to EventBridge.
///
/// # Errors
///
/// The table does not answer. Then it must be told again.
pub async fn handle(app: App, event: Value) -> Result<(), Error> {
    let told = match event::read(&event) {
        Ok(Some(told)) => told,
        Ok(None) => return Ok(()),
        Err(malformed) => {
            warn!(%malformed, "dropped an event that is not one of SES about a mail of ours");
            return Ok(());
        }
    };
    match note(&app, &told).await {
        // A row of another shape: a fault of this program, which another try does not mend.
        Err(cause @ (StoreError::Odd(_) | StoreError::Refused { .. })) => {
            error!(%cause, "could not note what became of a mail");
            Ok(())
        }
        noted => Ok(noted?),
    }
}

async fn note(app: &App, told: &Told) -> Result<(), StoreError> {
    let now = app.clock.now();
    for address in &told.complained {
        app.table.stop_mail(address, now).await?;
    }
    let came = app.table.mail_came(&told.about, &told.news, now).await?;
    info!(mail = ?told.news.mail, ?came, "heard of a mail");
    Ok(())
}
