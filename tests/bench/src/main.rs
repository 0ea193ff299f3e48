//! `cargo run --profile quick -p bench`: what the one-machine host does, and what its embedded
//! engine alone does for the same DynamoDB requests, in one run.
//!
//! Times are reported, never asserted: this is for people. Build the host first, in the same
//! profile: `cargo build --profile quick -p casement`.
//!
//! `cargo run --release -p bench -- start`: what a cold start of each function costs.

mod api;
mod decision;
mod engine;
mod measure;
mod start;

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use clap::Parser;

use measure::{Figures, measure};

/// What to measure.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    what: Option<What>,
    /// Cases in the table.
    #[arg(long, default_value_t = 10_000)]
    cases: usize,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Clients at the same time, one figure each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16])]
    clients: Vec<usize>,
}

/// What else can be measured.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Cold starts of the functions, against a bare hello.
    Start(start::Options),
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    if let Some(What::Start(options)) = options.what {
        return start::run(&options).await;
    }
    let span = Duration::from_secs(options.seconds);
    let mut out = std::io::stdout();
    let (decided, empty) = decision::times();
    writeln!(out, "a decision with 20 grants: {decided:?}, an empty loop: {empty:?}")?;
    let host = api::Host::start().await?;
    let begun = std::time::Instant::now();
    let world = host.fill(options.cases).await?;
    writeln!(
        out,
        "{} cases made in {:.1} s by 16 clients",
        options.cases,
        begun.elapsed().as_secs_f64()
    )?;
    let engine = engine::Engine::of(&host, &world)?;
    writeln!(out, "\n{:<28}{:>8}{:>10}{:>10}{:>10}", "", "clients", "median", "99 %", "per s")?;
    for clients in options.clients {
        let check = measure(clients, span, |turn| world.check(turn)).await?;
        row(&mut out, "check (comments of a case)", clients, &check)?;
        let alone = measure(clients, span, |turn| engine.check(turn)).await?;
        row(&mut out, "  its requests alone", clients, &alone)?;
        ratio(&mut out, &check, &alone)?;
        let open = measure(clients, span, |turn| world.open(turn)).await?;
        row(&mut out, "open a case", clients, &open)?;
        let list = measure(clients, span, |_| world.list()).await?;
        row(&mut out, "list (25 cases)", clients, &list)?;
        let share = measure(clients, span, |_| world.share()).await?;
        row(&mut out, "share (one colleague)", clients, &share)?;
        let alone = measure(clients, span, |turn| engine.share(turn)).await?;
        row(&mut out, "  its requests alone", clients, &alone)?;
        ratio(&mut out, &share, &alone)?;
    }
    Ok(())
}

fn row(out: &mut impl Write, what: &str, clients: usize, figures: &Figures) -> std::io::Result<()> {
    writeln!(
        out,
        "{what:<28}{clients:>8}{:>7.2} ms{:>7.2} ms{:>10.0}{}",
        figures.median_ms,
        figures.p99_ms,
        figures.per_second,
        if figures.failed == 0 { String::new() } else { format!("  {} failed", figures.failed) },
    )
}

fn ratio(out: &mut impl Write, service: &Figures, engine: &Figures) -> std::io::Result<()> {
    writeln!(out, "  service / engine: {:.2}", service.per_second / engine.per_second)
}
