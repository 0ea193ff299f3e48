//! `POST /v1/orgs/{org}/incoming/{share}/resolve`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{ItemId, OrgId, ShareId};
use shared::model::{Event, EventKind, ItemShare};
use shared::place::Place;
use shared::rights::{OrgFlag, Section};
use shared::store::{
    Condition, Elsewhere, Outcome, StoreError, Tries, Write, authority, case_event, keys,
    remembered, row,
};
use utoipa::ToSchema;

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
    let besides: Vec<_> = idem.as_ref().map(Idem::key).into_iter().collect();
    let mut tries = Tries::default();
    loop {
        let (place, incoming) = Incoming::find(&app, &caller, &org, &share, &besides).await?;
        let now = place.now;
        let before = Idem::found(idem.as_ref(), &place.rows, now);
        if let Ok(Some(record)) = &before {
            let shown = IncomingInFull::of(&app, &org, &incoming, now).await?;
            return Ok(Answer::replayed(record.status, shown));
        }
        if !place.has(OrgFlag::Receive) {
            return Err(Error::forbidden("receive"));
        }
        before?;
        let (target, elsewhere) = in_conflict(&app, &org, &incoming, body.target, &place).await?;
        let writes = Resolution {
            caller: &caller,
            place: &place,
            incoming: &incoming,
            target: &target,
            elsewhere: &elsewhere,
            keep: body.keep.as_ref(),
        };
        match app.table.outcome(writes.writes(idem.as_ref())?, idem.is_some()).await? {
            Outcome::Done => {
                return Ok(Answer::ok(IncomingInFull::of(&app, &org, &incoming, now).await?));
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
struct Resolution<'a> {
    caller: &'a Caller,
    place: &'a Place,
    incoming: &'a Incoming,
    target: &'a ItemShare,
    elsewhere: &'a Elsewhere,
    keep: Option<&'a ShareId>,
}

impl Resolution<'_> {
    fn writes(&self, once: Option<&Idem>) -> Result<Vec<Write>, Error> {
        let others = self.elsewhere.received.iter().map(|other| (&other.share, &other.target));
        let all: Vec<_> =
            [(&self.incoming.grant.share, self.target)].into_iter().chain(others).collect();
        match self.keep {
            Some(keep) if !all.iter().any(|(share, _)| *share == keep) => {
                return Err(Error::invalid("/keep", "must be the share, or one of its `others`"));
            }
            None if !self.elsewhere.own => {
                let why = "must be a share: the org has no such target of its own";
                return Err(Error::invalid("/keep", why));
            }
            _ => {}
        }
        let mut writes = Vec::new();
        if let Some(once) = once {
            writes.push(remembered(once.record(self.place.now, 200, [])?, self.place.now));
        }
        writes.push(authority(self.caller.user, self.place.authority_version(), None));
        for (share, target) in all {
            writes.push(kept(target, Some(share) == self.keep)?);
        }
        if let Some(case) = self.incoming.link.destination {
            let event = Event {
                kind: EventKind::ConflictResolved,
                at: self.place.now,
                actor: self.caller.actor(self.place.name_of(self.caller).as_ref()),
                org: self.place.org.id.clone(),
                case: Some(case),
                item: None,
                shares: Vec::new(),
                what: json!({ "kept": self.keep.map_or_else(|| "own".to_owned(), ToString::to_string) })
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
            };
            writes.push(case_event(case, &event)?);
        }
        Ok(writes)
    }
}

/// The target's share, kept or not, if it is there as it was read.
fn kept(target: &ItemShare, keep: bool) -> Result<Write, StoreError> {
    let key = keys::item_share(target.case, &target.org, target.section, target.item);
    let set = vec![("kept", row::value(&keep)?)];
    Ok(Write::set(key, set, Condition::is("generation", target.generation.unwrap_or_default())))
}
