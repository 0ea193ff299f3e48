//! A case: its head, which decides, and its details, which are read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Visibility;
use crate::id::{CaseId, OrgId, UserId};
use crate::rights::Section;
use crate::text::{Description, Name, Reference, Tag, Title};

/// How bad it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Low.
    Low,
    /// Medium.
    #[default]
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// How far what is in the case may be passed on. Source: FIRST, Traffic Light Protocol 2.0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
pub enum Tlp {
    /// Everybody may know.
    #[serde(rename = "clear")]
    Clear,
    /// The community may know.
    #[serde(rename = "green")]
    Green,
    /// Those who need to know in the recipient's organisation and its clients.
    #[default]
    #[serde(rename = "amber")]
    Amber,
    /// Those who need to know in the recipient's organisation.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// The recipients themselves, nobody else.
    #[serde(rename = "red")]
    Red,
}

impl Tlp {
    /// Whether the title and the number may stand in a mail: from `amber` up they may not.
    #[must_use]
    pub fn permits_mail(self) -> bool {
        self < Self::Amber
    }
}

/// Open or closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Being worked on.
    #[default]
    Open,
    /// Done.
    Closed,
}

impl CaseStatus {
    /// The word in keys and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Whether what is added to a case is shared with the orgs that have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareRule {
    /// Only what somebody shares.
    #[default]
    Manual,
    /// From the moment at which it is added.
    AutoShare,
}

/// What becomes of tasks and observables that are added. Changing a rule shares nothing that is
/// there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ItemRules {
    /// Of tasks.
    #[schema(inline)]
    pub tasks: ShareRule,
    /// Of observables.
    #[schema(inline)]
    pub observables: ShareRule,
}

impl ItemRules {
    /// Whether what is added to `section` is shared with every org that has the case.
    #[must_use]
    pub fn auto_share(self, section: Section) -> bool {
        let rule = match section {
            Section::Tasks => self.tasks,
            Section::Observables => self.observables,
            _ => ShareRule::Manual,
        };
        rule == ShareRule::AutoShare
    }
}

/// The head of a case: what every decision about it leans on. At most 1 KB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The case.
    pub case: CaseId,
    /// The org that owns it.
    pub owner: OrgId,
    /// Who made it.
    pub creator: UserId,
    /// To whom it is open besides its shares.
    pub access: Visibility,
    /// Raised when the list of names is replaced: names of an older one stop counting.
    pub access_generation: u64,
    /// Raised by every change of access.
    pub access_version: u64,
    /// Deleted or merged away; kept for the history.
    #[serde(default)]
    pub gone: bool,
    /// The case that it was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// What becomes of tasks and observables that are added.
    #[serde(default)]
    pub rules: ItemRules,
}

/// The details of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The case.
    pub case: CaseId,
    /// The org that owns it.
    pub owner: OrgId,
    /// Its number in that org, from 1.
    pub number: u64,
    /// One line.
    pub title: Title,
    /// Text or Markdown.
    pub description: Description,
    /// How bad it is.
    pub severity: Severity,
    /// How far it may be passed on.
    pub tlp: Tlp,
    /// Open or closed.
    pub status: CaseStatus,
    /// Tags, without repetition.
    pub tags: Vec<Tag>,
    /// The creator's own name for what the case was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Who made it.
    pub creator: UserId,
    /// Who made it, by name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_name: Option<Name>,
    /// Raised by every change of these details: the `ETag`.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the details last changed.
    pub updated_at: Timestamp,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}
