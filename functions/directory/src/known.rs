//! Who somebody with an address is to an org, and whether they can be invited.

use jiff::{SignedDuration, Timestamp};
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::error::{Code, Error};
use shared::id::OrgId;
use shared::model::{EmailOwner, Invitation, InvitedMember, Member, User};
use shared::store::{Key, StoreError, keys};

use crate::look::Rows;
use crate::views::{Entry, MemberView};

/// How long after its end an invitation can be sent again.
const CAN_BE_SENT_AGAIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who somebody with an address is to an org.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The row of the user whose address it is.
    pub(crate) row: Option<User>,
    /// Their membership.
    pub(crate) member: Option<Member>,
    /// That they are invited.
    pub(crate) invited: Option<InvitedMember>,
    /// The ticket of that, if it is still kept.
    pub(crate) ticket: Option<Invitation>,
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
        let invited: Option<InvitedMember> = rows.read(&keys::invited_member(address, org))?;
        let mut more = Vec::new();
        if let Some(EmailOwner { user, .. }) = owner {
            more.extend([keys::member(user, org), keys::user(user)]);
        }
        more.extend(invited.map(|invited| keys::invitation(invited.invitation)));
        Ok(more)
    }

    /// What `rows` say of `address`.
    pub(crate) fn of(rows: &Rows, org: &OrgId, address: &Address) -> Result<Self, StoreError> {
        let owner: Option<EmailOwner> = rows.read(&keys::email(address))?;
        let complained = rows.has(&keys::complaint(address))
            || owner.as_ref().is_some_and(|owner| owner.complained);
        let invited: Option<InvitedMember> = rows.read(&keys::invited_member(address, org))?;
        let ticket = match &invited {
            Some(invited) => rows.read(&keys::invitation(invited.invitation))?,
            None => None,
        };
        let mut known = Self { invited, ticket, complained, ..Self::default() };
        if let Some(EmailOwner { user, .. }) = owner {
            known.row = rows.read(&keys::user(user))?;
            known.member = rows.read(&keys::member(user, org))?;
        }
        Ok(known)
    }

    /// As they are shown: invited, or else a member, since who has accepted has another id.
    pub(crate) fn shown(&self, now: Timestamp) -> Result<MemberView, Error> {
        let invited = self.invited.clone().filter(|one| one.kind != MemberKind::Guest);
        let entry = match (invited, &self.member) {
            (Some(invited), _) => Entry::Invited(invited),
            (None, Some(member)) => Entry::Member(member.clone()),
            (None, None) => return Err(Error::not_found()),
        };
        Ok(MemberView::of(&entry, self.ticket.as_ref(), now))
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
}
