//! A line of history as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::id::{CaseId, ItemId, ShareId};
use shared::model::{Event, EventKind};
use shared::rights::Section;
use shared::sharing::PersonView;
use shared::store::Key;
use utoipa::ToSchema;

/// A line of history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "a7",
    "at": "2026-11-22T10:15:00Z",
    "kind": "case_shared",
    "actor": {"user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Ada Example"},
    "case": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
    "item": null,
    "shares": ["smfrggzdfmztwq2lknnwg23tpob"],
    "what": {"recipients": ["email:eve@example.com"], "gives": {"role": "viewer"}}
}))]
pub(crate) struct EventView {
    /// Its id, unique in the case or the org: `a` and a version for a change of access.
    pub(crate) id: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What happened.
    pub(crate) kind: EventKind,
    /// Who did it, by name as it was then; without user where the service itself did.
    pub(crate) actor: PersonView,
    /// In which case.
    pub(crate) case: Option<CaseId>,
    /// To which item.
    pub(crate) item: Option<ItemView>,
    /// To which shares, as far as the reader may know of them.
    pub(crate) shares: Vec<ShareId>,
    /// The rest, by kind of event, as far as the reader may know it.
    #[schema(value_type = Object)]
    pub(crate) what: Map<String, Value>,
}

/// The item that an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemView {
    /// Its id.
    pub(crate) id: ItemId,
    /// Its section.
    pub(crate) section: Section,
}

impl EventView {
    /// The event that lies under `key`.
    pub(crate) fn of(key: &Key, event: Event) -> Self {
        Self {
            id: id(&key.sk),
            at: event.at,
            kind: event.kind,
            actor: PersonView { user: event.actor.user, name: event.actor.name },
            case: event.case,
            item: event.item.map(|item| ItemView { id: item.id, section: item.section }),
            shares: event.shares,
            what: event.what,
        }
    }
}

/// `a7` for `E#A#000000000007`; the ULID for all others.
fn id(sort: &str) -> String {
    let mut parts = sort.split('#').skip(1);
    match (parts.next(), parts.next()) {
        (Some("A"), Some(version)) => format!("a{}", version.trim_start_matches('0')),
        (Some("W"), Some(id)) | (Some(id), None) => id.to_owned(),
        _ => sort.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::id::EventId;
    use shared::store::keys;

    #[test]
    fn ids_fit_a_path() {
        let event = EventId::new(Timestamp::UNIX_EPOCH);
        let case = CaseId::new(Timestamp::UNIX_EPOCH);
        assert_eq!(id(&keys::access_event(case, 1070).sk), "a1070");
        assert_eq!(id(&keys::work_event(case, event).sk), event.to_string());
        assert_eq!(id(&keys::org_event(&"acme".parse().unwrap(), event).sk), event.to_string());
    }
}
