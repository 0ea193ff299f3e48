//! Each row of this issue has its stories, and each story says what it proves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// The rows that stories prove by now.
const ROWS: [(char, &[u8]); 5] = [
    ('B', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ('S', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
    ('P', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
    ('O', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ('E', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
];

/// The rows of later issues.
const LATER: &str = "X1 to X15";

/// The edge cases of FEATURES.md that concern these rows.
const EDGES: [&str; 21] = [
    "sharing twice",
    "with oneself",
    "with one's own org",
    "a share below the recipient's own role",
    "last share of a guest removed",
    "token used twice",
    "token used by two at once",
    "token expired",
    "token of an older generation",
    "token with another address",
    "token with the same address in other case",
    "token with an unverified address",
    "decline then invite again",
    "revoke while pending",
    "two PUTs at once",
    "an item shared before its case",
    "a comment switched to internal disappears at once",
    "a none section absent everywhere",
    "a group member leaves: gone",
    "locked user, locked org: gone",
    "pages and counters do not betray hidden cases",
];

/// Those with more words than fit a line above.
const MORE_EDGES: [&str; 9] = [
    "revoke hides a case in every path",
    "policy holds on every way of creating a share",
    "to an unlinked, disabled, expired, one-way or unapproved link",
    "external user sees the portal's observable, not the analyst's",
    "merge table, the refused cell too",
    "a rule changed: no back-fill",
    "auto-share failing",
    "the four statuses",
    "owner change with and without keep_profile",
];

/// What else a story may prove.
const OTHERS: [&str; 2] = ["HTTP", "Bad input"];

/// Whether a mark is a row of FEATURES.md.
fn is_row(mark: &str) -> bool {
    let mut chars = mark.chars();
    chars.next().is_some_and(|c| "BSPOEX".contains(c)) && chars.as_str().parse::<u8>().is_ok()
}

/// All stories by what they prove, read from the sources.
fn stories() -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|end| end != "rs") || module == "tidy" {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = source.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.starts_with("#[tokio::test") {
                continue;
            }
            let name =
                lines[at + 1].strip_prefix("async fn ").and_then(|rest| rest.split('(').next());
            let story = format!("{module}::{}", name.expect("a story is a function"));
            let marks = at.checked_sub(1).and_then(|above| lines[above].strip_prefix("// "));
            let marks = marks.unwrap_or_else(|| panic!("`{story}` does not say what it proves"));
            for mark in split(marks) {
                found.entry(mark).or_default().push(story.clone());
            }
        }
    }
    found
}

/// The marks of a line. A comma inside an edge case does not end it.
fn split(line: &str) -> Vec<String> {
    let mut marks: Vec<String> = Vec::new();
    for part in line.split(", ") {
        let begins = is_row(part)
            || part.starts_with("Edge: ")
            || part.starts_with("Promise ")
            || OTHERS.contains(&part);
        match marks.last_mut() {
            Some(last) if !begins => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => marks.push(part.to_owned()),
        }
    }
    marks
}

#[test]
fn rows_have_stories() {
    let stories = stories();
    let rows = ROWS
        .iter()
        .flat_map(|(letter, numbers)| numbers.iter().map(move |n| format!("{letter}{n}")));
    let edges = EDGES.iter().chain(&MORE_EDGES).map(|edge| format!("Edge: {edge}"));
    let others = OTHERS.iter().map(ToString::to_string);
    let promises = (1..=6).map(|number| format!("Promise {number}"));
    let wanted: Vec<_> = rows.chain(edges).chain(promises).chain(others).collect();

    let mut table = String::from("\nwhat | stories that prove it\n");
    for mark in &wanted {
        let names = stories.get(mark).map_or("NONE".to_owned(), |names| names.join(", "));
        writeln!(table, "{mark} | {names}").unwrap();
    }
    writeln!(table, "of later issues | {LATER}").unwrap();
    // Past the capture of the test harness: the table is there to be read.
    std::io::stderr().write_all(table.as_bytes()).unwrap();

    let missing: Vec<_> = wanted.iter().filter(|mark| !stories.contains_key(*mark)).collect();
    assert!(missing.is_empty(), "no story proves {missing:?}");
    let unknown: Vec<_> =
        stories.keys().filter(|mark| !wanted.contains(mark) && !is_row(mark)).collect();
    assert!(unknown.is_empty(), "these are neither rows nor edge cases: {unknown:?}");
}
