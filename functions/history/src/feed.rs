//! Both ranges of a case's history as one, newest first.
//!
//! Changes of access sort by version, all other lines by ULID: neither order is the other's, so
//! they are merged by time, and a position is one in each.

use std::collections::VecDeque;

use shared::error::Error;
use shared::id::{CaseId, EventId};
use shared::model::{Event, EventItem};
use shared::store::{Ask, Key, Page, Query, StoreError, keys, row};

/// Behind which line of either range to go on; `None` in a range of which none was passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    version: Option<u64>,
    work: Option<EventId>,
}

impl Position {
    /// As a cursor holds it.
    pub(crate) fn text(self) -> String {
        let version = self.version.map(|version| version.to_string()).unwrap_or_default();
        let work = self.work.map(|work| work.to_string()).unwrap_or_default();
        format!("{version},{work}")
    }

    /// From a cursor.
    ///
    /// # Errors
    ///
    /// 400 for what never was a position.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let wrong = || Error::parameter("cursor", "is not a cursor of this query");
        let (version, work) = text.split_once(',').ok_or_else(wrong)?;
        Ok(Self {
            version: part(version).map_err(|_| wrong())?,
            work: part(work).map_err(|_| wrong())?,
        })
    }
}

/// One half of a position.
fn part<T: std::str::FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// One of the two ranges, as far as it has been read.
struct Range {
    prefix: &'static str,
    /// The last line read, or where the cursor says to go on.
    last: Option<Key>,
    /// Lines read and not passed.
    lines: VecDeque<(Key, Event)>,
    /// There is more to read.
    open: bool,
}

impl Range {
    fn new(prefix: &'static str, last: Option<Key>) -> Self {
        Self { prefix, last, lines: VecDeque::new(), open: true }
    }

    fn query(&self, case: CaseId, limit: usize) -> Option<Query> {
        if !self.open || !self.lines.is_empty() {
            return None;
        }
        let query = Query::rows(keys::case_partition(case)).prefix(self.prefix).backwards();
        let query = query.limit(limit);
        Some(match &self.last {
            Some(last) => query.after(last, None),
            None => query,
        })
    }

    fn take(&mut self, page: &Page) -> Result<(), StoreError> {
        for line in &page.rows {
            let key = row::key_of(line);
            self.last = Some(key.clone());
            // For the audit view of another org; the line itself is there too.
            if keys::is_copy(&key) {
                continue;
            }
            self.lines.push_back((key, row::read(line)?));
        }
        self.open = page.next.is_some();
        Ok(())
    }

    /// Nothing is known of what comes next.
    fn dry(&self) -> bool {
        self.open && self.lines.is_empty()
    }
}

/// The history of a case, as far as it has been read.
pub(crate) struct Feed {
    case: CaseId,
    access: Range,
    work: Range,
    position: Position,
}

impl Feed {
    /// The history behind `position`.
    pub(crate) fn behind(case: CaseId, position: Position) -> Self {
        let access = position.version.map(|version| keys::access_event(case, version));
        let work = position.work.map(|work| keys::work_event(case, work));
        Self {
            case,
            access: Range::new(keys::ACCESS_EVENTS, access),
            work: Range::new(keys::WORK_EVENTS, work),
            position,
        }
    }

