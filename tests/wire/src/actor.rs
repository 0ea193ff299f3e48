//! Somebody who calls the functions, as the gateway hands their requests over.

use std::fmt;
use std::sync::LazyLock;

use axum::Router;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Service};
use serde_json::{Map, Value, json};
use shared::app::{App, Door};
use shared::aws::Aws;
use shared::clock::Clock;
use shared::id::UserId;
use shared::settings::{Settings, SignUpSettings};

use crate::Wire;

/// The functions, merged. Making them takes longer than most requests here.
static FUNCTIONS: LazyLock<Router<App>> =
    LazyLock::new(|| shared::http::served(casement::functions::routes().into_router()));

const ISSUER: &str = "https://issuer.example";
const OPERATOR: &str = "olga@operators.example";

/// A person with a verified address, as their token tells.
#[derive(Clone, Debug)]
pub struct Person {
    name: String,
}

impl Person {
    /// Somebody of this name, a word in lower case.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// The operator, who makes orgs.
    #[must_use]
    pub fn operator() -> Self {
        Self::new("olga")
    }

    /// Their address.
    #[must_use]
    pub fn address(&self) -> String {
        if self.name == "olga" {
            OPERATOR.to_owned()
        } else {
            format!("{0}@{0}.example", self.name)
        }
    }

    /// Their id.
    #[must_use]
    pub fn user(&self) -> UserId {
        UserId::of(ISSUER, &self.name)
    }

    fn claims(&self) -> Value {
        json!({
            "iss": ISSUER,
            "sub": self.name,
            "token_use": "access",
            "email": self.address(),
            "email_verified": "true",
            "name": self.name,
        })
    }
}

/// What the functions are given where their requests go over `wire`.
///
/// # Panics
///
/// If the settings are wrong.
#[must_use]
pub fn app(wire: &Wire) -> App {
    app_at(wire, Clock::system())
}

fn app_at(wire: &Wire, clock: Clock) -> App {
    let aws = aws(wire);
    let settings = Settings::from_vars(|name| {
        let value = match name {
            "CASEMENT_TABLE" => casement::aws::schema::TABLE,
            "CASEMENT_BUCKET" => casement::aws::schema::BUCKET,
            "CASEMENT_KEY" | "CASEMENT_TARGET_KEY" => "wire",
            "CASEMENT_ISSUER" => ISSUER,
            "CASEMENT_APP_URL" => "https://app.example",
            "CASEMENT_MAIL_FROM" => "casement@app.example",
            "CASEMENT_MAIL_SET" => "casement",
            "CASEMENT_OPERATORS" => OPERATOR,
            _ => return None,
        };
        Some(value.to_owned())
    });
    App::new(settings.expect("settings"), clock, &aws)
        .with_files(&aws)
        .with_macs(&aws)
        .with_targets(&aws)
        .with_mailer(&aws)
}

/// The same for `on-sign-up`, which knows less.
///
/// # Panics
///
/// If the settings are wrong.
#[must_use]
pub fn door(wire: &Wire) -> Door {
    let settings = SignUpSettings::from_vars(|name| match name {
        "CASEMENT_TABLE" => Some(casement::aws::schema::TABLE.to_owned()),
        "CASEMENT_OPERATORS" => Some(OPERATOR.to_owned()),
        _ => None,
    });
    Door::new(settings.expect("settings"), Clock::system(), &aws(wire))
}

fn aws(wire: &Wire) -> Aws {
    let aws = Aws::from_vars(|name| {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "wire",
            "AWS_ENDPOINT_URL" => "http://wire.example",
            _ => return None,
        };
        Some(value.to_owned())
    });
    aws.expect("a connection").with_http_client(wire.client()).with_patience(wire.patience())
}

/// Somebody in front of functions of their own, which share nothing but the engine with others'.
#[derive(Clone)]
pub struct Actor {
    person: Person,
    router: Router,
    wire: Wire,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Map<String, Value>,
    /// The body; `null` for none.
    pub body: Value,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

impl Answer {
    /// The body, if the status is this one.
    ///
    /// # Panics
    ///
    /// For another status.
    #[must_use]
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.body
    }
}

impl Actor {
    /// `person`, whose functions reach the table over `wire`.
    ///
    /// # Panics
    ///
    /// If the settings are wrong.
    #[must_use]
    pub fn new(person: &Person, wire: &Wire) -> Self {
        Self::at(person, wire, &Clock::system())
    }

    /// The same, for whom it is the time of `clock`.
    ///
    /// # Panics
    ///
    /// If the settings are wrong.
    #[must_use]
    pub fn at(person: &Person, wire: &Wire, clock: &Clock) -> Self {
        let router = FUNCTIONS.clone().with_state(app_at(wire, clock.clone()));
        Self { person: person.clone(), router, wire: wire.clone() }
    }

    /// Who it is.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What their functions sent.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// A request under `/v1`, without a body.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, &[]).await
    }

    /// A request under `/v1`.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, Some(body), &[]).await
    }

    /// A request under `/v1`, with further headers. As the gateway does it: the request is an
    /// event in JSON, and so is the answer.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = body.as_ref().map(Value::to_string);
        self.ask_text(method, path, body.as_deref(), headers).await
    }

    /// The same with a body that may be anything.
    ///
    /// # Panics
    ///
    /// If the event is none.
    pub async fn ask_text(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let event = self.event(method, path, body, headers).to_string();
        let request: LambdaRequest = serde_json::from_str(&event).expect("an event");
        let event = LambdaEvent::new(request, Context::default());
        let Ok(answer) = Adapter::from(self.router.clone()).call(event).await;
        let answer = serde_json::to_value(&answer).expect("an answer in JSON");
        let text = answer["body"].as_str().unwrap_or_default();
        Answer {
            status: answer["statusCode"]
                .as_u64()
                .and_then(|code| code.try_into().ok())
                .unwrap_or(0),
            headers: answer["headers"].as_object().cloned().unwrap_or_default(),
            body: serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        }
    }

    fn event(&self, method: &str, path: &str, body: Option<&str>, more: &[(&str, &str)]) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = format!("/v1{path}");
        let mut headers = json!({ "host": "api.example", "x-forwarded-proto": "https" });
        if body.is_some() {
            headers["content-type"] = json!("application/json");
        }
        for (name, value) in more {
            headers[*name] = json!(value);
        }
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "wire",
                "domainName": "api.example",
                "domainPrefix": "api",
                "requestId": "wire",
                "routeKey": "$default",
                "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000",
                "timeEpoch": 0,
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "wire",
                },
                "authorizer": { "jwt": { "claims": self.person.claims(), "scopes": ["casement/api"] } },
            },
            "body": body,
            "isBase64Encoded": false,
        })
    }
}
