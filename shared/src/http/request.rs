//! Extractors for path, query, headers and body. The arguments of a handler are domain types:
//! what is malformed never reaches it, and nothing is read from the table before that.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::Idem;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Code, Error, Fault};

/// The largest body, in bytes.
const LARGEST_BODY: usize = 256 * 1024;

/// Path parameters.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        use axum::extract::path::ErrorKind;
        use axum::extract::rejection::PathRejection;

        match axum::extract::Path::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(parameters)) => Ok(Self(parameters)),
            Err(PathRejection::FailedToDeserializePathParams(failed)) => {
                let (name, detail) = match failed.into_kind() {
                    ErrorKind::ParseErrorAtKey { key, .. } => (key, "is not valid".to_owned()),
                    ErrorKind::DeserializeError { key, message, .. } => (key, message),
                    // Values and tuples are read without their names.
                    other => (odd_parameter(parts, app).await, other.to_string()),
                };
                Err(Error::parameter(name, detail))
            }
            Err(_) => Err(Error::parameter("path", "is not valid")),
        }
    }
}

/// The name of the first parameter that is not what its name says: each has one spelling, and one
/// shape, in the whole service.
async fn odd_parameter(parts: &mut Parts, app: &App) -> String {
    use axum::extract::RawPathParams;

    use crate::id::{CaseId, ItemId, OrgId, ShareId, UserId};

    let fits = |name: &str, value: &str| match name {
        "case" => value.parse::<CaseId>().is_ok(),
        "share" => value.parse::<ShareId>().is_ok(),
        "org" | "other" | "profile" => value.parse::<OrgId>().is_ok(),
        "member" => value.parse::<UserId>().is_ok() || value.parse::<ItemId>().is_ok(),
        // All other ids are ULIDs.
        _ => value.parse::<ItemId>().is_ok(),
    };
    let named = RawPathParams::from_request_parts(parts, app).await.ok().and_then(|all| {
        all.iter().find(|(name, value)| !fits(name, value)).map(|(name, _)| name.to_owned())
    });
    named.unwrap_or_else(|| "path".to_owned())
}

/// Query parameters. `T` refuses unknown ones.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|failed| {
            let name = failed.path().to_string();
            let name = if name == "." { "query".to_owned() } else { name };
            Error::parameter(name, failed.into_inner())
        })
    }
}

/// The version that `If-Match` names, of the kind that the route has: `"c7"`, `"s7"`.
#[derive(Clone, Copy, Debug, Default)]
pub struct IfMatch(Option<(char, u64)>);

impl IfMatch {
    /// Refuses with 412 where the version has moved on.
    ///
    /// # Errors
    ///
    /// [`Code::VersionMoved`].
    pub fn holds(self, kind: char, version: u64) -> Result<(), Error> {
        match self.0 {
            Some(named) if named != (kind, version) => Err(Error::of(Code::VersionMoved)),
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Ok(Self(None));
        };
        let wrong = || Error::parameter("If-Match", "must be an `ETag` such as `\"c7\"`");
        let text = value.to_str().map_err(|_| wrong())?.trim();
        let inner =
            text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(wrong)?;
        let mut chars = inner.chars();
        let kind = chars.next().filter(char::is_ascii_lowercase).ok_or_else(wrong)?;
        let version = chars.as_str().parse().map_err(|_| wrong())?;
        Ok(Self(Some((kind, version))))
    }
}

/// A JSON body. `T` refuses unknown fields. No body at all is `{}`.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts, body).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body of a request that changes something, with its `Idempotency-Key`, if it has one.
pub struct Post<T> {
    /// The body.
    pub body: T,
    /// The key, bound to caller, method, route and body.
    pub idem: Option<Idem>,
}

impl<T: DeserializeOwned> FromRequest<App> for Post<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let bytes = read(&parts, body).await?;
        let body = parse(&bytes)?;
        let idem = Idem::from_parts(&parts, caller.user, &Sha256::digest(&bytes))?;
        Ok(Self { body, idem })
    }
}

/// The body of a request that says nothing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

async fn read(parts: &Parts, body: axum::body::Body) -> Result<Vec<u8>, Error> {
    let bytes = Limited::new(body, LARGEST_BODY).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            Error::of(Code::TooLarge)
        } else {
            Error::because(Code::Malformed, "the body could not be read")
        }
    })?;
    let bytes = bytes.to_bytes().to_vec();
    let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if bytes.is_empty() || essence.eq_ignore_ascii_case("application/json") {
        Ok(bytes)
    } else {
        Err(Error::of(Code::MediaType))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|failed| {
        let pointer = pointer(failed.path());
        let cause = failed.into_inner();
        // A number in place of a word is called a syntax error too.
        if cause.is_data() || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() {
            Error::of(Code::Invalid).with(Fault::at(pointer, without_place(&cause)))
        } else {
            Error::because(Code::Malformed, format!("the body is not JSON: {cause}"))
        }
    })?;
    json.end().map_err(|cause| {
        Error::because(Code::Malformed, format!("the body is not JSON: {cause}"))
    })?;
    Ok(value)
}

/// The message of a serde error without ` at line … column …`: the pointer says it better.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text.get(..at).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// A path as a JSON pointer. Source: RFC 6901.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}
