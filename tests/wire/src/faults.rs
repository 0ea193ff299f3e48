//! What can go wrong between the service and DynamoDB, at each request of an operation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{self, BoxFuture};
use serde_json::{Value, json};
use shared::aws::Patience;

use crate::pairs::Stage;
use crate::race::{Undo, half, look};
use crate::{Actor, Answer, Engine, Hand, Person, Reply, Sent, Wire, World, text};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Somebody else's transaction holds a row. Only transactions and single writes meet that.
    Conflict,
    /// Too much is asked of the table.
    Throttled,
    /// DynamoDB has a fault of its own.
    Broken,
    /// The connection breaks before the request arrives.
    LostRequest,
    /// The connection breaks when the request has been carried out.
    LostAnswer,
    /// Nothing comes back, ever; the request is carried out.
    Silent,
    /// A batch is not read whole.
    Unprocessed,
}

/// How long a function waits here for what does not come.
const HASTE: Patience = Patience {
    one_try: Duration::from_millis(200),
    all_tries: Duration::from_millis(500),
    pause: Duration::from_millis(1),
};

/// All of them.
pub const FAULTS: [Fault; 7] = [
    Fault::Conflict,
    Fault::Throttled,
    Fault::Broken,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::Silent,
    Fault::Unprocessed,
];

impl Fault {
    /// Whether it can befall such a request.
    #[must_use]
    pub fn befalls(self, sent: &Sent) -> bool {
        match self {
            Self::Conflict => {
                sent.writes() || matches!(sent.operation.as_str(), "TransactGetItems")
            }
            Self::Unprocessed => sent.operation == "BatchGetItem",
            _ => true,
        }
    }

    fn befall(self, sent: &Sent, engine: &Engine) -> BoxFuture<'static, Reply> {
        let items = sent.body["TransactItems"].as_array().map(Vec::len);
        let reply = match (self, items) {
            (Self::Conflict, Some(items)) => Reply::cancelled(items, 0, "TransactionConflict"),
            (Self::Conflict, None) => Reply::error(400, "TransactionConflictException"),
            (Self::Throttled, Some(items)) => Reply::cancelled(items, items - 1, "ThrottlingError"),
            (Self::Throttled, None) => Reply::error(400, "ProvisionedThroughputExceededException"),
            (Self::Broken, _) => Reply::error(500, "InternalServerError"),
            (Self::LostRequest, _) => Reply::Lost,
            (Self::LostAnswer, _) => {
                let _ = engine.call(&sent.operation, &sent.body);
                Reply::Lost
            }
            (Self::Silent, _) => {
                let _ = engine.call(&sent.operation, &sent.body);
                return Box::pin(future::pending());
            }
            (Self::Unprocessed, _) => {
                let unread = &sent.body["RequestItems"];
                Reply::json(200, &json!({ "Responses": {}, "UnprocessedKeys": unread }))
            }
        };
        Box::pin(async { reply })
    }
}

/// A request whose answer must be the same whatever goes wrong once, and is tried again if it is
/// 503.
#[derive(Clone)]
pub struct Operation {
    /// Who asks.
    pub who: Person,
    /// `POST`.
    pub method: &'static str,
    /// Under `/v1`.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// Whether it has an `Idempotency-Key`.
    pub keyed: bool,
    /// What a second try is answered where the first was carried out and nobody heard of it.
    pub again: u16,
}

/// Goes wrong at requests from `at` on, for `times` requests.
struct Clumsy {
    fault: Fault,
    at: usize,
    times: usize,
    undo: Arc<Mutex<Undo>>,
}

impl Hand for Clumsy {
    fn take(&self, sent: Sent, engine: Engine) -> BoxFuture<'static, Reply> {
        self.undo.lock().unwrap_or_else(PoisonError::into_inner).note(&engine, &sent);
        if (self.at..self.at.saturating_add(self.times)).contains(&sent.number)
            && self.fault.befalls(&sent)
        {
            return self.fault.befall(&sent, &engine);
        }
        Box::pin(async move { engine.call(&sent.operation, &sent.body) })
    }
}

/// What came of an operation with something going wrong at each of its requests.
#[derive(Debug, Default)]
pub struct Survived {
    /// How many times something went wrong.
    pub runs: usize,
    /// How often the answer was 503.
    pub refused: usize,
    /// What must not be, told.
    pub wrong: Vec<String>,
}

impl Operation {
    async fn ask(&self, wire: &Wire) -> Answer {
        let headers: &[(&str, &str)] =
            if self.keyed { &[("idempotency-key", "one-and-the-same")] } else { &[] };
        Actor::new(&self.who, wire).ask(self.method, &self.path, self.body.clone(), headers).await
    }

