//! Accepting and declining membership of a group.

use shared::access::MemberStatus;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::Idem;
use shared::id::GroupId;
use shared::model::{Group, GroupInvitee, GroupMember, Invitation, NoticeKind};
use shared::store::{
    Condition, Outcome, RowBuilder, Tries, UserRows, Write, authority, keys, remembered, row,
};
use shared::text::Name;

use crate::accepting::{Accepted, known_as, owns_address, tell_inviter, used, where_to};
use crate::preview::To;
use crate::ticket;

/// The most groups that one user can be in.
const GROUPS: usize = 256;

/// What both answers lean on.
struct Ground {
    me: UserRows,
    group: Group,
    rows: std::collections::HashMap<shared::store::Key, shared::store::Row>,
}

async fn ground(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    group: GroupId,
) -> Result<Ground, Error> {
    let key = keys::group_invitee(&invitation.address, group);
    let me = app.table.standings(caller).await?;
    let rows = app
        .table
        .get_many([key.clone(), keys::group(group), keys::email(&invitation.address)])
        .await?;
    let invited: Option<GroupInvitee> = row::read_if(rows.get(&key))?;
    let unlocked = me.user.as_ref().is_none_or(|user| !user.locked);
    let group: Option<Group> = row::read_if(rows.get(&keys::group(group)))?;
    let still = invited.is_some_and(|invited| invited.invitation == invitation.id) && unlocked;
    let group = group.filter(|group| !group.gone && still).ok_or_else(Error::not_found)?;
    Ok(Ground { me, group, rows })
}

/// Accepts: the caller is a member from now on, and reaches what is shared with the group.
pub(crate) async fn accept(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    group: GroupId,
    name: Option<Name>,
    idem: Option<&Idem>,
) -> Result<Accepted, Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let Ground { me, group: row, rows } = ground(app, caller, invitation, group).await?;
        if GROUPS <= me.groups.len() && me.in_group(group).is_none() {
            return Err(Error::of(Code::TooManyGroups));
        }
        let now = app.clock.now();
        let known = me.user.as_ref().and_then(|user| user.name.clone());
        let name = name.clone().or(known).or(caller.name.clone());
        let member = GroupMember {
            group,
            user: caller.user,
            owner: row.owner,
            name: name.clone(),
            address: caller.address.clone(),
            state: MemberStatus::Active,
            since: now,
        };
        let index = keys::group_member_under(group, caller.user.as_str());
        let key = keys::group_member(caller.user, group);
        let member = RowBuilder::new(key, &member)?.listed(index).build();
        let accepted = Accepted {
            to: To::Group,
            case: None,
            share: None,
            org: None,
            group: Some(group),
            open: where_to(app, None),
        };
        let mut writes = Vec::new();
        if let Some(idem) = idem {
            writes.push(remembered(idem.record(now, 200, accepted.ids())?, now));
        }
        let known_as = known_as(caller, name.as_ref());
        writes.push(authority(caller.user, me.authority_version(), Some(known_as)));
        writes.push(Write::Put(member, None));
        writes.push(used(invitation, "accepted"));
        writes.push(no_longer_invited(invitation, group));
        writes.push(tell_inviter(invitation, NoticeKind::Accepted, now)?);
        writes.extend(owns_address(caller, rows.get(&keys::email(&invitation.address)))?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(accepted),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// Declines.
pub(crate) async fn decline(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    group: GroupId,
    idem: Option<&Idem>,
) -> Result<(), Error> {
    ticket::for_caller(invitation, caller)?;
    let mut tries = Tries::default();
    loop {
        let Ground { me, .. } = ground(app, caller, invitation, group).await?;
        let now = app.clock.now();
        let mut writes = Vec::new();
        if let Some(idem) = idem {
            writes.push(remembered(idem.record(now, 204, [])?, now));
        }
        writes.push(authority(caller.user, me.authority_version(), None));
        writes.push(used(invitation, "declined"));
        writes.push(no_longer_invited(invitation, group));
        writes.push(tell_inviter(invitation, NoticeKind::Declined, now)?);
        match app.table.outcome(writes, idem.is_some()).await? {
            Outcome::Done => return Ok(()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

fn no_longer_invited(invitation: &Invitation, group: GroupId) -> Write {
    let key = keys::group_invitee(&invitation.address, group);
    Write::Delete(key, Some(Condition::reads("invitation", invitation.id)))
}