    /// What must be read to go on: up to `limit` lines of each range that has run dry.
    pub(crate) fn ask(&self, limit: usize) -> Ask<'static> {
        let mut ask = Ask::nothing();
        ask.page = self.access.query(self.case, limit);
        ask.also = self.work.query(self.case, limit);
        ask
    }

    /// Takes in what [`Feed::ask`] asked for.
    pub(crate) fn take(&mut self, access: &Page, work: &Page) -> Result<(), StoreError> {
        if self.access.dry() {
            self.access.take(access)?;
        }
        if self.work.dry() {
            self.work.take(work)?;
        }
        Ok(())
    }

    /// The items that the lines read and not passed are about.
    pub(crate) fn items(&self) -> impl Iterator<Item = &EventItem> {
        let lines = self.access.lines.iter().chain(&self.work.lines);
        lines.filter_map(|(_, event)| event.item.as_ref())
    }

    /// Whether everything has been passed.
    pub(crate) fn ended(&self) -> bool {
        let ended = |range: &Range| !range.open && range.lines.is_empty();
        ended(&self.access) && ended(&self.work)
    }

    /// Where the line that was passed last stands.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The next line; `None` until more has been read, or at the end.
    pub(crate) fn pass(&mut self) -> Option<(Key, Event)> {
        if self.access.dry() || self.work.dry() {
            return None;
        }
        let at = |range: &Range| range.lines.front().map(|(_, event)| event.at);
        // What is written together with a change of access counts as written after it.
        let next = if at(&self.work) >= at(&self.access) {
            self.work.lines.pop_front()
        } else {
            self.access.lines.pop_front()
        };
        let (key, event) = next?;
        if let Some(version) = key.sk.strip_prefix(keys::ACCESS_EVENTS) {
            let version = version.split('#').next().unwrap_or_default();
            self.position.version = version.parse().ok();
        } else if let Some(work) = key.sk.strip_prefix(keys::WORK_EVENTS) {
            self.position.work = work.parse().ok();
        }
        Some((key, event))
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use shared::model::{Actor, EventKind};
    use shared::store::RowBuilder;

    use super::*;

    fn case() -> CaseId {
        "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn page(keys: &[(Key, i64)], more: bool) -> Page {
        let row = |(key, second): &(Key, i64)| {
            let event = Event {
                kind: EventKind::CaseChanged,
                at: at(*second),
                actor: Actor { user: None, name: None },
                org: "acme".parse().unwrap(),
                case: Some(case()),
                item: None,
                shares: Vec::new(),
                what: serde_json::Map::new(),
            };
            RowBuilder::new(key.clone(), &event).unwrap().build()
        };
        let rows = keys.iter().map(row).collect();
        Page { rows, next: more.then(std::collections::HashMap::new) }
    }

    fn access(version: u64, second: i64) -> (Key, i64) {
        (keys::access_event(case(), version), second)
    }

    fn work(second: i64) -> (Key, i64) {
        (keys::work_event(case(), EventId::new(at(second))), second)
    }

    fn passed(feed: &mut Feed) -> Vec<i64> {
        std::iter::from_fn(|| feed.pass()).map(|(_, event)| event.at.as_second()).collect()
    }

    #[test]
    fn both_ranges_come_out_as_one_newest_first() {
        let mut feed = Feed::behind(case(), Position::default());
        let changes = page(&[access(3, 50), access(2, 20), access(1, 10)], false);
        feed.take(&changes, &page(&[work(60), work(30), work(20)], false)).unwrap();
        assert_eq!(passed(&mut feed), [60, 50, 30, 20, 20, 10]);
        assert!(feed.ended());
    }

    #[test]
    fn nothing_is_passed_that_something_unread_could_be_newer_than() {
        let mut feed = Feed::behind(case(), Position::default());
        feed.take(&page(&[access(3, 50)], true), &page(&[work(60), work(10)], false)).unwrap();
        assert_eq!(passed(&mut feed), [60, 50]);
        assert!(!feed.ended());
        feed.take(&page(&[access(2, 40)], false), &Page::default()).unwrap();
        assert_eq!(passed(&mut feed), [40, 10]);
        assert!(feed.ended());
    }

    #[test]
    fn a_position_goes_through_a_cursor() {
        let mut feed = Feed::behind(case(), Position::default());
        assert_eq!(Position::read(&feed.position().text()).unwrap(), Position::default());
        feed.take(&page(&[access(7, 50)], false), &page(&[work(60)], false)).unwrap();
        passed(&mut feed);
        let position = feed.position();
        assert_eq!(position.version, Some(7));
        assert_eq!(Position::read(&position.text()).unwrap(), position);
        assert!(Position::read("7").is_err());
        assert!(Position::read("x,").is_err());
    }
}
