//! What a case holds comes into the case that it was merged into, page by page.
//!
//! A page is one transaction, which takes its rows from the one case and puts them into the other:
//! killed in between, the job goes on with what is left. History is copied, since the org's audit
//! view keeps the lines of the case that went. Each transaction rests on the `access_version` of the
//! case that stays, so that nothing is put into one that is being deleted or merged on.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;
use shared::access::{GrantState, Visibility};
use shared::app::App;
use shared::error::Error;
use shared::id::{CaseId, EventId, Recipient, ShareId};
use shared::model::{
    Actor, Event, EventKind, Grant, Head, ItemShare, JobKind, OverLink, Source, object_key,
};
use shared::rights::{Given, Rights, Role, Section};
use shared::sharing::{self, end, keys_to_end};
use shared::store::{
    AttributeValue, Condition, Key, Outcome, Query, Row, RowBuilder, StoreError, Tries, Was, Write,
    access_event, keys, row,
};

/// How many pages one step moves.
const PAGES: usize = 20;
/// How many merges in a row are followed.
const MERGES: usize = 8;

/// What is moved, in this order: where its sort keys begin, and how much of it at once.
const PARTS: [(&str, Part, usize); 8] = [
    ("S#", Part::Stale, 40),
    (keys::GRANT_PREFIX, Part::Grants, 8),
    (keys::SOURCE_PREFIX, Part::Sources, 20),
    (keys::ASSIGNEE_PREFIX, Part::Assignees, 30),
    ("V#", Part::Values, 40),
    ("I#", Part::Items, 25),
    ("S#", Part::ItemShares, 40),
    ("E#", Part::History, 40),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Item shares that count nothing any more: they must not come to life with the grants.
    Stale,
    Grants,
    Sources,
    Assignees,
    Values,
    Items,
    ItemShares,
    History,
}

/// What a job moves where, and who wanted it.
pub(super) struct Move {
    pub(super) from: CaseId,
    pub(super) into: CaseId,
    pub(super) actor: Actor,
}

/// The cases as they are now.
struct Cases {
    from: Head,
    into: Head,
}

/// Moves the next pages.
pub(super) async fn step(
    app: &App,
    job: &Row,
    moving: &Move,
    after: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut after = after.unwrap_or_default().to_owned();
    for _ in 0..PAGES {
        let mut tries = Tries::default();
        let next = loop {
            let Some(cases) = cases(app, moving).await? else {
                // The case that stays was deleted: what has not come into it goes, too.
                let kind = JobKind::DeleteFiles { case: moving.from };
                app.table.write(vec![sharing::job(kind, now, now)?]).await?;
                return Ok(app.table.job_done(job).await?);
            };
            match page(app, moving, &cases, &after, now).await? {
                Paged::Done(next) => break next,
                Paged::Again => tries.again().await?,
            }
        };
        match next {
            Some(next) => after = next,
            None => return Ok(app.table.job_done(job).await?),
        }
    }
    Ok(app.table.job_goes_on(job, &after, None, now).await?)
}

/// What became of a page.
enum Paged {
    /// It is moved; where the next one begins, if there is one.
    Done(Option<String>),
    /// Something changed meanwhile.
    Again,
}

/// Both heads; `None` if the case that stays has been deleted. One that was merged on leads on.
async fn cases(app: &App, moving: &Move) -> Result<Option<Cases>, Error> {
    let head = async |case: CaseId| -> Result<Head, StoreError> {
        let found = app.table.get(&keys::head(case)).await?;
        row::read_if(found.as_ref())?.ok_or_else(|| StoreError::Odd("a merge of no case".into()))
    };
    let from = head(moving.from).await?;
    let mut into = head(moving.into).await?;
    for _ in 0..MERGES {
        match into.merged_into {
            Some(on) => into = head(on).await?,
            None => break,
        }
    }
    Ok((!into.gone).then_some(Cases { from, into }))
}

