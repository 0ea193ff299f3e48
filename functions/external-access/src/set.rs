//! `PUT /v1/cases/{case}/access`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::Visibility;
use shared::access_list::{
    Orgs, TURN_WRITES, check_form, check_list, check_passage, fits, fitting_access, right, turn,
};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Body, Idem, IfMatch, Path};
use shared::id::{CaseId, Recipient, UserId};
use shared::model::{Event, EventKind, Member};
use shared::rights::Flag;
use shared::store::{
    Ask, Change, Condition, NamedUser, Outcome, Seen, StoreError, Table, Tries, Write, keys,
};
use tracing::info;
use utoipa::ToSchema;

use crate::marks;
use crate::read::{named, names_of, present};
use crate::view::{CaseAccess, Named};

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
    let wish = Wish { access: wanted.access, users: wanted.users.unwrap_or_default(), if_match };
    set(&app, &caller, case, &wish, None).await
}

/// What a case's access is to be.
pub(crate) struct Wish {
    pub(crate) access: Visibility,
    /// Whom it names; [`check_form`] has found them well-formed.
    pub(crate) users: Vec<Recipient>,
    pub(crate) if_match: IfMatch,
}

/// Sets the access of one case, once for one idempotency key.
pub(crate) async fn set(
    app: &App,
    caller: &Caller,
    case: CaseId,
    wish: &Wish,
    bulk: Option<Bulk<'_>>,
) -> Result<Answer<CaseAccess>, Error> {
    let once = bulk.and_then(|bulk| bulk.once);
    let mut tries = Tries::default();
    loop {
        let ask = Ask::nothing().page(names_of(case)).and(once.map(Idem::key));
        let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if Idem::found(once, &seen.rows, seen.now)?.is_some() {
            return present(app, caller, case).await;
        }
        allowed(&seen, wish.access)?;
        wish.if_match.holds('s', seen.head.access_version)?;
        check_passage(seen.head.access, wish.access)?;
        if bulk.is_some() && seen.head.access == Visibility::Restricted {
            // What takes external access back must not open what never had any.
            return Err(Error::of(Code::CaseRestricted));
        }
        check_list(wish.access, &wish.users)?;
        let partners = app.table.partners(&seen).await?;
        let orgs = Orgs { owner: &seen.head.owner, partners: &partners };
        let found = app.table.people(orgs, &wish.users, fits(wish.access)).await?;
        let members = fitting_access(wish.access, found)?;

        let before = named(&seen.page.rows)?;
        if is_so(&seen, wish.access, &members, &before) {
            return present(app, caller, case).await;
        }
        // The change happens only if the decision still holds then, and so after this is counted.
        let marked = marks::count(&app.table, case).await?;
        let names = members.iter().map(Named::from).collect();
        let answer = CaseAccess { access: wish.access, users: names, marked };
        let mut change = Change::new(&seen, event(&seen, wish.access, &members));
        let names: Vec<NamedUser> = members.iter().map(NamedUser::from).collect();
        let left = turn(&mut change, &seen.head, wish.access, &names, &before, &partners)?;
        let record = once.map(|once| once.record(seen.now, 200, [])).transpose()?;
        change.remember(record, seen.now);
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

/// One entry of a request about many cases.
#[derive(Clone, Copy)]
pub(crate) struct Bulk<'a> {
    pub(crate) once: Option<&'a Idem>,
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

/// Deletes former names that had no room in the change, so that no index lists them for ever. What
/// is left is swept by the next change.
async fn sweep(table: &Table, case: CaseId, left: &[NamedUser]) {
    if left.is_empty() {
        return;
    }
    let writes = left.iter().take(TURN_WRITES).map(|named| {
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
