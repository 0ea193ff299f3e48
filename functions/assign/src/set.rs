//! `PUT /v1/cases/{case}/assignees`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access_list::{NAMES, Orgs, assignee, check_people, fitting_assignees, is_colleague};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Body, IfMatch, Path};
use shared::id::{CaseId, Recipient, UserId};
use shared::model::{Event, EventKind};
use shared::rights::Flag;
use shared::store::{Change, Outcome, Seen, Tries, Write, keys};
use utoipa::ToSchema;

use crate::read::{assigned, assignees_of, shown};
use crate::view::{Assignee, Assignees};

/// To whom a case is to be assigned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignees": ["email:bob@acme.example"]}))]
pub(crate) struct NewAssignees {
    /// Colleagues: `user:ID` or `email:ADDRESS`. The list is replaced; empty takes all off.
    #[schema(max_items = 90)]
    assignees: Vec<Recipient>,
}

/// Set a case's assignees.
///
/// Needs the flag `assign`. Assignees are active members of the owner org, of kind `normal` or
/// `service`. They may do what the creator may, from the next request on; who is taken off keeps
/// what their profile gives. At most 90 assignees may come and go at once.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/assignees",
    tag = "access",
    operation_id = "set_assignees",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "`\"s7\"`: only if who has the case has not changed since."),
    ),
    request_body = NewAssignees,
    responses(
        (status = 200, description = "The assignees as they are now.", body = Assignees,
            headers(("ETag" = String, description = "`\"s8\"`: raised by every change of who has the case."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`not_a_colleague`, `same_recipient`, `too_many_changes`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set_assignees(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    if_match: IfMatch,
    Body(wanted): Body<NewAssignees>,
) -> Result<Answer<Assignees>, Error> {
    check_people(&wanted.assignees, "/assignees")?;
    let mut tries = Tries::default();
    loop {
        let look = app.table.look(&caller, case, app.clock.now(), &assignees_of(case)).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if !seen.access.flag(Flag::Assign) {
            return Err(Error::forbidden("assign"));
        }
        if_match.holds('s', seen.head.access_version)?;
        let orgs = Orgs { owner: &seen.head.owner, partners: &[] };
        let found = app.table.people(orgs, &wanted.assignees, is_colleague).await?;
        let members = fitting_assignees(found)?;
        let before: Vec<UserId> =
            assigned(&seen.page.rows)?.into_iter().map(|one| one.user).collect();
        let after: Vec<UserId> = members.iter().map(|member| member.user).collect();
        let (added, removed) = difference(&before, &after);
        if added.is_empty() && removed.is_empty() {
            return shown(&seen);
        }
        if NAMES < added.len() + removed.len() {
            return Err(Error::at(Code::TooManyChanges, "/assignees"));
        }
        let mut change = Change::new(&seen, event(&seen, &added, &removed));
        for member in members.iter().filter(|member| added.contains(&member.user)) {
            change.write(assignee(case, member)?);
        }
        for user in removed {
            change.write(Write::Delete(keys::assignee(case, user), None));
        }
        let version = change.version();
        match app.table.commit(change).await? {
            Outcome::Done => {
                let items = members.iter().map(Assignee::from).collect();
                return Ok(Answer::ok(Assignees { items }).version('s', version));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// Who comes and who goes.
fn difference(before: &[UserId], after: &[UserId]) -> (Vec<UserId>, Vec<UserId>) {
    let without = |from: &[UserId], other: &[UserId]| {
        from.iter().filter(|user| !other.contains(user)).copied().collect()
    };
    (without(after, before), without(before, after))
}

fn event(seen: &Seen, added: &[UserId], removed: &[UserId]) -> Event {
    let what = json!({ "added": added, "removed": removed });
    Event {
        kind: EventKind::AssigneesChanged,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: Vec::new(),
        what: what.as_object().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stays_neither_comes_nor_goes() {
        let user = |name| UserId::of("https://issuer.example", name);
        let (ada, bob, eve) = (user("ada"), user("bob"), user("eve"));
        assert_eq!(difference(&[ada, bob], &[bob, eve]), (vec![eve], vec![ada]));
        assert_eq!(difference(&[ada], &[ada]), (vec![], vec![]));
    }
}
