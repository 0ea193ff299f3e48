//! What the first bytes of a file look like, whatever its maker says it is.

/// How the documents of older office programs begin. What is inside is not looked at: that takes
/// the whole file, and a parser for what anybody may send.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// What is neither text nor anything known.
const UNKNOWN: &str = "application/octet-stream";

/// The media type that `bytes`, the first ones of a file, look like.
#[must_use]
pub fn sniff(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(OLE) {
        return "application/x-ole-storage";
    }
    if let Some(known) = infer::get(bytes) {
        return known.mime_type();
    }
    if is_text(bytes) { "text/plain" } else { UNKNOWN }
}

/// Whether `bytes` are text in UTF-8. The last character may be cut, as the file goes on.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\t'..='\r' | '\u{1b}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_that_of_the_bytes() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n0000"), "image/png");
        assert_eq!(sniff(b"%PDF-1.7\n"), "application/pdf");
        assert_eq!(sniff(&[OLE, b"rest"].concat()), "application/x-ole-storage");
        assert_eq!(sniff(b"PK\x03\x04rest"), "application/zip");
        assert_eq!(sniff("Zeitleiste – Entwurf\n".as_bytes()), "text/plain");
        assert_eq!(sniff(b"\x00\x01\x02\x03"), UNKNOWN);
        assert_eq!(sniff(b""), UNKNOWN);
        assert_eq!(sniff(b"\xff\xfe\xfd"), UNKNOWN);
    }

    #[test]
    fn a_character_that_is_cut_at_the_end_is_still_text() {
        let bytes = "na\u{ef}ve".as_bytes();
        assert_eq!(sniff(&bytes[..3]), "text/plain");
        assert_eq!(sniff(&[&bytes[..3], b"x"].concat()), UNKNOWN);
    }
}
