//! A client: it asks until it is answered, and looks after what it was told.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::cast::Cast;
use super::facts::{Fact, Facts};
use super::{chapters, operation};
use crate::dsl::{Answer, Ask, Mail, Person, Ticket, World};

/// How long a client waits for a host that was killed, or for what comes by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often the same people play: somebody may invite sixty others an hour.
const ENCORES: usize = 6;

/// Somebody was invited too often: an address gets three invitations a day, and tries whose answers
/// were lost count, too. The play begins anew, with new people.
struct Limited;

/// What a client has to tell in the end.
pub(super) struct Told {
    /// The operations that were acknowledged.
    pub(super) done: BTreeSet<String>,
    /// How many requests had to be asked again.
    pub(super) lost: u64,
}

/// One client.
pub(super) struct Worker {
    pub(super) world: World,
    /// Which of them all.
    pub(super) number: usize,
    /// How often the host has come back.
    back: watch::Receiver<u64>,
    told: Told,
    /// How often it had come back when this client last looked after everything.
    looked: u64,
    /// What was acknowledged since.
    pub(super) facts: Facts,
    /// Who was invited by mail in this chapter, and how often the invitation was sent.
    mailed: Vec<(String, usize)>,
}

impl Worker {
    pub(super) fn new(world: &World, number: usize, back: watch::Receiver<u64>) -> Self {
        let told = Told { done: BTreeSet::new(), lost: 0 };
        let (world, facts, mailed) = (world.clone(), Facts::default(), Vec::new());
        Self { world, number, back, told, looked: 0, facts, mailed }
    }

    /// Plays one chapter after the other. The first is another one for each client, so each is
    /// played, however soon it ends.
    pub(super) async fn works(mut self, stop: Arc<AtomicBool>) -> Told {
        for season in 0.. {
            match AssertUnwindSafe(self.season(season, &stop)).catch_unwind().await {
                Ok(()) => {}
                Err(thrown) if thrown.is::<Limited>() => {
                    (self.facts, self.mailed) = (Facts::default(), Vec::new());
                }
                Err(amiss) => resume_unwind(amiss),
            }
            if stop.load(Ordering::SeqCst) {
                break;
            }
        }
        self.told
    }

    async fn season(&mut self, season: usize, stop: &AtomicBool) {
        let cast = Cast::gather(self, season).await;
        self.chapter_ends().await;
        for turn in 0..chapters::COUNT * ENCORES {
            let chapter = turn + self.number;
            chapters::play(self, &cast, chapter).await;
            self.chapter_ends().await;
            if stop.load(Ordering::SeqCst) {
                return self.look_after().await;
            }
        }
    }

    pub(super) async fn post(&mut self, who: &Person, path: &str, body: Value) -> Value {
        self.act(who, Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&mut self, who: &Person, path: &str, body: Value) -> Value {
        self.act(who, Method::PUT, path, Some(body)).await
    }

    pub(super) async fn patch(&mut self, who: &Person, path: &str, body: Value) -> Value {
        self.act(who, Method::PATCH, path, Some(body)).await
    }

    pub(super) async fn delete(&mut self, who: &Person, path: &str) {
        self.act(who, Method::DELETE, path, None).await;
    }

    /// Asks until it is answered: the same request, with the same key.
    async fn act(
        &mut self,
        who: &Person,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        self.look_after().await;
        let key = self.world.unique("kill");
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            let seen = *self.back.borrow();
            let ask = who.ask(method.clone(), path);
            let ask = body.iter().fold(ask, |ask: Ask, body| ask.json(body));
            let ask = if method == Method::POST { ask.key(&key) } else { ask };
            if let Some(answer) = ask.try_send().await {
                break answer;
            }
            self.told.lost += 1;
            self.waits(seen).await;
        };
        if answer.status == 429 && answer.json["code"] == "mail_limit" {
            resume_unwind(Box::new(Limited));
        }
        // What was deleted by a try whose answer was lost is not there for the next.
        let gone = method == Method::DELETE && 1 < tries && answer.status == 404;
        let good = (200..300).contains(&answer.status) || gone;
        assert!(good, "try {tries} of {} {method} {path} {body:?}: {answer}", who.name());
        self.told.done.insert(operation(method.as_str(), &format!("/v1{path}")));
        answer.json
    }

