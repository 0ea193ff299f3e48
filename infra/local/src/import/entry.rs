//! What a file holds, before any of it is sent.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde_json::{Value, json};

/// Where something stands in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The file, as it was named.
    pub file: String,
    /// A line, a JSON pointer, or nothing for the file as a whole.
    pub at: At,
}

/// Where in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum At {
    /// The file as a whole.
    Whole,
    /// The line in which a row begins, from 1.
    Line(u64),
    /// A JSON pointer.
    Pointer(String),
}

/// Something that is not imported, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with it.
    pub reason: String,
}

/// A case to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The case.
    pub case: NewCase,
    /// A document that belongs to it.
    pub document: Option<Document>,
    /// Its observables, each once.
    pub observables: Vec<NewObservable>,
    /// What sections of a case cannot carry and the document does, by name and number.
    pub left_out: BTreeMap<&'static str, usize>,
    /// How many texts were shortened or cleaned.
    pub tidied: usize,
}

/// What the API is told of a new case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewCase {
    /// One line.
    pub title: String,
    /// Text.
    pub description: String,
    /// How bad it is.
    pub severity: &'static str,
    /// How far it may be passed on.
    pub tlp: &'static str,
    /// Tags.
    pub tags: Vec<String>,
    /// What it was made from; the same again is not made twice.
    pub reference: String,
}

/// What the API is told of a new observable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewObservable {
    /// Of what type it is.
    pub kind: &'static str,
    /// The value, in its one spelling.
    pub value: String,
    /// What is to be known of it.
    pub note: String,
    /// Tags.
    pub tags: Vec<String>,
    /// How far it may be passed on; as the case, if nothing is said.
    pub tlp: &'static str,
    /// Whether it is an indicator of compromise.
    pub ioc: bool,
    /// What it is called where it comes from.
    pub source_type: Option<String>,
}

impl NewObservable {
    /// Its part of the body of `POST /v1/cases/{case}/observables`.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({
            "type": self.kind,
            "value": self.value,
            "note": self.note,
            "tags": self.tags,
            "tlp": self.tlp,
            "ioc": self.ioc,
            "source_type": self.source_type,
        })
    }
}

/// A file to be attached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What one file holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parsed {
    /// What can be imported.
    pub entries: Vec<Entry>,
    /// What cannot.
    pub faults: Vec<Fault>,
}

impl NewCase {
    /// The body of `POST /v1/cases`.
    #[must_use]
    pub fn body(&self, org: &str) -> Value {
        json!({
            "org": org,
            "title": self.title,
            "description": self.description,
            "severity": self.severity,
            "tlp": self.tlp,
            "tags": self.tags,
            "reference": self.reference,
        })
    }
}

impl Place {
    /// A file as a whole.
    #[must_use]
    pub fn whole(file: &str) -> Self {
        Self { file: file.to_owned(), at: At::Whole }
    }

    /// A line of a file.
    #[must_use]
    pub fn line(file: &str, line: u64) -> Self {
        Self { file: file.to_owned(), at: At::Line(line) }
    }

    /// A place in a JSON file.
    #[must_use]
    pub fn pointer(file: &str, pointer: impl Into<String>) -> Self {
        Self { file: file.to_owned(), at: At::Pointer(pointer.into()) }
    }

    /// Something is wrong here.
    #[must_use]
    pub fn fault(self, reason: impl Into<String>) -> Fault {
        Fault { place: self, reason: reason.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Whole => f.write_str(&self.file),
            At::Line(line) => write!(f, "{}, line {line}", self.file),
            At::Pointer(pointer) => write!(f, "{}, {pointer}", self.file),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}
