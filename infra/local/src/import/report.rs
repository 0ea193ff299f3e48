//! What became of a batch.

use std::collections::BTreeMap;
use std::fmt;

use super::entry::{Fault, Place};
use super::read::Batch;

/// Places of repetitions that are named.
const PLACES: usize = 10;

/// What became of one entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The case was made, and its document attached.
    Added,
    /// Both were there.
    There,
    /// The case was there, and its document or observables were not, or not all.
    Completed,
}

/// The counts of one file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Cases made.
    pub added: usize,
    /// Cases that were there.
    pub there: usize,
    /// Cases that were there, and whose document or observables were not, or not all.
    pub completed: usize,
    /// What says the same as something before it.
    pub repeated: usize,
    /// What is not in.
    pub bad: usize,
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By file, in the order in which they were named.
    pub files: Vec<(String, Counts)>,
    /// What is not in, and why.
    pub faults: Vec<Fault>,
    /// What says the same as something before it, and was taken once.
    pub repeated: Vec<Place>,
    /// Observables added.
    pub observables: usize,
    /// What the attached documents carry and no section can, by name and number.
    pub left_out: BTreeMap<&'static str, usize>,
    /// Texts that were shortened or cleaned.
    pub tidied: usize,
    /// The cases, by reference.
    pub cases: BTreeMap<String, String>,
    /// Why it ended before the last entry, and how many were not tried.
    pub stopped: Option<(String, usize)>,
}

impl Report {
    /// A report on what reading alone has found.
    pub(super) fn of(batch: &Batch) -> Self {
        let mut report = Self {
            repeated: batch.repeated.clone(),
            files: batch.files.iter().map(|name| (name.clone(), Counts::default())).collect(),
            ..Self::default()
        };
        for place in &batch.repeated {
            report.count(&place.file, |counts| counts.repeated += 1);
        }
        for fault in &batch.faults {
            report.bad(fault.clone());
        }
        report
    }

    /// Counts something for a file.
    pub(super) fn count(&mut self, file: &str, change: impl FnOnce(&mut Counts)) {
        if let Some((_, counts)) = self.files.iter_mut().find(|(name, _)| name == file) {
            change(counts);
        }
    }

    /// Something is not in.
    pub(super) fn bad(&mut self, fault: Fault) {
        self.count(&fault.place.file, |counts| counts.bad += 1);
        self.faults.push(fault);
    }

    /// All files together.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.files.iter().fold(Counts::default(), |sum, (_, counts)| Counts {
            added: sum.added + counts.added,
            there: sum.there + counts.there,
            completed: sum.completed + counts.completed,
            repeated: sum.repeated + counts.repeated,
            bad: sum.bad + counts.bad,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        let mut rows: Vec<(String, Counts)> =
            self.files.iter().map(|(name, counts)| (short(name), *counts)).collect();
        if rows.len() != 1 {
            rows.push(("all files".to_owned(), self.total()));
        }
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        writeln!(
            f,
            "{:width$}  {:>6}  {:>13}  {:>9}  {:>8}  {:>4}",
            "", "added", "already there", "completed", "repeated", "bad"
        )?;
        for (name, counts) in rows {
            let Counts { added, there, completed, repeated, bad } = counts;
            writeln!(
                f,
                "{name:width$}  {added:>6}  {there:>13}  {completed:>9}  {repeated:>8}  {bad:>4}"
            )?;
        }
        if !self.repeated.is_empty() {
            let mut places: Vec<String> =
                self.repeated.iter().take(PLACES).map(ToString::to_string).collect();
            if PLACES < self.repeated.len() {
                places.push(format!("{} more", self.repeated.len() - PLACES));
            }
            writeln!(f, "There before, taken once: {}.", places.join("; "))?;
        }
        if self.observables != 0 {
            writeln!(f, "Observables added: {}.", self.observables)?;
        }
        if !self.left_out.is_empty() {
            let counts: Vec<String> =
                self.left_out.iter().map(|(name, count)| format!("{count} {name}")).collect();
            writeln!(f, "In attached documents only: {}.", counts.join(", "))?;
        }
        if self.tidied != 0 {
            writeln!(f, "Shortened or cleaned: {} texts.", self.tidied)?;
        }
        Ok(())
    }
}
