//! `POST /v1/orgs/{org}/deconfliction`

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::OrgId;
use shared::model::{Event, EventKind, JobKind, Link, Org, searchable};
use shared::sharing;
use shared::store::{Outcome, Query, Tries, keys, org_event, remembered, row};
use shared::value::{Value, ValueType};
use utoipa::ToSchema;

/// More links than an org has.
const LINKS: usize = 1_000;
/// The most orgs of one search.
const ORGS: usize = 100;

/// What is searched for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "email", "value": "desk@acme.example"}))]
pub(crate) struct Search {
    /// Of what type it is. Not given: what it looks like.
    #[serde(rename = "type")]
    kind: Option<ValueType>,
    /// The value.
    #[schema(min_length = 1, max_length = 2_000)]
    value: String,
}

/// Where it is searched for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Searching {
    /// The orgs that have agreed to it. Whether one of them has it, mail tells.
    searched: Vec<OrgId>,
}

/// Search for a target among the orgs that have agreed to it
///
/// In cases of orgs whose link lets searches out here and in there. The answer is the same whether
/// or not there is one. Where there is, whoever made that case and you get a mail, each with the
/// other's address and nothing else of the case. Restricted cases are left out. For members of the
/// org; at most 60 in an hour.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org}/deconfliction",
    tag = "receive",
    operation_id = "search_targets",
    params(
        ("org" = OrgId, Path, description = "The org for which is searched."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Search,
    responses(
        (status = 202, description = "It is searched for.", body = Searching),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: for members of the org with an address", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`no_such_value`, `key_reused`", body = Problem),
        (status = 429, description = "`mail_limit`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn search_targets(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<OrgId>,
    Post { body, idem }: Post<Search>,
) -> Result<Answer<Searching>, Error> {
    let besides: Vec<_> = idem.iter().map(Idem::key).collect();
    let mut counted = false;
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let place = app.table.place(&caller, &org, &besides, now).await?;
        if !place.colleague() {
            return Err(Error::forbidden("member of the org"));
        }
        let searched = agreeing(&app, &org, now).await?;
        if Idem::found(idem.as_ref(), &place.rows, now)?.is_some() {
            return Ok(Answer::replayed(202, Searching { searched }));
        }
        let address = place.member.address.clone().or_else(|| caller.address.clone());
        let Some(address) = address else {
            let why = "the answer comes by mail, and you have no address";
            return Err(Error::because(Code::Forbidden, why));
        };
        let value = Value::parse(body.kind, &body.value)
            .map_err(|error| Error::of(Code::NoSuchValue).with(Fault::at("/value", error)))?;
        if !counted {
            app.table.count_search(caller.user, now).await?;
            counted = true;
        }
        let mac = app.targets()?.mac(&value).await?;
        let actor = caller.actor(place.name_of(&caller).as_ref());
        let what = json!({ "type": value.kind().as_str(), "orgs": searched });
        let event = Event {
            kind: EventKind::TargetSearched,
            at: now,
            actor: actor.clone(),
            org: org.clone(),
            case: None,
            item: None,
            shares: Vec::new(),
            what: what.as_object().cloned().unwrap_or_default(),
        };
        let kind =
            JobKind::Deconflict { org: org.clone(), actor, address, mac, orgs: searched.clone() };
        let mut writes = Vec::new();
        if let Some(idem) = &idem {
            writes.push(remembered(idem.record(now, 202, [])?, now));
        }
        writes.push(sharing::job(kind, now, now)?);
        writes.push(org_event(&org, &event)?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => {
                return Ok(Answer::with_status(StatusCode::ACCEPTED, Searching { searched }));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The orgs that have agreed to be searched by this one.
async fn agreeing(app: &App, org: &OrgId, now: jiff::Timestamp) -> Result<Vec<OrgId>, Error> {
    let sides = Query::rows(keys::org_partition(org)).prefix(keys::LINK_PREFIX);
    let sides = app.table.query_all(sides, LINKS).await?;
    let sides = sides.iter().map(row::read).collect::<Result<Vec<Link>, _>>()?;
    let wanted =
        sides.iter().flat_map(|side| [keys::link(&side.other, org), keys::org(&side.other)]);
    let rows = app.table.get_many(wanted).await?;
    let mut agreed = Vec::new();
    for side in &sides {
        let theirs: Option<Link> = row::read_if(rows.get(&keys::link(&side.other, org)))?;
        let other: Option<Org> = row::read_if(rows.get(&keys::org(&side.other)))?;
        let open = other.is_some_and(|other| !other.locked);
        if open && theirs.is_some_and(|theirs| searchable(side, &theirs, now)) {
            agreed.push(side.other.clone());
        }
    }
    agreed.truncate(ORGS);
    Ok(agreed)
}
