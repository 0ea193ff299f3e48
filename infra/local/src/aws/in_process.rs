//! The SDK's way to the embedded DynamoDB: no socket, no HTTP.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::calls::{self, Calls};
use super::engine::{Answer, Engine};

/// An HTTP client that ends in an engine.
#[derive(Clone, Debug)]
struct InProcess {
    engine: Engine,
    calls: Calls,
}

/// An HTTP client for the SDK, whose requests `engine` answers and `calls` writes down.
#[must_use]
pub fn http_client(engine: &Engine, calls: &Calls) -> SharedHttpClient {
    SharedHttpClient::new(InProcess { engine: engine.clone(), calls: calls.clone() })
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { engine, calls } = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = operation(target);
            let body = request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
            if calls.is_on() {
                let signed = request.headers().get("authorization").unwrap_or_default();
                calls.note(signed, &calls::dynamodb(operation, &body));
            }
            response(engine.answer(operation, body).await)
        })
    }
}

/// The operation that a target names: `DynamoDB_20120810.GetItem`, `DynamoDBStreams_20120810.…`.
pub(super) fn operation(target: &str) -> &str {
    target.rsplit('.').next().unwrap_or_default()
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status.try_into();
    let status = status.map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
