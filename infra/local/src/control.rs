//! `/_local`: what tests do to the host. Only with `--test-clock`.

use std::time::Duration;

use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use shared::clock::Clock;

use crate::events::bus::Bus;
use crate::events::clock::Schedule;
use crate::events::pump::Handle;

/// After this, `settle` gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The longest chain of causes: a change, its job, the job's mail, what SES says of that mail, what
/// that changes, and room for a job that goes on in parts.
const LINKS: usize = 10;

/// The host's own insides. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    /// The test clock.
    pub clock: Clock,
    /// The stream pump.
    pub pump: Handle,
    /// Uploads and mail.
    pub buses: [Bus; 2],
    /// `on-clock`.
    pub schedule: Schedule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

impl Control {
    /// The routes below `/_local`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/_local/clock", get(now).post(advance))
            .route("/_local/settle", get(settle))
            .with_state(self)
    }

    /// Waits until all that has happened by now is handled, and what that has caused. What others
    /// do meanwhile is not waited for.
    pub async fn settle(&self) {
        for _ in 0..LINKS {
            let mut handled = self.pump.drain().await;
            for bus in &self.buses {
                let published = bus.published();
                while bus.handled() < published {
                    handled += 1;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            self.schedule.idle().await;
            // What was handled may have caused more.
            if handled == 0 {
                return;
            }
        }
    }
}

async fn now(State(control): State<Control>) -> Response {
    let body = json!({"now": control.clock.now().to_string()}).to_string();
    ([(http::header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Moves the clock on, and runs `on-clock` before it answers.
async fn advance(State(control): State<Control>, Json(asked): Json<Advance>) -> Response {
    control.clock.advance(SignedDuration::from_secs(asked.advance_seconds.into()));
    control.schedule.run_now().await;
    now(State(control)).await
}

async fn settle(State(control): State<Control>) -> Response {
    match tokio::time::timeout(PATIENCE, control.settle()).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "events are still under way").into_response(),
    }
}
