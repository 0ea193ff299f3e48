//! A small world in memory that strangers send things to.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::aws::Patience;
use tokio::runtime::{Builder, Runtime};
use wire::{Actor, Answer, Engine, Hand, Person, Reply, Sent, Wire, World, text};

/// After so many inputs the world is made anew: what they leave in it must not slow down the rest.
const PATIENCE: u32 = 2_000;

/// Nobody waits long here for what does not come.
const HASTE: Patience = Patience {
    one_try: Duration::from_millis(200),
    all_tries: Duration::from_millis(400),
    pause: Duration::from_millis(1),
};

/// DynamoDB and KMS are there, which says yes to every MAC, and S3 and SES are down, or say yes to everything.
fn hand() -> Arc<dyn Hand> {
    Arc::new(|sent: Sent, engine: Engine| {
        let reply = match sent.operation.as_str() {
            "VerifyMac" => Reply::json(200, &json!({ "MacValid": true })),
            "" if DOWN.get() => Reply::Lost,
            "" => Reply::json(200, &json!({ "MessageId": "0102" })),
            operation => engine.call(operation, &sent.body),
        };
        let reply: std::pin::Pin<Box<dyn Future<Output = Reply> + Send>> =
            Box::pin(async { reply });
        reply
    })
}

/// An org, its admin, a case with something in it, and a table.
#[derive(Clone)]
pub struct Scene {
    /// Admin of the org.
    pub admin: Actor,
    /// The org.
    pub org: String,
    /// Its case.
    pub case: String,
    /// The ids of what is in the case, and of whom and what it is shared with.
    pub things: Vec<String>,
    /// Over which everything goes.
    pub wire: Wire,
}

impl Scene {
    async fn of(world: &World) -> Self {
        let org = "acme".to_owned();
        let _ = world.org(&org).await;
        let wire = Wire::new(&world.engine, hand()).with_patience(HASTE);
        let admin = Actor::new(&Person::new("admin-acme"), &wire);
        let case = world.case(&admin, &org, "Phishing wave").await;
        let scene = Self { admin, org, case, things: Vec::new(), wire };
        Self { things: scene.filled().await, ..scene }
    }

    /// Puts something into each section, and shares the case. The ids.
    async fn filled(&self) -> Vec<String> {
        let mut things = vec![
            self.adds("comments", json!({ "text": "One" })).await,
            self.adds("contact", json!({ "name": "Eve Example" })).await,
            self.adds("tasks", json!({ "title": "Call" })).await,
        ];
        let file = json!({ "name": "a.txt", "size": 1, "sha256": "0".repeat(64) });
        for (path, body) in [
            (format!("/cases/{}/observables", self.case), json!({ "lines": "192.0.2.1" })),
            (format!("/cases/{}/targets", self.case), json!({ "lines": "desk@acme.example" })),
            (
                format!("/cases/{}/shares", self.case),
                json!({ "recipients": ["email:gus@guest.example"], "role": "viewer" }),
            ),
            (format!("/cases/{}/attachments", self.case), file),
            ("/groups".to_owned(), json!({ "name": "Night shift" })),
            (format!("/orgs/{}/units", self.org), json!({ "name": "Unit 7" })),
            (
                format!("/orgs/{}/members", self.org),
                json!({ "email": "new@acme.example", "kind": "normal", "profile": "analyst" }),
            ),
        ] {
            let told = self.admin.send("POST", &path, body).await;
            let made =
                [&told.body["id"], &told.body["items"][0]["id"], &told.body["attachment"]["id"]];
            let id = made.into_iter().find_map(Value::as_str);
            things.push(id.unwrap_or_else(|| panic!("{path}: {told}")).to_owned());
        }
        things
    }

    /// A text in which `@0`, `@1` and so on are the ids of things.
    #[must_use]
    pub fn named(&self, text: &str) -> String {
        let things = self.things.iter().enumerate();
        things.fold(text.to_owned(), |text, (n, id)| text.replace(&format!("@{n}"), id))
    }

    /// Whether the admin still has the case.
    pub async fn stands(&self) -> bool {
        let path = format!("/cases/{}", self.case);
        self.admin.ask_text("GET", &path, None, &[]).await.status == 200
    }

    /// Adds something to the case. Its id.
    pub async fn adds(&self, section: &str, body: Value) -> String {
        let path = format!("/cases/{}/{section}", self.case);
        text(&self.admin.send("POST", &path, body).await.is(201), "id")
    }
}

thread_local! {
    static DOWN: Cell<bool> = const { Cell::new(true) };
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    static SCENE: RefCell<(u32, Option<Arc<Scene>>)> = const { RefCell::new((0, None)) };
}

/// Whether S3 and SES are down for what comes.
pub fn down(down: bool) {
    DOWN.set(down);
}

/// The next input is played in a world that is made anew.
pub fn begin_anew() {
    SCENE.with_borrow_mut(|(_, scene)| *scene = None);
}

/// Plays an input in the scene.
pub fn play<F: Future<Output = ()>>(input: impl FnOnce(Arc<Scene>) -> F) {
    RUNTIME.with(|runtime| {
        let scene = SCENE.with_borrow_mut(|(turn, scene)| {
            *turn += 1;
            if turn.is_multiple_of(PATIENCE) {
                *scene = None;
            }
            let make = || Arc::new(runtime.block_on(Scene::of(&World::new())));
            Arc::clone(scene.get_or_insert_with(make))
        });
        runtime.block_on(input(scene));
    });
}

/// An answer that a stranger may get. Not that the service has a fault; 503 is for S3, which is down.
#[track_caller]
pub fn proper(answer: &Answer) {
    let odd = answer.status == 500 || answer.status < 200;
    assert!(!odd, "{answer}");
    if 400 <= answer.status && answer.status != 404 {
        assert!(answer.body["code"].is_string() || answer.body["message"].is_string(), "{answer}");
    }
}

/// Text in the percent encoding of URLs.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut to, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            let _ = write!(to, "%{byte:02X}");
        }
        to
    })
}
