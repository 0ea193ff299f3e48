//! Telephone numbers.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ValueError, ValueType};
use crate::id::as_text;

/// A telephone number in international form: `+33123456789`.
///
/// Shape: `+` and 7 to 15 digits, the first not `0`. Spaces, dots, dashes and brackets between the
/// digits are dropped, `00` and `tel:` in front are read as `+`. Which numbers a country has given
/// out is not checked: the tables for that are larger than all functions together.
///
/// Source: ITU-T E.164, section 6; RFC 3966, section 5.1.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = ValueError::NotA(ValueType::Phone);
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text).trim_start();
        let Some(rest) = text.strip_prefix('+').or_else(|| text.strip_prefix("00")) else {
            return Err(wrong);
        };
        // `(0)` stands for what is dialled inside the country only.
        let rest = rest.replace("(0)", "");
        let mut digits = String::new();
        for c in rest.chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '\u{a0}' | '.' | '-' | '–' | '/' | '(' | ')' => {}
                _ => return Err(wrong),
            }
        }
        if (7..=15).contains(&digits.len()) && !digits.starts_with('0') {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(wrong)
        }
    }
}

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(Phone, "+33123456789", "^\\+[1-9][0-9]{6,14}$");
