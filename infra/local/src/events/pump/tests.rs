use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::aws::calls::Calls;
use crate::aws::dynamodb::DynamoDb;

struct World {
    dynamodb: DynamoDb,
    client: aws_sdk_dynamodb::Client,
    folder: tempfile::TempDir,
    running: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dynamodb =
            DynamoDb::start(&folder.path().join("table.sqlite"), Calls::default()).unwrap();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_dynamodb::config::Region::new(REGION))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(dynamodb.endpoint())
            .build();
        Self {
            client: aws_sdk_dynamodb::Client::from_conf(config),
            dynamodb,
            folder,
            running: Mutex::default(),
        }
    }

    async fn put(&self, sort: &str, due_for: Option<&str>) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = self.client.put_item().table_name(TABLE);
        let mut put = put.item("PK", text("P")).item("SK", text(sort));
        if let Some(due_for) = due_for {
            put = put.item("due_for", text(due_for));
        }
        put.send().await.unwrap();
    }

    fn pump(&self, handler: Handler) -> Handle {
        let (pump, handle) = Pump::new(Parts {
            http: self.dynamodb.http_client(),
            position: self.folder.path().join("stream-position"),
            handler,
            changed: Arc::default(),
        });
        *self.running.lock().unwrap() = Some(tokio::spawn(pump.run()));
        handle
    }

    fn stop(&self) {
        self.running.lock().unwrap().take().unwrap().abort();
    }
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Remembers the sort keys that it is given, and fails for `failures` calls.
fn remembering(seen: &Seen, failures: usize) -> Handler {
    let (seen, calls) = (Arc::clone(seen), Arc::new(AtomicUsize::new(0)));
    Arc::new(move |event| {
        let sort_key = |record: &aws_lambda_events::event::dynamodb::EventRecord| {
            serde_json::to_value(&record.change.keys).unwrap()["SK"]["S"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        seen.lock().unwrap().extend(event.records.iter().map(sort_key));
        let fails = calls.fetch_add(1, Ordering::SeqCst) < failures;
        Box::pin(async move {
            if fails {
                Err(Failed("on purpose".into()))
            } else {
                Ok(DynamoDbEventResponse::default())
            }
        })
    })
}

#[tokio::test]
async fn only_rows_that_wait_for_something_are_handed_on_and_none_twice_after_a_restart() {
    let world = World::new();
    world.put("quiet", None).await;
    world.put("first", Some("mail")).await;
    let seen = Seen::default();
    world.pump(remembering(&seen, 0)).drain().await;
    assert_eq!(*seen.lock().unwrap(), ["first"]);

    world.stop();
    world.put("second", Some("mail")).await;
    let seen = Seen::default();
    world.pump(remembering(&seen, 0)).drain().await;
    assert_eq!(*seen.lock().unwrap(), ["second"]);
}

#[tokio::test]
async fn a_batch_that_failed_comes_again() {
    let world = World::new();
    world.put("first", Some("mail")).await;
    let seen = Seen::default();
    world.pump(remembering(&seen, 1)).drain().await;
    assert_eq!(*seen.lock().unwrap(), ["first", "first"]);
}

#[tokio::test]
async fn trimmed_records_are_gone_and_later_ones_still_come() {
    let world = World::new();
    for sort in ["a", "b", "c"] {
        world.put(sort, Some("mail")).await;
    }
    let seen = Seen::default();
    let pump = world.pump(remembering(&seen, 0));
    pump.drain().await;
    // The last one stays.
    assert_eq!(world.dynamodb.broom().trim(&pump.position().unwrap()).unwrap(), 2);
    world.put("d", Some("mail")).await;
    pump.drain().await;
    assert_eq!(*seen.lock().unwrap(), ["a", "b", "c", "d"]);
}
