//! What a text looks like, and the one spelling that a value has.

use std::net::IpAddr;

use idna::AsciiDenyList;
use ipnet::IpNet;
use url::Url;

use super::refang::refang;
use super::{HashAlgorithm, Phone, ValueError, ValueType};
use crate::address::Address;
use crate::text::Line;

/// The type that a text looks like. A file name that ends as a domain does is taken for one: only
/// who pastes it knows.
pub(super) fn looks_like(text: &str) -> ValueType {
    use ValueType::{Domain, Email, Hash, Ip, Phone, Url};
    // From the most special to the most general.
    let types = [Ip, Hash, Url, Email, Phone, Domain];
    types.into_iter().find(|kind| spelled(*kind, text).is_ok()).unwrap_or(ValueType::Other)
}

/// How often a text may be spelled anew until it is spelled as it is: a spelling can end in what is
/// taken off at the ends of a text, as quotation marks are.
const TURNS: usize = 8;

/// The one spelling of `text` as a value of a type: the one that is spelled so itself.
///
/// # Errors
///
/// It is no such value.
pub(super) fn spelled(kind: ValueType, text: &str) -> Result<String, ValueError> {
    let mut text = text.to_owned();
    for _ in 0..TURNS {
        let anew = spelled_once(kind, &text)?;
        if anew == text {
            return Ok(text);
        }
        text = anew;
    }
    Err(ValueError::NotA(kind))
}

fn spelled_once(kind: ValueType, text: &str) -> Result<String, ValueError> {
    let spelled = match kind {
        ValueType::Ip => ip(&refang(text)),
        ValueType::Domain => domain(&refang(text)),
        ValueType::Url => url(&refang(text)),
        ValueType::Hash => digest(text),
        ValueType::Email => email(&refang(text)),
        ValueType::Phone => text.parse::<Phone>().ok().map(|phone| phone.to_string()),
        ValueType::File => match digest(text) {
            Some(digest) => Some(digest),
            None => Some(line(text)?),
        },
        ValueType::Other => Some(line(text)?),
    };
    spelled.ok_or(ValueError::NotA(kind))
}

/// With what a digest in hexadecimal was made; `None` for what is no digest.
pub(super) fn algorithm(text: &str) -> Option<HashAlgorithm> {
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    HashAlgorithm::of_digits(text.len()).filter(|_| is_hex)
}

fn digest(text: &str) -> Option<String> {
    algorithm(text).map(|_| text.to_ascii_lowercase())
}

fn line(text: &str) -> Result<String, ValueError> {
    Ok(text.parse::<Line<1, { super::VALUE_BYTES }>>()?.to_string())
}

/// An address, or a network by its first address. A network of one address is that address.
fn ip(text: &str) -> Option<String> {
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_string());
    }
    let network: IpNet = text.parse().ok()?;
    let network = network.trunc();
    let alone = network.prefix_len() == network.max_prefix_len();
    Some(if alone { network.addr().to_string() } else { network.to_string() })
}

/// Source: RFC 1035, section 2.3.4; UTS #46. Underscores are there for service names.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::URL).ok()?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let top = labels.last()?;
    let fits = ascii.len() <= 253 && 2 <= labels.len() && labels.iter().all(|one| is_label(one));
    (fits && !top.bytes().all(|b| b.is_ascii_digit())).then(|| ascii.clone().into_owned())
}

/// Source: WHATWG URL. White space is what was pasted wrongly, and never taken out silently.
fn url(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) || !text.contains("://") {
        return None;
    }
    let url = Url::parse(text).ok()?;
    url.host_str().filter(|host| !host.is_empty())?;
    Some(url.to_string())
}

fn email(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    text.parse::<Address>().ok().map(|address| address.to_string())
}
