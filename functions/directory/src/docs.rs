//! What the OpenAPI file says of refusals: every code of an operation, with its meaning and an
//! example.

use std::collections::BTreeMap;

use shared::error::Code;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// What every operation with a token can be refused with.
const ALWAYS: [Code; 3] = [Code::Unauthenticated, Code::Internal, Code::TryAgain];

/// The refusals of one operation, as a type that its documentation names.
macro_rules! refusals {
    ($name:ident: $($code:ident),+ $(,)?) => {
        /// What the operation can be refused with.
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                crate::docs::of(&[$(shared::error::Code::$code),+])
            }
        }
    };
}
pub(crate) use refusals;

/// Responses for `codes` and those that every operation has, by status.
pub(crate) fn of(codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for &code in codes.iter().chain(&ALWAYS) {
        by_status.entry(code.status()).or_default().push(code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| {
            let meanings: Vec<String> = codes
                .iter()
                .map(|code| format!("`{}`: {}", code.as_str(), code.meaning()))
                .collect();
            let examples = codes.iter().map(|code| {
                let example = serde_json::json!({
                    "type": format!("/problems/{}", code.as_str()),
                    "status": status,
                    "code": code.as_str(),
                    "detail": code.meaning(),
                });
                (code.as_str(), ExampleBuilder::new().value(Some(example)).build())
            });
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .examples_from_iter(examples)
                .build();
            let response = ResponseBuilder::new()
                .description(meanings.join("\n\n"))
                .content("application/problem+json", content)
                .build();
            (status.to_string(), RefOr::T(response))
        })
        .collect()
}
