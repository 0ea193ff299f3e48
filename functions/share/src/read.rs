//! Who has access.

use axum::extract::State;
use serde::Deserialize;
use shared::access::{Access, MemberKind, Visibility};
use shared::access_list::is_colleague;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, Recipient, ShareId};
use shared::model::{AutoShare, Grant, Group, Head};
use shared::sharing::{ShareView, find_share, keys_of_moved, keys_of_share};
use shared::store::{Ask, First, Look, Query as Rows, StoreError, UserRows, keys, row};
use utoipa::IntoParams;

use crate::body::{SharedAll, SharesPage};

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// How many shares: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Whether the caller is shown `grant`: who does not see the whole list sees what is theirs.
pub(crate) fn shows(access: &Access, look: &Look, grant: &Grant) -> bool {
    access.sees_shares()
        || match grant.recipient {
            Recipient::User(user) => user == look.caller.user,
            Recipient::Group(group) => look.me.in_group(group).is_some(),
            // For colleagues there: external users see no shares.
            Recipient::Org(ref org) => look
                .me
                .at_home()
                .any(|member| member.org == *org && member.kind != MemberKind::External),
            Recipient::Email(_) | Recipient::Unit(_) => false,
        }
}

/// Who has access to a case
///
/// Who may share the case, or is on the owner org's side, sees all rows; all others see their own.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/shares",
    tag = "share",
    operation_id = "list_shares",
    params(("case" = CaseId, Path, description = "The case."), ListQuery),
    responses(
        (status = 200, description = "The shares. `ETag` is the version of the list.", body = SharesPage),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_shares(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<SharesPage>, Error> {
    let cursors = Cursor::of(&["shares", &case.to_string()]);
    let after: Option<ShareId> = cursors.read_id(query.cursor.as_deref())?;
    let limit = query.limit.0;
    let mut rows = Rows::rows(keys::case_partition(case)).prefix("A#GRANT#").limit(limit);
    if let Some(after) = &after {
        rows = rows.after(&keys::grant(case, after), None);
    }
    let waiting = Rows::rows(keys::case_partition(case)).prefix(keys::AUTO_SHARE_PREFIX);
    let ask = Ask::nothing().page(rows).also(Some(waiting));
    let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let (grants, more) = if seen.access.sees_shares() {
        let grants = seen.page.rows.iter().map(row::read).collect::<Result<Vec<Grant>, _>>()?;
        (grants, seen.page.next.is_some())
    } else {
        // What is the caller's own is always among the facts; there are few of them.
        let own = seen.facts.grants.iter().filter(|grant| shows(&seen.access, &seen, grant));
        (own.cloned().collect(), false)
    };
    let cursor = grants.last().filter(|_| more).map(|last| cursors.behind(&last.share.to_string()));
    let profiles = app.table.get_many(ShareView::lean_on(&grants)).await?;
    let items = grants
        .iter()
        .map(|grant| ShareView::of(grant, &profiles, seen.now))
        .collect::<Result<_, _>>()?;
    let waiting = if seen.access.sees_shares() {
        let failed = seen.also.rows.iter().map(row::read::<AutoShare>);
        failed.map(|one| Ok(one?.into())).collect::<Result<_, StoreError>>()?
    } else {
        Vec::new()
    };
    let mut share_all = Vec::new();
    if seen.access.sees_shares() && after.is_none() {
        share_all = self::share_all(&app, &seen.head).await?;
    }
    if !share_all.is_empty() {
        // It was read after the decision, which must hold for it, too.
        let again = app.table.look(&caller, case, app.clock.now(), &Ask::nothing()).await?;
        if !again.seen().ok_or_else(Error::not_found)?.access.sees_shares() {
            share_all.clear();
        }
    }
    Ok(Answer::ok(SharesPage { items, share_all, waiting, cursor })
        .version('s', seen.head.access_version))
}

/// The groups that have a case because its creator shares all of theirs with them.
async fn share_all(app: &App, head: &Head) -> Result<Vec<SharedAll>, Error> {
    let creator = head.creator;
    let rows = app.table.query_all(Rows::rows(keys::user_partition(creator)), 1_000).await?;
    let standings = UserRows::read(&rows)?;
    let colleague = standings.in_org(&head.owner).is_some_and(is_colleague);
    if head.access == Visibility::Restricted || !colleague {
        return Ok(Vec::new());
    }
    let own = standings.groups.iter().filter(|member| member.owner == creator);
    let groups = app.table.get_many(own.map(|member| keys::group(member.group))).await?;
    let groups = groups.values().map(row::read).collect::<Result<Vec<Group>, _>>()?;
    let mut found: Vec<_> = groups
        .into_iter()
        .filter(|group| !group.gone && group.owner == creator)
        .filter_map(|Group { id, name, share_all, .. }| {
            share_all.map(|levels| SharedAll { group: id, name, levels })
        })
        .collect();
    found.sort_by_key(|one| one.group);
    Ok(found)
}

/// One share
///
/// The id that a share had before it was accepted still finds it.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/shares/{share}",
    tag = "share",
    operation_id = "get_share",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("share" = ShareId, Path, description = "The share."),
    ),
    responses(
        (status = 200, description = "The share.", body = ShareView),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_share(
    State(app): State<App>,
    caller: Caller,
    Path((case, share)): Path<(CaseId, ShareId)>,
) -> Result<Answer<ShareView>, Error> {
    let moved = |first: &First| keys_of_moved(first, case, &share).into_iter().collect();
    let ask = Ask::rows(keys_of_share(case, &share)).then(&moved);
    let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let grant = find_share(&seen, &share)?
        .filter(|grant| shows(&seen.access, &seen, grant))
        .ok_or_else(Error::not_found)?;
    let profiles = app.table.get_many(ShareView::lean_on([&grant])).await?;
    let view = ShareView::of(&grant, &profiles, seen.now)?;
    Ok(Answer::ok(view).version('s', seen.head.access_version))
}
