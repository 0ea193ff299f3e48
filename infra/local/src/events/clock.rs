//! The schedule of `on-clock`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::sync::Mutex;

use super::{Failed, Work};
use crate::aws::{ACCOUNT, REGION};

/// How often `on-clock` looks for what is due. In AWS it is every few minutes; here nobody pays.
const PERIOD: Duration = Duration::from_secs(10);

/// The function that looks for what is due.
pub type Handler = Arc<dyn Fn(Value) -> Work<Result<(), Failed>> + Send + Sync>;

/// Runs `on-clock`, one at a time. Cheap to clone.
#[derive(Clone)]
pub struct Schedule {
    handler: Handler,
    clock: Clock,
    running: Arc<Mutex<()>>,
}

impl Schedule {
    /// A schedule for `handler`.
    #[must_use]
    pub fn new(handler: Handler, clock: Clock) -> Self {
        Self { handler, clock, running: Arc::default() }
    }

    /// Looks for what is due, now. Waits for a run that is under way, and runs after it.
    pub async fn run_now(&self) {
        let _running = self.running.lock().await;
        let event = json!({
            "version": "0",
            "id": ulid::Ulid::generate().to_string(),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT,
            "time": self.clock.now().to_string(),
            "region": REGION,
            "resources": [],
            "detail": "{}",
        });
        match tokio::spawn((self.handler)(event)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "`on-clock` failed; it comes again"),
            Err(_) => tracing::error!("`on-clock` panicked; it comes again"),
        }
    }

    /// Waits for the run that is under way, if there is one.
    pub async fn idle(&self) {
        drop(self.running.lock().await);
    }

    /// Looks for what is due at the start and then again and again, until the host ends.
    pub async fn run(self) {
        loop {
            self.run_now().await;
            tokio::time::sleep(PERIOD).await;
        }
    }
}
