//! `casement demo` and the demonstration world. To come.

use std::path::{Path, PathBuf};

use crate::host::Running;

/// Options of `casement demo`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Take the cases from the files of this folder
    #[arg(long, value_name = "FOLDER")]
    pub from: Option<PathBuf>,
}

/// A step was not what it must be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DemoError(pub String);

/// Runs the main job against a throw-away host and tells it as a story.
///
/// # Errors
///
/// The first step that is not what it must be.
#[expect(clippy::unused_async, reason = "the demonstration is to come")]
pub async fn run(_args: Args) -> Result<(), DemoError> {
    Err(DemoError("the demonstration is not written yet".to_owned()))
}

/// Makes the demonstration world on a host that was started with `--demo`.
///
/// # Errors
///
/// The first step that is not what it must be.
#[expect(clippy::unused_async, reason = "the demonstration is to come")]
pub async fn demo_world(_host: &Running, _from: Option<&Path>) -> Result<(), DemoError> {
    Err(DemoError("the demonstration world is not written yet".to_owned()))
}
