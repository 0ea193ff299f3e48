//! Links between orgs, and what is shared over them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Org;
use crate::access::{LinkSide, Obstacle};
use crate::id::{CaseId, ItemId, LinkId, OrgId, ShareId, UnitId, UserId};
use crate::rights::Section;
use crate::text::Name;

/// What an org does with its new cases towards a linked one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkType {
    /// Nothing by itself.
    #[default]
    Default,
    /// They are shared with the profile `analyst`.
    Supervised,
    /// They are shared with the profile `read-only`.
    Notify,
}

/// An org's own side of a link: what it agrees to towards the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is agreed by itself, and all meet freely")]
pub struct Link {
    /// Whose side it is.
    pub org: OrgId,
    /// Towards which org.
    pub other: OrgId,
    /// Which proposal it belongs to: new at each, so that it never repeats.
    pub generation: LinkId,
    /// What it does with its new cases towards the other.
    #[serde(rename = "type")]
    pub kind: LinkType,
    /// The other's admin takes in what it shares, into a case of theirs.
    pub finalise: bool,
    /// It has agreed.
    pub approved: bool,
    /// It is not switched off.
    pub enabled: bool,
    /// What the other shares is let in.
    pub inbound: bool,
    /// What is shared with the other is let out.
    pub outbound: bool,
    /// The other may search here.
    pub search_inbound: bool,
    /// It may search there.
    pub search_outbound: bool,
    /// Before this it carries nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// From this on it carries nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When the link was proposed.
    pub proposed_at: Timestamp,
    /// By which of the two.
    pub proposed_by: OrgId,
    /// Raised by every change.
    pub version: u64,
}

impl Link {
    /// As the decision sees it.
    #[must_use]
    pub fn side(&self) -> LinkSide {
        LinkSide {
            generation: self.generation,
            approved: self.approved,
            enabled: self.enabled,
            inbound: self.inbound,
            outbound: self.outbound,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }
}

/// Whether an org may search another's targets: both have approved their sides and not switched
/// them off, its own lets searches out, the other's lets them in, both within their dates.
#[must_use]
pub fn searchable(ours: &Link, theirs: &Link, now: Timestamp) -> bool {
    let open = |side: &Link| {
        let begun = side.starts_at.is_none_or(|from| from <= now);
        let over = side.ends_at.is_some_and(|end| end <= now);
        side.approved && side.enabled && begun && !over
    };
    let same = ours.generation == theirs.generation;
    same && open(ours) && open(theirs) && ours.search_outbound && theirs.search_inbound
}

/// What a link carries, `carries`, and whether the org that it leads to is not locked.
///
/// # Errors
///
/// What is wrong with the link, else [`Obstacle::OrgLocked`].
pub fn reaching<T>(carries: Result<T, Obstacle>, org: Option<&Org>) -> Result<T, Obstacle> {
    carries.and_then(|carried| {
        if org.is_none_or(|org| org.locked) { Err(Obstacle::OrgLocked) } else { Ok(carried) }
    })
}

/// A field unit of an org: a recipient without a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by every change.
    pub version: u64,
}

/// What a share with an org has besides what every share has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverLink {
    /// The org that shares: the one that owned the case when it was made.
    pub from: OrgId,
    /// The generation of the link that it was made over.
    pub generation: LinkId,
    /// It is taken into a case of that org, instead of opening this one to its members.
    #[serde(default)]
    pub finalise: bool,
    /// Who of that org says into which case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// The case of that org into which it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<CaseId>,
    /// Why that org refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Targets that are added later are shared with that org too.
    #[serde(default)]
    pub insert_targets: bool,
}

impl OverLink {
    /// Of a share that is made by `from` now, over the link of this generation.
    #[must_use]
    pub fn new(from: OrgId, generation: LinkId, finalise: bool) -> Self {
        Self {
            from,
            generation,
            finalise,
            assigned_to: None,
            destination: None,
            reason: None,
            insert_targets: false,
        }
    }
}

/// That an item is shared with a partner org. It counts only while that org's share of the case is
/// active and has the same generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemShare {
    /// The case.
    pub case: CaseId,
    /// With which org.
    pub org: OrgId,
    /// The item's section.
    pub section: Section,
    /// The item.
    pub item: ItemId,
    /// The generation of that org's share of the case. `None`: a member of that org made the item,
    /// so that it is theirs whatever becomes of the share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// That org is asked to act.
    #[serde(default)]
    pub action_required: bool,
    /// Of a target that the org takes into a case of its own: a keyed hash of it, by which the same
    /// target is found where the org has it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// What the org has decided where it has the same target more than once: whether this one
    /// stays. `None`: it has decided nothing, so it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
    /// Since when.
    pub since: Timestamp,
}

impl ItemShare {
    /// Whether it is shown where it was taken in.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.kept != Some(false)
    }
}

/// A share of a new case that the owner org makes by itself and that could not be made. It is tried
/// again, and shown meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoShare {
    /// The case.
    pub case: CaseId,
    /// The org that owned it when it was made: what it does with its new cases.
    pub from: OrgId,
    /// With which org.
    pub org: OrgId,
    /// The code of the rule that refused it last.
    pub reason: String,
    /// How often it was tried.
    pub tries: u32,
    /// Since when.
    pub since: Timestamp,
    /// When it is tried again; absent: not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<Timestamp>,
}

/// That the targets of another org's case are taken into this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The case into which they are taken.
    pub case: CaseId,
    /// The case that they are from.
    pub source: CaseId,
    /// The org that owned it then.
    pub owner: OrgId,
    /// Its share with the org that owns this case.
    pub share: ShareId,
    /// The generation of that share.
    pub generation: u64,
    /// Since when.
    pub since: Timestamp,
}
