//! A check that runs while the table changes under it, in every order.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::film::{Film, Frame};
use crate::gate::{Gate, Runner, moment, name};
use crate::schedule::{Schedule, Step};
use crate::{Actor, Answer, Person, Reply, Sent, Wire, open_hand};

/// What an answer shows; `None` where it says that there is nothing.
pub type Look = fn(&Answer) -> Option<String>;

/// A request that reads, and how its answer is judged.
#[derive(Clone)]
pub struct Watch {
    /// Who asks.
    pub caller: Person,
    /// Who always may.
    pub owner: Person,
    /// What is asked for, under `/v1`.
    pub path: String,
    /// What an answer shows.
    pub look: Look,
}

/// What the table does that it should not, so that the harness is seen to notice; or what it may do
/// besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// It does as DynamoDB does.
    Sound,
    /// A batch of reads and a query are no instant: every row is read at one of its own. The rows
    /// of a query are read in their order.
    Torn,
    /// Round two finds both counters as round one did, whatever happened in between.
    BlindRoundTwo,
    /// Both: of a change that is one transaction, a query can see a part.
    TornBlindRoundTwo,
    /// Content is read at any time up to the answer, also after the decision.
    LateContent,
    /// The index answers as of any time before.
    StaleIndex,
}

impl Table {
    fn tears(self) -> bool {
        matches!(self, Self::Torn | Self::TornBlindRoundTwo)
    }

    fn blinds(self) -> bool {
        matches!(self, Self::BlindRoundTwo | Self::TornBlindRoundTwo)
    }
}

/// Why an answer cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Breach {
    /// The caller was allowed at no instant of the request.
    AllowedAtNoInstant,
    /// What is shown was written when the caller was no longer allowed.
    WrittenAfterLoss,
    /// The caller was allowed at every instant of the request.
    DeniedThroughout,
    /// Neither there nor hidden.
    Odd,
}

/// What came of all orders.
#[derive(Default)]
pub struct Report {
    /// Orders that were run.
    pub runs: usize,
    /// How many of them showed something.
    pub shown: usize,
    /// How many breaches there were, of each kind.
    pub breaches: HashMap<Breach, usize>,
    /// The first breach of all, told.
    pub first: Option<String>,
}

impl Report {
    /// How many orders led to a breach.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.breaches.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.breaches.iter().collect();
        kinds.sort();
        write!(f, "{} of {} orders broken {kinds:?}", self.broken(), self.runs)?;
        write!(f, " ({} shown)", self.shown)
    }
}

/// A request whose rows are read one by one.
struct Torn {
    /// What is left to read, with the frame-independent name of each part.
    left: Vec<Value>,
    /// What was read of each.
    read: Vec<(Value, Option<Value>)>,
    in_order: bool,
}

/// What happened in one run.
#[derive(Default)]
struct Run {
    frame: usize,
    begun: Option<usize>,
    ended: usize,
    facts: usize,
    standings: usize,
    torn: HashMap<usize, Torn>,
}

impl Watch {
    /// What the caller is shown when nobody else does anything, in each frame.
    pub async fn quiet(&self, film: &Film) -> Vec<Option<String>> {
        self.seen_by(&self.caller, &film.frames()).await
    }

    async fn seen_by(&self, person: &Person, frames: &[Frame]) -> Vec<Option<String>> {
        let mut seen = Vec::new();
        for frame in frames {
            let actor = Actor::new(person, &Wire::new(&frame.engine, open_hand()));
            seen.push((self.look)(&actor.get(&self.path).await));
        }
        seen
    }

