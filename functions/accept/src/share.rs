//! Accepting and declining a share of a case.

use shared::access::{GrantState, MemberKind, MemberStatus};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::Idem;
use shared::id::{CaseId, Recipient, ShareId};
use shared::model::{Event, EventKind, Grant, Head, Invitation, InvitedMember, Member, NoticeKind};
use shared::sharing::{Known, way};
use shared::store::{
    Ask, AttributeValue, Change, Condition, First, Look, Outcome, RowBuilder, StoreError, Tries,
    Was, Write, given_rights, keys,
};
use shared::text::Name;

use crate::accepting::{Accepted, known_as, owns_address, tell_inviter, used, where_to};
use crate::preview::To;
use crate::ticket;

/// What both answers lean on.
struct Ground {
    look: Look,
    head: Head,
    grant: Grant,
}

/// The check, with the pending grant and what the caller is to the owner org. The case need not be
/// there for the caller; the ticket must.
async fn ground(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    (case, share): (CaseId, &ShareId),
    idem: Option<&Idem>,
) -> Result<Ground, Error> {
    let own = ShareId::of(case, &Recipient::User(caller.user));
    let second = |first: &First| {
        let owner = first.facts.head.as_ref().map(|head| &head.owner);
        owner.map(|owner| keys::invited_member(&invitation.address, owner)).into_iter().collect()
    };
    let ask = Ask::rows([
        keys::grant(case, share),
        keys::grant(case, &own),
        keys::email(&invitation.address),
        keys::invitation(invitation.id),
    ])
    .and(idem.map(Idem::key))
    .then(&second);
    let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
    let grant: Option<Grant> = look.row(&keys::grant(case, share))?;
    let still: Option<Invitation> = look.row(&keys::invitation(invitation.id))?;
    let same =
        still.is_some_and(|now| now.generation == invitation.generation && now.is_open(look.now));
    let head = look.facts.head.clone().filter(|head| !head.gone && same);
    let unlocked = look.org.as_ref().is_some_and(|org| !org.locked)
        && look.me.user.as_ref().is_none_or(|user| !user.locked);
    let grant = grant.filter(|grant| grant.invitation == Some(invitation.id) && unlocked);
    match (head, grant) {
        (Some(head), Some(grant)) => Ok(Ground { look, head, grant }),
        _ => Err(Error::not_found()),
    }
}

