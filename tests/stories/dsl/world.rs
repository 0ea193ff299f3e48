//! A world: a host, and names that nobody else on it has.

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::BuildHasher;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use super::host::{desk, operators};
use super::{Ask, Host, Mail, Org, Person};

/// How long a story waits for what comes by itself. An emulator of AWS takes its time.
fn patience() -> Duration {
    Duration::from_secs(if desk().is_some() { 150 } else { 30 })
}

/// One at a time moves the clock.
static TURN: Mutex<()> = Mutex::const_new(());

enum On {
    Shared(&'static Host),
    Clock(&'static Host, #[expect(dead_code, reason = "held until the story ends")] Turn),
    Own(Box<Host>),
}

type Turn = MutexGuard<'static, ()>;

struct Inner {
    on: On,
    client: Client,
    /// Where tokens, mail and waiting come from.
    desk: String,
    tag: String,
    /// Raised when time moves: tokens of before may be over.
    era: AtomicU64,
    made: AtomicUsize,
}

/// A host, and names that nobody else on it has.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

impl World {
    /// A world on the host of all stories.
    pub(crate) async fn new() -> Self {
        Self::on(On::Shared(tokio::task::spawn_blocking(Host::shared).await.unwrap()))
    }

    /// A world whose time can be moved, alone on its host while the story lasts.
    pub(crate) async fn with_clock(story: &str) -> Option<Self> {
        let Some(host) = tokio::task::spawn_blocking(Host::with_clock).await.unwrap() else {
            skipped(story, "needs the local host's clock");
            return None;
        };
        let turn = TURN.lock().await;
        Some(Self::on(On::Clock(host, turn)))
    }

    /// A world on a host of its own, started with more options.
    pub(crate) async fn on_own_host(story: &'static str, more: &'static [&str]) -> Option<Self> {
        let host = tokio::task::spawn_blocking(|| Host::own(story, more)).await.unwrap();
        if host.is_none() {
            skipped(story, "needs a local host of its own");
        }
        host.map(|host| Self::on(On::Own(Box::new(host))))
    }

    /// A world whose tokens say whatever a story wants; a user pool says what is true.
    pub(crate) async fn with_any_tokens(story: &str) -> Option<Self> {
        if desk().is_some() {
            skipped(story, "needs an issuer whose tokens say anything");
            return None;
        }
        Some(Self::new().await)
    }

    /// A world whose host serves the pages, too.
    pub(crate) async fn with_pages(story: &str) -> Option<Self> {
        if desk().is_some() {
            skipped(story, "needs a host that serves the pages");
            return None;
        }
        Some(Self::new().await)
    }

    fn on(on: On) -> Self {
        let random = RandomState::new().hash_one("world");
        let tag = format!("{random:016x}");
        let host = match &on {
            On::Shared(host) | On::Clock(host, _) => host,
            On::Own(host) => host.as_ref(),
        };
        let mut client = Client::builder().timeout(patience());
        if host.url.starts_with("http://") {
            // Nothing here needs a certificate, and reading those of the system takes longer than
            // many a story.
            client = client.tls_certs_only([]);
        }
        let client = client.build().unwrap();
        let desk = desk().unwrap_or_else(|| host.url.clone());
        Self(Arc::new(Inner { on, client, desk, tag, era: 0.into(), made: 0.into() }))
    }

    /// The host.
    pub(crate) fn host(&self) -> &Host {
        match &self.0.on {
            On::Shared(host) | On::Clock(host, _) => host,
            On::Own(host) => host,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.host().url
    }

    /// Where tokens, mail and waiting come from: the host itself, or a desk beside a deployment.
    pub(super) fn desk(&self) -> &str {
        &self.0.desk
    }

    /// Whether what is asked is an emulated gateway: it sends no `www-authenticate`, hands on bytes
    /// that are no UTF-8 as text that is, and refuses no body for its size.
    #[expect(clippy::unused_self, reason = "the host is what is emulated")]
    pub(crate) fn is_emulated(&self) -> bool {
        desk().is_some()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn era(&self) -> u64 {
        self.0.era.load(Ordering::SeqCst)
    }

    /// A name that nobody else has: `name`, a number, and what is special to this world.
    pub(crate) fn unique(&self, name: &str) -> String {
        let number = self.0.made.fetch_add(1, Ordering::SeqCst);
        format!("{name}{number}-{}", self.0.tag)
    }

    /// Somebody with a verified address at a domain of their own, known to nobody yet.
    pub(crate) fn person(&self, name: &str) -> Person {
        let address = format!("{name}@{}.example", self.unique(name));
        Person::new(self, name, &address)
    }

    /// Somebody with this address.
    pub(crate) fn person_at(&self, name: &str, address: &str) -> Person {
        Person::new(self, name, address)
    }

    /// An operator of the host: in one world always the same one.
    pub(crate) fn operator(&self) -> Person {
        let operators = operators();
        let operators: Vec<_> = operators.split(',').collect();
        let pick = usize::from_str_radix(&self.0.tag[..8], 16).unwrap() % operators.len();
        Person::new(self, "operator", operators[pick].trim())
    }

    /// A new org with its first admin, who is invited and accepts.
    pub(crate) async fn org(&self, name: &str) -> Org {
        Org::found(self, name).await
    }

    /// A request of nobody.
    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(self, method, path)
    }

    /// A `POST` of nobody.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Ask {
        self.ask(Method::POST, path).json(body)
    }

    /// A page or an extra of the local host, as text.
    pub(crate) async fn page(&self, path: &str) -> String {
        self.try_page(path).await.unwrap_or_else(|| panic!("{path}: no answer"))
    }

    /// The same, from a host that may die while it answers.
    pub(super) async fn try_page(&self, path: &str) -> Option<String> {
        let url = format!("{}{path}", self.desk());
        let response = self.client().get(url).send().await.ok()?;
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.text().await.ok()
    }

    /// Waits until the host has handled all events so far.
    pub(crate) async fn settle(&self) {
        self.page("/_local/settle").await;
    }

    /// Moves the host's time on.
    pub(crate) async fn pass(&self, seconds: i64) {
        let url = format!("{}/_local/clock", self.url());
        let body = json!({ "advance_seconds": seconds }).to_string();
        let request = self.client().post(url).header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "the clock: {}", answer.status());
        self.0.era.fetch_add(1, Ordering::SeqCst);
        self.settle().await;
    }

    /// All mail to an address so far, after everything has been handled.
    pub(crate) async fn all_mail_to(&self, address: &str) -> Vec<Mail> {
        self.settle().await;
        Mail::to(self, address).await
    }

    /// The newest mail to an address; waits for the first.
    pub(crate) async fn mail_to(&self, address: &str) -> Mail {
        self.nth_mail_to(address, 1).await
    }

    /// The mail to an address after `n - 1` others; waits for it.
    pub(crate) async fn nth_mail_to(&self, address: &str, n: usize) -> Mail {
        self.wait(&format!("mail {n} to {address}"), async || {
            Mail::to(self, address).await.into_iter().nth(n - 1)
        })
        .await
    }

    /// The first mail to an address that is no invitation; waits for it. Whether an invitation
    /// was mailed before it was accepted in the app is a matter of chance.
    pub(crate) async fn letter_to(&self, address: &str) -> Mail {
        self.wait(&format!("a letter to {address}"), async || {
            Mail::to(self, address).await.into_iter().find(|mail| !mail.says("/i#"))
        })
        .await
    }

    /// Asks again and again until there is something.
    pub(crate) async fn wait<T>(&self, what: impl Display, ask: impl AsyncFn() -> Option<T>) -> T {
        let since = tokio::time::Instant::now();
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            assert!(since.elapsed() < patience(), "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }
}

/// Says that a story was not told, past the capture of the test harness.
pub(crate) fn skipped(story: &str, why: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    drop(writeln!(std::io::stderr(), "skipped: {story} ({why}); {count} skipped so far"));
}
