//! E-mail addresses.

use std::fmt;
use std::str::FromStr;

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use crate::id::as_text;

/// Why a text is no e-mail address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `local@domain`.
    #[error("must be an e-mail address such as `ada@example.com`")]
    Shape,
    /// SES sends to ASCII local parts only.
    #[error("must have a plain ASCII part before the `@`: mail cannot be sent to it otherwise")]
    LocalPart,
    /// The part after the `@` is no domain name.
    #[error("must have a domain name after the `@`")]
    Domain,
}

/// An e-mail address in its one spelling: lower case, the domain in its ASCII form.
///
/// Shape: at most 254 characters, no display name, no comments, no quoted local part, at least one
/// dot in the domain. Case is folded in the local part too: mail systems that tell `Ada@` from
/// `ada@` are rarer than people who type either.
///
/// Source: RFC 5321, sections 4.1.2 and 4.5.3; RFC 5891 for the domain.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Shape)?;
        if !local.is_ascii() || local.contains('"') {
            return Err(AddressError::LocalPart);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Domain)?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        if 254 < address.len() || EmailAddress::parse_with_options(&address, options).is_err() {
            return Err(AddressError::Shape);
        }
        Ok(Self(address))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Addresses are personal data: what is printed for debugging does not show them.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

as_text!(Address, "ada@example.com", "^[^@]+@[^@]+$");

/// Which domains an entry of an allow or deny list means.
///
/// Shape: `example.com`, which is that domain only, or `*.example.com`, which is every domain below
/// it and not itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainPattern(String);

impl DomainPattern {
    /// Whether the pattern means the domain of `address`.
    #[must_use]
    pub fn matches(&self, address: &Address) -> bool {
        match self.0.strip_prefix("*.") {
            Some(parent) => address
                .domain()
                .strip_suffix(parent)
                .is_some_and(|rest| 1 < rest.len() && rest.ends_with('.')),
            None => address.domain() == self.0,
        }
    }
}

impl FromStr for DomainPattern {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (star, domain) = match text.strip_prefix("*.") {
            Some(domain) => ("*.", domain),
            None => ("", text),
        };
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Domain)?;
        if domain.len() <= 253 && domain.contains('.') && !domain.ends_with('.') {
            Ok(Self(format!("{star}{domain}")))
        } else {
            Err(AddressError::Domain)
        }
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(DomainPattern, "example.com", "^(\\*\\.)?[^*]+$");

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_one_spelling() {
        assert_eq!(address("Ada.Lovelace+x@EXAMPLE.com").as_str(), "ada.lovelace+x@example.com");
        assert_eq!(address("ada@bücher.example").as_str(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "Ada <ada@example.com>",
            "a b@example.com",
            "ada@exa mple.com",
            "\"a b\"@example.com",
            "ada@[127.0.0.1]",
            "ädä@example.com",
            "ada@example.com\n",
            "ada@@example.com",
            "ada\u{202e}@example.com",
            "ada@example..com",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_domain_pattern_means_what_it_says() {
        let own: DomainPattern = "example.com".parse().unwrap();
        assert!(own.matches(&address("a@example.com")));
        assert!(!own.matches(&address("a@notexample.com")));
        assert!(!own.matches(&address("a@mail.example.com")));
        let below: DomainPattern = "*.example.com".parse().unwrap();
        assert!(below.matches(&address("a@mail.example.com")));
        assert!(!below.matches(&address("a@example.com")));
        assert!(!below.matches(&address("a@mailexample.com")));
    }
}
