//! Targets of other orgs' cases that are taken into this one.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use shared::access::{FromSource, ItemFacts};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId, OrgId, ShareId};
use shared::model::{ItemShare, Source, Target, TargetBody};
use shared::rights::{Level, Section};
use shared::store::{Ask, First, Key, Query, SOURCES_AT_ONCE, Seen, StoreError, keys, row};
use utoipa::ToSchema;

/// How many targets of one source are shown: the newest.
const OF_EACH: usize = 100;
/// More sources than a case has.
const SOURCES: usize = 100;

/// A target that is another case's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceivedTarget {
    /// Its id there.
    id: ItemId,
    /// Type, value, and what is to be known of it.
    #[serde(flatten)]
    body: TargetBody,
    /// Since when it is shared.
    since: Timestamp,
}

/// What one case of another org shares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceivedSource {
    /// The org that shares.
    org: OrgId,
    /// Its share with the org that owns this case.
    share: ShareId,
    /// Since when it is taken in.
    since: Timestamp,
    /// The targets, newest first; at most 100.
    targets: Vec<ReceivedTarget>,
}

/// What is taken into a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    /// One entry for each case that shares; those that give nothing now are left out.
    items: Vec<ReceivedSource>,
}

/// What other orgs share, in the case into which it was taken
///
/// The targets that are shared with the org that owns this case, read-only, by whose share they
/// come. For those who read the targets of this case. What is taken back or refused, or whose link
/// is closed, is not there.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/received",
    tag = "items",
    operation_id = "list_received",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 200, description = "What is taken in.", body = Received),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case, or its targets are not shared", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn list_received(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer<Received>, Error> {
    let all = Query::rows(keys::case_partition(case)).prefix(keys::SOURCE_PREFIX).limit(SOURCES);
    let look = app.table.look(&caller, case, app.clock.now(), &Ask::nothing().page(all)).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    if seen.access.section(Section::Targets) == Level::None {
        return Err(Error::not_found());
    }
    let sources = seen.page.rows.iter().map(row::read).collect::<Result<Vec<Source>, _>>()?;
    let mut items = Vec::new();
    for some in sources.chunks(SOURCES_AT_ONCE) {
        items.extend(of_sources(&app, &caller, &seen, some).await?);
    }
    Ok(Answer::ok(Received { items }))
}

/// What some of the sources give. The targets are read together with the decision, the shares of
/// them in its second round.
async fn of_sources(
    app: &App,
    caller: &Caller,
    seen: &Seen,
    sources: &[Source],
) -> Result<Vec<ReceivedSource>, Error> {
    let case = seen.case;
    let org = &seen.head.owner;
    let section = Section::Targets;
    let mut wanted: Vec<Vec<ItemId>> = Vec::new();
    for source in sources {
        let shares = Query::rows(keys::case_partition(source.source))
            .prefix(keys::item_shares_prefix(org, section))
            .backwards()
            .limit(OF_EACH);
        let rows = app.table.query(shares).await?.rows;
        let shares = rows.iter().map(row::read).collect::<Result<Vec<ItemShare>, StoreError>>()?;
        wanted.push(shares.into_iter().map(|share| share.item).collect());
    }
    let each = || {
        let pairs = sources.iter().zip(&wanted);
        pairs.flat_map(|(source, ids)| ids.iter().map(move |id| (source.source, *id)))
    };
    let targets: Vec<Key> = each().map(|(from, id)| keys::item(from, section, id)).collect();
    let shares = |_: &First| -> Vec<Key> {
        each().map(|(from, id)| keys::item_share(from, org, section, id)).collect()
    };
    let ask = Ask::rows(targets).received(sources.iter().map(|one| one.source)).then(&shares);
    let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let mut found = Vec::new();
    for (source, ids) in sources.iter().zip(&wanted) {
        let Some(place) = seen.sources.iter().position(|one| one.source == source.source) else {
            continue;
        };
        let mut targets = Vec::new();
        for id in ids {
            let share: Option<ItemShare> =
                seen.row(&keys::item_share(source.source, org, section, *id))?;
            let target: Option<Target> = seen.row(&keys::item(source.source, section, *id))?;
            let (Some(share), Some(target)) = (share, target) else { continue };
            let present = share.generation == Some(source.generation);
            let from = Some(FromSource { place, shared: present, enabled: share.enabled() });
            let facts = ItemFacts { source: from, ..ItemFacts::of(section) };
            if seen.access.level(&facts) != Level::None {
                targets.push(ReceivedTarget { id: *id, body: target.body, since: share.since });
            }
        }
        if !targets.is_empty() {
            let (org, share) = (source.owner.clone(), source.share.clone());
            found.push(ReceivedSource { org, share, since: source.since, targets });
        }
    }
    Ok(found)
}
