//! What a mail says, and how it is written: as text and as HTML, equally complete.

mod about_case;
mod invited;
#[cfg(test)]
mod tests;
mod words;

use askama::Template;
use shared::store::StoreError;
use shared::text::{Message, Name};

pub(crate) use about_case::{
    CaseLetter, Found, confirmation, found_by, found_in, incoming, withdrawn,
};
pub(crate) use invited::{to_group, to_org};

/// The longest line of the text, in characters.
const WIDTH: usize = 76;

/// A mail, part by part. Every part is plain text; the templates escape it.
#[derive(Debug)]
pub(crate) struct Letter {
    /// The subject; nothing that a sharer wrote, and nothing of the case.
    pub(crate) subject: String,
    /// What a mailbox shows beside the subject.
    pub(crate) preview: String,
    /// What it is, in a line.
    pub(crate) heading: String,
    /// The same in sentences.
    pub(crate) lead: Vec<String>,
    /// The particulars.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The sharer's own words.
    pub(crate) quote: Option<Quote>,
    /// What to do.
    pub(crate) action: Option<Action>,
    /// How long that can be done, and what if it was not meant for the reader.
    pub(crate) notes: Vec<String>,
    /// Who sent this, and why.
    pub(crate) footer: String,
}

/// Somebody's words, marked as theirs.
#[derive(Debug)]
pub(crate) struct Quote {
    pub(crate) from: String,
    pub(crate) lines: Vec<String>,
}

impl Quote {
    fn of(message: Option<&Message>, from: &str) -> Option<Self> {
        let message = message?;
        let lines = message.as_str().lines().map(str::to_owned).collect();
        Some(Self { from: from.to_owned(), lines })
    }
}

/// A link.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) label: &'static str,
    pub(crate) url: String,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The mail for those who read HTML.
    pub(crate) fn html(&self) -> Result<String, StoreError> {
        Html { letter: self }.render().map_err(StoreError::odd)
    }

    /// The mail for those who read text.
    pub(crate) fn text(&self) -> Result<String, StoreError> {
        let text = Text { letter: self }.render().map_err(StoreError::odd)?;
        let mut lines: Vec<String> = text.lines().map(wrap).collect();
        // Parts that are left out leave no gap.
        lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
        Ok(lines.join("\n") + "\n")
    }
}

/// Who shares, from where: by name, or as somebody of the org.
fn sharer(name: Option<&Name>, org: Option<&Name>) -> String {
    match (name, org) {
        (Some(name), Some(org)) => format!("{name} ({org})"),
        (Some(name), None) => name.to_string(),
        (None, Some(org)) => format!("Somebody at {org}"),
        (None, None) => "Somebody".to_owned(),
    }
}

/// One line in lines of at most [`WIDTH`]; what is quoted stays quoted. Words, such as links, stay
/// whole.
fn wrap(line: &str) -> String {
    let (mark, rest) = match line.strip_prefix("> ") {
        Some(rest) => ("> ", rest),
        None => ("", line),
    };
    // The mark of a signature ends with a space; all other lines lose theirs.
    if line == "-- " || line.chars().count() <= WIDTH {
        return if line == "-- " { line.to_owned() } else { line.trim_end().to_owned() };
    }
    let mut lines: Vec<String> = Vec::new();
    for word in rest.split(' ') {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= WIDTH => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(format!("{mark}{word}")),
        }
    }
    lines.join("\n")
}
