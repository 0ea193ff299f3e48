//! `DELETE /v1/cases/{case}`

use axum::extract::State;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, IfMatch, Path};
use shared::id::CaseId;
use shared::model::{EventKind, JobKind};
use shared::rights::Flag;
use shared::sharing::job;
use shared::store::{Change, Condition, Outcome, Tries, Write, keys, row};

use crate::change::event;
use crate::create::reference_key;
use crate::read;

/// Delete a case, for everybody.
///
/// Needs the flag `delete`, which no share gives. It is gone at once for every recipient, its
/// invitations are dead, its files are deleted; its history stays in the org's audit view.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}",
    tag = "cases",
    operation_id = "delete_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "`\"c7\"`: only if its details have this version."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    if_match: IfMatch,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let look = app.table.look(&caller, case, now, &read::ask(&caller, case)).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if !seen.access.flag(Flag::Delete) {
            return Err(Error::forbidden("delete"));
        }
        let details = read::details(&seen)?;
        if_match.holds('c', details.version)?;
        let what = json!({ "number": details.number });
        let mut change = Change::new(&seen, event(&seen, EventKind::CaseDeleted, what));
        change.set_head("gone", row::value(&true)?);
        change.write(Write::Update {
            key: keys::details(case),
            set: Vec::new(),
            remove: row::INDEX_ATTRIBUTES.to_vec(),
            add: Vec::new(),
            condition: Some(Condition::is("version", details.version)),
        });
        if let Some(reference) = &details.reference {
            // Its maker can make a case from the same thing again.
            let key = reference_key(&seen.head.owner, seen.head.creator, reference);
            change.write(Write::Delete(key, None));
        }
        change.write(job(JobKind::DeleteFiles { case }, now, now)?);
        match app.table.commit(change).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}