    /// Runs the request in every order of `schedule` against `film`.
    ///
    /// # Panics
    ///
    /// If a run goes on for ever.
    pub async fn run(&self, film: &Film, table: Table, mut schedule: Schedule) -> Report {
        let frames = film.frames();
        let truth = Truth {
            caller: self.seen_by(&self.caller, &frames).await,
            owner: self.seen_by(&self.owner, &frames).await,
        };
        let gate = Gate::default();
        let actor = Actor::new(&self.caller, &Wire::new(&frames[0].engine, gate.hand(0)));
        let mut projector = Projector { frames, table, kept: HashMap::new() };
        let mut report = Report::default();
        loop {
            gate.clear();
            actor.wire().journal().clear();
            let (asking, path) = (actor.clone(), self.path.clone());
            let mut asked = Runner::new(async move { asking.get(&path).await });
            let mut run = Run::default();
            let mut complete = true;
            let mut patience = 10_000;
            loop {
                asked.settle();
                if asked.is_done() {
                    break;
                }
                patience -= 1;
                assert!(patience > 0, "a run that does not end: {}", schedule.story());
                let waiting = gate.waiting();
                if let Some((actor, number, _)) = waiting.iter().find(|(_, _, sent)| sent.writes())
                {
                    // That the case was opened is remembered when all is decided.
                    gate.take(*actor, *number).answer(Reply::json(200, &json!({})));
                    continue;
                }
                let options = projector.options(&mut run, &waiting);
                if !options.iter().any(|step| step.actor == 0) {
                    moment().await;
                    continue;
                }
                let Some(step) = schedule.choose(&options) else {
                    complete = false;
                    break;
                };
                projector.go(&mut run, &gate, &step);
            }
            if complete {
                let answer = asked.take().expect("a request that is answered");
                report.runs += 1;
                schedule.runs += 1;
                let shown = (self.look)(&answer);
                report.shown += usize::from(shown.is_some());
                let window = (run.begun.unwrap_or(run.frame), run.ended);
                if let Some(breach) = truth.breach(&answer, shown.as_deref(), window) {
                    *report.breaches.entry(breach).or_default() += 1;
                    let story = schedule.story();
                    report.first.get_or_insert(format!("{breach:?}: {story} → {answer}"));
                }
            }
            if !schedule.advance(report.broken() > 0) {
                return report;
            }
        }
    }
}

/// What is shown in each frame, to the caller and to somebody who always may.
struct Truth {
    caller: Vec<Option<String>>,
    owner: Vec<Option<String>>,
}

impl Truth {
    /// Why `answer` cannot stand, if the request went on from frame `from` to frame `to`.
    fn breach(
        &self,
        answer: &Answer,
        shown: Option<&str>,
        (from, to): (usize, usize),
    ) -> Option<Breach> {
        if !matches!(answer.status, 200 | 404) {
            return Some(Breach::Odd);
        }
        let mut instants = (from..=to).filter(|&at| self.caller[at].is_some() == shown.is_some());
        let Some(content) = shown else {
            return instants.next().is_none().then_some(Breach::DeniedThroughout);
        };
        let instants: Vec<_> = instants.collect();
        if instants.is_empty() {
            return Some(Breach::AllowedAtNoInstant);
        }
        // To whom nothing is shown, the content is what others see.
        let content_at = |at: usize| self.caller[at].as_ref().or(self.owner[at].as_ref());
        let holds =
            |&at: &usize| (from..=at).any(|read| content_at(read).is_some_and(|c| c == content));
        if instants.iter().any(holds) { None } else { Some(Breach::WrittenAfterLoss) }
    }
}

/// Answers requests from the frames.
struct Projector {
    frames: Vec<Frame>,
    table: Table,
    kept: HashMap<(usize, String), Reply>,
}

impl Projector {
    fn call(&mut self, frame: usize, operation: &str, body: &Value) -> Reply {
        let engine = &self.frames[frame].engine;
        let key = (frame, format!("{operation} {body}"));
        self.kept.entry(key).or_insert_with(|| engine.call(operation, body)).clone()
    }

    /// What can happen next: a request, or a part of one, and the next write.
    fn options(&mut self, run: &mut Run, waiting: &[(usize, usize, Sent)]) -> Vec<Step> {
        let mut options = Vec::new();
        let step = |number, name| Step { actor: 0, number, writes: false, name };
        for (_, number, sent) in waiting {
            let label = name(sent);
            match self.alternatives(run, *number, sent) {
                Alternatives::One => options.push(step(number * 1000, label)),
                Alternatives::Frames(frames) => options.extend(
                    frames
                        .into_iter()
                        .map(|at| step(number * 1000 + at, format!("{label} as of {at}"))),
                ),
                Alternatives::Parts(parts) => options.extend(
                    parts.into_iter().map(|at| step(number * 1000 + at, format!("{label} [{at}]"))),
                ),
            }
        }
        if let Some(next) = self.frames.get(run.frame + 1) {
            let name = format!("<{}>", next.after);
            options.push(Step { actor: 1, number: run.frame + 1, writes: true, name });
        }
        options
    }

