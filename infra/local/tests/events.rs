//! The events of `infra/events`, one for each function, as AWS sends them: for `cargo lambda invoke`,
//! and here for the functions themselves, on an empty table.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use casement::functions::{self, Shared};
use casement::host::{self, Running};
use casement::options::Options;
use lambda_http::request::LambdaRequest;
use serde_json::{Value, json};
use shared::app::Door;
use shared::aws::Aws;
use shared::clock::Clock;
use shared::settings::{Settings, SignUpSettings};
use tower::ServiceExt;

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn event(function: &str) -> Value {
    let text = std::fs::read_to_string(tree().join(format!("events/{function}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A host, and what its functions are given.
async fn site() -> (Running, Shared, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = host::start(Options::throw_away(data.path().join("data"))).await.unwrap();
    let settings = Settings::from_vars(|name| {
        Some(match name {
            "CASEMENT_TABLE" => casement::aws::schema::TABLE.to_owned(),
            "CASEMENT_ISSUER" => "https://issuer.example".to_owned(),
            "CASEMENT_APP_URL" => "https://cases.example.org".to_owned(),
            "CASEMENT_MAIL_FROM" => "casement@example.org".to_owned(),
            "CASEMENT_BUCKET" | "CASEMENT_KEY" | "CASEMENT_TARGET_KEY" | "CASEMENT_MAIL_SET" => {
                "x".to_owned()
            }
            _ => return None,
        })
    });
    let aws = aws(&host);
    (host, Shared { settings: settings.unwrap(), clock: Clock::system(), aws }, data)
}

fn aws(host: &Running) -> Aws {
    let aws = Aws::from_vars(|name| match name {
        "AWS_ENDPOINT_URL" => Some(host.dynamodb_url().to_owned()),
        "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        _ => None,
    });
    aws.unwrap()
}

#[test]
fn there_is_an_event_for_every_function_and_for_nothing_else() {
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&tree().join("events")), names(&tree().join("../functions")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_api_gateway_hands_on_is_answered() {
    let (host, shared, _data) = site().await;
    let mut answered = Vec::new();
    for (name, routes) in functions::each() {
        let request: LambdaRequest = serde_json::from_value(event(name)).unwrap();
        let router = shared::http::served(routes.into_router()).with_state(shared.app(name));
        let response = router.oneshot(lambda_http::Request::from(request)).await.unwrap();
        answered.push((name, response.status().as_u16()));
    }
    // The case was never there.
    let hidden = [
        "share",
        "revoke",
        "attachment-mark-external",
        "comment-mark-external",
        "external-access",
        "assign",
        "items",
        "attachments",
        "history",
        "receive",
    ];
    for (name, status) in answered {
        let expected = match name {
            // Whoever has nothing has left already.
            "disconnect" => 204,
            name if hidden.contains(&name) => 404,
            _ => 200,
        };
        assert_eq!(status, expected, "{name}");
    }
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_is_taken() {
    let (host, shared, _data) = site().await;
    let stream = serde_json::from_value(event("on-change")).unwrap();
    let answer = on_change::handle(shared.app("on-change"), stream).await.unwrap();
    assert_eq!(answer.batch_item_failures.len(), 0, "the row is gone: nothing is left to do");
    on_upload::handle(shared.app("on-upload"), event("on-upload")).await.unwrap();
    on_mail::handle(shared.app("on-mail"), event("on-mail")).await.unwrap();
    on_clock::handle(shared.app("on-clock"), event("on-clock")).await.unwrap();

    let settings = SignUpSettings::from_vars(|name| {
        (name == "CASEMENT_TABLE").then(|| casement::aws::schema::TABLE.to_owned())
    });
    let door = Door::new(settings.unwrap(), Clock::system(), &aws(&host));
    let refused = on_sign_up::handle(door, event("on-sign-up")).await;
    assert!(matches!(refused, Err(on_sign_up::Refused::NotInvited)));
    let nothing = on_change::handle(
        shared.app("on-change"),
        serde_json::from_value(json!({ "Records": [] })).unwrap(),
    );
    assert!(nothing.await.unwrap().batch_item_failures.is_empty());
    host.shutdown().await;
}
