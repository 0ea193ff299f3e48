//! What all kinds of items have in common: one list, one way to read, add, change and delete.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use shared::access::Partners;
use shared::access_list::{Orgs, is_colleague};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Cursor, Limit};
use shared::id::{CaseId, ItemId, OrgId, Recipient};
use shared::items::{ItemView, shared_singly, value_key};
use shared::model::{EventKind, Item, ItemBody, Origin, TaskAssignee};
use shared::rights::Level;
use shared::store::{
    Ask, Condition, First, Key, Outcome, RowBuilder, Seen, Tries, WantedItems, Write, case_event,
    keys, row,
};
use utoipa::{IntoParams, ToSchema};

/// A kind of items: what a request to add or to change one says, and what it makes of it.
pub(crate) trait Kind: ItemBody + Serialize + ToSchema {
    /// Whether the index lists such items by their value, to find the same one in other cases.
    const LISTED: bool = false;

    /// A request to change one.
    type Change: DeserializeOwned + Sync;

    /// Whom the change assigns it to, if to anybody.
    fn assigns(_change: &Self::Change) -> Option<&Recipient> {
        None
    }

    /// Puts the change into the item; answers the names of the fields that differ.
    ///
    /// # Errors
    ///
    /// A refusal of what would come of it.
    fn apply(
        &mut self,
        change: &Self::Change,
        assignee: Option<TaskAssignee>,
        now: jiff::Timestamp,
    ) -> Result<Vec<&'static str>, Error>;
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemsQuery {
    /// How many: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    pub(crate) limit: Limit,
    /// Where the page before ended.
    pub(crate) cursor: Option<String>,
}

/// A page of items.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<B: ToSchema> {
    /// The items, newest first. A page of long texts may have fewer than `limit`.
    pub(crate) items: Vec<ItemView<B>>,
    /// Where to go on; `null` at the end.
    pub(crate) cursor: Option<String>,
}

/// What a field of a request to change says: nothing, or what it is to be.
#[derive(Clone, Debug, Default)]
pub(crate) enum Patch<T> {
    /// The field is not there: it stays.
    #[default]
    Keep,
    /// It is to be this; `null`: nothing.
    Set(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Set)
    }
}

/// The fields of an item that a change has made different.
#[derive(Default)]
pub(crate) struct Changed(pub(crate) Vec<&'static str>);

impl Changed {
    /// Sets a field that always says something.
    pub(crate) fn set<T: PartialEq + Clone>(
        &mut self,
        name: &'static str,
        to: &mut T,
        from: Option<&T>,
    ) {
        if let Some(from) = from
            && from != to
        {
            to.clone_from(from);
            self.0.push(name);
        }
    }

    /// Sets a field that can say nothing.
    pub(crate) fn patch<T: PartialEq + Clone>(
        &mut self,
        name: &'static str,
        to: &mut Option<T>,
        from: &Patch<T>,
    ) {
        if let Patch::Set(from) = from
            && from != to
        {
            to.clone_from(from);
            self.0.push(name);
        }
    }
}

/// A page of the items of one kind.
pub(crate) async fn list<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    query: &ItemsQuery,
) -> Result<Answer<Items<B>>, Error> {
    let cursors = Cursor::of(&[B::SECTION.as_str(), &case.to_string()]);
    let shows = |seen: &Seen, item: Item<B>, reach: Partners| {
        ItemView::seen(item, seen.caller.user, &seen.access, reach)
    };
    let wanted = WantedItems {
        case,
        sections: (B::SECTION, None),
        after: cursors.read_id(query.cursor.as_deref())?,
        limit: query.limit.0,
        shows: &shows,
    };
    let page = app.table.items(caller, app.clock.now(), &wanted).await?;
    let page = page.ok_or_else(Error::not_found)?;
    if page.seen.access.section(B::SECTION) == Level::None {
        return Err(Error::not_found());
    }
    Ok(Answer::ok(Items {
        items: page.items,
        cursor: page.after.map(|last| cursors.behind(&last.to_string())),
    }))
}

/// One item as it is shown.
pub(crate) async fn get<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
) -> Result<Answer<ItemView<B>>, Error> {
    let Found { item, level, .. } = find::<B>(app, caller, case, item, []).await?;
    Ok(Answer::ok(ItemView::of(item, caller.user, level)))
}

/// An item that the caller reaches.
pub(crate) struct Found<B> {
    /// The case, with the decision that shows the item.
    pub(crate) seen: Seen,
    /// The item.
    pub(crate) item: Item<B>,
    /// What the caller may do with it: not `none`.
    pub(crate) level: Level,
}

/// An item, with the decision that shows it, and `besides`. 404 for one that is hidden or not there.
pub(crate) async fn find<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
    besides: impl IntoIterator<Item = Key>,
) -> Result<Found<B>, Error> {
    let key = keys::item(case, B::SECTION, item);
    let shares = |first: &First| shares_of::<B>(first, case, [item]);
    let ask = Ask::rows(besides).and(Some(key.clone())).then(&shares);
    let seen = app.table.look(caller, case, app.clock.now(), &ask).await?.seen();
    let seen = seen.ok_or_else(Error::not_found)?;
    let item: Item<B> = seen.row(&key)?.ok_or_else(Error::not_found)?;
    let reach = seen.reached(B::SECTION, item.id)?;
    match seen.access.level(&item.facts(caller.user).reaching(reach)) {
        Level::None => Err(Error::not_found()),
        level => Ok(Found { seen, item, level }),
    }
}

