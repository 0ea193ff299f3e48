//! Announcing a file: what it is called, how large it is, and leave to upload it.

use std::time::Duration;

use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::files::UPLOAD;
use shared::http::{Answer, Idem, Path, Post, Record};
use shared::id::{CaseId, ItemId};
use shared::items::{AttachmentView, attachment_keys, find_attachment};
use shared::model::{Attachment, AttachmentState, Origin};
use shared::rights::{Level, Section};
use shared::store::{Ask, DueFor, Outcome, RowBuilder, Seen, Tries, Write, keys, remembered};
use shared::text::FileName;
use shared::uploads::given_up_at;
use utoipa::ToSchema;

use crate::words::{FileSection, MediaType, Sha256, Size};

/// A file to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "timeline – draft.pdf", "size": 48_213, "content_type": "application/pdf",
}))]
pub(crate) struct Announced {
    /// Its name, in any script, without path.
    name: FileName,
    /// Its size in bytes. Other than so many are refused.
    size: Size,
    /// Its media type. It is kept and shown, and never trusted.
    #[serde(default)]
    content_type: MediaType,
    /// Its SHA-256. Bytes with another one are refused.
    sha256: Option<Sha256>,
    /// Where it belongs.
    #[serde(default)]
    #[schema(inline)]
    section: FileSection,
}

/// Leave to upload a file once: send its bytes with this method, to this URL, with these headers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upload {
    /// The method.
    method: &'static str,
    /// The URL. Whoever has it can upload the file.
    url: String,
    /// Headers that must be sent just so.
    headers: std::collections::BTreeMap<String, String>,
    /// Until when the upload must begin.
    expires_at: Timestamp,
}

/// The attachment, and leave to upload its file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticketed {
    /// The attachment, waiting for its file.
    attachment: AttachmentView,
    /// Leave to upload. `null` only in a replay, when there is nothing left to upload.
    upload: Option<Upload>,
}

/// Announces a file
///
/// The file is then uploaded straight to the file store. It is there for others when its state is
/// `ready`: when it has arrived as announced, its maker may still add it, and a scan, if the
/// deployment has one, found nothing.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/attachments",
    tag = "attachments",
    operation_id = "add_attachment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Announced,
    responses(
        (status = 201, description = "The attachment, and leave to upload its file for 5 minutes.", body = Ticketed),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the section", body = Problem),
        (status = 404, description = "`not_found`: the case, or the section is not shared", body = Problem),
        (status = 413, description = "`too_large`: the request, not the file", body = Problem),
        (status = 415, description = "`media_type`: of the request, not the file", body = Problem),
        (status = 422, description = "`file_too_large`, `key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_attachment(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<Announced>,
) -> Result<Answer<Ticketed>, Error> {
    let section = Section::from(body.section);
    let ask = Ask::nothing().and(idem.as_ref().map(Idem::key));
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let seen = app.table.look(&caller, case, now, &ask).await?.seen();
        let seen = seen.ok_or_else(Error::not_found)?;
        if seen.access.section(section) == Level::None {
            return Err(Error::not_found());
        }
        let before = Idem::found(idem.as_ref(), &seen.rows, now);
        if let Ok(Some(record)) = &before {
            return replay(&app, &caller, case, record).await;
        }
        if !seen.access.adds(section) {
            return Err(Error::forbidden(&format!("write on {}", section.as_str())));
        }
        before?;
        check_size(body.size.bytes(), seen.org.settings.max_attachment_bytes)?;
        let attachment = attachment(&seen, &caller, &body, now);
        let upload = upload(&app, &attachment, now).await?;
        match app.table.outcome(writes(&attachment, idem.as_ref())?, idem.is_some()).await? {
            Outcome::Done => {
                let attachment = AttachmentView::of(attachment, caller.user);
                return Ok(Answer::created(Ticketed { attachment, upload }));
            }
            // The next look finds the record of whoever was first.
            Outcome::Replayed(_) | Outcome::Again => tries.again().await?,
        }
    }
}

fn check_size(bytes: u64, most: u64) -> Result<(), Error> {
    if bytes <= most {
        return Ok(());
    }
    let detail = format!("must be at most {most}, the most that this org allows");
    Err(Error::of(Code::FileTooLarge).with(Fault::at("/size", detail)))
}

fn attachment(seen: &Seen, caller: &Caller, body: &Announced, now: Timestamp) -> Attachment {
    let portal = seen.access.through_portal();
    let lasts = SignedDuration::try_from(UPLOAD).unwrap_or(SignedDuration::ZERO);
    Attachment {
        id: ItemId::new(now),
        case: seen.case,
        section: body.section.into(),
        name: body.name.clone(),
        size: body.size.bytes(),
        declared_type: body.content_type.as_str().to_owned(),
        sniffed_type: None,
        sha256: body.sha256.clone().map(Sha256::into_hex),
        state: AttachmentState::Uploading,
        reason: None,
        author: caller.user,
        author_name: seen.my_name(),
        author_address: caller.address.clone(),
        origin: if portal { Origin::Portal } else { Origin::Internal },
        external: false,
        created_at: now,
        object: None,
        upload_until: now + lasts,
        version: 1,
    }
}

/// Leave to upload what is still waited for, for the time that is left.
async fn upload(app: &App, waiting: &Attachment, now: Timestamp) -> Result<Option<Upload>, Error> {
    let left = Duration::try_from(waiting.upload_until.duration_since(now)).unwrap_or_default();
    // What is left is signed in whole seconds.
    if waiting.state != AttachmentState::Uploading || left.as_secs() == 0 {
        return Ok(None);
    }
    let left = Duration::from_secs(left.as_secs());
    let ticket = app.files()?.upload_ticket(waiting, left).await?;
    Ok(Some(Upload {
        method: ticket.method,
        url: ticket.url,
        headers: ticket.headers.into_iter().collect(),
        expires_at: waiting.upload_until,
    }))
}

/// The transaction; the idempotency record, if any, comes first. The history tells of a file when
/// it is there.
fn writes(attachment: &Attachment, idem: Option<&Idem>) -> Result<Vec<Write>, Error> {
    let now = attachment.created_at;
    let mut writes = Vec::new();
    if let Some(idem) = idem {
        let record = idem.record(now, 201, [("attachment", attachment.id.to_string())])?;
        writes.push(remembered(record, now));
    }
    let key = keys::item(attachment.case, attachment.section, attachment.id);
    let row = RowBuilder::new(key, attachment)?.due(DueFor::Upload, given_up_at(attachment));
    writes.push(Write::add(row.build()));
    Ok(writes)
}

/// The answer to a request that was carried out before. Who may not add any more gets no leave to
/// upload.
async fn replay(
    app: &App,
    caller: &Caller,
    case: CaseId,
    record: &Record,
) -> Result<Answer<Ticketed>, Error> {
    let id: ItemId = record.id("attachment")?;
    let now = app.clock.now();
    let look = app.table.look(caller, case, now, &Ask::rows(attachment_keys(case, id))).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let attachment = find_attachment(&seen, id)?;
    let upload = if seen.access.adds(attachment.section) {
        upload(app, &attachment, now).await?
    } else {
        None
    };
    let attachment = AttachmentView::of(attachment, caller.user);
    Ok(Answer::replayed(record.status, Ticketed { attachment, upload }))
}
