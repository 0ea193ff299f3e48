//! The admins of an org are told that a target that came in is theirs already, or somebody else's
//! that they take in.

use jiff::Timestamp;
use shared::app::App;
use shared::error::Error;
use shared::id::{CaseId, ItemId, NoticeId, OrgId, ShareId};
use shared::model::{Grant, ItemShare, Notice, NoticeKind, Org};
use shared::rights::Section;
use shared::sharing::taken_in;
use shared::store::{Row, StoreError, keys, row};

use super::tell_incoming::receivers;
use crate::reading::Rows;

/// How many targets of one share are looked at: the newest.
const TARGETS: usize = 100;
/// What comes within so many seconds is told once.
const ONCE_IN: i64 = 60;

/// What came in, by which share.
pub(super) struct Arrival {
    pub(super) org: OrgId,
    pub(super) case: CaseId,
    pub(super) share: ShareId,
    pub(super) generation: u64,
    /// Not given: all that it gives.
    pub(super) target: Option<ItemId>,
}

/// Tells those who can say which one stays, if the org has one of the targets besides.
pub(super) async fn tell(
    app: &App,
    job: &Row,
    about: &Arrival,
    now: Timestamp,
) -> Result<(), Error> {
    let (grant_key, org_key) = (keys::grant(about.case, &about.share), keys::org(&about.org));
    let rows = Rows::read(app, vec![grant_key.clone(), org_key.clone()]).await?;
    let grant: Option<Grant> = rows.get(&grant_key)?;
    let grant = grant.filter(|grant| grant.generation == about.generation && taken_in(grant, now));
    let org: Option<Org> = rows.get(&org_key)?;
    if let Some(grant) = grant.filter(|_| org.is_some_and(|org| !org.locked))
        && in_conflict(app, about, &grant, now).await?
    {
        let at =
            Timestamp::from_second(now.as_second() / ONCE_IN * ONCE_IN).map_err(StoreError::odd)?;
        for member in receivers(app, &about.org).await? {
            let notice = Notice {
                id: NoticeId::derived(at, &format!("conflict {} {}", member.user, about.share)),
                user: member.user,
                kind: NoticeKind::InConflict,
                at: now,
                case: None,
                share: Some(about.share.clone()),
                invitation: None,
                read_at: None,
            };
            app.table.notify(&notice).await?;
        }
    }
    Ok(app.table.job_done(job).await?)
}

/// Whether the org has one of the targets besides.
async fn in_conflict(
    app: &App,
    about: &Arrival,
    grant: &Grant,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let targets = match about.target {
        None => app.table.targets_taken_in(&about.org, grant, TARGETS).await?,
        Some(target) => {
            let key = keys::item_share(about.case, &about.org, Section::Targets, target);
            let share: Option<ItemShare> = row::read_if(app.table.get(&key).await?.as_ref())?;
            share.filter(|share| share.generation == Some(grant.generation)).into_iter().collect()
        }
    };
    for mac in targets.iter().filter_map(|target| target.mac.as_deref()) {
        if !app.table.elsewhere(&about.org, mac, about.case, now).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