/// Moves one page.
async fn page(
    app: &App,
    moving: &Move,
    cases: &Cases,
    after: &str,
    now: Timestamp,
) -> Result<Paged, Error> {
    // The part, and behind which of its rows.
    let (at, after) = after.split_once(':').unwrap_or(("0", ""));
    let at: usize = at.parse().map_err(StoreError::odd)?;
    let Some((prefix, part, limit)) = PARTS.get(at).copied() else {
        return Ok(Paged::Done(None));
    };
    let partition = keys::case_partition(moving.from);
    let mut query = Query::rows(partition.clone()).prefix(prefix).limit(limit);
    if !after.is_empty() {
        query = query.after(&Key { pk: partition, sk: after.to_owned() }, None);
    }
    let found = app.table.query(query).await?;
    if !found.rows.is_empty() {
        let writes = match part {
            Part::Stale => stale(app, moving, &found.rows).await?,
            Part::Grants => grants(app, moving, cases, &found.rows, now).await?,
            Part::Sources => sources(app, moving, cases, &found.rows, now).await?,
            Part::Assignees => assignees(moving, cases, &found.rows, now)?,
            Part::Values => values(app, moving, cases, &found.rows).await?,
            Part::Items => items(moving, cases, &found.rows)?,
            Part::ItemShares => item_shares(app, moving, cases, &found.rows).await?,
            Part::History => history(app, moving, cases, &found.rows).await?,
        };
        if !writes.is_empty() {
            match app.table.outcome(writes, false).await? {
                Outcome::Done => {}
                Outcome::Again | Outcome::Replayed(_) => return Ok(Paged::Again),
            }
        }
    }
    let more = found.next.is_some();
    Ok(Paged::Done(match (found.rows.last(), more) {
        (Some(last), true) => Some(format!("{at}:{}", row::text(last, "SK"))),
        _ => PARTS.get(at + 1).map(|_| format!("{}:", at + 1)),
    }))
}

/// A change of access of the case that stays, by whoever merged: head, event, `writes`.
fn changed(
    moving: &Move,
    cases: &Cases,
    kind: EventKind,
    shares: Vec<ShareId>,
    what: serde_json::Value,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let change = Change { actor: Some(&moving.actor), head: &cases.into, kind };
    change.writes(shares, what, now)
}

/// A change of access of one case; without an actor, the service itself does it.
struct Change<'a> {
    actor: Option<&'a Actor>,
    head: &'a Head,
    kind: EventKind,
}

impl Change<'_> {
    /// Its head and its event.
    fn writes(
        &self,
        shares: Vec<ShareId>,
        what: serde_json::Value,
        now: Timestamp,
    ) -> Result<Vec<Write>, StoreError> {
        let head = self.head;
        let version = head.access_version + 1;
        let what = match what {
            serde_json::Value::Object(what) => what,
            _ => serde_json::Map::new(),
        };
        let event = Event {
            kind: self.kind,
            at: now,
            actor: self.actor.cloned().unwrap_or(Actor { user: None, name: None }),
            org: head.owner.clone(),
            case: Some(head.case),
            item: None,
            shares,
            what,
        };
        let set = vec![("access_version", row::value(&version)?)];
        let as_read = Condition::is("access_version", head.access_version);
        Ok(vec![
            Write::set(keys::head(head.case), set, as_read),
            access_event(head.case, version, &event)?,
        ])
    }
}

/// That the case that stays is as it was read.
fn stays(cases: &Cases) -> Write {
    let into = &cases.into;
    Write::Check(keys::head(into.case), Condition::is("access_version", into.access_version))
}

/// A row as it is in the other case, under `sort`.
fn moved(old: &Row, moving: &Move, into: CaseId, sort: &str) -> Row {
    let text = |text: String| AttributeValue::S(text);
    let mut new = old.clone();
    let key = Key { pk: keys::case_partition(into), sk: sort.to_owned() };
    if new.contains_key("case") {
        new.insert("case".to_owned(), text(into.to_string()));
    }
    if row::text(old, "principal_sort") == keys::case_sort(moving.from) {
        new.insert("principal_sort".to_owned(), text(keys::case_sort(into)));
    }
    if new.contains_key("due_shard") {
        new.insert("due_shard".to_owned(), text(keys::due_shard(&key)));
    }
    new.insert("PK".to_owned(), text(key.pk));
    new.insert("SK".to_owned(), text(key.sk));
    new
}

