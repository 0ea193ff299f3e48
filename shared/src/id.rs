//! Ids that are valid because they exist. All of them fit a path unescaped: `A-Z a-z 0-9 -`.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A ULID is 26 characters of Crockford's base 32, in capitals.
    #[error("must be a ULID: 26 of `0-9 A-Z` without `I L O U`")]
    Ulid,
    /// A slug is what people choose for orgs, profiles and the like.
    #[error("must be 1 to 64 of `a-z 0-9 -`")]
    Slug,
    /// A user's id is made from who signed in, never chosen.
    #[error("must be a user id: 26 of `a-z 2-7`")]
    User,
    /// A share's id is made from case and recipient.
    #[error("must be a share id: `s` and 26 of `a-z 2-7`")]
    Share,
    /// None of the recipients that a share can name.
    #[error("must be `user:ID`, `email:ADDRESS`, `group:ID`, `org:ID` or `unit:ID`")]
    Recipient,
}

/// Serde through the one parser, and a string in the OpenAPI file.
macro_rules! as_text {
    ($name:ident, $example:literal, $pattern:literal) => {
        impl TryFrom<String> for $name {
            type Error = <$name as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use as_text;

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// A new id, made at `now`. Later ids sort after earlier ones, to the millisecond.
            #[must_use]
            pub fn new(now: jiff::Timestamp) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(Ulid::from_parts(millis, Ulid::generate().random()))
            }

            /// When the id was made, to the millisecond.
            #[must_use]
            pub fn made_at(self) -> jiff::Timestamp {
                i64::try_from(self.0.timestamp_ms())
                    .ok()
                    .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
                    .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let id = Ulid::from_string(text).map_err(|_| IdError::Ulid)?;
                // One spelling only: a second one would be a second key.
                if id.to_string() == text { Ok(Self(id)) } else { Err(IdError::Ulid) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        as_text!($name, "01JC0A7Z3X5D9V6K2M4N8P1QRS", "^[0-7][0-9A-HJKMNP-TV-Z]{25}$");
    };
}

ulid_id! {
    /// A case.
    CaseId
}
ulid_id! {
    /// A group of users.
    GroupId
}
ulid_id! {
    /// A field unit of an org.
    UnitId
}
ulid_id! {
    /// The generation of a link between two orgs: new at each proposal, so that it never repeats.
    LinkId
}
ulid_id! {
    /// One entry of a section: a comment, an attachment.
    ItemId
}
ulid_id! {
    /// The ticket that makes a pending share, membership or group membership active.
    InvitationId
}
ulid_id! {
    /// An in-app notification.
    NoticeId
}

/// The ULID of what `text` tells of, made at `at`: the same for the same text.
fn derived(at: jiff::Timestamp, text: &str) -> Ulid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    let random =
        Sha256::digest(text).iter().take(10).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
    Ulid::from_parts(millis, random)
}

impl NoticeId {
    /// The id of the notice that `text` tells of, made at `at`: what is told twice is one notice.
    #[must_use]
    pub fn derived(at: jiff::Timestamp, text: &str) -> Self {
        Self(derived(at, text))
    }
}

ulid_id! {
    /// Work to be done later, by `on-change` or `on-clock`.
    JobId
}
ulid_id! {
    /// A line of history that is no change of access.
    EventId
}

impl EventId {
    /// The id of the line that `text` tells of, of what happened at `at`: what is copied twice is
    /// one line.
    #[must_use]
    pub fn derived(at: jiff::Timestamp, text: &str) -> Self {
        Self(derived(at, text))
    }
}

/// 1 to 64 of `a-z 0-9 -`.
fn is_slug(text: &str) -> bool {
    matches!(text.len(), 1..=64)
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The slug itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(IdError::Slug) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        as_text!($name, $example, "^[a-z0-9-]{1,64}$");
    };
}

slug_id! {
    /// A tenant: organisation, agency, company. Shape: 1 to 64 of `a-z 0-9 -`.
    OrgId, "acme"
}
slug_id! {
    /// A profile inside one org. Shape: 1 to 64 of `a-z 0-9 -`.
    ProfileName, "analyst"
}

