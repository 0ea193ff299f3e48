//! A change of access: one transaction, in which everything is there together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::condition::{Condition, Write};
use super::keys::{self, Key};
use super::row::{Row, RowBuilder};
use super::table::Table;
use super::{Look, Seen, StoreError};
use crate::id::{CaseId, EventId, OrgId, UserId};
use crate::model::{Event, Head};

/// Tries with a pause between them that grows and is never quite the same.
pub struct Tries {
    left: u32,
    pause: Duration,
}

impl Default for Tries {
    /// As often as a change of access is tried: five times.
    fn default() -> Self {
        Self::at_most(5)
    }
}

impl Tries {
    /// So many tries.
    #[must_use]
    pub fn at_most(tries: u32) -> Self {
        Self { left: tries, pause: Duration::from_millis(10) }
    }

    /// Waits before the next try.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if there is none left.
    pub async fn again(&mut self) -> Result<(), StoreError> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(StoreError::Busy("the same rows changed in every try".to_owned()));
        }
        let jitter = 0.5 + fastrand::f64();
        tokio::time::sleep(self.pause.mul_f64(jitter)).await;
        self.pause *= 2;
        Ok(())
    }
}

/// What became of a change.
#[derive(Debug)]
pub enum Outcome {
    /// It happened.
    Done,
    /// Something moved since it was decided: read, decide and try again.
    Again,
    /// The same request was carried out before; here is its record.
    Replayed(Row),
}

/// A change of access to one case.
pub struct Change {
    case: CaseId,
    version: u64,
    head: Vec<(&'static str, AttributeValue)>,
    actor: UserId,
    authority_version: u64,
    raise_actor: Option<Vec<(&'static str, AttributeValue)>>,
    writes: Vec<Write>,
    event: Event,
    copies: Vec<Event>,
    record: Option<(Row, Timestamp)>,
}

impl Change {
    /// A change decided on `seen`, told by `event`.
    #[must_use]
    pub fn new(seen: &Seen, event: Event) -> Self {
        Self::of(&seen.head, seen, event)
    }

    /// A change by somebody for whom the case does not exist: accepting, declining, leaving.
    #[must_use]
    pub fn of(head: &Head, look: &Look, event: Event) -> Self {
        Self {
            case: head.case,
            version: head.access_version,
            head: Vec::new(),
            actor: look.caller.user,
            authority_version: look.me.authority_version(),
            raise_actor: None,
            writes: Vec::new(),
            event,
            copies: Vec::new(),
            record: None,
        }
    }

    /// The `access_version` that the case will have: the generation of what is made.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version + 1
    }

    /// One further write.
    pub fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Several further writes.
    pub fn write_all(&mut self, writes: impl IntoIterator<Item = Write>) {
        self.writes.extend(writes);
    }

    /// How many further writes there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.writes.len() + self.copies.len()
    }

    /// Tells the change to other orgs that it concerns, in their audit views: each event is what
    /// the org that it names may know of it. They stand in no case's history.
    pub fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        self.copies.extend(events);
    }

    /// Sets an attribute of the head.
    pub fn set_head(&mut self, name: &'static str, value: AttributeValue) {
        self.head.push((name, value));
    }

    /// The actor's own memberships change too: their `authority_version` is raised, and `set` with
    /// it, instead of only being checked.
    pub fn raise_actor(&mut self, set: Vec<(&'static str, AttributeValue)>) {
        self.raise_actor = Some(set);
    }

    /// Remembers the request, until `until` in its row, so that a second one has no effect.
    pub fn remember(&mut self, record: Option<Row>, now: Timestamp) {
        self.record = record.map(|record| (record, now));
    }

    /// The transaction; the idempotency record, if any, comes first.
    fn into_writes(self) -> Result<Vec<Write>, StoreError> {
        let version = self.version();
        let mut writes = Vec::with_capacity(self.writes.len() + 4);
        if let Some((record, now)) = self.record {
            writes.push(remembered(record, now));
        }
        let mut head = self.head;
        head.push(("access_version", AttributeValue::N(version.to_string())));
        writes.push(Write::set(
            keys::head(self.case),
            head,
            Condition::is("access_version", self.version),
        ));
        writes.push(authority(self.actor, self.authority_version, self.raise_actor));
        writes.push(Write::add(event_row(
            &self.event,
            keys::access_event(self.case, version),
            version,
        )?));
        for copy in &self.copies {
            let key = keys::access_event_for(self.case, version, &copy.org);
            writes.push(Write::add(event_row(copy, key, version)?));
        }
        writes.extend(self.writes);
        Ok(writes)
    }
}