/// Grants get the generation of the case that they come into, and an id there. Where it is shared
/// with the same recipient, that share stays, and gives what the more permissive of both does.
async fn grants(
    app: &App,
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
    now: Timestamp,
) -> Result<Vec<Write>, Error> {
    let into = cases.into.case;
    let grants = rows.iter().map(row::read).collect::<Result<Vec<Grant>, _>>()?;
    let share = |grant: &Grant| ShareId::of(into, &grant.recipient);
    let mut wanted: Vec<Key> =
        grants.iter().map(|grant| keys::grant(into, &share(grant))).collect();
    wanted.extend(grants.iter().filter_map(|grant| keys_to_end(grant, &cases.from.owner)));
    let there = app.table.get_many(wanted).await?;
    let was = Query::rows(keys::case_partition(moving.from)).prefix("A#WAS#");
    let was = app.table.query_all(was, 1_000).await?;
    let was = was.iter().map(row::read).collect::<Result<Vec<Was>, _>>()?;

    let told = json!({
        "recipients": grants.iter().map(|grant| grant.recipient.to_string()).collect::<Vec<_>>(),
        "merged_from": moving.from,
    });
    let shares = grants.iter().map(share).collect();
    let mut writes = changed(moving, cases, EventKind::CaseShared, shares, told, now)?;
    for (old, grant) in rows.iter().zip(&grants) {
        let (new_share, new_key) = (share(grant), keys::grant(into, &share(grant)));
        if let Some(own) = row::read_if::<Grant>(there.get(&new_key))? {
            writes.extend(joined(&own, grant)?);
            end(&mut writes, grant, &cases.from.owner, &there, false, now)?;
        } else {
            let mut new = moved(old, moving, into, &new_key.sk);
            new.insert("share".to_owned(), row::value(&new_share)?);
            let generation = cases.into.access_version + 1;
            new.insert("generation".to_owned(), row::value(&generation)?);
            writes.push(Write::add(new));
            let as_read = Condition::is("version", grant.version);
            writes.push(Write::Delete(keys::grant(moving.from, &grant.share), Some(as_read)));
            let taken_in = grant.link.as_ref().and_then(|link| link.destination);
            if let Some(destination) = taken_in {
                let source = (new_share.clone(), generation);
                writes.extend(taken_in_anew(app, moving, cases, destination, source, now).await?);
            }
            if let Some(invitation) = grant.invitation {
                let set = vec![("case", row::value(&into)?), ("share", row::value(&new_share)?)];
                let key = keys::invitation(invitation);
                writes.push(Write::set(key, set, Condition::present()));
            }
        }
        // Its recipient still knows the lines of history that are about it.
        let former = was.iter().filter(|was| was.now == grant.share).map(|was| &was.was);
        for id in former.chain([&grant.share]) {
            let was = Was { was: id.clone(), now: new_share.clone() };
            let row = RowBuilder::new(keys::was(into, id), &was)?.build();
            writes.push(Write::Put(row, None));
        }
    }
    Ok(writes)
}

/// A case of another org, into which the case was taken, takes in the one that stays instead.
async fn taken_in_anew(
    app: &App,
    moving: &Move,
    cases: &Cases,
    destination: CaseId,
    (share, generation): (ShareId, u64),
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let from = keys::received_from(destination, moving.from);
    let found = app.table.get_many([keys::head(destination), from.clone()]).await?;
    let head: Option<Head> = row::read_if(found.get(&keys::head(destination)))?;
    let source: Option<Source> = row::read_if(found.get(&from))?;
    let (Some(head), Some(source)) = (head, source) else { return Ok(Vec::new()) };
    let source = Source { source: cases.into.case, share, generation, ..source };
    let there = Change { actor: None, head: &head, kind: EventKind::IncomingTakenIn };
    let mut writes = there.writes(Vec::new(), json!({ "owner": source.owner }), now)?;
    let key = keys::received_from(destination, source.source);
    writes.push(Write::Put(RowBuilder::new(key, &source)?.build(), None));
    writes.push(Write::Delete(from, None));
    Ok(writes)
}

