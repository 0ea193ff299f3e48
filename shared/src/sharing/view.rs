//! A share as the API shows it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{GrantState, Obstacle};
use crate::address::Address;
use crate::id::{CaseId, InvitationId, Recipient, ShareId, UserId};
use crate::model::{Grant, MailState, Org, reaching};
use crate::rights::{Given, Levels, ProfileRef, Rights, Role};
use crate::store::{Key, Row, StoreError, given_rights, keys, link_facts, link_keys, row};
use crate::text::Name;

/// A person, as far as they are known.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The user; `null` for the service itself.
    pub user: Option<UserId>,
    /// By name.
    pub name: Option<Name>,
}

/// Where a share stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShownState {
    /// It gives what it says.
    Active,
    /// Its time has not come.
    Scheduled,
    /// Its time is over.
    Ended,
    /// It waits to be accepted.
    Pending,
    /// Its invitation has expired.
    Expired,
    /// The recipient declined.
    Declined,
    /// The invitation could not be delivered.
    Bounced,
    /// The invitation could not be sent.
    Failed,
    /// It waits for the receiving org to say who takes it in.
    PendingUser,
    /// It waits for whom they named to say into which case.
    PendingCase,
    /// The receiving org refused it.
    Refused,
}

impl ShownState {
    /// Where `grant` stands at `now`.
    #[must_use]
    pub fn of(grant: &Grant, now: Timestamp) -> Self {
        let over = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        match grant.state {
            GrantState::Declined => Self::Declined,
            GrantState::Refused => Self::Refused,
            _ if over(grant.window.expires_at) => Self::Ended,
            GrantState::PendingUser => Self::PendingUser,
            GrantState::PendingCase => Self::PendingCase,
            GrantState::Active if grant.window.valid_from.is_some_and(|from| now < from) => {
                Self::Scheduled
            }
            GrantState::Active => Self::Active,
            _ if over(grant.invitation_expires_at) => Self::Expired,
            GrantState::Pending => Self::Pending,
            GrantState::Bounced => Self::Bounced,
            GrantState::Failed => Self::Failed,
        }
    }
}

/// Where the ticket of a share stands that is not accepted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareTicketState {
    /// It can be used.
    Invited,
    /// Its time is over.
    Expired,
    /// The recipient declined.
    Declined,
    /// The mail could not be delivered; in the app it can still be used.
    Bounced,
    /// The mail could not be sent; in the app it can still be used.
    Failed,
}

impl ShareTicketState {
    /// Where the ticket of `grant` stands at `now`.
    fn of(grant: &Grant, now: Timestamp) -> Self {
        match grant.state {
            GrantState::Declined => Self::Declined,
            _ if grant.invitation_expires_at.is_some_and(|at| at <= now) => Self::Expired,
            GrantState::Bounced => Self::Bounced,
            GrantState::Failed => Self::Failed,
            GrantState::Pending
            | GrantState::Active
            | GrantState::PendingUser
            | GrantState::PendingCase
            | GrantState::Refused => Self::Invited,
        }
    }
}

/// The ticket of a share that is not accepted yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// Where it stands.
    pub state: ShareTicketState,
    /// Until when it can be accepted.
    pub expires_at: Option<Timestamp>,
    /// How far the mail has come.
    pub mail: MailState,
    /// Why the mail failed.
    pub reason: Option<String>,
}

/// What a share gives, said as it was said.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivesView {
    /// The rights of a role.
    Role(Role),
    /// The rights that a profile has now.
    Profile(ProfileRef),
    /// A level per section.
    Sections(Levels),
}

impl GivesView {
    /// What a grant says.
    #[must_use]
    pub fn of(given: &Given) -> Self {
        match given {
            Given::Role(role) => Self::Role(*role),
            Given::Profile(of) => Self::Profile(of.clone()),
            Given::Levels(levels) => Self::Sections(*levels),
        }
    }
}

/// Rights, with the role whose rights they are, if any.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The role whose rights they are.
    pub role: Option<Role>,
    /// The rights.
    pub rights: Rights,
}

impl Shown {
    /// `rights`, named.
    #[must_use]
    pub fn of(rights: Rights) -> Self {
        let role = Role::named(rights).filter(|role| role.rights() == rights);
        Self { role, rights }
    }
}

