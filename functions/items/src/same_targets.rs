//! Other cases with a target of this one.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use futures_util::future::try_join_all;
use serde::Serialize;
use shared::access::ItemFacts;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId};
use shared::model::{Target, TargetBody};
use shared::rights::{Level, Section};
use shared::store::{Ask, Candidate, Query, StoreError, keys, row};
use shared::text::Title;
use utoipa::ToSchema;

/// How many targets of the case are looked for: the newest ones.
const TARGETS: usize = 50;
/// How many rows the index is asked for each of them.
const ROWS: usize = 20;

/// A target that is one in other cases too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SameTarget {
    /// The target, in this case.
    target: ItemId,
    /// Type and value.
    #[serde(flatten)]
    body: TargetBody,
    /// The other cases, newest first.
    cases: Vec<OtherCase>,
}

/// Another case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OtherCase {
    /// Its id.
    id: CaseId,
    /// Its number.
    number: u64,
    /// Its title.
    title: Title,
}

/// Targets that are such in other cases too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SameTargets {
    /// The targets, newest first; those that are in no other case are left out.
    items: Vec<SameTarget>,
}

/// Other cases with the same targets
///
/// Looks for the newest 50 targets of the case among the other cases of its org, and shows those
/// whose targets you may see, too. The index is a moment late.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/same-targets",
    tag = "items",
    operation_id = "same_targets",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 200, description = "The targets that are such elsewhere too.", body = SameTargets),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case, or its targets are not shared", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn same_targets(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer<SameTargets>, Error> {
    let now = app.clock.now();
    let prefix = keys::items_prefix(Section::Targets);
    let newest = Query::rows(keys::case_partition(case)).prefix(prefix).backwards().limit(TARGETS);
    let look = app.table.look(&caller, case, now, &Ask::nothing().page(newest)).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    if seen.access.section(Section::Targets) == Level::None {
        return Err(Error::not_found());
    }
    let mut targets: Vec<(Target, String)> = Vec::new();
    for found in &seen.page.rows {
        let target: Target = row::read(found)?;
        if seen.access.level(&target.facts(caller.user)) != Level::None {
            targets.push((target, row::text(found, "principal").to_owned()));
        }
    }
    let listed = try_join_all(targets.iter().map(|(_, principal)| async {
        if principal.is_empty() {
            return Ok(Vec::new());
        }
        let query = Query::principal(principal.clone()).backwards().limit(ROWS);
        let rows = app.table.query(query).await?.rows;
        let cases =
            rows.iter().filter_map(|row| row::text(row, "principal_sort").strip_prefix("CASE#"));
        Ok::<_, StoreError>(cases.filter_map(|id| id.parse().ok()).collect::<Vec<CaseId>>())
    }))
    .await?;
    let others: BTreeSet<CaseId> =
        listed.iter().flatten().copied().filter(|id| *id != case).collect();
    let me = app.table.standings(&caller).await?;
    let candidates: Vec<_> =
        others.into_iter().map(|id| (id, Candidate::exact(id, &caller, &me))).collect();
    let mut shown: BTreeMap<CaseId, OtherCase> = BTreeMap::new();
    for part in candidates.chunks(25) {
        for one in app.table.check_all(&caller, &me, part, now).await? {
            // A path that reaches some targets only, as a partner's, says nothing of this one.
            if one.access.level(&ItemFacts::of(Section::Targets)) != Level::None {
                let (id, number) = (one.head.case, one.details.number);
                shown.insert(id, OtherCase { id, number, title: one.details.title });
            }
        }
    }
    let items = targets.into_iter().zip(listed).filter_map(|((target, _), cases)| {
        let cases: BTreeSet<CaseId> = cases.into_iter().collect();
        let cases: Vec<_> = cases.iter().rev().filter_map(|id| shown.get(id).cloned()).collect();
        let same = SameTarget { target: target.id, body: target.body, cases };
        (!same.cases.is_empty()).then_some(same)
    });
    Ok(Answer::ok(SameTargets { items: items.collect() }))
}
