//! How a page goes out: escaped by its template, and with headers that bind the browser.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// What a page may do in the browser.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    policy: String,
}

#[derive(Template)]
#[template(path = "note.html")]
struct Note<'a> {
    dev: bool,
    heading: &'a str,
    text: &'a str,
}

impl Page {
    /// Text and the host's own style sheet, forms to the host, frames of the host.
    pub(crate) fn plain() -> Self {
        Self::with_form_to("")
    }

    /// As plain, and its forms may lead to `origin`, too.
    pub(crate) fn with_form_to(origin: &str) -> Self {
        Self {
            policy: format!(
                "default-src 'none'; style-src 'self'; frame-src 'self'; \
                 form-action 'self' {origin}; base-uri 'none'; frame-ancestors 'none'"
            ),
        }
    }

    /// One of the static pages: scripts of the host, which call the API, the files and `issuer`.
    pub(crate) fn with_scripts(connect_to: &[&str]) -> Self {
        Self {
            policy: format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                 connect-src 'self' {}; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'",
                connect_to.join(" ")
            ),
        }
    }

    /// The documentation, which brings its own inline style and scripts.
    pub(crate) fn documentation() -> Self {
        Self {
            policy: "default-src 'self'; script-src 'self' 'unsafe-inline'; \
                     style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                     frame-ancestors 'none'"
                .to_owned(),
        }
    }

    /// A mail: its own style, no scripts, nothing from elsewhere, an origin of its own.
    pub(crate) fn mail() -> Self {
        Self {
            policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                     frame-ancestors 'self'; \
                     sandbox allow-popups allow-popups-to-escape-sandbox \
                     allow-top-navigation-by-user-activation"
                .to_owned(),
        }
    }

    /// Puts the headers of this page on.
    pub(crate) fn seal(&self, headers: &mut HeaderMap) {
        if let Ok(policy) = HeaderValue::from_str(&self.policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in [
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// A page from a template.
pub(crate) fn show(status: StatusCode, template: &impl Template, page: &Page) -> Response {
    let mut response = match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    page.seal(response.headers_mut());
    response
}

/// A page that says one thing.
pub(crate) fn note(status: StatusCode, dev: bool, heading: &str, text: &str) -> Response {
    show(status, &Note { dev, heading, text }, &Page::plain())
}
