//! The table as `CloudFormation` would make it: names, keys, indexes, stream, TTL.

use serde_json::{Value, json};

/// Name of the table.
pub const TABLE: &str = "casement";

/// The bucket of the attachments.
pub const BUCKET: &str = "casement-files";

/// The attribute from whose time on a row may be swept.
pub const TTL_ATTRIBUTE: &str = "ttl";

/// The request that makes the table: `CreateTable` of the DynamoDB API.
#[must_use]
pub fn create_table() -> Value {
    let key = |hash: &str, range: &str| {
        json!([
            {"AttributeName": hash, "KeyType": "HASH"},
            {"AttributeName": range, "KeyType": "RANGE"},
        ])
    };
    let strings = ["PK", "SK", "principal", "principal_sort", "due_shard", "due_at"];
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": strings
            .map(|name| json!({"AttributeName": name, "AttributeType": "S"})),
        "KeySchema": key("PK", "SK"),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-principal",
                "KeySchema": key("principal", "principal_sort"),
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["title", "number", "status", "tags", "name", "state"],
                },
            },
            {
                "IndexName": "by-due",
                "KeySchema": key("due_shard", "due_at"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        "StreamSpecification": {
            "StreamEnabled": true,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    })
}

/// The request that names the TTL attribute: `UpdateTimeToLive` of the DynamoDB API.
#[must_use]
pub fn time_to_live() -> Value {
    json!({
        "TableName": TABLE,
        "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": true},
    })
}
