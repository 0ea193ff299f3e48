//! Lists of cases: the caller's sources merged, newest case first, each row checked against the
//! base table before it is shown.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::judge::{judge, lean_on};
use super::keys::{self, Key};
use super::row::{self, Row};
use super::rows::{CaseRows, UserRows};
use super::table::{Query, Table};
use super::{StoreError, Tries};
use crate::access::{Access, MemberKind};
use crate::caller::Caller;
use crate::id::{CaseId, Recipient, ShareId, UserId};
use crate::model::{Details, Group, Head, User};
use crate::text::Tag;

/// How many groups' grants are read by key for one case.
const GROUPS_AT_ONCE: usize = 40;
/// How many index rows of each source a search reads at once: most of them are dropped unchecked.
const SEARCHED: usize = 250;

/// Under what a caller's cases are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Because they belong to an org of which the caller is a colleague, or because the caller is
    /// creator, assignee or named.
    Own(String),
    /// Because they are shared with the caller or a group of theirs.
    Shared(String),
    /// Because they are open to external users.
    External(String),
}

impl Source {
    fn principal(&self) -> &str {
        let (Self::Own(principal) | Self::Shared(principal) | Self::External(principal)) = self;
        principal
    }
}

/// All sources of a caller with these standings; `share_all` are the owners of groups of theirs
/// with which all cases are shared.
fn sources(caller: &Caller, me: &UserRows, share_all: &[UserId]) -> Vec<Source> {
    let mut sources = vec![
        Source::Own(keys::created_by(caller.user)),
        Source::Own(keys::assigned_to(caller.user)),
        Source::Own(keys::naming(caller.user)),
        Source::Shared(keys::granted_to(&Recipient::User(caller.user))),
    ];
    for member in me.at_home() {
        match member.kind {
            MemberKind::Normal | MemberKind::Service => {
                sources.push(Source::Own(keys::cases_of(&member.org)));
                sources.push(Source::Shared(keys::received_by(&member.org)));
            }
            MemberKind::External => {
                sources.push(Source::External(keys::externals_of(&member.org)));
            }
            MemberKind::Guest => {}
        }
    }
    for member in &me.groups {
        sources.push(Source::Shared(keys::granted_to(&Recipient::Group(member.group))));
    }
    sources.extend(share_all.iter().map(|owner| Source::Shared(keys::created_by(*owner))));
    sources
}

/// A case that an index lists for the caller, not checked yet.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// The rows of the base table that listed it.
    rows: Vec<Key>,
    /// The title, where the index has it.
    pub title: Option<String>,
    /// The number, where the index has it.
    pub number: Option<u64>,
    /// The tags, where the index has them.
    pub tags: Vec<Tag>,
}

impl Candidate {
    /// A case that no index listed: every row of it that can concern the caller, by key.
    #[must_use]
    pub fn exact(case: CaseId, caller: &Caller, me: &UserRows) -> Self {
        let mut candidate = Self::default();
        candidate.complete(case, caller, me);
        candidate
    }

    /// Adds the shares with orgs of which the caller is an external user: what lists a case for
    /// them is its access, not the share.
    fn through_orgs(&mut self, case: CaseId, me: &UserRows) {
        let orgs = me.at_home().filter(|member| member.kind == MemberKind::External);
        for member in orgs {
            let share = ShareId::of(case, &Recipient::Org(member.org.clone()));
            self.rows.push(keys::grant(case, &share));
        }
    }

    /// Adds the rows that can concern the caller besides those that listed the case.
    fn complete(&mut self, case: CaseId, caller: &Caller, me: &UserRows) {
        let share = |recipient| keys::grant(case, &ShareId::of(case, &recipient));
        let groups = me.groups.iter().take(GROUPS_AT_ONCE);
        let rows = [
            keys::assignee(case, caller.user),
            keys::named(case, caller.user),
            share(Recipient::User(caller.user)),
        ]
        .into_iter()
        .chain(groups.map(|member| share(Recipient::Group(member.group))))
        .chain(me.at_home().map(|member| share(Recipient::Org(member.org.clone()))));
        for key in rows {
            if !self.rows.contains(&key) {
                self.rows.push(key);
            }
        }
    }
}

/// A case that the caller may see, as of the check.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The head.
    pub head: Head,
    /// The details.
    pub details: Details,
    /// What the caller may do.
    pub access: Access,
}

