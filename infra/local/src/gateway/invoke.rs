//! From an event to the function and back, as the Lambda service does it.

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Service};

use super::answer;
use super::refusal::Refusal;

/// The gateway waits this long for a function.
const PATIENCE: Duration = Duration::from_secs(29);

/// All functions, merged.
pub(super) struct Functions {
    router: axum::Router,
}

impl Functions {
    pub(super) fn new(router: axum::Router) -> Self {
        Self { router }
    }

    /// Invokes the function of an event.
    ///
    /// The function runs to its end even if the caller goes away or the gateway stops waiting, as
    /// a deployed one does.
    pub(super) async fn invoke(&self, event: String) -> Result<Response<Body>, Refusal> {
        let router = self.router.clone();
        // A task of its own is also what turns a panic into an answer.
        let running = tokio::spawn(async move { run(router, &event).await });
        match tokio::time::timeout(PATIENCE, running).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                tracing::error!("a function panicked");
                Err(Refusal::Failed)
            }
            Err(_) => Err(Refusal::TimedOut),
        }
    }
}

async fn run(router: axum::Router, event: &str) -> Result<Response<Body>, Refusal> {
    let request: LambdaRequest = serde_json::from_str(event).map_err(|error| {
        tracing::error!(%error, "lambda_http does not read the gateway's event");
        Refusal::Failed
    })?;
    // The adapter itself cannot wait between threads, its future can; a router is always ready.
    let answering = Adapter::from(router).call(LambdaEvent::new(request, Context::default()));
    let answer = match answering.await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let answer = serde_json::to_string(&answer).map_err(|_| Refusal::Failed)?;
    answer::response(&answer)
}
