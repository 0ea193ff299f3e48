//! The event bus: what EventBridge does between SES or S3 and a function.
//!
//! An event lies on the disk before whoever causes it is answered, and until its function has
//! handled it: a kill in between loses nothing. Events of one kind are handled in their order.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Failed, Work};
use crate::durable;

/// How often an event is tried, and how long is waited between.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];

/// The function that handles the events of a bus.
pub type Handler = Arc<dyn Fn(Value) -> Work<Result<(), Failed>> + Send + Sync>;

/// One kind of event, on its way to one function. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    kind: &'static str,
    folder: Arc<PathBuf>,
    queue: UnboundedSender<Queued>,
    counts: Arc<Counts>,
}

/// How many events have come, and how many of them are handled. They keep their order.
#[derive(Default)]
struct Counts {
    published: AtomicUsize,
    handled: AtomicUsize,
}

struct Queued {
    file: PathBuf,
    event: Value,
}

/// The end of a bus at which events come out.
pub struct Line {
    arrivals: UnboundedReceiver<Queued>,
    counts: Arc<Counts>,
}

impl Bus {
    /// A bus for events of `kind`, and what was still on it when the host ended.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn open(kind: &'static str, folder: &Path) -> io::Result<(Self, Line)> {
        let (queue, arrivals) = unbounded_channel();
        let counts = Arc::<Counts>::default();
        let line = Line { arrivals, counts: Arc::clone(&counts) };
        let bus = Self { kind, folder: Arc::new(folder.to_owned()), queue, counts };
        let end = format!(".{kind}.json");
        let mut left: Vec<_> = std::fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with(&end))
            .collect();
        // Their names begin with time and count, so this is the order in which they happened.
        left.sort();
        for file in left {
            match serde_json::from_slice(&std::fs::read(&file)?) {
                Ok(event) => bus.enqueue(Queued { file, event }),
                Err(error) => tracing::warn!(%error, "a file in the events folder is no event"),
            }
        }
        Ok((bus, line))
    }

    /// Puts an event on the bus; it lies on the disk when this returns. Blocks.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn publish(&self, event: Value) -> io::Result<()> {
        // Two events of one millisecond keep their order by a count.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (id, count) = (ulid::Ulid::generate(), COUNT.fetch_add(1, Ordering::Relaxed));
        let name = format!("{:015}-{count:012}-{id}.{}.json", id.timestamp_ms(), self.kind);
        let file = self.folder.join(name);
        durable::write(&file, event.to_string().as_bytes())?;
        self.enqueue(Queued { file, event });
        Ok(())
    }

    /// How many events have come so far.
    #[must_use]
    pub fn published(&self) -> usize {
        self.counts.published.load(Ordering::SeqCst)
    }

    /// How many of them, the first ones, are handled.
    #[must_use]
    pub fn handled(&self) -> usize {
        self.counts.handled.load(Ordering::SeqCst)
    }

    fn enqueue(&self, queued: Queued) {
        self.counts.published.fetch_add(1, Ordering::SeqCst);
        // The line is gone only while the host ends; the event is on the disk for the next start.
        let _ = self.queue.send(queued);
    }
}

impl Line {
    /// Hands every event to `handler`, for as long as there is a bus.
    pub async fn run(mut self, handler: Handler) {
        while let Some(queued) = self.arrivals.recv().await {
            if deliver(&handler, &queued.event).await {
                if let Err(error) = durable::remove(&queued.file) {
                    tracing::warn!(%error, "a handled event could not be removed; it comes again");
                }
            } else {
                // As a dead-letter queue: for a person, and out of the way of the next start.
                let aside = queued.file.with_extension("failed");
                if let Err(error) = std::fs::rename(&queued.file, &aside) {
                    tracing::warn!(%error, "a failed event could not be put aside");
                }
            }
            self.counts.handled.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Whether the event was handled, at last.
async fn deliver(handler: &Handler, event: &Value) -> bool {
    for pause in PAUSES.into_iter().map(Some).chain([None]) {
        // A task of its own: a panic is a failure like any other.
        let failed = match tokio::spawn(handler(event.clone())).await {
            Ok(Ok(())) => return true,
            Ok(Err(failed)) => failed,
            Err(_) => Failed("the function panicked".to_owned()),
        };
        if let Some(pause) = pause {
            tracing::warn!(error = %failed, "a function did not handle an event; again soon");
            tokio::time::sleep(pause).await;
        } else {
            tracing::error!(error = %failed, "a function never handled an event");
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn an_event_that_was_not_handled_comes_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (bus, line) = Bus::open("mail", folder.path()).unwrap();
        bus.publish(json!({"n": 1})).unwrap();
        bus.publish(json!({"n": 2})).unwrap();
        drop((bus, line));

        let (bus, line) = Bus::open("mail", folder.path()).unwrap();
        assert_eq!((bus.published(), bus.handled()), (2, 0));
        let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
        let handler: Handler = {
            let seen = Arc::clone(&seen);
            Arc::new(move |event| {
                let mut seen = seen.lock().unwrap();
                seen.push(event);
                let fails = seen.len() == 1;
                Box::pin(async move {
                    if fails { Err(Failed("the first time".into())) } else { Ok(()) }
                })
            })
        };
        tokio::spawn(line.run(handler));
        while bus.handled() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(*seen.lock().unwrap(), [json!({"n": 1}), json!({"n": 1}), json!({"n": 2})]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
