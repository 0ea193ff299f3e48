//! `POST /v1/orgs/{org}/incoming/{share}/finalise`

use std::ops::ControlFlow;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::GrantState;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{CaseId, OrgId, ShareId};
use shared::model::{EventKind, Grant, JobKind, OverLink, Source};
use shared::place::Place;
use shared::rights::{Level, OrgFlag, Section};
use shared::sharing::job;
use shared::store::{Ask, Outcome, Query, RowBuilder, Seen, Tries, Write, keys};
use shared::text::Title;
use utoipa::ToSchema;

use crate::change::Turn;
use crate::incoming::{Incoming, IncomingView};
use crate::new_case::NewCase;

/// How many cases of other orgs one case takes in.
const SOURCES: usize = 20;

/// Into which case it goes: one that is there, or a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case": "01JC0A7Z3X5D9V6K2M4N8P1QRS"}))]
pub(crate) struct Finalising {
    /// A case of the org, whose targets the caller may write.
    case: Option<CaseId>,
    /// The title of a new case, which the caller makes; needs the right `create_case`.
    new_case: Option<Title>,
}

/// Into which case it goes, as it is.
enum Goes {
    There(Box<Seen>),
    New(NewCase),
}

/// Take a share into a case
///
/// From then on the targets that are shared with the org are shown in that case, to those who read
/// its targets, and nothing of the case that they come from besides. For whom it was assigned to,
/// and for members with the right `receive`.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/incoming/{share}/finalise",
    tag = "receive",
    operation_id = "finalise_incoming",
    params(
        ("org" = OrgId, Path, description = "The org."),
        ("share" = ShareId, Path, description = "The share."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Finalising,
    responses(
        (status = 200, description = "The share, with its destination.", body = IncomingView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs `write` on the targets of that case, or `create_case`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the share, or the case", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_waiting`, `not_assigned`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`other_org`, `too_many_sources`, `key_reused`, and what is wrong with the link: `not_linked`, `link_disabled`, `link_one_way`, `link_not_begun`, `link_ended`, `partner_locked`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn finalise_incoming(
    State(app): State<App>,
    caller: Caller,
    Path((org, share)): Path<(OrgId, ShareId)>,
    Post { body, idem }: Post<Finalising>,
) -> Result<Answer<IncomingView>, Error> {
    if body.case.is_some() == body.new_case.is_some() {
        return Err(Error::invalid("/case", "must be given, or else `new_case`, and not both"));
    }
    let share = (&org, &share);
    let made = CaseId::new(app.clock.now());
    let mut number = None;
    let mut tries = Tries::default();
    loop {
        let (place, incoming) =
            match Incoming::begin(&app, &caller, share, idem.as_ref(), false).await? {
                ControlFlow::Continue(found) => found,
                ControlFlow::Break((status, place, incoming)) => {
                    return Ok(Answer::replayed(status, incoming.view(place.now)));
                }
            };
        incoming.waits(place.now)?;
        if incoming.grant.state == GrantState::PendingUser {
            return Err(Error::of(Code::NotAssigned));
        }
        let into = match (body.case, &body.new_case) {
            (Some(case), _) => Goes::There(Box::new(there(&app, &caller, &org, case).await?)),
            (None, title) => {
                if !place.has(OrgFlag::CreateCase) {
                    return Err(Error::forbidden("create_case"));
                }
                let number = match number {
                    Some(number) => number,
                    None => *number.insert(app.table.next_number(&org).await?),
                };
                let title = title.clone().ok_or_else(Error::not_found)?;
                Goes::New(NewCase { case: made, number, title })
            }
        };
        let (grant, link, writes) = taking_in(&caller, &place, &incoming, &into, idem.as_ref())?;
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => {
                let now = place.now;
                return Ok(Answer::ok(Incoming { grant, link, ..incoming }.view(now)));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The case into which it goes, if the caller may put it there.
async fn there(app: &App, caller: &Caller, org: &OrgId, case: CaseId) -> Result<Seen, Error> {
    let look = app.table.look(caller, case, app.clock.now(), &Ask::nothing()).await?;
    let missing = || Error::not_found().with(Fault::at("/case", Code::NotFound.meaning()));
    let seen = look.seen().ok_or_else(missing)?;
    if seen.access.section(Section::Targets) != Level::Write {
        return Err(Error::forbidden("write on targets"));
    }
    if seen.head.owner != *org {
        let why = "it is no case of this org";
        return Err(Error::because(Code::OtherOrg, why).with(Fault::at("/case", why)));
    }
    let sources = if seen.whole {
        seen.facts.sources.len()
    } else {
        let all = Query::rows(keys::case_partition(case)).prefix(keys::SOURCE_PREFIX);
        app.table.query_all(all, SOURCES + 1).await?.len()
    };
    if SOURCES <= sources {
        return Err(Error::at(Code::TooManySources, "/case"));
    }
    Ok(seen)
}

/// The share as it is then, and all writes: there, here, and a new case if one was asked for.
fn taking_in(
    caller: &Caller,
    place: &Place,
    incoming: &Incoming,
    into: &Goes,
    once: Option<&Idem>,
) -> Result<(Grant, OverLink, Vec<Write>), Error> {
    let destination = match into {
        Goes::There(seen) => seen.case,
        Goes::New(new) => new.case,
    };
    let link = OverLink { destination: Some(destination), reason: None, ..incoming.link.clone() };
    let grant = incoming.changed(GrantState::Active, &link);
    let turn = Turn { caller, place, incoming };
    let kind = EventKind::IncomingTakenIn;
    let ours = json!({ "destination": destination });
    let mut writes = turn.writes(&grant, kind, &json!({}), ours, once)?;
    match into {
        Goes::There(seen) => writes.extend(turn.at(&seen.head, kind)?),
        Goes::New(new) => writes.extend(new.writes(&turn)?),
    }
    let source = Source {
        case: destination,
        source: incoming.head.case,
        owner: incoming.head.owner.clone(),
        share: grant.share.clone(),
        generation: grant.generation,
        since: place.now,
    };
    let key = keys::received_from(destination, source.source);
    writes.push(Write::Put(RowBuilder::new(key, &source)?.build(), None));
    let kind = JobKind::TellConflict {
        org: place.org.id.clone(),
        case: source.source,
        share: source.share,
        generation: source.generation,
        target: None,
    };
    writes.push(job(kind, place.now, place.now)?);
    Ok((grant, link, writes))
}
