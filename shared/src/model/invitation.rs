//! An invitation: the ticket that makes something pending active.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::MemberKind;
use crate::address::Address;
use crate::id::{CaseId, GroupId, InvitationId, OrgId, ShareId, UserId};
use crate::model::MailState;
use crate::text::{Message, Name};

/// Where an invitation stands. `expired` is not stored: whoever reads compares the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Invited,
    /// It was.
    Accepted,
    /// The recipient declined.
    Declined,
    /// Whoever invited took it back.
    Cancelled,
    /// The mail can never be delivered.
    Bounced,
    /// The mail service refused the mail.
    Failed,
}

/// To what somebody is invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Purpose {
    /// A share of a case.
    Share {
        /// The case.
        case: CaseId,
        /// The pending share.
        share: ShareId,
    },
    /// Membership of an org.
    Member {
        /// What they will be to the org.
        kind: MemberKind,
    },
    /// Membership of a group.
    Group {
        /// The group.
        group: GroupId,
    },
}

/// One invitation. Its token is derived from id and generation, never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Raised by a resend: links of an older one are dead.
    pub generation: u64,
    /// To what.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// The org in whose name it goes out; a group has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// The org's or group's name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_name: Option<Name>,
    /// Whom: only who has this address, verified, can accept.
    pub address: Address,
    /// Who invites.
    pub inviter: UserId,
    /// Who invites, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter_name: Option<Name>,
    /// The inviter's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Where it stands.
    pub state: InvitationState,
    /// When it was sent, or sent again.
    pub invited_at: Timestamp,
    /// From this on it cannot be accepted.
    pub expires_at: Timestamp,
    /// How far the mail has come.
    pub mail: MailState,
    /// Why the mail failed, in words for the sharer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_reason: Option<String>,
}

impl Invitation {
    /// Whether it can be accepted at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        // A mail that did not arrive does not spoil the ticket: it can still be accepted in the app.
        let waits = matches!(
            self.state,
            InvitationState::Invited | InvitationState::Bounced | InvitationState::Failed
        );
        waits && now < self.expires_at
    }
}
