//! `GET /v1/orgs/{org}/audit`

use axum::extract::State;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, OrgId, UserId};
use shared::model::{Event, EventKind};
use shared::store::{Key, StoreError, Table, keys, row};
use utoipa::IntoParams;

use crate::auditor;
use crate::case::History;
use crate::view::EventView;

/// How many rows one call reads at most.
const ROWS: usize = 4_000;
/// How many rows of each partition are read at a time, where events are picked out.
const READ_ON: usize = 100;

/// Which events, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The day in UTC, such as `2026-11-22`; today if not given.
    #[param(value_type = Option<String>, example = "2026-11-22")]
    day: Option<String>,
    /// Only events of this kind.
    #[param(inline)]
    kind: Option<EventKind>,
    /// Only events in this case.
    case: Option<CaseId>,
    /// Only what this user did.
    actor: Option<UserId>,
    /// How many.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where a page before ended.
    cursor: Option<String>,
}

impl AuditQuery {
    /// The day in its one spelling.
    fn day(&self, now: Timestamp) -> Result<String, Error> {
        let Some(day) = &self.day else {
            return Ok(keys::audit_day(now));
        };
        let parsed = day.parse::<Date>().ok().map(|date| date.to_string());
        parsed
            .filter(|parsed| parsed == day)
            .ok_or_else(|| Error::parameter("day", "must be a day such as `2026-11-22`"))
    }

    fn keeps(&self, event: &Event) -> bool {
        self.kind.is_none_or(|kind| kind == event.kind)
            && self.case.is_none_or(|case| event.case == Some(case))
            && self.actor.is_none_or(|actor| event.actor.user == Some(actor))
    }

    /// Whether every event of the day is wanted.
    fn keeps_all(&self) -> bool {
        self.kind.is_none() && self.case.is_none() && self.actor.is_none()
    }
}

/// Read an org's audit view.
///
/// What happened on one day, in the org and in all its cases, newest first. Needs the org right
/// `audit`. A call reads at most 4,000 rows, so a page that picks events out can be short and not
/// be the last: go on while there is a `cursor`.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/audit",
    tag = "history",
    operation_id = "read_audit",
    params(("org" = OrgId, Path, description = "The org."), AuditQuery),
    responses(
        (status = 200, description = "A page of events.", body = History),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no such org, or not yours.", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_audit(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<OrgId>,
    Query(query): Query<AuditQuery>,
) -> Result<Answer<History>, Error> {
    let day = query.day(app.clock.now())?;
    let text = |part: Option<String>| part.unwrap_or_default();
    let kind = query.kind.and_then(|kind| serde_json::to_string(&kind).ok());
    let cursor = Cursor::of(&[
        "GET /v1/orgs/{org}/audit",
        org.as_str(),
        &day,
        &text(kind),
        &text(query.case.map(|case| case.to_string())),
        &text(query.actor.map(|actor| actor.to_string())),
    ]);
    let after = cursor.read(query.cursor.as_deref())?;
    if after.as_deref().is_some_and(|after| !after.starts_with(&day)) {
        return Err(Error::parameter("cursor", "is not a cursor of this query"));
    }
    // Strangers must not cause the work of reading; what is read must not be younger than the
    // decision that shows it.
    auditor::check(&app, &caller, &org).await?;
    let page = Events { table: &app.table, org: &org, day: &day, query: &query };
    let (items, after) = page.read(after).await?;
    auditor::check(&app, &caller, &org).await?;
    let cursor = after.map(|after| cursor.behind(&after));
    Ok(Answer::ok(History { items, cursor }))
}

/// The events of one day.
struct Events<'a> {
    table: &'a Table,
    org: &'a OrgId,
    day: &'a str,
    query: &'a AuditQuery,
}

impl Events<'_> {
    /// Reads on behind `after` until the page is full, and where it ended.
    async fn read(
        &self,
        mut after: Option<String>,
    ) -> Result<(Vec<EventView>, Option<String>), StoreError> {
        let limit = self.query.limit.0;
        let each = if self.query.keeps_all() { limit + 1 } else { READ_ON };
        let mut items: Vec<EventView> = Vec::new();
        let mut read = 0;
        loop {
            let (lines, end) = self.lines(after.as_deref(), each).await?;
            read += lines.len();
            let rows = self.table.get_many(lines.iter().map(|(_, key)| key.clone())).await?;
            for (sort, key) in lines {
                if let Some(event) = row::read_if::<Event>(rows.get(&key))?
                    && self.query.keeps(&event)
                {
                    if items.len() == limit {
                        return Ok((items, after));
                    }
                    items.push(EventView::of(&key, event));
                }
                // Behind what was passed, shown or not.
                after = Some(sort);
            }
            if end {
                return Ok((items, None));
            }
            if ROWS <= read {
                return Ok((items, after));
            }
        }
    }

    /// The next lines of the index, newest first, and whether those were the last. What lies below
    /// a partition that was not read to its end waits for the next time.
    async fn lines(
        &self,
        after: Option<&str>,
        each: usize,
    ) -> Result<(Vec<(String, Key)>, bool), StoreError> {
        let high = after.unwrap_or("~");
        let pages = try_join_all((0..keys::AUDIT_SHARDS).map(|shard| {
            let principal = keys::audit_of(self.org, self.day, shard);
            let query = shared::store::Query::principal(principal)
                .between(self.day, high)
                .backwards()
                .limit(each + 1);
            self.table.query(query)
        }))
        .await?;
        let mut lines: Vec<(String, Key)> = Vec::new();
        let mut horizon: Option<String> = None;
        for page in pages {
            let sort = |row| row::text(row, "principal_sort").to_owned();
            if page.next.is_some() {
                horizon = horizon.max(page.rows.last().map(sort));
            }
            let found = page.rows.iter().map(|row| (sort(row), row::key_of(row)));
            lines.extend(found.filter(|(sort, _)| Some(sort.as_str()) != after));
        }
        if let Some(horizon) = &horizon {
            lines.retain(|(sort, _)| horizon <= sort);
        }
        lines.sort_unstable_by(|one, other| other.0.cmp(&one.0));
        Ok((lines, horizon.is_none()))
    }
}
