//! Tags: of a case, of an observable.

use crate::error::Error;
use crate::text::Tag;

/// The most tags of one thing.
pub const TAGS: usize = 50;

/// Tags without repetition: compared in lower case, the first spelling stays. `pointer` says where
/// they stand in the request.
///
/// # Errors
///
/// 400 for more than [`TAGS`].
pub fn distinct(tags: Vec<Tag>, pointer: &str) -> Result<Vec<Tag>, Error> {
    if TAGS < tags.len() {
        return Err(Error::invalid(pointer, format!("must have at most {TAGS} tags")));
    }
    let mut kept: Vec<Tag> = Vec::with_capacity(tags.len());
    for tag in tags {
        if !kept.iter().any(|other| same(other, &tag)) {
            kept.push(tag);
        }
    }
    Ok(kept)
}

/// Whether two tags are the same, in whatever case they are written.
#[must_use]
pub fn same(one: &Tag, other: &Tag) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[&str]) -> Vec<Tag> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_spelling_of_a_tag_stays() {
        let kept =
            distinct(tags(&["Phishing", "phishing", "ÄRGER", "ärger", "apt"]), "/tags").unwrap();
        assert_eq!(kept, tags(&["Phishing", "ÄRGER", "apt"]));
    }

    #[test]
    fn too_many_tags_are_refused() {
        assert!(distinct(vec!["a".parse().unwrap(); TAGS + 1], "/tags").is_err());
    }
}
