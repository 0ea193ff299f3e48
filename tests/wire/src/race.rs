//! Requests that change the same table at the same time, in every order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::gate::{Gate, Runner, moment, name, written};
use crate::schedule::{Schedule, Step};
use crate::{Actor, Answer, Engine, Person, Sent, Wire, World, open_hand};

/// A request that changes something.
#[derive(Clone)]
pub struct Deed {
    /// Who asks.
    pub who: Person,
    /// `POST`.
    pub method: &'static str,
    /// Under `/v1`.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Value>,
}

impl Deed {
    /// A deed of somebody of this name.
    #[must_use]
    pub fn of(name: &str, method: &'static str, path: &str, body: Value) -> Self {
        let body = if body.is_null() { None } else { Some(body) };
        Self { who: Person::new(name), method, path: path.to_owned(), body }
    }

    /// Does it over `wire`, and says what came of it: the status, and what was read.
    async fn done(&self, wire: &Wire) -> String {
        let actor = Actor::new(&self.who, wire);
        let answer = actor.ask(self.method, &self.path, self.body.clone(), &[]).await;
        if self.method == "GET" { told(answer) } else { answer.status.to_string() }
    }
}

/// What came of a race: what each lane was answered, and what is left in the table, as somebody
/// sees who sees all.
pub type Outcome = (Vec<Vec<String>>, Vec<String>);

/// A race, and by what it is judged.
pub struct Race {
    /// Lanes that run at the same time; the deeds of one lane follow each other.
    pub lanes: Vec<Vec<Deed>>,
    /// What is compared: requests of somebody who sees all.
    pub judge: Person,
    /// Under `/v1`.
    pub looks: Vec<String>,
    /// Changes what is sent before it arrives, so that the harness is seen to notice.
    pub bend: fn(&mut Sent),
}

/// What came of all orders.
#[derive(Debug, Default)]
pub struct Raced {
    /// Orders that were run.
    pub runs: usize,
    /// What came of doing one after the other, in every order.
    pub serial: BTreeSet<Outcome>,
    /// What came of the races, and how often.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Races after which the table was broken: how often.
    pub halves: usize,
    /// The first order that was as no serial one, or left a half behind.
    pub first: Option<String>,
}

impl Raced {
    /// How many orders led to what no serial order leads to.
    #[must_use]
    pub fn lost(&self) -> usize {
        let lost = self.outcomes.iter().filter(|(outcome, _)| !self.serial.contains(*outcome));
        lost.map(|(_, count)| count).sum()
    }
}

impl Race {
    /// Runs every order of `schedule` in copies of `world`.
    ///
    /// # Panics
    ///
    /// If a run goes on for ever.
    pub async fn run(&self, world: &World, mut schedule: Schedule) -> Raced {
        let mut raced = Raced { serial: self.serial(world).await, ..Raced::default() };
        let live = world.copy();
        let gate = Gate::default();
        loop {
            let mut lanes: Vec<_> = (self.lanes.iter().cloned().enumerate())
                .map(|(at, lane)| {
                    let wire = Wire::new(&live.engine, gate.hand(at));
                    Runner::new(async move {
                        let mut answers = Vec::new();
                        for deed in &lane {
                            answers.push(deed.done(&wire).await);
                        }
                        answers
                    })
                })
                .collect();
            let mut undo = Undo::default();
            let mut complete = true;
            let mut patience = 10_000;
            loop {
                lanes.iter_mut().for_each(Runner::settle);
                if lanes.iter().all(Runner::is_done) {
                    break;
                }
                patience -= 1;
                assert!(patience > 0, "a run that does not end: {}", schedule.story());
                let waiting = gate.waiting();
                let waits = |at: usize| waiting.iter().any(|(actor, _, _)| *actor == at);
                if (0..lanes.len()).any(|at| !lanes[at].is_done() && !waits(at)) {
                    // Somebody is between two tries; whoever waits for them loses nothing.
                    moment().await;
                    continue;
                }
                let options: Vec<Step> = (waiting.iter())
                    .map(|(actor, number, sent)| Step {
                        actor: *actor,
                        number: *number,
                        writes: sent.writes(),
                        name: format!("{actor}:{}", name(sent)),
                    })
                    .collect();
                let Some(step) = schedule.choose(&options) else {
                    complete = false;
                    break;
                };
                let held = gate.take(step.actor, step.number);
                let mut sent = held.sent.clone();
                undo.note(&live.engine, &sent);
                (self.bend)(&mut sent);
                held.answer(live.engine.call(&sent.operation, &sent.body));
            }
            if complete {
                let mut answers = Vec::new();
                for lane in lanes {
                    answers.push(lane.take().expect("requests that are answered"));
                }
                let outcome = (answers, self.look(&live.engine).await);
                let half = half(&live.engine);
                raced.runs += 1;
                schedule.runs += 1;
                raced.halves += usize::from(half.is_some());
                if half.is_some() || !raced.serial.contains(&outcome) {
                    let story = schedule.story();
                    raced.first.get_or_insert(format!("{story} → {outcome:?} {half:?}"));
                }
                *raced.outcomes.entry(outcome).or_default() += 1;
            }
            gate.clear();
            undo.back(&live.engine);
            if !schedule.advance(raced.first.is_some()) {
                return raced;
            }
        }
    }

