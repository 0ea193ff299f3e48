//! Times and rights in the reader's words.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::model::{GrantWindow, Tlp};
use shared::rights::{Flag, Level, Rights, Role, Section};

/// A time for people: `27 November 2026, 14:30 UTC`.
pub(super) fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// The marking as FIRST writes it: `TLP:AMBER+STRICT`.
pub(super) fn marking(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "TLP:CLEAR",
        Tlp::Green => "TLP:GREEN",
        Tlp::Amber => "TLP:AMBER",
        Tlp::AmberStrict => "TLP:AMBER+STRICT",
        Tlp::Red => "TLP:RED",
    }
}

/// Since when and until when a share counts; nothing if it counts now and for good.
pub(super) fn window(window: GrantWindow, now: Timestamp) -> Option<String> {
    let from = window.valid_from.filter(|from| now < *from).map(time);
    let until = window.expires_at.map(time);
    match (from, until) {
        (Some(from), Some(until)) => Some(format!("from {from} until {until}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(until)) => Some(format!("until {until}")),
        (None, None) => None,
    }
}

/// What a share allows, after "You may".
pub(super) fn may(rights: Rights) -> String {
    match Role::named(rights) {
        Some(Role::Viewer) => return "read everything in it".to_owned(),
        Some(Role::Editor) => {
            return "read and change everything in it, but not close or delete it".to_owned();
        }
        Some(Role::EditorClose) => {
            return "read and change everything in it, close and reopen it, but not delete it"
                .to_owned();
        }
        None => {}
    }
    let at = |level| {
        let sections = Section::ALL.into_iter().filter(|of| rights.levels.of(*of) == level);
        let names = sections.map(|section| match section {
            Section::Contact => "contact data",
            other => other.as_str(),
        });
        list(&names.collect::<Vec<_>>())
    };
    let mut parts = Vec::new();
    parts.extend(at(Level::Read).map(|sections| format!("read its {sections}")));
    parts.extend(at(Level::Write).map(|sections| format!("read and change its {sections}")));
    if rights.flags.has(Flag::Close) {
        parts.push("close it".to_owned());
    }
    if rights.flags.has(Flag::Reopen) {
        parts.push("reopen it".to_owned());
    }
    parts.join("; ")
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[&str]) -> Option<String> {
    match words {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use shared::rights::{Flags, Levels};

    use super::*;

    #[test]
    fn rights_are_said_by_role_or_section_by_section() {
        assert_eq!(may(Role::Viewer.rights()), "read everything in it");
        let levels = Levels {
            details: Level::Read,
            comments: Level::Write,
            documents: Level::Write,
            contact: Level::Read,
            ..Levels::default()
        };
        let rights = Rights { levels, flags: Flags::of(&[Flag::Close]) };
        assert_eq!(
            may(rights),
            "read its details and contact data; read and change its comments and documents; close it"
        );
    }

    #[test]
    fn times_are_in_utc() {
        let at = "2026-11-07T04:05:06+01:00".parse().unwrap();
        assert_eq!(time(at), "7 November 2026, 03:05 UTC");
    }
}
