//! The reports of a case: its attachments in the section `reports`. They come and go as all
//! attachments do.

use axum::extract::State;
use serde::Serialize;
use shared::access::Partners;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Path, Query};
use shared::id::CaseId;
use shared::items::AttachmentView;
use shared::model::Attachment;
use shared::rights::{Level, Section};
use shared::store::{Seen, WantedItems};
use utoipa::ToSchema;

use crate::kind::ItemsQuery;

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reports {
    /// The reports, newest first.
    items: Vec<AttachmentView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// The reports of a case
///
/// Attachments in the section `reports`, newest first: the same as `GET …/attachments` with that
/// section. They are uploaded, downloaded, marked and deleted as attachments.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/reports",
    tag = "items",
    operation_id = "list_reports",
    params(("case" = CaseId, Path, description = "The case."), ItemsQuery),
    responses(
        (status = 200, description = "The reports that the caller reaches.", body = Reports),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case, or its reports are not shared", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn list_reports(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Query(query): Query<ItemsQuery>,
) -> Result<Answer<Reports>, Error> {
    let cursors = Cursor::of(&["reports", &case.to_string()]);
    let shows = |seen: &Seen, report: Attachment, _: Partners| {
        let caller = seen.caller.user;
        let reached = seen.access.level(&report.facts(caller)) != Level::None;
        (report.shown_to(caller) && reached).then(|| AttachmentView::of(report, caller))
    };
    let wanted = WantedItems {
        case,
        sections: (Section::Reports, None),
        after: cursors.read_id(query.cursor.as_deref())?,
        limit: query.limit.0,
        shows: &shows,
    };
    let page = app.table.items(&caller, app.clock.now(), &wanted).await?;
    let page = page.ok_or_else(Error::not_found)?;
    if page.seen.access.section(Section::Reports) == Level::None {
        return Err(Error::not_found());
    }
    Ok(Answer::ok(Reports {
        items: page.items,
        cursor: page.after.map(|last| cursors.behind(&last.to_string())),
    }))
}
