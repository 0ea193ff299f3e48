//! `casement demo`: the main job, run against a throw-away host and told as a story.
//!
//! Every step says what its answer must be. Nothing is told that was not asked and answered.

mod brief;
mod chapters;
mod files;
mod mail;
mod must;
mod people;
mod story;

use std::path::PathBuf;

use crate::client::{Client, ClientError};
use crate::host::{self, StartError};
use crate::import::Limits;
use crate::options::Options;
use crate::samples;
use crate::world::{self, WorldError};

pub use story::Ended;
use story::Story;

/// Cases on which the story turns. A folder that gives fewer is helped out with built-in ones.
const CASES: usize = 3;

/// Options of `casement demo`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Take the cases from the files of this folder: MISP events (*.json), registers (*.csv)
    #[arg(long, value_name = "FOLDER")]
    pub from: Option<PathBuf>,

    /// Keep everything in this directory, which must be new or empty
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Do not delete the directory at the end
    #[arg(long)]
    pub keep: bool,
}

/// Why the demo did not go as it must.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Steps were not what they must be.
    #[error("{bad} of {steps} steps are not as they must be: {which}")]
    NotAsTheyMust {
        /// How many.
        bad: usize,
        /// Of how many.
        steps: usize,
        /// Which, by number.
        which: String,
    },
    /// It ended before its last step.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The host does not start.
    #[error("the host does not start")]
    Start(#[from] StartError),
    /// There is no client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// There is no material.
    #[error(transparent)]
    Material(#[from] WorldError),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The directory cannot be used.
    #[error("cannot use the directory `{path}`: {cause}", path = .0.display(), cause = .1)]
    Directory(PathBuf, std::io::Error),
    /// The directory has something in it.
    #[error("the directory `{}` is not empty; the demo begins with nothing", .0.display())]
    NotEmpty(PathBuf),
}

/// Runs the main job against a throw-away host and tells it as a story.
///
/// # Errors
///
/// [`DemoError`]: steps that were not what they must be, or why it could not go on.
pub async fn run(args: Args) -> Result<(), DemoError> {
    let limits = Limits::rows(1);
    // Before the host starts: a folder without material is known at once.
    let mut material = world::material(args.from.as_deref(), &limits)?;
    if material.entries.len() < CASES {
        material.append(samples::batch());
    }
    let home = Home::open(&args)?;
    let mut options = Options::throw_away(home.path().to_owned());
    world::OPERATOR.clone_into(&mut options.operators);
    let host = host::start(options).await?;
    let told = tokio::select! {
        told = chapters::tell(Story::new(Client::new(&host.api_url)?), material) => told,
        _ = tokio::signal::ctrl_c() => Err(DemoError::Interrupted),
    };
    host.shutdown().await;
    let closed = home.close(args.keep);
    told.and(closed)
}

/// The directory of the host: deleted at the end, unless it is to be kept.
enum Home {
    Passing(tempfile::TempDir),
    Given(PathBuf),
}

impl Home {
    fn open(args: &Args) -> Result<Self, DemoError> {
        let Some(path) = &args.data else {
            let made = tempfile::Builder::new().prefix("casement-demo-").tempdir();
            let failed = |error| DemoError::Directory(std::env::temp_dir(), error);
            return made.map(Self::Passing).map_err(failed);
        };
        match std::fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => Err(DemoError::NotEmpty(path.clone())),
            Ok(false) => Ok(Self::Given(path.clone())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::Given(path.clone()))
            }
            Err(error) => Err(DemoError::Directory(path.clone(), error)),
        }
    }

    fn path(&self) -> &std::path::Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Given(path) => path,
        }
    }

    /// Keeps the directory and says where it is, or deletes it.
    fn close(self, keep: bool) -> Result<(), DemoError> {
        let path = match self {
            Self::Given(path) => path,
            Self::Passing(folder) if keep => folder.keep(),
            Self::Passing(folder) => {
                let path = folder.path().to_owned();
                return folder.close().map_err(|error| DemoError::Directory(path, error));
            }
        };
        let look = format!("To look around: cargo casement serve --data {}", path.display());
        Ok(story::say(&look)?)
    }
}
