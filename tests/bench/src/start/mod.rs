//! `bench start`: what a cold start of each function costs, against a bare `lambda_runtime` hello.
//!
//! The binaries are those that are shipped, in the same build as `infra/build` makes. Lambda's
//! Runtime API and DynamoDB are stand-ins on loopback that answer at once: what is measured is the
//! function alone. There is no TLS handshake, which on AWS adds its own time to both.

mod binaries;
mod events;
mod process;
mod stand_in;

use std::error::Error;
use std::io::Write;

use binaries::Binary;
use process::Start;
use stand_in::StandIn;

/// What a start may cost, as ratios to the hello, and in bytes.
const INIT_GOAL: f64 = 1.6;
const MEMORY_GOAL: f64 = 3.0;
const SIZE_GOAL: u64 = 5_000_000;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Functions, separated by commas; all if not given.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Starts of each function. Medians are shown.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Cargo profile of the binaries.
    #[arg(long, default_value = "release")]
    profile: String,
}

/// Builds, starts and measures.
pub(crate) async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let binaries = binaries::build(&options.profile, &options.only)?;
    let stand_in = StandIn::start().await?;
    let mut starts: Vec<Vec<Start>> = binaries.iter().map(|_| Vec::new()).collect();
    // Interleaved: whatever else the machine does meets all of them.
    for _ in 0..options.rounds.max(1) {
        for (binary, starts) in binaries.iter().zip(&mut starts) {
            starts.push(process::start(binary, &stand_in).await?);
        }
    }
    let figures: Vec<Figures> =
        binaries.iter().zip(&starts).map(|(binary, starts)| Figures::of(binary, starts)).collect();
    print(&options.profile, &figures)
}

/// The medians of one function.
struct Figures {
    name: String,
    init_ms: f64,
    init_cpu_ms: f64,
    first_ms: f64,
    warm_ms: f64,
    memory_kb: f64,
    size_bytes: u64,
}

impl Figures {
    fn of(binary: &Binary, starts: &[Start]) -> Self {
        let of = |what: fn(&Start) -> f64| median(starts.iter().map(what).collect());
        Self {
            name: binary.name.clone(),
            init_ms: of(|start| start.init_ms),
            init_cpu_ms: of(|start| start.init_cpu_ms),
            first_ms: of(|start| start.first_ms),
            warm_ms: of(|start| start.warm_ms),
            memory_kb: of(|start| start.memory_kb),
            size_bytes: binary.size_bytes,
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The table: each figure, and after it how many times that of the hello it is.
fn print(profile: &str, figures: &[Figures]) -> Result<(), Box<dyn Error>> {
    let hello = figures.iter().find(|one| one.name == binaries::HELLO).ok_or("no hello")?;
    let mut out = std::io::stdout();
    writeln!(out, "profile {profile}; medians; after each figure its ratio to {}", hello.name)?;
    writeln!(
        out,
        "{:<25}{:>17}{:>17}{:>17}{:>17}{:>17}{:>17}  goals missed",
        "function", "init", "init CPU", "first", "warm", "peak memory", "binary"
    )?;
    for one in figures {
        let ms = |own: f64, base: f64| format!("{own:.2} ms {:>5.2}×", own / base);
        let mb = |own: f64, base: f64| format!("{own:.2} MB {:>5.2}×", own / base);
        writeln!(
            out,
            "{:<25}{:>17}{:>17}{:>17}{:>17}{:>17}{:>17}  {}",
            one.name,
            ms(one.init_ms, hello.init_ms),
            ms(one.init_cpu_ms, hello.init_cpu_ms),
            ms(one.first_ms, hello.first_ms),
            ms(one.warm_ms, hello.warm_ms),
            mb(one.memory_kb / 1e3, hello.memory_kb / 1e3),
            mb(megabytes(one.size_bytes), megabytes(hello.size_bytes)),
            missed(one, hello),
        )?;
    }
    Ok(())
}

fn missed(one: &Figures, hello: &Figures) -> String {
    let mut missed = Vec::new();
    if INIT_GOAL < one.init_cpu_ms / hello.init_cpu_ms {
        missed.push("init");
    }
    if MEMORY_GOAL < one.memory_kb / hello.memory_kb {
        missed.push("memory");
    }
    if SIZE_GOAL < one.size_bytes {
        missed.push("size");
    }
    if missed.is_empty() { "-".to_owned() } else { missed.join(", ") }
}

fn megabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a binary is far below 2^52 bytes")]
    let bytes = bytes as f64;
    bytes / 1e6
}
