//! `POST /v1/orgs/{org}/incoming/{share}/assign`

use std::ops::ControlFlow;

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use shared::access::GrantState;
use shared::access_list::{Orgs, is_colleague};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::{NoticeId, OrgId, Recipient, ShareId, UserId};
use shared::model::{EventKind, Grant, Notice, NoticeKind, OverLink};
use shared::store::{Outcome, Tries, Write};
use shared::telling::notice_row;
use utoipa::ToSchema;

use crate::change::Turn;
use crate::incoming::{Incoming, IncomingView};

/// Who is to take it in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member": "email:ada@acme.example"}))]
pub(crate) struct Assigning {
    /// An active normal or service member of the org: `user:ID` or `email:ADDRESS`.
    member: Recipient,
}

/// Name who takes a share in
///
/// They say into which case it goes. Can be asked again, with somebody else, while it waits. Needs
/// the right `receive`.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/incoming/{share}/assign",
    tag = "receive",
    operation_id = "assign_incoming",
    params(
        ("org" = OrgId, Path, description = "The org."),
        ("share" = ShareId, Path, description = "The share."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Assigning,
    responses(
        (status = 200, description = "The share.", body = IncomingView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs `receive`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_waiting`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`not_a_colleague`, `key_reused`, and what is wrong with the link: `not_linked`, `link_disabled`, `link_one_way`, `link_not_begun`, `link_ended`, `partner_locked`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn assign_incoming(
    State(app): State<App>,
    caller: Caller,
    Path((org, share)): Path<(OrgId, ShareId)>,
    Post { body, idem }: Post<Assigning>,
) -> Result<Answer<IncomingView>, Error> {
    let share = (&org, &share);
    let mut tries = Tries::default();
    loop {
        let (place, incoming) =
            match Incoming::begin(&app, &caller, share, idem.as_ref(), true).await? {
                ControlFlow::Continue(found) => found,
                ControlFlow::Break((status, place, incoming)) => {
                    return Ok(Answer::replayed(status, incoming.view(place.now)));
                }
            };
        incoming.waits(place.now)?;
        let to = member(&app, &org, &body.member).await?;
        if incoming.link.assigned_to == Some(to) && incoming.grant.state == GrantState::PendingCase
        {
            return Ok(Answer::ok(incoming.view(place.now)));
        }
        let link = OverLink { assigned_to: Some(to), ..incoming.link.clone() };
        let grant = incoming.changed(GrantState::PendingCase, &link);
        let turn = Turn { caller: &caller, place: &place, incoming: &incoming };
        let ours = json!({ "assigned_to": to });
        let kind = EventKind::IncomingAssigned;
        let mut writes = turn.writes(&grant, kind, &json!({}), ours, idem.as_ref())?;
        if to != caller.user {
            writes.push(Write::add(notice_row(&notice(to, &grant, place.now))?));
        }
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => {
                let now = place.now;
                return Ok(Answer::ok(Incoming { grant, link, ..incoming }.view(now)));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// What tells the member that it waits for them.
fn notice(to: UserId, grant: &Grant, now: Timestamp) -> Notice {
    Notice {
        id: NoticeId::new(now),
        user: to,
        kind: NoticeKind::ToTakeIn,
        at: now,
        case: None,
        share: Some(grant.share.clone()),
        invitation: None,
        read_at: None,
    }
}

/// The member that a request names.
async fn member(app: &App, org: &OrgId, named: &Recipient) -> Result<UserId, Error> {
    let orgs = Orgs { owner: org, partners: &[] };
    let found = app.table.people(orgs, std::slice::from_ref(named), is_colleague).await?;
    let member = found.into_iter().flatten().find(is_colleague);
    member.map(|member| member.user).ok_or_else(|| {
        let why = "they are no active member of this org";
        Error::because(Code::NotAColleague, why).with(Fault::at("/member", why))
    })
}
