//! Jobs: work that takes several steps, or that nobody waits for.

mod confirm;
mod deconflict;
mod files;
mod merge;
mod tell_conflict;
mod tell_group;
mod tell_incoming;
mod tell_revoked;

use shared::app::App;
use shared::error::Error;
use shared::model::{Job, JobKind};
use shared::store::Key;

/// Works on the job under `key`, if it is still to be done: one step of it. A job that is not done
/// then wakes itself again through the stream.
pub(crate) async fn work(app: &App, key: &Key) -> Result<(), Error> {
    let now = app.clock.now();
    let Some(row) = app.table.due_row(key, now).await? else { return Ok(()) };
    let job: Job = shared::store::row::read(&row)?;
    match job.kind {
        JobKind::TellGroup { case, share, generation, group, after } => {
            let told = tell_group::Told { case, share, generation, group, after };
            tell_group::step(app, &row, told, now).await
        }
        JobKind::TellRevoked { org, case, address } => {
            tell_revoked::tell(app, &row, job.id, &org, case, &address).await
        }
        JobKind::ConfirmCase { case, user, address } => {
            confirm::tell(app, &row, job.id, case, user, &address, now).await
        }
        JobKind::TellIncoming { org, case, share, generation } => {
            let about = tell_incoming::Incoming { job: job.id, org, case, share, generation };
            tell_incoming::tell(app, &row, &about, now).await
        }
        JobKind::TellConflict { org, case, share, generation, target } => {
            let about = tell_conflict::Arrival { org, case, share, generation, target };
            Box::pin(tell_conflict::tell(app, &row, &about, now)).await
        }
        JobKind::Deconflict { org, actor, address, mac, orgs } => {
            let search = deconflict::Search { job: job.id, org, actor, address, mac, orgs };
            deconflict::search(app, &row, &search, now).await
        }
        JobKind::DeleteFile { key } => {
            app.files()?.delete(&key).await?;
            Ok(app.table.job_done(&row).await?)
        }
        JobKind::Merge { from, into, actor, after } => {
            merge::step(app, &row, &merge::Move { from, into, actor }, after.as_deref(), now).await
        }
        JobKind::DeleteFiles { case } => files::step(app, &row, case, now).await,
    }
}
