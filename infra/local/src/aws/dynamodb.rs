//! DynamoDB: dynoxide on a `SQLite` file. This process asks it directly, other tools on a loopback
//! port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::calls::{self, Calls};
use super::engine::Engine;
use super::write_ahead::WriteAhead;
use super::{in_process, schema, stream_table};

/// DynamoDB takes requests of 16 MB.
const REQUEST_BYTES: usize = 16 << 20;

/// The embedded DynamoDB. Its port closes when this value is dropped.
pub struct DynamoDb {
    database: Database,
    engine: Engine,
    calls: Calls,
    file: PathBuf,
    endpoint: String,
    port: JoinHandle<()>,
}

/// DynamoDB could not be started, or did not do what the host asked of it.
#[derive(Debug, thiserror::Error)]
#[error("the embedded DynamoDB: {0}")]
pub struct DynamoDbError(String);

impl DynamoDb {
    /// Opens the `SQLite` file, makes the table if it is not there, and starts to serve. Within a
    /// runtime. What it is asked for goes into `calls`.
    ///
    /// # Errors
    ///
    /// The file is damaged or not accessible.
    pub fn start(file: &Path, calls: Calls) -> Result<Self, DynamoDbError> {
        let failed = |error: &dyn std::fmt::Display| DynamoDbError(error.to_string());
        let path = file.to_str().ok_or_else(|| DynamoDbError("the path is not UTF-8".into()))?;
        let database = Database::new(path).map_err(|error| failed(&error))?;
        let made = database.get_table_metadata(schema::TABLE).map_err(|error| failed(&error))?;
        if made.is_none() {
            database
                .create_table(request(schema::create_table())?)
                .map_err(|error| failed(&error))?;
        }
        // Asked each time: a first start may have been killed between the two. That it is on
        // already is an error, and no news.
        let _ = database.update_time_to_live(request(schema::time_to_live())?);
        stream_table::prepare(file).map_err(|error| failed(&error))?;
        // The only way to `synchronous = NORMAL` that dynoxide has: what it does after an import.
        // From here on the engine syncs what is written, see `write_ahead`.
        database.enable_bulk_loading().map_err(|error| failed(&error))?;
        database.disable_bulk_loading().map_err(|error| failed(&error))?;
        let write_ahead = WriteAhead::of(file).map_err(|error| failed(&error))?;
        let engine = Engine::new(database.clone(), write_ahead);

        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let listener =
            tokio::net::TcpListener::from_std(listener).map_err(|error| failed(&error))?;
        let router = Router::new()
            .route("/", post(serve))
            .layer(DefaultBodyLimit::max(REQUEST_BYTES))
            .with_state((engine.clone(), calls.clone()));
        let port = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the embedded DynamoDB has no port");
            }
        });
        let endpoint = format!("http://{address}");
        Ok(Self { database, engine, calls, file: file.to_owned(), endpoint, port })
    }

    /// Where it answers.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What answers.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The way to it within this process.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        in_process::http_client(&self.engine, &self.calls)
    }

    /// What sweeps the table; see [`Broom`].
    #[must_use]
    pub fn broom(&self) -> Broom {
        Broom { database: self.database.clone(), file: self.file.clone() }
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.port.abort();
    }
}

/// Answers on the port. As DynamoDB Local, it takes any signature.
async fn serve(
    State((engine, calls)): State<(Engine, Calls)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = in_process::operation(text("x-amz-target"));
    if calls.is_on() {
        calls.note(text("authorization"), &calls::dynamodb(operation, &body));
    }
    let answer = engine.answer(operation, body.into()).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer.body).into_response()
}

/// Does what DynamoDB does by itself and dynoxide only when asked.
#[derive(Clone)]
pub struct Broom {
    database: Database,
    file: PathBuf,
}

impl Broom {
    /// Deletes the rows whose time has come, and says how many. Blocks.
    ///
    /// # Errors
    ///
    /// What the table says.
    pub fn sweep(&self) -> Result<usize, DynamoDbError> {
        self.database.sweep_ttl().map_err(|error| DynamoDbError(error.to_string()))
    }

    /// Deletes stream records up to `position`, and says how many. Blocks.
    ///
    /// # Errors
    ///
    /// What `SQLite` says.
    pub fn trim(&self, position: &str) -> Result<usize, DynamoDbError> {
        stream_table::trim(&self.file, position).map_err(|error| DynamoDbError(error.to_string()))
    }
}

fn request<T: DeserializeOwned>(value: Value) -> Result<T, DynamoDbError> {
    serde_json::from_value(value).map_err(|error| DynamoDbError(error.to_string()))
}
