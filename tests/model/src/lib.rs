//! A reference model: what the design says of who may do what, told once more as simply as can be,
//! and random histories in which the service must answer as the model does.
//!
//! `rights`, `rules`, `may`: what can be given, the state, the decision. `step`: what can happen. `play`: a history, carried out
//! against the functions in process, every answer compared. `docs/proofs.md` says what it shows.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests use this crate: one that cannot go on has failed, and says where"
)]

mod look;
mod may;
mod play;
mod rights;
mod rules;
mod stage;
mod step;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tokio::runtime::Builder;

use play::play;
use stage::Stage;
use step::steps;

/// Plays random histories of up to so many steps each, the same ones for the same seed. Answers how
/// many steps that were.
///
/// # Errors
///
/// What happened, where an answer is not the model's: the shortest history that leads there.
///
/// # Panics
///
/// If the stage cannot be set.
pub fn histories(histories: u32, most: u32, seed: u64) -> Result<u64, String> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stage = runtime.block_on(Stage::set());
    let config = Config {
        cases: histories,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, random);
    let played = Cell::new(0);
    // While a history is shortened, every failure on the way would be told.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = runner.run(&steps(usize::try_from(most).unwrap_or(usize::MAX)), |history| {
        played.set(played.get() + u64::try_from(history.len()).unwrap_or(0));
        runtime.block_on(play(&stage, &history));
        Ok(())
    });
    std::panic::set_hook(hook);
    outcome.map(|()| played.get()).map_err(|broken| match broken {
        TestError::Fail(reason, history) => format!("{reason}\n{history:?}"),
        TestError::Abort(reason) => reason.to_string(),
    })
}
