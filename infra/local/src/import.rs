//! `casement import`: MISP events and incident registers become cases, through the HTTP API.
//!
//! Reading (`misp`, `register`) knows nothing of the API, sending (`send`) nothing of the formats.

pub mod entry;
pub mod misp;
mod misp_attributes;
mod read;
pub mod register;
mod report;
mod send;
pub mod tidy;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::client::{Call, Client, ClientError};

pub use read::{Batch, Limits, read};
pub use report::Report;
pub use send::send;

/// Some rows or files are not in.
const SOME_BAD: u8 = 2;

/// Options of `casement import`.
#[derive(clap::Args, Clone, Debug)]
#[command(group(clap::ArgGroup::new("who").required(true).args(["token", "token_file", "dev_sign_in"])))]
pub struct Args {
    /// The organisation that gets the cases
    #[arg(long)]
    pub org: String,

    /// Where the API is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub api: String,

    /// Access token of who imports; other users of this machine can read it in the process list
    #[arg(long)]
    pub token: Option<String>,

    /// File that holds the access token of who imports
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Sign in by development sign-in, as who has this address
    #[arg(long, value_name = "EMAIL")]
    pub dev_sign_in: Option<String>,

    /// MISP events (JSON) or incident registers (CSV)
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Why nothing, or not everything, was tried.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The API does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The token file cannot be read.
    #[error("cannot read the token file: {0}")]
    TokenFile(std::io::Error),
    /// The API knows this caller not, or not as a member.
    #[error("cannot import: {0}")]
    Refused(String),
    /// It ended before the last file.
    #[error("stopped: {reason}; {left} cases were not tried, import again to go on")]
    Stopped {
        /// Why.
        reason: String,
        /// How many were not tried.
        left: usize,
    },
    /// Standard output is closed.
    #[error("cannot write the report")]
    Output(#[from] std::io::Error),
}

/// Imports the files. Exit code 0: all of it is in; 2: some of it is bad, and the rest is in.
///
/// # Errors
///
/// [`ImportError`]
pub async fn run(args: Args) -> Result<ExitCode, ImportError> {
    let client = sign_in(&args).await?;
    check_member(&client, &args.org).await?;
    let batch = read(&args.files, &Limits::none());
    let bar = progress(batch.entries.len());
    let report = send(&client, &args.org, batch, &bar).await;
    bar.finish_and_clear();
    let mut err = std::io::stderr().lock();
    for fault in &report.faults {
        writeln!(err, "not imported: {fault}")?;
    }
    write!(std::io::stdout(), "{report}")?;
    if let Some((reason, left)) = report.stopped {
        return Err(ImportError::Stopped { reason, left });
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(SOME_BAD) })
}

async fn sign_in(args: &Args) -> Result<Client, ImportError> {
    let client = Client::new(&args.api)?;
    if let Some(token) = &args.token {
        return Ok(client.with_token(token));
    }
    if let Some(file) = &args.token_file {
        let token = std::fs::read_to_string(file).map_err(ImportError::TokenFile)?;
        return Ok(client.with_token(token.trim()));
    }
    let email = args.dev_sign_in.as_deref().unwrap_or_default();
    Ok(client.dev_sign_in(email, None).await?)
}

/// One clear refusal now is better than one for each row.
async fn check_member(client: &Client, org: &str) -> Result<(), ImportError> {
    let me = client.send_patiently(&Call::get("/v1/me")).await?;
    if me.status != 200 {
        return Err(ImportError::Refused(me.refusal()));
    }
    let orgs = me.at("/orgs").as_array().map(Vec::as_slice).unwrap_or_default();
    if orgs.iter().any(|one| one.get("org").and_then(|id| id.as_str()) == Some(org)) {
        return Ok(());
    }
    Err(ImportError::Refused(format!("you are no member of an organisation `{org}`")))
}

/// A progress bar on a terminal, nothing elsewhere.
fn progress(cases: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(cases as u64);
    // The template is fixed: were it wrong, the plain bar would do.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
