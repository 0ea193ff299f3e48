//! Adding one item.

use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Idem};
use shared::id::{CaseId, Recipient};
use shared::items::{ItemView, added};
use shared::model::{Item, TaskAssignee};
use shared::rights::Level;
use shared::store::{Ask, IndexKey, Outcome, Seen, StoreError, Tries, Write, remembered};

use crate::kind::{Kind, assignee, find, made, needs_write};
use crate::several::reaches_all;

/// Adds what `make` makes, once for one idempotency key.
pub(crate) async fn add<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    once: Option<&Idem>,
    assigned_to: Option<&Recipient>,
    make: impl Fn(Option<TaskAssignee>, jiff::Timestamp) -> B,
) -> Result<Answer<ItemView<B>>, Error> {
    let ask = Ask::nothing().and(once.map(Idem::key));
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let seen = app.table.look(caller, case, now, &ask).await?.seen();
        let seen = seen.ok_or_else(Error::not_found)?;
        if seen.access.section(B::SECTION) == Level::None {
            return Err(Error::not_found());
        }
        let before = Idem::found(once, &seen.rows, now);
        if let Ok(Some(record)) = &before {
            let (seen, item) = find::<B>(app, caller, case, record.id("item")?).await?;
            let view = ItemView::of(item, caller.user, &seen.access);
            return Ok(Answer::replayed(record.status, view));
        }
        if !seen.access.adds(B::SECTION) {
            return Err(needs_write::<B>());
        }
        before?;
        let item = made(&seen, make(assignee(app, &seen, assigned_to).await?, now));
        match app.table.outcome(writes(&seen, &item, once, None)?, once.is_some()).await? {
            Outcome::Done => {
                return Ok(Answer::created(ItemView::of(item, caller.user, &seen.access)));
            }
            // The next look finds the record of whoever was first.
            Outcome::Replayed(_) | Outcome::Again => tries.again().await?,
        }
    }
}

/// The transaction that adds an item; the idempotency record, if any, comes first.
pub(crate) fn writes<B: Kind>(
    seen: &Seen,
    item: &Item<B>,
    once: Option<&Idem>,
    listed: Option<IndexKey>,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::new();
    if let Some(once) = once {
        let record = once.record(seen.now, 201, [("item", item.id.to_string())])?;
        writes.push(remembered(record, seen.now));
    }
    let actor = seen.caller.actor(item.author_name.as_ref());
    let stands = reaches_all(seen) || seen.access.through_portal();
    writes.extend(added(item, listed, stands, actor, &seen.head.owner)?);
    Ok(writes)
}
