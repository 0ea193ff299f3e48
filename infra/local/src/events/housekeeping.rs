//! What DynamoDB does in the background: rows whose time has come go, old stream records too.

use std::time::Duration;

use super::pump::Handle;
use crate::aws::dynamodb::Broom;

/// How often stream records that are handled are trimmed: they make the file grow.
const TRIM: Duration = Duration::from_secs(30);

/// TTL is swept every so many trims.
const SWEEP_EVERY: u32 = 20;

/// Keeps house until the host ends.
pub async fn run(broom: Broom, pump: Handle) {
    let mut round = 0_u32;
    loop {
        let sweep = round.is_multiple_of(SWEEP_EVERY);
        let (broom, position) = (broom.clone(), pump.position());
        let done = tokio::task::spawn_blocking(move || {
            if let Some(position) = position {
                broom.trim(&position)?;
            }
            if sweep { broom.sweep() } else { Ok(0) }
        });
        match done.await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(rows)) => tracing::debug!(rows, "swept rows whose time had come"),
            Ok(Err(error)) => tracing::warn!(%error, "could not keep house"),
        }
        round = round.wrapping_add(1);
        tokio::time::sleep(TRIM).await;
    }
}
