//! What is read and written to invite somebody to an org.

use jiff::Timestamp;
use serde_json::json;
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::error::{Code, Error};
use shared::id::{InvitationId, OrgId, ProfileName};
use shared::inviting::{expires_at, invitation_row};
use shared::model::{Grant, Invitation, InvitationState, InvitedMember, MailState, Org, Purpose};
use shared::rights::{self, Profile, ProfileType};
use shared::store::{Condition, Key, Query, RowBuilder, StoreError, Table, Write, keys, row};
use shared::text::Name;

use crate::deed::{Deed, number, text};
use crate::look::{Here, Rows};
use crate::views::{Entry, MemberView};

/// How many writes take tickets back at once.
const MOST_WRITES: usize = 90;

/// The profile of a member who is invited without one: what gives least.
pub(crate) fn least(kind: MemberKind) -> Option<ProfileName> {
    match kind {
        MemberKind::Normal | MemberKind::Service => "read-only".parse().ok(),
        MemberKind::External => "external-reader".parse().ok(),
        MemberKind::Guest => None,
    }
}

/// What must be read to know a profile, unless it is built in.
pub(crate) fn profile_key(org: &OrgId, name: Option<&ProfileName>) -> Option<Key> {
    name.filter(|name| rights::built_in(name).is_none()).map(|name| keys::profile(org, name))
}

/// Refuses a profile that is not there, or is for another kind of member.
pub(crate) fn check_profile(
    rows: &Rows,
    org: &OrgId,
    name: &ProfileName,
    kind: MemberKind,
) -> Result<(), Error> {
    let profile = match rights::built_in(name) {
        Some(profile) => Some(profile),
        None => rows.read::<Profile>(&keys::profile(org, name))?,
    };
    let Some(profile) = profile else {
        return Err(Error::at(Code::UnknownProfile, "/profile"));
    };
    if fits(kind, profile.kind) { Ok(()) } else { Err(Error::at(Code::KindMismatch, "/profile")) }
}

/// Whether a profile of this type is for this kind of member.
fn fits(kind: MemberKind, profile: ProfileType) -> bool {
    match kind {
        MemberKind::Normal | MemberKind::Service => profile == ProfileType::Organisation,
        MemberKind::External => profile == ProfileType::External,
        MemberKind::Guest => false,
    }
}

/// Somebody to be invited to an org.
pub(crate) struct Invitee<'a> {
    /// Whom.
    pub(crate) address: &'a Address,
    /// As what.
    pub(crate) kind: MemberKind,
    /// With which profile.
    pub(crate) profile: ProfileName,
    /// By name.
    pub(crate) name: Option<Name>,
}

/// Adds to `deed` what invites somebody, and answers them as they are shown: the ticket, which waits to be mailed, and the row in the
/// roster. It replaces `before`, the row of a guest or of an earlier invitation, whose own ticket
/// is not touched.
pub(crate) fn invite(
    deed: &mut Deed,
    here: &Here,
    org: &Org,
    id: InvitationId,
    invitee: Invitee<'_>,
    before: Option<&InvitedMember>,
) -> Result<MemberView, StoreError> {
    let now = here.now;
    let invitation = ticket(here, org, id, invitee.address, invitee.kind, now);
    let row = InvitedMember {
        org: org.id.clone(),
        address: invitee.address.clone(),
        kind: invitee.kind,
        profile: Some(invitee.profile),
        status: MemberStatus::Invited,
        name: invitee.name,
        invitation: id,
        expires_at: invitation.expires_at,
        since: now,
    };
    deed.write(Write::add(invitation_row(&invitation, now)?));
    deed.write(roster_row(&row, before.map(|before| before.invitation))?);
    Ok(MemberView::of(&Entry::Invited(row), Some(&invitation), now))
}

/// The ticket for membership, fresh.
pub(crate) fn ticket(
    here: &Here,
    org: &Org,
    id: InvitationId,
    address: &Address,
    kind: MemberKind,
    now: Timestamp,
) -> Invitation {
    Invitation {
        id,
        generation: 1,
        purpose: Purpose::Member { kind },
        org: Some(org.id.clone()),
        org_name: Some(org.name.clone()),
        address: address.clone(),
        inviter: here.caller.user,
        inviter_name: here.actor().name,
        message: None,
        state: InvitationState::Invited,
        invited_at: now,
        expires_at: expires_at(&org.settings, Some(kind), now),
        mail: MailState::Queued,
        mail_reason: None,
    }
}

