//! Lists of cases: the caller's sources merged, newest case first, each row checked against the
//! base table before it is shown.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::{try_join, try_join_all};
use jiff::Timestamp;

use super::check::GRANTS_AT_ONCE;
use super::judge::{judge, lean_on};
use super::keys::{self, Key};
use super::look::Ask;
use super::row::{self, Row};
use super::rows::{CaseRows, UserRows};
use super::table::{Page, Query, TRANSACTION_LIMIT, Table};
use super::{StoreError, Tries};
use crate::access::{Access, MemberKind};
use crate::caller::Caller;
use crate::id::{CaseId, GroupId, Recipient, ShareId, UserId};
use crate::model::{Details, Group, Head, User};
use crate::text::Tag;

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
    /// Because their creator shares all cases with one of these groups of the caller's.
    ShareAll(UserId, Vec<GroupId>),
}

impl Source {
    fn principal(&self) -> String {
        match self {
            Self::Own(principal) | Self::Shared(principal) | Self::External(principal) => {
                principal.clone()
            }
            Self::ShareAll(creator, _) => keys::created_by(*creator),
        }
    }
}

/// All sources of a caller with these standings.
#[must_use]
pub fn sources(caller: &Caller, me: &UserRows) -> Vec<Source> {
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
    let mut groups_of: BTreeMap<UserId, Vec<GroupId>> = BTreeMap::new();
    for member in &me.groups {
        sources.push(Source::Shared(keys::granted_to(&Recipient::Group(member.group))));
        if member.owner != caller.user {
            groups_of.entry(member.owner).or_default().push(member.group);
        }
    }
    sources.extend(groups_of.into_iter().map(|(owner, groups)| Source::ShareAll(owner, groups)));
    sources
}

