//! `disconnect`: leave a case that was shared with me.

use std::collections::BTreeSet;

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::{CaseId, GroupId, Recipient, ShareId};
use shared::model::{Event, EventKind, Grant, Group, Head};
use shared::routes;
use shared::routes::Routes;
use shared::sharing::end;
use shared::store::{
    Ask, Change, Condition, Look, OptOut, Outcome, RowBuilder, StoreError, Tries, Write, keys,
};

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(disconnect_case))
}

/// Leaves a case
///
/// Ends the share with the caller. A share with a group stays with the group, and stops counting
/// for the caller; if the case is shared with the group anew, it counts again. Where all cases of
/// its creator are shared with the group, this one is left for good. Who has the case because it is
/// their org's keeps it. The answer is the same for a case that never was.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/disconnect",
    tag = "disconnect",
    operation_id = "disconnect_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body(content = Empty, example = json!({})),
    responses(
        (status = 204, description = "No share gives the caller this case any more, or ever did."),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn disconnect_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body: Empty {}, idem }: Post<Empty>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let share = ShareId::of(case, &Recipient::User(caller.user));
        let ask = Ask::rows([keys::grant(case, &share)]).and(idem.as_ref().map(Idem::key));
        let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
        if Idem::found(idem.as_ref(), &look.rows, look.now)?.is_some() {
            return Ok(Answer::nothing());
        }
        let Some(change) = leave(&look, &share, idem.as_ref())? else {
            return Ok(Answer::nothing());
        };
        match app.table.commit(change).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// What leaving changes; `None` where there is nothing to leave.
fn leave(look: &Look, share: &ShareId, idem: Option<&Idem>) -> Result<Option<Change>, Error> {
    let Some(head) = look.facts.head.as_ref().filter(|head| !head.gone) else {
        return Ok(None);
    };
    let own: Option<Grant> = look.row(&keys::grant(look.case, share))?;
    let by_group = through_groups(look);
    let sharing_all = sharing_all(look, head)?;
    if own.is_none() && by_group.is_empty() && sharing_all.is_empty() {
        return Ok(None);
    }
    let left = own.iter().chain(by_group.iter().copied());
    let mut change = Change::of(head, look, event(look, head, left, &sharing_all));
    let mut writes = Vec::new();
    if let Some(own) = &own {
        end(&mut writes, own, &head.owner, &look.rows, false, look.now)?;
    }
    change.write_all(writes);
    if !by_group.is_empty() || !sharing_all.is_empty() {
        // Grants made up to now stop counting for the caller; later ones are new.
        let out = OptOut { user: look.caller.user, version: change.version() };
        let key = keys::opt_out(look.case, look.caller.user);
        let row = RowBuilder::new(key, &out)?.build();
        change.write(match look.facts.outs.iter().find(|out| out.user == look.caller.user) {
            Some(before) => Write::Put(row, Some(Condition::is("version", before.version))),
            None => Write::add(row),
        });
    }
    if let Some(idem) = idem {
        change.remember(Some(idem.record(look.now, 204, [])?), look.now);
    }
    Ok(Some(change))
}

/// The grants that reach the caller through a group, and that they have not left yet.
fn through_groups(look: &Look) -> Vec<&Grant> {
    let left = look.facts.outs.iter().find(|out| out.user == look.caller.user);
    look.facts
        .grants
        .iter()
        .filter(|grant| match grant.recipient {
            Recipient::Group(group) => look.me.in_group(group).is_some(),
            // A partner org does not leave by one member: its admin refuses, or it is revoked.
            Recipient::User(_) | Recipient::Email(_) | Recipient::Org(_) | Recipient::Unit(_) => {
                false
            }
        })
        .filter(|grant| left.is_none_or(|out| out.version < grant.generation))
        .collect()
}

/// The groups with which the creator shares all cases, and through which the caller has not left
/// this one yet.
fn sharing_all(look: &Look, head: &Head) -> Result<Vec<GroupId>, StoreError> {
    let mut groups = Vec::new();
    if look.facts.outs.iter().any(|out| out.user == look.caller.user) {
        return Ok(groups);
    }
    for member in look.me.groups_of(head.creator) {
        let group: Option<Group> = look.row(&keys::group(member.group))?;
        let gives = group.filter(|group| !group.gone && group.share_all.is_some());
        groups.extend(gives.map(|group| group.id));
    }
    Ok(groups)
}

fn event<'a>(
    look: &Look,
    head: &Head,
    left: impl Iterator<Item = &'a Grant>,
    sharing_all: &[GroupId],
) -> Event {
    let left: Vec<&Grant> = left.collect();
    let mut what = serde_json::Map::new();
    let of_all = sharing_all.iter().map(|group| Recipient::Group(*group));
    let recipients = left.iter().map(|grant| grant.recipient.clone()).chain(of_all);
    let recipients: BTreeSet<String> = recipients.map(|recipient| recipient.to_string()).collect();
    let recipients = recipients.into_iter().map(Into::into);
    what.insert("left".to_owned(), serde_json::Value::Array(recipients.collect()));
    Event {
        kind: EventKind::Disconnected,
        at: look.now,
        actor: look.caller.actor(look.my_name().as_ref()),
        org: head.owner.clone(),
        case: Some(look.case),
        item: None,
        shares: left.iter().map(|grant| grant.share.clone()).collect(),
        what,
    }
}
