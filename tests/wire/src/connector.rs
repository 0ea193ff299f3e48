//! What stands between the SDK and the engine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use shared::aws::Patience;

use crate::{Engine, Journal};

/// A request that the service sends to DynamoDB.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its number among those of this wire, from 0; a repetition by the SDK is another one.
    pub number: usize,
    /// The round that it belongs to, from 1: one more than that of the latest answer before it.
    pub round: usize,
    /// `Query`, `TransactWriteItems` and so on.
    pub operation: String,
    /// The body.
    pub body: Value,
}

impl Sent {
    /// Whether it may change the table.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(
            self.operation.as_str(),
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems" | "DescribeTable"
        )
    }
}

/// What comes back for a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// JSON.
        body: String,
    },
    /// The connection broke: nobody knows whether the request arrived.
    Lost,
    /// The connection says nothing for as long as the client waits.
    TimedOut,
}

impl Reply {
    /// An answer that is JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer { status, body: body.to_string() }
    }

    /// An error of DynamoDB, by the name of its exception.
    #[must_use]
    pub fn error(status: u16, exception: &str) -> Self {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{exception}");
        Self::json(status, &json!({ "__type": kind, "message": "as the test wants it" }))
    }

    /// `TransactionCanceledException` of a transaction of `items` items, in which the one at `at`
    /// failed with `code`: `TransactionConflict`, `ThrottlingError` and so on.
    #[must_use]
    pub fn cancelled(items: usize, at: usize, code: &str) -> Self {
        let reason =
            |item| if item == at { json!({ "Code": code }) } else { json!({ "Code": "None" }) };
        let reasons: Vec<Value> = (0..items).map(reason).collect();
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        let message = format!("Transaction cancelled [{code}]");
        Self::json(
            400,
            &json!({ "__type": kind, "Message": message, "CancellationReasons": reasons }),
        )
    }

    /// The JSON of an answer; `None` for one that did not come.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        match self {
            Self::Answer { body, .. } => serde_json::from_str(body).ok(),
            Self::Lost | Self::TimedOut => None,
        }
    }

    /// Whether it is an answer that says that all went well.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Answer { status: 200, .. })
    }
}

/// In whose hand a wire is: decides what becomes of each request.
///
/// It can ask the engine now, later, twice, for something else, or not at all.
pub trait Hand: Send + Sync {
    /// Takes a request; the service waits until this is done.
    fn take(&self, sent: Sent, engine: Engine) -> BoxFuture<'static, Reply>;
}

impl<F> Hand for F
where
    F: Fn(Sent, Engine) -> BoxFuture<'static, Reply> + Send + Sync,
{
    fn take(&self, sent: Sent, engine: Engine) -> BoxFuture<'static, Reply> {
        self(sent, engine)
    }
}

/// A hand that lets every request through at once.
#[must_use]
pub fn open_hand() -> Arc<dyn Hand> {
    Arc::new(|sent: Sent, engine: Engine| -> BoxFuture<'static, Reply> {
        Box::pin(async move { engine.call(&sent.operation, &sent.body) })
    })
}

/// An HTTP client for the SDK that ends in an engine. Clones share hand and journal.
#[derive(Clone)]
pub struct Wire {
    engine: Engine,
    hand: Arc<dyn Hand>,
    journal: Journal,
    patience: Patience,
}

/// A test takes its time while requests are held, and does not wait for what is tried again.
const ENDLESS: Patience = Patience {
    one_try: Duration::from_hours(1),
    all_tries: Duration::from_hours(1),
    pause: Duration::from_millis(1),
};

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// A wire to `engine`, in `hand`.
    #[must_use]
    pub fn new(engine: &Engine, hand: Arc<dyn Hand>) -> Self {
        Self { engine: engine.clone(), hand, journal: Journal::default(), patience: ENDLESS }
    }

    /// A wire on which every request takes one tick, so that requests sent together are answered
    /// together and rounds can be counted, and on which DynamoDB is asked what it consumed.
    #[must_use]
    pub fn counted(engine: &Engine, hand: Arc<dyn Hand>) -> Self {
        Self { engine: engine.clone(), hand, journal: Journal::counting(), patience: ENDLESS }
    }

    /// The same wire for functions that do not wait longer than this.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// What was sent so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// As the SDK takes it.
    #[must_use]
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    async fn carry(self, operation: String, body: Value) -> Result<HttpResponse, ConnectorError> {
        let sent = self.journal.sent(operation, body);
        let number = sent.number;
        self.journal.tick().await;
        let reply = self.hand.take(sent, self.engine).await;
        self.journal.answered(number, &reply);
        match reply {
            Reply::Answer { status, body } => {
                let status = status
                    .try_into()
                    .map_err(|error| ConnectorError::other(Box::new(error), None))?;
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
                Ok(response)
            }
            Reply::Lost => Err(ConnectorError::io("the connection was lost".into())),
            Reply::TimedOut => Err(ConnectorError::timeout("no answer in time".into())),
        }
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default();
        // Requests to S3 have no JSON.
        let body = serde_json::from_slice(body).unwrap_or_default();
        HttpConnectorFuture::new(self.clone().carry(operation, body))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
