//! From files to a batch.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::entry::{Entry, Fault, Parsed, Place};
use super::{misp, register};

/// What is to be imported.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The files, as they were named.
    pub files: Vec<String>,
    /// What can be imported, each once.
    pub entries: Vec<Entry>,
    /// What says the same as an entry before it.
    pub repeated: Vec<Place>,
    /// What cannot be imported.
    pub faults: Vec<Fault>,
}

/// How much of the files is taken.
#[derive(Clone, Debug)]
pub struct Limits {
    rows: usize,
}

impl Limits {
    /// All of them.
    #[must_use]
    pub const fn none() -> Self {
        Self { rows: usize::MAX }
    }

    /// At most so many cases of each file, the first ones.
    #[must_use]
    pub const fn rows(rows: usize) -> Self {
        Self { rows }
    }
}

/// Reads the files. What cannot be read is a fault, the rest is there.
#[must_use]
pub fn read(files: &[PathBuf], limits: &Limits) -> Batch {
    let mut batch = Batch::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for path in files {
        let name = path.display().to_string();
        let mut parsed = match std::fs::read(path) {
            Ok(bytes) => parse(&name, &Bytes::from(bytes)),
            Err(error) => {
                let fault = Place::whole(&name).fault(format!("cannot be read: {error}"));
                Parsed { faults: vec![fault], ..Parsed::default() }
            }
        };
        parsed.entries.truncate(limits.rows);
        if !batch.files.contains(&name) {
            batch.files.push(name);
        }
        batch.faults.append(&mut parsed.faults);
        for entry in parsed.entries {
            batch.add(entry, &mut seen);
        }
    }
    batch
}

impl Batch {
    /// Adds all of another batch, which has none of the same references.
    pub fn append(&mut self, other: Self) {
        self.files.extend(other.files);
        self.entries.extend(other.entries);
        self.repeated.extend(other.repeated);
        self.faults.extend(other.faults);
    }

    /// Adds an entry, unless one before it says the same, or has its reference and says something
    /// else: there is one case for one reference.
    fn add(&mut self, entry: Entry, seen: &mut BTreeMap<String, usize>) {
        match seen.entry(entry.case.reference.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(self.entries.len());
                self.entries.push(entry);
            }
            Slot::Occupied(slot) => match self.entries.get(*slot.get()) {
                Some(first) if first.says_the_same(&entry) => self.repeated.push(entry.place),
                Some(first) => {
                    let reason = format!("is known as {}, and says something else", first.place);
                    self.faults.push(entry.place.fault(reason));
                }
                None => {}
            },
        }
    }
}

impl Entry {
    fn says_the_same(&self, other: &Self) -> bool {
        let bytes = |entry: &Self| entry.document.as_ref().map(|document| document.bytes.clone());
        self.case == other.case && bytes(self) == bytes(other)
    }
}

/// JSON if the file is called so or looks so, else a register.
fn parse(name: &str, bytes: &Bytes) -> Parsed {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let is_json = match Path::new(name).extension() {
        Some(end) if end.eq_ignore_ascii_case("json") => true,
        Some(end) if end.eq_ignore_ascii_case("csv") => false,
        _ => start.starts_with(b"{") || start.starts_with(b"["),
    };
    if is_json { misp::parse(name, bytes) } else { register::parse(name, bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(files: &[(&str, &str)]) -> Batch {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
        for (path, (_, text)) in paths.iter().zip(files) {
            std::fs::write(path, text).unwrap();
        }
        read(&paths, &Limits::none())
    }

    #[test]
    fn what_is_there_twice_goes_in_once() {
        let csv = "Title,SHA-1\nOne,e802d6f06085f22242a66b06c785315e1c63c070\n\
                   One,e802d6f06085f22242a66b06c785315e1c63c070\n\
                   Other,e802d6f06085f22242a66b06c785315e1c63c070\n";
        let batch = batch(&[("a.csv", csv), ("b.csv", csv)]);
        assert_eq!((batch.entries.len(), batch.repeated.len(), batch.faults.len()), (1, 3, 2));
        let fault = batch.faults[0].to_string();
        assert!(
            fault.contains("a.csv, line 4: is known as ") && fault.contains("a.csv, line 2"),
            "{fault}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_does_not_stop_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("a.csv");
        std::fs::write(&good, "Title\nOne\n").unwrap();
        let files = [folder.path().join("none.json"), folder.path().to_owned(), good];
        let batch = read(&files, &Limits::none());
        assert_eq!((batch.entries.len(), batch.faults.len()), (1, 2));
    }

    #[test]
    fn the_kind_of_a_file_is_seen_where_its_name_does_not_say_it() {
        let event = r#" {"Event":{"uuid":"7a1f92cb-dba7-425f-aacd-85b80ff5cb9a","info":"x"}}"#;
        let batch = batch(&[("event", event), ("register", "Title\nOne\n")]);
        assert_eq!((batch.entries.len(), batch.faults.len()), (2, 0));
    }
}
