//! `on-upload`: turns an upload into an attachment, or rejects it.
//!
//! Takes what S3 and `GuardDuty` publish to EventBridge, in any order and more than once. What
//! becomes of the file is decided in `shared::uploads`: `on-clock` needs it for what no event told
//! of, and calls [`upload_due`].

use serde::Deserialize;
use serde_json::Value;
use shared::app::App;
use shared::error::Error;
use shared::store::StoreError;
use shared::uploads::{self, ScanResult};
use tracing::warn;

pub use shared::uploads::due as upload_due;

/// What an event says.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// A file has arrived.
    Arrived { key: String },
    /// A file was scanned.
    Scanned { key: String, result: ScanResult },
    /// Something else that a rule lets through.
    Other,
}

/// Takes one event.
///
/// # Errors
///
/// The event is not what it must be, or table or files do not answer. Then it comes again.
pub async fn handle(app: App, event: Value) -> Result<(), Error> {
    match read(event).map_err(StoreError::odd)? {
        Told::Arrived { key } => uploads::arrived(&app, &key).await,
        Told::Scanned { key, result } => uploads::scanned(&app, &key, &result).await,
        Told::Other => {
            warn!("an event that is not about an upload");
            Ok(())
        }
    }
}

/// The parts of an event that matter here. All others may change.
///
/// Source: Amazon S3 User Guide, "EventBridge event message structure"; Amazon `GuardDuty` User
/// Guide, "Monitoring S3 object scans with Amazon EventBridge".
fn read(event: Value) -> Result<Told, serde_json::Error> {
    let envelope: Envelope = serde_json::from_value(event)?;
    match envelope.detail_type.as_str() {
        "Object Created" => {
            let created: Created = serde_json::from_value(envelope.detail)?;
            Ok(Told::Arrived { key: created.object.key })
        }
        "GuardDuty Malware Protection Object Scan Result" => {
            let scanned: Scanned = serde_json::from_value(envelope.detail)?;
            let result = scanned.scan_result_details.result();
            Ok(Told::Scanned { key: scanned.s3_object_details.object_key, result })
        }
        _ => Ok(Told::Other),
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(default)]
    detail: Value,
}

#[derive(Deserialize)]
struct Created {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scanned {
    s3_object_details: ScannedObject,
    #[serde(default)]
    scan_result_details: ScanDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScannedObject {
    object_key: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ScanDetails {
    scan_result_status: Option<String>,
    threats: Option<Vec<Threat>>,
}

#[derive(Deserialize)]
struct Threat {
    name: String,
}

impl ScanDetails {
    fn result(self) -> ScanResult {
        let names = self.threats.unwrap_or_default().into_iter().map(|threat| threat.name);
        match self.scan_result_status.as_deref() {
            Some("NO_THREATS_FOUND") => ScanResult::Clean,
            Some("THREATS_FOUND") => ScanResult::Threats(names.collect()),
            Some("UNSUPPORTED") => ScanResult::Unsupported,
            // `ACCESS_DENIED`, `FAILED`, and whatever comes to mean that it is not known.
            _ => ScanResult::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scan(details: &Value) -> ScanResult {
        let told = read(json!({
            "detail-type": "GuardDuty Malware Protection Object Scan Result",
            "source": "aws.guardduty",
            "detail": {
                "scanStatus": "COMPLETED",
                "s3ObjectDetails": {"bucketName": "b", "objectKey": "k", "eTag": "e"},
                "scanResultDetails": details,
            },
        }));
        match told.unwrap() {
            Told::Scanned { key, result } if key == "k" => result,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_arrival_names_its_file() {
        let event = json!({
            "version": "0", "source": "aws.s3", "detail-type": "Object Created",
            "detail": {"bucket": {"name": "b"}, "object": {"key": "k", "size": 5}},
        });
        assert_eq!(read(event).unwrap(), Told::Arrived { key: "k".to_owned() });
    }

    #[test]
    fn a_scan_says_what_it_found() {
        let clean = json!({"scanResultStatus": "NO_THREATS_FOUND", "threats": null});
        assert_eq!(scan(&clean), ScanResult::Clean);
        let found = json!({"scanResultStatus": "THREATS_FOUND", "threats": [{"name": "EICAR"}]});
        assert_eq!(scan(&found), ScanResult::Threats(vec!["EICAR".to_owned()]));
        assert_eq!(scan(&json!({"scanResultStatus": "UNSUPPORTED"})), ScanResult::Unsupported);
        for unknown in [json!({"scanResultStatus": "ACCESS_DENIED"}), json!({})] {
            assert_eq!(scan(&unknown), ScanResult::Failed);
        }
    }

    #[test]
    fn other_events_are_passed_over_and_odd_ones_are_refused() {
        assert_eq!(read(json!({"detail-type": "Object Tags Added"})).unwrap(), Told::Other);
        assert!(read(json!({"detail-type": "Object Created", "detail": {}})).is_err());
        assert!(read(json!({})).is_err());
    }
}
