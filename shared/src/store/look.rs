//! What a check is asked for, what it finds, and what can be read off it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::StoreError;
use super::judge::PartnerShare;
use super::keys::{self, Key};
use super::row::{self, Row};
use super::rows::{CaseRows, UserRows};
use super::table::{Page, Query};
use crate::access::{Access, Partners};
use crate::caller::Caller;
use crate::id::{CaseId, ItemId, OrgId};
use crate::model::{Head, ItemShare, Org, Source};
use crate::rights::Section;
use crate::text::Name;

/// Names further rows by what round one found.
pub type Second<'a> = &'a (dyn Fn(&First) -> Vec<Key> + Send + Sync);

/// What is to be read together with a check.
#[derive(Clone, Default)]
pub struct Ask<'a> {
    /// Rows for round one: the content, what is to be changed, an idempotency record.
    pub first: Vec<Key>,
    /// A page of content for round one.
    pub page: Option<Query>,
    /// A second page of content for round one, where what is listed lies in two ranges.
    pub also: Option<Query>,
    /// Further rows for round two, which depend on what round one found.
    pub second: Option<Second<'a>>,
    /// Cases whose targets, taken into this one, are to be shown: they are judged too. At most
    /// [`SOURCES_AT_ONCE`].
    pub sources: Vec<CaseId>,
}

/// How many sources of a case are judged in one check.
pub const SOURCES_AT_ONCE: usize = 8;

impl<'a> Ask<'a> {
    /// Nothing but the decision.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Rows for round one.
    #[must_use]
    pub fn rows(first: impl IntoIterator<Item = Key>) -> Self {
        Self { first: first.into_iter().collect(), ..Self::default() }
    }

    /// One further row for round one, if there is one to ask for.
    #[must_use]
    pub fn and(mut self, key: Option<Key>) -> Self {
        self.first.extend(key);
        self
    }

    /// A page of content for round one.
    #[must_use]
    pub fn page(mut self, page: Query) -> Self {
        self.page = Some(page);
        self
    }

    /// A second page of content for round one.
    #[must_use]
    pub fn also(mut self, page: Option<Query>) -> Self {
        self.also = page;
        self
    }

    /// Cases whose targets, taken into this one, are to be shown.
    #[must_use]
    pub fn received(mut self, sources: impl IntoIterator<Item = CaseId>) -> Self {
        self.sources = sources.into_iter().take(SOURCES_AT_ONCE).collect();
        self
    }

    /// Further rows for round two.
    #[must_use]
    pub fn then(mut self, second: Second<'a>) -> Self {
        self.second = Some(second);
        self
    }
}

/// What round one found.
pub struct First {
    /// The case's facts, as far as they were read.
    pub facts: CaseRows,
    /// Whether those are all.
    pub whole: bool,
    /// The caller's standings.
    pub me: UserRows,
    /// The rows that were asked for.
    pub rows: HashMap<Key, Row>,
}

impl First {
    /// Where it stands that an item is shared with orgs of the caller's: with those that can have
    /// the case at all.
    #[must_use]
    pub fn item_shares(&self, case: CaseId, section: Section, item: ItemId) -> Vec<Key> {
        let owner = self.facts.head.as_ref().map(|head| &head.owner);
        let has_it = |org: &OrgId| {
            let mut grants = self.facts.grants.iter();
            !self.whole || grants.any(|grant| grant.recipient.org() == Some(org))
        };
        let orgs = self.me.at_home().map(|member| &member.org);
        let orgs = orgs.filter(|org| Some(*org) != owner && has_it(org));
        orgs.map(|org| keys::item_share(case, org, section, item)).collect()
    }
}

/// What a check found, whether or not the caller may know of it.
pub struct Look {
    /// The instant for which windows were judged.
    pub now: Timestamp,
    /// The case.
    pub case: CaseId,
    /// Who asks.
    pub caller: Caller,
    /// The caller's standings.
    pub me: UserRows,
    /// The case's facts: all of them if [`Look::whole`], else the caller's.
    pub facts: CaseRows,
    /// Whether `facts` are all facts of the case.
    pub whole: bool,
    /// The owner org, where there is such a case.
    pub org: Option<Org>,
    /// What the caller may do.
    pub access: Access,
    /// The shares with orgs of the caller's, each in the place that the decision names it by.
    pub partners: Vec<PartnerShare>,
    /// The sources that were asked for, each in the place that the decision names it by.
    pub sources: Vec<Source>,
    /// Rows that were asked for, of both rounds.
    pub rows: HashMap<Key, Row>,
    /// The page that was asked for.
    pub page: Page,
    /// The second page that was asked for.
    pub also: Page,
}

impl Look {
    /// The same, of a case that exists for the caller; `None` for one that does not, whether or
    /// not there is such a case.
    #[must_use]
    pub fn seen(self) -> Option<Seen> {
        match (self.facts.head.clone(), self.org.clone()) {
            (Some(head), Some(org)) if self.access.sees_case() => {
                Some(Seen { head, org, look: self })
            }
            _ => None,
        }
    }

    /// The caller's name, as the table has it, or else their token.
    #[must_use]
    pub fn my_name(&self) -> Option<Name> {
        let known = self.me.user.as_ref().and_then(|user| user.name.clone());
        known.or_else(|| self.caller.name.clone())
    }

    /// The partner orgs, by their places in the decision, that an item reaches by these shares of
    /// it.
    #[must_use]
    pub fn reached_by(&self, shares: &[ItemShare]) -> Partners {
        let reaches = |partner: &PartnerShare| {
            shares.iter().any(|share| {
                share.org == partner.org
                    && share.generation.is_none_or(|of| of == partner.generation)
            })
        };
        let places = self.partners.iter().enumerate().filter(|(_, partner)| reaches(partner));
        places.fold(Partners::NONE, |places, (place, _)| places.with(place))
    }

    /// The org as whose member the caller makes something in the case: the owner org for those
    /// inside, else the first partner org through whose share they have it, else none.
    #[must_use]
    pub fn acts_for(&self) -> Option<&OrgId> {
        if self.access.inside() {
            return self.facts.head.as_ref().map(|head| &head.owner);
        }
        let partner = self.access.partners().next().and_then(|place| self.partners.get(place));
        partner.map(|partner| &partner.org)
    }

    /// The partner orgs that an item reaches by itself, by the rows that were asked for with
    /// [`First::item_shares`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] for a row of another shape.
    pub fn reached(&self, section: Section, item: ItemId) -> Result<Partners, StoreError> {
        let keys = self.partners.iter();
        let keys = keys.map(|one| keys::item_share(self.case, &one.org, section, item));
        let shares = keys.filter_map(|key| self.row(&key).transpose());
        Ok(self.reached_by(&shares.collect::<Result<Vec<ItemShare>, _>>()?))
    }

    /// Whether the caller reaches every item of the case, and not only what is shared with orgs of
    /// theirs or made through the portal.
    #[must_use]
    pub fn reaches_all(&self) -> bool {
        use crate::access::Path::{Group, Involved, OwnerOrg, Person, ShareAll};
        [OwnerOrg, Involved, Person, Group, ShareAll].into_iter().any(|path| self.access.has(path))
    }

    /// A row that was asked for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] for a row of another shape.
    pub fn row<T: serde::de::DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        row::read_if(self.rows.get(key))
    }
}

/// A case that exists for the caller, with the decision.
pub struct Seen {
    /// The head, as it was in both rounds.
    pub head: Head,
    /// The owner org.
    pub org: Org,
    look: Look,
}

impl std::ops::Deref for Seen {
    type Target = Look;

    fn deref(&self) -> &Look {
        &self.look
    }
}