    /// Looks whether all is as it was told, if the host has been killed since.
    async fn look_after(&mut self) {
        let back = *self.back.borrow();
        if self.looked < back {
            for (who, path, part, fact) in self.facts.all() {
                self.verify(who, path, part, fact).await;
            }
            self.facts.settle();
            self.looked = back;
        }
    }

    async fn verify(&self, who: &Person, path: &str, part: &str, fact: &Fact) {
        match fact {
            Fact::Is(value) => {
                let found = self.read(who, path).await.ok();
                assert_eq!(found.pointer(part), Some(value), "{path} {part}: {found}");
            }
            Fact::Status(status) => drop(self.read(who, path).await.is(*status)),
            Fact::Lists(entries) => {
                let found = self.all(who, path).await;
                let found: Vec<_> = found.iter().map(|entry| text(&entry["id"])).collect();
                let once: BTreeSet<_> = found.iter().cloned().collect();
                assert_eq!((&once, found.len()), (entries, entries.len()), "{path}: {found:?}");
            }
            Fact::Events => self.verify_events(who, path).await,
        }
    }

    /// Each change of who has a case has its event, once.
    async fn verify_events(&self, who: &Person, case: &str) {
        let etag = self.read(who, &format!("{case}/access")).await.is(200).etag();
        let version: usize = etag.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        let events = self.all(who, &format!("{case}/history")).await;
        let ids = events.iter().filter_map(|event| event["id"].as_str()?.strip_prefix('a'));
        let mut found: Vec<usize> = ids.map(|id| id.parse().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, (1..=version).collect::<Vec<_>>(), "{case}");
    }

    /// Asks again whenever the host has been killed, until there is an answer.
    async fn until_answered<T>(&self, ask: impl AsyncFn() -> Option<T>) -> T {
        loop {
            let seen = *self.back.borrow();
            if let Some(answer) = ask().await {
                return answer;
            }
            self.waits(seen).await;
        }
    }

    /// Waits until the host has come back once more than was seen.
    async fn waits(&self, seen: u64) {
        let mut back = self.back.clone();
        let back = back.wait_for(|times| seen < *times);
        drop(tokio::time::timeout(PATIENCE, back).await.expect("the host comes back"));
    }

    /// Reads, from a host that may be killed meanwhile.
    pub(super) async fn read(&self, who: &Person, path: &str) -> Answer {
        self.until_answered(async || who.get(path).try_send().await).await
    }

    /// Sends the bytes of a file. Where an answer was lost, they may be there already.
    pub(super) async fn sends(&self, ticket: &Ticket, bytes: &[u8]) {
        let tries = Cell::new(0);
        let puts = async || {
            tries.set(tries.get() + 1);
            ticket.try_put(bytes).await
        };
        let status = self.until_answered(puts).await;
        let there = 1 < tries.get() && matches!(status, 409 | 412);
        assert!(status == 200 || there, "try {}: the file store answers {status}", tries.get());
    }

    /// All entries of a list.
    pub(super) async fn all(&self, who: &Person, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let first = format!("{path}{}limit=100", if path.contains('?') { '&' } else { '?' });
        let mut next = first.clone();
        loop {
            let page = self.read(who, &next).await.ok();
            found.extend(page["items"].as_array().expect("a list has items").iter().cloned());
            match page["cursor"].as_str() {
                Some(cursor) => next = format!("{first}&cursor={cursor}"),
                None => return found,
            }
        }
    }

