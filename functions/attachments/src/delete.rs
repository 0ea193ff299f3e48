//! Deleting a file.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId};
use shared::items::{attachment_keys, find_attachment};
use shared::model::{Attachment, EventKind, JobKind};
use shared::rights::Level;
use shared::sharing::job;
use shared::store::{Ask, Condition, Outcome, Seen, Tries, Write, case_event, keys};

/// Deletes an attachment
///
/// Needs `write` on its section, and cannot be done through the portal. Links that were given out
/// before can be opened for up to 60 seconds, unless the file is gone sooner.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/attachments/{attachment}",
    tag = "attachments",
    operation_id = "delete_attachment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("attachment" = ItemId, Path, description = "The attachment."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the section, not through the portal", body = Problem),
        (status = 404, description = "`not_found`: the case or the attachment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn delete_attachment(
    State(app): State<App>,
    caller: Caller,
    Path((case, attachment)): Path<(CaseId, ItemId)>,
) -> Result<Answer, Error> {
    let ask = Ask::rows(attachment_keys(case, attachment));
    let mut tries = Tries::default();
    loop {
        let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let attachment = find_attachment(&seen, attachment)?;
        // The portal never gives `write` on a file, not even on one's own.
        if seen.access.level(&attachment.facts(caller.user)) != Level::Write {
            let section = attachment.section.as_str();
            return Err(Error::forbidden(&format!("write on {section}")));
        }
        match app.table.outcome(writes(&seen, &attachment)?, false).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The row goes now, its file by a job that the same transaction leaves: neither is forgotten.
fn writes(seen: &Seen, attachment: &Attachment) -> Result<Vec<Write>, Error> {
    let now = seen.now;
    let key = keys::item(attachment.case, attachment.section, attachment.id);
    let as_read = Condition::is("version", attachment.version);
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let owner = seen.head.owner.clone();
    let event =
        attachment.event(EventKind::AttachmentDeleted, now, actor, owner, attachment.what());
    Ok(vec![
        Write::Delete(key, Some(as_read)),
        job(JobKind::DeleteFile { key: attachment.object_key() }, now, now)?,
        case_event(attachment.case, &event)?,
    ])
}
