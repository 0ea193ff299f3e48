//! Which function asks AWS for what: `infra/calls.txt` is made of it, and a deployment's roles are
//! held to that.
//!
//! Each function signs its requests with a key id of its own, its name. So whoever answers knows.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// Where each kind of call is written down once, if anywhere: `FUNCTION ACTION`, and what the
/// action was about where a role can tell it apart.
#[derive(Clone, Debug, Default)]
pub struct Calls(Option<Arc<Book>>);

#[derive(Debug)]
struct Book {
    /// The file, and what this process has written there.
    written: Mutex<(File, BTreeSet<String>)>,
}

impl Calls {
    /// Adds to `file`, into which others may be writing, too.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn into(file: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(file)?;
        Ok(Self(Some(Arc::new(Book { written: Mutex::new((file, BTreeSet::new())) }))))
    }

    /// Whether anything is written down.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes down what a request asked for. `signed` holds its signature: an `Authorization`, or
    /// the query of a presigned link.
    pub fn note(&self, signed: &str, actions: &[String]) {
        let (Some(book), Some(function)) = (&self.0, signer(signed)) else { return };
        let mut written = book.written.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, lines) = &mut *written;
        for action in actions {
            let line = format!("{function} {action}\n");
            // In one write, so that it stays whole beside those of other processes.
            if lines.insert(line.clone())
                && let Err(error) = file.write_all(line.as_bytes())
            {
                tracing::error!(%error, "a call is not written down");
            }
        }
    }
}

/// The key id with which a request was signed.
fn signer(signed: &str) -> Option<&str> {
    let (_, credential) = signed.split_once("Credential=")?;
    credential.split(['/', '%']).next().filter(|id| *id != super::ACCESS_KEY)
}

/// What a request to DynamoDB needs a right to.
///
/// Source: Amazon DynamoDB Developer Guide, "Using IAM with transactions".
#[must_use]
pub fn dynamodb(operation: &str, body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match operation {
        "TransactGetItems" => vec!["dynamodb:GetItem".to_owned()],
        "TransactWriteItems" => {
            let items = body.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            let names = items.filter_map(Value::as_object).flat_map(serde_json::Map::keys);
            let names = names.map(|name| match name.as_str() {
                "ConditionCheck" => "dynamodb:ConditionCheckItem together".to_owned(),
                name => format!("dynamodb:{name}Item together"),
            });
            names.collect::<BTreeSet<_>>().into_iter().collect()
        }
        "PutItem" | "UpdateItem" | "DeleteItem" => {
            let key = body.pointer("/Item/PK/S").or_else(|| body.pointer("/Key/PK/S"));
            let key = key.and_then(Value::as_str).unwrap_or_default();
            let kind = key.split_once('#').map_or(key, |(kind, _)| kind);
            vec![format!("dynamodb:{operation} {kind}#*")]
        }
        _ => match body.get("IndexName").and_then(Value::as_str) {
            Some(index) => vec![format!("dynamodb:{operation} {index}")],
            None => vec![format!("dynamodb:{operation}")],
        },
    }
}

/// What a request to S3 needs a right to.
#[must_use]
pub fn s3(method: &http::Method) -> Vec<String> {
    match method.as_str() {
        "GET" | "HEAD" => vec!["s3:GetObject".to_owned()],
        "PUT" => vec!["s3:PutObject".to_owned()],
        "DELETE" => vec!["s3:DeleteObject".to_owned()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signer_is_read_from_headers_and_from_links() {
        let header = "AWS4-HMAC-SHA256 Credential=share/20261125/eu/dynamodb/aws4_request, Signed";
        assert_eq!(signer(header), Some("share"));
        assert_eq!(signer("X-Amz-Credential=attachments%2F20261125%2Feu&X"), Some("attachments"));
        assert_eq!(signer("AWS4-HMAC-SHA256 Credential=CASEMENTLOCAL/2026"), None);
        assert_eq!(signer("Bearer x"), None);
    }

    #[test]
    fn a_transaction_needs_what_its_parts_need() {
        let body = br#"{"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}, {"Put": {}}]}"#;
        let needed = ["dynamodb:ConditionCheckItem together", "dynamodb:PutItem together"];
        assert_eq!(dynamodb("TransactWriteItems", body), needed);
        assert_eq!(dynamodb("TransactGetItems", b"{}"), ["dynamodb:GetItem"]);
    }

    #[test]
    fn a_write_by_itself_and_a_query_say_where() {
        let put = br#"{"Item": {"PK": {"S": "MINE#01"}}}"#;
        assert_eq!(dynamodb("PutItem", put), ["dynamodb:PutItem MINE#*"]);
        let query = br#"{"IndexName": "by-due"}"#;
        assert_eq!(dynamodb("Query", query), ["dynamodb:Query by-due"]);
        assert_eq!(dynamodb("Query", b"{}"), ["dynamodb:Query"]);
    }
}