/// What was taken into the case is taken into the one that stays.
async fn sources(
    app: &App,
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let into = cases.into.case;
    let sources = rows.iter().map(row::read).collect::<Result<Vec<Source>, _>>()?;
    let grant = |source: &Source| keys::grant(source.source, &source.share);
    let found = app.table.get_many(sources.iter().map(grant)).await?;
    let told = json!({ "merged_from": moving.from });
    let mut writes = changed(moving, cases, EventKind::IncomingTakenIn, Vec::new(), told, now)?;
    for (old, source) in rows.iter().zip(sources) {
        writes.push(Write::Delete(row::key_of(old), None));
        let share: Option<Grant> = row::read_if(found.get(&grant(&source)))?;
        let Some(share) = share.filter(|share| share.generation == source.generation) else {
            continue;
        };
        let Some(link) = &share.link else { continue };
        let link = OverLink { destination: Some(into), ..link.clone() };
        let set =
            vec![("link", row::value(&link)?), ("version", row::value(&(share.version + 1))?)];
        let as_read = Condition::is("version", share.version);
        writes.push(Write::set(grant(&source), set, as_read));
        let key = keys::received_from(into, source.source);
        let source = Source { case: into, ..source };
        writes.push(Write::Put(RowBuilder::new(key, &source)?.build(), None));
    }
    Ok(writes)
}

/// The write that makes `own` give what `other` gives, too. Nothing for what waits, and for what a
/// profile gives: that is read whenever it is asked for.
fn joined(own: &Grant, other: &Grant) -> Result<Option<Write>, StoreError> {
    let rights = |grant: &Grant| match &grant.given {
        Given::Role(role) => Some(role.rights()),
        Given::Levels(levels) => Some(Rights { levels: *levels, ..Rights::NONE }.as_share()),
        Given::Profile(_) => None,
    };
    let active = |grant: &Grant| grant.state == GrantState::Active;
    let (Some(mine), Some(more)) = (rights(own), rights(other)) else { return Ok(None) };
    if !active(own) || !active(other) || own.window != other.window || mine.covers(more) {
        return Ok(None);
    }
    let both = mine.join(more);
    let given = Role::named(both).map_or(Given::Levels(both.levels), Given::Role);
    let set = vec![("given", row::value(&given)?), ("version", row::value(&(own.version + 1))?)];
    let key = keys::grant(own.case, &own.share);
    Ok(Some(Write::set(key, set, Condition::is("version", own.version))))
}

/// Assignees come along, unless that would let them into a restricted case.
fn assignees(
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let restricted = |head: &Head| head.access == Visibility::Restricted;
    if restricted(&cases.into) && !restricted(&cases.from) {
        return Ok(Vec::new());
    }
    let users: Vec<&str> = rows.iter().map(|old| row::text(old, "user")).collect();
    let told = json!({ "added": users, "removed": [], "merged_from": moving.from });
    let mut writes = changed(moving, cases, EventKind::AssigneesChanged, Vec::new(), told, now)?;
    for old in rows {
        let new = moved(old, moving, cases.into.case, row::text(old, "SK"));
        writes.push(Write::Put(new, None));
        writes.push(Write::Delete(row::key_of(old), None));
    }
    Ok(writes)
}

/// That values stand in the case. One that stands in both stands for the item of the one that stays.
async fn values(
    app: &App,
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
) -> Result<Vec<Write>, StoreError> {
    let into = cases.into.case;
    let news: Vec<Row> =
        rows.iter().map(|old| moved(old, moving, into, row::text(old, "SK"))).collect();
    let there = app.table.get_many(news.iter().map(row::key_of)).await?;
    let mut writes = vec![stays(cases)];
    for (old, new) in rows.iter().zip(news) {
        if !there.contains_key(&row::key_of(&new)) {
            writes.push(Write::add(new));
        }
        writes.push(Write::Delete(row::key_of(old), None));
    }
    Ok(writes)
}

/// Items keep their ids, and files the place where they lie.
fn items(moving: &Move, cases: &Cases, rows: &[Row]) -> Result<Vec<Write>, StoreError> {
    let mut writes = vec![stays(cases)];
    for old in rows {
        let key = row::key_of(old);
        let mut new = moved(old, moving, cases.into.case, &key.sk);
        for section in [Section::Documents, Section::Reports] {
            if let Some(id) = key.sk.strip_prefix(&keys::items_prefix(section))
                && !new.contains_key("object")
            {
                let id = id.parse().map_err(StoreError::odd)?;
                let object = object_key(moving.from, section, id);
                new.insert("object".to_owned(), AttributeValue::S(object));
            }
        }
        let version = old.get("version").and_then(|version| version.as_n().ok());
        let version = version.and_then(|version| version.parse().ok()).unwrap_or_default();
        writes.push(Write::add(new));
        writes.push(Write::Delete(key, Some(Condition::is("version", version))));
    }
    Ok(writes)
}

