//! JSON for people: short enough for a line, and free of what opens something.

use serde_json::Value;

/// Longest text inside of a value.
const TEXT: usize = 60;
/// Entries of a list that are shown.
const ENTRIES: usize = 4;

/// A value in one line of at most `most` characters.
#[must_use]
pub(super) fn line(value: &Value, most: usize) -> String {
    cut(&shorter(value, None).to_string(), most)
}

/// A value as it stands in a sentence: text without quotes.
#[must_use]
pub(super) fn word(value: &Value) -> String {
    match shorter(value, None) {
        Value::String(text) => text,
        Value::Null => "–".to_owned(),
        other => cut(&other.to_string(), 100),
    }
}

/// A value that stands at a JSON pointer, as in a sentence; never what opens something.
#[must_use]
pub(super) fn field(pointer: &str, value: &Value) -> String {
    let name = pointer.rsplit('/').next();
    match shorter(value, name) {
        hidden @ Value::String(_) => word(&hidden),
        _ => word(value),
    }
}

/// The first characters of a text, with `…` if there are more.
#[must_use]
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{head}…")
}

fn shorter(value: &Value, name: Option<&str>) -> Value {
    match value {
        // A token accepts an invitation; a URL may be a signed one.
        Value::String(_) if matches!(name, Some("token" | "url")) => "…".into(),
        Value::String(text) => cut(text, TEXT).into(),
        Value::Array(list) => {
            let mut shown: Vec<Value> =
                list.iter().take(ENTRIES).map(|one| shorter(one, None)).collect();
            if ENTRIES < list.len() {
                shown.push(format!("… {} more", list.len() - ENTRIES).into());
            }
            shown.into()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), shorter(value, Some(name))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_opens_something_is_not_shown() {
        let body = json!({"token": "01J.secret", "upload": {"url": "http://x/?sig=1"}, "n": 7});
        let shown: serde_json::Value = serde_json::from_str(&line(&body, 99)).unwrap();
        assert_eq!(shown, json!({"token": "…", "upload": {"url": "…"}, "n": 7}));
        assert_eq!(field("/upload/url", &json!("http://x/?sig=1")), "…");
        assert_eq!(field("/name", &json!("x")), "x");
    }

    #[test]
    fn long_things_are_cut() {
        assert_eq!(line(&json!([1, 2, 3, 4, 5, 6]), 99), r#"[1,2,3,4,"… 2 more"]"#);
        assert_eq!(word(&json!("x".repeat(70))).chars().count(), TEXT);
        assert_eq!(line(&json!({"a": "bcdef"}), 5), "{\"a\"…");
    }
}
