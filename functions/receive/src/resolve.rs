//! `POST /v1/orgs/{org}/incoming/{share}/resolve`

use std::ops::ControlFlow;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{ItemId, OrgId, ShareId};
use shared::model::{EventKind, ItemShare};
use shared::place::Place;
use shared::rights::Section;
use shared::store::{
    Condition, Elsewhere, Outcome, StoreError, Tries, Write, case_event, keys, row,
};
use utoipa::ToSchema;

use crate::change::Turn;
use crate::conflict::{IncomingInFull, gives};
use crate::incoming::Incoming;

/// Which one stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
    "keep": "s2lr3xeojebeltfzcw4ub3mqmv2"
}))]
pub(crate) struct Resolving {
    /// The target of this share that the org has besides.
    target: ItemId,
    /// The share whose target stays shown where it was taken in: this one or one of `others`;
    /// `null`: the org's own, and none that others share.
    #[serde(deserialize_with = "said")]
    #[schema(required = true)]
    keep: Option<ShareId>,
}

/// `null` must be said: what is left out shall switch nothing off.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<ShareId>, D::Error> {
    Option::deserialize(from)
}

/// Say which one stays, of a target that the org has more than once
///
/// Of the same target by several shares only one is shown from then on; with `null` none of them,
/// where the org has it as its own. What is its own is changed by nothing here. It can be said
/// again, otherwise; what comes later is shown until it is said.
/// Needs the right `receive`.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/incoming/{share}/resolve",
    tag = "receive",
    operation_id = "resolve_incoming",
    params(
        ("org" = OrgId, Path, description = "The org."),
        ("share" = ShareId, Path, description = "The share."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Resolving,
    responses(
        (status = 200, description = "The share, with what it has in conflict.", body = IncomingInFull),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs `receive`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the share, or no such target is shared by it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_in_conflict`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn resolve_incoming(
    State(app): State<App>,
    caller: Caller,
    Path((org, share)): Path<(OrgId, ShareId)>,
    Post { body, idem }: Post<Resolving>,
) -> Result<Answer<IncomingInFull>, Error> {
    let share = (&org, &share);
    let mut tries = Tries::default();
    loop {
        let (place, incoming) =
            match Incoming::begin(&app, &caller, share, idem.as_ref(), true).await? {
                ControlFlow::Continue(found) => found,
                ControlFlow::Break((status, place, incoming)) => {
                    let shown = IncomingInFull::of(&app, &org, &incoming, place.now).await?;
                    return Ok(Answer::replayed(status, shown));
                }
            };
        let found = in_conflict(&app, &org, &incoming, body.target, &place).await?;
        let turn = Turn { caller: &caller, place: &place, incoming: &incoming };
        let writes = resolution(&turn, &found, body.keep.as_ref(), idem.as_ref())?;
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => {
                let shown = IncomingInFull::of(&app, &org, &incoming, place.now).await?;
                return Ok(Answer::ok(shown));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The target that a share gives, and where the org has it besides.
async fn in_conflict(
    app: &App,
    org: &OrgId,
    incoming: &Incoming,
    target: ItemId,
    place: &Place,
) -> Result<(ItemShare, Elsewhere), Error> {
    if !gives(incoming, place.now) {
        return Err(Error::of(Code::NotInConflict));
    }
    let grant = &incoming.grant;
    let key = keys::item_share(grant.case, org, Section::Targets, target);
    let share: Option<ItemShare> = row::read_if(app.table.get(&key).await?.as_ref())?;
    let share = share.filter(|share| share.generation == Some(grant.generation));
    let missing = || Error::not_found().with(Fault::at("/target", Code::NotFound.meaning()));
    let share = share.ok_or_else(missing)?;
    let elsewhere = match &share.mac {
        Some(mac) => app.table.elsewhere(org, mac, grant.case, place.now).await?,
        None => Elsewhere::default(),
    };
    // One that was switched off can be switched on again when there is no other any more.
    if elsewhere.is_empty() && share.enabled() {
        return Err(Error::of(Code::NotInConflict));
    }
    Ok((share, elsewhere))
}

/// What was said, being written.
fn resolution(
    turn: &Turn<'_>,
    (target, elsewhere): &(ItemShare, Elsewhere),
    keep: Option<&ShareId>,
    once: Option<&Idem>,
) -> Result<Vec<Write>, Error> {
    let others = elsewhere.received.iter().map(|other| (&other.share, &other.target));
    let all: Vec<_> = [(&turn.incoming.grant.share, target)].into_iter().chain(others).collect();
    match keep {
        Some(keep) if !all.iter().any(|(share, _)| *share == keep) => {
            return Err(Error::invalid("/keep", "must be the share, or one of its `others`"));
        }
        None if !elsewhere.own => {
            let why = "must be a share: the org has no such target of its own";
            return Err(Error::invalid("/keep", why));
        }
        _ => {}
    }
    let mut writes = turn.guards(once)?;
    for (share, target) in all {
        writes.push(kept(target, Some(share) == keep)?);
    }
    if let Some(case) = turn.incoming.link.destination {
        let what = json!({ "kept": keep.map_or_else(|| "own".to_owned(), ToString::to_string) });
        let event = turn.event_in(case, &turn.place.org.id, EventKind::ConflictResolved, &what);
        writes.push(case_event(case, &event)?);
    }
    Ok(writes)
}

/// The target's share, kept or not, if it is there as it was read.
fn kept(target: &ItemShare, keep: bool) -> Result<Write, StoreError> {
    let key = keys::item_share(target.case, &target.org, target.section, target.item);
    let set = vec![("kept", row::value(&keep)?)];
    Ok(Write::set(key, set, Condition::is("generation", target.generation.unwrap_or_default())))
}
