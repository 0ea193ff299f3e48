//! Events of the bucket, as S3 and `GuardDuty` publish them to EventBridge.

use serde_json::{Value, json};

use super::scan::Verdict;
use crate::aws::schema::BUCKET;
use crate::aws::{ACCOUNT, REGION};

/// `Object Created`.
///
/// Source: Amazon S3 User Guide, "EventBridge event message structure".
#[must_use]
pub fn created(key: &str, size_bytes: u64, now: jiff::Timestamp) -> Value {
    let detail = json!({
        "version": "0",
        "bucket": {"name": BUCKET},
        "object": {"key": key, "size": size_bytes, "sequencer": sequencer()},
        "request-id": sequencer(),
        "requester": ACCOUNT,
        "reason": "PutObject",
    });
    envelope("aws.s3", "Object Created", now, &detail)
}

/// `GuardDuty Malware Protection Object Scan Result`.
///
/// Source: Amazon `GuardDuty` User Guide, "Monitoring S3 object scans with Amazon EventBridge".
#[must_use]
pub fn scanned(key: &str, verdict: Verdict, now: jiff::Timestamp) -> Value {
    let (status, threats) = match verdict {
        Verdict::Clean => ("NO_THREATS_FOUND", Value::Null),
        Verdict::Eicar => ("THREATS_FOUND", json!([{"name": "EICAR-Test-File"}])),
    };
    let detail = json!({
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {"bucketName": BUCKET, "objectKey": key},
        "scanResultDetails": {"scanResultStatus": status, "threats": threats},
    });
    envelope("aws.guardduty", "GuardDuty Malware Protection Object Scan Result", now, &detail)
}

/// The key of the object that a `created` event is about.
#[must_use]
pub fn created_key(event: &Value) -> Option<&str> {
    let is_created = event.get("detail-type")?.as_str()? == "Object Created";
    let key = event.get("detail")?.get("object")?.get("key")?.as_str()?;
    is_created.then_some(key)
}

fn envelope(source: &str, detail_type: &str, now: jiff::Timestamp, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": sequencer(),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": now.to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:s3:::{BUCKET}")],
        "detail": detail,
    })
}

fn sequencer() -> String {
    ulid::Ulid::generate().to_string()
}
