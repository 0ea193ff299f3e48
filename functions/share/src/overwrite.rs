//! Replacing the whole list.

use std::collections::HashMap;

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Body, IfMatch, Path};
use shared::id::{CaseId, Recipient};
use shared::model::{Event, EventKind, Grant};
use shared::rights::Flag;
use shared::sharing::{
    CHANGES, Ground, Planned, ShareView, Sharer, Wish, add, change_given, check_window, end,
    first_keys, keys_to_end, needs_details, plan, second_keys, told,
};
use shared::store::{Ask, Change, First, Key, Outcome, Row, Seen, Tries, Write};

use crate::body::{SharesReplaced, WholeList};
use crate::create::invited;
use crate::effective::{show, with_profiles};

/// Replaces the whole list of people and groups
///
/// Who is in the list has what it says; all other people and groups have nothing any more. Orgs and
/// units may stand in the list too; those that do not are left as they are. Shares that stay as
/// they are, are not touched: nobody is invited again.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/shares",
    tag = "share",
    operation_id = "replace_shares",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the list that is to be replaced."),
    ),
    request_body = WholeList,
    responses(
        (status = 200, description = "The list as it is now.", body = SharesReplaced),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`, and for orgs `write` on the details", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the case, or a group that is not yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`case_restricted`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`given_unclear`, `unknown_profile`, `in_the_past`, `window_backwards`, `same_recipient`, `with_oneself`, `with_own_org`, `not_linked`, `link_not_approved`, `link_disabled`, `link_not_begun`, `link_ended`, `link_one_way`, `partner_locked`, `unknown_unit`, `unknown_recipient`, `recipient_locked`, `use_external_access`, `guests_refused`, `undeliverable`, `too_many_changes`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`mail_limit`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn replace_shares(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    if_match: IfMatch,
    Body(body): Body<WholeList>,
) -> Result<Answer<SharesReplaced>, Error> {
    let wishes = body.wishes()?;
    let mut tries = Tries::default();
    let mut counted = false;
    loop {
        let (seen, rows, old) = look(&app, &caller, case, &wishes).await?;
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        if_match.holds('s', seen.head.access_version)?;
        needs_details(&wishes, &seen.access)?;
        let planned = plan(&wishes, &Ground::of(&seen, &rows).among(&old))?;
        let steps = steps(planned, old, &seen)?;
        if steps.added.is_empty() && steps.changed.is_empty() && steps.removed.is_empty() {
            return answer(&app, &seen, rows, steps, Vec::new(), seen.head.access_version).await;
        }
        if !counted {
            let owner = Some(&seen.head.owner);
            let addresses = invited(&steps.added);
            app.table.count_invitations(caller.user, owner, &addresses, seen.now).await?;
            counted = true;
        }

        let event = event(&seen, &steps);
        let mut change = Change::new(&seen, event.clone());
        let added = steps.added.iter().map(|one| (&one.recipient, &one.share));
        let changed = steps.changed.iter().map(|(grant, _)| (&grant.recipient, &grant.share));
        change.tell(told(&event, added.chain(changed)));
        let mut writes: Vec<Write> = Vec::new();
        let sharer = Sharer {
            user: caller.user,
            name: seen.my_name(),
            org: &seen.org,
            message: body.message.clone(),
        };
        for grant in &steps.removed {
            end(&mut writes, grant, &seen.head.owner, &rows, true, seen.now)?;
        }
        let mut made = Vec::new();
        for one in &steps.added {
            made.push(add(&mut writes, case, one, &sharer, change.version(), seen.now)?);
        }
        for (before, one) in &steps.changed {
            let given = one.given.clone();
            made.push(change_given(
                &mut writes,
                before,
                given,
                one.window,
                before.link.clone(),
                seen.now,
            )?);
        }
        if CHANGES < change.size() + writes.len() {
            return Err(Error::at(Code::TooManyChanges, "/shares"));
        }
        change.write_all(writes);
        let version = change.version();
        match app.table.commit(change).await? {
            Outcome::Done => return answer(&app, &seen, rows, steps, made, version).await,
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The check, with all that the recipients are and all grants that there are.
async fn look(
    app: &App,
    caller: &Caller,
    case: CaseId,
    wishes: &[Wish],
) -> Result<(Seen, HashMap<Key, Row>, Vec<Grant>), Error> {
    let recipients = || wishes.iter().map(|wish| &wish.recipient);
    let given = || wishes.iter().map(|wish| &wish.given);
    let ask = Ask::rows(first_keys(case, recipients()));
    let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    // More recipients than a second round can hold. The head's version, which the transaction
    // checks, guards what is read here: no grant can have moved.
    let first = First {
        facts: seen.facts.clone(),
        whole: seen.whole,
        me: seen.me.clone(),
        rows: seen.rows.clone(),
    };
    let grants = app.table.grants_of(&seen).await?;
    let mut wanted = Vec::new();
    for part in wishes.chunks(20) {
        wanted.extend(second_keys(&first, case, part.iter().map(|wish| &wish.recipient), given()));
    }
    wanted.extend(grants.iter().filter_map(|grant| keys_to_end(grant, &seen.head.owner)));
    let mut rows = seen.rows.clone();
    rows.extend(app.table.get_many(wanted).await?);
    Ok((seen, rows, grants))
}

/// What has to happen for the list to be as wished.
struct Steps {
    /// Shares to make.
    added: Vec<Planned>,
    /// Shares that give something else, or at another time.
    changed: Vec<(Grant, Planned)>,
    /// Shares that stay as they are.
    kept: Vec<Grant>,
    /// Shares that end.
    removed: Vec<Grant>,
}

fn steps(planned: Vec<Planned>, old: Vec<Grant>, seen: &Seen) -> Result<Steps, Error> {
    let mut steps =
        Steps { added: Vec::new(), changed: Vec::new(), kept: Vec::new(), removed: Vec::new() };
    let mut stays = Vec::new();
    for one in planned {
        stays.extend(one.before.as_ref().map(|before| before.share.clone()));
        match one.standing(seen.now).cloned() {
            Some(before) if before.given == one.given && before.window == one.window => {
                steps.kept.push(before);
            }
            Some(before) => {
                check_change(&before, &one, seen)?;
                steps.changed.push((before, one));
            }
            None => {
                check_window(one.window, seen.now, &one.place)?;
                steps.added.push(one);
            }
        }
    }
    // The list is one of people and groups: orgs and units may stand in it, and stay without.
    let ends = |grant: &Grant| {
        let over_link = matches!(grant.recipient, Recipient::Org(_) | Recipient::Unit(_));
        !over_link && !stays.contains(&grant.share)
    };
    steps.removed = old.into_iter().filter(ends).collect();
    Ok(steps)
}

/// A window that began may stay as it is; what is new in it must be possible.
fn check_change(before: &Grant, one: &Planned, seen: &Seen) -> Result<(), Error> {
    let mut window = one.window;
    if window.valid_from == before.window.valid_from {
        window.valid_from = window.valid_from.map(|from| from.max(seen.now));
    }
    check_window(window, seen.now, &one.place)
}

async fn answer(
    app: &App,
    seen: &Seen,
    rows: HashMap<Key, Row>,
    steps: Steps,
    made: Vec<Grant>,
    version: u64,
) -> Result<Answer<SharesReplaced>, Error> {
    let planned: Vec<Planned> =
        steps.added.iter().chain(steps.changed.iter().map(|(_, one)| one)).cloned().collect();
    let mut rows = with_profiles(&app.table, seen, &planned, rows).await?;
    rows.extend(app.table.get_many(ShareView::lean_on(&steps.kept)).await?);
    let mut items = steps
        .kept
        .iter()
        .map(|grant| Ok(ShareView::of(grant, &rows, seen.now)?))
        .collect::<Result<Vec<_>, Error>>()?;
    for (grant, one) in made.iter().zip(&planned) {
        items.push(show(grant, one, seen, &rows)?);
    }
    let replaced = SharesReplaced {
        items,
        added: steps.added.len(),
        changed: steps.changed.len(),
        removed: steps.removed.len(),
    };
    Ok(Answer::ok(replaced).version('s', version))
}

/// "Shares replaced", with who came, changed and went.
fn event(seen: &Seen, steps: &Steps) -> Event {
    let names = |recipients: Vec<&Recipient>| {
        recipients.into_iter().map(|recipient| recipient.to_string().into()).collect()
    };
    let mut what = serde_json::Map::new();
    let added = steps.added.iter().map(|one| &one.recipient).collect();
    let changed = steps.changed.iter().map(|(_, one)| &one.recipient).collect();
    let removed = steps.removed.iter().map(|grant| &grant.recipient).collect();
    for (word, recipients) in [("added", added), ("changed", changed), ("removed", removed)] {
        what.insert(word.to_owned(), serde_json::Value::Array(names(recipients)));
    }
    let shares = steps.added.iter().map(|one| &one.share);
    let shares = shares.chain(steps.changed.iter().map(|(before, _)| &before.share));
    let shares = shares.chain(steps.removed.iter().map(|grant| &grant.share));
    Event {
        kind: EventKind::SharesReplaced,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: shares.cloned().collect(),
        what,
    }
}
