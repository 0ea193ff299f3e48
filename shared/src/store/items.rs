//! Pages of items, newest first: only what the caller reaches, and always filled, so that neither
//! a short page nor its cursor tells of what is hidden.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::judge::PartnerShare;
use super::row::{self, Row};
use super::table::{Page, Query, Table};
use super::{Ask, First, Seen, StoreError, keys};
use crate::access::{Partners, Path};
use crate::caller::Caller;
use crate::id::{CaseId, ItemId};
use crate::model::ItemShare;
use crate::rights::{Level, Section};

/// How many rows are read at a time, where the first page was not enough.
const READ_ON: usize = 250;
/// The most text in one page: an answer may have 6 MB, and escaping can double a text.
const PAGE_BYTES: usize = 2_500_000;

/// Makes what is shown of an item, which reaches these partner orgs by itself; `None` if the caller
/// is not shown it.
pub type Shows<'a, T, V> = &'a (dyn Fn(&Seen, T, Partners) -> Option<V> + Send + Sync);

/// What a page of items is to hold.
pub struct WantedItems<'a, T, V> {
    /// Of which case.
    pub case: CaseId,
    /// Of which section, and perhaps of a second one.
    pub sections: (Section, Option<Section>),
    /// Only items older than this one.
    pub after: Option<ItemId>,
    /// How many items.
    pub limit: usize,
    /// What the caller is shown of an item.
    pub shows: Shows<'a, T, V>,
}

/// A page of items, each as its decision was.
pub struct ItemPage<V> {
    /// The case, as it was decided on last.
    pub seen: Seen,
    /// What is shown, newest first.
    pub items: Vec<V>,
    /// Where to go on: behind this item, the last one shown. `None` if no other would be shown.
    pub after: Option<ItemId>,
}

/// What has been found so far, newest first, with the bytes of text of each.
type Found<V> = BTreeMap<Reverse<ItemId>, (V, usize)>;

/// The items of one section, as far as they have been read.
struct Range {
    section: Section,
    start: Option<HashMap<String, AttributeValue>>,
    lowest: Option<ItemId>,
    /// There is more to read.
    open: bool,
}

impl Range {
    fn query(&self, wanted: CaseId, after: Option<ItemId>, limit: usize) -> Query {
        let query = Query::rows(keys::case_partition(wanted))
            .prefix(keys::items_prefix(self.section))
            .backwards()
            .limit(limit);
        match (&self.start, after) {
            (Some(start), _) => query.from(start.clone()),
            (None, Some(after)) => query.after(&keys::item(wanted, self.section, after), None),
            (None, None) => query,
        }
    }

    /// Whether this range must be read on, if all items down to `horizon` are to be known.
    fn holds_back(&self, horizon: Option<ItemId>) -> bool {
        self.open && self.lowest.is_none_or(|lowest| horizon.is_none_or(|until| until <= lowest))
    }
}

