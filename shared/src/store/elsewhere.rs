//! Where an org has a target besides: as its own, or from somebody else's share.

use std::collections::HashMap;

use jiff::Timestamp;

use super::StoreError;
use super::judge::{link_facts, link_keys};
use super::keys::{self, Key};
use super::row::{self, Row};
use super::table::{Query, Table};
use crate::id::{CaseId, OrgId, Recipient, ShareId};
use crate::model::{Grant, Head, ItemShare, Org, OverLink, reaching};
use crate::rights::Section;
use crate::sharing::taken_in;

/// How many cases with one target are looked at, of each sort.
const CASES: usize = 40;

/// A target that an org takes in by a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The share of the case with that org.
    pub share: ShareId,
    /// The org that shares.
    pub from: OrgId,
    /// The share of the target.
    pub target: ItemShare,
}

/// Where an org has a target besides one share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// In a case of its own.
    pub own: bool,
    /// From other shares that give it now.
    pub received: Vec<TakenIn>,
}

impl Elsewhere {
    /// Whether it is nowhere else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.own && self.received.is_empty()
    }
}

impl Table {
    /// Where `org` has the target with this hash, besides what comes from `besides`. Each row is
    /// read strongly; the index that finds them lags.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn elsewhere(
        &self,
        org: &OrgId,
        mac: &str,
        besides: CaseId,
        now: Timestamp,
    ) -> Result<Elsewhere, StoreError> {
        let own = Query::principal(keys::target_of(org, mac)).backwards().limit(CASES);
        let received = Query::principal(keys::received_target_of(org, mac)).backwards();
        let (own, received) =
            futures_util::future::try_join(self.query(own), self.query(received.limit(CASES)))
                .await?;
        let own: Vec<(Key, CaseId)> = own.rows.iter().filter_map(listed).collect();
        let received = received.rows.iter().filter_map(listed);
        let received: Vec<(Key, CaseId)> = received.filter(|(_, case)| *case != besides).collect();
        if own.is_empty() && received.is_empty() {
            return Ok(Elsewhere::default());
        }
        let grant = |case| keys::grant(case, &ShareId::of(case, &Recipient::Org(org.clone())));
        let heads =
            own.iter().chain(&received).flat_map(|(key, case)| [key.clone(), keys::head(*case)]);
        let grants = received.iter().map(|(_, case)| grant(*case));
        let rows = self.get_many(heads.chain(grants)).await?;
        let mut found = Elsewhere::default();
        for (key, case) in &own {
            let head = head(&rows, *case)?;
            found.own |= rows.contains_key(key) && head.is_some_and(|head| head.owner == *org);
        }
        let mut given: Vec<(OverLink, TakenIn)> = Vec::new();
        for (key, case) in &received {
            let target: Option<ItemShare> = row::read_if(rows.get(key))?;
            let of: Option<Grant> = row::read_if(rows.get(&grant(*case)))?;
            let (Some(target), Some(grant), Some(head)) = (target, of, head(&rows, *case)?) else {
                continue;
            };
            if taken_in(&grant, now)
                && target.generation == Some(grant.generation)
                && let Some(link) = grant.link
            {
                given.push((link, TakenIn { share: grant.share, from: head.owner, target }));
            }
        }
        let leans_on = given.iter().flat_map(|(_, one)| {
            let [ours, theirs] = link_keys(&one.from, org);
            [item_of(&one.target), keys::org(&one.from), ours, theirs]
        });
        let rows = self.get_many(leans_on).await?;
        for (link, one) in given {
            let owner: Option<Org> = row::read_if(rows.get(&keys::org(&one.from)))?;
            let carries = link_facts(&one.from, org, &rows)?.carries(link.generation, now);
            if rows.contains_key(&item_of(&one.target)) && reaching(carries, owner.as_ref()).is_ok()
            {
                found.received.push(one);
            }
        }
        Ok(found)
    }

    /// The shares of the targets that `org` takes in by this share of their case: the newest `most`,
    /// newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn targets_taken_in(
        &self,
        org: &OrgId,
        grant: &Grant,
        most: usize,
    ) -> Result<Vec<ItemShare>, StoreError> {
        let prefix = keys::item_shares_prefix(org, Section::Targets);
        let all = Query::rows(keys::case_partition(grant.case)).prefix(prefix).backwards();
        let rows = self.query(all.limit(most)).await?.rows;
        let mut shares = rows.iter().map(row::read).collect::<Result<Vec<ItemShare>, _>>()?;
        shares.retain(|share| share.generation == Some(grant.generation));
        Ok(shares)
    }
}

/// The key of an index row, and the case in which it lies.
fn listed(found: &Row) -> Option<(Key, CaseId)> {
    Some((row::key_of(found), row::case_listed(found)?))
}

/// The key of the item that is shared.
fn item_of(share: &ItemShare) -> Key {
    keys::item(share.case, share.section, share.item)
}

/// The head of a case that is there.
fn head(rows: &HashMap<Key, Row>, case: CaseId) -> Result<Option<Head>, StoreError> {
    let head: Option<Head> = row::read_if(rows.get(&keys::head(case)))?;
    Ok(head.filter(|head| !head.gone))
}
