//! `on-sign-up` beside a running host: who may have an account while only those invited may.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use casement::client::{Call, Client, Reply};
use casement::host::{self, Running};
use casement::options::Options;
use jiff::SignedDuration;
use on_sign_up::Refused;
use serde_json::{Value, json};
use shared::app::Door;
use shared::aws::Aws;
use shared::clock::Clock;
use shared::settings::SignUpSettings;

const OPERATOR: &str = "op@casement.test";

/// A host, and the door to its table.
struct Site {
    host: Running,
    client: Client,
    door: Door,
    _data: tempfile::TempDir,
}

impl Site {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = Options::throw_away(data.path().join("data"));
        OPERATOR.clone_into(&mut options.operators);
        options.record_calls = record();
        let host = host::start(options).await.unwrap();
        let client = Client::new(&host.api_url).unwrap();
        let door = door(&host, "invited");
        Self { host, client, door, _data: data }
    }

    async fn person(&self, email: &str) -> Client {
        self.client.dev_sign_in(email, Some("Somebody")).await.unwrap()
    }

    /// What Cognito is told when somebody with this address signs up.
    async fn sign_up(&self, email: &str) -> Result<Value, Refused> {
        sign_up(&self.door, email).await
    }
}

/// Where the calls are to be recorded, if they are; see `infra/calls`.
fn record() -> Option<PathBuf> {
    std::env::var_os("CASEMENT_RECORD_CALLS").map(PathBuf::from)
}

/// The door to the table of `host`.
fn door(host: &Running, sign_up: &str) -> Door {
    let aws = Aws::from_vars(|name| match name {
        "AWS_ENDPOINT_URL" => Some(host.dynamodb_url().to_owned()),
        "AWS_REGION" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "AWS_ACCESS_KEY_ID" => Some("on-sign-up".to_owned()),
        _ => None,
    });
    let settings = SignUpSettings::from_vars(|name| {
        Some(match name {
            "CASEMENT_TABLE" => casement::aws::schema::TABLE.to_owned(),
            "CASEMENT_OPERATORS" => OPERATOR.to_owned(),
            _ => sign_up.to_owned(),
        })
    });
    Door::new(settings.unwrap(), Clock::test(), &aws.unwrap())
}

async fn sign_up(door: &Door, email: &str) -> Result<Value, Refused> {
    let event = json!({
        "version": "1",
        "triggerSource": "PreSignUp_SignUp",
        "userName": "0f5e6f0c",
        "request": { "userAttributes": { "email": email }, "validationData": null },
        "response": { "autoConfirmUser": false },
    });
    on_sign_up::handle(door.clone(), event).await
}

fn made(reply: Reply) -> Value {
    assert!((200..300).contains(&reply.status), "{}", reply.refusal());
    reply.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_is_invited_a_member_or_an_operator_signs_up() {
    let site = Site::start().await;
    assert!(matches!(site.sign_up("eve@else.test").await, Err(Refused::NotInvited)));
    assert!(matches!(site.sign_up("nobody").await, Err(Refused::NoAddress)));
    assert!(site.sign_up(OPERATOR).await.is_ok());

    let operator = site.person(OPERATOR).await;
    let body = json!({ "id": "acme", "name": "Acme", "admin": "ada@acme.test" });
    made(operator.send(&Call::post("/v1/orgs", body)).await.unwrap());
    assert!(site.sign_up("Ada@ACME.test").await.is_ok(), "invited to be the admin of an org");

    let ada = site.person("ada@acme.test").await;
    let waiting = ada.all("/v1/invitations").await.unwrap();
    let id = waiting[0]["id"].as_str().unwrap();
    let accept = Call::post(format!("/v1/invitations/{id}/accept"), json!({ "name": "Ada" }));
    made(ada.send(&accept).await.unwrap());
    assert!(site.sign_up("ada@acme.test").await.is_ok(), "a member, whose invitation is used");

    let case = made(
        ada.send(&Call::post("/v1/cases", json!({ "title": "A leak", "org": "acme" })))
            .await
            .unwrap(),
    );
    let case = case["id"].as_str().unwrap();
    let share = json!({ "recipients": ["email:gus@else.test"], "role": "viewer" });
    made(ada.send(&Call::post(format!("/v1/cases/{case}/shares"), share)).await.unwrap());
    assert!(site.sign_up("gus@else.test").await.is_ok(), "invited to a case");

    let group =
        made(ada.send(&Call::post("/v1/groups", json!({ "name": "Friends" }))).await.unwrap());
    let group = group["id"].as_str().unwrap();
    let emails = json!({ "emails": ["hal@else.test"] });
    made(ada.send(&Call::post(format!("/v1/groups/{group}/members"), emails)).await.unwrap());
    assert!(site.sign_up("hal@else.test").await.is_ok(), "invited to a group");

    site.door.clock.advance(SignedDuration::from_hours(24 * 366));
    assert!(site.sign_up("ada@acme.test").await.is_ok(), "a member stays one");
    for over in ["gus@else.test", "hal@else.test", "eve@else.test"] {
        assert!(matches!(site.sign_up(over).await, Err(Refused::NotInvited)), "{over}");
    }
    assert!(sign_up(&door(&site.host, "open"), "eve@else.test").await.is_ok(), "open to everybody");
    site.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_gets_the_address_and_everything_else_goes_back_as_it_came() {
    let site = Site::start().await;
    let event = json!({
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "request": {
            "userAttributes": { "sub": "1", "email": "ada@acme.test", "email_verified": "true" },
            "scopes": ["casement/api"],
        },
        "response": { "claimsAndScopeOverrideDetails": null },
    });
    let answered = on_sign_up::handle(site.door.clone(), event.clone()).await.unwrap();
    assert_eq!(
        answered.pointer("/response/claimsAndScopeOverrideDetails/accessTokenGeneration"),
        Some(&json!({
            "claimsToAddOrOverride": { "email": "ada@acme.test", "email_verified": "true" },
        })),
    );
    assert_eq!(answered["request"], event["request"]);

    let by_admin = json!({
        "triggerSource": "PreSignUp_AdminCreateUser",
        "request": { "userAttributes": { "email": "eve@else.test" } },
        "response": {},
    });
    let answered = on_sign_up::handle(site.door.clone(), by_admin.clone()).await.unwrap();
    assert_eq!(answered, by_admin, "an administrator of the pool makes whom they want");
    let odd = on_sign_up::handle(site.door.clone(), json!(["no", "event"])).await;
    assert!(matches!(odd, Err(Refused::Odd(_))));
    site.host.shutdown().await;
}
