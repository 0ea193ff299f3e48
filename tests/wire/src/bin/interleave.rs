//! The long run of "one instant": every pair against every kind of table, every race, and every
//! fault, with a line of numbers for each. Ends with an error if an order is broken that must not be.
//!
//! `cargo run -p wire --bin interleave`, or with `every` to run also the orders that differ only in
//! reads that change places, which takes hours.

use std::io::{self, Write};
use std::process::ExitCode;

use wire::Person;
use wire::faults::{Survived, looks, operations};
use wire::pairs::{design, others};
use wire::races::races;
use wire::schedule::Schedule;
use wire::watch::{Breach, Table};

/// What the pairs are run against: as DynamoDB may be, and, to see that it is noticed, without
/// round two.
const TABLES: [Table; 5] =
    [Table::Sound, Table::Torn, Table::StaleIndex, Table::BlindRoundTwo, Table::TornBlindRoundTwo];

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let (mut orders, mut wrong) = (0, 0);
    let every = std::env::args().nth(1).is_some_and(|word| word == "every");
    let mut pairs = design().await;
    pairs.extend(others().await);
    for pair in pairs {
        for watch in &pair.watches {
            for table in TABLES {
                let schedule = if every { Schedule::every() } else { Schedule::reduced() };
                let mut report = watch.run(&pair.film, table, schedule).await;
                let path = watch.path.split('/').next_back().unwrap_or_default();
                let what = if path.len() == 26 { "case" } else { path };
                writeln!(out, "{} | {what} | {table:?} | {report}", pair.name)?;
                orders += report.runs;
                match table {
                    Table::Sound | Table::Torn | Table::StaleIndex => {
                        if what == "cases" {
                            // What the index does not have yet is late, and no more.
                            report.breaches.remove(&Breach::DeniedThroughout);
                        }
                        wrong += report.broken();
                    }
                    Table::BlindRoundTwo | Table::TornBlindRoundTwo | Table::LateContent => {}
                }
                let first = report.first.as_ref().filter(|_| report.broken() > 0);
                if let (Table::Sound | Table::Torn, Some(first)) = (table, first) {
                    writeln!(out, "    {first}")?;
                }
            }
        }
    }
    for start in races().await {
        let raced = start.race.run(&start.world, Schedule::reduced()).await;
        let (lost, halves) = (raced.lost(), raced.halves);
        writeln!(out, "{} | {} orders, {lost} lost, {halves} halves", start.name, raced.runs)?;
        orders += raced.runs;
        wrong += lost + halves;
        if let Some(first) = raced.first {
            writeln!(out, "    {first}")?;
        }
    }
    let (stage, operations) = operations().await;
    let (judge, looks) = (Person::new("admin-acme"), looks(&stage));
    for operation in operations {
        for times in [1, usize::MAX] {
            let survived = operation.survive(&stage.world, (&judge, &looks), times, |_| true).await;
            let Survived { runs, refused, wrong: told } = survived;
            let path = operation.path.replace(&stage.case, "CASE");
            let lasts = if times == 1 { "passes" } else { "lasts" };
            let keyed = if operation.keyed { " with a key" } else { "" };
            writeln!(
                out,
                "{} {path}{keyed} | {runs} faults, each {lasts}, {refused} times 503, {} wrong",
                operation.method,
                told.len()
            )?;
            for told in &told {
                writeln!(out, "    {told}")?;
            }
            orders += runs;
            wrong += told.len();
        }
    }
    writeln!(out, "{orders} orders, {wrong} wrong")?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
