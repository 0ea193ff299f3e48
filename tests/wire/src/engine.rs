//! DynamoDB in memory, asked without a port; and KMS, as far as it makes MACs.

use std::hash::{DefaultHasher, Hash, Hasher};

use casement::aws::schema;
use dynoxide::Database;
use dynoxide::errors::DynoxideError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Reply;

/// An embedded DynamoDB in memory, with the table of the service. Clones are the same engine.
#[derive(Clone)]
pub struct Engine {
    database: Database,
}

impl Engine {
    /// An engine with the empty table. It has no stream: nothing reads it here.
    ///
    /// # Panics
    ///
    /// If the table cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let database = Database::memory().expect("an engine in memory");
        let mut table = schema::create_table();
        if let Some(table) = table.as_object_mut() {
            table.remove("StreamSpecification");
        }
        let request = serde_json::from_value(table).expect("a request that makes the table");
        database.create_table(request).expect("the table");
        Self { database }
    }

    /// Another engine with the same rows.
    ///
    /// # Panics
    ///
    /// If there is no room for a copy.
    #[must_use]
    pub fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a copy");
        let file = folder.path().join("copy.db");
        let file = file.to_str().expect("a path that is text");
        self.database.vacuum_into(file).expect("a copy");
        let database = Database::memory().expect("an engine in memory");
        database.restore_from(file).expect("an engine of a copy");
        Self { database }
    }

    /// Carries out a request: the operation's name and its JSON, as they go over the wire.
    ///
    /// # Panics
    ///
    /// For an operation that the service does not use.
    #[must_use]
    pub fn call(&self, operation: &str, body: &Value) -> Reply {
        let database = &self.database;
        match operation {
            "GetItem" => run(body, |request| database.get_item(request)),
            "PutItem" => run(body, |request| database.put_item(request)),
            "UpdateItem" => run(body, |request| database.update_item(request)),
            "DeleteItem" => run(body, |request| database.delete_item(request)),
            "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
            "Query" => run(body, |request| database.query(request)),
            "Scan" => run(body, |request| database.scan(request)),
            "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
            "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
            "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
            "DescribeTable" => run(body, |request| database.describe_table(request)),
            "GenerateMac" => {
                let made = json!({ "Mac": mac(body), "MacAlgorithm": "HMAC_SHA_256" });
                Reply::json(200, &made)
            }
            "VerifyMac" if body["Mac"] == mac(body) => {
                Reply::json(200, &json!({ "MacValid": true, "MacAlgorithm": "HMAC_SHA_256" }))
            }
            "VerifyMac" => Reply::json(400, &json!({ "__type": "KMSInvalidMacException" })),
            _ => panic!("the engine does not do `{operation}`"),
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

/// A MAC, as KMS would make one: the same for the same message, and another one for others.
fn mac(body: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    body["Message"].as_str().hash(&mut hasher);
    // 32 bytes in base64 are 43 letters; the last of them has two bits only.
    format!("{:A<43}=", format!("{:X}", hasher.finish()))
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    body: &Value,
    work: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Reply {
    let request = Request::deserialize(body).expect("a request that the engine reads");
    let (status, body) = match work(request) {
        Ok(answer) => (200, serde_json::to_string(&answer).expect("an answer in JSON")),
        Err(error) => (error.status_code(), error.to_json()),
    };
    Reply::Answer { status, body }
}
