//! Pages of items, newest first: only what the caller reaches, and always filled, so that neither
//! a short page nor its cursor tells of what is hidden.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::row::{self, Row};
use super::table::{Page, Query, Table};
use super::{Ask, Seen, StoreError, keys};
use crate::caller::Caller;
use crate::id::{CaseId, ItemId};
use crate::rights::{Level, Section};

/// How many rows are read at a time, where the first page was not enough.
const READ_ON: usize = 250;
/// The most text in one page: an answer may have 6 MB, and escaping can double a text.
const PAGE_BYTES: usize = 2_500_000;

/// What a page of items is to hold.
pub struct WantedItems<'a, T> {
    /// Of which case.
    pub case: CaseId,
    /// Of which section, and perhaps of a second one.
    pub sections: (Section, Option<Section>),
    /// Only items older than this one.
    pub after: Option<ItemId>,
    /// How many items.
    pub limit: usize,
    /// Whether the caller is shown an item.
    pub shown: &'a (dyn Fn(&Seen, &T) -> bool + Send + Sync),
}

/// A page of items, each as its decision was.
pub struct ItemPage<T> {
    /// The case, as it was decided on last.
    pub seen: Seen,
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where to go on: behind this item, the last one shown. `None` if no other would be shown.
    pub after: Option<ItemId>,
}

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
    pub async fn items<T: DeserializeOwned + Send>(
        &self,
        caller: &Caller,
        now: Timestamp,
        wanted: &WantedItems<'_, T>,
    ) -> Result<Option<ItemPage<T>>, StoreError> {
        let range = |section| Range { section, start: None, lowest: None, open: true };
        let (first, second) = wanted.sections;
        let mut ranges: Vec<Range> =
            [Some(first), second].into_iter().flatten().map(range).collect();
        let mut found: BTreeMap<Reverse<ItemId>, (T, usize)> = BTreeMap::new();
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
            let pages = [&seen.page, &seen.also];
            for ((range, reading), page) in ranges.iter_mut().zip(reading).zip(pages) {
                if reading {
                    take(&seen, range, page, wanted, &mut found)?;
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
}

/// Takes from a page what is shown, and notes how far the range has been read.
fn take<T: DeserializeOwned>(
    seen: &Seen,
    range: &mut Range,
    page: &Page,
    wanted: &WantedItems<'_, T>,
    found: &mut BTreeMap<Reverse<ItemId>, (T, usize)>,
) -> Result<(), StoreError> {
    range.open = page.next.is_some() && seen.access.section(range.section) != Level::None;
    range.start.clone_from(&page.next);
    for row in &page.rows {
        let id = row::text(row, "SK").rsplit('#').next().unwrap_or_default();
        let id: ItemId = id.parse().map_err(StoreError::odd)?;
        range.lowest = Some(id);
        let item = row::read(row)?;
        if (wanted.shown)(seen, &item) {
            found.insert(Reverse(id), (item, weight(row)));
        }
    }
    Ok(())
}

/// The bytes of text in a row.
fn weight(row: &Row) -> usize {
    row.values().filter_map(|value| value.as_s().ok()).map(String::len).sum()
}

/// The first items, as many as fit into a page, and behind which one to go on if there are others.
fn cut<T>(found: BTreeMap<Reverse<ItemId>, (T, usize)>, limit: usize) -> (Vec<T>, Option<ItemId>) {
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
