//! Adding one item.

use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Idem};
use shared::id::{CaseId, Recipient};
use shared::items::{ItemView, added, comes_in, from_the_start, shared_singly};
use shared::model::{Grant, Item, ItemShare, TaskAssignee};
use shared::rights::{Level, Section};
use shared::store::{Ask, Outcome, Seen, StoreError, Tries, Write, keys, remembered};

use crate::kind::{Found, Kind, assignee, find, made, needs_write};

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
            let Found { item, level, .. } =
                find::<B>(app, caller, case, record.id("item")?, []).await?;
            return Ok(Answer::replayed(record.status, ItemView::of(item, caller.user, level)));
        }
        if !seen.access.adds(B::SECTION) {
            return Err(needs_write::<B>());
        }
        before?;
        let grants = grants::<B>(app, &seen).await?;
        let item = made(&seen, make(assignee(app, &seen, assigned_to).await?, now));
        let adding = Adding { seen: &seen, grants: &grants };
        match app.table.outcome(adding.writes(&item, once, None)?, once.is_some()).await? {
            Outcome::Done => {
                let level = adding.level(&item);
                return Ok(Answer::created(ItemView::of(item, caller.user, level)));
            }
            // The next look finds the record of whoever was first.
            Outcome::Replayed(_) | Outcome::Again => tries.again().await?,
        }
    }
}

/// The shares of the case, where a new item of this kind can be shared from its beginning.
pub(crate) async fn grants<B: Kind>(app: &App, seen: &Seen) -> Result<Vec<Grant>, StoreError> {
    if B::SECTION == Section::Targets || seen.head.rules.auto_share(B::SECTION) {
        app.table.grants_of(seen).await
    } else {
        Ok(Vec::new())
    }
}

/// Adding items to a case.
#[derive(Clone, Copy)]
pub(crate) struct Adding<'a> {
    /// The case, with the decision that allows it.
    pub(crate) seen: &'a Seen,
    /// Its shares, as [`grants`] reads them.
    pub(crate) grants: &'a [Grant],
}

impl Adding<'_> {
    /// With which orgs the item is shared from its beginning. Targets are listed by their `mac`.
    fn shares<B: Kind>(self, item: &Item<B>, mac: Option<&str>) -> Vec<ItemShare> {
        let Self { seen, grants } = self;
        if !shared_singly(B::SECTION) {
            return Vec::new();
        }
        let made_for = seen.acts_for().filter(|org| **org != seen.head.owner);
        let this = (item.case, B::SECTION, item.id);
        from_the_start(this, seen.head.rules, grants, made_for, mac, seen.now)
    }

    /// What its maker may do with it. It may be nothing: in the portal one can add what one is not
    /// shown again.
    pub(crate) fn level<B: Kind>(self, item: &Item<B>) -> Level {
        let reach = self.seen.reached_by(&self.shares(item, None));
        self.seen.access.level(&item.facts(self.seen.caller.user).reaching(reach))
    }

    /// The transaction that adds an item; the idempotency record, if any, comes first. A target is
    /// listed by its `mac`.
    pub(crate) fn writes<B: Kind>(
        self,
        item: &Item<B>,
        once: Option<&Idem>,
        mac: Option<&str>,
    ) -> Result<Vec<Write>, StoreError> {
        let seen = self.seen;
        let mut writes = Vec::new();
        if let Some(once) = once {
            let record = once.record(seen.now, 201, [("item", item.id.to_string())])?;
            writes.push(remembered(record, seen.now));
        }
        let actor = seen.caller.actor(item.author_name.as_ref());
        let stands = seen.reaches_all() || seen.access.through_portal();
        let shares = self.shares(item, mac);
        let listed = mac.map(|mac| keys::target_under(&seen.head.owner, mac, item.case));
        writes.extend(added(item, listed, stands, &shares, actor, &seen.head.owner)?);
        for share in &shares {
            writes.extend(comes_in(share, self.grants, seen.now)?);
        }
        Ok(writes)
    }
}
