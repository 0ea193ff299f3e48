use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use shared::id::InvitationId;
use shared::mac::Macs;
use shared::mailer::{Mail, Mailer};

use super::*;
use crate::backup::{BackupOptions, backup};

async fn host(data: &Path) -> Running {
    start(Options::throw_away(data.to_owned())).await.unwrap()
}

async fn token(host: &Running, who: Value) -> String {
    let url = format!("{}/dev/token", host.api_url);
    let answer = reqwest::Client::new().post(url).json(&who).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn status(host: &Running, path: &str, token: &str) -> u16 {
    let url = format!("{}{path}", host.api_url);
    reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_token_of_the_development_sign_in_is_good_for_the_api_and_others_are_not() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let good = token(&host, json!({"email": "ada@example.org"})).await;
    assert_eq!(status(&host, "/v1/cases", &good).await, 200);
    for (who, refusal) in [
        (json!({"email": "ada@example.org", "scope": "openid"}), 403),
        (json!({"email": "ada@example.org", "aud": "another"}), 401),
        (json!({"email": "ada@example.org", "expires_in": 0}), 401),
    ] {
        let token = token(&host, who.clone()).await;
        assert_eq!(status(&host, "/v1/cases", &token).await, refusal, "{who}");
    }
    let cut = good.get(..good.len() - 3).unwrap();
    assert_eq!(status(&host, "/v1/cases", cut).await, 401);
    assert_eq!(status(&host, "/v1/nowhere", &good).await, 404);
    host.shutdown().await;
}

#[tokio::test]
async fn people_stay_who_they_are_when_the_port_changes() {
    let data = tempfile::tempdir().unwrap();
    let first = host(data.path()).await;
    let issuer = first.issuer.clone();
    let old = token(&first, json!({"email": "ada@example.org"})).await;
    let port = first.api_url.clone();
    first.shutdown().await;

    let second = host(data.path()).await;
    assert_ne!(second.api_url, port);
    assert_eq!(second.issuer, issuer);
    assert_eq!(status(&second, "/v1/cases", &old).await, 200);
    second.shutdown().await;
}

#[tokio::test]
async fn what_is_in_use_is_refused_in_one_sentence() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = host(data.path()).await;
    let refusal = |options| async { start(options).await.err().unwrap().to_string() };

    let text = refusal(Options::throw_away(data.path().to_owned())).await;
    assert!(text.ends_with("is in use by another process"), "{text}");
    let mut options = Options::throw_away(other.path().to_owned());
    options.listen = host.api_url.strip_prefix("http://").unwrap().parse().unwrap();
    let text = refusal(options).await;
    assert!(text.ends_with("another process uses this port"), "{text}");
    host.shutdown().await;
}

#[tokio::test]
async fn a_function_that_runs_by_itself_finds_everything_by_the_file() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = elsewhere.path().join("functions.env");
    let mut options = Options::throw_away(data.path().to_owned());
    options.env_file = Some(file.clone());
    let host = start(options).await.unwrap();

    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds keys");
    let text = std::fs::read_to_string(&file).unwrap();
    let said = |name: &str| {
        let mut values = text.lines().filter_map(|line| line.split_once('='));
        values.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    };
    let settings = Settings::from_vars(said).unwrap();
    let aws = Aws::from_vars(said).unwrap();
    let (table, bucket) = (settings.table.clone(), settings.bucket.clone());
    aws.dynamodb().describe_table().table_name(table).send().await.unwrap();
    let no_file = aws.s3().head_object().bucket(bucket).key("cases/none").send().await;
    assert!(no_file.unwrap_err().into_service_error().is_not_found(), "it may look");
    let macs = [settings.key.clone(), settings.target_key.clone().unwrap()];
    for key in macs {
        Macs::new(aws.kms(), key)
            .token(InvitationId::new(jiff::Timestamp::UNIX_EPOCH), 1)
            .await
            .unwrap();
    }
    let mailer = Mailer::new(aws.ses(), settings.mail_from, settings.mail_set);
    let to = "ada@example.org".parse().unwrap();
    let text = || "Hello".to_owned();
    let mail = Mail { to: &to, subject: text(), text: text(), html: text(), tags: Vec::new() };
    mailer.send(mail).await.unwrap();
    let mails = format!("{}/mail.json?to=ada@example.org", host.api_url);
    let mails: Value = reqwest::get(mails).await.unwrap().json().await.unwrap();
    assert_eq!(mails[0]["subject"], "Hello");
    host.shutdown().await;
}

#[tokio::test]
async fn anyone_is_anyone_on_loopback_only() {
    let data = tempfile::tempdir().unwrap();
    let mut options = Options::throw_away(data.path().to_owned());
    options.listen = "0.0.0.0:0".parse().unwrap();
    let refusal = start(options.clone()).await.err().unwrap();
    assert!(matches!(refusal, StartError::NotLoopback(_)), "{refusal}");
    options.dev_sign_in = false;
    let refusal = start(options).await.err().unwrap();
    assert!(matches!(refusal, StartError::NoIssuer(_)), "{refusal}");
}

#[tokio::test]
async fn a_backup_of_a_running_host_is_a_data_directory() {
    let (data, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let running = host(data.path()).await;
    let options = BackupOptions { data: data.path().to_owned(), to: copies.path().join("copy") };
    backup(&options).unwrap();
    assert!(backup(&options).unwrap_err().to_string().contains("is not empty"));

    let copy = host(&options.to).await;
    assert_eq!(copy.issuer, running.issuer);
    let token = token(&running, json!({"email": "ada@example.org"})).await;
    assert_eq!(status(&copy, "/v1/cases", &token).await, 200);
    copy.shutdown().await;
    running.shutdown().await;
}

#[tokio::test]
async fn the_mailbox_is_for_those_who_ask_for_this_host() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let url = format!("{}/mail.json", host.api_url);
    let ask = |name: &'static str| {
        let request = reqwest::Client::new().get(&url).header("host", name);
        async { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(ask("rebound.example").await, 421);
    assert_eq!(reqwest::get(&url).await.unwrap().json::<Value>().await.unwrap(), json!([]));
    host.shutdown().await;
}
