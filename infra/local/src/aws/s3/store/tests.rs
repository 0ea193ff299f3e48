use std::sync::Mutex;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;

use super::*;
use crate::aws::calls::Calls;
use crate::aws::s3::{Keys, Origin, router};

struct Bucket {
    client: Client,
    uploads: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl Bucket {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let uploads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&uploads);
        let hook: UploadedHook = Arc::new(move |uploaded| {
            seen.lock().unwrap().push(format!("{} {}", uploaded.key, uploaded.size_bytes));
            Ok(())
        });
        let keys = Keys { access: &["id"], secret: "secret" };
        let origin = Origin(http::HeaderValue::from_static("http://127.0.0.1:1"));
        let router = router(folder.path(), &keys, origin, hook, Calls::default()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let config = aws_sdk_s3::Config::builder()
            .behavior_version_latest()
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .force_path_style(true)
            .endpoint_url(url)
            .build();
        Self { client: Client::from_conf(config), uploads, folder }
    }

    async fn ticket(&self, key: &str, sha256: &str) -> reqwest::RequestBuilder {
        let ticket = self
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .checksum_sha256(sha256)
            .if_none_match("*")
            .presigned(PresigningConfig::expires_in(std::time::Duration::from_mins(1)).unwrap())
            .await
            .unwrap();
        ticket.headers().fold(reqwest::Client::new().put(ticket.uri()), |put, (name, value)| {
            put.header(name, value)
        })
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .chain(std::fs::read_dir(self.folder.path().join(STAGING)).unwrap())
            .chain(std::fs::read_dir(self.folder.path().join(BUCKET)).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// SHA-256 of `hello`, in base64.
const HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

#[tokio::test]
async fn of_two_uploads_onto_one_key_the_first_counts() {
    let bucket = Bucket::start().await;
    let first = bucket.ticket("c/a", HELLO).await.body("hello").send().await.unwrap();
    assert_eq!(first.status(), 200);
    let second = bucket.ticket("c/a", HELLO).await.body("hello").send().await.unwrap();
    assert_eq!(second.status(), 412);
    assert_eq!(*bucket.uploads.lock().unwrap(), ["c/a 5"]);

    let head = bucket.client.head_object().bucket(BUCKET).key("c/a").send().await.unwrap();
    assert_eq!(head.content_length(), Some(5));
    bucket.client.delete_object().bucket(BUCKET).key("c/a").send().await.unwrap();
    assert_eq!(bucket.files(), [BUCKET, STAGING]);
}

#[tokio::test]
async fn an_upload_of_other_bytes_leaves_nothing_behind() {
    let bucket = Bucket::start().await;
    let answer = bucket.ticket("c/a", HELLO).await.body("hallo").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(bucket.files(), [BUCKET, STAGING]);
    assert!(bucket.uploads.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let bucket = Bucket::start().await;
    bucket
        .client
        .put_object()
        .bucket(BUCKET)
        .key("c/a")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    let ticket = bucket.ticket("c/b", HELLO).await.build().unwrap();
    let mut bare = ticket.url().clone();
    bare.set_query(None);
    bare.set_path(&format!("/{BUCKET}/c/a"));
    assert_eq!(reqwest::get(bare).await.unwrap().status(), 403);
}