/// Accepts: the pending grant becomes the caller's own, active, under a new id that the old one
/// still finds; who is no member of the owner org becomes its guest.
pub(crate) async fn accept(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    about: (CaseId, &ShareId),
    name: Option<Name>,
    idem: Option<&Idem>,
) -> Result<Accepted, Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let ground = ground(app, caller, invitation, about, idem).await?;
        let name = name.clone().or_else(|| ground.look.my_name());
        let (change, accepted) = accepting(app, &ground, invitation, name.as_ref(), idem)?;
        match app.table.commit(change).await? {
            Outcome::Done => return Ok(accepted),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

fn accepting(
    app: &App,
    Ground { look, head, grant }: &Ground,
    invitation: &Invitation,
    name: Option<&Name>,
    idem: Option<&Idem>,
) -> Result<(Change, Accepted), Error> {
    let (case, now, caller) = (look.case, look.now, &look.caller);
    let membership = membership(look, head, invitation, name)?;
    let mut change = Change::of(head, look, event(look, head, grant, EventKind::ShareAccepted));
    let recipient = Recipient::User(caller.user);
    let share = ShareId::of(case, &recipient);
    let held: Option<Grant> = look.row(&keys::grant(case, &share))?;
    let held = held.filter(|held| held.share != grant.share);
    let active = Grant {
        share: share.clone(),
        recipient: recipient.clone(),
        state: GrantState::Active,
        generation: change.version(),
        version: grant.version.max(held.as_ref().map_or(0, |held| held.version)) + 1,
        name: name.cloned(),
        address: caller.address.clone(),
        invitation: None,
        invitation_expires_at: None,
        ..better(held.as_ref(), grant, look)?
    };
    let row = RowBuilder::new(keys::grant(case, &share), &active)?
        .listed(keys::case_under(keys::granted_to(&recipient), case))
        .build();
    if grant.share == share {
        change.write(Write::Put(row, Some(Condition::is("version", grant.version))));
    } else {
        let condition = held
            .as_ref()
            .map_or_else(Condition::absent, |held| Condition::is("version", held.version));
        change.write(Write::Put(row, Some(condition)));
        let pending = Condition::is("version", grant.version);
        change.write(Write::Delete(keys::grant(case, &grant.share), Some(pending)));
        let was = Was { was: grant.share.clone(), now: share.clone() };
        change
            .write(Write::Put(RowBuilder::new(keys::was(case, &grant.share), &was)?.build(), None));
    }
    change.write(used(invitation, "accepted"));
    change.write(tell_inviter(invitation, NoticeKind::Accepted, now)?);
    change.write_all(owns_address(caller, look.rows.get(&keys::email(&invitation.address)))?);
    change.write_all(no_longer_invited(look, head, invitation)?);
    if membership.is_some() || look.me.user.is_none() {
        change.raise_actor(known_as(caller, name));
    }
    change.write_all(membership);
    let accepted = Accepted {
        to: To::Share,
        case: Some(case),
        share: Some(share),
        org: Some(head.owner.clone()),
        group: None,
        open: where_to(app, Some(case)),
    };
    if let Some(idem) = idem {
        change.remember(Some(idem.record(now, 200, accepted.ids())?), now);
    }
    Ok((change, accepted))
}

/// Of a grant that the caller holds already and the one accepted, the more permissive; the accepted
/// one where neither is.
fn better(held: Option<&Grant>, accepted: &Grant, look: &Look) -> Result<Grant, StoreError> {
    if let Some(held) = held.filter(|held| shared::sharing::open_grant(held, look.now)) {
        let gives = |grant: &Grant| given_rights(&grant.given, &look.rows);
        let longer = match (held.window.expires_at, accepted.window.expires_at) {
            (None, _) => true,
            (Some(held), Some(accepted)) => accepted <= held,
            (Some(_), None) => false,
        };
        if longer && gives(held)?.covers(gives(accepted)?) {
            return Ok(held.clone());
        }
    }
    Ok(accepted.clone())
}

/// The write that makes the caller a guest of the owner org, if they are no member.
fn membership(
    look: &Look,
    head: &Head,
    invitation: &Invitation,
    name: Option<&Name>,
) -> Result<Option<Write>, Error> {
    let member = look.me.in_org(&head.owner);
    let known =
        Known { member, invited: None, address: Some(&invitation.address), complained: false };
    // Policy holds when a share is accepted as when it is made.
    if let Some(org) = &look.org {
        way(known, &org.settings).map_err(Error::of)?;
    }
    let condition = match member {
        Some(member) if member.status == MemberStatus::Active => return Ok(None),
        Some(member) => Condition::is("version", member.version),
        None => Condition::absent(),
    };
    let guest = Member {
        user: look.caller.user,
        org: head.owner.clone(),
        kind: MemberKind::Guest,
        profile: None,
        status: MemberStatus::Active,
        name: name.cloned(),
        address: look.caller.address.clone(),
        since: look.now,
        version: member.map_or(1, |member| member.version + 1),
    };
    let index =
        keys::member_under(&head.owner, look.caller.address.as_ref(), Some(look.caller.user));
    let row = RowBuilder::new(keys::member(look.caller.user, &head.owner), &guest)?;
    Ok(Some(Write::Put(row.listed(index).build(), Some(condition))))
}

/// The write that ends the invitation to be a guest, by address; who is invited as more than a
/// guest stays invited.
fn no_longer_invited(
    look: &Look,
    head: &Head,
    invitation: &Invitation,
) -> Result<Option<Write>, StoreError> {
    let key = keys::invited_member(&invitation.address, &head.owner);
    let invited: Option<InvitedMember> = look.row(&key)?;
    Ok(invited.filter(|invited| invited.kind == MemberKind::Guest).map(|invited| {
        let same = Condition::reads("invitation", invited.invitation);
        Write::Delete(key, Some(same))
    }))
}

/// Declines: the share stays in the list as declined, and can be made again.
pub(crate) async fn decline(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    about: (CaseId, &ShareId),
    idem: Option<&Idem>,
) -> Result<(), Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let Ground { look, head, grant } = ground(app, caller, invitation, about, idem).await?;
        let told = event(&look, &head, &grant, EventKind::ShareDeclined);
        let mut change = Change::of(&head, &look, told);
        let version = AttributeValue::N((grant.version + 1).to_string());
        change.write(Write::set(
            keys::grant(look.case, &grant.share),
            vec![("state", AttributeValue::S("declined".to_owned())), ("version", version)],
            Condition::is("version", grant.version),
        ));
        change.write(used(invitation, "declined"));
        change.write(tell_inviter(invitation, NoticeKind::Declined, look.now)?);
        let key = keys::invited_member(&invitation.address, &head.owner);
        let invited: Option<InvitedMember> = look.row(&key)?;
        if invited.is_some_and(|invited| {
            invited.kind == MemberKind::Guest && invited.invitation == invitation.id
        }) {
            let same = Condition::reads("invitation", invitation.id);
            change.write(Write::Delete(key, Some(same)));
        }
        if let Some(idem) = idem {
            change.remember(Some(idem.record(look.now, 204, [])?), look.now);
        }
        match app.table.commit(change).await? {
            Outcome::Done => return Ok(()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

fn event(look: &Look, head: &Head, grant: &Grant, kind: EventKind) -> Event {
    let mut what = serde_json::Map::new();
    what.insert("recipient".to_owned(), grant.recipient.to_string().into());
    let own = ShareId::of(look.case, &Recipient::User(look.caller.user));
    let mut shares = vec![grant.share.clone()];
    if kind == EventKind::ShareAccepted && own != grant.share {
        shares.push(own);
    }
    Event {
        kind,
        at: look.now,
        actor: look.caller.actor(look.my_name().as_ref()),
        org: head.owner.clone(),
        case: Some(look.case),
        item: None,
        shares,
        what,
    }
}

#[cfg(test)]
mod tests {
    use shared::error::Code;

    use super::*;

    #[test]
    fn a_locked_member_cannot_come_back_as_a_guest() {
        let address = "ada@example.com".parse().unwrap();
        let member = Member {
            user: shared::id::UserId::of("issuer", "ada"),
            org: "acme".parse().unwrap(),
            kind: MemberKind::Guest,
            profile: None,
            status: MemberStatus::Locked,
            name: None,
            address: None,
            since: jiff::Timestamp::UNIX_EPOCH,
            version: 1,
        };
        let known = Known { member: Some(&member), address: Some(&address), ..Known::default() };
        let settings = shared::model::OrgSettings::default();
        assert_eq!(way(known, &settings), Err(Code::RecipientLocked));
    }
}
