//! `POST /v1/cases/{case}/close`, `POST /v1/cases/{case}/reopen`

use axum::extract::State;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::CaseId;
use shared::model::{CaseStatus, EventKind};
use shared::rights::Flag;
use shared::store::{Outcome, Tries, case_event, remembered};

use crate::change::{event, set};
use crate::read;
use crate::view::Case;

/// Close a case.
///
/// Needs the flag `close`. A closed case can be read and worked on as before.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/close",
    tag = "cases",
    operation_id = "close_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once, for 24 h."),
    ),
    request_body = Empty,
    responses(
        (status = 200, description = "The case, closed.", body = Case,
            headers(("ETag" = String, description = "`\"c8\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`already_closed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn close_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body: Empty {}, idem }: Post<Empty>,
) -> Result<Answer<Case>, Error> {
    turn(&app, &caller, case, idem.as_ref(), CaseStatus::Closed).await
}

/// Open a closed case again.
///
/// Needs the flag `reopen`.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/reopen",
    tag = "cases",
    operation_id = "reopen_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once, for 24 h."),
    ),
    request_body = Empty,
    responses(
        (status = 200, description = "The case, open.", body = Case,
            headers(("ETag" = String, description = "`\"c8\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`not_closed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reopen_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body: Empty {}, idem }: Post<Empty>,
) -> Result<Answer<Case>, Error> {
    turn(&app, &caller, case, idem.as_ref(), CaseStatus::Open).await
}

/// Turns a case's status to what it is not.
async fn turn(
    app: &App,
    caller: &Caller,
    case: CaseId,
    idem: Option<&Idem>,
    to: CaseStatus,
) -> Result<Answer<Case>, Error> {
    let (flag, right, kind, already) = match to {
        CaseStatus::Closed => (Flag::Close, "close", EventKind::CaseClosed, Code::AlreadyClosed),
        CaseStatus::Open => (Flag::Reopen, "reopen", EventKind::CaseReopened, Code::NotClosed),
    };
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let ask = read::ask(caller, case).and(idem.map(Idem::key));
        let look = app.table.look(caller, case, now, &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let mut details = read::details(&seen)?;
        if Idem::found(idem, &seen.rows, now)?.is_some() {
            return Ok(read::shown(&seen, details));
        }
        if !seen.access.flag(flag) {
            return Err(Error::forbidden(right));
        }
        if details.status == to {
            return Err(Error::of(already));
        }
        let version = details.version;
        details.status = to;
        details.closed_at = (to == CaseStatus::Closed).then_some(now);
        details.version += 1;
        details.updated_at = now;
        let record = idem.map(|idem| idem.record(now, 200, [])).transpose()?;
        let mut writes: Vec<_> = record.map(|record| remembered(record, now)).into_iter().collect();
        writes.push(set(&details, &["status", "closed_at"], version)?);
        writes.push(case_event(case, &event(&seen, kind, json!({})))?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(read::shown(&seen, details)),
            // A replay is found by the next look, and rendered as of then.
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}
