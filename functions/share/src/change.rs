//! Changing what one share gives, and when.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Body, IfMatch, Path};
use shared::id::{CaseId, Recipient, ShareId};
use shared::model::{Event, EventKind, Grant, GrantWindow, OverLink};
use shared::rights::{Flag, Given, ProfileType, built_in};
use shared::sharing::{
    ShareView, change_given, check_window, find_share, given, keys_of_moved, keys_of_share, told,
};
use shared::store::{Ask, Change, First, Key, Outcome, Seen, Tries, keys, profile_facts};

use crate::body::ShareChange;

/// Changes what one share gives, and when
///
/// At any time, also while it is pending. What it says holds from the next request on.
#[utoipa::path(
    patch,
    path = "/v1/cases/{case}/shares/{share}",
    tag = "share",
    operation_id = "change_share",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("share" = ShareId, Path, description = "The share."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the list of shares."),
    ),
    request_body = ShareChange,
    responses(
        (status = 200, description = "The share as it is now.", body = ShareView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`given_unclear`, `unknown_profile`, `in_the_past`, `window_backwards`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_share(
    State(app): State<App>,
    caller: Caller,
    Path((case, share)): Path<(CaseId, ShareId)>,
    if_match: IfMatch,
    Body(body): Body<ShareChange>,
) -> Result<Answer<ShareView>, Error> {
    body.check()?;
    let wished = if body.gives() {
        Some(given(body.role, body.profile.clone(), body.sections, "")?)
    } else {
        None
    };
    let mut tries = Tries::default();
    loop {
        let second = |first: &First| {
            keys_of_moved(first, case, &share)
                .into_iter()
                .chain(profile_key(wished.as_ref()))
                .collect()
        };
        let ask = Ask::rows(keys_of_share(case, &share)).then(&second);
        let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let grant = find_share(&seen, &share)?
            .filter(|grant| crate::read::shows(&seen.access, &seen, grant))
            .ok_or_else(Error::not_found)?;
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        if matches!(grant.recipient, Recipient::Org(_)) && !seen.access.edits_details() {
            return Err(Error::forbidden("write on details"));
        }
        if_match.holds('s', seen.head.access_version)?;
        let wished = wished.clone().unwrap_or_else(|| grant.given.clone());
        // What stays may name a profile of an org that owned the case before.
        if body.gives() {
            check_profile(&wished, &seen)?;
        }
        let window = new_window(&body, &grant, &seen)?;
        let link = new_link(&body, &grant)?;
        if wished == grant.given && window == grant.window && link == grant.link {
            let rows = app.table.get_many(ShareView::lean_on([&grant])).await?;
            let view = ShareView::of(&grant, &rows, seen.now)?;
            return Ok(Answer::ok(view).version('s', seen.head.access_version));
        }
        let event = event(&seen, &grant, &wished, window, link.as_ref());
        let mut change = Change::new(&seen, event.clone());
        change.tell(told(&event, [(&grant.recipient, &grant.share)]));
        let mut writes = Vec::new();
        let changed = change_given(&mut writes, &grant, wished, window, link, seen.now)?;
        change.write_all(writes);
        let version = change.version();
        match app.table.commit(change).await? {
            Outcome::Done => {
                let profiles = app.table.get_many(ShareView::lean_on([&changed])).await?;
                let view = ShareView::of(&changed, &profiles, seen.now)?;
                return Ok(Answer::ok(view).version('s', version));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

fn profile_key(given: Option<&Given>) -> Option<Key> {
    match given {
        Some(Given::Profile(of)) if built_in(&of.name).is_none() => {
            Some(keys::profile(&of.org, &of.name))
        }
        _ => None,
    }
}

fn check_profile(given: &Given, seen: &Seen) -> Result<(), Error> {
    let Given::Profile(of) = given else {
        return Ok(());
    };
    let facts = profile_facts(&of.org, &of.name, &seen.rows)?;
    let is_known =
        built_in(&of.name).is_some() || seen.rows.contains_key(&keys::profile(&of.org, &of.name));
    if is_known && of.org == seen.head.owner && facts.kind == ProfileType::Organisation {
        Ok(())
    } else {
        let fault = Fault::at("/profile", Code::UnknownProfile.meaning());
        Err(Error::of(Code::UnknownProfile).with(fault))
    }
}

/// The window as it will be: a beginning that is already past may stay.
fn new_window(body: &ShareChange, grant: &Grant, seen: &Seen) -> Result<GrantWindow, Error> {
    let window = GrantWindow {
        valid_from: body.valid_from.unwrap_or(grant.window.valid_from),
        expires_at: body.expires_at.unwrap_or(grant.window.expires_at),
    };
    if body.valid_from.is_none() && body.expires_at.is_none() {
        return Ok(window);
    }
    let mut checked = window;
    if body.valid_from.is_none() {
        checked.valid_from = window.valid_from.map(|from| from.max(seen.now));
    }
    check_window(checked, seen.now, "")?;
    Ok(window)
}

/// What the share has as one with an org, as it will be.
fn new_link(body: &ShareChange, grant: &Grant) -> Result<Option<OverLink>, Error> {
    match (body.insert_targets, grant.link.clone()) {
        (Some(insert_targets), Some(link)) => Ok(Some(OverLink { insert_targets, ..link })),
        (Some(_), None) => Err(Error::invalid("/insert_targets", "is for shares with orgs")),
        (None, link) => Ok(link),
    }
}

fn event(
    seen: &Seen,
    grant: &Grant,
    given: &Given,
    window: GrantWindow,
    link: Option<&OverLink>,
) -> Event {
    let said = |given: &Given, window: GrantWindow, link: Option<&OverLink>| {
        let mut said = serde_json::Map::new();
        said.insert("gives".to_owned(), serde_json::json!(given));
        said.insert("valid_from".to_owned(), serde_json::json!(window.valid_from));
        said.insert("expires_at".to_owned(), serde_json::json!(window.expires_at));
        said.extend(link.map(|link| ("insert_targets".to_owned(), link.insert_targets.into())));
        said
    };
    let what = serde_json::json!({
        "recipient": grant.recipient,
        "before": said(&grant.given, grant.window, grant.link.as_ref()),
        "after": said(given, window, link),
    });
    Event {
        kind: EventKind::ShareChanged,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: vec![grant.share.clone()],
        what: what.as_object().cloned().unwrap_or_default(),
    }
}