/// 26 base-32 characters (130 bits) of a SHA-256 over `parts`, each ended by a newline.
fn digest26(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for (at, part) in parts.iter().enumerate() {
        if at != 0 {
            hasher.update(b"\n");
        }
        hasher.update(part.as_bytes());
    }
    let mut text = BASE32_NOPAD.encode(&hasher.finalize()).to_lowercase();
    text.truncate(26);
    text
}

fn is_digest26(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'2'..=b'7'))
}

/// A person or service who signs in.
///
/// Shape: the first 26 base-32 characters of SHA-256(`iss`, newline, `sub`), in lower case:
/// `sub` is unique per issuer only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId([u8; 26]);

impl UserId {
    /// The user whom `issuer` calls `subject`.
    #[must_use]
    pub fn of(issuer: &str, subject: &str) -> Self {
        let mut id = [0; 26];
        for (to, from) in id.iter_mut().zip(digest26(&[issuer, subject]).bytes()) {
            *to = from;
        }
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for UserId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if !is_digest26(text) {
            return Err(IdError::User);
        }
        text.as_bytes().try_into().map(Self).map_err(|_| IdError::User)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

as_text!(UserId, "mfrggzdfmztwq2lknnwg23tpob", "^[a-z2-7]{26}$");

/// A share of one case with one recipient.
///
/// Shape: `s` and 26 base-32 characters of SHA-256 over case, kind and recipient. It is the last
/// part of the grant's key, so neither uniqueness nor look-up needs an index.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShareId(String);

impl ShareId {
    /// The share of `case` with `recipient`.
    #[must_use]
    pub fn of(case: CaseId, recipient: &Recipient) -> Self {
        let (kind, id) = recipient.parts();
        Self(format!("s{}", digest26(&[&case.to_string(), kind, &id])))
    }
}

impl FromStr for ShareId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.strip_prefix('s') {
            Some(rest) if is_digest26(rest) => Ok(Self(text.to_owned())),
            _ => Err(IdError::Share),
        }
    }
}

impl fmt::Display for ShareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(ShareId, "smfrggzdfmztwq2lknnwg23tpob", "^s[a-z2-7]{26}$");

/// Whom a share names. Shape: `user:ID`, `email:ADDRESS`, `group:ID`, `org:ID`, `unit:ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Recipient {
    /// Somebody who has signed in before.
    User(UserId),
    /// Somebody who is known by address only.
    Email(crate::address::Address),
    /// All active members of a group.
    Group(GroupId),
    /// Another org, over a link.
    Org(OrgId),
    /// A field unit of the org that owns the case.
    Unit(UnitId),
}

impl Recipient {
    /// The org, where it is one.
    #[must_use]
    pub fn org(&self) -> Option<&OrgId> {
        match self {
            Self::Org(org) => Some(org),
            _ => None,
        }
    }

    /// The kind and the id, as they are written on both sides of the colon.
    #[must_use]
    pub fn parts(&self) -> (&'static str, String) {
        match self {
            Self::User(id) => ("user", id.to_string()),
            Self::Email(address) => ("email", address.to_string()),
            Self::Group(id) => ("group", id.to_string()),
            Self::Org(id) => ("org", id.to_string()),
            Self::Unit(id) => ("unit", id.to_string()),
        }
    }
}

impl FromStr for Recipient {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::User),
            Some(("email", address)) => {
                address.parse().map(Self::Email).map_err(|_| IdError::Recipient)
            }
            Some(("group", id)) => id.parse().map(Self::Group),
            Some(("org", id)) => id.parse().map(Self::Org),
            Some(("unit", id)) => id.parse().map(Self::Unit),
            _ => Err(IdError::Recipient),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = self.parts();
        write!(f, "{kind}:{id}")
    }
}

as_text!(Recipient, "email:ada@example.com", "^(user|email|group|org|unit):.+$");
