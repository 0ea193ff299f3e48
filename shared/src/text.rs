//! Texts that people write: bounded, and free of characters that hide or turn what is read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too short or too long, counted in characters.
    #[error("must have {min} to {max} characters, not {found}")]
    Length {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// Characters found, without the white space around them.
        found: usize,
    },
    /// A control character.
    #[error("must not hold the control character U+{0:04X}")]
    Control(u32),
    /// A character that turns the direction of what follows, so that it reads as something else.
    #[error("must not hold the bidirectional override U+{0:04X}")]
    Bidi(u32),
    /// Not the name of a file.
    #[error("must be a file name without path: no `/`, no `\\`, not `.` or `..`")]
    FileName,
}

/// The first character that does not belong into a text, if any.
fn refuse(text: &str, lines: bool) -> Result<(), TextError> {
    for c in text.chars() {
        match c {
            '\n' | '\t' if lines => {}
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                return Err(TextError::Bidi(c.into()));
            }
            // Line and paragraph separators end a line as a newline does.
            '\u{2028}' | '\u{2029}' => return Err(TextError::Control(c.into())),
            c if c.is_control() => return Err(TextError::Control(c.into())),
            _ => {}
        }
    }
    Ok(())
}

fn bounded(text: &str, min: usize, max: usize) -> Result<(), TextError> {
    let found = text.chars().count();
    if (min..=max).contains(&found) { Ok(()) } else { Err(TextError::Length { min, max, found }) }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident<$min:ident, $max:ident>, $lines:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name<const $min: usize, const $max: usize>(String);

        impl<const $min: usize, const $max: usize> $name<$min, $max> {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<const $min: usize, const $max: usize> FromStr for $name<$min, $max> {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                // What Windows writes at the end of a line is a newline too.
                let text = if $lines { text.replace("\r\n", "\n") } else { text.to_owned() };
                let text = text.trim();
                bounded(text, $min, $max)?;
                refuse(text, $lines)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<const $min: usize, const $max: usize> TryFrom<String> for $name<$min, $max> {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl<const $min: usize, const $max: usize> From<$name<$min, $max>> for String {
            fn from(text: $name<$min, $max>) -> Self {
                text.0
            }
        }

        impl<const $min: usize, const $max: usize> fmt::Display for $name<$min, $max> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// What people write is not for logs.
        impl<const $min: usize, const $max: usize> fmt::Debug for $name<$min, $max> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }

        impl<const $min: usize, const $max: usize> utoipa::PartialSchema for $name<$min, $max> {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .into()
            }
        }

        impl<const $min: usize, const $max: usize> utoipa::ToSchema for $name<$min, $max> {
            // Of other bounds it is another schema.
            fn name() -> std::borrow::Cow<'static, str> {
                format!("{}{}To{}", stringify!($name), $min, $max).into()
            }
        }
    };
}

text_type! {
    /// One line of text. Trimmed; no control characters, no bidirectional overrides.
    Line<MIN, MAX>, false
}
/// No text.
impl<const MAX: usize> Default for Prose<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}

text_type! {
    /// Text with lines. Trimmed; newlines and tabs are the only control characters.
    Prose<MIN, MAX>, true
}

/// The title of a case.
pub type Title = Line<1, 200>;
/// The description of a case: plain text or Markdown, as the product that shows it likes.
pub type Description = Prose<0, 20_000>;
/// A tag of a case. Compared in lower case.
pub type Tag = Line<1, 64>;
/// The body of a comment.
pub type CommentText = Prose<1, 20_000>;
/// The name of a person, an org or a group.
pub type Name = Line<1, 100>;
/// A sharer's words to the recipient. Never in a subject.
pub type Message = Prose<1, 1_000>;
/// A remark on an item.
pub type Note = Prose<0, 4_000>;
/// A short word for what something belongs to or is called elsewhere: a group of tasks, a type.
pub type Label = Line<1, 64>;
/// What somebody does: `CISO`, `on call at night`.
pub type Function = Line<1, 200>;
/// The creator's own name for what a case was made from. Unique among the cases of one creator.
pub type Reference = Line<1, 200>;

/// The name of a file, in any script, shown and downloaded as given.
///
/// Shape: 1 to 255 bytes of UTF-8, no path parts, no control characters, no bidirectional
/// overrides (`exe.\u{202e}fdp` reads as a PDF).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

impl FileName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if !(1..=255).contains(&text.len()) || text.trim().is_empty() {
            return Err(TextError::Length { min: 1, max: 255, found: text.len() });
        }
        refuse(text, false)?;
        if text == "." || text == ".." || text.contains(['/', '\\']) {
            return Err(TextError::FileName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.0.len())
    }
}

crate::id::as_text!(FileName, "timeline – draft.pdf", "^[^/\\\\]{1,255}$");
