//! What is written where a share that comes in changes: at the case that is shared, in one
//! transaction with what changes here.

use serde_json::{Map, Value, json};
use shared::caller::Caller;
use shared::error::Error;
use shared::http::Idem;
use shared::id::{CaseId, OrgId};
use shared::model::{Event, EventKind, Grant, Head};
use shared::place::Place;
use shared::sharing::listed_under;
use shared::store::{
    Condition, StoreError, Write, access_event, access_event_for, authority, keys, remembered, row,
};

use crate::incoming::Incoming;

/// A change of the share, being gathered.
pub(crate) struct Turn<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) place: &'a Place,
    pub(crate) incoming: &'a Incoming,
}

impl Turn<'_> {
    fn event(&self, kind: EventKind, org: &OrgId, what: &Value) -> Event {
        let head = &self.incoming.head;
        Event {
            kind,
            at: self.place.now,
            actor: self.caller.actor(self.place.name_of(self.caller).as_ref()),
            org: org.clone(),
            case: Some(head.case),
            item: None,
            shares: vec![self.incoming.grant.share.clone()],
            what: what.as_object().cloned().unwrap_or_default(),
        }
    }

    /// What every change begins with: the idempotency record, if any, and that the caller still has
    /// the rights that they were seen to have.
    pub(crate) fn guards(&self, once: Option<&Idem>) -> Result<Vec<Write>, Error> {
        let now = self.place.now;
        let mut writes = Vec::new();
        if let Some(once) = once {
            writes.push(remembered(once.record(now, 200, [])?, now));
        }
        writes.push(authority(self.caller.user, self.place.authority_version(), None));
        Ok(writes)
    }

    /// A line of the history of a case of `org`, which is not told of the share.
    pub(crate) fn event_in(
        &self,
        case: CaseId,
        org: &OrgId,
        kind: EventKind,
        what: &Value,
    ) -> Event {
        Event { case: Some(case), shares: Vec::new(), ..self.event(kind, org, what) }
    }

    /// The share as it is to be, told in both orgs: `theirs` is what the org that shares may know,
    /// `ours` what this one may know besides. The idempotency record, if any, comes first.
    pub(crate) fn writes(
        &self,
        grant: &Grant,
        kind: EventKind,
        theirs: &Value,
        ours: Value,
        once: Option<&Idem>,
    ) -> Result<Vec<Write>, Error> {
        let head = &self.incoming.head;
        let mut writes = self.guards(once)?;
        let version = head.access_version + 1;
        writes.push(raised(head)?);
        writes.push(put(grant, self.incoming.grant.version)?);
        let event = self.event(kind, &head.owner, theirs);
        writes.push(access_event(head.case, version, &event)?);
        let mut known: Map<String, Value> = event.what.clone();
        if let Value::Object(ours) = ours {
            known.extend(ours);
        }
        known.insert("owner".to_owned(), json!(head.owner));
        known.insert("recipient".to_owned(), json!(grant.recipient.to_string()));
        let copy = self.event(kind, &self.place.org.id, &Value::Object(known));
        writes.push(access_event_for(head.case, version, &copy)?);
        Ok(writes)
    }
}

impl Turn<'_> {
    /// The case of this org into which the share goes, or from which it is taken: what decides
    /// there changes with it.
    pub(crate) fn at(&self, head: &Head, kind: EventKind) -> Result<Vec<Write>, StoreError> {
        let what = json!({ "owner": self.incoming.head.owner });
        let event = self.event_in(head.case, &head.owner, kind, &what);
        Ok(vec![raised(head)?, access_event(head.case, head.access_version + 1, &event)?])
    }
}

/// The head of a case whose access changes.
fn raised(head: &Head) -> Result<Write, StoreError> {
    Ok(Write::set(
        keys::head(head.case),
        vec![("access_version", row::value(&(head.access_version + 1))?)],
        Condition::is("access_version", head.access_version),
    ))
}

/// The share as it is to be, listed anew, over the one of this version.
fn put(grant: &Grant, before: u64) -> Result<Write, StoreError> {
    let mut set = vec![
        ("state", row::value(&grant.state)?),
        ("link", row::value(&grant.link)?),
        ("version", row::value(&grant.version)?),
    ];
    set.extend(row::index_attributes(listed_under(grant)));
    let key = keys::grant(grant.case, &grant.share);
    Ok(Write::set(key, set, Condition::is("version", before)))
}
