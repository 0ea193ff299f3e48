//! Accepting and declining membership of an org.

use shared::access::MemberStatus;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::Idem;
use shared::id::OrgId;
use shared::model::{Event, EventKind, Invitation, InvitedMember, Member, NoticeKind, Org};
use shared::store::{
    Condition, Outcome, RowBuilder, StoreError, Tries, UserRows, Write, authority, keys, org_event,
    remembered, row,
};
use shared::text::Name;

use crate::accepting::{Accepted, known_as, owns_address, tell_inviter, used, where_to};
use crate::preview::To;
use crate::ticket;

/// What both answers lean on.
struct Ground {
    me: UserRows,
    org: OrgId,
    invited: InvitedMember,
    rows: std::collections::HashMap<shared::store::Key, shared::store::Row>,
}

async fn ground(app: &App, caller: &Caller, invitation: &Invitation) -> Result<Ground, Error> {
    let org = invitation.org.clone().ok_or_else(Error::not_found)?;
    let invited_key = keys::invited_member(&invitation.address, &org);
    let me = app.table.standings(caller).await?;
    let rows = app
        .table
        .get_many([invited_key.clone(), keys::org(&org), keys::email(&invitation.address)])
        .await?;
    let invited: Option<InvitedMember> = row::read_if(rows.get(&invited_key))?;
    let unlocked = row::read_if::<Org>(rows.get(&keys::org(&org)))?.is_some_and(|org| !org.locked)
        && me.user.as_ref().is_none_or(|user| !user.locked);
    let invited = invited
        .filter(|invited| invited.invitation == invitation.id && unlocked)
        .ok_or_else(Error::not_found)?;
    Ok(Ground { me, org, invited, rows })
}

/// Accepts: the caller is an active member of the kind and with the profile that they were invited
/// with.
pub(crate) async fn accept(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    name: Option<Name>,
    idem: Option<&Idem>,
) -> Result<Accepted, Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let Ground { me, org, invited, rows } = ground(app, caller, invitation).await?;
        let now = app.clock.now();
        let known = me.user.as_ref().and_then(|user| user.name.clone());
        let name = name.clone().or(known).or(invited.name.clone()).or(caller.name.clone());
        let before = me.in_org(&org);
        if before.is_some_and(|before| {
            matches!(before.status, MemberStatus::Locked | MemberStatus::Expired)
        }) {
            return Err(Error::of(Code::RecipientLocked));
        }
        let member = Member {
            user: caller.user,
            org: org.clone(),
            kind: invited.kind,
            profile: invited.profile.clone(),
            status: MemberStatus::Active,
            name: name.clone(),
            address: caller.address.clone(),
            since: now,
            version: before.map_or(1, |before| before.version + 1),
        };
        let condition = before
            .map_or_else(Condition::absent, |before| Condition::is("version", before.version));
        let index = keys::member_under(&org, caller.address.as_ref(), Some(caller.user));
        let row = RowBuilder::new(keys::member(caller.user, &org), &member)?.listed(index);
        let accepted = Accepted {
            to: To::Member,
            case: None,
            share: None,
            org: Some(org.clone()),
            group: None,
            open: where_to(app, None),
        };
        let mut writes = Vec::new();
        if let Some(idem) = idem {
            writes.push(remembered(idem.record(now, 200, accepted.ids())?, now));
        }
        let known_as = known_as(caller, name.as_ref());
        writes.push(authority(caller.user, me.authority_version(), Some(known_as)));
        writes.push(Write::Put(row.build(), Some(condition)));
        writes.push(used(invitation, "accepted"));
        writes.push(no_longer_invited(invitation, &org));
        writes.push(tell_inviter(invitation, NoticeKind::Accepted, now)?);
        writes.extend(owns_address(caller, rows.get(&keys::email(&invitation.address)))?);
        writes.push(event(caller, name.as_ref(), &invited, EventKind::MemberJoined, now)?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(accepted),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// Declines: nothing is left of the invitation but its line in the org's history.
pub(crate) async fn decline(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    idem: Option<&Idem>,
) -> Result<(), Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let Ground { me, org, invited, .. } = ground(app, caller, invitation).await?;
        let now = app.clock.now();
        let mut writes = Vec::new();
        if let Some(idem) = idem {
            writes.push(remembered(idem.record(now, 204, [])?, now));
        }
        writes.push(authority(caller.user, me.authority_version(), None));
        writes.push(used(invitation, "declined"));
        writes.push(no_longer_invited(invitation, &org));
        writes.push(tell_inviter(invitation, NoticeKind::Declined, now)?);
        let name = me.user.as_ref().and_then(|user| user.name.clone());
        writes.push(event(caller, name.as_ref(), &invited, EventKind::MemberDeclined, now)?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

fn no_longer_invited(invitation: &Invitation, org: &OrgId) -> Write {
    let key = keys::invited_member(&invitation.address, org);
    Write::Delete(key, Some(Condition::reads("invitation", invitation.id)))
}

fn event(
    caller: &Caller,
    name: Option<&Name>,
    invited: &InvitedMember,
    kind: EventKind,
    now: jiff::Timestamp,
) -> Result<Write, StoreError> {
    let what = serde_json::json!({
        "user": caller.user,
        "email": invited.address,
        "kind": invited.kind,
        "profile": invited.profile,
    });
    let event = Event {
        kind,
        at: now,
        actor: caller.actor(name),
        org: invited.org.clone(),
        case: None,
        item: None,
        shares: Vec::new(),
        what: what.as_object().cloned().unwrap_or_default(),
    };
    org_event(&invited.org, &event)
}
