//! `POST /v1/cases`

mod body;
mod ground;
mod plan;
mod write;

use axum::extract::State;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Post};
use shared::id::CaseId;
use shared::rights::built_in;
use shared::sharing::{ShareView, Way};
use shared::store::{Key, Query, StoreError, Tries, keys, link_keys, row};

use self::body::NewCase;
use self::ground::{Found, Ground};
use self::plan::{Plan, partners};
use self::write::Making;
pub(crate) use self::write::reference_key;
use crate::read;
use crate::view::CreatedCase;

/// Make a case.
///
/// Needs the org right `create_case`, and for what else is asked the right that it would need
/// later. Access, assignees and shares are all checked before anything is written, and everything
/// is written together or not at all. A case made through the portal starts open to its maker and
/// the owner org, and its maker gets a mail that confirms it.
#[utoipa::path(
    post,
    path = "/v1/cases",
    tag = "cases",
    operation_id = "create_case",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once, for 24 h."),
    ),
    request_body = NewCase,
    responses(
        (status = 201, description = "The case, with its shares if some were asked for.", body = CreatedCase,
            headers(("ETag" = String, description = "`\"c1\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: `detail` names the right.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no such org, or not yours; or a group that is not yours.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`reference_taken`: `case` is the one made before; `case_restricted`: a restricted case is not shared with groups.",
            body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`names_not_wanted`, `too_many_changes`, `too_many_partners`, `not_a_colleague`, `unknown_external_user`, `same_recipient`, `given_unclear`, `unknown_profile`, `window_backwards`, `in_the_past`, `with_oneself`, `with_own_org`, `not_linked`, `link_not_approved`, `link_disabled`, `link_not_begun`, `link_ended`, `link_one_way`, `partner_locked`, `unknown_unit`, `unknown_recipient`, `recipient_locked`, `use_external_access`, `guests_refused`, `undeliverable`, `no_such_value`, `key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`mail_limit`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create_case(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<NewCase>,
) -> Result<Answer<CreatedCase>, Error> {
    let body = body.checked()?;
    let idem = idem.as_ref();
    let case = CaseId::new(app.clock.now());
    let mut tries = Tries::default();
    let mut number = None;
    loop {
        let now = app.clock.now();
        let ground =
            match Ground::read(&app, &caller, &body.org, besides(&caller, &body, idem)).await {
                Ok(Found::All(ground)) => ground,
                Ok(Found::Nowhere(rows)) => {
                    // Who has left the org since can still ask what became of their request.
                    return match Idem::found(idem, &rows, now)? {
                        Some(record) => show(&app, &caller, record.id("case")?, &body).await,
                        None => Err(Error::not_found()),
                    };
                }
                Ok(Found::Moved) | Err(Error::Store(StoreError::Conflict)) => {
                    tries.again().await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
        if let Some(record) = Idem::found(idem, &ground.rows, now)? {
            return show(&app, &caller, record.id("case")?, &body).await;
        }
        ground.allows(&body, now)?;
        let mut plan = Plan::make(&app, &caller, &ground, &body, case, now).await?;
        refuse_reference(&caller, &body, &ground)?;
        // What is shared by itself must not keep the case from being made.
        loop {
            let making = Making { caller: &caller, ground: &ground, body: &body, plan: &plan, now };
            match making.writes(0, idem) {
                Err(error) if error.code() == Code::TooManyChanges && plan.leave_one(now) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let making = Making { caller: &caller, ground: &ground, body: &body, plan: &plan, now };
        let number = if let Some(number) = number {
            number
        } else {
            // What does not fit has been refused before anything is counted or drawn for it.
            let invited = invited(&plan);
            app.table.count_invitations(caller.user, Some(&body.org), &invited, now).await?;
            *number.insert(app.table.next_number(&body.org).await?)
        };
        match app.table.write(making.writes(number, idem)?).await {
            Ok(()) => return show(&app, &caller, case, &body).await,
            // Whether the same request or the same reference came first is seen by reading again.
            Err(StoreError::Conflict | StoreError::Refused { .. }) => tries.again().await?,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What is read besides what the decision leans on.
fn besides(caller: &Caller, body: &NewCase, idem: Option<&Idem>) -> Vec<Key> {
    let reference = body.reference.as_ref();
    let reference = reference.map(|of| reference_key(&body.org, caller.user, of));
    idem.map(Idem::key).into_iter().chain(reference).collect()
}

/// Refuses the second case of one creator with one reference.
fn refuse_reference(caller: &Caller, body: &NewCase, ground: &Ground) -> Result<(), Error> {
    let Some(reference) = &body.reference else {
        return Ok(());
    };
    let key = reference_key(&body.org, caller.user, reference);
    let Some(row) = ground.rows.get(&key) else {
        return Ok(());
    };
    let case = row::text(row, "case").parse().map_err(StoreError::odd)?;
    let fault = Fault::at("/reference", Code::ReferenceTaken.meaning());
    Err(Error::of(Code::ReferenceTaken).with(fault).case(case))
}

/// The addresses to which an invitation will go.
fn invited(plan: &Plan) -> Vec<&Address> {
    plan.shares
        .iter()
        .filter(|(_, planned)| matches!(planned.way, Way::AfterAccepting | Way::AsGuest))
        .filter_map(|(_, planned)| planned.address.as_ref())
        .collect()
}

/// The case that was made, by this request or by the same one before, as of now.
async fn show(
    app: &App,
    caller: &Caller,
    case: CaseId,
    body: &NewCase,
) -> Result<Answer<CreatedCase>, Error> {
    let now = app.clock.now();
    let mut ask = read::ask(caller, case);
    if !body.share.is_empty() {
        let profiles = body.share.iter().filter_map(|share| share.profile.as_ref());
        let own = profiles.filter(|of| built_in(&of.name).is_none());
        ask.first.extend(own.map(|of| keys::profile(&of.org, &of.name)));
        for org in partners(body) {
            ask.first.extend(link_keys(&body.org, &org));
            ask.first.push(keys::org(&org));
        }
        let grants = Query::rows(keys::case_partition(case)).prefix(keys::GRANT_PREFIX);
        ask = ask.page(grants);
    }
    let seen = app.table.look(caller, case, now, &ask).await?.seen();
    let seen = seen.ok_or_else(Error::not_found)?;
    let shares = if body.share.is_empty() || !seen.access.sees_shares() {
        None
    } else {
        let grants = seen.page.rows.iter().map(row::read).collect::<Result<Vec<_>, _>>()?;
        let shown = grants.iter().map(|grant| ShareView::of(grant, &seen.rows, now));
        Some(shown.collect::<Result<Vec<_>, _>>()?)
    };
    let details = read::details(&seen)?;
    let version = details.version;
    let case = read::case(&seen, details);
    Ok(Answer::created(CreatedCase { case, shares }).version('c', version))
}
