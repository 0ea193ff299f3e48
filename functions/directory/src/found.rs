//! The member that a path names.

use jiff::Timestamp;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::{InvitationId, OrgId};
use shared::model::{Invitation, User};
use shared::store::{Key, StoreError, keys};

use crate::look::{Rows, look};
use crate::views::{Entry, MemberId, MemberView};

/// A member in a path, read with what the caller is.
pub(crate) struct Found {
    /// The member.
    pub(crate) entry: Entry,
    /// Their user row, if they have one.
    pub(crate) user: Option<User>,
    /// The ticket, if they are invited and it is still kept.
    pub(crate) ticket: Option<Invitation>,
}

impl Found {
    /// What must be read first to know a member.
    pub(crate) fn keys(org: &OrgId, id: MemberId) -> Vec<Key> {
        match id {
            MemberId::User(user) => vec![keys::member(user, org), keys::user(user)],
            MemberId::Invitation(id) => vec![keys::invitation(id)],
        }
    }

    /// What must be read then: somebody who is invited lies under their address.
    pub(crate) fn further(rows: &Rows, org: &OrgId, id: MemberId) -> Result<Vec<Key>, StoreError> {
        let MemberId::Invitation(id) = id else { return Ok(Vec::new()) };
        let ticket = Self::ticket(rows, org, id)?;
        Ok(ticket.map(|ticket| keys::invited_member(&ticket.address, org)).into_iter().collect())
    }

    /// The ticket, if it is one of this org.
    fn ticket(
        rows: &Rows,
        org: &OrgId,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        let ticket: Option<Invitation> = rows.read(&keys::invitation(id))?;
        Ok(ticket.filter(|ticket| ticket.org.as_ref() == Some(org)))
    }

    /// The member, if the org has them; 404 otherwise.
    pub(crate) fn of(rows: &Rows, org: &OrgId, id: MemberId) -> Result<Self, Error> {
        let found = match id {
            MemberId::User(user) => match rows.read(&keys::member(user, org))? {
                Some(member) => Some(Self {
                    entry: Entry::Member(member),
                    user: rows.read(&keys::user(user))?,
                    ticket: None,
                }),
                None => None,
            },
            MemberId::Invitation(id) => match Self::ticket(rows, org, id)? {
                Some(ticket) => {
                    let invited = rows.read(&keys::invited_member(&ticket.address, org))?;
                    invited.map(|invited| Self {
                        entry: Entry::Invited(invited),
                        user: None,
                        ticket: Some(ticket),
                    })
                }
                None => None,
            },
        };
        // Somebody who is invited may have another ticket by now.
        found
            .filter(|found| match id {
                MemberId::User(_) => true,
                MemberId::Invitation(id) => found.entry.ticket() == Some(id),
            })
            .ok_or_else(Error::not_found)
    }

    /// As they are shown.
    pub(crate) fn view(&self, now: Timestamp) -> MemberView {
        MemberView::of(&self.entry, self.ticket.as_ref(), now)
    }

    /// A member as of now, for a caller who may see them.
    pub(crate) async fn show(
        app: &App,
        caller: &Caller,
        org: &OrgId,
        id: MemberId,
    ) -> Result<MemberView, Error> {
        let first = Self::keys(org, id);
        let here = look(app, caller, org, first, |rows| Self::further(rows, org, id)).await?;
        here.colleague()?;
        Ok(Self::of(&here.rows, org, id)?.view(here.now))
    }
}