/// A page of cases.
#[derive(Debug, Default)]
pub struct ListPage {
    /// The cases, newest first.
    pub cases: Vec<Listed>,
    /// Where to go on: behind this case. `None` at the end.
    pub after: Option<CaseId>,
}

/// What a page of cases is to hold.
pub struct Wanted<'a> {
    /// Where to look.
    pub sources: &'a [Source],
    /// Only cases older than this one.
    pub after: Option<CaseId>,
    /// How many cases.
    pub limit: usize,
    /// How many index rows may be read.
    pub most_rows: usize,
    /// `sources` are not all that the caller has: other rows that can concern them are read by key,
    /// so that the decision leaves out no path.
    pub exact: bool,
    /// Drops candidates by what the index says of them.
    pub candidate: &'a (dyn Fn(&Candidate) -> bool + Send + Sync),
    /// Drops cases by what they are.
    pub case: &'a (dyn Fn(&Listed) -> bool + Send + Sync),
}

impl Table {
    /// A caller's standings.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn standings(&self, caller: &Caller) -> Result<UserRows, StoreError> {
        let query = Query::rows(keys::user_partition(caller.user));
        let mut me = UserRows::read(&self.query_all(query, 1_000).await?)?;
        self.sharing_all_first(&mut me).await?;
        Ok(me)
    }

    /// All sources of a caller with these standings.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn sources(&self, caller: &Caller, me: &UserRows) -> Result<Vec<Source>, StoreError> {
        let others = me.groups.iter().filter(|member| member.owner != caller.user);
        let rows = self.get_many(others.map(|member| keys::group(member.group))).await?;
        let mut share_all = Vec::new();
        for row in rows.values() {
            let group: Group = row::read(row)?;
            let on = group.share_all.is_some() && !group.gone;
            if on && !share_all.contains(&group.owner) {
                share_all.push(group.owner);
            }
        }
        Ok(sources(caller, me, &share_all))
    }

    /// One page of the caller's cases. Pages are filled by reading on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn list(
        &self,
        caller: &Caller,
        me: &UserRows,
        now: Timestamp,
        wanted: &Wanted<'_>,
    ) -> Result<ListPage, StoreError> {
        let mut page = ListPage::default();
        let mut after = wanted.after;
        let mut rows_read = 0;
        loop {
            let missing = wanted.limit - page.cases.len();
            // A little more than is missing, since some candidates will not be shown.
            let each = if wanted.most_rows <= 400 { (missing + 5).min(100) } else { SEARCHED };
            let (mut candidates, read, end) = self.candidates(wanted.sources, after, each).await?;
            rows_read += read;
            let last = candidates.keys().next().copied();
            for (case, candidate) in &mut candidates {
                if wanted.exact {
                    candidate.complete(*case, caller, me);
                } else {
                    candidate.through_orgs(*case, me);
                }
            }
            let kept: Vec<_> =
                candidates.into_iter().rev().filter(|(_, one)| (wanted.candidate)(one)).collect();
            for part in kept.chunks(missing.max(1) * 2) {
                for listed in self.check_all(caller, me, part, now).await? {
                    if (wanted.case)(&listed) {
                        if page.cases.len() == wanted.limit {
                            page.after = page.cases.last().map(|one| one.head.case);
                            return Ok(page);
                        }
                        page.cases.push(listed);
                    }
                }
            }
            if end {
                return Ok(page);
            }
            after = last.or(after);
            if wanted.most_rows <= rows_read || page.cases.len() == wanted.limit {
                page.after = after;
                return Ok(page);
            }
        }
    }

    /// The next candidates of all sources, how many index rows they took, and whether those were
    /// the last.
    async fn candidates(
        &self,
        sources: &[Source],
        after: Option<CaseId>,
        each: usize,
    ) -> Result<(BTreeMap<CaseId, Candidate>, usize, bool), StoreError> {
        let high = after.map_or_else(|| "CASE#~".to_owned(), keys::case_sort);
        let queries = sources.iter().map(|source| {
            self.query(
                Query::principal(source.principal().to_owned())
                    .between("CASE#", high.clone())
                    .backwards()
                    .limit(each + 1),
            )
        });
        let mut found: BTreeMap<CaseId, Candidate> = BTreeMap::new();
        let mut read = 0;
        // Below this a source that was not read to its end may hold cases that are not here.
        let mut horizon: Option<CaseId> = None;
        for page in try_join_all(queries).await? {
            read += page.rows.len();
            let mut lowest = None;
            for row in &page.rows {
                let Some(case) = case_in(row) else { continue };
                lowest = Some(case);
                if Some(case) == after {
                    continue;
                }
                let candidate = found.entry(case).or_default();
                candidate.rows.push(row::key_of(row));
                if let Some(title) = row.get("title").and_then(|title| title.as_s().ok()) {
                    candidate.title = Some(title.clone());
                }
                if let Some(number) = row.get("number").and_then(|number| number.as_n().ok()) {
                    candidate.number = number.parse().ok();
                }
                if let Some(AttributeValue::L(tags)) = row.get("tags") {
                    let tags = tags.iter().filter_map(|tag| tag.as_s().ok()?.parse().ok());
                    candidate.tags = tags.collect();
                }
            }
            if page.next.is_some() {
                horizon = horizon.max(lowest);
            }
        }
        if let Some(horizon) = horizon {
            found = found.split_off(&horizon);
        }
        Ok((found, read, horizon.is_none()))
    }

    /// Checks candidates against the base table: details first, then facts, so that what is shown
    /// is no younger than the decision. Those that may not be seen are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn check_all(
        &self,
        caller: &Caller,
        me: &UserRows,
        candidates: &[(CaseId, Candidate)],
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut tries = Tries::at_most(4);
        loop {
            if let Some(listed) = self.check_once(caller, me, candidates, now).await? {
                return Ok(listed);
            }
            tries.again().await?;
        }
    }

    /// [`Table::check_all`], once; `None` if a case moved in between.
    async fn check_once(
        &self,
        caller: &Caller,
        me: &UserRows,
        candidates: &[(CaseId, Candidate)],
        now: Timestamp,
    ) -> Result<Option<Vec<Listed>>, StoreError> {
        let facts_of = |(case, candidate): &(CaseId, Candidate)| {
            let mut wanted = candidate.rows.clone();
            wanted.retain(|key| key.sk != "D#");
            wanted.push(keys::head(*case));
            if !me.groups.is_empty() {
                wanted.push(keys::opt_out(*case, caller.user));
            }
            wanted
        };
        let content = candidates.iter().flat_map(|candidate| {
            let mut wanted = facts_of(candidate);
            wanted.push(keys::details(candidate.0));
            wanted
        });
        let first = self.get_many(content).await?;
        let mut wanted: Vec<Key> = vec![keys::user(caller.user)];
        for candidate in candidates {
            wanted.extend(facts_of(candidate));
            wanted.extend(lean_on(caller, me, &case_rows(candidate.0, &first)?, &[]));
        }
        let second = self.get_many(wanted).await?;
        let user: Option<User> = row::read_if(second.get(&keys::user(caller.user)))?;
        if user.map_or(0, |user| user.authority_version) != me.authority_version() {
            return Ok(None);
        }
        let mut listed = Vec::new();
        for (case, _) in candidates {
            let facts = case_rows(*case, &second)?;
            let before: Option<Head> = row::read_if(first.get(&keys::head(*case)))?;
            let version = |head: &Option<Head>| head.as_ref().map(|head| head.access_version);
            if version(&before) != version(&facts.head) {
                return Ok(None);
            }
            let access = judge(caller, me, &facts, &[], &second, now)?.access;
            let details: Option<Details> = row::read_if(first.get(&keys::details(*case)))?;
            if let (Some(head), Some(details), true) = (facts.head, details, access.sees_case()) {
                listed.push(Listed { head, details, access });
            }
        }
        Ok(Some(listed))
    }
}

/// The facts of one case among rows of many.
fn case_rows(case: CaseId, rows: &HashMap<Key, Row>) -> Result<CaseRows, StoreError> {
    let partition = keys::case_partition(case);
    let mine = rows.iter().filter(|(key, _)| key.pk == partition && key.sk.starts_with("A#"));
    CaseRows::read(mine.map(|(_, row)| row))
}

/// The case that an index row lists.
fn case_in(row: &Row) -> Option<CaseId> {
    row::text(row, "principal_sort").strip_prefix("CASE#")?.parse().ok()
}
