use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::*;
use crate::aws::calls::Calls;
use crate::aws::dynamodb::DynamoDb;
use crate::aws::schema;

fn key(sort: &str) -> Value {
    json!({"PK": {"S": "P"}, "SK": {"S": sort}})
}

/// Requests as the store sends them, and some that dynoxide refuses.
fn requests() -> Vec<(&'static str, Value)> {
    let table = schema::TABLE;
    let item =
        json!({"PK": {"S": "P"}, "SK": {"S": "a"}, "n": {"N": "1"}, "of": {"SS": ["b", "a"]}});
    let absent = json!({
        "TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(#00)",
        "ExpressionAttributeNames": {"#00": "PK"}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let moved = json!({
        "TableName": table, "Key": key("a"), "UpdateExpression": "SET #s0 = :s0",
        "ConditionExpression": "#00 = :00",
        "ExpressionAttributeNames": {"#s0": "n", "#00": "n"},
        "ExpressionAttributeValues": {":s0": {"N": "2"}, ":00": {"N": "1"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let transaction = json!({
        "TransactItems": [{"Update": moved}, {"Put": {"TableName": table, "Item": {
            "PK": {"S": "P"}, "SK": {"S": "b"}}}}],
        "ReturnConsumedCapacity": "TOTAL", "ClientRequestToken": "one",
    });
    let mut other = transaction.clone();
    other["ClientRequestToken"] = json!("two");
    let query = json!({
        "TableName": table, "KeyConditionExpression": "#pk = :pk", "ConsistentRead": true,
        "ExpressionAttributeNames": {"#pk": "PK"}, "Limit": 1,
        "ExpressionAttributeValues": {":pk": {"S": "P"}}, "ReturnConsumedCapacity": "TOTAL",
    });
    let gets = [key("a"), key("c")].map(|key| json!({"Get": {"TableName": table, "Key": key}}));
    vec![
        ("PutItem", absent.clone()),
        ("PutItem", absent),
        ("GetItem", json!({"TableName": table, "Key": key("a"), "ConsistentRead": true})),
        ("TransactWriteItems", transaction.clone()),
        ("TransactWriteItems", transaction),
        ("TransactWriteItems", other),
        ("TransactGetItems", json!({"TransactItems": gets})),
        ("BatchGetItem", json!({"RequestItems": {table: {"Keys": [key("a"), key("b")]}}})),
        ("Query", query),
        ("UpdateItem", json!({"TableName": table, "Key": key("a"), "UpdateExpression": "SET n"})),
        ("DeleteItem", json!({"TableName": table, "Key": key("b"), "ReturnValues": "ALL_OLD"})),
        ("GetItem", json!({"TableName": table})),
        ("GetItem", json!({"TableName": "elsewhere", "Key": key("a")})),
        ("Fly", json!({})),
    ]
}

#[tokio::test]
async fn the_engine_answers_as_dynoxides_own_server_does() {
    let reference = Database::memory().unwrap();
    reference.create_table(serde_json::from_value(schema::create_table()).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, reference));

    let folder = tempfile::tempdir().unwrap();
    let own = DynamoDb::start(&folder.path().join("table.sqlite"), Calls::default()).unwrap();
    let client = reqwest::Client::new();
    let ask = async |url: &str, operation: &str, body: &Value| {
        let answer = client
            .post(url)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/20260101/b/dynamodb/aws4_request, \
                 SignedHeaders=host, Signature=c",
            )
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        (status, body)
    };
    for (operation, body) in requests() {
        let expected = ask(&url, operation, &body).await;
        let answered = ask(own.endpoint(), operation, &body).await;
        assert_eq!(answered, expected, "{operation} {body}");
    }
}

#[tokio::test]
async fn writes_that_come_together_are_all_done() {
    let folder = tempfile::tempdir().unwrap();
    let own = DynamoDb::start(&folder.path().join("table.sqlite"), Calls::default()).unwrap();
    let engine = own.engine();
    let puts = (0..40).map(|n| {
        let item = json!({"PK": {"S": "P"}, "SK": {"S": format!("{n:02}")}});
        let body = json!({"TableName": schema::TABLE, "Item": item}).to_string().into_bytes();
        let engine = engine.clone();
        tokio::spawn(async move { engine.answer("PutItem", body).await.status })
    });
    for put in puts.collect::<Vec<_>>() {
        assert_eq!(put.await.unwrap(), 200);
    }
    let scan = json!({"TableName": schema::TABLE, "Select": "COUNT"}).to_string().into_bytes();
    let scanned = engine.answer("Scan", scan).await;
    assert_eq!(serde_json::from_str::<Value>(&scanned.body).unwrap()["Count"], 40);
}
