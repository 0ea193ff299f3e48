//! Other cases with a target of this one.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use shared::access::{ItemFacts, Partners};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId, OrgId};
use shared::model::{Target, TargetBody};
use shared::rights::{Level, Section};
use shared::store::{Candidate, Query, Seen, StoreError, WantedItems, keys, row};
use shared::text::Title;
use utoipa::ToSchema;

/// How many targets of the case are looked for: the newest ones.
const TARGETS: usize = 50;
/// How many rows the index is asked for each of them.
const ROWS: usize = 20;

/// A target, and under what it is listed.
#[derive(Deserialize)]
struct ListedTarget {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    principal: String,
}

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
/// Looks for the newest 50 targets of the case that you may see among the other cases of its org and
/// of yours, and shows those whose targets you may see, too. The index is a moment late.
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
    let reached = |seen: &Seen, listed: ListedTarget, reach: Partners| {
        let facts = listed.target.facts(seen.caller.user).reaching(reach);
        (seen.access.level(&facts) != Level::None).then_some(listed)
    };
    let wanted = WantedItems {
        case,
        sections: (Section::Targets, None),
        after: None,
        limit: TARGETS,
        shows: &reached,
    };
    let page = app.table.items(&caller, now, &wanted).await?.ok_or_else(Error::not_found)?;
    if page.seen.access.section(Section::Targets) == Level::None {
        return Err(Error::not_found());
    }
    let me = app.table.standings(&caller).await?;
    // Among the cases of the org that owns it, and of the caller's own.
    let orgs: BTreeSet<&OrgId> =
        me.at_home().map(|member| &member.org).chain([&page.seen.head.owner]).collect();
    let listed = try_join_all(page.items.iter().map(|one| async {
        let Some(mac) = keys::mac_in(&one.principal) else { return Ok(Vec::new()) };
        let of_orgs = orgs.iter().map(|org| {
            app.table.query(Query::principal(keys::target_of(org, mac)).backwards().limit(ROWS))
        });
        let rows = try_join_all(of_orgs).await?.into_iter().flat_map(|page| page.rows);
        let cases = rows.filter_map(|found| row::case_listed(&found));
        Ok::<_, StoreError>(cases.collect::<Vec<CaseId>>())
    }))
    .await?;
    let others: BTreeSet<CaseId> =
        listed.iter().flatten().copied().filter(|id| *id != case).collect();
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
    let items =
        page.items.into_iter().zip(listed).filter_map(|(ListedTarget { target, .. }, cases)| {
            let cases: BTreeSet<CaseId> = cases.into_iter().collect();
            let cases: Vec<_> =
                cases.iter().rev().filter_map(|id| shown.get(id).cloned()).collect();
            let same = SameTarget { target: target.id, body: target.body, cases };
            (!same.cases.is_empty()).then_some(same)
        });
    Ok(Answer::ok(SameTargets { items: items.collect() }))
}
