//! Downloading a file.

use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::files::DOWNLOAD;
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::{CaseId, ItemId};
use shared::items::{attachment_keys, find_attachment};
use shared::model::{Attachment, AttachmentState, EventKind};
use shared::store::{Ask, Outcome, Seen, Tries, Write, case_event, remembered};
use shared::text::FileName;
use utoipa::ToSchema;

/// A link to the bytes of an attachment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Download {
    /// The link. Whoever has it can open it: it is not for passing on.
    url: String,
    /// Until when it can be opened; a download that has begun runs to its end.
    expires_at: Timestamp,
    /// The name under which the file is saved.
    name: FileName,
    /// Its size in bytes.
    size: u64,
    /// Its SHA-256 in lower-case hexadecimal, if its maker gave it.
    sha256: Option<String>,
}

/// Answers a link to download an attachment
///
/// The link can be opened for 60 seconds. That it was given out is recorded in the history.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/attachments/{attachment}/download",
    tag = "attachments",
    operation_id = "download_attachment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("attachment" = ItemId, Path, description = "The attachment."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice be recorded once, for 24 hours."),
    ),
    request_body = Empty,
    responses(
        (status = 200, description = "The link.", body = Download),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case or the attachment", body = Problem),
        (status = 409, description = "`not_ready`", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn download_attachment(
    State(app): State<App>,
    caller: Caller,
    Path((case, attachment)): Path<(CaseId, ItemId)>,
    Post { body: Empty {}, idem }: Post<Empty>,
) -> Result<Answer<Download>, Error> {
    let ask = Ask::rows(attachment_keys(case, attachment)).and(idem.as_ref().map(Idem::key));
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let seen = app.table.look(&caller, case, now, &ask).await?.seen();
        let seen = seen.ok_or_else(Error::not_found)?;
        let attachment = find_attachment(&seen, attachment)?;
        let before = Idem::found(idem.as_ref(), &seen.rows, now)?;
        if attachment.state != AttachmentState::Ready {
            return Err(Error::of(Code::NotReady));
        }
        if let Some(record) = before {
            // Recorded before; the link is new, by a decision as of now.
            return Ok(Answer::replayed(record.status, link(&app, attachment, now).await?));
        }
        let writes = writes(&seen, &attachment, idem.as_ref())?;
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(Answer::ok(link(&app, attachment, now).await?)),
            // The next look finds the record of whoever was first.
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The line of history, before the link: none is given out unrecorded.
fn writes(seen: &Seen, attachment: &Attachment, idem: Option<&Idem>) -> Result<Vec<Write>, Error> {
    let mut writes = Vec::new();
    if let Some(idem) = idem {
        let record = idem.record(seen.now, 200, [("attachment", attachment.id.to_string())])?;
        writes.push(remembered(record, seen.now));
    }
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let owner = seen.head.owner.clone();
    let kind = EventKind::AttachmentDownloaded;
    let event = attachment.event(kind, seen.now, actor, owner, attachment.what());
    writes.push(case_event(attachment.case, &event)?);
    Ok(writes)
}

async fn link(app: &App, attachment: Attachment, now: Timestamp) -> Result<Download, Error> {
    let ticket = app.files()?.download_ticket(&attachment).await?;
    let lasts = SignedDuration::try_from(DOWNLOAD).unwrap_or(SignedDuration::ZERO);
    Ok(Download {
        url: ticket.url,
        expires_at: now + lasts,
        name: attachment.name,
        size: attachment.size,
        sha256: attachment.sha256,
    })
}
