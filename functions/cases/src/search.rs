//! `POST /v1/cases/search`

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body, Cursor, Limit};
use shared::id::{CaseId, OrgId};
use shared::model::CaseStatus;
use shared::store::{Candidate, Listed, StoreError, Tries, Wanted, sources};
use shared::text::{Line, Tag};
use utoipa::ToSchema;

use crate::list::summaries;
use crate::matching::{Facets, Needle};
use crate::view::CaseSummary;

/// How many index rows one call reads at most.
const ROWS: usize = 4_000;

/// What is searched for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "phish", "status": "open"}))]
pub(crate) struct CaseSearch {
    /// Any part of a title, a number or a tag, in whatever case it is written.
    text: Line<1, 200>,
    /// Only cases that this org owns.
    org: Option<OrgId>,
    /// Only open or only closed ones.
    status: Option<CaseStatus>,
    /// Only cases with this tag.
    tag: Option<Tag>,
    /// How many.
    #[serde(default)]
    limit: Limit,
    /// Where a page before ended.
    cursor: Option<String>,
}

/// What was found, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasesFound {
    /// The cases. A page can be short, even empty, and not the last.
    items: Vec<CaseSummary>,
    /// Where the search goes on; `null` when it has looked through everything.
    cursor: Option<String>,
    /// Cases made since then have been looked through; `null`: all have.
    searched_back_to: Option<Timestamp>,
}

/// Search your cases.
///
/// Looks through the same cases as the list, newest first, at most 4,000 rows of the index a call,
/// and says how far back it looked: go on while there is a `cursor`.
#[utoipa::path(
    post,
    path = "/v1/cases/search",
    tag = "cases",
    operation_id = "search_cases",
    request_body = CaseSearch,
    responses(
        (status = 200, description = "What was found.", body = CasesFound),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search_cases(
    State(app): State<App>,
    caller: Caller,
    Body(search): Body<CaseSearch>,
) -> Result<Answer<CasesFound>, Error> {
    let cursor = Cursor::of(&[
        "POST /v1/cases/search",
        search.text.as_str(),
        search.org.as_ref().map_or("", OrgId::as_str),
        search.status.map_or("", CaseStatus::as_str),
        search.tag.as_ref().map_or("", Tag::as_str),
    ]);
    let after: Option<CaseId> =
        cursor.read_id(search.cursor.as_deref()).map_err(|_| wrong_cursor())?;
    let needle = Needle::new(search.text.as_str());
    let facets = Facets { org: search.org, status: search.status, tag: search.tag };
    let mut tries = Tries::default();
    let page = loop {
        let me = app.table.standings(&caller).await?;
        let all = facets.narrow(sources(&caller, &me));
        let wanted = Wanted {
            sources: &all,
            after,
            limit: search.limit.0,
            most_rows: ROWS,
            exact: false,
            candidate: &|candidate: &Candidate| needle.can_be_in(candidate),
            case: &|listed: &Listed| needle.in_case(&listed.details) && facets.meet(listed),
        };
        match app.table.list(&caller, &me, app.clock.now(), &wanted).await {
            // The caller joined or left something: other sources, other cases.
            Err(StoreError::Conflict) => tries.again().await?,
            page => break page?,
        }
    };
    Ok(Answer::ok(CasesFound {
        items: summaries(&page.cases),
        cursor: page.after.map(|case| cursor.behind(&case.to_string())),
        searched_back_to: page.after.map(CaseId::made_at),
    }))
}

/// Here the cursor stands in the body.
fn wrong_cursor() -> Error {
    Error::invalid("/cursor", "is not a cursor of this search")
}
