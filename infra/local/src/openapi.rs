//! The OpenAPI document: what the functions say of their routes, and what holds for all of them.

mod examples;

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
const TAGS: [(&str, &str); 13] = [
    ("cases", "Create, find, read, change, close, reopen, restrict and delete cases."),
    ("share", "Give a case to people, groups and organisations, and change what a share gives."),
    ("revoke", "Take shares back."),
    ("accept", "Invitations: look at one, accept it, decline it."),
    ("disconnect", "Leave a case that was shared with me."),
    ("access", "Who may see a case beside its shares, and who works on it."),
    ("external", "Show an attachment or a comment to external users, or hide it again."),
    ("items", "Comments, tasks, observables, targets, contact data, reports."),
    ("attachments", "Files of a case."),
    ("receive", "What other organisations share with one: take it in, refuse it, search theirs."),
    ("directory", "Organisations, members, profiles, groups; who I am."),
    ("notices", "What happened that concerns me."),
    ("history", "What happened to a case, and in an organisation."),
];

/// The document of all functions.
#[must_use]
pub fn document() -> OpenApi {
    complete(crate::functions::routes().into_openapi())
}

/// Says in the document that development sign-in is on, and how to get a token from it.
#[must_use]
pub fn with_dev_sign_in(mut openapi: OpenApi) -> OpenApi {
    openapi.info.description = Some(format!(
        "**Development sign-in is on:** anyone here can sign in as anyone. \
         `POST /dev/token` with `{{\"email\": \"ada@example.org\"}}` answers an access token.\n\n\
         {DESCRIPTION}"
    ));
    openapi
}

/// Adds to what the functions say what holds for all of them.
fn complete(mut openapi: OpenApi) -> OpenApi {
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
    with_examples(&openapi).unwrap_or(openapi)
}

/// The document with the examples that the functions leave out.
fn with_examples(openapi: &OpenApi) -> Result<OpenApi, serde_json::Error> {
    let mut document = serde_json::to_value(openapi)?;
    examples::add(&mut document);
    serde_json::from_value(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo casement openapi > docs/openapi.json` brings the file up to date.
    #[test]
    fn the_document_in_docs_is_current() {
        // As values: the order of fields depends on what else is built along.
        let kept: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        let current = serde_json::to_value(document()).unwrap();
        let differs =
            |name: &&String| current["paths"][name.as_str()] != kept["paths"][name.as_str()];
        let paths = current["paths"].as_object().unwrap();
        assert_eq!(paths.keys().find(differs), None, "docs/openapi.json is not current");
        assert!(current == kept, "docs/openapi.json is not current");
    }

    #[test]
    fn a_name_means_one_schema() {
        let mut known = std::collections::BTreeMap::new();
        let mut several = std::collections::BTreeSet::new();
        for (name, schema) in crate::functions::routes().schemas() {
            let schema = serde_json::to_value(schema).unwrap();
            if *known.entry(name.clone()).or_insert_with(|| schema.clone()) != schema {
                several.insert(name);
            }
        }
        assert!(several.is_empty(), "each of these is several: {several:?}");
    }

    #[test]
    fn every_refusal_is_a_problem_and_shows_its_codes() {
        let document = serde_json::to_value(document()).unwrap();
        let mut silent = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let shown = response["content"]["application/problem+json"]["examples"]
                        .as_object()
                        .is_some_and(|examples| !examples.is_empty());
                    if !shown && !status.starts_with('2') {
                        silent.push(format!("{method} {path} {status}"));
                    }
                }
            }
        }
        assert!(silent.is_empty(), "refusals without a code: {silent:#?}");
    }

    #[test]
    fn every_body_has_an_example() {
        let document = serde_json::to_value(document()).unwrap();
        let mut without = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let name = format!("{method} {path}");
                let bodies =
                    operation["responses"].as_object().unwrap().iter().map(|(status, response)| {
                        (format!("{name} {status}"), &response["content"])
                    });
                let request = (name.clone(), &operation["requestBody"]["content"]);
                for (name, content) in bodies.chain([request]) {
                    let Some(content) = content.as_object() else { continue };
                    for body in content.values() {
                        if !has_example(body, &document) {
                            without.push(name.clone());
                        }
                    }
                }
            }
        }
        assert!(without.is_empty(), "bodies without an example: {without:#?}");
    }

    /// Whether a body, or the schema that it refers to, shows an example.
    fn has_example(body: &serde_json::Value, document: &serde_json::Value) -> bool {
        let of = |value: &serde_json::Value| {
            value.get("example").is_some() || value.get("examples").is_some()
        };
        let schema = body["schema"]["$ref"].as_str().unwrap_or_default();
        let schema = document.pointer(schema.trim_start_matches('#')).unwrap_or(&body["schema"]);
        of(body) || of(schema)
    }
}