/// The write of an invited member's row, over the one with the ticket `before`, or over none.
pub(crate) fn roster_row(
    row: &InvitedMember,
    before: Option<InvitationId>,
) -> Result<Write, StoreError> {
    let condition =
        before.map_or_else(Condition::absent, |before| Condition::reads("invitation", before));
    let key = keys::invited_member(&row.address, &row.org);
    let listed = keys::member_under(&row.org, Some(&row.address), None);
    Ok(Write::Put(RowBuilder::new(key, row)?.listed(listed).build(), Some(condition)))
}

/// Adds what takes back all that an org has invited an address to: the row in the roster, and
/// every open ticket, those of shares too; else one of these would make them a guest after all.
/// The index may not list a ticket yet that was made a moment ago: that one can be revoked with
/// its share.
pub(crate) async fn uninvite(
    deed: &mut Deed,
    table: &Table,
    org: &OrgId,
    address: &Address,
    now: Timestamp,
) -> Result<(), Error> {
    let key = keys::invited_member(address, org);
    let invited: Option<InvitedMember> = row::read_if(table.get(&key).await?.as_ref())?;
    let listed = table
        .query_all(
            Query::principal(keys::email_partition(address))
                .prefix(keys::INVITE_PREFIX)
                .backwards(),
            400,
        )
        .await?;
    let mut wanted: Vec<Key> = listed.iter().map(row::key_of).collect();
    wanted.extend(invited.as_ref().map(|invited| keys::invitation(invited.invitation)));
    let mut tickets = Vec::new();
    for row in table.get_many(wanted).await?.values() {
        let ticket: Invitation = row::read(row)?;
        if ticket.is_open(now) && ticket.org.as_ref() == Some(org) {
            deed.write(cancel(&ticket));
            tickets.push(ticket);
        }
    }
    expire_shares(deed, table, &tickets, now).await?;
    if MOST_WRITES < deed.size() {
        return Err(Error::of(Code::TooManyChanges));
    }
    if let Some(invited) = invited {
        let same = Condition::reads("invitation", invited.invitation);
        deed.write(Write::Delete(key, Some(same)));
    }
    Ok(())
}

/// Adds what tells sharers that their shares cannot be accepted any more: these show as expired,
/// and can be sent again. What is pending gives nothing, so no access changes.
async fn expire_shares(
    deed: &mut Deed,
    table: &Table,
    tickets: &[Invitation],
    now: Timestamp,
) -> Result<(), Error> {
    let shares = tickets.iter().filter_map(|ticket| match &ticket.purpose {
        Purpose::Share { case, share } => Some(keys::grant(*case, share)),
        Purpose::Member { .. } | Purpose::Group { .. } => None,
    });
    for (key, row) in table.get_many(shares).await? {
        let grant: Grant = row::read(&row)?;
        if tickets.iter().any(|ticket| Some(ticket.id) == grant.invitation) {
            let set =
                vec![("invitation_expires_at", text(now)), ("version", number(grant.version + 1))];
            deed.write(Write::set(key, set, Condition::is("version", grant.version)));
        }
    }
    Ok(())
}

/// Takes a ticket back: its link is as dead as one that never was, and no mail goes out any more.
pub(crate) fn cancel(invitation: &Invitation) -> Write {
    Write::Update {
        key: keys::invitation(invitation.id),
        set: vec![("state", text("cancelled"))],
        remove: row::DUE_ATTRIBUTES.to_vec(),
        add: Vec::new(),
        condition: Some(
            Condition::is("generation", invitation.generation).and(Condition::reads(
                "state",
                json!(invitation.state).as_str().unwrap_or_default(),
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_invited_without_a_profile_gets_one_that_fits() {
        for kind in [MemberKind::Normal, MemberKind::Service, MemberKind::External] {
            let profile = least(kind).and_then(|name| rights::built_in(&name)).unwrap();
            assert!(fits(kind, profile.kind), "{kind:?}");
        }
        assert!(least(MemberKind::Guest).is_none());
    }
}
