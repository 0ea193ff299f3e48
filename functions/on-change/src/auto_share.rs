//! A share that an org makes by itself with a new case, and that could not be made with it.

use std::collections::HashMap;

use jiff::Timestamp;
use shared::access::Visibility;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::id::{ItemId, Recipient, ShareId};
use shared::items::share_row;
use shared::model::{Actor, AutoShare, Event, EventKind, Grant, Head, ItemShare, Link, Org};
use shared::rights::{Given, Section};
use shared::sharing::{self, Ground, Planned, Sharer, auto, first_keys, open_grant, second_keys};
use shared::store::{
    CaseRows, Condition, First, Involved, Key, Outcome, Query, Row, StoreError, Tries, UserRows,
    Write, access_event, access_event_for, keys, row,
};

/// How many items one transaction shares.
const AT_ONCE: usize = 90;

/// Tries again to make the share that waits under `key`, if it still waits.
pub(crate) async fn attempt(app: &App, key: &Key) -> Result<(), Error> {
    let now = app.clock.now();
    let Some(waiting) = app.table.due_row(key, now).await? else { return Ok(()) };
    let failed: AutoShare = row::read(&waiting)?;
    let mut tries = Tries::default();
    loop {
        let done = Condition::reads("due_at", row::text(&waiting, "due_at"));
        let Some(ground) = read(app, &failed).await? else {
            // The case is gone, is another org's by now, or the org has it already.
            return Ok(app.table.delete(key, None).await?);
        };
        let planned = match ground.plan(&failed, now)? {
            Ok(planned) => planned,
            Err(code) => {
                let next_try_at = auto::next_try(failed.since, failed.tries, now);
                let (reason, tries) = (code.as_str().to_owned(), failed.tries + 1);
                let failed = AutoShare { reason, tries, next_try_at, ..failed };
                return Ok(app.table.write(vec![auto::waiting(&failed)?]).await?);
            }
        };
        let generation = ground.head.access_version + 1;
        share_items(app, &ground.head, &planned, generation, now).await?;
        let mut writes = ground.writes(&planned, generation, now)?;
        writes.push(Write::Delete(key.clone(), Some(done)));
        match app.table.outcome(writes, false).await? {
            Outcome::Done => return Ok(()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
        if app.table.due_row(key, now).await?.is_none() {
            return Ok(());
        }
    }
}

/// What the share leans on.
struct Case {
    head: Head,
    org: Org,
    given: Option<Given>,
    granter: Caller,
    rows: HashMap<Key, Row>,
}

/// Reads it. `None` if there is nothing left to share.
async fn read(app: &App, failed: &AutoShare) -> Result<Option<Case>, Error> {
    let case = failed.case;
    let recipient = Recipient::Org(failed.org.clone());
    let Some(head) = row::read_if::<Head>(app.table.get(&keys::head(case)).await?.as_ref())? else {
        return Ok(None);
    };
    let grant = keys::grant(case, &ShareId::of(case, &recipient));
    let link = keys::link(&head.owner, &failed.org);
    let creator = keys::creator(case, head.creator);
    let mut wanted = first_keys(case, [&recipient]);
    wanted.extend([keys::org(&head.owner), link.clone(), creator.clone()]);
    let mut first = First {
        facts: CaseRows { head: Some(head.clone()), ..CaseRows::default() },
        whole: false,
        me: UserRows::default(),
        rows: app.table.get_many(wanted).await?,
    };
    let more = second_keys(&first, case, [&recipient], []);
    first.rows.extend(app.table.get_many(more).await?);
    let rows = first.rows;
    let org: Option<Org> = row::read_if(rows.get(&keys::org(&head.owner)))?;
    let side: Option<Link> = row::read_if(rows.get(&link))?;
    let there: Option<Grant> = row::read_if(rows.get(&grant))?;
    let now = app.clock.now();
    let there = there.is_some_and(|grant| open_grant(&grant, now));
    let moved = head.gone || head.owner != failed.from || head.access == Visibility::Restricted;
    let (Some(org), false, false) = (org, moved, there) else { return Ok(None) };
    let creator: Option<Involved> = row::read_if(rows.get(&creator))?;
    let granter = Caller {
        user: head.creator,
        address: None,
        name: creator.and_then(|creator| creator.name),
        operator: false,
    };
    let given = side.and_then(|side| auto::wanted(&side, now));
    Ok(Some(Case { head, org, given, granter, rows }))
}

impl Case {
    /// Plans the share, by the rules that every share goes by.
    fn plan(&self, failed: &AutoShare, now: Timestamp) -> Result<Result<Planned, Code>, Error> {
        let Some(given) = self.given.clone() else {
            return Ok(Err(Code::LinkDisabled));
        };
        let ground = Ground::new(
            &self.granter,
            Vec::new(),
            self.head.case,
            &self.org,
            self.head.access,
            &self.rows,
        );
        auto::attempt(&auto::wish(&failed.org, given), &ground.at(now))
    }

    /// A change of access by the service itself: head, grant, history.
    fn writes(
        &self,
        planned: &Planned,
        generation: u64,
        now: Timestamp,
    ) -> Result<Vec<Write>, Error> {
        let head = &self.head;
        let mut writes = vec![Write::set(
            keys::head(head.case),
            vec![("access_version", row::value(&generation)?)],
            Condition::is("access_version", head.access_version),
        )];
        let sharer = Sharer {
            user: self.granter.user,
            name: self.granter.name.clone(),
            org: &self.org,
            message: None,
        };
        let grant = sharing::add(&mut writes, head.case, planned, &sharer, generation, now)?;
        let what = serde_json::json!({
            "recipients": [grant.recipient.to_string()], "gives": grant.given, "auto_share": true,
        });
        let event = Event {
            kind: EventKind::CaseShared,
            at: now,
            actor: Actor { user: None, name: None },
            org: head.owner.clone(),
            case: Some(head.case),
            item: None,
            shares: vec![grant.share.clone()],
            what: what.as_object().cloned().unwrap_or_default(),
        };
        writes.push(access_event(head.case, generation, &event)?);
        for copy in sharing::told(&event, [(&grant.recipient, &grant.share)]) {
            writes.push(access_event_for(head.case, generation, &copy)?);
        }
        Ok(writes)
    }
}

/// Shares what is in the case already, as its rules say. It counts nothing before the share of the
/// case is there with this generation.
async fn share_items(
    app: &App,
    head: &Head,
    planned: &Planned,
    generation: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(org) = planned.recipient.org() else { return Ok(()) };
    if planned.link.as_ref().is_none_or(|link| link.finalise) {
        return Ok(());
    }
    for section in [Section::Tasks, Section::Observables] {
        if !head.rules.auto_share(section) {
            continue;
        }
        let all = Query::rows(keys::case_partition(head.case)).prefix(keys::items_prefix(section));
        let rows = app.table.query_all(all, 10_000).await?;
        for some in rows.chunks(AT_ONCE) {
            let writes = some.iter().map(|found| {
                let item = id_of(found)?;
                let share = ItemShare {
                    case: head.case,
                    org: org.clone(),
                    section,
                    item,
                    generation: Some(generation),
                    action_required: false,
                    mac: None,
                    kept: None,
                    since: now,
                };
                Ok(Write::Put(share_row(&share)?, None))
            });
            app.table.write(writes.collect::<Result<Vec<_>, StoreError>>()?).await?;
        }
    }
    Ok(())
}

fn id_of(found: &Row) -> Result<ItemId, StoreError> {
    let id = row::text(found, "SK").rsplit('#').next().unwrap_or_default();
    id.parse().map_err(StoreError::odd)
}
