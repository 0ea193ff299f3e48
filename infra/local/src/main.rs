//! `casement`: the one-machine host and its tools.

use std::io::Write;
use std::process::ExitCode;

use casement::backup::{self, BackupOptions};
use casement::events::Failed;
use casement::host::{self, Running};
use casement::options::Options;
use casement::repair::{self, RepairOptions};
use casement::{demo, functions, import, openapi, world};
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A fifth of the time of a check goes into the allocator of the C library.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Opens a case to the people who need it, and closes it again at once
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// What goes to standard error: error, warn, info (the default of `serve`), debug or off
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<LevelFilter>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole service on this machine
    Serve(Box<Options>),
    /// Run the main job against a throw-away host, as a story
    Demo(demo::Args),
    /// Bring cases in, through the HTTP API of a running host
    Import(import::Args),
    /// Copy a data directory, while a host may be using it
    Backup(BackupOptions),
    /// Look at a table that was restored to an earlier moment, and make it safe to open
    Repair(RepairOptions),
    /// Print the OpenAPI document
    Openapi,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // A story is not interrupted by what goes as it should.
    let quiet = !matches!(cli.command, Command::Serve(_));
    log(cli.log.unwrap_or(if quiet { LevelFilter::WARN } else { LevelFilter::INFO }));
    std::panic::set_hook(Box::new(|panic| {
        // The place only: what a panic says may be made of what a caller sent.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
    let done = match cli.command {
        Command::Serve(options) => serve(*options).await,
        Command::Demo(args) => demo::run(args).await.map_err(|error| Failed::of(&error)),
        Command::Import(args) => match import::run(args).await {
            Ok(code) => return code,
            Err(error) => Err(Failed::of(&error)),
        },
        Command::Backup(options) => backup::backup(&options).map_err(|error| Failed::of(&error)),
        Command::Repair(options) => match repair::repair(&options).await {
            Ok(true) => Ok(()),
            // It has said what it has found.
            Ok(false) => return ExitCode::from(2),
            Err(error) => Err(Failed::of(&error)),
        },
        Command::Openapi => print_openapi(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; there is nobody left to tell then.
            let _ = writeln!(std::io::stderr(), "casement: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Log lines go to standard error. Of what is not ours, whose log lines hold no tokens, links or
/// addresses, errors only: at lower levels the AWS crates print requests, and with them signed links.
fn log(level: LevelFilter) {
    let ours = functions::names().chain(["casement", "shared"]);
    let ours = Targets::new()
        .with_default(level.min(LevelFilter::ERROR))
        .with_targets(ours.map(|name| (name.replace('-', "_"), level)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}

async fn serve(mut options: Options) -> Result<(), Failed> {
    let failed = |error: &dyn std::error::Error| Failed::of(error);
    // Before the start, so that a signal during it is not lost.
    let mut terminated = signal(SignalKind::terminate()).map_err(|error| failed(&error))?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(|error| failed(&error))?;
    let stopped = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    };
    let asked_for = options.dev_sign_in;
    let (demo, from, announce) = (options.demo, options.from.clone(), options.announce.clone());
    let data = options.data.clone();
    world::prepare(&mut options);
    let running = host::start(options).await.map_err(|error| failed(&error))?;
    if demo {
        world::make(&running, from.as_deref()).await.map_err(|error| failed(&error))?;
    }
    if let Some(file) = announce {
        let text = json!({
            "api": running.api_url,
            "files": running.files_url,
            "issuer": running.issuer,
            "dynamodb": running.dynamodb_url(),
        });
        // Renamed into place, so that whoever waits for it reads all of it.
        let fresh = file.with_extension("new");
        std::fs::write(&fresh, text.to_string())
            .and_then(|()| std::fs::rename(&fresh, &file))
            .map_err(|error| failed(&error))?;
    }
    greet(&running, &data, asked_for).map_err(|error| failed(&error))?;
    stopped.await;
    running.shutdown().await;
    Ok(())
}

/// Says where everything is; the last line is for programs.
fn greet(running: &Running, data: &std::path::Path, asked_for: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Casement keeps its data in {}", data.display())?;
    writeln!(out, "Start page: {}/", running.api_url)?;
    if running.dev_sign_in {
        let why = if asked_for { "" } else { " because no --issuer was given" };
        writeln!(out, "Development sign-in is on{why}: anyone here can sign in as anyone.")?;
    }
    writeln!(out, "listening api={} files={}", running.api_url, running.files_url)?;
    out.flush()
}

fn print_openapi() -> Result<(), Failed> {
    let text = openapi::document().to_pretty_json().map_err(|error| Failed::of(&error))?;
    writeln!(std::io::stdout(), "{text}").map_err(|error| Failed::of(&error))
}
