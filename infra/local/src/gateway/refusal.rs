//! What the gateway itself refuses, in its own words.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// Why a request does not reach its function, or the function's answer not the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No token, or one that is not valid.
    #[error("Unauthorized")]
    Unauthorized(Challenge),
    /// A valid token without the scope.
    #[error("Forbidden")]
    Forbidden,
    /// There is no such route.
    #[error("Not Found")]
    NotFound,
    /// A path or a header that nothing can be made of.
    #[error("Bad Request")]
    BadRequest,
    /// Request line and headers are too large.
    #[error("Request Header Fields Too Large")]
    HeadTooLarge,
    /// The body is too large for the gateway, or its event for the function.
    #[error("Request Entity Too Large")]
    BodyTooLarge,
    /// The function failed, or its answer is too large.
    #[error("Internal Server Error")]
    Failed,
    /// The function took too long.
    #[error("Service Unavailable")]
    TimedOut,
}

/// What `www-authenticate` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Challenge {
    /// There was no token.
    Missing,
    /// The token is not valid: malformed, of another issuer or audience, with a wrong signature.
    Invalid,
    /// The token is not valid any more.
    Expired,
}

impl Refusal {
    /// The answer on the wire.
    pub fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(format!("{{\"message\":\"{self}\"}}")));
        *response.status_mut() = match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    fn challenge(self) -> Option<&'static str> {
        Some(match self {
            Self::Unauthorized(Challenge::Missing) => "Bearer",
            Self::Unauthorized(Challenge::Invalid) => {
                "Bearer scope=\"casement/api\" error=\"invalid_token\" \
                 error_description=\"the token is not valid\""
            }
            Self::Unauthorized(Challenge::Expired) => {
                "Bearer scope=\"casement/api\" error=\"invalid_token\" \
                 error_description=\"the token has expired\""
            }
            Self::Forbidden => "Bearer scope=\"casement/api\" error=\"insufficient_scope\"",
            _ => return None,
        })
    }
}
