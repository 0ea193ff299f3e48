//! What happened to a table: every state that it was in, one after the other.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::gate::written;
use crate::{Actor, Answer, Engine, Hand, Person, Reply, Sent, Wire, World};

/// A state of the table.
#[derive(Clone)]
pub struct Frame {
    /// The table.
    pub engine: Engine,
    /// What led to it.
    pub after: String,
}

/// Every state of a table while some requests were answered, from before the first write to after
/// the last. Between two frames lies one write: a transaction, or a write of one row.
#[derive(Clone)]
pub struct Film {
    live: World,
    frames: Arc<Mutex<Vec<Frame>>>,
}

impl Film {
    /// A film of a copy of `world`, which stays as it is.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let live = world.copy();
        let first = Frame { engine: live.engine.copy(), after: "in the beginning".to_owned() };
        Self { live, frames: Arc::new(Mutex::new(vec![first])) }
    }

    /// Somebody does something, which must be answered like this.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub async fn act(
        &self,
        name: &str,
        method: &str,
        path: &str,
        body: Value,
        status: u16,
    ) -> Answer {
        let camera =
            Camera { frames: Arc::clone(&self.frames), after: format!("{name}: {method} {path}") };
        let actor = Actor::new(&Person::new(name), &Wire::new(&self.live.engine, Arc::new(camera)));
        let body = if body.is_null() { None } else { Some(body) };
        let answer = actor.ask(method, path, body, &[]).await;
        assert_eq!(answer.status, status, "{name}: {method} {path}: {answer}");
        answer
    }

    /// All frames so far.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Lets requests through, and makes a frame after each write.
struct Camera {
    frames: Arc<Mutex<Vec<Frame>>>,
    after: String,
}

impl Hand for Camera {
    fn take(&self, sent: Sent, engine: Engine) -> BoxFuture<'static, Reply> {
        let (frames, after) = (Arc::clone(&self.frames), self.after.clone());
        Box::pin(async move {
            let reply = engine.call(&sent.operation, &sent.body);
            if sent.writes() && reply.is_ok() && decides(&sent) {
                let frame = Frame { engine: engine.copy(), after };
                frames.lock().unwrap_or_else(PoisonError::into_inner).push(frame);
            }
            reply
        })
    }
}

/// Whether a write can matter to a check. What waits for an answer, and what is counted, does not.
fn decides(sent: &Sent) -> bool {
    written(sent).iter().any(|key| {
        let partition = key["PK"]["S"].as_str().unwrap_or_default();
        ["CASE#", "USER#", "GROUP#", "ORG#"].iter().any(|kind| partition.starts_with(kind))
    })
}
