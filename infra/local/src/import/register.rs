//! An incident register in CSV: each row is a case.
//!
//! Columns by name, in any order: `Title` is needed; `Filename`, `Source`, `Link`, `SHA-1`, `Date`
//! (month/day/year) and `Year` are known; others go into the description as they are.

use bytes::Bytes;
use csv::{ByteRecord, ReaderBuilder};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::entry::{Entry, Fault, NewCase, Parsed, Place};
use super::tidy;

/// The TLP of a row: a register says nothing of it.
const TLP: &str = "amber";

/// Reads the rows of `file`, which holds `bytes`.
#[must_use]
pub fn parse(file: &str, bytes: &Bytes) -> Parsed {
    let whole = |reason: &str| Parsed {
        faults: vec![Place::whole(file).fault(reason)],
        ..Parsed::default()
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return whole("is UTF-16; save it as UTF-8");
    }
    let bytes = with_newlines(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut rows = Rows { bytes: &bytes, offset: 0, line: 1, width: None };
    let header = match rows.next() {
        Some(Ok((_, header))) => header,
        Some(Err(fault)) => return whole(&fault.1),
        None => return whole("is empty"),
    };
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let has = |wanted: &str| columns.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    if !has("Title") {
        return whole("has no column `Title` in its first line");
    }
    rows.width = Some(columns.len());
    let mut parsed = Parsed::default();
    for row in rows {
        match row {
            Ok((line, fields)) => {
                let row = Row { columns: &columns, fields: &fields };
                match row.entry(Place::line(file, line)) {
                    Ok(entry) => parsed.entries.push(entry),
                    Err(fault) => parsed.faults.push(fault),
                }
            }
            Err((line, reason)) => parsed.faults.push(Place::line(file, line).fault(reason)),
        }
    }
    parsed
}

/// The same with `\n` at the end of each line, so that lines are counted as editors count them.
fn with_newlines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(&byte) = rest.next() {
        match byte {
            b'\r' => {
                rest.next_if_eq(&&b'\n');
                lines.push(b'\n');
            }
            other => lines.push(other),
        }
    }
    lines
}

/// The rows of a file: line and fields, or line and what is wrong.
struct Rows<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
    width: Option<usize>,
}

impl Iterator for Rows<'_> {
    type Item = Result<(u64, Vec<String>), (u64, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.bytes.get(self.offset..).filter(|rest| !rest.is_empty())?;
            let line = self.line;
            let first = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| at + 1);
            if rest.get(..first).is_some_and(|line| line.iter().all(u8::is_ascii_whitespace)) {
                self.offset += first;
                self.line += 1;
                continue;
            }
            let (record, length) = record(rest);
            let fits = self.width.is_none_or(|width| record.len() == width);
            // A quote that is never closed swallows what follows. Only its own line is lost.
            let length = if fits { length } else { first };
            let eaten = rest.get(..length).unwrap_or(rest);
            self.offset += length;
            self.line += eaten.iter().map(|&b| u64::from(b == b'\n')).sum::<u64>();
            if !fits {
                let width = self.width.unwrap_or(0);
                let swallowed = if record.iter().any(|field| field.contains(&b'\n')) {
                    "; a quote is not closed"
                } else {
                    ""
                };
                let reason = format!("has {} fields, not {width}{swallowed}", record.len());
                return Some(Err((line, reason)));
            }
            return Some(
                decoded(&record).map(|fields| (line, fields)).map_err(|at| {
                    (line, format!("field {at} is not UTF-8; save the file as UTF-8"))
                }),
            );
        }
    }
}

/// The first record of `bytes`, and how many of them it takes.
fn record(bytes: &[u8]) -> (ByteRecord, usize) {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = ByteRecord::new();
    // Reading from memory, of records of any width: there is nothing to fail.
    let found = reader.read_byte_record(&mut record).unwrap_or(false);
    let length = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
    if found { (record, length) } else { (ByteRecord::new(), bytes.len()) }
}

/// The fields as text, or the number of the first one, from 1, that is none.
fn decoded(record: &ByteRecord) -> Result<Vec<String>, usize> {
    record
        .iter()
        .enumerate()
        .map(|(at, field)| match std::str::from_utf8(field) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(_) => Err(at + 1),
        })
        .collect()
}

/// One row.
struct Row<'a> {
    columns: &'a [String],
    fields: &'a [String],
}

impl Row<'_> {
    /// Names and values of what is filled in.
    fn filled(&self) -> impl Iterator<Item = (&str, &str)> {
        (self.columns.iter().zip(self.fields))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(_, value)| !value.is_empty())
    }

    fn get(&self, wanted: &str) -> Option<&str> {
        self.filled().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    fn entry(&self, place: Place) -> Result<Entry, Fault> {
        let title = tidy::line(self.get("Title").unwrap_or_default(), tidy::TITLE);
        if title.text.is_empty() {
            return Err(place.fault("`Title` is empty"));
        }
        let digest = match self.get("SHA-1").map(str::to_ascii_lowercase) {
            Some(digest) if !is_sha1(&digest) => {
                return Err(place.fault("`SHA-1` is not 40 hexadecimal digits"));
            }
            digest => digest,
        };
        let date = match self.get("Date").map(iso_date) {
            Some(None) => return Err(place.fault("`Date` is no day: it must be month/day/year")),
            Some(date) => date,
            None => None,
        };
        let description =
            tidy::prose(&self.description(&title, date.as_deref()), tidy::DESCRIPTION);
        let source = self.get("Source").map(|source| format!("source:{source}"));
        let year = self.get("Year");
        let given = ["aptnotes"].into_iter().chain(source.as_deref()).chain(year);
        let (tags, tags_changed) = tidy::tags(given);
        Ok(Entry {
            tidied: tags_changed + usize::from(title.changed) + usize::from(description.changed),
            case: NewCase {
                title: title.text,
                description: description.text,
                severity: "medium",
                tlp: TLP,
                tags,
                reference: reference(digest.as_deref(), self.fields),
            },
            place,
            document: None,
            observables: Vec::new(),
            left_out: std::collections::BTreeMap::new(),
        })
    }

    fn description(&self, title: &tidy::Tidy, date: Option<&str>) -> String {
        let mut lines = Vec::new();
        if title.changed {
            lines.extend(self.get("Title").map(str::to_owned));
        }
        for (name, value) in self.filled() {
            match name.to_ascii_lowercase().as_str() {
                "title" => {}
                // The day says the year.
                "year" if date.is_some() => {}
                "date" => lines.push(format!("{name}: {}", date.unwrap_or(value))),
                _ => lines.push(format!("{name}: {value}")),
            }
        }
        lines.join("\n")
    }
}

fn is_sha1(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `12/01/2006` as `2006-12-01`. `None` if it is no day.
fn iso_date(text: &str) -> Option<String> {
    let mut parts = text.split('/').map(str::parse::<i16>);
    let (Some(Ok(month)), Some(Ok(day)), Some(Ok(year)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    jiff::civil::Date::new(year, month, day).ok().map(|date| date.to_string())
}

/// What a row is known by: the digest of its document, else a hash of the row itself.
fn reference(sha1: Option<&str>, fields: &[String]) -> String {
    if let Some(sha1) = sha1 {
        return format!("aptnotes:{sha1}");
    }
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update(field.len().to_be_bytes());
        hasher.update(field);
    }
    let digest = HEXLOWER.encode(&hasher.finalize());
    format!("aptnotes:row-{}", digest.get(..40).unwrap_or_default())
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
