//! The file: a block for each operation, in it a line for all callers who are answered alike.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Operation, caller, place; and what is answered.
pub(super) type Cells = BTreeMap<(String, String, String), String>;

/// A table that is kept in a file.
pub(super) struct Table {
    /// Names of the columns.
    pub(super) columns: &'static [&'static str],
    /// What is kept.
    pub(super) text: &'static str,
}

const HEAD: &str = "\
# Who may do what where. One block for each operation, one line for all callers who are answered
# alike: the status, and the code where it is no plain yes, 403 or 404. `UPDATE_EXPECT=1` and
# `CASEMENT_GOLDEN=all` write it; tests/stories/golden says who the callers are and what is asked.
#
# 412: they may, and are told that the version which the request names is over.
";

impl Table {
    fn cells(&self) -> Cells {
        let mut cells = Cells::new();
        let mut operation = "";
        for line in self.text.lines().filter(|line| !line.starts_with('#')) {
            let Some((row, callers)) = line.split_once('|') else {
                operation = line.split_whitespace().next().unwrap_or_default();
                continue;
            };
            let row = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
            for (place, cell) in self.columns.iter().zip(row) {
                for caller in callers.split(';') {
                    let key = (operation.to_owned(), caller.trim().to_owned(), (*place).to_owned());
                    cells.insert(key, cell.to_owned());
                }
            }
        }
        cells
    }

    /// These cells are as they are kept.
    pub(super) fn has(&self, found: &Cells) {
        let kept = self.cells();
        let other: Vec<_> = found
            .iter()
            .filter(|(key, cell)| kept.get(*key) != Some(cell))
            .map(|(key, cell)| format!("{key:?}: {cell}, and not {:?}", kept.get(key)))
            .collect();
        assert!(other.is_empty(), "{}", other.join("\n"));
    }

    /// All cells, as they are kept.
    pub(super) fn written(&self, cells: &Cells, operations: &[&str]) -> String {
        let mut text = HEAD.to_owned();
        for operation in operations {
            let mut alike: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
            let of = cells.keys().filter(|(of, _, _)| of == operation);
            let mut callers: Vec<_> = of.map(|(_, caller, _)| caller.as_str()).collect();
            callers.dedup();
            for caller in callers {
                let cell = |place: &&'static str| {
                    let key = ((*operation).to_owned(), caller.to_owned(), (*place).to_owned());
                    cells[&key].as_str()
                };
                alike.entry(self.columns.iter().map(cell).collect()).or_default().push(caller);
            }
            let width = |column: usize| {
                let cells = alike.keys().map(|row| row[column].len());
                cells.chain([self.columns[column].len()]).max().unwrap_or_default()
            };
            let widths: Vec<_> = (0..self.columns.len()).map(width).collect();
            let line = |cells: &[&str]| {
                let padded =
                    cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
                padded.collect::<Vec<_>>().join("  ")
            };
            let _ = writeln!(text, "\n{operation}\n# {}", line(self.columns));
            for (row, callers) in &alike {
                let _ = writeln!(text, "  {}  | {}", line(row), callers.join("; "));
            }
        }
        text
    }
}
