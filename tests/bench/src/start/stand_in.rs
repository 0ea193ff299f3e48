//! Stand-ins on loopback for Lambda's Runtime API and for DynamoDB. They answer at once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// What the function did.
pub(super) enum Did {
    /// It asks for work. Whoever sends it some says when it went out.
    Ask(Instant, oneshot::Sender<Value>),
    /// It has done the work.
    Answer(Instant, Bytes),
    /// It could not.
    Fail(String),
}

/// Both, running.
pub(super) struct StandIn {
    /// Of the Runtime API: what `AWS_LAMBDA_RUNTIME_API` says.
    pub(super) runtime: SocketAddr,
    /// Of DynamoDB, and of all other services, which nothing asks.
    pub(super) aws: SocketAddr,
    to: Arc<Mutex<UnboundedSender<Did>>>,
}

type To = Arc<Mutex<UnboundedSender<Did>>>;

impl StandIn {
    pub(super) async fn start() -> std::io::Result<Self> {
        let to: To = Arc::new(Mutex::new(unbounded_channel().0));
        // Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
        let runtime = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .with_state(Arc::clone(&to));
        let aws = Router::new().fallback(dynamodb);
        Ok(Self { runtime: serve(runtime).await?, aws: serve(aws).await?, to })
    }

    /// What the next function does. Only one runs at a time.
    pub(super) fn watch(&self) -> UnboundedReceiver<Did> {
        let (to, from) = unbounded_channel();
        *self.to.lock().unwrap_or_else(PoisonError::into_inner) = to;
        from
    }
}

async fn serve(router: Router) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(address)
}

fn tell(to: &To, did: Did) {
    // A function that was ended meanwhile has nobody to tell.
    let _ = to.lock().unwrap_or_else(PoisonError::into_inner).send(did);
}

async fn next(State(to): State<To>) -> Response {
    let (work, handed) = oneshot::channel();
    tell(&to, Did::Ask(Instant::now(), work));
    let Ok(event) = handed.await else { return StatusCode::GONE.into_response() };
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:bench"),
    ];
    (headers, event.to_string()).into_response()
}

async fn answered(State(to): State<To>, body: Bytes) -> StatusCode {
    tell(&to, Did::Answer(Instant::now(), body));
    StatusCode::ACCEPTED
}

async fn failed(State(to): State<To>, body: String) -> StatusCode {
    tell(&to, Did::Fail(body));
    StatusCode::ACCEPTED
}

/// A table with nothing in it.
async fn dynamodb(headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = match operation {
        "Query" => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }),
        "TransactGetItems" => {
            let items = asked.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len);
            json!({ "Responses": vec![json!({}); items] })
        }
        "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": {} }),
        _ => json!({}),
    };
    ([("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response()
}
