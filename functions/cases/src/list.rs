//! `GET /v1/cases`

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Query};
use shared::id::{CaseId, OrgId};
use shared::model::CaseStatus;
use shared::store::{
    Candidate, ListPage, Listed, StoreError, Table, Tries, UserRows, Wanted, keys, sources,
};
use shared::text::Tag;
use utoipa::{IntoParams, ToSchema};

use crate::matching::{Facets, Filter};
use crate::partners::statuses;
use crate::saved::{self, SavedFilter};
use crate::view::CaseSummary;

/// How many index rows one call reads at most.
const ROWS: usize = 400;

/// Which cases, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only cases that this org owns.
    org: Option<OrgId>,
    /// Only these of the caller's cases.
    #[param(inline)]
    filter: Option<Filter>,
    /// Only open or only closed ones.
    #[param(inline)]
    status: Option<CaseStatus>,
    /// Only cases with this tag, in whatever case it is written.
    #[param(value_type = Option<String>, max_length = 64)]
    tag: Option<Tag>,
    /// `true`: as the saved filter says; not together with another one.
    saved: Option<bool>,
    /// `true`: each case of the caller's own orgs says how it stands towards other orgs.
    partners: Option<bool>,
    /// How many.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where a page before ended.
    cursor: Option<String>,
}

/// A page of cases, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseList {
    /// The cases. A page can be short, even empty, and not the last.
    items: Vec<CaseSummary>,
    /// Where the next page begins; `null` at the end.
    cursor: Option<String>,
}

/// List your cases.
///
/// Newest first, in no other order: cases of your orgs, those shared with you or a group of yours,
/// those open to you in the portal. Each is checked before it is shown. A call reads at most 400
/// rows of the index, so a page can be short and not be the last: go on while there is a `cursor`.
#[utoipa::path(
    get,
    path = "/v1/cases",
    tag = "cases",
    operation_id = "list_cases",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of cases.", body = CaseList),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_cases(
    State(app): State<App>,
    caller: Caller,
    Query(mut query): Query<ListQuery>,
) -> Result<Answer<CaseList>, Error> {
    if query.saved == Some(true) {
        if query.org.is_some()
            || query.filter.is_some()
            || query.status.is_some()
            || query.tag.is_some()
        {
            return Err(Error::parameter("saved", "must not stand beside another filter"));
        }
        let SavedFilter { org, filter, status, tag } = saved::read(&app, &caller).await?;
        query = ListQuery { org, filter, status, tag, ..query };
    }
    let cursor = Cursor::of(&[
        "GET /v1/cases",
        query.org.as_ref().map_or("", OrgId::as_str),
        query.filter.map_or("", Filter::as_str),
        query.status.map_or("", CaseStatus::as_str),
        query.tag.as_ref().map_or("", Tag::as_str),
    ]);
    let after: Option<CaseId> = cursor.read_id(query.cursor.as_deref())?;
    let now = app.clock.now();
    let facets = Facets { org: query.org, status: query.status, tag: query.tag };
    let filter = query.filter;
    let keeps = |listed: &Listed| {
        facets.meet(listed) && filter.is_none_or(|filter| filter.keeps(caller.user, listed))
    };
    let mut tries = Tries::default();
    let page = loop {
        let me = app.table.standings(&caller).await?;
        let page = if filter == Some(Filter::Favourite) {
            favourites(&app.table, &caller, &me, now, after, query.limit.0, &keeps).await
        } else if filter == Some(Filter::Recent) {
            recent(&app, &caller, &me, now, query.limit.0, &keeps).await
        } else {
            let mut all = facets.narrow(sources(&caller, &me));
            if let Some(filter) = filter {
                all = filter.narrow(caller.user, all);
            }
            let wanted = Wanted {
                sources: &all,
                after,
                limit: query.limit.0,
                most_rows: ROWS,
                exact: filter.is_some(),
                candidate: &|_| true,
                case: &keeps,
            };
            app.table.list(&caller, &me, now, &wanted).await
        };
        match page {
            // The caller joined or left something: other sources, other cases.
            Err(StoreError::Conflict) => tries.again().await?,
            page => break page?,
        }
    };
    let next = page.after.map(|case| cursor.behind(&case.to_string()));
    let mut items = summaries(&page.cases);
    if query.partners == Some(true) {
        let own = page.cases.iter().filter(|listed| listed.access.inside());
        let heads: Vec<_> = own.map(|listed| &listed.head).collect();
        let mut found = statuses(&app.table, &heads, now).await?;
        for item in &mut items {
            item.partners = found.remove(&item.id);
        }
    }
    Ok(Answer::ok(CaseList { items, cursor: next }))
}

/// The cases as they are shown.
pub(crate) fn summaries(cases: &[Listed]) -> Vec<CaseSummary> {
    let summary = |listed: &Listed| {
        CaseSummary::of(&listed.head, &listed.details, &listed.access, listed.favourite)
    };
    cases.iter().map(summary).collect()
}

/// The cases that the caller has opened last, in that order; each is checked by key.
async fn recent(
    app: &App,
    caller: &Caller,
    me: &UserRows,
    now: Timestamp,
    limit: usize,
    keeps: &(dyn Fn(&Listed) -> bool + Send + Sync),
) -> Result<ListPage, StoreError> {
    let opened = crate::recent::read(app, caller).await?;
    let candidates: Vec<_> =
        opened.into_iter().map(|case| (case, Candidate::exact(case, caller, me))).collect();
    let mut page = ListPage::default();
    for part in candidates.chunks(25) {
        let listed = app.table.check_all(caller, me, part, now).await?;
        page.cases.extend(listed.into_iter().filter(|one| keeps(one)));
    }
    page.cases.truncate(limit);
    Ok(page)
}

/// The caller's favourites: no index lists them, so each is checked by key.
async fn favourites(
    table: &Table,
    caller: &Caller,
    me: &UserRows,
    now: Timestamp,
    after: Option<CaseId>,
    limit: usize,
    keeps: &(dyn Fn(&Listed) -> bool + Send + Sync),
) -> Result<ListPage, StoreError> {
    let mut page = ListPage::default();
    let mut after = after;
    let mut read = 0;
    while read < ROWS {
        // One more than is missing, to know whether there is more.
        let wanted = limit - page.cases.len() + 1;
        let (found, end) = marked(table, caller, after, wanted).await?;
        read += found.len();
        after = found.last().copied().or(after);
        let candidates: Vec<_> =
            found.into_iter().map(|case| (case, Candidate::exact(case, caller, me))).collect();
        for listed in table.check_all(caller, me, &candidates, now).await? {
            if !keeps(&listed) {
                continue;
            }
            if page.cases.len() == limit {
                page.after = page.cases.last().map(|one| one.head.case);
                return Ok(page);
            }
            page.cases.push(listed);
        }
        if end {
            return Ok(page);
        }
    }
    page.after = after;
    Ok(page)
}

/// The next favourites, newest case first, and whether those were the last.
async fn marked(
    table: &Table,
    caller: &Caller,
    after: Option<CaseId>,
    limit: usize,
) -> Result<(Vec<CaseId>, bool), StoreError> {
    let mut query = shared::store::Query::rows(keys::mine_partition(caller.user))
        .prefix(keys::FAVOURITE_PREFIX)
        .backwards()
        .limit(limit);
    if let Some(case) = after {
        query = query.after(&keys::favourite(caller.user, case), None);
    }
    let page = table.query(query).await?;
    let case = |row| keys::favourite_case(&shared::store::row::key_of(row));
    Ok((page.rows.iter().filter_map(case).collect(), page.next.is_none()))
}
