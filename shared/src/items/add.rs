//! What is written for a new item.

use super::share::share_row;
use crate::id::OrgId;
use crate::model::{Actor, Item, ItemBody, ItemShare};
use crate::store::{IndexKey, Key, RowBuilder, StoreError, Write, case_event, keys};

/// Where it stands that the item's value is in the case, by the side that has added it: whoever
/// comes through the portal must not learn of what is hidden there.
#[must_use]
pub fn value_key<B: ItemBody>(item: &Item<B>) -> Option<Key> {
    let value = item.body.value()?;
    Some(keys::value(item.case, B::SECTION, item.origin.side(), &value.digest()))
}

/// The writes that add an item: its row, listed where it is to be found; that its value `stands` in
/// the case, if it does; with which orgs it is shared from its beginning; the line of history.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn added<B: ItemBody>(
    item: &Item<B>,
    listed: Option<IndexKey>,
    stands: bool,
    shares: &[ItemShare],
    actor: Actor,
    org: &OrgId,
) -> Result<Vec<Write>, StoreError> {
    let mut row = RowBuilder::new(keys::item(item.case, B::SECTION, item.id), item)?;
    if let Some(index) = listed {
        row = row.listed(index);
    }
    let mut writes = vec![Write::add(row.build())];
    if let Some(key) = value_key(item).filter(|_| stands) {
        let body = serde_json::json!({ "item": item.id });
        writes.push(Write::add(RowBuilder::new(key, &body)?.build()));
    }
    for share in shares {
        writes.push(Write::Put(share_row(share)?, None));
    }
    let [happened, _, _] = B::EVENTS;
    let event = item.event(happened, item.created_at, actor, org.clone());
    writes.push(case_event(item.case, &event)?);
    Ok(writes)
}
