//! A grant: one case, one recipient, what is given, since when and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::OverLink;
use crate::access::GrantState;
use crate::address::Address;
use crate::id::{CaseId, InvitationId, Recipient, ShareId, UserId};
use crate::rights::Given;
use crate::text::Name;

/// How far the mail about a share or an invitation has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It waits to be sent.
    #[default]
    Queued,
    /// SES has it.
    Sent,
    /// The recipient's server is slow; SES goes on trying.
    Delayed,
    /// The recipient's server has it.
    Delivered,
    /// It can never be delivered.
    Bounced,
    /// SES refused it.
    Failed,
    /// The recipient called it spam: nothing more is sent to them.
    Complained,
    /// There is nobody to send it to, or too many for mail.
    None,
}

/// When a grant gives what it says: from `valid_from` on, and before `expires_at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantWindow {
    /// Before this it gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// One share of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id: a hash of case and recipient.
    pub share: ShareId,
    /// The case.
    pub case: CaseId,
    /// Whom it names.
    pub recipient: Recipient,
    /// What it gives.
    pub given: Given,
    /// Whether it has been taken up.
    pub state: GrantState,
    /// The `access_version` at which it was made: never repeats.
    pub generation: u64,
    /// Raised by every change of this row.
    pub version: u64,
    /// When it gives what it says.
    #[serde(flatten)]
    pub window: GrantWindow,
    /// Who shared.
    pub granter: UserId,
    /// Who shared, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granter_name: Option<Name>,
    /// When.
    pub granted_at: Timestamp,
    /// The recipient's name, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The recipient's address, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The ticket, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// Until when the ticket can be used, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation_expires_at: Option<Timestamp>,
    /// What a share with an org has besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<OverLink>,
    /// How far the mail has come.
    pub mail: MailState,
    /// Why the mail failed, in words for the sharer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_reason: Option<String>,
}
