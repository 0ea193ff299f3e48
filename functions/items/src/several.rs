//! Adding several values at replay: an answer for each, and each atomic by itself.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Fault, Problem};
use shared::http::{Answer, Idem};
use shared::id::{CaseId, ItemId};
use shared::items::ItemView;
use shared::model::{Item, Origin};
use shared::rights::Level;
use shared::store::{Ask, First, Key, Outcome, Seen, StoreError, Tries, keys, row};
use shared::value::{Value, ValueType};
use utoipa::ToSchema;

use crate::add::{Adding, grants};
use crate::kind::{Kind, made, needs_write, shares_of};

/// The most entries of one request.
const ENTRIES: usize = 100;
/// How many are written at the same time.
const AT_ONCE: usize = 8;

/// What a request says of one value.
#[derive(Clone, Debug)]
pub(crate) struct Given<B> {
    /// As it was given.
    pub(crate) text: String,
    /// Where it stands in the body.
    pub(crate) pointer: String,
    /// What it comes to, or why it does not.
    pub(crate) body: Result<B, String>,
}

/// What became of one value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry<B: ToSchema> {
    /// As it was given.
    given: String,
    /// 201: it is there now. 409: it was there before. 422: it is no such value.
    status: u16,
    /// The item that there is for it now, or was before.
    id: Option<ItemId>,
    /// The item, where it was added.
    item: Option<ItemView<B>>,
    /// Why it was not added.
    problem: Option<Problem>,
}

/// What became of each value, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entries<B: ToSchema> {
    /// One entry for each value.
    items: Vec<Entry<B>>,
}

/// The values of a request: as text, one per line, or entry by entry.
///
/// # Errors
///
/// 400 where it is neither or both, or too many.
pub(crate) fn given<E, B>(
    lines: Option<&str>,
    kind: Option<ValueType>,
    entries: Option<Vec<E>>,
    value: impl Fn(&E) -> (String, Option<ValueType>),
    make: impl Fn(Option<&E>, Value) -> B,
) -> Result<Vec<Given<B>>, Error> {
    let one = |text: String, kind: Option<ValueType>, pointer: String, entry: Option<&E>| {
        let body = Value::parse(kind, &text).map(|value| make(entry, value));
        let body = body.map_err(|error| error.to_string());
        Given { text: text.trim().to_owned(), pointer, body }
    };
    let all: Vec<_> = match (lines, entries) {
        (Some(lines), None) => lines
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| one(line.to_owned(), kind, "/lines".to_owned(), None))
            .collect(),
        (None, Some(entries)) => entries
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let (text, own) = value(entry);
                one(text, own.or(kind), format!("/items/{at}/value"), Some(entry))
            })
            .collect(),
        _ => {
            let detail = "must be given, or else `lines`, and not both";
            return Err(Error::invalid("/items", detail));
        }
    };
    if !(1..=ENTRIES).contains(&all.len()) {
        let field = if lines.is_some() { "/lines" } else { "/items" };
        return Err(Error::invalid(field, format!("must have 1 to {ENTRIES} values")));
    }
    Ok(all)
}

