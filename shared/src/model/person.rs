//! Users, and what they are to orgs and groups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{MemberKind, MemberStatus};
use crate::address::Address;
use crate::id::{GroupId, InvitationId, OrgId, ProfileName, UserId};
use crate::text::Name;

/// A user, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub user: UserId,
    /// Locked, everywhere.
    #[serde(default)]
    pub locked: bool,
    /// Raised by every change of a lock or a membership.
    pub authority_version: u64,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Their verified address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// The one verified user of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailOwner {
    /// The user.
    pub user: UserId,
    /// The recipient called a mail spam: nothing more is sent.
    #[serde(default)]
    pub complained: bool,
}

/// A membership in an org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// The org.
    pub org: OrgId,
    /// What they are to the org.
    pub kind: MemberKind,
    /// What they may do; guests have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// Where it stands. Named as the index projects it.
    #[serde(rename = "state")]
    pub status: MemberStatus,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Since when.
    pub since: Timestamp,
    /// Raised by every change.
    pub version: u64,
}

/// Somebody invited to an org, by address, before they have joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedMember {
    /// The org.
    pub org: OrgId,
    /// Their address.
    pub address: Address,
    /// What they will be to the org.
    pub kind: MemberKind,
    /// What they will be allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileName>,
    /// Always `invited`. Named as the index projects it.
    #[serde(rename = "state")]
    pub status: MemberStatus,
    /// Their name, if whoever invited gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The ticket. Guests by a share have the share's.
    pub invitation: InvitationId,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// Since when.
    pub since: Timestamp,
}

/// A membership in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserId,
    /// The group's owner.
    pub owner: UserId,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Always `active`: who leaves has no row. Named as the index projects it.
    pub state: MemberStatus,
    /// Since when.
    pub since: Timestamp,
}

/// Somebody invited to a group, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupInvitee {
    /// The group.
    pub group: GroupId,
    /// Their address.
    pub address: Address,
    /// Always `invited`. Named as the index projects it.
    pub state: MemberStatus,
    /// The ticket.
    pub invitation: InvitationId,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// Since when.
    pub since: Timestamp,
}
