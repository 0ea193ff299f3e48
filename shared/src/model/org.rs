//! Orgs and groups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::address::{Address, DomainPattern};
use crate::id::{GroupId, OrgId, UserId};
use crate::model::ItemRules;
use crate::rights::Levels;
use crate::text::Name;

/// Who must accept a share before it gives anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// All but active members of the owner org; groups never.
    #[default]
    Outsiders,
    /// Everyone but groups.
    Everyone,
}

/// Whether a case may be shared with people who are no members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuestPolicy {
    /// It may, as far as the domain lists go.
    #[default]
    Allow,
    /// It may not.
    Refuse,
}

/// The settings of an org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrgSettings {
    /// Who must accept a share before it gives anything.
    pub acceptance: Acceptance,
    /// Whether a case may be shared with people who are no members.
    pub guests: GuestPolicy,
    /// If not empty, guests come from these domains only. `example.com` means that domain,
    /// `*.example.com` every domain below it.
    #[schema(max_items = 100)]
    pub guest_domains_allowed: Vec<DomainPattern>,
    /// Guests never come from these domains.
    #[schema(max_items = 100)]
    pub guest_domains_denied: Vec<DomainPattern>,
    /// Days for which an invitation to a case, the org or a group can be accepted. 1 to 90.
    #[schema(minimum = 1, maximum = 90)]
    pub invitation_days: u8,
    /// Hours for which an invitation of an external user can be accepted. 1 to 720.
    #[schema(minimum = 1, maximum = 720)]
    pub external_invitation_hours: u16,
    /// Largest attachment in bytes. 1 to 5 GiB, the most that one upload can carry.
    #[schema(minimum = 1, maximum = 5_368_709_120_u64)]
    pub max_attachment_bytes: u64,
    /// Only creator, assignees and org-admins edit a case; other members read it.
    pub edit_only_if_involved: bool,
    /// Whether tasks and observables that are added to a new case are shared with the orgs that
    /// have it. A case keeps what was set when it was made.
    #[schema(inline)]
    pub item_rules: ItemRules,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            acceptance: Acceptance::Outsiders,
            guests: GuestPolicy::Allow,
            guest_domains_allowed: Vec::new(),
            guest_domains_denied: Vec::new(),
            invitation_days: 5,
            external_invitation_hours: 24,
            max_attachment_bytes: 100 * 1024 * 1024,
            edit_only_if_involved: false,
            item_rules: ItemRules::default(),
        }
    }
}

impl OrgSettings {
    /// Whether somebody with this address may be a guest. Who has none that is verified may not,
    /// where a list would have to be asked.
    #[must_use]
    pub fn admits_guest(&self, address: Option<&Address>) -> bool {
        let on = |list: &[DomainPattern], address| list.iter().any(|entry| entry.matches(address));
        let lists_empty =
            self.guest_domains_allowed.is_empty() && self.guest_domains_denied.is_empty();
        match (self.guests, address) {
            (GuestPolicy::Refuse, _) => false,
            (GuestPolicy::Allow, None) => lists_empty,
            (GuestPolicy::Allow, Some(address)) => {
                !on(&self.guest_domains_denied, address)
                    && (self.guest_domains_allowed.is_empty()
                        || on(&self.guest_domains_allowed, address))
            }
        }
    }
}

/// An org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: Name,
    /// Locked by an operator: nothing of it is open to anybody.
    #[serde(default)]
    pub locked: bool,
    /// Its settings.
    pub settings: OrgSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by every change.
    pub version: u64,
}

/// A group of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Name,
    /// Who made it, and owns it for good.
    pub owner: UserId,
    /// Deleted: its shares give nothing any more.
    #[serde(default)]
    pub gone: bool,
    /// What the group gets of all cases that its owner made, today's and tomorrow's; absent: it
    /// gets none of them that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_all: Option<Levels>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by every change.
    pub version: u64,
}