impl Table {
    /// One page of items. `None` if the case does not exist for the caller.
    ///
    /// Every row is read together with a check and shown by its decision. A section that no path
    /// reads is not read on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn items<T: DeserializeOwned, V: Send>(
        &self,
        caller: &Caller,
        now: Timestamp,
        wanted: &WantedItems<'_, T, V>,
    ) -> Result<Option<ItemPage<V>>, StoreError> {
        let range = |section| Range { section, start: None, lowest: None, open: true };
        let (first, second) = wanted.sections;
        let mut ranges: Vec<Range> =
            [Some(first), second].into_iter().flatten().map(range).collect();
        let mut found: Found<V> = BTreeMap::new();
        let mut horizon = None;
        let mut rows = wanted.limit + 1;
        loop {
            let reading: Vec<bool> = ranges.iter().map(|one| one.holds_back(horizon)).collect();
            let mut queries = ranges.iter().zip(&reading).map(|(range, reading)| {
                reading.then(|| range.query(wanted.case, wanted.after, rows))
            });
            let ask = Ask { page: queries.next().flatten(), ..Ask::nothing() }
                .also(queries.next().flatten());
            let look = self.look(caller, wanted.case, now, &ask).await?;
            let Some(seen) = look.seen() else {
                return Ok(None);
            };
            let singly = !seen.reaches_all()
                && seen.access.partners().next().is_some()
                && matches!(first, Section::Tasks | Section::Observables | Section::Targets);
            if singly && !seen.access.has(Path::Portal) {
                return self.items_shared(caller, now, wanted, seen).await;
            }
            let pages = [&seen.page, &seen.also];
            for ((range, reading), page) in ranges.iter_mut().zip(reading).zip(pages) {
                if reading {
                    let shares =
                        if singly { self.shares_of(&seen, first, page).await? } else { Vec::new() };
                    take(&seen, range, page, &shares, wanted, &mut found)?;
                }
            }
            horizon = ranges.iter().filter(|range| range.open).filter_map(|one| one.lowest).max();
            let known = !ranges.iter().any(|range| range.open && range.lowest.is_none());
            let complete = |id: ItemId| known && horizon.is_none_or(|horizon| horizon <= id);
            let safe = found.iter().take_while(|(id, _)| complete(id.0));
            let (count, bytes) = safe.fold((0, 0), |(n, sum), (_, (_, size))| (n + 1, sum + size));
            let all = ranges.iter().all(|range| !range.open);
            if all || wanted.limit < count || PAGE_BYTES < bytes {
                let (items, after) = cut(found, wanted.limit);
                return Ok(Some(ItemPage { seen, items, after }));
            }
            rows = READ_ON;
        }
    }

    /// One page of single items that are shared with orgs of the caller's, found by their shares:
    /// what is not shared is not read. `seen` is the decision that told so.
    async fn items_shared<T: DeserializeOwned, V: Send>(
        &self,
        caller: &Caller,
        now: Timestamp,
        wanted: &WantedItems<'_, T, V>,
        mut seen: Seen,
    ) -> Result<Option<ItemPage<V>>, StoreError> {
        let (case, section) = (wanted.case, wanted.sections.0);
        let mut found: Found<V> = BTreeMap::new();
        let (mut behind, mut bytes) = (wanted.after, 0);
        loop {
            let open = seen.access.section(section) != Level::None;
            let missing = wanted.limit + 1 - found.len();
            let (ids, next) = if open {
                self.shared_ids(&seen, section, behind, missing).await?
            } else {
                (Vec::new(), None)
            };
            if !ids.is_empty() {
                let content = ids.iter().map(|id| keys::item(case, section, *id));
                let shares = |first: &First| {
                    ids.iter().flat_map(|id| first.item_shares(case, section, *id)).collect()
                };
                // The shares in round two: what was taken back before then shows nothing.
                let ask = Ask::rows(content).then(&shares);
                let Some(now_seen) = self.look(caller, case, now, &ask).await?.seen() else {
                    return Ok(None);
                };
                seen = now_seen;
                for id in &ids {
                    let Some(row) = seen.rows.get(&keys::item(case, section, *id)) else {
                        continue;
                    };
                    let partners = seen.reached(section, *id)?;
                    if let Some(view) = (wanted.shows)(&seen, row::read(row)?, partners) {
                        bytes += weight(row);
                        found.insert(Reverse(*id), (view, weight(row)));
                    }
                }
            }
            if next.is_none() || wanted.limit < found.len() || PAGE_BYTES < bytes {
                let (items, after) = cut(found, wanted.limit);
                return Ok(Some(ItemPage { seen, items, after }));
            }
            behind = next;
        }
    }

    /// The next items, newest first, that are shared with orgs through which the caller has the
    /// case, and where to go on.
    async fn shared_ids(
        &self,
        seen: &Seen,
        section: Section,
        behind: Option<ItemId>,
        limit: usize,
    ) -> Result<(Vec<ItemId>, Option<ItemId>), StoreError> {
        let orgs: Vec<&PartnerShare> =
            seen.access.partners().filter_map(|place| seen.partners.get(place)).collect();
        let pages = try_join_all(orgs.iter().map(|partner| {
            let query = Query::rows(keys::case_partition(seen.case))
                .prefix(keys::item_shares_prefix(&partner.org, section))
                .backwards()
                .limit(limit);
            self.query(match behind {
                Some(id) => {
                    query.after(&keys::item_share(seen.case, &partner.org, section, id), None)
                }
                None => query,
            })
        }))
        .await?;
        let mut ids: BTreeSet<Reverse<ItemId>> = BTreeSet::new();
        // Below this a range that was not read to its end may hold items that are not here.
        let mut horizon: Option<ItemId> = None;
        for (partner, page) in orgs.iter().zip(pages) {
            let mut lowest = None;
            for row in &page.rows {
                let share: ItemShare = row::read(row)?;
                lowest = Some(share.item);
                if share.generation.is_none_or(|of| of == partner.generation) {
                    ids.insert(Reverse(share.item));
                }
            }
            if page.next.is_some() {
                horizon = horizon.max(lowest);
            }
        }
        let known = ids.into_iter().map(|Reverse(id)| id);
        Ok((known.filter(|id| horizon.is_none_or(|horizon| horizon <= *id)).collect(), horizon))
    }

    /// What the items of a page are shared with, of the caller's orgs.
    async fn shares_of(
        &self,
        seen: &Seen,
        section: Section,
        page: &Page,
    ) -> Result<Vec<ItemShare>, StoreError> {
        let ids = page.rows.iter().map(id_of).collect::<Result<Vec<_>, _>>()?;
        let keys = ids.iter().flat_map(|id| {
            let of =
                |partner: &PartnerShare| keys::item_share(seen.case, &partner.org, section, *id);
            seen.partners.iter().map(of)
        });
        self.get_many(keys).await?.values().map(row::read).collect()
    }
}

