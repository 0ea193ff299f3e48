//! `GET /v1/cases/{case}/access`

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::CaseId;
use shared::store::{Ask, NamedUser, Query, Row, Seen, StoreError, Tries, keys, row};

use crate::marks;
use crate::view::{CaseAccess, Named};

/// More rows than present and former names of a case can be.
const NAMES: usize = 1_000;

/// What is read of a case's names.
pub(crate) fn names_of(case: CaseId) -> Query {
    Query::rows(keys::case_partition(case)).prefix(keys::NAMED_PREFIX).limit(NAMES)
}

/// All rows of names, of the present list and of former ones.
pub(crate) fn named(rows: &[Row]) -> Result<Vec<NamedUser>, StoreError> {
    rows.iter().map(row::read).collect()
}

/// Read a case's access.
///
/// To whom it is open besides its shares, and how many comments and attachments are marked
/// external. For those of the owner org. The `ETag` is that of the list of shares.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/access",
    tag = "access",
    operation_id = "read_access",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 200, description = "The access.", body = CaseAccess,
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
pub(crate) async fn read_access(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer<CaseAccess>, Error> {
    present(&app, &caller, case).await
}

/// The access as it is now.
pub(crate) async fn present(
    app: &App,
    caller: &Caller,
    case: CaseId,
) -> Result<Answer<CaseAccess>, Error> {
    let mut tries = Tries::default();
    loop {
        // Counting is work that shows: who may not know of the case must not cause it. So the
        // decision stands before it, and another behind it, which the content is no younger than.
        let before = inside(app, caller, case).await?;
        let marked = marks::count(&app.table, case).await?;
        let seen = inside(app, caller, case).await?;
        let (version, generation) = (seen.head.access_version, seen.head.access_generation);
        if before.head.access_version == version {
            let names = named(&seen.page.rows)?;
            let present = names.into_iter().filter(|named| named.generation == generation);
            let users = present.map(Named::from).collect();
            let access = CaseAccess { access: seen.head.access, users, marked };
            return Ok(Answer::ok(access).version('s', version));
        }
        tries.again().await?;
    }
}

async fn inside(app: &App, caller: &Caller, case: CaseId) -> Result<Seen, Error> {
    let ask = Ask::nothing().page(names_of(case));
    let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    if seen.access.inside() { Ok(seen) } else { Err(Error::forbidden("member of the owner org")) }
}
