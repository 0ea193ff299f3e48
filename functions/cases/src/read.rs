//! `GET /v1/cases/{case}`

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::CaseId;
use shared::model::Details;
use shared::store::{Ask, Seen, StoreError, keys};

use crate::view::Case;

/// What is read to show a case.
pub(crate) fn ask(caller: &Caller, case: CaseId) -> Ask<'static> {
    Ask::rows([keys::details(case), keys::favourite(caller.user, case)])
}

/// The details of a case that is seen.
///
/// # Errors
///
/// [`StoreError::Odd`] if there are none: they are made together.
pub(crate) fn details(seen: &Seen) -> Result<Details, StoreError> {
    seen.row(&keys::details(seen.case))?
        .ok_or_else(|| StoreError::Odd("a case without details".to_owned()))
}

/// A case that is seen, with these details.
pub(crate) fn case(seen: &Seen, details: Details) -> Case {
    let favourite = seen.rows.contains_key(&keys::favourite(seen.caller.user, seen.case));
    Case::of(&seen.head, details, &seen.access, favourite)
}

/// The answer that shows `details` of a case that is seen.
pub(crate) fn shown(seen: &Seen, details: Details) -> Answer<Case> {
    let version = details.version;
    Answer::ok(case(seen, details)).version('c', version)
}

/// Read a case.
///
/// The `ETag` is the version of its details, for `If-Match`. Reading is not recorded.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}",
    tag = "cases",
    operation_id = "read_case",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 200, description = "The case.", body = Case,
            headers(("ETag" = String, description = "`\"c7\"`: the version of its details."))),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no such case, or you may not know of it.",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer<Case>, Error> {
    let look = app.table.look(&caller, case, app.clock.now(), &ask(&caller, case)).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let details = details(&seen)?;
    Ok(shown(&seen, details))
}