/// Deletes item shares of former shares of the case.
async fn stale(app: &App, moving: &Move, rows: &[Row]) -> Result<Vec<Write>, Error> {
    let shares = rows.iter().map(row::read).collect::<Result<Vec<ItemShare>, _>>()?;
    let grant = |share: &ItemShare| {
        let recipient = Recipient::Org(share.org.clone());
        keys::grant(moving.from, &ShareId::of(moving.from, &recipient))
    };
    let found = app.table.get_many(shares.iter().map(grant)).await?;
    let mut writes = Vec::new();
    for (old, share) in rows.iter().zip(&shares) {
        let present: Option<Grant> = row::read_if(found.get(&grant(share)))?;
        let present = present.map(|grant| grant.generation);
        if share.generation.is_some() && share.generation != present {
            writes.push(Write::Delete(row::key_of(old), None));
        }
    }
    Ok(writes)
}

/// Item shares count with the generation that their org's share has in the case that stays. Those of
/// an org that has none there ended with its share.
async fn item_shares(
    app: &App,
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
) -> Result<Vec<Write>, StoreError> {
    let into = cases.into.case;
    let shares = rows.iter().map(row::read).collect::<Result<Vec<ItemShare>, _>>()?;
    let grant = |case, share: &ItemShare| {
        keys::grant(case, &ShareId::of(case, &Recipient::Org(share.org.clone())))
    };
    let found = app.table.get_many(shares.iter().map(|share| grant(into, share))).await?;
    let mut writes = vec![stays(cases)];
    for (old, share) in rows.iter().zip(&shares) {
        let mut new = moved(old, moving, into, row::text(old, "SK"));
        let present: Option<Grant> = row::read_if(found.get(&grant(into, share)))?;
        match (share.generation, present) {
            // What their members made is theirs whatever becomes of the share.
            (None, _) => writes.push(Write::Put(new, None)),
            (Some(_), Some(present)) => {
                new.insert("generation".to_owned(), row::value(&present.generation)?);
                writes.push(Write::Put(new, None));
            }
            (Some(_), None) => {}
        }
        writes.push(Write::Delete(row::key_of(old), None));
    }
    Ok(writes)
}

/// The lines of history, each under an id of its own, and without a second place in the audit view.
async fn history(
    app: &App,
    moving: &Move,
    cases: &Cases,
    rows: &[Row],
) -> Result<Vec<Write>, StoreError> {
    let into = cases.into.case;
    let mut copies: HashMap<Key, Row> = HashMap::new();
    for old in rows {
        let sort = row::text(old, "SK");
        let id = if let Some(id) = sort.strip_prefix(keys::WORK_EVENTS) {
            id.parse().map_err(StoreError::odd)?
        } else {
            let at = row::text(old, "at").parse().map_err(StoreError::odd)?;
            EventId::derived(at, &format!("merged\n{}\n{sort}", moving.from))
        };
        let mut new = moved(old, moving, into, &keys::work_event(into, id).sk);
        for name in row::INDEX_ATTRIBUTES {
            new.remove(name);
        }
        let what =
            new.entry("what".to_owned()).or_insert_with(|| AttributeValue::M(HashMap::new()));
        if let AttributeValue::M(what) = what {
            let from = AttributeValue::S(moving.from.to_string());
            what.entry("merged_from".to_owned()).or_insert(from);
        }
        copies.insert(row::key_of(&new), new);
    }
    let there = app.table.get_many(copies.keys().cloned()).await?;
    copies.retain(|key, _| !there.contains_key(key));
    if copies.is_empty() {
        return Ok(Vec::new());
    }
    let adds = copies.into_values().map(Write::add);
    Ok([stays(cases)].into_iter().chain(adds).collect())
}