/// Adds the values that are not there, once for one idempotency key.
pub(crate) async fn add<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    replay: Option<&Idem>,
    given: Vec<Given<B>>,
) -> Result<Answer<Entries<B>>, Error> {
    let replays: Vec<Option<Idem>> =
        (0..given.len()).map(|entry| replay.map(|replay| replay.entry(entry))).collect();
    let mut done: Vec<Option<Came<B>>> = repeated(&given);
    let mut tries = Tries::default();
    loop {
        let open = |at: &usize| done.get(*at).is_some_and(Option::is_none);
        let waiting: Vec<usize> = (0..given.len()).filter(open).collect();
        let mut ask = Ask::nothing();
        for &at in &waiting {
            let (one, replay) = (given.get(at), replays.get(at));
            ask.first.extend(one.into_iter().flat_map(|one| value_keys(case, one)));
            ask.first.extend(replay.into_iter().flatten().map(Idem::key));
        }
        let seen = app.table.look(caller, case, app.clock.now(), &ask).await?.seen();
        let seen = seen.ok_or_else(Error::not_found)?;
        if seen.access.section(B::SECTION) == Level::None {
            return Err(Error::not_found());
        }
        if !seen.access.adds(B::SECTION) {
            return Err(needs_write::<B>());
        }
        let grants = grants::<B>(app, &seen).await?;
        let mut adding: Vec<(usize, Item<B>)> = Vec::new();
        for at in waiting {
            let (Some(one), Some(replay), Some(told)) =
                (given.get(at), replays.get(at), done.get_mut(at))
            else {
                continue;
            };
            match judge(&seen, one, replay.as_ref())? {
                Ok(item) => adding.push((at, item)),
                Err(known) => *told = Some(known),
            }
        }
        let outcomes: Vec<_> = stream::iter(adding)
            .map(|(at, item)| {
                let replay = replays.get(at).and_then(Option::as_ref);
                let under = Adding { seen: &seen, grants: &grants };
                async move { (at, put(app, under, &item, replay).await, under.level(&item), item) }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (at, outcome, level, item) in outcomes {
            if let (Outcome::Done, Some(told)) = (outcome?, done.get_mut(at)) {
                *told = Some(Came::Added(Box::new(item), level));
            }
        }
        if done.iter().all(Option::is_some) {
            break;
        }
        // What was not written stands there by now, or has its record: the next look finds it.
        tries.again().await?;
    }
    let replayed: Vec<ItemId> = done.iter().flatten().filter_map(Came::replayed).collect();
    let before = again::<B>(app, caller, case, &replayed).await?;
    let ids: Vec<Option<ItemId>> =
        done.iter().map(|told| told.as_ref().and_then(Came::item)).collect();
    let entry = |(one, told): (Given<B>, Option<Came<B>>)| match told {
        Some(Came::Same(first)) => there(one, ids.get(first).copied().flatten()),
        told => shown(caller, one, told, &before),
    };
    Ok(Answer::ok(Entries { items: given.into_iter().zip(done).map(entry).collect() }))
}

/// What is known of one value in the end.
enum Came<B> {
    Added(Box<Item<B>>, Level),
    There(ItemId),
    /// It is the same as that entry.
    Same(usize),
    Replayed(ItemId),
    Wrong(String),
}

impl<B> Came<B> {
    /// The item that there is for the value.
    fn item(&self) -> Option<ItemId> {
        match self {
            Self::Added(item, _) => Some(item.id),
            Self::There(id) | Self::Replayed(id) => Some(*id),
            Self::Same(_) | Self::Wrong(_) => None,
        }
    }

    fn replayed(&self) -> Option<ItemId> {
        match self {
            Self::Replayed(item) => Some(*item),
            _ => None,
        }
    }
}

/// Where a value could stand. Those inside see what came through the portal, too.
fn value_keys<B: Kind>(case: CaseId, given: &Given<B>) -> Vec<Key> {
    let Some(value) = given.body.as_ref().ok().and_then(|body| body.value()) else {
        return Vec::new();
    };
    let digest = value.digest();
    let key = |origin: Origin| keys::value(case, B::SECTION, origin.side(), &digest);
    [Origin::Internal, Origin::Portal].map(key).into()
}

/// The item that a value will be; or what is known of it already.
fn judge<B: Kind>(
    seen: &Seen,
    given: &Given<B>,
    replay: Option<&Idem>,
) -> Result<Result<Item<B>, Came<B>>, Error> {
    let body = match &given.body {
        Ok(body) => body.clone(),
        Err(reason) => return Ok(Err(Came::Wrong(reason.clone()))),
    };
    if let Some(record) = Idem::found(replay, &seen.rows, seen.now)? {
        return Ok(Err(Came::Replayed(record.id("item")?)));
    }
    let item = made(seen, body);
    let hidden = seen.access.through_portal().then(|| {
        let digest = item.body.value().map(Value::digest).unwrap_or_default();
        keys::value(seen.case, B::SECTION, Origin::Internal.side(), &digest)
    });
    // Whom single items are shared with must not learn of others; what they add stands for itself.
    let known = if seen.reaches_all() || seen.access.through_portal() {
        value_keys(seen.case, given)
    } else {
        Vec::new()
    };
    for key in known {
        if Some(&key) != hidden.as_ref()
            && let Some(stands) = seen.rows.get(&key)
        {
            let id = row::text(stands, "item").parse().map_err(StoreError::odd)?;
            return Ok(Err(Came::There(id)));
        }
    }
    Ok(Ok(item))
}

/// Which values stand further up in the same request.
fn repeated<B: Kind>(given: &[Given<B>]) -> Vec<Option<Came<B>>> {
    let value = |one: &Given<B>| one.body.as_ref().ok().and_then(|body| body.value().cloned());
    let mut first: HashMap<Value, usize> = HashMap::new();
    let told = |(at, one)| {
        let first = *first.entry(value(one)?).or_insert(at);
        (first != at).then_some(Came::Same(first))
    };
    given.iter().enumerate().map(told).collect()
}

/// Writes one item. Those of some kinds are listed by their value.
async fn put<B: Kind>(
    app: &App,
    adding: Adding<'_>,
    item: &Item<B>,
    replay: Option<&Idem>,
) -> Result<Outcome, Error> {
    let mac = match item.body.value().filter(|_| B::LISTED) {
        Some(value) => Some(app.targets()?.mac(value).await?),
        None => None,
    };
    let writes = adding.writes(item, replay, mac.as_deref())?;
    Ok(app.table.outcome(writes, replay.is_some()).await?)
}

/// Items that the same request has added before, as far as the caller reaches them now.
async fn again<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    items: &[ItemId],
) -> Result<Vec<ItemView<B>>, Error> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Key> = items.iter().map(|id| keys::item(case, B::SECTION, *id)).collect();
    let shares = |first: &First| shares_of::<B>(first, case, items.iter().copied());
    let ask = Ask::rows(wanted.clone()).then(&shares);
    let seen = app.table.look(caller, case, app.clock.now(), &ask).await?.seen();
    let seen = seen.ok_or_else(Error::not_found)?;
    let mut shown = Vec::new();
    for key in &wanted {
        let Some(item) = seen.row::<Item<B>>(key)? else { continue };
        let reach = seen.reached(B::SECTION, item.id)?;
        shown.extend(ItemView::seen(item, caller.user, &seen.access, reach));
    }
    Ok(shown)
}

