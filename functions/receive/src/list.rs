//! `GET /v1/orgs/{org}/incoming`, `GET /v1/orgs/{org}/incoming/{share}`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, OrgId, ShareId};
use shared::store::{self, keys, row};
use utoipa::{IntoParams, ToSchema};

use crate::conflict::IncomingInFull;
use crate::incoming::{Incoming, IncomingView};

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// Those that wait.
    #[default]
    Waiting,
    /// Those that were taken in or refused.
    Done,
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncomingQuery {
    /// Those that wait, or those that were taken in or refused.
    #[serde(default)]
    #[param(inline)]
    which: Which,
    /// How many.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of shares that come in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncomingList {
    /// The shares, the newest case first. A page can be short and not the last.
    items: Vec<IncomingView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// What other orgs share with this one, to be taken in
///
/// For members with the right `receive`; others see what they were named for.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/incoming",
    tag = "receive",
    operation_id = "list_incoming",
    params(("org" = OrgId, Path, description = "The org."), IncomingQuery),
    responses(
        (status = 200, description = "A page of shares.", body = IncomingList),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: for members of the org only", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_incoming(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<OrgId>,
    Query(query): Query<IncomingQuery>,
) -> Result<Answer<IncomingList>, Error> {
    let (word, principal) = match query.which {
        Which::Waiting => ("waiting", keys::pending_for(&org)),
        Which::Done => ("done", keys::received_by(&org)),
    };
    let cursors = Cursor::of(&["incoming", org.as_str(), word]);
    let after: Option<CaseId> = cursors.read_id(query.cursor.as_deref())?;
    let place = app.table.place(&caller, &org, &[], app.clock.now()).await?;
    if !place.colleague() {
        return Err(Error::forbidden("member of the org"));
    }
    let high = after.map_or_else(|| "CASE#~".to_owned(), keys::case_sort);
    let limit = query.limit.0;
    let listed = store::Query::principal(principal).between("CASE#", high).backwards();
    let page = app.table.query(listed.limit(limit + 1)).await?;
    let mut items = Vec::new();
    let mut last = None;
    for case in page.rows.iter().filter_map(row::case_listed).filter(|case| Some(*case) != after) {
        last = Some(case);
        // Each is read with a decision of its own.
        let (place, incoming) = Incoming::read(&app, &caller, &org, case, &[]).await?;
        let shown = incoming.filter(|incoming| incoming.shown_to(&place));
        items.extend(shown.map(|incoming| incoming.view(place.now)));
    }
    let more = page.next.is_some();
    let cursor = last.filter(|_| more).map(|last| cursors.behind(&last.to_string()));
    Ok(Answer::ok(IncomingList { items, cursor }))
}

/// One share that comes in
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/incoming/{share}",
    tag = "receive",
    operation_id = "get_incoming",
    params(
        ("org" = OrgId, Path, description = "The org."),
        ("share" = ShareId, Path, description = "The share."),
    ),
    responses(
        (status = 200, description = "The share, with those of its targets that the org has besides.", body = IncomingInFull),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_incoming(
    State(app): State<App>,
    caller: Caller,
    Path((org, share)): Path<(OrgId, ShareId)>,
) -> Result<Answer<IncomingInFull>, Error> {
    let (place, incoming) = Incoming::find(&app, &caller, &org, &share, &[]).await?;
    Ok(Answer::ok(IncomingInFull::of(&app, &org, &incoming, place.now).await?))
}
