//! What happens without anybody asking: the stream, uploads, mail, the clock.

pub mod bus;
pub mod clock;
pub mod housekeeping;
mod image;
pub mod pump;
pub mod scan;
pub mod uploads;

use std::future::Future;
use std::pin::Pin;

/// A future that anybody can hold.
pub type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A function did not do its work. The text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

impl Failed {
    /// The whole chain of an error, in one line.
    pub fn of(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self(text)
    }
}
