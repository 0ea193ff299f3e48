//! A case that is made to take something in: plain, internal, its maker's.

use serde_json::json;
use shared::access::Visibility;
use shared::id::CaseId;
use shared::model::{CaseStatus, Details, Event, EventKind, Head, Severity, Tlp};
use shared::store::{Involved, RowBuilder, StoreError, Write, first_event, keys};
use shared::text::{Description, Title};

use crate::change::Turn;

/// The case as it will be.
pub(crate) struct NewCase {
    pub(crate) case: CaseId,
    pub(crate) number: u64,
    pub(crate) title: Title,
}

impl NewCase {
    /// Its rows. Whether its maker may make it has been decided.
    pub(crate) fn writes(&self, turn: &Turn<'_>) -> Result<Vec<Write>, StoreError> {
        let (case, org) = (self.case, &turn.place.org);
        let (user, now) = (turn.caller.user, turn.place.now);
        let name = turn.place.name_of(turn.caller);
        let head = Head {
            case,
            owner: org.id.clone(),
            creator: user,
            access: Visibility::Internal,
            access_generation: 1,
            access_version: 1,
            gone: false,
            merged_into: None,
            rules: org.settings.item_rules,
        };
        let details = Details {
            case,
            owner: org.id.clone(),
            number: self.number,
            title: self.title.clone(),
            description: Description::default(),
            severity: Severity::default(),
            tlp: Tlp::default(),
            status: CaseStatus::Open,
            tags: Vec::new(),
            reference: None,
            creator: user,
            creator_name: name.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
            closed_at: None,
        };
        let address = turn.place.member.address.clone();
        let creator = Involved { user, name: name.clone(), address };
        let what = json!({ "number": self.number });
        let event = Event {
            kind: EventKind::CaseCreated,
            at: now,
            actor: turn.caller.actor(name.as_ref()),
            org: org.id.clone(),
            case: Some(case),
            item: None,
            shares: Vec::new(),
            what: what.as_object().cloned().unwrap_or_default(),
        };
        let details = RowBuilder::new(keys::details(case), &details)?;
        let details = details.listed(keys::case_under(keys::cases_of(&org.id), case));
        let creator = RowBuilder::new(keys::creator(case, user), &creator)?;
        let creator = creator.listed(keys::case_under(keys::created_by(user), case));
        let number = RowBuilder::new(keys::number(&org.id, self.number), &json!({ "case": case }))?;
        Ok(vec![
            Write::add(RowBuilder::new(keys::head(case), &head)?.build()),
            Write::add(details.build()),
            Write::add(creator.build()),
            Write::add(number.build()),
            first_event(case, &event)?,
        ])
    }
}
