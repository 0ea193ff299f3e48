//! A row as the SDK reads it, in the JSON in which a function is given it.

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A stream record as the trigger of a function has it.
pub(super) fn record(record: &Record, arn: &str) -> Value {
    let change = record.dynamodb();
    let image = |image: Option<&HashMap<String, AttributeValue>>| image.map(item);
    let mut stream = json!({
        "Keys": image(change.and_then(|change| change.keys())),
        "SequenceNumber": change.and_then(|change| change.sequence_number()),
        "SizeBytes": change.and_then(aws_sdk_dynamodbstreams::types::StreamRecord::size_bytes),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "ApproximateCreationDateTime": change
            .and_then(|change| change.approximate_creation_date_time())
            .map(aws_sdk_dynamodbstreams::primitives::DateTime::secs),
    });
    for (name, row) in [
        ("NewImage", image(change.and_then(|change| change.new_image()))),
        ("OldImage", image(change.and_then(|change| change.old_image()))),
    ] {
        if let (Some(row), Some(stream)) = (row, stream.as_object_mut()) {
            stream.insert(name.to_owned(), row);
        }
    }
    json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(aws_sdk_dynamodbstreams::types::OperationType::as_str),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": crate::aws::REGION,
        "eventSourceARN": arn,
        "dynamodb": stream,
    })
}

fn item(item: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(
        item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<Map<_, _>>(),
    )
}

fn attribute(value: &AttributeValue) -> Value {
    let base64 = |bytes: &aws_sdk_dynamodbstreams::primitives::Blob| BASE64_STANDARD.encode(bytes);
    match value {
        AttributeValue::B(bytes) => json!({"B": base64(bytes)}),
        AttributeValue::Bool(is) => json!({"BOOL": is}),
        AttributeValue::Bs(all) => json!({"BS": all.iter().map(base64).collect::<Vec<_>>()}),
        AttributeValue::L(all) => json!({"L": all.iter().map(attribute).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": item(map)}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Ns(all) => json!({"NS": all}),
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::Ss(all) => json!({"SS": all}),
        _ => json!({"NULL": true}),
    }
}
