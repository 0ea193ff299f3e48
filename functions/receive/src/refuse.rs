//! `POST /v1/orgs/{org}/incoming/{share}/refuse`

use std::ops::ControlFlow;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::GrantState;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::{OrgId, ShareId};
use shared::model::{EventKind, Head, OverLink};
use shared::store::{Outcome, Tries, Write, keys, row};
use shared::text::Message;
use utoipa::ToSchema;

use crate::change::Turn;
use crate::incoming::{Incoming, IncomingView};

/// Why it is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Not our jurisdiction."}))]
pub(crate) struct Refusing {
    /// Words to the org that shares.
    reason: Message,
}

/// Refuse a share, or give back what was taken in
///
/// The org that shares sees the reason in its list of shares. What had been taken in is not shown
/// here any more from the next request on. Needs the right `receive`.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/incoming/{share}/refuse",
    tag = "receive",
    operation_id = "refuse_incoming",
    params(
        ("org" = OrgId, Path, description = "The org."),
        ("share" = ShareId, Path, description = "The share."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Refusing,
    responses(
        (status = 200, description = "The share.", body = IncomingView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs `receive`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_waiting`: it has been refused before", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn refuse_incoming(
    State(app): State<App>,
    caller: Caller,
    Path((org, share)): Path<(OrgId, ShareId)>,
    Post { body, idem }: Post<Refusing>,
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
        if incoming.grant.state == GrantState::Refused {
            return Err(Error::of(Code::NotWaiting));
        }
        let reason = body.reason.as_str().to_owned();
        let link =
            OverLink { reason: Some(reason.clone()), destination: None, ..incoming.link.clone() };
        let grant = incoming.changed(GrantState::Refused, &link);
        let turn = Turn { caller: &caller, place: &place, incoming: &incoming };
        let theirs = json!({ "reason": reason });
        let kind = EventKind::IncomingRefused;
        let mut writes = turn.writes(&grant, kind, &theirs, json!({}), idem.as_ref())?;
        if let Some(destination) = incoming.link.destination {
            let head = app.table.get(&keys::head(destination)).await?;
            if let Some(head) = row::read_if::<Head>(head.as_ref())? {
                writes.extend(turn.at(&head, kind)?);
            }
            let from = keys::received_from(destination, incoming.head.case);
            writes.push(Write::Delete(from, None));
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
