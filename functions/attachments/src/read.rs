//! Which files there are.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::access::Partners;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, ItemId};
use shared::items::{AttachmentView, attachment_keys, find_attachment};
use shared::model::Attachment;
use shared::rights::{Level, Section};
use shared::store::{Ask, Seen, WantedItems};
use utoipa::{IntoParams, ToSchema};

use crate::words::FileSection;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AttachmentsQuery {
    /// Only those of one section.
    #[param(inline)]
    section: Option<FileSection>,
    /// How many attachments: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of attachments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachmentsPage {
    /// The attachments, newest first.
    items: Vec<AttachmentView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// The files of a case
///
/// Newest first. What is not ready is shown to its maker only. In the portal: files that are marked
/// external, and those that came through it.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/attachments",
    tag = "attachments",
    operation_id = "list_attachments",
    params(("case" = CaseId, Path, description = "The case."), AttachmentsQuery),
    responses(
        (status = 200, description = "The attachments that the caller reaches.", body = AttachmentsPage),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case, or the section is not shared", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn list_attachments(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Query(query): Query<AttachmentsQuery>,
) -> Result<Answer<AttachmentsPage>, Error> {
    let sections = match query.section {
        Some(section) => (section.into(), None),
        None => (Section::Documents, Some(Section::Reports)),
    };
    let filter = query.section.map_or("all", |section| Section::from(section).as_str());
    let cursors = Cursor::of(&["attachments", &case.to_string(), filter]);
    let shows = |seen: &Seen, attachment: Attachment, _: Partners| {
        let caller = seen.caller.user;
        let reached = seen.access.level(&attachment.facts(caller)) != Level::None;
        (attachment.shown_to(caller) && reached).then(|| AttachmentView::of(attachment, caller))
    };
    let wanted = WantedItems {
        case,
        sections,
        after: cursors.read_id(query.cursor.as_deref())?,
        limit: query.limit.0,
        shows: &shows,
    };
    let page = app.table.items(&caller, app.clock.now(), &wanted).await?;
    let page = page.ok_or_else(Error::not_found)?;
    let there = |section| page.seen.access.section(section) != Level::None;
    if !there(sections.0) && !sections.1.is_some_and(there) {
        return Err(Error::not_found());
    }
    Ok(Answer::ok(AttachmentsPage {
        items: page.items,
        cursor: page.after.map(|last| cursors.behind(&last.to_string())),
    }))
}

/// One attachment
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/attachments/{attachment}",
    tag = "attachments",
    operation_id = "get_attachment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("attachment" = ItemId, Path, description = "The attachment."),
    ),
    responses(
        (status = 200, description = "The attachment.", body = AttachmentView),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case or the attachment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn get_attachment(
    State(app): State<App>,
    caller: Caller,
    Path((case, attachment)): Path<(CaseId, ItemId)>,
) -> Result<Answer<AttachmentView>, Error> {
    let ask = Ask::rows(attachment_keys(case, attachment));
    let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let attachment = find_attachment(&seen, attachment)?;
    Ok(Answer::ok(AttachmentView::of(attachment, caller.user)))
}
