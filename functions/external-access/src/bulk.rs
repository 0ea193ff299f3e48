//! `POST /v1/access`

use axum::extract::State;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use shared::access::Visibility;
use shared::access_list::check_form;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, IfMatch, Post};
use shared::id::{CaseId, Recipient};
use utoipa::ToSchema;

use crate::set::{Bulk, Wish, set};
use crate::view::CaseAccess;

/// The most cases of one request.
const CASES: usize = 100;
/// How many are changed at the same time.
const AT_ONCE: usize = 16;

/// External access for many cases, or none.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum ExternalAccess {
    /// The org only: external access is taken back.
    Internal,
    /// The org and the named external users.
    External,
    /// The org and all external users.
    ExternalAll,
}

impl From<ExternalAccess> for Visibility {
    fn from(access: ExternalAccess) -> Self {
        match access {
            ExternalAccess::Internal => Self::Internal,
            ExternalAccess::External => Self::External,
            ExternalAccess::ExternalAll => Self::ExternalAll,
        }
    }
}

/// To whom many cases are to be open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "cases": ["01JC0A7Z3X5D9V6K2M4N8P1QRS"], "access": "external", "users": ["email:eve@example.com"]
}))]
pub(crate) struct ManyCases {
    /// 1 to 100 cases.
    #[schema(min_items = 1, max_items = 100)]
    cases: Vec<CaseId>,
    /// To whom.
    #[schema(inline)]
    access: ExternalAccess,
    /// Whom `external` names: `user:ID` or `email:ADDRESS`. The list is replaced.
    #[schema(max_items = 90)]
    users: Option<Vec<Recipient>>,
}

/// What became of one case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneCase {
    /// The case.
    case: CaseId,
    /// As `PUT /v1/cases/{case}/access` answers it.
    status: u16,
    /// The access as it is now.
    access: Option<CaseAccess>,
    /// Why it is not so.
    problem: Option<Problem>,
}

/// What became of each case, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EachCase {
    /// One entry for each case.
    items: Vec<OneCase>,
}

/// Set or take back external access for many cases.
///
/// Each case is changed by itself, as `PUT /v1/cases/{case}/access` does, and has an answer of its
/// own. A restricted case is left as it is: 409.
#[utoipa::path(
    post,
    path = "/v1/access",
    tag = "access",
    operation_id = "set_access_of_many",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once for each case, for 24 h."),
    ),
    request_body = ManyCases,
    responses(
        (status = 200, description = "What became of each.", body = EachCase),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set_access_of_many(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<ManyCases>,
) -> Result<Answer<EachCase>, Error> {
    if !(1..=CASES).contains(&body.cases.len()) {
        return Err(Error::invalid("/cases", format!("must name 1 to {CASES} cases")));
    }
    for (at, case) in body.cases.iter().enumerate() {
        if body.cases.iter().take(at).any(|before| before == case) {
            return Err(Error::invalid(format!("/cases/{at}"), "stands there twice"));
        }
    }
    let access = body.access.into();
    check_form(access, body.users.as_deref())?;
    let wish = Wish { access, users: body.users.unwrap_or_default(), if_match: IfMatch::default() };
    let (app, caller, wish) = (&app, &caller, &wish);
    let each = body.cases.iter().enumerate().map(|(entry, &case)| {
        let once = idem.as_ref().map(|idem| idem.entry(entry));
        async move {
            let bulk = Bulk { once: once.as_ref() };
            match set(app, caller, case, wish, Some(bulk)).await {
                Ok(answer) => {
                    OneCase { case, status: 200, access: answer.into_body(), problem: None }
                }
                Err(error) => {
                    let problem = error.into_problem();
                    OneCase { case, status: problem.status, access: None, problem: Some(problem) }
                }
            }
        }
    });
    let items = stream::iter(each.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
    Ok(Answer::ok(EachCase { items }))
}
