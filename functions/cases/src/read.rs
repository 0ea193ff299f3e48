//! `GET /v1/cases/{case}`

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Path};
use shared::id::CaseId;
use shared::model::Details;
use shared::store::{Ask, Seen, StoreError, keys};

use crate::partners::statuses_of;
use crate::recent;
use crate::view::Case;

/// How many merges in a row are followed to where a case went.
const MERGES: usize = 8;

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
/// The `ETag` is the version of its details, for `If-Match`. The history does not tell who reads; your
/// own list of recent cases does.
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
        (status = 410, description = "`merged`: into a case that you see; `case` is its id.",
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
    let ask = ask(&caller, case).and(Some(keys::recent(caller.user)));
    let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
    let into = look.facts.head.as_ref().and_then(|head| head.merged_into);
    let Some(seen) = look.seen() else {
        return Err(whither(&app, &caller, case, into).await?);
    };
    recent::note(&app, &seen).await;
    let details = details(&seen)?;
    let version = details.version;
    let mut case = self::case(&seen, details);
    if seen.access.inside() {
        case.summary.partners = Some(statuses_of(&app.table, &seen).await?);
    }
    Ok(Answer::ok(case).version('c', version))
}

/// The refusal of a case that is not seen: to whoever sees the case that it was merged into, where
/// that is. For every other case the same is read, so that the work tells nothing.
async fn whither(
    app: &App,
    caller: &Caller,
    case: CaseId,
    mut into: Option<CaseId>,
) -> Result<Error, Error> {
    let merged = into.is_some();
    for _ in 0..MERGES {
        let other = into.unwrap_or(case);
        let look = app.table.look(caller, other, app.clock.now(), &Ask::nothing()).await?;
        into = look.facts.head.as_ref().and_then(|head| head.merged_into);
        if merged && look.seen().is_some() {
            return Ok(Error::of(Code::Merged).case(other));
        }
        if into.is_none() || !merged {
            break;
        }
    }
    Ok(Error::not_found())
}