    /// Reads again and again until there is something.
    pub(super) async fn awaits<T>(
        &self,
        who: &Person,
        path: &str,
        find: impl Fn(&Value) -> Option<T>,
    ) -> T {
        let since = tokio::time::Instant::now();
        loop {
            let found = self.read(who, path).await.ok();
            if let Some(found) = find(&found) {
                return found;
            }
            assert!(since.elapsed() < PATIENCE, "waited in vain at {path}: {found}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The token of the newest mail with an invitation to somebody who was sent that many; waits
    /// until it opens one.
    pub(super) async fn ticket(&mut self, address: &str, sent: usize) -> String {
        self.mailed.push((address.to_owned(), sent));
        let since = tokio::time::Instant::now();
        loop {
            if let Some(token) = self.tickets(address).await.pop() {
                let (path, body) = ("/invitations/preview", json!({ "token": token }));
                let asks = async || self.world.post(path, &body).try_send().await;
                match self.until_answered(asks).await.status {
                    200 => return token,
                    // It was sent again meanwhile.
                    status => assert_eq!(status, 404, "the preview of an invitation"),
                }
            }
            assert!(since.elapsed() < PATIENCE, "no invitation was mailed to {address}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The tokens of all invitations that were mailed to somebody, oldest first.
    async fn tickets(&self, address: &str) -> Vec<String> {
        let mails = self.until_answered(async || Mail::try_to(&self.world, address).await).await;
        let mails = mails.into_iter().filter(|mail| mail.says("/i#"));
        mails.map(|mail| mail.token()).collect()
    }

    /// What was told in it is so, and is looked after until the next kill.
    pub(super) async fn chapter_ends(&mut self) {
        let mut facts = std::mem::take(&mut self.facts);
        for (who, path, part, fact) in facts.end() {
            self.verify(who, path, part, fact).await;
        }
        self.facts = facts;
        for (address, sent) in std::mem::take(&mut self.mailed) {
            let tickets = self.tickets(&address).await;
            let different: BTreeSet<_> = tickets.iter().collect();
            let fits = !tickets.is_empty() && different.len() <= sent;
            assert!(fits, "sent {sent} times to {address}: {} tickets", different.len());
        }
    }

    /// From now on, this part of what is read there is this.
    pub(super) fn holds(&mut self, who: &Person, path: &str, part: &str, value: impl Into<Value>) {
        self.facts.hold(who, path, part, Fact::Is(value.into()));
    }

    /// From now on, what is there answers with this status.
    pub(super) fn answers(&mut self, who: &Person, path: &str, status: u16) {
        self.facts.forget_as(who, path);
        self.facts.hold(who, path, "", Fact::Status(status));
    }

    /// From now on, a list has this entry, too.
    pub(super) fn has(&mut self, who: &Person, list: &str, id: &Value) {
        self.facts.entries(who, list).insert(text(id));
    }

    /// From now on, a list has this entry no more, and it is not found.
    pub(super) fn has_not(&mut self, who: &Person, list: &str, id: &str) {
        self.facts.forget(&format!("{list}/{id}"));
        self.answers(who, &format!("{list}/{id}"), 404);
        self.facts.entries(who, list).remove(id);
    }

    /// A case of which every change of access has its event, once.
    pub(super) async fn case(&mut self, who: &Person, org: &str, title: &str) -> String {
        let tag = self.world.unique("kills");
        let body = json!({ "org": org, "title": title, "tags": [tag] });
        let made = self.post(who, "/cases", body).await;
        let case = format!("/cases/{}", text(&made["id"]));
        let tagged = self.all(who, &format!("/cases?tag={tag}")).await;
        assert_eq!(tagged.len(), 1, "{case} was made once: {tagged:?}");
        self.facts.hold(who, &case, "events", Fact::Events);
        self.holds(who, &case, "/title", title);
        case
    }
}

/// What is text must be text.
#[track_caller]
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("this should be text: {value}")).to_owned()
}