/// The item whose row this is.
fn id_of(row: &Row) -> Result<ItemId, StoreError> {
    let id = row::text(row, "SK").rsplit('#').next().unwrap_or_default();
    id.parse().map_err(StoreError::odd)
}

/// Takes from a page what is shown, and notes how far the range has been read.
fn take<T: DeserializeOwned, V>(
    seen: &Seen,
    range: &mut Range,
    page: &Page,
    shares: &[ItemShare],
    wanted: &WantedItems<'_, T, V>,
    found: &mut Found<V>,
) -> Result<(), StoreError> {
    range.open = page.next.is_some() && seen.access.section(range.section) != Level::None;
    range.start.clone_from(&page.next);
    for row in &page.rows {
        let id = id_of(row)?;
        range.lowest = Some(id);
        let of_item = shares.iter().filter(|share| share.item == id).cloned();
        let partners = seen.reached_by(&of_item.collect::<Vec<_>>());
        if let Some(view) = (wanted.shows)(seen, row::read(row)?, partners) {
            found.insert(Reverse(id), (view, weight(row)));
        }
    }
    Ok(())
}

/// The bytes of text in a row.
fn weight(row: &Row) -> usize {
    row.values().filter_map(|value| value.as_s().ok()).map(String::len).sum()
}

/// The first items, as many as fit into a page, and behind which one to go on if there are others.
fn cut<V>(found: Found<V>, limit: usize) -> (Vec<V>, Option<ItemId>) {
    let mut items = Vec::new();
    let mut last = None;
    let mut bytes = 0;
    for (Reverse(id), (item, size)) in found {
        bytes += size;
        if items.len() == limit || (PAGE_BYTES < bytes && !items.is_empty()) {
            return (items, last);
        }
        items.push(item);
        last = Some(id);
    }
    (items, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sizes: &[usize]) -> BTreeMap<Reverse<ItemId>, (usize, usize)> {
        let id =
            |at: usize| ItemId::new(Timestamp::from_second(i64::try_from(at).unwrap()).unwrap());
        sizes.iter().enumerate().map(|(at, size)| (Reverse(id(at)), (at, *size))).collect()
    }

    #[test]
    fn a_page_ends_at_its_limit_and_says_so_only_if_there_is_more() {
        let (items, after) = cut(found(&[1, 1, 1]), 2);
        assert_eq!(items, [2, 1]);
        assert!(after.is_some());
        let (items, after) = cut(found(&[1, 1]), 2);
        assert_eq!(items, [1, 0]);
        assert!(after.is_none());
    }

    #[test]
    fn a_page_that_grows_too_large_ends_early_but_is_never_empty() {
        let (items, after) = cut(found(&[10, PAGE_BYTES, PAGE_BYTES + 1]), 100);
        assert_eq!(items, [2]);
        assert!(after.is_some());
        let (items, after) = cut(found(&[PAGE_BYTES + 1]), 100);
        assert_eq!(items, [0]);
        assert!(after.is_none());
    }

    #[test]
    fn only_the_range_that_was_read_least_far_is_read_on() {
        let id = |at| ItemId::new(Timestamp::from_second(at).unwrap());
        let range = |lowest, open| Range { section: Section::Documents, start: None, lowest, open };
        let (old, new) = (id(1), id(2));
        assert!(range(None, true).holds_back(None));
        assert!(range(Some(new), true).holds_back(Some(new)));
        assert!(!range(Some(old), true).holds_back(Some(new)));
        assert!(!range(Some(new), false).holds_back(Some(new)));
    }
}
