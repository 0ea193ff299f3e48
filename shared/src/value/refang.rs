//! Undoing what makes an indicator harmless to click.
//!
//! There is no standard for it. What is undone here is what reports and chat tools do: brackets
//! around separators, words for them, and schemes that are none.

/// What stands for what, in whatever case it is written.
const MARKS: [(&str, &str); 18] = [
    ("[://]", "://"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("\\.", "."),
    ("[:]", ":"),
    ("[/]", "/"),
    ("[@]", "@"),
    ("(@)", "@"),
    ("{@}", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[.", "."),
    (".]", "."),
];

/// Schemes that are none, with what they stand for.
const SCHEMES: [(&str, &str); 8] = [
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("hxps", "https"),
    ("hxp", "http"),
    ("h**ps", "https"),
    ("h**p", "http"),
    ("fxp", "ftp"),
    ("fxps", "ftps"),
];

/// How deep marks may lie in each other: what is deeper was not made harmless by any tool.
const TURNS: usize = 8;

/// The text as it was before it was made harmless. What comes of it comes of itself, too.
pub(super) fn refang(text: &str) -> String {
    let text = text.trim().trim_matches(|c| matches!(c, '<' | '>' | '"' | '\'' | '`'));
    let text = without_marks(text).unwrap_or_else(|| text.to_owned());
    let scheme = text.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    if let Some((scheme, rest)) = scheme
        && let Some((_, plain)) = SCHEMES.into_iter().find(|(mark, _)| *mark == scheme)
    {
        return format!("{plain}://{rest}");
    }
    text
}

/// `text` without any mark, also such as appear when others go; `None` if there is no end to it.
fn without_marks(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..TURNS {
        let before = text.clone();
        for (mark, plain) in MARKS {
            text = replaced(&text, mark, plain);
        }
        if text == before {
            return Some(text);
        }
    }
    None
}

/// `text` with `plain` for each `mark`, in whatever ASCII case it is written.
fn replaced(text: &str, mark: &str, plain: &str) -> String {
    // Folding ASCII changes no length, so places are the same in both.
    let folded = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in folded.match_indices(mark) {
        result.push_str(text.get(from..at).unwrap_or_default());
        result.push_str(plain);
        from = at + found.len();
    }
    result.push_str(text.get(from..).unwrap_or_default());
    result
}
