//! DynamoDB: dynoxide on a `SQLite` file, behind a loopback port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{schema, stream_table};

/// Threads that serve DynamoDB. dynoxide runs a request on the thread that read it, so it gets a
/// runtime of its own: a write that waits for the disk must not hold up the gateway.
const THREADS: usize = 4;

/// The embedded DynamoDB. It ends when this value is dropped.
pub struct DynamoDb {
    database: Database,
    file: PathBuf,
    endpoint: String,
    runtime: Option<tokio::runtime::Runtime>,
}

/// DynamoDB could not be started, or did not do what the host asked of it.
#[derive(Debug, thiserror::Error)]
#[error("the embedded DynamoDB: {0}")]
pub struct DynamoDbError(String);

impl DynamoDb {
    /// Opens the `SQLite` file, makes the table if it is not there, and starts to serve.
    ///
    /// # Errors
    ///
    /// The file is damaged or not accessible.
    pub fn start(file: &Path) -> Result<Self, DynamoDbError> {
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

        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("dynamodb")
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let served = database.clone();
        runtime.spawn(async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => dynoxide::server::serve_on(listener, served).await,
                Err(error) => tracing::error!(%error, "the embedded DynamoDB has no port"),
            }
        });
        Ok(Self {
            database,
            file: file.to_owned(),
            endpoint: format!("http://{address}"),
            runtime: Some(runtime),
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What sweeps the table; see [`Broom`].
    #[must_use]
    pub fn broom(&self) -> Broom {
        Broom { database: self.database.clone(), file: self.file.clone() }
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it here would wait for connections, which no thread of a runtime may do.
            runtime.shutdown_background();
        }
    }
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
