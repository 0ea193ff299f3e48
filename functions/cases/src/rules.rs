//! `PUT /v1/cases/{case}/rules`

use axum::extract::State;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body, Path};
use shared::id::CaseId;
use shared::model::{EventKind, ItemRules};
use shared::rights::Flag;
use shared::store::{Change, Outcome, Tries, row};

use crate::change::event;
use crate::read;
use crate::view::Case;

/// Set what becomes of tasks and observables that are added
///
/// `auto_share`: each is shared with every org that has the case, when it is added. What is there
/// already is not shared by that, and stays shared where it was; what is not named is `manual`.
/// Needs the flag `share`.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/rules",
    tag = "cases",
    operation_id = "set_rules",
    params(("case" = CaseId, Path, description = "The case.")),
    request_body(content = ItemRules, example = json!({"tasks": "auto_share", "observables": "manual"})),
    responses(
        (status = 200, description = "The case, with its rules.", body = Case,
            headers(("ETag" = String, description = "`\"c8\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs `share`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set_rules(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Body(rules): Body<ItemRules>,
) -> Result<Answer<Case>, Error> {
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let look = app.table.look(&caller, case, now, &read::ask(&caller, case)).await?;
        let mut seen = look.seen().ok_or_else(Error::not_found)?;
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        let details = read::details(&seen)?;
        if seen.head.rules == rules {
            return Ok(read::shown(&seen, details));
        }
        let what = json!({ "from": seen.head.rules, "to": rules });
        let mut change = Change::new(&seen, event(&seen, EventKind::RulesChanged, what));
        change.set_head("rules", row::value(&rules)?);
        match app.table.commit(change).await? {
            Outcome::Done => {
                seen.head.rules = rules;
                return Ok(read::shown(&seen, details));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}
