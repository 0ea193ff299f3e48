//! Clients that ask as fast as they are answered.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What came out.
pub(crate) struct Figures {
    /// Median of the time that one answer took.
    pub(crate) median_ms: f64,
    /// 99th percentile of it.
    pub(crate) p99_ms: f64,
    /// Answers in a second.
    pub(crate) per_second: f64,
    /// Requests that did not succeed; they are in no other figure.
    pub(crate) failed: usize,
}

/// Has `clients` clients do `ask` for `span`, each turn with another number.
pub(crate) async fn measure<Ask, Answer>(
    clients: usize,
    span: Duration,
    ask: Ask,
) -> Result<Figures, Box<dyn Error>>
where
    Ask: Fn(usize) -> Answer,
    Answer: Future<Output = bool> + Send + 'static,
{
    let turn = AtomicUsize::new(0);
    // The first answers open connections and warm caches.
    for _ in 0..20 {
        tokio::spawn(ask(turn.fetch_add(1, Ordering::Relaxed))).await?;
    }
    let begun = Instant::now();
    let work = (0..clients).map(|_| async {
        let mut times = Vec::new();
        let mut failed = 0;
        while begun.elapsed() < span {
            let at = Instant::now();
            let answer = tokio::spawn(ask(turn.fetch_add(1, Ordering::Relaxed)));
            match answer.await {
                Ok(true) => times.push(at.elapsed()),
                _ => failed += 1,
            }
        }
        (times, failed)
    });
    let mut times = Vec::new();
    let mut failed = 0;
    for (some, of_them) in futures_util::future::join_all(work).await {
        times.extend(some);
        failed += of_them;
    }
    let took = begun.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| {
        times.get(times.len() * share / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of answers is far below 2^52")]
    let per_second = times.len() as f64 / took;
    Ok(Figures { median_ms: at(50), p99_ms: at(99), per_second, failed })
}
