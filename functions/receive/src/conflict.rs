//! Targets that come in and that the org has already.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::id::{ItemId, OrgId, ShareId};
use shared::model::{ItemShare, Target, TargetBody};
use shared::rights::Section;
use shared::sharing::taken_in;
use shared::store::{Elsewhere, StoreError, TakenIn, keys, row};
use utoipa::ToSchema;

use crate::incoming::{Incoming, IncomingView};

/// How many targets of one share are looked at: the newest.
const TARGETS: usize = 100;
/// How many at the same time.
const AT_ONCE: usize = 8;

/// The same target by another share.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OtherShare {
    /// The share by which it comes.
    share: ShareId,
    /// The org that shares.
    from: OrgId,
    /// Whether it is shown where it was taken in.
    enabled: bool,
}

impl From<&TakenIn> for OtherShare {
    fn from(other: &TakenIn) -> Self {
        let enabled = other.target.enabled();
        Self { share: other.share.clone(), from: other.from.clone(), enabled }
    }
}

/// A target of a share that the org has besides, or had when it was switched off.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conflict {
    /// The target.
    target: ItemId,
    /// Type, value, and what is to be known of it.
    #[serde(flatten)]
    body: TargetBody,
    /// Whether it is shown where it was taken in.
    enabled: bool,
    /// Whether the org has it as its own, too.
    own: bool,
    /// By which other shares it comes, too.
    others: Vec<OtherShare>,
    /// Whether somebody has said which one stays, and nothing has come since.
    resolved: bool,
}

/// A share that comes in, with those of its targets that the org has besides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncomingInFull {
    #[serde(flatten)]
    incoming: IncomingView,
    /// The targets that the org has besides, once the share is taken in, and those that are switched
    /// off: the newest first.
    conflicts: Vec<Conflict>,
}

impl IncomingInFull {
    /// What is shown of one share.
    pub(crate) async fn of(
        app: &App,
        org: &OrgId,
        incoming: &Incoming,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let conflicts = conflicts(app, org, incoming, now).await?;
        Ok(Self { incoming: incoming.view(now), conflicts })
    }
}

/// Whether some decision on each of them has been made.
fn resolved(target: &ItemShare, elsewhere: &Elsewhere) -> bool {
    let others = elsewhere.received.iter().map(|other| &other.target);
    others.chain([target]).all(|share| share.kept.is_some())
}

async fn conflicts(
    app: &App,
    org: &OrgId,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<Vec<Conflict>, StoreError> {
    if !gives(incoming, now) {
        return Ok(Vec::new());
    }
    let grant = &incoming.grant;
    let shares = app.table.targets_taken_in(org, grant, TARGETS).await?;
    let key = |item: ItemId| keys::item(grant.case, Section::Targets, item);
    let rows = app.table.get_many(shares.iter().map(|share| key(share.item))).await?;
    let mut found = Vec::new();
    for some in shares.chunks(AT_ONCE) {
        let looked = some.iter().map(|share| async {
            let target: Option<Target> = row::read_if(rows.get(&key(share.item)))?;
            let (Some(target), Some(mac)) = (target, &share.mac) else { return Ok(None) };
            let elsewhere = app.table.elsewhere(org, mac, grant.case, now).await?;
            let listed = !elsewhere.is_empty() || !share.enabled();
            Ok::<_, StoreError>(listed.then(|| Conflict {
                target: target.id,
                body: target.body,
                enabled: share.enabled(),
                own: elsewhere.own,
                others: elsewhere.received.iter().map(Into::into).collect(),
                resolved: resolved(share, &elsewhere),
            }))
        });
        found.extend(try_join_all(looked).await?.into_iter().flatten());
    }
    Ok(found)
}

/// Whether a share gives anything now.
pub(crate) fn gives(incoming: &Incoming, now: Timestamp) -> bool {
    incoming.obstacle.is_none() && taken_in(&incoming.grant, now)
}
