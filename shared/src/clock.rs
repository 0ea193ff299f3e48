//! The time. The only place that asks the machine for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// What time it is, for everything that decides.
///
/// A deployed function has the machine's time. The one-machine host can be started with a test
/// clock, which runs as the machine's does but can be moved on.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self { ahead_ms: None }
    }

    /// A clock that can be moved on. All clones move together.
    #[must_use]
    pub fn test() -> Self {
        Self { ahead_ms: Some(Arc::new(AtomicI64::new(0))) }
    }

    /// Whether [`Clock::advance`] moves this clock.
    #[must_use]
    pub fn can_be_moved(&self) -> bool {
        self.ahead_ms.is_some()
    }

    /// Moves a test clock on by `by`; the machine's clock stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(ahead) = &self.ahead_ms {
            let millis = i64::try_from(by.as_millis()).unwrap_or(0);
            ahead.fetch_add(millis, Ordering::SeqCst);
        }
    }

    /// Now, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        let now = Timestamp::now().as_millisecond();
        let ahead = self.ahead_ms.as_ref().map_or(0, |ahead| ahead.load(Ordering::SeqCst));
        Timestamp::from_millisecond(now + ahead).unwrap_or(Timestamp::MAX)
    }
}
