//! `attachment-mark-external`: mark an attachment external, or internal again.
//!
//! The mark is decided together with the case's access, at one instant. Whoever uses the portal
//! marks nothing; what they upload is shown to all with access and needs no mark.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId};
use shared::items::{AttachmentView, attachment_keys, check_mark, find_attachment};
use shared::model::{Attachment, AttachmentState, EventKind};
use shared::routes;
use shared::routes::Routes;
use shared::store::{Ask, Condition, Outcome, RowBuilder, Seen, Tries, Write, case_event, keys};

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(mark_attachment_external, mark_attachment_internal))
}

/// Marks an attachment external
///
/// From then on external users to whom the case is open see and download it. Marking it twice is
/// fine.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/attachments/{attachment}/external",
    tag = "external",
    operation_id = "mark_attachment_external",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("attachment" = ItemId, Path, description = "The attachment."),
    ),
    responses(
        (status = 200, description = "The attachment, marked.", body = AttachmentView),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the section, not through the portal", body = Problem),
        (status = 404, description = "`not_found`: the case or the attachment", body = Problem),
        (status = 409, description = "`not_external`, `not_ready`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
async fn mark_attachment_external(
    State(app): State<App>,
    caller: Caller,
    Path((case, attachment)): Path<(CaseId, ItemId)>,
) -> Result<Answer<AttachmentView>, Error> {
    mark(&app, &caller, case, attachment, true).await.map(Answer::ok)
}

/// Makes an attachment internal again
///
/// Holds from the next request on; links that were given out before can be opened for 60 seconds.
/// Fine also if it was not marked, or the case is internal by now.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/attachments/{attachment}/external",
    tag = "external",
    operation_id = "mark_attachment_internal",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("attachment" = ItemId, Path, description = "The attachment."),
    ),
    responses(
        (status = 204, description = "It is not marked."),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the section, not through the portal", body = Problem),
        (status = 404, description = "`not_found`: the case or the attachment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
async fn mark_attachment_internal(
    State(app): State<App>,
    caller: Caller,
    Path((case, attachment)): Path<(CaseId, ItemId)>,
) -> Result<Answer, Error> {
    mark(&app, &caller, case, attachment, false).await?;
    Ok(Answer::nothing())
}

/// Sets the mark, or takes it back.
async fn mark(
    app: &App,
    caller: &Caller,
    case: CaseId,
    attachment: ItemId,
    external: bool,
) -> Result<AttachmentView, Error> {
    let ask = Ask::rows(attachment_keys(case, attachment));
    let mut tries = Tries::default();
    loop {
        let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let mut attachment = find_attachment(&seen, attachment)?;
        check_mark(&seen.access, seen.head.access, &attachment.facts(caller.user), external)?;
        if external && attachment.state != AttachmentState::Ready {
            return Err(Error::of(Code::NotReady));
        }
        if attachment.external != external {
            let writes = writes(&seen, &mut attachment, external)?;
            match app.table.outcome(writes, false).await? {
                Outcome::Done => {}
                Outcome::Again | Outcome::Replayed(_) => {
                    tries.again().await?;
                    continue;
                }
            }
        }
        return Ok(AttachmentView::of(attachment, caller.user));
    }
}

/// The attachment with its new mark, where it is as it was read, and the line of history.
fn writes(seen: &Seen, attachment: &mut Attachment, external: bool) -> Result<Vec<Write>, Error> {
    let as_read = Condition::is("version", attachment.version);
    attachment.external = external;
    attachment.version += 1;
    let key = keys::item(attachment.case, attachment.section, attachment.id);
    let row = RowBuilder::new(key, attachment)?.build();
    let kind = if external {
        EventKind::AttachmentMarkedExternal
    } else {
        EventKind::AttachmentMarkedInternal
    };
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let owner = seen.head.owner.clone();
    let event = attachment.event(kind, seen.now, actor, owner, attachment.what());
    Ok(vec![Write::Put(row, Some(as_read)), case_event(attachment.case, &event)?])
}
