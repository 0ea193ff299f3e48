//! A change outside cases: one transaction, guarded by the actor's authority, with its event.

use jiff::Timestamp;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::Idem;
use shared::id::{OrgId, UserId};
use shared::model::{Actor, Event, EventKind, User};
use shared::store::{
    AttributeValue, Outcome, StoreError, Table, Write, authority, org_event, remembered,
};

/// Attributes to set.
pub(crate) type Set = Vec<(&'static str, AttributeValue)>;

/// A text as the value of an attribute.
#[expect(clippy::needless_pass_by_value, reason = "ids, words and references read alike at calls")]
pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number as the value of an attribute.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A change being gathered.
///
/// The actor's `authority_version` is checked, so that nobody changes anything on the strength of
/// a membership that was changed since it was read. There is never a condition on the org's or
/// group's row for that: it would cap all changes of the org at what one row bears. What a profile
/// says may thus be a moment old, as it is in the decision about a case.
pub(crate) struct Deed {
    actor: Actor,
    user: UserId,
    authority_version: u64,
    raised: Option<Set>,
    record: Option<Write>,
    writes: Vec<Write>,
    now: Timestamp,
}

impl Deed {
    /// A change by `caller`, who was read as `user`.
    pub(crate) fn by(caller: &Caller, user: Option<&User>, now: Timestamp) -> Self {
        Self {
            actor: caller.actor(user.and_then(|user| user.name.as_ref())),
            user: caller.user,
            authority_version: user.map_or(0, |user| user.authority_version),
            raised: None,
            record: None,
            writes: Vec::new(),
            now,
        }
    }

    /// One further write.
    pub(crate) fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Further writes.
    pub(crate) fn write_all(&mut self, writes: impl IntoIterator<Item = Write>) {
        self.writes.extend(writes);
    }

    /// How many further writes there are.
    pub(crate) fn size(&self) -> usize {
        self.writes.len()
    }

    /// Somebody's lock or membership changes with this: their `authority_version` is raised, which
    /// undoes every decision that leans on the old one. `set` is set in their row besides.
    pub(crate) fn raise(&mut self, who: UserId, known: Option<&User>, set: Set) {
        if who == self.user {
            self.raised.get_or_insert_default().extend(set);
        } else {
            let version = known.map_or(0, |user| user.authority_version);
            self.writes.push(authority(who, version, Some(set)));
        }
    }

    /// The event that tells of it in the org's history.
    pub(crate) fn tell(
        &mut self,
        org: &OrgId,
        kind: EventKind,
        what: serde_json::Value,
    ) -> Result<(), StoreError> {
        let event = Event {
            kind,
            at: self.now,
            actor: self.actor.clone(),
            org: org.clone(),
            case: None,
            item: None,
            shares: Vec::new(),
            what: match what {
                serde_json::Value::Object(what) => what,
                _ => serde_json::Map::new(),
            },
        };
        self.writes.push(org_event(org, &event)?);
        Ok(())
    }

    /// Remembers the request, so that a second one has no effect.
    pub(crate) fn remember(
        &mut self,
        idem: Option<&Idem>,
        status: u16,
        ids: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(), StoreError> {
        if let Some(idem) = idem {
            self.record = Some(remembered(idem.record(self.now, status, ids)?, self.now));
        }
        Ok(())
    }

    /// Carries it out. `false`: something moved since it was decided, or the same request came
    /// first; look again.
    pub(crate) async fn done(self, table: &Table) -> Result<bool, Error> {
        let remembers = self.record.is_some();
        let mut writes: Vec<Write> = self.record.into_iter().collect();
        writes.push(authority(self.user, self.authority_version, self.raised));
        writes.extend(self.writes);
        match table.outcome(writes, remembers).await? {
            Outcome::Done => Ok(true),
            Outcome::Again | Outcome::Replayed(_) => Ok(false),
        }
    }
}
