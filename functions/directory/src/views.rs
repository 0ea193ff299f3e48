//! How members, their tickets and lists are shown.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::http::Limit;
use shared::id::{IdError, InvitationId, ProfileName, UserId};
use shared::model::{Invitation, InvitationState, InvitedMember, MailState, Member};
use shared::store::{Row, StoreError, row};
use shared::text::Name;
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// How many entries.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    pub(crate) limit: Limit,
    /// Where the page before ended.
    pub(crate) cursor: Option<String>,
}

/// Cuts a page out of entries that are all there, each with its sort key, in their order.
pub(crate) fn page_of<T>(
    entries: Vec<(String, T)>,
    after: Option<&str>,
    limit: usize,
) -> (Vec<T>, Option<String>) {
    let mut left =
        entries.into_iter().filter(|(sort, _)| after.is_none_or(|after| after < sort.as_str()));
    let mut page = Vec::new();
    let mut last = None;
    for (sort, entry) in left.by_ref().take(limit) {
        page.push(entry);
        last = Some(sort);
    }
    let more = left.next().is_some();
    (page, last.filter(|_| more))
}

/// A member in a path: by user, or by invitation while they are invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum MemberId {
    /// A member.
    User(UserId),
    /// Somebody who is invited.
    Invitation(InvitationId),
}

impl FromStr for MemberId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.parse() {
            Ok(user) => Ok(Self::User(user)),
            Err(error) => text.parse().map(Self::Invitation).map_err(|_| error),
        }
    }
}

impl TryFrom<String> for MemberId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketState {
    /// It can be accepted.
    Invited,
    /// It was.
    Accepted,
    /// Its time is over.
    Expired,
    /// The recipient declined.
    Declined,
    /// It was taken back.
    Cancelled,
    /// The mail can never be delivered.
    Bounced,
    /// The mail service refused the mail.
    Failed,
}

/// The ticket of somebody who has not accepted yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketView {
    /// Its id.
    pub(crate) id: InvitationId,
    /// Where it stands.
    pub(crate) state: TicketState,
    /// Until when it can be accepted.
    pub(crate) expires_at: Timestamp,
    /// How far the mail has come.
    pub(crate) mail: MailState,
    /// Why the mail failed.
    pub(crate) reason: Option<String>,
}

impl TicketView {
    /// The ticket `id`, whose row is kept for a while only.
    pub(crate) fn of(
        id: InvitationId,
        expires_at: Timestamp,
        invitation: Option<&Invitation>,
        now: Timestamp,
    ) -> Self {
        let state = match invitation.map(|invitation| invitation.state) {
            Some(InvitationState::Accepted) => TicketState::Accepted,
            Some(InvitationState::Declined) => TicketState::Declined,
            Some(InvitationState::Cancelled) => TicketState::Cancelled,
            None => TicketState::Expired,
            _ if expires_at <= now => TicketState::Expired,
            Some(InvitationState::Bounced) => TicketState::Bounced,
            Some(InvitationState::Failed) => TicketState::Failed,
            Some(InvitationState::Invited) => TicketState::Invited,
        };
        Self {
            id,
            state,
            expires_at,
            mail: invitation.map_or(MailState::None, |invitation| invitation.mail),
            reason: invitation.and_then(|invitation| invitation.mail_reason.clone()),
        }
    }
}

/// One entry of an org's roster, as it lies in the table.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// Somebody who has joined.
    Member(Member),
    /// Somebody who is invited.
    Invited(InvitedMember),
}

