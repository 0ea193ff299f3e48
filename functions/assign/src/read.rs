//! `GET /v1/cases/{case}/assignees`

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::CaseId;
use shared::store::{Ask, Involved, Query, Row, Seen, StoreError, keys, row};

use crate::view::{Assignee, Assignees};

/// More assignees than a case can have.
const ASSIGNEES: usize = 1_000;

/// What is read of a case's assignees.
pub(crate) fn assignees_of(case: CaseId) -> Ask<'static> {
    let query = Query::rows(keys::case_partition(case)).prefix(keys::ASSIGNEE_PREFIX);
    Ask::nothing().page(query.limit(ASSIGNEES))
}

/// The assignees among the rows that were read.
pub(crate) fn assigned(rows: &[Row]) -> Result<Vec<Involved>, StoreError> {
    rows.iter().map(row::read).collect()
}

/// The assignees, as they are.
pub(crate) fn shown(seen: &Seen) -> Result<Answer<Assignees>, Error> {
    let assigned = assigned(&seen.page.rows)?;
    let items = assigned.into_iter().map(Assignee::from).collect();
    Ok(Answer::ok(Assignees { items }).version('s', seen.head.access_version))
}

/// Read a case's assignees.
///
/// For those of the owner org.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/assignees",
    tag = "access",
    operation_id = "read_assignees",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 200, description = "The assignees.", body = Assignees,
            headers(("ETag" = String, description = "`\"s7\"`: raised by every change of who has the case."))),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: only those of the owner org know.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_assignees(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer<Assignees>, Error> {
    let look = app.table.look(&caller, case, app.clock.now(), &assignees_of(case)).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    if !seen.access.inside() {
        return Err(Error::forbidden("member of the owner org"));
    }
    shown(&seen)
}
