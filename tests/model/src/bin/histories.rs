//! `histories [STEPS] [SEED]`: random histories of so many steps in all, 100,000 if nothing is said,
//! against the functions in process. The first answer that the model does not give ends it, with the
//! shortest history that leads there.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How many steps one history has at most; half of that on average.
const STEPS: u32 = 80;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().ok());
    let steps = arguments.next().flatten().unwrap_or(100_000);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = arguments.next().flatten().unwrap_or(since.as_secs());
    let histories = u32::try_from(steps / u64::from(STEPS / 2)).unwrap_or(u32::MAX).max(1);
    let begun = Instant::now();
    let outcome = model::histories(histories, STEPS, seed);
    let (told, code) = match outcome {
        Ok(steps) => (format!("{steps} steps, all as the model says"), ExitCode::SUCCESS),
        Err(broken) => (broken, ExitCode::FAILURE),
    };
    let took = begun.elapsed().as_secs();
    drop(writeln!(std::io::stderr(), "{told}\nseed {seed}, {took} s"));
    code
}