    fn alternatives(&mut self, run: &mut Run, number: usize, sent: &Sent) -> Alternatives {
        let last = self.frames.len() - 1;
        match self.table {
            Table::LateContent if is_content(sent) => {
                Alternatives::Frames(self.distinct(sent, run.frame..=last))
            }
            Table::StaleIndex if sent.body.get("IndexName").is_some() => {
                Alternatives::Frames(self.distinct(sent, 0..=run.frame))
            }
            table
                if table.tears() && matches!(sent.operation.as_str(), "Query" | "BatchGetItem") =>
            {
                let parts = self.parts(sent);
                if parts.len() < 2 {
                    return Alternatives::One;
                }
                let in_order = sent.operation == "Query";
                let torn = run.torn.entry(number).or_insert_with(|| Torn {
                    left: parts.clone(),
                    read: Vec::new(),
                    in_order,
                });
                let place = |key: &Value| parts.iter().position(|part| part == key).unwrap_or(0);
                let left = if torn.in_order { &torn.left[..1] } else { &torn.left[..] };
                Alternatives::Parts(left.iter().map(|key| 1 + place(key)).collect())
            }
            _ => Alternatives::One,
        }
    }

    /// The first of `frames` for each answer that a request can get in them: as of another frame
    /// with the same answer, it would be the same order.
    fn distinct(&mut self, sent: &Sent, frames: RangeInclusive<usize>) -> Vec<usize> {
        let mut answers = Vec::new();
        let mut first = Vec::new();
        for frame in frames {
            let answer = self.call(frame, &sent.operation, &sent.body).body();
            if !answers.contains(&answer) {
                answers.push(answer);
                first.push(frame);
            }
        }
        first
    }

