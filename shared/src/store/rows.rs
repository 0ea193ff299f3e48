//! The two partitions that decide: a case's facts, and a user's standings.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::row::{self, Row};
use crate::access::{MemberKind, MemberStatus};
use crate::id::{GroupId, OrgId, ShareId, UserId};
use crate::model::{Grant, GroupMember, Head, Member, Source, User};

/// A user named in `restricted` or `external`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedUser {
    /// Who.
    pub user: UserId,
    /// The head's `access_generation` of the list that this name belongs to.
    pub generation: u64,
    /// By name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<crate::text::Name>,
    /// By address, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<crate::address::Address>,
}

/// A user who has left a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    /// Who.
    pub user: UserId,
    /// The `access_version` at which they left: grants made later count again.
    pub version: u64,
}

/// An assignee, or the creator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Involved {
    /// Who.
    pub user: UserId,
    /// By name, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<crate::text::Name>,
    /// By address, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<crate::address::Address>,
}

/// Where a grant went that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// The id that it had.
    pub was: ShareId,
    /// The id that it has.
    pub now: ShareId,
}

/// The facts of a case, as far as they were read.
#[derive(Clone, Debug, Default)]
pub struct CaseRows {
    /// The head; `None` where there is no such case.
    pub head: Option<Head>,
    /// Assignees.
    pub assignees: Vec<UserId>,
    /// Users named in the list, present or former.
    pub named: Vec<NamedUser>,
    /// Orgs to all of whose external users the case is open.
    pub externals: Vec<OrgId>,
    /// Grants.
    pub grants: Vec<Grant>,
    /// Former ids of accepted grants.
    pub was: HashMap<ShareId, ShareId>,
    /// Who has left.
    pub outs: Vec<OptOut>,
    /// Cases whose targets are taken into this one.
    pub sources: Vec<Source>,
}

impl CaseRows {
    /// Sorts rows of a case's partition into what they are; rows that are no facts are passed over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] for a row of another shape.
    pub fn read<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<Self, StoreError> {
        let mut facts = Self::default();
        for row in rows {
            let sort = row::text(row, "SK");
            match sort.split('#').nth(1) {
                Some("") if sort == "A#" => facts.head = Some(row::read(row)?),
                Some("ASSIGNEE") => facts.assignees.push(row::read::<Involved>(row)?.user),
                Some("NAMED") => facts.named.push(row::read(row)?),
                Some("EXTERNALS") => {
                    let org = sort.rsplit('#').next().unwrap_or_default();
                    facts.externals.push(org.parse().map_err(StoreError::odd)?);
                }
                Some("GRANT") => facts.grants.push(row::read(row)?),
                Some("WAS") => {
                    let was: Was = row::read(row)?;
                    facts.was.insert(was.was, was.now);
                }
                Some("OUT") => facts.outs.push(row::read(row)?),
                Some("FROM") => facts.sources.push(row::read(row)?),
                _ => {}
            }
        }
        Ok(facts)
    }

    /// The grant with this id, or with the id that it was given on acceptance.
    #[must_use]
    pub fn grant(&self, share: &ShareId) -> Option<&Grant> {
        let with = |share: &ShareId| self.grants.iter().find(|grant| grant.share == *share);
        with(share).or_else(|| with(self.was.get(share)?))
    }

    /// Users that the present list names.
    pub fn names(&self) -> impl Iterator<Item = &NamedUser> {
        let generation = self.head.as_ref().map(|head| head.access_generation);
        self.named.iter().filter(move |named| Some(named.generation) == generation)
    }
}

/// A user's standings.
#[derive(Clone, Debug, Default)]
pub struct UserRows {
    /// The user, if known.
    pub user: Option<User>,
    /// Memberships in orgs.
    pub orgs: Vec<Member>,
    /// Memberships in groups.
    pub groups: Vec<GroupMember>,
}

impl UserRows {
    /// Sorts rows of a user's partition into what they are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] for a row of another shape.
    pub fn read<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<Self, StoreError> {
        let mut standings = Self::default();
        for row in rows {
            match row::text(row, "SK").split('#').next() {
                Some("@") => standings.user = Some(row::read(row)?),
                Some("ORG") => standings.orgs.push(row::read(row)?),
                Some("GROUP") => standings.groups.push(row::read(row)?),
                _ => {}
            }
        }
        Ok(standings)
    }

    /// The membership in `org`.
    #[must_use]
    pub fn in_org(&self, org: &OrgId) -> Option<&Member> {
        self.orgs.iter().find(|member| member.org == *org)
    }

    /// The memberships through which a case that is shared with their org can come to the user:
    /// active, and no guest's.
    pub fn at_home(&self) -> impl Iterator<Item = &Member> {
        self.orgs.iter().filter(|member| {
            member.status == MemberStatus::Active && member.kind != MemberKind::Guest
        })
    }

    /// The user's memberships in groups of `owner`, who is somebody else.
    pub fn groups_of(&self, owner: UserId) -> impl Iterator<Item = &GroupMember> {
        self.groups.iter().filter(move |member| member.owner == owner && member.user != owner)
    }

    /// The membership in `group`.
    #[must_use]
    pub fn in_group(&self, group: GroupId) -> Option<&GroupMember> {
        self.groups.iter().find(|member| member.group == group)
    }

    /// `authority_version`; 0 for a user who is not known yet.
    #[must_use]
    pub fn authority_version(&self) -> u64 {
        self.user.as_ref().map_or(0, |user| user.authority_version)
    }
}