/// A case that an index lists for the caller, not checked yet.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// The rows of the base table that listed it.
    rows: Vec<Key>,
    /// More rows than can be read here may concern the caller: the check itself finds those that
    /// count.
    many: bool,
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
        self.many = GRANTS_AT_ONCE < me.groups.len();
        if self.many {
            return;
        }
        let share = |recipient| keys::grant(case, &ShareId::of(case, &recipient));
        let rows = [
            keys::assignee(case, caller.user),
            keys::named(case, caller.user),
            share(Recipient::User(caller.user)),
        ]
        .into_iter()
        .chain(me.groups.iter().map(|member| share(Recipient::Group(member.group))))
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
    /// Whether it is one of the caller's favourites.
    pub favourite: bool,
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

    /// One page of the caller's cases. Pages are filled by reading on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the caller's standings are no longer `me`: read them again, and
    /// look where they lead. [`StoreError::Busy`], [`StoreError::Odd`].
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
            let query = Query::principal(source.principal());
            let query = query.between("CASE#", high.clone()).backwards().limit(each + 1);
            self.listed(source, query, each == SEARCHED)
        });
        let mut found: BTreeMap<CaseId, Candidate> = BTreeMap::new();
        let mut read = 0;
        // Below this a source that was not read to its end may hold cases that are not here.
        let mut horizon: Option<CaseId> = None;
        for page in try_join_all(queries).await? {
            read += page.rows.len();
            let mut lowest = None;
            for row in &page.rows {
                let Some(case) = row::case_listed(row) else { continue };
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

    /// A page of a source. Of a creator's cases that are all shared, where `patient`, only after
    /// it is known that they are: a list does not wait for that, and reads some rows in vain.
    async fn listed(
        &self,
        source: &Source,
        query: Query,
        patient: bool,
    ) -> Result<Page, StoreError> {
        let Source::ShareAll(_, groups) = source else { return self.query(query).await };
        let page = self.query(query);
        let shares_all = async {
            let rows = self.get_many(groups.iter().map(|group| keys::group(*group))).await?;
            let groups =
                rows.values().map(row::read).collect::<Result<Vec<Group>, StoreError>>()?;
            Ok::<_, StoreError>(groups.iter().any(|group| group.share_all.is_some() && !group.gone))
        };
        if patient {
            return if shares_all.await? { page.await } else { Ok(Page::default()) };
        }
        let (shares_all, page) = try_join(shares_all, page).await?;
        Ok(if shares_all { page } else { Page::default() })
    }

    /// Checks candidates against the base table: details first, then facts, so that what is shown
    /// is no younger than the decision. Those that may not be seen are left out.
    ///
    /// Facts are read in transactions: a batch of reads is no instant, and a decision that leans on
    /// rows of several instants can be one that was true at none of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the caller's standings are no longer `me`: read them again, and
    /// look where they lead. [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn check_all(
        &self,
        caller: &Caller,
        me: &UserRows,
        candidates: &[(CaseId, Candidate)],
        now: Timestamp,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut tries = Tries::at_most(4);
        let mut checked = self.check_once(caller, me, candidates, now).await?;
        while checked.len() < candidates.len() {
            tries.again().await?;
            let left = candidates.iter().filter(|one| !checked.contains_key(&one.0));
            let left: Vec<_> = left.cloned().collect();
            checked.extend(self.check_once(caller, me, &left, now).await?);
        }
        Ok(candidates.iter().filter_map(|(case, _)| checked.remove(case)?).collect())
    }

    /// [`Table::check_all`], once: the cases that did not move in between.
    async fn check_once(
        &self,
        caller: &Caller,
        me: &UserRows,
        candidates: &[(CaseId, Candidate)],
        now: Timestamp,
    ) -> Result<HashMap<CaseId, Option<Listed>>, StoreError> {
        let facts_of = |(case, candidate): &(CaseId, Candidate)| {
            let mut wanted = candidate.rows.clone();
            wanted.retain(|key| key.sk != "D#");
            wanted.push(keys::head(*case));
            if !me.groups.is_empty() {
                wanted.push(keys::opt_out(*case, caller.user));
            }
            wanted
        };
        let (mut large, small): (Vec<_>, Vec<_>) =
            candidates.iter().partition(|(_, candidate)| candidate.many);
        let content = small.iter().flat_map(|&candidate| {
            let mut wanted = facts_of(candidate);
            wanted.push(keys::details(candidate.0));
            wanted
        });
        let (first, favourites) =
            try_join(self.get_many(content), self.favourites(caller, candidates)).await?;
        let listed = |head: Option<Head>, details: Option<Details>, access: Access| {
            let (head, details) = (head?, details?);
            let favourite = favourites.contains(&head.case);
            access.sees_case().then_some(Listed { head, details, access, favourite })
        };
        // Each case with all that its decision leans on in one transaction, and the caller in each.
        let mut parts: Vec<(Vec<Key>, Vec<CaseId>)> = Vec::new();
        for candidate in small {
            let mut wanted = facts_of(candidate);
            wanted.extend(lean_on(caller, me, &case_rows(candidate.0, &first)?, &[]));
            if TRANSACTION_LIMIT <= wanted.len() {
                large.push(candidate);
                continue;
            }
            let room = |keys: &[Key]| {
                let more = wanted.iter().filter(|key| !keys.contains(key)).count();
                keys.len() + more <= TRANSACTION_LIMIT
            };
            if !parts.last().is_some_and(|(keys, _)| room(keys)) {
                parts.push((vec![keys::user(caller.user)], Vec::new()));
            }
            if let Some((keys, cases)) = parts.last_mut() {
                for key in wanted {
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                cases.push(candidate.0);
            }
        }
        let parts_at_once = try_join_all(parts.iter().map(|(keys, _)| self.part_at_once(keys)));
        // Listed by so much that one transaction does not hold it: the check itself knows how.
        let looks = try_join_all(large.iter().map(|(case, _)| {
            let ask = Ask::rows([keys::details(*case)]);
            async move { self.look(caller, *case, now, &ask).await }
        }));
        let (parts_at_once, looks) = try_join(parts_at_once, looks).await?;
        let mut checked = HashMap::new();
        for ((keys, cases), rows) in parts.iter().zip(parts_at_once) {
            let Some(rows) = rows else { continue };
            let user: Option<User> = row::read_if(rows.get(&keys::user(caller.user)))?;
            if user.map_or(0, |user| user.authority_version) != me.authority_version() {
                return Err(StoreError::Conflict);
            }
            for case in cases {
                let facts = case_rows(*case, &rows)?;
                let before: Option<Head> = row::read_if(first.get(&keys::head(*case)))?;
                let version = |head: &Option<Head>| head.as_ref().map(|head| head.access_version);
                let known = lean_on(caller, me, &facts, &[]).iter().all(|key| keys.contains(key));
                if version(&before) != version(&facts.head) || !known {
                    continue;
                }
                let access = judge(caller, me, &facts, &[], &rows, now)?.access;
                let details = row::read_if(first.get(&keys::details(*case)))?;
                checked.insert(*case, listed(facts.head, details, access));
            }
        }
        for look in looks {
            let details = look.row(&keys::details(look.case))?;
            checked.insert(look.case, listed(look.facts.head, details, look.access));
        }
        Ok(checked)
    }

    /// The caller's favourites among these cases, and others of the same time.
    async fn favourites(
        &self,
        caller: &Caller,
        candidates: &[(CaseId, Candidate)],
    ) -> Result<HashSet<CaseId>, StoreError> {
        let cases = || candidates.iter().map(|(case, _)| *case);
        let (Some(first), Some(last)) = (cases().min(), cases().max()) else {
            return Ok(HashSet::new());
        };
        let key = |case| keys::favourite(caller.user, case);
        let query = Query::rows(key(first).pk).between(key(first).sk, key(last).sk).limit(1_000);
        let rows = self.query_all(query, usize::MAX).await?;
        Ok(rows.iter().filter_map(|row| keys::favourite_case(&row::key_of(row))).collect())
    }

    /// Rows of one instant; `None` while one of them is being written.
    async fn part_at_once(&self, keys: &[Key]) -> Result<Option<HashMap<Key, Row>>, StoreError> {
        match self.get_at_once(keys).await {
            Ok(rows) => {
                let rows = keys.iter().cloned().zip(rows);
                Ok(Some(rows.filter_map(|(key, row)| Some((key, row?))).collect()))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The facts of one case among rows of many.
fn case_rows(case: CaseId, rows: &HashMap<Key, Row>) -> Result<CaseRows, StoreError> {
    let partition = keys::case_partition(case);
    let mine = rows.iter().filter(|(key, _)| key.pk == partition && key.sk.starts_with("A#"));
    CaseRows::read(mine.map(|(_, row)| row))
}
