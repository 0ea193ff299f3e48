//! What becomes of an upload: of a file that arrived, of what a scan found in it, and of a file
//! that never came. Not in `on-upload` alone: `on-clock` looks after uploads that no event told of.

mod judge;
mod sniff;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tracing::warn;

pub use judge::ScanResult;
pub use sniff::sniff;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::files::Arrived;
use crate::id::{CaseId, ItemId, OrgId};
use crate::model::{
    Actor, Attachment, AttachmentState, Event, EventKind, Head, JobKind, of_object_key,
};
use crate::rights::Section;
use crate::sharing::job;
use crate::store::{
    Ask, Condition, DueFor, Key, Outcome, RowBuilder, StoreError, Tries, Write, case_event, is_due,
    keys, row,
};
use judge::Verdict;

/// How long a rejected upload can be seen by its maker.
const REJECTED_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a scan may take.
const SCAN_TAKES: SignedDuration = SignedDuration::from_hours(6);

/// How often in a row a case can have been merged before an upload into it is lost.
const MERGES: usize = 8;

/// When an upload that has not come is given up: its ticket must be used before `upload_until`, and
/// then the bytes may take their time, a second for each 256 KiB and a minute at least.
#[must_use]
pub fn given_up_at(attachment: &Attachment) -> Timestamp {
    let seconds = i64::try_from(attachment.size / (256 * 1024)).unwrap_or(i64::MAX).max(60);
    attachment
        .upload_until
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// A file has arrived under `object_key`.
///
/// Its size and type are compared with what was announced, and it is decided again whether its
/// maker may still add it. Told twice, or too late, this changes nothing; a file that belongs to no
/// attachment, or to one that was rejected, is deleted.
///
/// # Errors
///
/// Table or files do not answer. Then it must be told again.
pub async fn arrived(app: &App, object_key: &str) -> Result<(), Error> {
    let Some((case, section, id)) = of_object_key(object_key) else {
        warn!("a file arrived under a key that is not ours");
        return Ok(());
    };
    let files = app.files()?;
    let mut tries = Tries::default();
    loop {
        let Some(attachment) = find(app, case, section, id).await? else {
            return Ok(files.delete(object_key).await?);
        };
        match attachment.state {
            AttachmentState::Uploading => {}
            // The ticket can be used for some minutes more, also when it was rejected meanwhile.
            AttachmentState::Rejected => return Ok(files.delete(object_key).await?),
            AttachmentState::Scanning | AttachmentState::Ready => return Ok(()),
        }
        let Some(arrived) = files.arrived(object_key).await? else {
            return Ok(());
        };
        match settle(app, attachment, &arrived).await? {
            Outcome::Done | Outcome::Replayed(_) => return Ok(()),
            Outcome::Again => tries.again().await?,
        }
    }
}

/// A scan of the file under `object_key` has ended. Told before the arrival itself, it counts as
/// that too.
///
/// # Errors
///
/// As [`arrived`].
pub async fn scanned(app: &App, object_key: &str, result: &ScanResult) -> Result<(), Error> {
    let Some((case, section, id)) = of_object_key(object_key) else {
        warn!("a file was scanned under a key that is not ours");
        return Ok(());
    };
    arrived(app, object_key).await?;
    let mut tries = Tries::default();
    loop {
        let waiting = find(app, case, section, id).await?;
        let waiting = waiting.filter(|found| found.state == AttachmentState::Scanning);
        let Some(attachment) = waiting else {
            return Ok(());
        };
        let owner = owner(app, &attachment).await?;
        let outcome = match result.refusal() {
            None => write(app, attachment, owner, Verdict::Ready).await?,
            Some(reason) => write(app, attachment, owner, Verdict::Rejected(reason)).await?,
        };
        match outcome {
            Outcome::Done | Outcome::Replayed(_) => return Ok(()),
            Outcome::Again => tries.again().await?,
        }
    }
}

/// Looks after the upload whose row is `key` and waits ([`DueFor::Upload`]): what has arrived is
/// taken as [`arrived`] does, what is overdue is rejected. Nothing happens if it is neither.
///
/// # Errors
///
/// As [`arrived`].
pub async fn due(app: &App, key: &Key) -> Result<(), Error> {
    let mut tries = Tries::default();
    loop {
        let Some(row) = app.table.get(key).await? else {
            return Ok(());
        };
        let attachment: Attachment = row::read(&row)?;
        let overdue = is_due(&row, app.clock.now());
        let reason = match attachment.state {
            AttachmentState::Uploading => {
                let object_key = attachment.object_key();
                if app.files()?.arrived(&object_key).await?.is_some() {
                    return arrived(app, &object_key).await;
                }
                "the upload never came"
            }
            AttachmentState::Scanning => "the malware scan did not end",
            AttachmentState::Ready | AttachmentState::Rejected => return Ok(()),
        };
        if !overdue {
            return Ok(());
        }
        let owner = owner(app, &attachment).await?;
        match write(app, attachment, owner, Verdict::Rejected(reason.to_owned())).await? {
            Outcome::Done | Outcome::Replayed(_) => return Ok(()),
            Outcome::Again => tries.again().await?,
        }
    }
}

/// The attachment, in the case for which it was announced, or where that case went.
async fn find(
    app: &App,
    mut case: CaseId,
    section: Section,
    id: ItemId,
) -> Result<Option<Attachment>, StoreError> {
    for _ in 0..MERGES {
        let row = app.table.get(&keys::item(case, section, id)).await?;
        if row.is_some() {
            return row::read_if(row.as_ref());
        }
        let head: Option<Head> = row::read_if(app.table.get(&keys::head(case)).await?.as_ref())?;
        match head.and_then(|head| head.merged_into) {
            Some(into) => case = into,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Judges a file that arrived, by a decision as of now, and writes what follows.
async fn settle(app: &App, found: Attachment, arrived: &Arrived) -> Result<Outcome, Error> {
    let key = keys::item(found.case, found.section, found.id);
    let uploader = Caller {
        user: found.author,
        address: found.author_address.clone(),
        name: None,
        operator: false,
    };
    let ask = Ask::rows([key.clone()]);
    let look = app.table.look(&uploader, found.case, app.clock.now(), &ask).await?;
    let Some(mut attachment) = look.row::<Attachment>(&key)? else {
        return Ok(Outcome::Again);
    };
    if attachment.version != found.version {
        return Ok(Outcome::Again);
    }
    if look.facts.head.as_ref().is_some_and(|head| head.merged_into.is_some()) {
        // It is on its way into the other case: whether it may be added is decided there.
        return Ok(Outcome::Again);
    }
    let may_add = look.access.sees_case() && look.access.adds(attachment.section);
    let verdict = judge::judge(&attachment, arrived, may_add, app.settings.scan);
    if !matches!(verdict, Verdict::Rejected(_)) {
        let bytes = app.files()?.first_bytes(&attachment.object_key()).await?;
        attachment.sniffed_type = Some(sniff(&bytes).to_owned());
    }
    let owner = look.facts.head.as_ref().map(|head| head.owner.clone());
    write(app, attachment, owner, verdict).await
}

/// Moves the attachment on, with the line of history, where its row is as it was read.
async fn write(
    app: &App,
    mut attachment: Attachment,
    owner: Option<OrgId>,
    verdict: Verdict,
) -> Result<Outcome, Error> {
    let now = app.clock.now();
    let read = Condition::is("version", attachment.version);
    let key = keys::item(attachment.case, attachment.section, attachment.id);
    attachment.version += 1;
    attachment.state = verdict.state();
    let mut writes = Vec::new();
    let row = match &verdict {
        Verdict::Ready => RowBuilder::new(key, &attachment)?,
        Verdict::Scanning => {
            RowBuilder::new(key, &attachment)?.due(DueFor::Upload, now + SCAN_TAKES)
        }
        Verdict::Rejected(reason) => {
            attachment.reason = Some(reason.clone());
            writes.push(job(JobKind::DeleteFile { key: attachment.object_key() }, now, now)?);
            RowBuilder::new(key, &attachment)?.swept(now + REJECTED_KEPT)
        }
    };
    writes.push(Write::Put(row.build(), Some(read)));
    // Without a head there is no case, and nobody to tell.
    if let Some(event) = owner.and_then(|org| event(&attachment, org, now, &verdict)) {
        writes.push(case_event(attachment.case, &event)?);
    }
    Ok(app.table.outcome(writes, false).await?)
}

/// The line of history: of its maker when it is there, of the service when it is refused.
fn event(attachment: &Attachment, org: OrgId, now: Timestamp, verdict: &Verdict) -> Option<Event> {
    let mut what = attachment.what();
    let author = Actor { user: Some(attachment.author), name: attachment.author_name.clone() };
    let (kind, actor) = match verdict {
        Verdict::Scanning => return None,
        Verdict::Ready => (EventKind::AttachmentAdded, author),
        Verdict::Rejected(reason) => {
            what.insert("reason".to_owned(), Value::from(reason.as_str()));
            what.insert("author".to_owned(), Value::from(attachment.author.as_str()));
            (EventKind::AttachmentRejected, Actor { user: None, name: None })
        }
    };
    Some(attachment.event(kind, now, actor, org, what))
}

/// The org that owns the attachment's case.
async fn owner(app: &App, attachment: &Attachment) -> Result<Option<OrgId>, StoreError> {
    let row = app.table.get(&keys::head(attachment.case)).await?;
    Ok(row::read_if::<Head>(row.as_ref())?.map(|head| head.owner))
}