    /// What comes of doing one after the other, in every order that the lanes leave open.
    async fn serial(&self, world: &World) -> BTreeSet<Outcome> {
        let mut outcomes = BTreeSet::new();
        for order in orders(&self.lanes.iter().map(Vec::len).collect::<Vec<_>>()) {
            let live = world.copy();
            let wire = Wire::new(&live.engine, open_hand());
            let mut answers = vec![Vec::new(); self.lanes.len()];
            for lane in order {
                let deed = &self.lanes[lane][answers[lane].len()];
                answers[lane].push(deed.done(&wire).await);
            }
            outcomes.insert((answers, self.look(&live.engine).await));
        }
        outcomes
    }

    async fn look(&self, engine: &Engine) -> Vec<String> {
        look(engine, &self.judge, &self.looks).await
    }
}

/// What somebody is shown, request by request, without what differs from run to run.
pub async fn look(engine: &Engine, judge: &Person, paths: &[String]) -> Vec<String> {
    let judge = Actor::new(judge, &Wire::new(engine, open_hand()));
    let mut seen = Vec::new();
    for path in paths {
        seen.push(told(judge.get(path).await));
    }
    seen
}

fn told(answer: Answer) -> String {
    // Lines of the same millisecond, and what is named in one line, stand in any order.
    let body = timeless(answer.body);
    format!("{} {body}", answer.status)
}

