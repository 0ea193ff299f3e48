//! The check: two rounds, so that every decision is true at one instant.
//!
//! Round one reads the case's facts, the caller's standings and the content at the same time.
//! Round two reads, in one transaction, both version counters again and what the paths lean on.
//! Where both versions are as in round one, all that was read in round one still held at the
//! instant of round two, and the content is no younger. Source: the design, section 3, "The
//! check".

use std::collections::{HashMap, HashSet};

use futures_util::future::try_join5;
use jiff::Timestamp;

use super::judge::{judge, lean_on};
use super::keys::{self, Key};
use super::look::{Ask, First, Look, Seen};
use super::row::{self, Row};
use super::rows::{CaseRows, UserRows};
use super::table::{Page, Query, TRANSACTION_LIMIT, Table};
use super::{StoreError, Tries};
use crate::access::{PARTNERS, Visibility};
use crate::caller::Caller;
use crate::id::{CaseId, GroupId, Recipient, ShareId};
use crate::model::{Grant, Group, GroupMember, Head, User};

/// How many facts of a case round one reads. What lies beyond is read by exact keys in round two:
/// four to eight read units, which is what about as many further rows would cost here.
const FACTS: usize = 24;
/// How many grants of a case count for one caller: the personal one, then the oldest, so that a
/// further one never displaces another. What they lean on fits into one transaction: at most three rows each.
pub(super) const GRANTS_AT_ONCE: usize = 20;
/// The same, of a case with more facts than round one reads: their keys are read in the transaction
/// too.
const GRANTS_BY_KEY: usize = 12;
/// How many groups of a case's creator are asked whether all cases are shared with them: those
/// that say so come first.
pub(super) const SHARE_ALL_AT_ONCE: usize = 8;
/// How often the two rounds are tried.
const ROUNDS: u32 = 4;

