//! The OpenAPI document: what the functions say of their routes, and what holds for all of them.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, ServerBuilder};

use crate::gateway::authorizer::SCOPE;
use crate::gateway::open_path;

/// Name of the security scheme.
const TOKEN: &str = "token";

const DESCRIPTION: &str = "\
Casement opens a case to the people who need it, exactly as wide as they need, and closes it again \
at once.

**Callers.** Every operation but the preview of an invitation takes an OAuth 2.0 access token with \
the scope `casement/api`. Standing is in Casement, never in the token: it changes at once.

**Requests** are JSON in `snake_case`, at most 256 kB; times are RFC 3339 in UTC. Unknown fields \
and query parameters are refused. Answers may gain fields within `/v1`.

**Refusals** are problems (RFC 9457, `application/problem+json`) with a stable `code`, and with \
`errors[].pointer` for the first bad field. What the gateway itself refuses, before any function is \
asked, is its own `{\"message\": …}`: 401 without a valid token, 403 without the scope, 404 for a \
route that does not exist, 413 above 10 MB, 503 after 29 seconds.

**Hidden equals missing.** A case that the caller may not see answers 404, in the same bytes as one \
that never was.

**Repeating.** A POST that changes something takes an `Idempotency-Key`; for 24 hours the same key \
with the same request repeats the status and changes nothing.

**Pages.** Lists take `limit` (1 to 100, default 25) and the `cursor` that the page before gave. \
Totals are not counted.";

/// What each tag is about, in the order in which the documentation shows them.
const TAGS: [(&str, &str); 14] = [
    ("cases", "Create, find, read, change, close, restrict and delete cases."),
    ("share", "Give a case to people, groups and organisations, and change what a share gives."),
    ("revoke", "Take shares back."),
    ("accept", "Invitations: look at one, accept it, decline it."),
    ("disconnect", "Leave a case that was shared with me."),
    ("external-access", "Open a case to external users, or restrict it."),
    ("attachment-mark-external", "Show an attachment to external users, or hide it again."),
    ("comment-mark-external", "Show a comment to external users, or hide it again."),
    ("assign", "Who works on a case."),
    ("items", "Comments."),
    ("attachments", "Files of a case."),
    ("directory", "Organisations, members, profiles, groups; who I am."),
    ("notices", "What happened that concerns me."),
    ("history", "What happened to a case."),
];

/// The document of all functions.
#[must_use]
pub fn document() -> OpenApi {
    complete(crate::functions::routes().into_openapi())
}

/// Adds to what the functions say what holds for all of them.
#[must_use]
pub fn complete(mut openapi: OpenApi) -> OpenApi {
    openapi.info = InfoBuilder::new()
        .title("Casement")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(
            LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
        ))
        .build();
    openapi.servers = Some(vec![
        ServerBuilder::new().url("/").description(Some("where this document comes from")).build(),
    ]);
    openapi.tags = Some(
        TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())
            .into(),
    );
    let scheme = SecurityScheme::Http(
        HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(format!("An access token with the scope `{SCOPE}`.")))
            .build(),
    );
    let components = openapi.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    openapi.components =
        Some(ComponentsBuilder::from(components).security_scheme(TOKEN, scheme).build());
    openapi.security = Some(vec![SecurityRequirement::new(TOKEN, Vec::<String>::new())]);
    let open = openapi.paths.paths.get_mut(open_path()).and_then(|path| path.post.as_mut());
    if let Some(open) = open {
        open.security = Some(Vec::new());
    }
    openapi
}