    /// Lets each fault befall each request that is `meant`, and as many behind it as `times` says.
    ///
    /// What is left is judged by what `judge` is shown at `looks`.
    pub async fn survive(
        &self,
        world: &World,
        (judge, looks): (&Person, &[String]),
        times: usize,
        meant: fn(&Sent) -> bool,
    ) -> Survived {
        let live = world.copy();
        let before = look(&live.engine, judge, looks).await;
        let undo = Arc::new(Mutex::new(Undo::default()));
        let clumsy = |fault, at, times| {
            let hand = Clumsy { fault, at, times, undo: Arc::clone(&undo) };
            let wire = Wire::new(&live.engine, Arc::new(hand));
            if fault == Fault::Silent { wire.with_patience(HASTE) } else { wire }
        };
        let back = || {
            let mut undo = undo.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *undo).back(&live.engine);
        };
        let wire = clumsy(Fault::Broken, usize::MAX, 0);
        let quiet = self.ask(&wire).await;
        let after = look(&live.engine, judge, looks).await;
        let requests = wire.journal().entries();
        back();
        let mut survived = Survived::default();
        for (entry, fault) in requests.iter().flat_map(|one| FAULTS.map(|fault| (one, fault))) {
            if !meant(&entry.sent) || !fault.befalls(&entry.sent) {
                continue;
            }
            survived.runs += 1;
            let at = entry.sent.number;
            let told = format!(
                "{} {} with {fault:?} at {} {}",
                self.method, self.path, at, entry.sent.operation
            );
            let answer = self.ask(&clumsy(fault, at, times)).await;
            let left = look(&live.engine, judge, looks).await;
            let mut wrong = |what: String| survived.wrong.push(format!("{told}: {what}"));
            if let Some(half) = half(&live.engine) {
                wrong(half);
            }
            if answer.status == 503 {
                survived.refused += 1;
                if !answer.headers.contains_key("retry-after") || answer.body["code"] != "try_again"
                {
                    wrong(format!("it says {answer} {:?}", answer.headers));
                }
                if left != before && left != after {
                    wrong(format!("it leaves {}", unlike(&left, &after)));
                }
                let expected = if left == after && !self.keyed { self.again } else { quiet.status };
                let hand = Clumsy { fault, at: usize::MAX, times: 0, undo: Arc::clone(&undo) };
                let again = self.ask(&Wire::new(&live.engine, Arc::new(hand))).await;
                if again.status != expected && left != before {
                    wrong(format!("asked again it says {again}, not {expected}"));
                }
                let left = look(&live.engine, judge, looks).await;
                if left != after {
                    wrong(format!("asked again it leaves {}", unlike(&left, &after)));
                }
            } else {
                if answer.status != quiet.status {
                    wrong(format!("it says {answer}, not {}", quiet.status));
                }
                if left != after {
                    wrong(format!("it leaves {}", unlike(&left, &after)));
                }
            }
            back();
        }
        survived
    }
}

/// A world in which each operation has something to do, and the operations.
pub async fn operations() -> (Stage, Vec<Operation>) {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let group = stage.group(&[&bob]).await;
    let of_group = stage.share(&format!("group:{group}")).await;
    let said = json!({ "text": "before" });
    let said = stage.ada.send("POST", &format!("{}/comments", stage.path()), said).await.is(201);
    let hal = stage.world.person("hal");
    let email = format!("email:{}", hal.person().address());
    let body = json!({ "recipients": [email], "role": "viewer" });
    let _ = stage.ada.send("POST", &stage.shares(), body).await.is(201);
    let waiting = hal.get("/invitations").await.is(200);
    let invitation = text(&waiting["items"][0], "id");

    let operation = |who: &str, method, path: String, body: Value, keyed, again| Operation {
        who: Person::new(who),
        method,
        path,
        body: if body.is_null() { None } else { Some(body) },
        keyed,
        again,
    };
    let (case, shares) = (stage.path(), stage.shares());
    let share =
        json!({ "recipients": [format!("user:{}", bob.person().user())], "role": "editor" });
    let list = json!({ "shares": [{ "recipient": format!("group:{group}"), "role": "editor" }] });
    let comment = format!("{case}/comments/{}", text(&said, "id"));
    let all = vec![
        operation("ada", "GET", case.clone(), Value::Null, false, 200),
        operation("ada", "GET", "/cases".to_owned(), Value::Null, false, 200),
        operation("ada", "POST", shares.clone(), share.clone(), true, 201),
        // Without a key the second try is another request: it finds what the first has shared.
        operation("ada", "POST", shares.clone(), share, false, 409),
        operation("ada", "PUT", shares.clone(), list, false, 200),
        operation("ada", "DELETE", format!("{shares}/{of_group}"), Value::Null, false, 204),
        operation("ada", "PATCH", case.clone(), json!({ "title": "Louder" }), false, 200),
        operation("ada", "PATCH", comment, json!({ "text": "after" }), false, 200),
        operation("ada", "POST", format!("{case}/comments"), json!({ "text": "new" }), true, 201),
        operation("ada", "POST", format!("{case}/close"), json!({}), true, 200),
        operation(
            "admin-acme",
            "PUT",
            format!("{case}/access"),
            json!({ "access": "external-all" }),
            false,
            200,
        ),
        operation("hal", "POST", format!("/invitations/{invitation}/accept"), json!({}), true, 200),
        operation(
            "hal",
            "POST",
            format!("/invitations/{invitation}/accept"),
            json!({}),
            false,
            200,
        ),
        operation("bob", "POST", format!("{case}/disconnect"), json!({}), true, 204),
        operation("ada", "DELETE", case, Value::Null, false, 404),
    ];
    (stage, all)
}

/// By what an operation of [`operations`] is judged.
#[must_use]
pub fn looks(stage: &Stage) -> Vec<String> {
    let tails = ["", "/shares", "/history", "/access", "/comments"];
    tails.map(|tail| format!("{}{tail}", stage.path())).into()
}

/// Where two lists of what is seen differ.
fn unlike(left: &[String], right: &[String]) -> String {
    let differ = left.iter().zip(right).filter(|(left, right)| left != right);
    differ.map(|(left, right)| format!("{left}, not {right}")).collect::<Vec<_>>().join("; ")
}
