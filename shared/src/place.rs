//! What somebody is to an org, outside of its cases, at one instant.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::access::{CallerFacts, MemberKind, MemberStatus, may};
use crate::caller::Caller;
use crate::error::Error;
use crate::id::OrgId;
use crate::model::{Member, Org, User};
use crate::rights::{OrgFlag, OrgRights, built_in};
use crate::store::{Key, Row, StoreError, Table, Tries, keys, row, standing};
use crate::text::Name;

/// An unlocked org, and what an active member of it may do there.
pub struct Place {
    /// For when.
    pub now: Timestamp,
    /// The org.
    pub org: Org,
    /// The membership.
    pub member: Member,
    /// The caller, as far as they are known.
    pub user: Option<User>,
    /// Rows that were asked for besides, of the same instant.
    pub rows: HashMap<Key, Row>,
    may: OrgRights,
}

impl Place {
    /// Whether the caller is an active normal or service member.
    #[must_use]
    pub fn colleague(&self) -> bool {
        matches!(self.member.kind, MemberKind::Normal | MemberKind::Service)
    }

    /// Whether they have the right there.
    #[must_use]
    pub fn has(&self, flag: OrgFlag) -> bool {
        self.colleague() && self.may.has(flag)
    }

    /// The caller's name, as the table has it, or else their token.
    #[must_use]
    pub fn name_of(&self, caller: &Caller) -> Option<Name> {
        let known = self.user.as_ref().and_then(|user| user.name.clone());
        known.or_else(|| caller.name.clone())
    }

    /// The version of the caller's standings.
    #[must_use]
    pub fn authority_version(&self) -> u64 {
        self.user.as_ref().map_or(0, |user| user.authority_version)
    }
}

impl Table {
    /// What the caller is to `org`, and `besides`, at one instant.
    ///
    /// # Errors
    ///
    /// 404 for who is no active member of it, as for an org that is locked or never was;
    /// [`StoreError`].
    pub async fn place(
        &self,
        caller: &Caller,
        org: &OrgId,
        besides: &[Key],
        now: Timestamp,
    ) -> Result<Place, Error> {
        let member_key = keys::member(caller.user, org);
        let mut wanted = vec![keys::org(org), keys::user(caller.user), member_key.clone()];
        wanted.extend(besides.iter().cloned());
        let mut tries = Tries::default();
        loop {
            let found = match self.get_at_once(&wanted).await {
                Ok(found) => found,
                Err(StoreError::Conflict) => {
                    tries.again().await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let pairs = wanted.iter().cloned().zip(found);
            let rows: HashMap<Key, Row> =
                pairs.filter_map(|(key, row)| Some((key, row?))).collect();
            let member: Option<Member> = row::read_if(rows.get(&member_key))?;
            let profile = member
                .as_ref()
                .and_then(|member| member.profile.as_ref())
                .filter(|name| built_in(name).is_none())
                .map(|name| keys::profile(org, name))
                .filter(|key| !wanted.contains(key));
            if let Some(profile) = profile {
                wanted.push(profile);
                continue;
            }
            let user: Option<User> = row::read_if(rows.get(&keys::user(caller.user)))?;
            let org: Option<Org> = row::read_if(rows.get(&keys::org(org)))?;
            let locked = user.as_ref().is_some_and(|user| user.locked);
            let active = member.filter(|member| member.status == MemberStatus::Active);
            let (Some(org), Some(member), false) = (org.filter(|org| !org.locked), active, locked)
            else {
                return Err(Error::not_found());
            };
            let facts = CallerFacts { locked, membership: Some(standing(&member, &rows)?) };
            let may = may(&facts, false);
            return Ok(Place { now, org, member, user, rows, may });
        }
    }
}