/// Where it stands that items are shared with orgs of the caller's, for round two.
pub(crate) fn shares_of<B: Kind>(
    first: &First,
    case: CaseId,
    items: impl IntoIterator<Item = ItemId>,
) -> Vec<Key> {
    if !shared_singly(B::SECTION) {
        return Vec::new();
    }
    items.into_iter().flat_map(|item| first.item_shares(case, B::SECTION, item)).collect()
}

/// [`find`], by somebody who may change it.
async fn find_to_edit<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
) -> Result<(Seen, Item<B>), Error> {
    let Found { seen, item, level } = find::<B>(app, caller, case, item, []).await?;
    if level == Level::Write { Ok((seen, item)) } else { Err(needs_write::<B>()) }
}

/// The refusal of somebody who sees the section and may not write it.
pub(crate) fn needs_write<B: ItemBody>() -> Error {
    Error::forbidden(&format!("write on {}", B::SECTION.as_str()))
}

/// Changes an item. Where nothing differs, nothing is written.
pub(crate) async fn change<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
    change: &B::Change,
) -> Result<Answer<ItemView<B>>, Error> {
    let mut tries = Tries::default();
    loop {
        let (seen, mut item) = find_to_edit::<B>(app, caller, case, item).await?;
        let assignee = assignee(app, &seen, B::assigns(change)).await?;
        let fields = item.body.apply(change, assignee, seen.now)?;
        if !fields.is_empty() {
            let key = keys::item(case, B::SECTION, item.id);
            let as_read = Condition::is("version", item.version);
            item.edited_at = Some(seen.now);
            item.version += 1;
            let mut new = RowBuilder::new(key.clone(), &item)?.build();
            // What lists the row stays.
            for name in row::INDEX_ATTRIBUTES {
                let value = seen.rows.get(&key).and_then(|old| old.get(name));
                new.extend(value.map(|value| (name.to_owned(), value.clone())));
            }
            let [_, changed, _] = B::EVENTS;
            let mut event = event(&seen, &item, changed);
            event.what.insert("fields".to_owned(), fields.into());
            let writes = vec![Write::Put(new, Some(as_read)), case_event(case, &event)?];
            match app.table.outcome(writes, false).await? {
                Outcome::Done => {}
                Outcome::Again | Outcome::Replayed(_) => {
                    tries.again().await?;
                    continue;
                }
            }
        }
        return Ok(Answer::ok(ItemView::of(item, caller.user, Level::Write)));
    }
}

/// Deletes an item, and with it that its value stands in the case and with which orgs it is shared.
pub(crate) async fn delete<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let (seen, item) = find_to_edit::<B>(app, caller, case, item).await?;
        let as_read = Condition::is("version", item.version);
        let key = keys::item(case, B::SECTION, item.id);
        let mut writes = vec![Write::Delete(key, Some(as_read))];
        if let Some(key) = value_key(&item) {
            // After a merge it can stand there for another item.
            let stands = app.table.get(&key).await?;
            if stands.is_some_and(|stands| row::text(&stands, "item") == item.id.to_string()) {
                writes.push(Write::Delete(key, Some(Condition::reads("item", item.id))));
            }
        }
        if shared_singly(B::SECTION) {
            let orgs = app.table.partners(&seen).await?;
            let share = |org: &OrgId| keys::item_share(case, org, B::SECTION, item.id);
            writes.extend(orgs.iter().map(|org| Write::Delete(share(org), None)));
        }
        let [_, _, deleted] = B::EVENTS;
        writes.push(case_event(case, &event(&seen, &item, deleted))?);
        match app.table.outcome(writes, false).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// A new item of the caller's.
pub(crate) fn made<B: ItemBody>(seen: &Seen, body: B) -> Item<B> {
    let origin = if seen.access.through_portal() { Origin::Portal } else { Origin::Internal };
    Item::new(seen.case, body, (seen.caller.user, seen.my_name()), origin, seen.now)
}

/// A line of history about an item, done by the caller.
pub(crate) fn event<B: ItemBody>(
    seen: &Seen,
    item: &Item<B>,
    kind: EventKind,
) -> shared::model::Event {
    let actor = seen.caller.actor(seen.my_name().as_ref());
    item.event(kind, seen.now, actor, seen.head.owner.clone())
}

/// Somebody to whom a task can be assigned: an active normal or service member of the owner org.
pub(crate) async fn assignee(
    app: &App,
    seen: &Seen,
    to: Option<&Recipient>,
) -> Result<Option<TaskAssignee>, Error> {
    let Some(to) = to else { return Ok(None) };
    let orgs = Orgs { owner: &seen.head.owner, partners: &[] };
    let found = app.table.people(orgs, std::slice::from_ref(to), is_colleague).await?;
    match found.into_iter().flatten().find(is_colleague) {
        Some(member) => Ok(Some(TaskAssignee { user: member.user, name: member.name })),
        None => Err(Error::at(Code::NotAColleague, "/assignee")),
    }
}