impl Table {
    /// The check: what `caller` may do with `case`, and what was asked for besides.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if the table does not answer, or the case or the caller changed in
    /// every try; [`StoreError::Odd`].
    pub async fn look(
        &self,
        caller: &Caller,
        case: CaseId,
        now: Timestamp,
        ask: &Ask<'_>,
    ) -> Result<Look, StoreError> {
        let mut tries = Tries::at_most(ROUNDS);
        loop {
            match self.two_rounds(caller, case, now, ask).await {
                Ok(Some(look)) => return Ok(look),
                Ok(None) | Err(StoreError::Conflict) => tries.again().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Round one: facts, standings and content, at the same time.
    async fn round_one(
        &self,
        caller: &Caller,
        case: CaseId,
        ask: &Ask<'_>,
    ) -> Result<(First, Known, Page, Page), StoreError> {
        let content = async |page: &Option<Query>| match page {
            Some(query) => self.query(query.clone()).await,
            None => Ok(Page::default()),
        };
        // The details lie right behind the facts, so that one query reads both.
        let details = keys::details(case);
        let facts = Query::rows(keys::case_partition(case));
        let facts = if ask.first.contains(&details) {
            facts.between("A#", details.sk.clone()).limit(FACTS + 1)
        } else {
            facts.prefix("A#").limit(FACTS)
        };
        let besides = ask.first.iter().filter(|key| **key != details && !is_fact(case, key));
        // Boxed, so that every future that looks is not as large as these five together.
        let (facts, standings, mut rows, page, also) = Box::pin(try_join5(
            self.query(facts),
            self.query_all(Query::rows(keys::user_partition(caller.user)), 1_000),
            self.get_many(besides.cloned()),
            content(&ask.page),
            content(&ask.also),
        ))
        .await?;
        let whole = facts.next.is_none();
        let mut facts: Vec<Row> = facts.rows;
        if facts.last().is_some_and(|last| row::key_of(last) == details) {
            rows.extend(facts.pop().map(|row| (details, row)));
        }
        let last = if whole { None } else { facts.last().map(row::key_of) };
        let known = Known { case, facts, last };
        rows.extend(known.told(&ask.first));
        let (facts, me) = (CaseRows::read(&known.facts)?, UserRows::read(&standings)?);
        let mut first = First { facts, whole, me, rows };
        self.sharing_all_first(&mut first.me).await?;
        Ok((first, known, page, also))
    }

    /// Both rounds, once. `None` if something changed between them.
    async fn two_rounds(
        &self,
        caller: &Caller,
        case: CaseId,
        now: Timestamp,
        ask: &Ask<'_>,
    ) -> Result<Option<Look>, StoreError> {
        let (mut first, known, page, also) = self.round_one(caller, case, ask).await?;
        let whole = known.whole();
        let mut exact = vec![keys::head(case), keys::user(caller.user)];
        // What was asked for, and lies behind the facts that were read.
        let mut behind = Vec::new();
        if !whole {
            exact.extend(self.exact_keys(caller, case, &first, known.last.as_ref()).await?);
            exact.extend(ask.sources.iter().map(|source| keys::received_from(case, *source)));
            let fact = |key: &&Key| is_fact(case, key) || **key == keys::details(case);
            behind.extend(ask.first.iter().filter(fact).filter(|key| !known.has(key)).cloned());
        }
        let second = |first: &First| ask.second.map(|second| second(first)).unwrap_or_default();
        let (mut at_once, mut left);
        loop {
            let leans_on = lean_on(caller, &first.me, &first.facts, &ask.sources);
            let asked = second(&first);
            first.rows.extend(known.told(&asked));
            let besides = behind.iter().chain(asked.iter().filter(|key| !known.has(key)));
            let decides = exact.iter().chain(&leans_on);
            let mut wanted = distinct(decides.chain(besides).cloned().collect());
            left = wanted.split_off(wanted.len().min(TRANSACTION_LIMIT));
            let rows = self.get_at_once(&wanted).await?;
            at_once = wanted.into_iter().zip(rows).collect::<HashMap<Key, Option<Row>>>();
            if !same_versions(caller, case, &first, &at_once)? {
                return Ok(None);
            }
            if !whole {
                let found = at_once.values().flatten().filter(|row| {
                    let key = row::key_of(row);
                    is_fact(case, &key) && !known.has(&key)
                });
                first.facts = CaseRows::read(known.facts.iter().chain(found))?;
                let asked =
                    behind.iter().filter_map(|key| Some((key, at_once.get(key)?.as_ref()?)));
                first.rows.extend(asked.map(|(key, row)| (key.clone(), row.clone())));
            }
            // A grant that only the exact keys have found leans on rows that are not read yet.
            let leaned_on = lean_on(caller, &first.me, &first.facts, &ask.sources);
            let read =
                |key: &Key| at_once.contains_key(key) || left.contains(key) || known.has(key);
            if leaned_on.iter().all(|key| at_once.contains_key(key))
                && second(&first).iter().all(read)
            {
                break;
            }
            if TRANSACTION_LIMIT < distinct([exact.clone(), leaned_on].concat()).len() {
                return Err(StoreError::Odd("a decision leans on too many rows".to_owned()));
            }
        }
        // What the transaction had no room for decides nothing.
        let mut asked = HashSet::new();
        while !left.is_empty() {
            for part in left.chunks(TRANSACTION_LIMIT) {
                let rows = part.iter().cloned().zip(self.get_at_once(part).await?);
                first.rows.extend(rows.filter_map(|(key, row)| Some((key, row?))));
            }
            asked.extend(left);
            left = second(&first);
            left.retain(|key| {
                !at_once.contains_key(key) && !asked.contains(key) && !known.has(key)
            });
        }

        let mut rows = first.rows;
        rows.extend(at_once.into_iter().filter_map(|(key, row)| Some((key, row?))));
        let judged = judge(caller, &first.me, &first.facts, &ask.sources, &rows, now)?;
        Ok(Some(Look {
            now,
            case,
            caller: caller.clone(),
            me: first.me,
            facts: first.facts,
            whole,
            org: judged.org,
            access: judged.access,
            partners: judged.partners,
            sources: judged.sources,
            rows,
            page,
            also,
        }))
    }

    /// All grants of a case: as its check has read them, or read behind it. The head's version,
    /// which a change checks, guards them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn grants_of(&self, seen: &Seen) -> Result<Vec<Grant>, StoreError> {
        if seen.whole {
            return Ok(seen.facts.grants.clone());
        }
        let all = Query::rows(keys::case_partition(seen.case)).prefix(keys::GRANT_PREFIX);
        self.query_all(all, 2_000).await?.iter().map(row::read).collect()
    }

    /// The facts of a large case that can concern the caller, by key, behind `last`, up to which
    /// they are known. Groups beyond those that fit into the transaction are asked for first; the
    /// head's version guards that answer.
    async fn exact_keys(
        &self,
        caller: &Caller,
        case: CaseId,
        first: &First,
        last: Option<&Key>,
    ) -> Result<Vec<Key>, StoreError> {
        let share = |recipient| keys::grant(case, &ShareId::of(case, &recipient));
        let behind = |key: &Key| last.is_none_or(|last| last.sk < key.sk);
        let mut wanted =
            vec![keys::assignee(case, caller.user), share(Recipient::User(caller.user))];
        // The head says whether there is a list at all that names anybody.
        let visibility = first.facts.head.as_ref().map(|head| head.access);
        if matches!(visibility, Some(Visibility::Restricted | Visibility::External)) {
            wanted.push(keys::named(case, caller.user));
        }
        // Leaving a case closes paths through groups only.
        let groups = &first.me.groups;
        if !groups.is_empty() {
            wanted.push(keys::opt_out(case, caller.user));
        }
        wanted.retain(behind);
        let of_group = |member: &GroupMember| share(Recipient::Group(member.group));
        let groups: Vec<_> = groups.iter().filter(|member| behind(&of_group(member))).collect();
        if groups.len() <= GRANTS_BY_KEY {
            // What a share with the group leans on, if its owner has shared: after somebody else's
            // it takes a third round to read that.
            let leans_on = |member: &&GroupMember| {
                [keys::group(member.group), keys::group_member(member.owner, member.group)]
            };
            wanted.extend(groups.iter().flat_map(leans_on));
        }
        let groups = groups.into_iter().map(of_group).collect();
        wanted.extend(self.oldest_grants(groups, GRANTS_BY_KEY).await?);
        let owner = first.facts.head.as_ref().map(|head| &head.owner);
        let orgs = first.me.at_home().filter(|member| Some(&member.org) != owner);
        let orgs = orgs.map(|member| share(Recipient::Org(member.org.clone())));
        let orgs = orgs.filter(behind).collect();
        wanted.extend(self.oldest_grants(orgs, PARTNERS).await?);
        Ok(wanted)
    }

    /// `grants`, if there are at most `most`; else the oldest of those that there are.
    async fn oldest_grants(&self, grants: Vec<Key>, most: usize) -> Result<Vec<Key>, StoreError> {
        if grants.len() <= most {
            return Ok(grants);
        }
        let found = self.get_many(grants).await?;
        let mut grants =
            found.values().map(row::read).collect::<Result<Vec<Grant>, StoreError>>()?;
        grants.sort_by_key(|grant| grant.generation);
        let oldest = grants.iter().take(most);
        Ok(oldest.map(|grant| keys::grant(grant.case, &grant.share)).collect())
    }

    /// Where somebody is in more groups of one owner than a decision can ask: those with which all
    /// cases are shared come first.
    pub(super) async fn sharing_all_first(&self, me: &mut UserRows) -> Result<(), StoreError> {
        let many = |owner| SHARE_ALL_AT_ONCE < me.groups_of(owner).count();
        let asked: Vec<GroupId> =
            me.groups.iter().filter(|one| many(one.owner)).map(|one| one.group).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let rows = self.get_many(asked.into_iter().map(keys::group)).await?;
        let groups = rows.values().map(row::read).collect::<Result<Vec<Group>, StoreError>>()?;
        let shares = |id| groups.iter().any(|group| group.id == id && group.share_all.is_some());
        me.groups.sort_by_key(|member| !shares(member.group));
        Ok(())
    }
}

/// The facts of a case, as far as round one has read them in their order.
struct Known {
    case: CaseId,
    facts: Vec<Row>,
    /// Up to where; `None` for all.
    last: Option<Key>,
}

impl Known {
    fn whole(&self) -> bool {
        self.last.is_none()
    }

    /// Whether `key` is that of a fact that was read, or would have been, were it there.
    fn has(&self, key: &Key) -> bool {
        is_fact(self.case, key) && self.last.as_ref().is_none_or(|last| key.sk <= last.sk)
    }

    /// Those of `keys` that are facts, as the facts say. Read by itself, such a row would be as of
    /// another instant than the version that guards them.
    fn told(&self, keys: &[Key]) -> impl Iterator<Item = (Key, Row)> {
        let facts = self.facts.iter().map(|row| (row::key_of(row), row));
        let asked = facts.filter(|(key, _)| keys.contains(key));
        asked.map(|(key, row)| (key, row.clone()))
    }
}

/// Whether a key is that of a fact of `case`.
fn is_fact(case: CaseId, key: &Key) -> bool {
    key.sk.starts_with("A#") && key.pk == keys::case_partition(case)
}

/// Keys without repetition, in order.
fn distinct(wanted: Vec<Key>) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(wanted.len());
    for key in wanted {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Whether head and user have the versions that they had in round one.
fn same_versions(
    caller: &Caller,
    case: CaseId,
    first: &First,
    at_once: &HashMap<Key, Option<Row>>,
) -> Result<bool, StoreError> {
    let of = |key: &Key| at_once.get(key).and_then(Option::as_ref);
    let head: Option<Head> = row::read_if(of(&keys::head(case)))?;
    let user: Option<User> = row::read_if(of(&keys::user(caller.user)))?;
    let version = |head: &Option<Head>| head.as_ref().map(|head| head.access_version);
    let authority = user.as_ref().map_or(0, |user| user.authority_version);
    Ok(version(&head) == version(&first.facts.head) && authority == first.me.authority_version())
}