/// The answer for a value that was not added.
fn refused<B: Kind>(given: Given<B>, code: Code, detail: &str, id: Option<ItemId>) -> Entry<B> {
    let problem = Error::of(code).with(Fault::at(given.pointer, detail)).into_problem();
    Entry { given: given.text, status: problem.status, id, item: None, problem: Some(problem) }
}

/// The answer for a value that is there already.
fn there<B: Kind>(given: Given<B>, id: Option<ItemId>) -> Entry<B> {
    refused(given, Code::AlreadyThere, Code::AlreadyThere.meaning(), id)
}

/// What became of one value, as it is shown.
fn shown<B: Kind>(
    caller: &Caller,
    given: Given<B>,
    told: Option<Came<B>>,
    before: &[ItemView<B>],
) -> Entry<B> {
    let added = |text: String, view: ItemView<B>| Entry {
        given: text,
        status: 201,
        id: Some(view.id),
        item: Some(view),
        problem: None,
    };
    match told {
        Some(Came::Added(item, level)) => {
            added(given.text, ItemView::of(*item, caller.user, level))
        }
        Some(Came::There(id)) => there(given, Some(id)),
        Some(Came::Wrong(reason)) => refused(given, Code::NoSuchValue, &reason, None),
        Some(Came::Replayed(id)) => match before.iter().find(|view| view.id == id) {
            Some(view) => added(given.text, view.clone()),
            // It was added then, and has been deleted since.
            None => refused(given, Code::NotFound, Code::NotFound.meaning(), None),
        },
        Some(Came::Same(_)) | None => {
            refused(given, Code::TryAgain, Code::TryAgain.meaning(), None)
        }
    }
}