/// All orders in which lanes of these lengths can go on, as which lane goes on next.
fn orders(left: &[usize]) -> Vec<Vec<usize>> {
    if left.iter().all(|&left| left == 0) {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for lane in (0..left.len()).filter(|&lane| left[lane] > 0) {
        let mut rest = left.to_vec();
        rest[lane] -= 1;
        for mut order in orders(&rest) {
            order.insert(0, lane);
            all.push(order);
        }
    }
    all
}

/// An answer without what differs from run to run: times, ids that are made of times, and the order
/// of lists.
#[must_use]
pub fn timeless(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            // In one order: the members of a map have none in DynamoDB.
            let members = members.into_iter().map(|(name, value)| (name, timeless(value)));
            let kept: BTreeMap<_, _> = members.filter(|(_, value)| !value.is_null()).collect();
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(all) => {
            let mut all: Vec<_> = all.into_iter().map(timeless).collect();
            all.sort_by_key(Value::to_string);
            Value::Array(all)
        }
        Value::String(text) if is_time(&text) || is_ulid(&text) => Value::Null,
        other => other,
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.starts_with("20") && text.ends_with('Z') && text.contains('T')
}

/// A ULID of this age; the ids of users and shares are longer or have small letters.
fn is_ulid(text: &str) -> bool {
    text.len() == 26 && text.starts_with("01") && !text.bytes().any(|b| b.is_ascii_lowercase())
}

/// What is half done in a table, if anything: each case has one access event for each
/// `access_version` of its head, and no grant is of a version that the head has not reached.
///
/// # Panics
///
/// If the table is too large for one scan.
#[must_use]
pub fn half(engine: &Engine) -> Option<String> {
    let all = engine.call("Scan", &json!({ "TableName": casement::aws::schema::TABLE }));
    let all = all.body().unwrap_or_default();
    assert!(all.get("LastEvaluatedKey").is_none(), "a table that is read at once");
    let rows = all["Items"].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name]["S"].as_str().unwrap_or_default().to_owned();
    let number = |row: &Value, name: &str| -> u64 {
        row[name]["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    for head in rows.iter().filter(|row| text(row, "SK") == "A#") {
        let case = text(head, "PK");
        let version = number(head, "access_version");
        let mine = || rows.iter().filter(|row| text(row, "PK") == case);
        // `E#A#version#org` is a copy for another org.
        let is_event = |sort: &str| sort.strip_prefix("E#A#").is_some_and(|at| !at.contains('#'));
        let events = mine().filter(|row| is_event(&text(row, "SK"))).count();
        if u64::try_from(events) != Ok(version) {
            return Some(format!("{events} access events at version {version}"));
        }
        let grants = mine().filter(|row| text(row, "SK").starts_with("A#GRANT#"));
        if let Some(grant) = grants.into_iter().find(|grant| version < number(grant, "generation"))
        {
            return Some(format!("a grant of the future: {grant}"));
        }
    }
    None
}

/// What the rows were before they were written.
#[derive(Default)]
pub(crate) struct Undo {
    rows: Vec<(Value, Option<Value>)>,
}

impl Undo {
    pub(crate) fn note(&mut self, engine: &Engine, sent: &Sent) {
        for key in written(sent) {
            let table = casement::aws::schema::TABLE;
            let body = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
            let row =
                engine.call("GetItem", &body).body().and_then(|body| body.get("Item").cloned());
            self.rows.push((key, row));
        }
    }

    pub(crate) fn back(self, engine: &Engine) {
        let table = casement::aws::schema::TABLE;
        for (key, row) in self.rows.into_iter().rev() {
            let reply = match row {
                Some(row) => engine.call("PutItem", &json!({ "TableName": table, "Item": row })),
                None => engine.call("DeleteItem", &json!({ "TableName": table, "Key": key })),
            };
            assert!(reply.is_ok(), "{reply:?}");
        }
    }
}

/// Nothing is changed on the way.
pub fn unbent(_: &mut Sent) {}

/// A transaction whose writes to these rows have no condition.
pub fn without_condition(sent: &mut Sent, is_it: impl Fn(&str, &str) -> bool) {
    let items = sent.body.get_mut("TransactItems").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        let check = item.get("ConditionCheck").cloned();
        for (kind, write) in item.iter_mut() {
            let key = if kind == "Put" { &write["Item"] } else { &write["Key"] };
            let of = |name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
            if !is_it(&of("PK"), &of("SK")) {
                continue;
            }
            if let Some(write) = write.as_object_mut() {
                strip(write);
            }
        }
        // A check without a condition is none: one that always holds stands for it.
        if let Some(mut check) = check
            && item["ConditionCheck"].get("ConditionExpression").is_none()
        {
            check["ConditionExpression"] =
                json!("attribute_exists(#present) OR attribute_not_exists(#present)");
            check["ExpressionAttributeNames"] = json!({ "#present": "PK" });
            if let Some(check) = check.as_object_mut() {
                check.remove("ExpressionAttributeValues");
            }
            item.insert("ConditionCheck".to_owned(), check);
        }
    }
}

/// Removes a condition, and the names and values that only it uses.
fn strip(write: &mut serde_json::Map<String, Value>) {
    write.remove("ConditionExpression");
    let update =
        write.get("UpdateExpression").and_then(Value::as_str).unwrap_or_default().to_owned();
    for kind in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let empty = write.get_mut(kind).and_then(Value::as_object_mut).is_some_and(|used| {
            used.retain(|name, _| update.split([' ', ',']).any(|word| word == name));
            used.is_empty()
        });
        if empty {
            write.remove(kind);
        }
    }
}
