//! Sending an invitation again: a new generation, which kills the old link.

use axum::extract::State;
use shared::access::{GrantState, MemberKind};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{CaseId, ShareId};
use shared::inviting;
use shared::model::{
    Event, EventKind, Grant, Invitation, InvitationState, InvitedMember, MailState,
};
use shared::rights::Flag;
use shared::sharing::{ShareView, find_share, keys_of_moved, keys_of_share, keys_to_end};
use shared::store::{
    Ask, AttributeValue, Change, Condition, First, Key, Outcome, RowBuilder, Seen, StoreError,
    Tries, Write, keys, row,
};

use crate::body::Resend;

/// Sends an invitation again
///
/// The new link works for as long as a first one; the old link is dead. Also after it has expired,
/// bounced or been declined.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/shares/{share}/resend",
    tag = "share",
    operation_id = "resend_invitation",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("share" = ShareId, Path, description = "The share."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Resend,
    responses(
        (status = 200, description = "The share as it is now.", body = ShareView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`not_pending`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`guests_refused`, `key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`mail_limit`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn resend_invitation(
    State(app): State<App>,
    caller: Caller,
    Path((case, share)): Path<(CaseId, ShareId)>,
    Post { body, idem }: Post<Resend>,
) -> Result<Answer<ShareView>, Error> {
    let mut tries = Tries::default();
    let mut counted = false;
    loop {
        let second = |first: &First| second(first, case, &share);
        let ask =
            Ask::rows(keys_of_share(case, &share)).and(idem.as_ref().map(Idem::key)).then(&second);
        let look = app.table.look(&caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let grant = find_share(&seen, &share)?
            .filter(|grant| crate::read::shows(&seen.access, &seen, grant))
            .ok_or_else(Error::not_found)?;
        if let Some(record) = Idem::found(idem.as_ref(), &seen.rows, seen.now)? {
            let view = ShareView::of(&grant, &seen.rows, seen.now)?;
            return Ok(Answer::replayed(record.status, view));
        }
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        let invitation = ticket(&seen, &grant)?;
        if !counted {
            let owner = Some(&seen.head.owner);
            let to = [&invitation.address];
            app.table.count_invitations(caller.user, owner, &to, seen.now).await?;
            counted = true;
        }
        let kind = Some(MemberKind::Guest);
        let until = inviting::expires_at(&seen.org.settings, kind, seen.now);
        let until = grant.window.expires_at.map_or(until, |end| end.min(until));
        let fresh = Invitation {
            generation: invitation.generation + 1,
            inviter: caller.user,
            inviter_name: seen.my_name(),
            message: body.message.clone().or(invitation.message.clone()),
            state: InvitationState::Invited,
            invited_at: seen.now,
            expires_at: until,
            mail: MailState::Queued,
            mail_reason: None,
            ..invitation.clone()
        };
        let renewed = Grant {
            state: GrantState::Pending,
            version: grant.version + 1,
            invitation_expires_at: Some(until),
            mail: MailState::Queued,
            mail_reason: None,
            ..grant.clone()
        };
        let mut change = Change::new(&seen, event(&seen, &grant));
        change.write(Write::Put(
            inviting::invitation_row(&fresh, seen.now)?,
            Some(Condition::is("generation", invitation.generation)),
        ));
        let principal = keys::granted_to(&renewed.recipient);
        let row = RowBuilder::new(keys::grant(case, &renewed.share), &renewed)?
            .listed(keys::case_under(principal, case));
        let condition = Condition::is("version", grant.version);
        change.write(Write::Put(row.build(), Some(condition)));
        change.write_all(guest_row(&seen, &grant, &fresh)?);
        if let Some(idem) = &idem {
            change.remember(Some(idem.record(seen.now, 200, [])?), seen.now);
        }
        match app.table.commit(change).await? {
            Outcome::Done => {
                return Ok(Answer::ok(ShareView::of(&renewed, &seen.rows, seen.now)?));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// What round two reads: the share under its present id, and its ticket.
fn second(first: &First, case: CaseId, share: &ShareId) -> Vec<Key> {
    let grant: Option<Grant> =
        row::read_if(first.rows.get(&keys::grant(case, share))).ok().flatten();
    let ticket = grant.as_ref().and_then(|grant| grant.invitation).map(keys::invitation);
    let guest = grant
        .zip(first.facts.head.as_ref())
        .and_then(|(grant, head)| keys_to_end(&grant, &head.owner));
    keys_of_moved(first, case, share).into_iter().chain(ticket).chain(guest).collect()
}

/// The invitee stays a guest-to-be for as long as the new ticket.
fn guest_row(seen: &Seen, grant: &Grant, fresh: &Invitation) -> Result<Option<Write>, StoreError> {
    let Some(key) = keys_to_end(grant, &seen.head.owner) else {
        return Ok(None);
    };
    let invited: Option<InvitedMember> = seen.row(&key)?;
    let same = invited.filter(|invited| invited.invitation == fresh.id);
    Ok(same.map(|_| {
        let until = AttributeValue::S(fresh.expires_at.to_string());
        Write::set(key, vec![("expires_at", until)], Condition::reads("invitation", fresh.id))
    }))
}

/// The ticket of a share that is not accepted yet.
fn ticket(seen: &Seen, grant: &Grant) -> Result<Invitation, Error> {
    let invitation = match grant.invitation {
        Some(id) if grant.state != GrantState::Active => {
            seen.row::<Invitation>(&keys::invitation(id))?
        }
        _ => None,
    };
    let invitation = invitation.ok_or_else(|| Error::of(Code::NotPending))?;
    // Policy holds on every way to an invitation; members are no guests.
    let guest = matches!(grant.recipient, shared::id::Recipient::Email(_));
    if guest && !seen.org.settings.admits_guest(Some(&invitation.address)) {
        return Err(Error::of(Code::GuestsRefused));
    }
    Ok(invitation)
}

fn event(seen: &Seen, grant: &Grant) -> Event {
    let mut what = serde_json::Map::new();
    what.insert("recipient".to_owned(), grant.recipient.to_string().into());
    Event {
        kind: EventKind::ShareResent,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: vec![grant.share.clone()],
        what,
    }
}