/// What a share with an org has besides what every share has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverLinkView {
    /// That org takes it into a case of its own, instead of seeing this one.
    pub finalise: bool,
    /// Why it gives nothing now, whatever its state: what is wrong with the link.
    pub obstacle: Option<Obstacle>,
    /// Why that org refused it.
    pub reason: Option<String>,
    /// Targets that are added to the case later are shared with that org, too.
    pub insert_targets: bool,
}

/// A share.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareView {
    /// Its id. Accepting may give it another one; the old one still finds it.
    pub id: ShareId,
    /// The case.
    pub case: CaseId,
    /// With whom: `user:ID`, `email:ADDRESS`, `group:ID`, `org:ID` or `unit:ID`.
    pub recipient: Recipient,
    /// `user`, `email`, `group`, `org` or `unit`.
    #[schema(examples("user", "email", "group", "org", "unit"))]
    pub kind: &'static str,
    /// The recipient's name, as far as it is known.
    pub name: Option<Name>,
    /// The recipient's address, as far as it is known.
    pub email: Option<Address>,
    /// What it gives, said as it was said.
    pub gives: GivesView,
    /// The role whose rights it gives, if there is one.
    pub role: Option<Role>,
    /// The rights that it gives now.
    pub rights: Rights,
    /// Where it stands.
    pub state: ShownState,
    /// The ticket, while it is not accepted.
    pub invitation: Option<InvitationView>,
    /// How far the mail has come.
    pub mail: MailState,
    /// Before this it gives nothing.
    pub valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    pub expires_at: Option<Timestamp>,
    /// Who shared.
    pub granted_by: PersonView,
    /// When.
    pub granted_at: Timestamp,
    /// What a share with an org has besides; absent for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<OverLinkView>,
    /// What the recipient may really do, where their own standing gives more. Only in answers to
    /// `POST` and `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Shown>,
}

impl ShareView {
    /// `grant` at `now`; `rows` hold what [`ShareView::lean_on`] names.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] for a row of another shape.
    pub fn of(grant: &Grant, rows: &HashMap<Key, Row>, now: Timestamp) -> Result<Self, StoreError> {
        let rights = given_rights(&grant.given, rows)?.as_share();
        let waits = grant.state != GrantState::Active;
        let invitation = grant.invitation.filter(|_| waits).map(|id| InvitationView {
            id,
            state: ShareTicketState::of(grant, now),
            expires_at: grant.invitation_expires_at,
            mail: grant.mail,
            reason: grant.mail_reason.clone(),
        });
        Ok(Self {
            id: grant.share.clone(),
            case: grant.case,
            recipient: grant.recipient.clone(),
            kind: grant.recipient.parts().0,
            name: grant.name.clone(),
            email: grant.address.clone(),
            gives: GivesView::of(&grant.given),
            role: Shown::of(rights).role,
            rights,
            state: ShownState::of(grant, now),
            invitation,
            mail: grant.mail,
            valid_from: grant.window.valid_from,
            expires_at: grant.window.expires_at,
            granted_by: PersonView { user: Some(grant.granter), name: grant.granter_name.clone() },
            granted_at: grant.granted_at,
            link: over_link(grant, rows, now)?,
            effective: None,
        })
    }

    /// What must be read to show `grants`: profiles, and links with orgs.
    pub fn lean_on<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> Vec<Key> {
        let mut wanted = Vec::new();
        for grant in grants {
            if let Given::Profile(of) = &grant.given
                && crate::rights::built_in(&of.name).is_none()
            {
                wanted.push(keys::profile(&of.org, &of.name));
            }
            if let (Recipient::Org(org), Some(link)) = (&grant.recipient, &grant.link) {
                wanted.extend(link_keys(&link.from, org));
                wanted.push(keys::org(org));
            }
        }
        wanted
    }
}

/// What a share with an org has besides, and whether its link carries it now.
fn over_link(
    grant: &Grant,
    rows: &HashMap<Key, Row>,
    now: Timestamp,
) -> Result<Option<OverLinkView>, StoreError> {
    let (Recipient::Org(org), Some(link)) = (&grant.recipient, &grant.link) else {
        return Ok(None);
    };
    let row: Option<Org> = row::read_if(rows.get(&keys::org(org)))?;
    let carries = link_facts(&link.from, org, rows)?.carries(link.generation, now);
    let obstacle = reaching(carries, row.as_ref()).err();
    Ok(Some(OverLinkView {
        finalise: link.finalise,
        obstacle,
        reason: link.reason.clone(),
        insert_targets: link.insert_targets,
    }))
}
