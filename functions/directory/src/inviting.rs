//! What is read and written to invite somebody to an org.

use jiff::{SignedDuration, Timestamp};
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::error::{Code, Error};
use shared::id::{InvitationId, OrgId, ProfileName, UserId};
use shared::inviting::{expires_at, invitation_row};
use shared::model::{
    EmailOwner, Invitation, InvitationState, InvitedMember, MailState, Member, Org, Purpose, User,
};
use shared::rights::{self, Profile, ProfileType};
use shared::store::{
    Condition, Key, Query, RowBuilder, StoreError, Table, Write, keys, row,
};
use shared::text::Name;

use crate::deed::{Deed, text};
use crate::look::{Here, Rows};

/// How long after its end an invitation can be sent again.
const CAN_BE_SENT_AGAIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many tickets are taken back at once.
const MOST_TICKETS: usize = 90;

/// Who somebody with an address is to an org.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The user whose address it is.
    pub(crate) user: Option<UserId>,
    /// That user's row.
    pub(crate) row: Option<User>,
    /// Their membership.
    pub(crate) member: Option<Member>,
    /// That they are invited.
    pub(crate) invited: Option<InvitedMember>,
    /// Nothing more may be mailed to them.
    pub(crate) complained: bool,
}

impl Known {
    /// What must be read first to know it.
    pub(crate) fn keys(org: &OrgId, address: &Address) -> [Key; 3] {
        [keys::email(address), keys::complaint(address), keys::invited_member(address, org)]
    }

    /// What must be read then.
    pub(crate) fn further(
        rows: &Rows,
        org: &OrgId,
        address: &Address,
    ) -> Result<Vec<Key>, StoreError> {
        let owner: Option<EmailOwner> = rows.read(&keys::email(address))?;
        Ok(owner.map_or_else(Vec::new, |EmailOwner { user, .. }| {
            vec![keys::member(user, org), keys::user(user)]
        }))
    }

    /// What `rows` say of `address`.
    pub(crate) fn of(rows: &Rows, org: &OrgId, address: &Address) -> Result<Self, StoreError> {
        let owner: Option<EmailOwner> = rows.read(&keys::email(address))?;
        let complained = rows.has(&keys::complaint(address))
            || owner.as_ref().is_some_and(|owner| owner.complained);
        let mut known = Self {
            invited: rows.read(&keys::invited_member(address, org))?,
            complained,
            ..Self::default()
        };
        if let Some(EmailOwner { user, .. }) = owner {
            known.user = Some(user);
            known.row = rows.read(&keys::user(user))?;
            known.member = rows.read(&keys::member(user, org))?;
        }
        Ok(known)
    }

    /// The invitation that waits for them, or has just expired: it can be sent again. One that
    /// expired long ago cannot, since its ticket is not kept for ever; it does not count.
    pub(crate) fn waiting(&self, now: Timestamp) -> Option<&InvitedMember> {
        self.invited.as_ref().filter(|invited| now < invited.expires_at + CAN_BE_SENT_AGAIN)
    }
}

/// Whether somebody can be invited to an org, given what they are to it. A guest may become more;
/// who was removed may come back.
pub(crate) fn invitable(
    member: Option<(MemberKind, MemberStatus)>,
    invited: Option<MemberKind>,
) -> Result<(), Code> {
    match member {
        Some((_, MemberStatus::Locked)) => return Err(Code::AlreadyMember),
        Some((kind, MemberStatus::Active)) if kind != MemberKind::Guest => {
            return Err(Code::AlreadyMember);
        }
        _ => {}
    }
    match invited {
        Some(kind) if kind != MemberKind::Guest => Err(Code::AlreadyThere),
        _ => Ok(()),
    }
}

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

/// Adds to `deed` what invites somebody: the ticket, which waits to be mailed, and the row in the
/// roster. It replaces `before`, the row of a guest or of an earlier invitation, whose own ticket
/// is not touched.
pub(crate) fn invite(
    deed: &mut Deed,
    here: &Here,
    org: &Org,
    id: InvitationId,
    invitee: Invitee<'_>,
    before: Option<&InvitedMember>,
) -> Result<(), StoreError> {
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
    Ok(())
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

/// Adds what takes back all that an org has invited somebody to: the row in the roster, and every
/// open ticket, those of shares too; else one of these would make them a guest after all. The
/// index may not list a ticket yet that was made a moment ago: that one can be revoked with its
/// share.
pub(crate) async fn uninvite(
    deed: &mut Deed,
    table: &Table,
    invited: &InvitedMember,
    now: Timestamp,
) -> Result<(), Error> {
    let principal = keys::email_partition(&invited.address);
    let listed = table
        .query_all(Query::principal(principal).prefix(keys::INVITE_PREFIX).backwards(), 400)
        .await?;
    let mut wanted: Vec<Key> = listed.iter().map(row::key_of).collect();
    wanted.push(keys::invitation(invited.invitation));
    for row in table.get_many(wanted).await?.values() {
        let ticket: Invitation = row::read(row)?;
        let member_or_share = !matches!(ticket.purpose, Purpose::Group { .. });
        if ticket.is_open(now) && ticket.org.as_ref() == Some(&invited.org) && member_or_share {
            deed.write(cancel(&ticket));
        }
    }
    if MOST_TICKETS < deed.size() {
        return Err(Error::of(Code::TooManyChanges));
    }
    deed.write(Write::Delete(
        keys::invited_member(&invited.address, &invited.org),
        Some(Condition::reads("invitation", invited.invitation)),
    ));
    Ok(())
}

/// Takes a ticket back: its link is as dead as one that never was, and no mail goes out any more.
pub(crate) fn cancel(invitation: &Invitation) -> Write {
    Write::Update {
        key: keys::invitation(invitation.id),
        set: vec![("state", text("cancelled"))],
        remove: row::DUE_ATTRIBUTES.to_vec(),
        add: Vec::new(),
        condition: Some(Condition::is("generation", invitation.generation)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_invited_ones_are_not_invited_again_but_guests_and_removed_ones_are() {
        use MemberKind::{External, Guest, Normal};
        use MemberStatus::{Active, Locked, Removed};

        assert_eq!(invitable(None, None), Ok(()));
        assert_eq!(invitable(Some((Normal, Active)), None), Err(Code::AlreadyMember));
        assert_eq!(invitable(Some((External, Active)), None), Err(Code::AlreadyMember));
        assert_eq!(invitable(Some((Guest, Locked)), None), Err(Code::AlreadyMember));
        assert_eq!(invitable(Some((Guest, Active)), None), Ok(()));
        assert_eq!(invitable(Some((Normal, Removed)), None), Ok(()));
        assert_eq!(invitable(None, Some(Guest)), Ok(()));
        assert_eq!(invitable(Some((Guest, Active)), Some(Normal)), Err(Code::AlreadyThere));
        assert_eq!(invitable(Some((Normal, Removed)), Some(External)), Err(Code::AlreadyThere));
    }

    #[test]
    fn who_is_invited_without_a_profile_gets_one_that_fits() {
        for kind in [MemberKind::Normal, MemberKind::Service, MemberKind::External] {
            let profile = least(kind).and_then(|name| rights::built_in(&name)).unwrap();
            assert!(fits(kind, profile.kind), "{kind:?}");
        }
        assert!(least(MemberKind::Guest).is_none());
    }
}
