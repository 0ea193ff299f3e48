//! The service, over HTTP: a host of its own, a world in it, and the requests to be measured.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A one-machine host, stopped and forgotten at the end.
pub(crate) struct Host {
    child: Child,
    data: tempfile::TempDir,
    api: String,
    /// Where its embedded engine answers.
    pub(crate) dynamodb: String,
    client: Client,
}

impl Drop for Host {
    fn drop(&mut self) {
        // It is of no use any more, whatever it says.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Host {
    /// Starts the host that was built beside this program.
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let binary = std::env::current_exe()?.with_file_name("casement");
        if !binary.exists() {
            return Err(format!("build the host first: there is no `{}`", binary.display()).into());
        }
        let data = tempfile::tempdir()?;
        let announce: PathBuf = data.path().join("announce.json");
        let child = Command::new(binary)
            .arg("serve")
            .arg("--data")
            .arg(data.path().join("data"))
            .args(["--listen", "127.0.0.1:0", "--files-listen", "127.0.0.1:0"])
            .args(["--dev-sign-in", "--operators", "op@casement.test", "--announce"])
            .arg(&announce)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut host = Self {
            child,
            data,
            api: String::new(),
            dynamodb: String::new(),
            client: Client::new(),
        };
        for _ in 0..300 {
            if let Ok(text) = std::fs::read_to_string(&announce) {
                let said: Value = serde_json::from_str(&text)?;
                host.api = text_of(&said, "api")?;
                host.dynamodb = text_of(&said, "dynamodb")?;
                return Ok(host);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("the host in `{}` did not start", host.data.path().display()).into())
    }

    async fn token(&self, email: &str) -> Result<String, Box<dyn Error>> {
        let said: Value = self
            .client
            .post(format!("{}/dev/token", self.api))
            .json(&json!({"email": email, "name": "Bench"}))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        text_of(&said, "access_token")
    }

    async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Value, Box<dyn Error>> {
        let mut request =
            self.client.request(method.clone(), format!("{}{path}", self.api)).bearer_auth(token);
        if method != Method::GET {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("{method} {path}: {status} {text}").into());
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Accepts the invitation that waits for `email`, once it is there.
    async fn join(&self, email: &str) -> Result<String, Box<dyn Error>> {
        let token = self.token(email).await?;
        for _ in 0..100 {
            let waiting = self.call(&token, Method::GET, "/v1/invitations", Value::Null).await?;
            if let Some(id) = waiting.pointer("/items/0/id").and_then(Value::as_str) {
                let path = format!("/v1/invitations/{id}/accept");
                self.call(&token, Method::POST, &path, json!({})).await?;
                return Ok(token);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("no invitation came for {email}").into())
    }

    /// An org with an analyst, a colleague for each share, and `cases` cases.
    pub(crate) async fn fill(&self, cases: usize) -> Result<World, Box<dyn Error>> {
        let operator = self.token("op@casement.test").await?;
        let org = json!({"id": "bench", "name": "Bench", "admin": "admin@bench.test"});
        self.call(&operator, Method::POST, "/v1/orgs", org).await?;
        let admin = self.join("admin@bench.test").await?;
        let member = json!({"email": "ben@bench.test", "profile": "analyst"});
        self.call(&admin, Method::POST, "/v1/orgs/bench/members", member).await?;
        self.join("ben@bench.test").await?;
        let admin = Arc::new(admin);
        let made: Vec<Result<String, String>> = stream::iter(0..cases)
            .map(|number| {
                let admin = admin.clone();
                async move {
                    let case = json!({
                        "org": "bench",
                        "title": format!("Case {number}"),
                        "description": "A case as long as cases are. ".repeat(20),
                        "tags": ["bench"],
                    });
                    let made = self.call(&admin, Method::POST, "/v1/cases", case).await;
                    let made = made.map_err(|error| error.to_string())?;
                    text_of(&made, "id").map_err(|error| error.to_string())
                }
            })
            .buffer_unordered(16)
            .collect()
            .await;
        let cases = made.into_iter().collect::<Result<Vec<_>, _>>()?;
        let me = self.call(&admin, Method::GET, "/v1/me", Value::Null).await?;
        Ok(World {
            api: self.api.clone().into(),
            client: self.client.clone(),
            admin: admin.as_str().into(),
            user: text_of(&me, "user")?,
            cases: cases.into(),
        })
    }
}

/// An org with many cases.
pub(crate) struct World {
    api: Arc<str>,
    client: Client,
    admin: Arc<str>,
    /// The admin's id.
    pub(crate) user: String,
    /// The cases' ids.
    pub(crate) cases: Arc<[String]>,
}

impl World {
    /// A check with its content: the comments of one case.
    pub(crate) fn check(&self, turn: usize) -> impl Future<Output = bool> + Send + 'static + use<> {
        let case = pick(&self.cases, turn);
        self.send(Method::GET, &format!("/v1/cases/{case}/comments"), None)
    }

    /// Opens one case, which also reads how it stands to its reader and remembers that they opened it.
    pub(crate) fn open(&self, turn: usize) -> impl Future<Output = bool> + Send + 'static + use<> {
        let case = pick(&self.cases, turn);
        self.send(Method::GET, &format!("/v1/cases/{case}"), None)
    }

    /// A page of 25 cases.
    pub(crate) fn list(&self) -> impl Future<Output = bool> + Send + 'static + use<> {
        self.send(Method::GET, "/v1/cases?limit=25", None)
    }

    /// Shares a case with a colleague; each turn another case, as far as there are cases.
    pub(crate) fn share(&self) -> impl Future<Output = bool> + Send + 'static + use<> {
        // The turns go on over all figures: a case is shared once only.
        static TURN: AtomicUsize = AtomicUsize::new(0);
        let case = pick(&self.cases, TURN.fetch_add(1, Ordering::Relaxed));
        let body = json!({"recipients": ["email:ben@bench.test"], "role": "viewer"});
        self.send(Method::POST, &format!("/v1/cases/{case}/shares"), Some(body))
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> impl Future<Output = bool> + Send + 'static + use<> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.api)).bearer_auth(&self.admin);
        if let Some(body) = body {
            request = request.json(&body);
        }
        async move {
            let Ok(answer) = request.send().await else { return false };
            let status = answer.status();
            answer.bytes().await.is_ok() && status.is_success()
        }
    }
}

/// One of `cases`, another one each turn, spread over all of them.
pub(crate) fn pick(cases: &[String], turn: usize) -> String {
    // 7,919 is a prime: the turns visit every case once before they visit one again.
    let at = turn.wrapping_mul(7_919) % cases.len().max(1);
    cases.get(at).cloned().unwrap_or_default()
}

fn text_of(value: &Value, name: &str) -> Result<String, Box<dyn Error>> {
    let text = value.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("`{name}` is missing in {value}").into())
}