impl Entry {
    /// Reads a row of a roster.
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        if row::text(row, "PK").starts_with("USER#") {
            row::read(row).map(Self::Member)
        } else {
            row::read(row).map(Self::Invited)
        }
    }

    /// What they are, or will be, to the org.
    pub(crate) fn kind(&self) -> MemberKind {
        match self {
            Self::Member(member) => member.kind,
            Self::Invited(invited) => invited.kind,
        }
    }

    /// What they may do, or will.
    pub(crate) fn profile(&self) -> Option<&ProfileName> {
        match self {
            Self::Member(member) => member.profile.as_ref(),
            Self::Invited(invited) => invited.profile.as_ref(),
        }
    }

    /// Their name and address.
    pub(crate) fn person(&self) -> (Option<&Name>, Option<&Address>) {
        match self {
            Self::Member(member) => (member.name.as_ref(), member.address.as_ref()),
            Self::Invited(invited) => (invited.name.as_ref(), Some(&invited.address)),
        }
    }

    /// Where the membership stands at `now`. That an invitation has expired is not stored.
    pub(crate) fn status(&self, now: Timestamp) -> MemberStatus {
        match self {
            Self::Member(member) => member.status,
            Self::Invited(invited) if invited.expires_at <= now => MemberStatus::Expired,
            Self::Invited(_) => MemberStatus::Invited,
        }
    }

    /// The ticket, of who is invited.
    pub(crate) fn ticket(&self) -> Option<InvitationId> {
        match self {
            Self::Member(_) => None,
            Self::Invited(invited) => Some(invited.invitation),
        }
    }
}

/// A member of an org, or somebody who is invited to be one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// The user's id; while they are invited, the invitation's.
    #[schema(examples("mfrggzdfmztwq2lknnwg23tpob"))]
    pub(crate) id: String,
    /// The user; `null` while they are invited.
    pub(crate) user: Option<UserId>,
    /// By name.
    pub(crate) name: Option<Name>,
    /// By address; services have none.
    pub(crate) email: Option<Address>,
    /// What they are to the org.
    pub(crate) kind: MemberKind,
    /// What they may do; guests have none.
    pub(crate) profile: Option<ProfileName>,
    /// Where the membership stands.
    pub(crate) status: MemberStatus,
    /// The ticket, while they are invited.
    pub(crate) invitation: Option<TicketView>,
    /// Since when.
    pub(crate) since: Timestamp,
}

impl MemberView {
    /// `entry` at `now`; `invitation` is its ticket's row, if it has one.
    pub(crate) fn of(entry: &Entry, invitation: Option<&Invitation>, now: Timestamp) -> Self {
        let (name, email) = entry.person();
        let (id, user, since, ticket) = match entry {
            Entry::Member(member) => {
                (member.user.to_string(), Some(member.user), member.since, None)
            }
            Entry::Invited(invited) => {
                let id = invited.invitation;
                let ticket = TicketView::of(id, invited.expires_at, invitation, now);
                (id.to_string(), None, invited.since, Some(ticket))
            }
        };
        Self {
            id,
            user,
            name: name.cloned(),
            email: email.cloned(),
            kind: entry.kind(),
            profile: entry.profile().cloned(),
            status: entry.status(now),
            invitation: ticket,
            since,
        }
    }
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberList {
    /// The members, by address.
    pub(crate) items: Vec<MemberView>,
    /// Where to go on; `null` at the end.
    pub(crate) cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_the_last_entry_shown() {
        let all = || ["a", "b", "c"].map(|sort| (sort.to_owned(), sort)).to_vec();
        assert_eq!(page_of(all(), None, 2), (vec!["a", "b"], Some("b".to_owned())));
        assert_eq!(page_of(all(), Some("b"), 2), (vec!["c"], None));
        assert_eq!(page_of(all(), None, 3), (vec!["a", "b", "c"], None));
        assert_eq!(page_of(all(), Some("x"), 3), (Vec::new(), None));
    }

    #[test]
    fn a_member_is_named_by_user_or_by_invitation() {
        let user = "mfrggzdfmztwq2lknnwg23tpob".parse();
        assert!(matches!(user, Ok(MemberId::User(_))));
        let invitation = "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse();
        assert!(matches!(invitation, Ok(MemberId::Invitation(_))));
        assert!("ada@example.com".parse::<MemberId>().is_err());
    }
}
