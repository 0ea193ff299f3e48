//! Why a text is no value.

use super::{VALUE_BYTES, ValueType};
use crate::text::TextError;

/// Why a text is no value of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// There is nothing.
    #[error("must not be empty")]
    Empty,
    /// Too long, counted in bytes.
    #[error("must have at most {VALUE_BYTES} bytes, not {0}")]
    Long(usize),
    /// Not of the type that it is said to be.
    #[error("{}", meaning(*.0))]
    NotA(ValueType),
    /// A character that hides or turns what is read.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// What a value of a type must be.
const fn meaning(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Ip => "must be an IP address, or a network such as `192.0.2.0/24`",
        ValueType::Domain => "must be a domain name with at least one dot",
        ValueType::Url => "must be a URL with a scheme and a host, such as `https://example.com/a`",
        ValueType::Hash => {
            "must be a digest of 32, 40, 56, 64, 96 or 128 hexadecimal digits (MD5, SHA-1, SHA-2)"
        }
        ValueType::Email => "must be an e-mail address such as `ada@example.com`",
        ValueType::File => "must be a file name, a path or a digest",
        ValueType::Phone => {
            "must be a telephone number with its country, such as `+33 1 23 45 67 89`"
        }
        ValueType::Other => "must be one line of text",
    }
}
