//! Texts from elsewhere, made to fit: the API refuses what is too long or hides something.

use std::collections::HashSet;

/// The longest title.
pub const TITLE: usize = 200;
/// The longest description.
pub const DESCRIPTION: usize = 20_000;
/// The longest tag.
pub const TAG: usize = 64;
/// The most tags of a case.
pub const TAGS: usize = 50;

/// A text that fits, and whether it had to be changed for that by more than its white space.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tidy {
    /// The text.
    pub text: String,
    /// Whether something was taken from it.
    pub changed: bool,
}

/// Whether a character is invisible and turns the direction of what follows.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of at most `most` characters. White space of any kind becomes single spaces; control
/// characters and bidirectional overrides go; what is too long ends in `…`.
#[must_use]
pub fn line(text: &str, most: usize) -> Tidy {
    let kept: String =
        text.chars().filter(|&c| c.is_whitespace() || !(c.is_control() || is_turn(c))).collect();
    let dropped = kept.len() != text.len();
    let text = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(text, most, dropped)
}

/// Text with lines, of at most `most` characters.
#[must_use]
pub fn prose(text: &str, most: usize) -> Tidy {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let kept: String = text
        .chars()
        .filter(|&c| matches!(c, '\n' | '\t') || !(c.is_control() || is_turn(c)))
        .collect();
    let dropped = kept.len() != text.len();
    cut(kept.trim().to_owned(), most, dropped)
}

fn cut(text: String, most: usize, dropped: bool) -> Tidy {
    if text.chars().count() <= most {
        return Tidy { text, changed: dropped };
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    Tidy { text: format!("{}…", head.trim_end()), changed: true }
}

/// A tag. A machine tag (`namespace:predicate="value"`) that is too long loses its namespace
/// first, then its predicate: the value says most. `None` if nothing is left.
#[must_use]
pub fn tag(text: &str) -> Option<Tidy> {
    let whole = line(text, usize::MAX);
    let fits = |text: &str| text.chars().count() <= TAG;
    if whole.text.is_empty() {
        return None;
    }
    if fits(&whole.text) {
        return Some(whole);
    }
    let parts = whole.text.split_once(':').and_then(|(_, rest)| {
        let value = rest.split_once('=')?.1.trim_matches('"').trim();
        (!value.is_empty()).then_some((rest, value))
    });
    let shorter = match parts {
        Some((rest, _)) if fits(rest) => rest,
        Some((_, value)) => value,
        None => &whole.text,
    };
    Some(Tidy { changed: true, ..line(shorter, TAG) })
}

/// Tags, each once (compared in lower case), at most as many as a case has, and how many of those
/// that were given are changed or missing.
#[must_use]
pub fn tags<'a>(given: impl IntoIterator<Item = &'a str>) -> (Vec<String>, usize) {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    let mut changed = 0;
    for tidy in given.into_iter().filter_map(tag) {
        if !seen.insert(tidy.text.to_lowercase()) {
            continue;
        }
        if kept.len() == TAGS {
            changed += 1;
            continue;
        }
        changed += usize::from(tidy.changed);
        kept.push(tidy.text);
    }
    (kept, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_words_and_loses_what_hides() {
        let tidy = line("  Crutch:\r\n keeping\tthe \u{202e}door\u{0} open ", TITLE);
        assert_eq!(tidy, Tidy { text: "Crutch: keeping the door open".to_owned(), changed: true });
        assert!(!line(" just \n white space ", TITLE).changed);
    }

    #[test]
    fn what_is_too_long_says_so() {
        let tidy = line(&"ü".repeat(300), TITLE);
        assert_eq!(tidy.text.chars().count(), TITLE);
        assert!(tidy.changed && tidy.text.ends_with('…'));
    }

    #[test]
    fn prose_keeps_its_lines() {
        assert_eq!(prose("one\r\ntwo\rthree\u{7}\n", 100).text, "one\ntwo\nthree");
    }

    #[test]
    fn a_long_machine_tag_keeps_its_value() {
        let long = "misp-galaxy:mitre-attack-pattern=\"Obfuscated Files or Information - T1027\"";
        let text = tag(long).unwrap().text;
        assert_eq!(text, "mitre-attack-pattern=\"Obfuscated Files or Information - T1027\"");
        let longer = format!("misp-galaxy:mitre-attack-pattern=\"{}\"", "x".repeat(60));
        assert_eq!(tag(&longer).unwrap().text, "x".repeat(60));
        assert_eq!(tag(&"y".repeat(65)).unwrap().text.chars().count(), TAG);
        assert_eq!(tag(" \n "), None);
    }

    #[test]
    fn tags_are_there_once_and_not_too_many() {
        assert_eq!(tags(["APT", " apt ", "", "ics"]), (vec!["APT".into(), "ics".into()], 0));
        let many: Vec<String> = (0..=TAGS).map(|n| format!("t{n}")).collect();
        let (kept, changed) = tags(many.iter().map(String::as_str));
        assert_eq!((kept.len(), changed), (TAGS, 1));
    }

    proptest::proptest! {
        #[test]
        fn what_was_tidied_is_accepted(text in ".*", long in ".{0,40}") {
            let long = long.repeat(20);
            for text in [&text, &long] {
                let title = line(text, TITLE).text;
                proptest::prop_assert!(title.is_empty() || title.parse::<shared::text::Title>().is_ok());
                prose(text, DESCRIPTION).text.parse::<shared::text::Description>().unwrap();
                if let Some(tag) = tag(text) {
                    tag.text.parse::<shared::text::Tag>().unwrap();
                }
            }
        }
    }
}
