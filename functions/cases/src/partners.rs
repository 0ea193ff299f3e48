//! How a case stands towards each org with which it is shared, or from which it takes something in:
//! computed whenever it is shown, never stored.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Serialize;
use shared::access::GrantState;
use shared::id::{CaseId, OrgId};
use shared::model::{Grant, Head, Org, Source, reaching};
use shared::sharing::open_grant;
use shared::store::{Key, Query, Row, Seen, StoreError, Table, keys, link_facts, link_keys, row};
use utoipa::ToSchema;

/// How a case stands towards an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sharing {
    /// What is in it goes to that org now.
    Sending,
    /// What that org shares comes into it now.
    Receiving,
    /// Both.
    Both,
    /// Neither, now: it waits, was refused, is over, or the link is closed.
    Inactive,
}

/// An org with which a case is shared, or from which it takes something in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PartnerStatus {
    /// The org.
    pub(crate) org: OrgId,
    /// How the case stands towards it.
    pub(crate) status: Sharing,
}

/// What says so of one case.
#[derive(Default)]
struct Facts {
    grants: Vec<Grant>,
    sources: Vec<Source>,
}

impl Facts {
    /// Those of a case.
    async fn of(table: &Table, case: CaseId) -> Result<Self, StoreError> {
        let all = Query::rows(keys::case_partition(case))
            .between(keys::SOURCE_PREFIX, format!("{}~", keys::GRANT_PREFIX));
        Self::read(&table.query_all(all, 2_000).await?)
    }

    fn read(rows: &[Row]) -> Result<Self, StoreError> {
        let mut facts = Self::default();
        for found in rows {
            let sort = row::text(found, "SK");
            if sort.starts_with(keys::SOURCE_PREFIX) {
                facts.sources.push(row::read(found)?);
            } else if sort.starts_with(keys::GRANT_PREFIX) {
                facts.grants.push(row::read(found)?);
            }
        }
        Ok(facts)
    }

    /// What must be read besides.
    fn lean_on(&self, owner: &OrgId) -> Vec<Key> {
        let mut wanted = Vec::new();
        for org in self.grants.iter().filter_map(|grant| grant.recipient.org()) {
            wanted.extend(link_keys(owner, org));
            wanted.push(keys::org(org));
        }
        for source in &self.sources {
            wanted.extend(link_keys(&source.owner, owner));
            wanted.push(keys::org(&source.owner));
            wanted.push(keys::head(source.source));
            wanted.push(keys::grant(source.source, &source.share));
        }
        wanted
    }

    /// The statuses, by org.
    fn statuses(
        &self,
        head: &Head,
        rows: &HashMap<Key, Row>,
        now: Timestamp,
    ) -> Result<Vec<PartnerStatus>, StoreError> {
        let carries = |from: &OrgId, to: &OrgId, other: &OrgId, grant: &Grant| {
            let org: Option<Org> = row::read_if(rows.get(&keys::org(other)))?;
            let Some(link) = &grant.link else { return Ok::<_, StoreError>(false) };
            let usable = link_facts(from, to, rows)?.carries(link.generation, now);
            let begun = grant.window.valid_from.is_none_or(|begin| begin <= now);
            let active = grant.state == GrantState::Active && open_grant(grant, now) && begun;
            Ok(active && reaching(usable, org.as_ref()).is_ok())
        };
        let mut both: BTreeMap<OrgId, (bool, bool)> = BTreeMap::new();
        for grant in &self.grants {
            if let Some(org) = grant.recipient.org() {
                let sends = carries(&head.owner, org, org, grant)?;
                both.entry(org.clone()).or_default().0 |= sends;
            }
        }
        for source in &self.sources {
            let key = keys::grant(source.source, &source.share);
            let grant: Option<Grant> = row::read_if(rows.get(&key))?;
            let from: Option<Head> = row::read_if(rows.get(&keys::head(source.source)))?;
            let there = from.is_some_and(|from| !from.gone && from.owner == source.owner);
            let receives = match grant.filter(|grant| grant.generation == source.generation) {
                Some(grant) if there => {
                    let here = grant.link.as_ref().and_then(|link| link.destination);
                    let owner = &source.owner;
                    here == Some(head.case) && carries(owner, &head.owner, owner, &grant)?
                }
                _ => false,
            };
            both.entry(source.owner.clone()).or_default().1 |= receives;
        }
        let status = |(org, (sends, receives))| PartnerStatus {
            org,
            status: match (sends, receives) {
                (true, true) => Sharing::Both,
                (true, false) => Sharing::Sending,
                (false, true) => Sharing::Receiving,
                (false, false) => Sharing::Inactive,
            },
        };
        Ok(both.into_iter().map(status).collect())
    }
}

/// How a case that is seen stands towards other orgs. Nothing is read again that it was decided on,
/// and nothing at all where it is shared with no org, as most are.
pub(crate) async fn statuses_of(
    table: &Table,
    seen: &Seen,
) -> Result<Vec<PartnerStatus>, StoreError> {
    let facts = if seen.whole {
        Facts { grants: seen.facts.grants.clone(), sources: seen.facts.sources.clone() }
    } else {
        Facts::of(table, seen.case).await?
    };
    let rows = table.get_many(facts.lean_on(&seen.head.owner)).await?;
    facts.statuses(&seen.head, &rows, seen.now)
}

/// How each of these cases stands towards other orgs.
pub(crate) async fn statuses(
    table: &Table,
    heads: &[&Head],
    now: Timestamp,
) -> Result<HashMap<CaseId, Vec<PartnerStatus>>, StoreError> {
    let facts = try_join_all(heads.iter().map(|head| Facts::of(table, head.case))).await?;
    let pairs = || heads.iter().zip(&facts);
    let wanted = pairs().flat_map(|(head, facts)| facts.lean_on(&head.owner));
    let rows = table.get_many(wanted).await?;
    pairs().map(|(head, facts)| Ok((head.case, facts.statuses(head, &rows, now)?))).collect()
}
