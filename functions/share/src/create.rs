//! Sharing with more recipients.

use std::collections::HashMap;

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem, Path, Post, Record};
use shared::id::{CaseId, ShareId};
use shared::model::{Event, EventKind, Grant};
use shared::rights::Flag;
use shared::sharing::{
    Ground, PARTNER_ORGS, Planned, SHARE_NAMES, ShareView, Sharer, Way, Wish, add, check_window,
    first_keys, needs_details, plan, second_keys, told,
};
use shared::store::{Ask, Change, First, Key, Outcome, Row, Seen, Tries, keys, row};

use crate::body::{NewShares, SharesMade};
use crate::effective::{show, with_profiles};

/// Shares a case with more recipients
///
/// Members of the owner org and groups have it at once; all others are invited and accept first.
/// All recipients are checked before anything is written; one that is refused refuses the request.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/shares",
    tag = "share",
    operation_id = "share_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = NewShares,
    responses(
        (status = 201, description = "The shares made, in the order of the recipients.", body = SharesMade),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`, and for orgs `write` on the details", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the case, or a group that is not yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`already_shared`, `case_restricted`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`given_unclear`, `unknown_profile`, `in_the_past`, `window_backwards`, `same_recipient`, `with_oneself`, `with_own_org`, `not_linked`, `link_not_approved`, `link_disabled`, `link_not_begun`, `link_ended`, `link_one_way`, `partner_locked`, `unknown_unit`, `too_many_partners`, `bulk_not_supported`, `unknown_recipient`, `recipient_locked`, `use_external_access`, `guests_refused`, `undeliverable`, `key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`mail_limit`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn share_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewShares>,
) -> Result<Answer<SharesMade>, Error> {
    let wishes = body.wishes()?;
    let mut tries = Tries::default();
    let mut counted = false;
    loop {
        let now = app.clock.now();
        let seen = look(&app, &caller, case, &wishes, idem.as_ref()).await?;
        if let Some(record) = Idem::found(idem.as_ref(), &seen.rows, now)? {
            return replay(&app, &seen, &record).await;
        }
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        let window = wishes.first().map(|wish| wish.window).unwrap_or_default();
        check_window(window, now, "")?;
        needs_details(&wishes, &seen.access)?;
        let planned = plan(&wishes, &Ground::of(&seen, &seen.rows))?;
        refuse_shared(&planned, &seen)?;
        refuse_too_many(&app, &planned, &seen).await?;
        if !counted {
            let addresses = invited(&planned);
            app.table
                .count_invitations(caller.user, Some(&seen.head.owner), &addresses, now)
                .await?;
            counted = true;
        }

        let event = event(&seen, &planned);
        let mut change = Change::new(&seen, event.clone());
        let others = planned.iter().map(|one| (&one.recipient, &one.share));
        change.tell(told(&event, others));
        let sharer = Sharer {
            user: caller.user,
            name: seen.my_name(),
            org: &seen.org,
            message: body.message.clone(),
        };
        let generation = change.version();
        let mut writes = Vec::new();
        let grants = planned
            .iter()
            .map(|one| add(&mut writes, case, one, &sharer, generation, now))
            .collect::<Result<Vec<Grant>, Error>>()?;
        change.write_all(writes);
        if let Some(idem) = &idem {
            let ids = SHARE_NAMES.into_iter().zip(grants.iter().map(|one| one.share.to_string()));
            change.remember(Some(idem.record(now, 201, ids)?), now);
        }
        match app.table.commit(change).await? {
            Outcome::Done => {
                let rows = seen.rows.clone();
                let rows = with_profiles(&app.table, &seen, &planned, rows).await?;
                let shown = grants.iter().zip(&planned);
                let items = shown
                    .map(|(grant, planned)| show(grant, planned, &seen, &rows))
                    .collect::<Result<_, Error>>()?;
                return Ok(Answer::created(SharesMade { items }));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The check, with all that the recipients are.
async fn look(
    app: &App,
    caller: &Caller,
    case: CaseId,
    wishes: &[Wish],
    idem: Option<&Idem>,
) -> Result<Seen, Error> {
    let recipients = || wishes.iter().map(|wish| &wish.recipient);
    let second = |first: &First| {
        second_keys(first, case, recipients(), wishes.iter().take(1).map(|wish| &wish.given))
    };
    let ask = Ask::rows(first_keys(case, recipients())).and(idem.map(Idem::key)).then(&second);
    let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
    look.seen().ok_or_else(Error::not_found)
}

/// Names those with whom the case is shared already: `POST` only adds.
fn refuse_shared(planned: &[Planned], seen: &Seen) -> Result<(), Error> {
    let open = |one: &&Planned| one.standing(seen.now).is_some();
    let mut taken = planned.iter().filter(open).peekable();
    if taken.peek().is_none() {
        return Ok(());
    }
    let refusal = Error::of(Code::AlreadyShared);
    Err(taken.fold(refusal, |refusal, one| {
        refusal.with(Fault::at(&one.pointer, Code::AlreadyShared.meaning()))
    }))
}

/// A case is shared with so many orgs and no more.
async fn refuse_too_many(app: &App, planned: &[Planned], seen: &Seen) -> Result<(), Error> {
    let more = planned.iter().filter(|one| one.link.is_some() && one.before.is_none()).count();
    if more == 0 {
        return Ok(());
    }
    let grants = app.table.grants_of(seen).await?;
    let count = grants.iter().filter(|grant| grant.recipient.org().is_some()).count();
    if PARTNER_ORGS < count + more {
        return Err(Error::at(Code::TooManyPartners, "/recipients"));
    }
    Ok(())
}

/// The addresses to which an invitation goes.
pub(crate) fn invited(planned: &[Planned]) -> Vec<&shared::address::Address> {
    planned
        .iter()
        .filter(|one| matches!(one.way, Way::AfterAccepting | Way::AsGuest))
        .filter_map(|one| one.address.as_ref())
        .collect()
}

/// "Case shared", with whom, what and until when.
fn event(seen: &Seen, planned: &[Planned]) -> Event {
    let mut what = serde_json::Map::new();
    let recipients = planned.iter().map(|one| one.recipient.to_string().into());
    what.insert("recipients".to_owned(), serde_json::Value::Array(recipients.collect()));
    if let Some(one) = planned.first() {
        what.insert("gives".to_owned(), serde_json::json!(one.given));
        for (name, at) in
            [("valid_from", one.window.valid_from), ("expires_at", one.window.expires_at)]
        {
            if let Some(at) = at {
                what.insert(name.to_owned(), at.to_string().into());
            }
        }
    }
    Event {
        kind: EventKind::CaseShared,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: planned.iter().map(|one| one.share.clone()).collect(),
        what,
    }
}

/// The same answer anew: the shares as they are now, of those that still are.
async fn replay(app: &App, seen: &Seen, record: &Record) -> Result<Answer<SharesMade>, Error> {
    let shares: Vec<ShareId> = record.ids.values().filter_map(|id| id.parse().ok()).collect();
    let wanted = shares.iter().map(|share| keys::grant(seen.case, share));
    let rows: HashMap<Key, Row> = app.table.get_many(wanted).await?;
    let mut items = Vec::new();
    for share in &shares {
        let grant: Option<Grant> = row::read_if(rows.get(&keys::grant(seen.case, share)))?;
        if let Some(grant) = grant.filter(|grant| crate::read::shows(&seen.access, seen, grant)) {
            items.push(ShareView::of(&grant, &seen.rows, seen.now)?);
        }
    }
    Ok(Answer::replayed(record.status, SharesMade { items }))
}
