//! The long run of "one instant": every pair against every kind of table, every race, and every
//! fault, with a line of numbers for each. Ends with an error if an order is broken that must not be.
//!
//! `cargo run -p wire --bin interleave`; with `pairs`, `partners` (the pairs of links and what goes
//! over them), `races` or `faults` only those; with `every` also the orders that differ only in reads
//! that change places, which takes hours.

use std::io::{self, Write};
use std::process::ExitCode;

use wire::Person;
use wire::faults::{Survived, looks, operations};
use wire::pairs::{Pair, design, others};
use wire::partners;
use wire::races::races;
use wire::schedule::Schedule;
use wire::watch::{Breach, Table};

/// What the pairs are run against: as DynamoDB may be, and, to see that it is noticed, without
/// round two.
const TABLES: [Table; 5] =
    [Table::Sound, Table::Torn, Table::StaleIndex, Table::BlindRoundTwo, Table::TornBlindRoundTwo];

/// What came of all.
#[derive(Default)]
struct Sum {
    orders: usize,
    wrong: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let said = |word: &str| words.iter().any(|said| said == word);
    let parts = ["pairs", "partners", "races", "faults"];
    let meant = |part: &str| said(part) || !parts.iter().any(|part| said(part));
    let mut sum = Sum::default();
    if meant("pairs") {
        let mut pairs = design().await;
        pairs.extend(others().await);
        check(&mut sum, &pairs, said("every")).await?;
    }
    if meant("partners") {
        check(&mut sum, &partners::pairs().await, said("every")).await?;
    }
    if meant("races") {
        run_races(&mut sum).await?;
    }
    if meant("faults") {
        break_requests(&mut sum).await?;
    }
    writeln!(io::stdout(), "{} orders, {} wrong", sum.orders, sum.wrong)?;
    Ok(if sum.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every pair against every kind of table.
async fn check(sum: &mut Sum, pairs: &[Pair], every: bool) -> io::Result<()> {
    let mut out = io::stdout();
    for pair in pairs {
        for watch in &pair.watches {
            for table in TABLES {
                let schedule = if every { Schedule::every() } else { Schedule::reduced() };
                let mut report = watch.run(&pair.film, table, schedule).await;
                let path = watch.path.split('/').next_back().unwrap_or_default();
                let what = if path.len() == 26 { "case" } else { path };
                writeln!(out, "{} | {what} | {table:?} | {report}", pair.name)?;
                sum.orders += report.runs;
                match table {
                    Table::Sound | Table::Torn | Table::StaleIndex => {
                        if what == "cases" {
                            // What the index does not have yet is late, and no more.
                            report.breaches.remove(&Breach::DeniedThroughout);
                        }
                        sum.wrong += report.broken();
                        if let Some(first) = report.first.as_ref().filter(|_| report.broken() > 0) {
                            writeln!(out, "    {first}")?;
                        }
                    }
                    Table::BlindRoundTwo | Table::TornBlindRoundTwo | Table::LateContent => {}
                }
            }
        }
    }
    Ok(())
}

/// Every race.
async fn run_races(sum: &mut Sum) -> io::Result<()> {
    let mut out = io::stdout();
    for start in races().await {
        let raced = start.race.run(&start.world, Schedule::reduced()).await;
        let (lost, halves) = (raced.lost(), raced.halves);
        writeln!(out, "{} | {} orders, {lost} lost, {halves} halves", start.name, raced.runs)?;
        sum.orders += raced.runs;
        sum.wrong += lost + halves;
        if let Some(first) = raced.first {
            writeln!(out, "    {first}")?;
        }
    }
    Ok(())
}

/// Every fault at each request of every operation.
async fn break_requests(sum: &mut Sum) -> io::Result<()> {
    let mut out = io::stdout();
    let (stage, operations) = operations().await;
    let (judge, looks) = (Person::new("admin-acme"), looks(&stage));
    for operation in operations {
        for times in [1, usize::MAX] {
            let survived = operation.survive(&stage.world, (&judge, &looks), times, |_| true).await;
            let Survived { runs, refused, wrong } = survived;
            let path = operation.path.replace(&stage.case, "CASE");
            let lasts = if times == 1 { "passes" } else { "lasts" };
            let keyed = if operation.keyed { " with a key" } else { "" };
            writeln!(
                out,
                "{} {path}{keyed} | {runs} faults, each {lasts}, {refused} times 503, {} wrong",
                operation.method,
                wrong.len()
            )?;
            for told in &wrong {
                writeln!(out, "    {told}")?;
            }
            sum.orders += runs;
            sum.wrong += wrong.len();
        }
    }
    Ok(())
}