    /// The keys of the rows that the frames differ in, as far as a request reads them.
    fn parts(&mut self, sent: &Sent) -> Vec<Value> {
        let mut by_key: Vec<(Value, Vec<Option<Value>>)> = Vec::new();
        let frames = self.frames.len();
        for frame in 0..frames {
            let body = self.call(frame, &sent.operation, &sent.body).body().unwrap_or_default();
            for row in rows(&body) {
                let key = key_of(row);
                let at = by_key.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                    by_key.push((key, vec![None; frames]));
                    by_key.len() - 1
                });
                by_key[at].1[frame] = Some(row.clone());
            }
        }
        by_key.sort_by_key(|(key, _)| key["SK"].to_string());
        if sent.body["ScanIndexForward"] == false {
            by_key.reverse();
        }
        let moves = |(_, values): &(Value, Vec<Option<Value>>)| {
            values.iter().any(|value| *value != values[0])
        };
        by_key.into_iter().filter(moves).map(|(key, _)| key).collect()
    }

    /// Does what was chosen.
    fn go(&mut self, run: &mut Run, gate: &Gate, step: &Step) {
        if step.actor == 1 {
            run.frame += 1;
            return;
        }
        run.begun.get_or_insert(run.frame);
        run.ended = run.ended.max(run.frame);
        let (number, alternative) = (step.number / 1000, step.number % 1000);
        if run.torn.contains_key(&number) {
            self.tear(run, gate, number, alternative);
            return;
        }
        let held = gate.take(0, number);
        let sent = held.sent.clone();
        if let Some(kind) = decides(&sent) {
            *match kind {
                Decides::Facts => &mut run.facts,
                Decides::Standings => &mut run.standings,
            } = run.frame;
        }
        let frame = match self.table {
            Table::LateContent if is_content(&sent) => alternative,
            Table::StaleIndex if sent.body.get("IndexName").is_some() => alternative,
            _ => run.frame,
        };
        run.ended = run.ended.max(frame);
        let reply = self.call(frame, &sent.operation, &sent.body);
        let reply = match self.table {
            table if table.blinds() && sent.operation == "TransactGetItems" => {
                self.blind(run, &sent, &reply)
            }
            _ => reply,
        };
        held.answer(reply);
    }

    /// Reads one row of a request; answers it if that was the last.
    fn tear(&mut self, run: &mut Run, gate: &Gate, number: usize, alternative: usize) {
        let waiting = gate.waiting();
        let sent = waiting.iter().find(|one| one.1 == number).map(|one| one.2.clone());
        let sent = sent.expect("a request that waits");
        let key = self.parts(&sent)[alternative - 1].clone();
        let now = self.call(run.frame, &sent.operation, &sent.body).body().unwrap_or_default();
        let row = rows(&now).find(|row| key_of(row) == key).cloned();
        match (decides(&sent), key["SK"]["S"].as_str()) {
            (Some(Decides::Facts), Some("A#")) => run.facts = run.frame,
            (Some(Decides::Standings), Some("@")) => run.standings = run.frame,
            _ => {}
        }
        let Some(torn) = run.torn.get_mut(&number) else { return };
        torn.left.retain(|left| *left != key);
        torn.read.push((key, row));
        if !torn.left.is_empty() {
            return;
        }
        // The rows that never change are read whenever.
        let read = std::mem::take(&mut torn.read);
        run.torn.remove(&number);
        let mut items: Vec<Value> = rows(&now)
            .filter(|row| !read.iter().any(|(key, _)| *key == key_of(row)))
            .cloned()
            .collect();
        items.extend(read.into_iter().filter_map(|(_, row)| row));
        items.sort_by_key(|row| key_of(row)["SK"].to_string());
        if sent.body["ScanIndexForward"] == false {
            items.reverse();
        }
        let body = if sent.operation == "Query" {
            json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items })
        } else {
            json!({ "Responses": { casement::aws::schema::TABLE: items }, "UnprocessedKeys": {} })
        };
        gate.take(0, number).answer(Reply::json(200, &body));
    }

    /// Round two with both counters as round one found them.
    fn blind(&mut self, run: &Run, sent: &Sent, reply: &Reply) -> Reply {
        let mut body = reply.body().unwrap_or_default();
        let items = sent.body["TransactItems"].as_array().cloned().unwrap_or_default();
        for (at, item) in items.iter().enumerate() {
            let key = &item["Get"]["Key"];
            let (pk, sk) = (key["PK"]["S"].as_str(), key["SK"]["S"].as_str());
            let frame = match (pk.unwrap_or_default(), sk.unwrap_or_default()) {
                (pk, "A#") if pk.starts_with("CASE#") => run.facts,
                (pk, "@") if pk.starts_with("USER#") => run.standings,
                _ => continue,
            };
            let before = self.call(frame, &sent.operation, &sent.body).body().unwrap_or_default();
            body["Responses"][at] = before["Responses"][at].clone();
        }
        Reply::json(200, &body)
    }
}

enum Alternatives {
    One,
    Frames(Vec<usize>),
    Parts(Vec<usize>),
}

enum Decides {
    Facts,
    Standings,
}

fn partition(sent: &Sent) -> &str {
    sent.body["ExpressionAttributeValues"][":pk"]["S"].as_str().unwrap_or_default()
}

/// Whether a request is one of the two queries of round one that decide.
fn decides(sent: &Sent) -> Option<Decides> {
    let low = sent.body["ExpressionAttributeValues"][":low"]["S"].as_str();
    match partition(sent) {
        pk if pk.starts_with("CASE#") && low == Some("A#") => Some(Decides::Facts),
        pk if pk.starts_with("USER#") => Some(Decides::Standings),
        _ => None,
    }
}

/// Whether a request reads content, and nothing that decides.
fn is_content(sent: &Sent) -> bool {
    match sent.operation.as_str() {
        "BatchGetItem" => true,
        "Query" => decides(sent).is_none() && sent.body.get("IndexName").is_none(),
        _ => false,
    }
}

/// The rows in an answer.
fn rows(body: &Value) -> impl Iterator<Item = &Value> {
    let rows = body.get("Items").or_else(|| body["Responses"].get(casement::aws::schema::TABLE));
    rows.and_then(Value::as_array).into_iter().flatten()
}

fn key_of(row: &Value) -> Value {
    json!({ "PK": row["PK"], "SK": row["SK"] })
}
