//! `GET /v1/cases/{case}/history`

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::access::Partners;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, ItemId};
use shared::items::shared_singly;
use shared::model::ItemShare;
use shared::rights::Section;
use shared::store::{PartnerShare, Seen, StoreError, Table, keys, row};
use utoipa::{IntoParams, ToSchema};

use crate::feed::{Feed, Position};
use crate::reader::Reader;
use crate::view::EventView;

/// How many lines of each range are read at a time, where the first page was not enough.
const READ_ON: usize = 250;

/// How many lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// How many.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where a page before ended.
    cursor: Option<String>,
}

/// A page of history, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// The lines.
    pub(crate) items: Vec<EventView>,
    /// Where the next page begins; `null` at the end.
    pub(crate) cursor: Option<String>,
}

/// Read a case's history.
///
/// Newest first. Members of the owner org who see the case see all of it. Who has the case by a
/// share sees what happened to its details, to what they can read, and to their own share. External
/// users see none.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/history",
    tag = "history",
    operation_id = "read_history",
    params(("case" = CaseId, Path, description = "The case."), HistoryQuery),
    responses(
        (status = 200, description = "A page of history.", body = History),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: external users see no history.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_history(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Answer<History>, Error> {
    let cursor = Cursor::of(&["GET /v1/cases/{case}/history", &case.to_string()]);
    let position = cursor.read(query.cursor.as_deref())?;
    let position = position.as_deref().map(Position::read).transpose()?.unwrap_or_default();
    let limit = query.limit.0;
    let mut feed = Feed::behind(case, position);
    let mut items: Vec<EventView> = Vec::new();
    let mut shown = position;
    let mut reads = limit + 1;
    loop {
        // Every line is shown by the decision that it was read with, or a later one.
        let look = app.table.look(&caller, case, app.clock.now(), &feed.ask(reads)).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if seen.access.through_portal() {
            return Err(Error::because(Code::Forbidden, "external users see no history"));
        }
        feed.take(&seen.page, &seen.also)?;
        let reader = Reader::of(&seen, singly(&app.table, &seen, &feed).await?);
        while let Some((key, event)) = feed.pass() {
            let Some(event) = reader.told(event) else { continue };
            if items.len() == limit {
                let cursor = Some(cursor.behind(&shown.text()));
                return Ok(Answer::ok(History { items, cursor }));
            }
            items.push(EventView::of(&key, event));
            shown = feed.position();
        }
        if feed.ended() {
            return Ok(Answer::ok(History { items, cursor: None }));
        }
        reads = READ_ON;
    }
}

/// Which of the items that the lines are about reach orgs of the caller's by themselves.
async fn singly(
    table: &Table,
    seen: &Seen,
    feed: &Feed,
) -> Result<HashMap<ItemId, Partners>, StoreError> {
    if seen.reaches_all() || seen.partners.is_empty() {
        return Ok(HashMap::new());
    }
    let items: BTreeSet<(Section, ItemId)> = feed
        .items()
        .filter(|item| shared_singly(item.section))
        .map(|item| (item.section, item.id))
        .collect();
    let keys = items.iter().flat_map(|(section, id)| {
        let of = |one: &PartnerShare| keys::item_share(seen.case, &one.org, *section, *id);
        seen.partners.iter().map(of)
    });
    let rows = table.get_many(keys).await?;
    let shares = rows.values().map(row::read).collect::<Result<Vec<ItemShare>, _>>()?;
    let reach = |(_, id): &(Section, ItemId)| {
        let of_item: Vec<_> = shares.iter().filter(|one| one.item == *id).cloned().collect();
        (*id, seen.reached_by(&of_item))
    };
    Ok(items.iter().map(reach).collect())
}