/// The write of an idempotency record: over nothing, or over one that has expired.
#[must_use]
pub fn remembered(record: Row, now: Timestamp) -> Write {
    let condition = Condition::absent().or(Condition::at_most("expires_at", now.as_second()));
    Write::Put(record, Some(condition))
}

/// Checks the actor's `authority_version`, or raises it.
#[must_use]
pub fn authority(
    actor: UserId,
    read: u64,
    raise: Option<Vec<(&'static str, AttributeValue)>>,
) -> Write {
    let key = keys::user(actor);
    let condition = if read == 0 {
        Condition::without("authority_version").or(Condition::is("authority_version", 0))
    } else {
        Condition::is("authority_version", read)
    };
    match raise {
        None => Write::Check(key, condition),
        Some(mut set) => {
            set.push(("user", AttributeValue::S(actor.to_string())));
            set.push(("authority_version", AttributeValue::N((read + 1).to_string())));
            Write::set(key, set, condition)
        }
    }
}

/// The write of a line of a case's history that is no change of access.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn case_event(case: CaseId, event: &Event) -> Result<Write, StoreError> {
    let id = EventId::new(event.at);
    Ok(Write::add(event_row(event, keys::work_event(case, id), fastrand::u64(..))?))
}

/// The write of a line of an org's own history.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn org_event(org: &OrgId, event: &Event) -> Result<Write, StoreError> {
    let id = EventId::new(event.at);
    Ok(Write::add(event_row(event, keys::org_event(org, id), fastrand::u64(..))?))
}

/// The write of a change of access in a case's history, under the version that it makes.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn access_event(case: CaseId, version: u64, event: &Event) -> Result<Write, StoreError> {
    Ok(Write::add(event_row(event, keys::access_event(case, version), version)?))
}

/// The write of the first line of a new case's history.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn first_event(case: CaseId, event: &Event) -> Result<Write, StoreError> {
    Ok(Write::add(event_row(event, keys::access_event(case, 1), fastrand::u64(..))?))
}

/// The write that tells a change of access to another org that it concerns, under the version that
/// it makes.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn access_event_for(case: CaseId, version: u64, event: &Event) -> Result<Write, StoreError> {
    let key = keys::access_event_for(case, version, &event.org);
    Ok(Write::add(event_row(event, key, fastrand::u64(..))?))
}

/// An event as a row, listed in its org's audit view.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
fn event_row(event: &Event, key: Key, spread: u64) -> Result<Row, StoreError> {
    let id = format!("{}#{}", key.pk, key.sk);
    let index = keys::audit_under(&event.org, event.at, spread, &id);
    Ok(RowBuilder::new(key, event)?.listed(index).build())
}

impl Table {
    /// Carries out a change of access.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn commit(&self, change: Change) -> Result<Outcome, StoreError> {
        let remembers = change.record.is_some();
        let writes = change.into_writes()?;
        self.outcome(writes, remembers).await
    }

    /// Carries out writes whose first is an idempotency record, if `remembers`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn outcome(
        &self,
        writes: Vec<Write>,
        remembers: bool,
    ) -> Result<Outcome, StoreError> {
        match self.write(writes).await {
            Ok(()) => Ok(Outcome::Done),
            Err(StoreError::Conflict) => Ok(Outcome::Again),
            Err(StoreError::Refused { failed }) => match failed.into_iter().next() {
                // That the request was carried out before wins over all other reasons.
                Some((0, Some(record))) if remembers => Ok(Outcome::Replayed(record)),
                _ => Ok(Outcome::Again),
            },
            Err(error) => Err(error),
        }
    }
}
