//! `PUT /v1/cases/{case}/access`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::Visibility;
use shared::access_list::{
    Orgs, check_form, check_list, check_passage, externals, fits, fitting_access, name, right,
};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body, IfMatch, Path};
use shared::id::{CaseId, OrgId, Recipient, UserId};
use shared::model::{Event, EventKind, Member};
use shared::rights::Flag;
use shared::store::{
    Ask, Change, Condition, NamedUser, Outcome, Seen, StoreError, Table, Tries, Write, keys, row,
};
use tracing::info;
use utoipa::ToSchema;

use crate::marks;
use crate::read::{named, names_of, present};
use crate::view::{CaseAccess, Named};

/// The most writes besides those that every change of access has.
const WRITES: usize = 95;

/// To whom a case is to be open besides its shares.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"access": "external", "users": ["email:eve@example.com"]}))]
pub(crate) struct NewAccess {
    /// The org; named colleagues; the org and named external users; the org and all external users.
    access: Visibility,
    /// Whom `restricted` or `external` names: `user:ID` or `email:ADDRESS`. The list is replaced.
    /// `restricted` may name nobody: creator and assignees stay.
    #[schema(max_items = 90)]
    users: Option<Vec<Recipient>>,
}

/// Set a case's access.
///
/// `restricted` needs the flag `restrict`, `external` and `external-all` need `share_external`,
/// going back to `internal` needs that of what is left. It holds from the next request on: who is
/// not named any more has nothing, marks stay and count again when the case is shared again; the
/// answer says how many there are. Restricting suspends shares with groups.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/access",
    tag = "access",
    operation_id = "set_access",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "`\"s7\"`: only if who has the case has not changed since."),
    ),
    request_body = NewAccess,
    responses(
        (status = 200, description = "The access as it is now.", body = CaseAccess,
            headers(("ETag" = String, description = "`\"s8\"`: raised by every change of who has the case."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: `detail` names the right.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`case_restricted`, `case_external`: make it internal first.", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`unknown_external_user`, `not_a_colleague`, `same_recipient`, `names_not_wanted`",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set_access(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    if_match: IfMatch,
    Body(wanted): Body<NewAccess>,
) -> Result<Answer<CaseAccess>, Error> {
    check_form(wanted.access, wanted.users.as_deref())?;
    let users = wanted.users.unwrap_or_default();
    let mut tries = Tries::default();
    loop {
        let ask = Ask::nothing().page(names_of(case));
        let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        allowed(&seen, wanted.access)?;
        if_match.holds('s', seen.head.access_version)?;
        check_passage(seen.head.access, wanted.access)?;
        check_list(wanted.access, &users)?;
        let partners = partners(&app.table, &seen).await?;
        let orgs = Orgs { owner: &seen.head.owner, partners: &partners };
        let found = app.table.people(orgs, &users, fits(wanted.access)).await?;
        let members = fitting_access(wanted.access, found)?;

        let before = named(&seen.page.rows)?;
        if is_so(&seen, wanted.access, &members, &before) {
            return present(&app, &caller, case).await;
        }
        // The change happens only if the decision still holds then, and so after this is counted.
        let marked = marks::count(&app.table, case).await?;
        let named = members.iter().map(Named::from).collect();
        let answer = CaseAccess { access: wanted.access, users: named, marked };
        let (change, left) = change(&seen, wanted.access, &members, &partners, &before)?;
        let version = change.version();
        match app.table.commit(change).await? {
            Outcome::Done => {
                sweep(&app.table, case, &left).await;
                return Ok(Answer::ok(answer).version('s', version));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The orgs with which the case is shared. The head's version, which the change checks, guards
/// what is read here.
async fn partners(table: &Table, seen: &Seen) -> Result<Vec<OrgId>, StoreError> {
    let grants = table.grants_of(seen).await?;
    Ok(grants.iter().filter_map(|grant| grant.recipient.org().cloned()).collect())
}

/// Whether the caller has the right to turn the case's access into `to`.
fn allowed(seen: &Seen, to: Visibility) -> Result<(), Error> {
    let has = |flag| seen.access.flag(flag);
    match right(seen.head.access, to) {
        Some(flag) if has(flag) => Ok(()),
        Some(Flag::Restrict) => Err(Error::forbidden("restrict")),
        // From internal to internal nothing changes, but that is for those to say who could.
        None if has(Flag::Restrict) || has(Flag::ShareExternal) => Ok(()),
        Some(_) | None => Err(Error::forbidden("share_external")),
    }
}

/// Whether the access is so already.
fn is_so(seen: &Seen, access: Visibility, members: &[Member], before: &[NamedUser]) -> bool {
    let sorted = |mut users: Vec<UserId>| {
        users.sort_unstable();
        users
    };
    let generation = seen.head.access_generation;
    let present = before.iter().filter(|named| named.generation == generation);
    seen.head.access == access
        && sorted(present.map(|named| named.user).collect())
            == sorted(members.iter().map(|member| member.user).collect())
}

/// The change, and the names that it leaves behind: they count no more, but lie there still.
fn change(
    seen: &Seen,
    access: Visibility,
    members: &[Member],
    partners: &[OrgId],
    before: &[NamedUser],
) -> Result<(Change, Vec<NamedUser>), Error> {
    let (case, head) = (seen.case, &seen.head);
    let generation = head.access_generation + 1;
    let mut change = Change::new(seen, event(seen, access, members));
    change.set_head("access", row::value(&access)?);
    change.set_head("access_generation", row::value(&generation)?);
    for member in members {
        change.write(name(case, member, generation)?);
    }
    for org in partners.iter().chain([&head.owner]) {
        match (head.access, access) {
            (_, Visibility::ExternalAll) => change.write(externals(case, org)?),
            (Visibility::ExternalAll, _) => {
                change.write(Write::Delete(keys::externals(case, org), None));
            }
            _ => {}
        }
    }
    match (head.access, access) {
        (Visibility::Restricted, Visibility::Restricted) => {}
        (_, Visibility::Restricted) => change.write(listed(seen, false)),
        (Visibility::Restricted, _) => change.write(listed(seen, true)),
        _ => {}
    }
    let mut gone: Vec<NamedUser> = before
        .iter()
        .filter(|named| members.iter().all(|member| member.user != named.user))
        .cloned()
        .collect();
    let left = gone.split_off(gone.len().min(WRITES - change.size()));
    for named in gone {
        change.write(Write::Delete(keys::named(case, named.user), None));
    }
    Ok((change, left))
}

/// Lists the case among its org's, or takes it off: a restricted case is not there.
fn listed(seen: &Seen, listed: bool) -> Write {
    let index = keys::case_under(keys::cases_of(&seen.head.owner), seen.case);
    Write::Update {
        key: keys::details(seen.case),
        set: if listed { row::index_attributes(index).to_vec() } else { Vec::new() },
        remove: if listed { Vec::new() } else { row::INDEX_ATTRIBUTES.to_vec() },
        add: Vec::new(),
        condition: Some(Condition::present()),
    }
}

/// Deletes former names that had no room in the change, so that no index lists them for ever. What
/// is left is swept by the next change.
async fn sweep(table: &Table, case: CaseId, left: &[NamedUser]) {
    if left.is_empty() {
        return;
    }
    let writes = left.iter().take(WRITES).map(|named| {
        // Who has been named again meanwhile stays.
        let condition = Condition::is("generation", named.generation);
        Write::Delete(keys::named(case, named.user), Some(condition))
    });
    if let Err(StoreError::Busy(_) | StoreError::Odd(_)) = table.write(writes.collect()).await {
        info!(case.id = %case, "left {} former names of case `{case}` for later", left.len());
    }
}

fn event(seen: &Seen, access: Visibility, members: &[Member]) -> Event {
    let users: Vec<UserId> = members.iter().map(|member| member.user).collect();
    let what = json!({ "from": seen.head.access, "to": access, "users": users });
    Event {
        kind: EventKind::AccessChanged,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: Vec::new(),
        what: what.as_object().cloned().unwrap_or_default(),
    }
}
