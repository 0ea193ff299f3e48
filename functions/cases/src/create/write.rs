//! What is written for a new case: one transaction.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shared::access::Visibility;
use shared::access_list;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::Idem;
use shared::id::{CaseId, OrgId, UserId};
use shared::items;
use shared::model::{CaseStatus, Details, Event, EventKind, Grant, Item, JobKind, Origin};
use shared::rights::Section;
use shared::sharing::{self, Sharer, auto};
use shared::store::{
    Involved, Key, RowBuilder, StoreError, Write, access_event_for, authority, case_event,
    first_event, keys, remembered,
};
use shared::text::Reference;

use super::body::NewCase;
use super::ground::Ground;
use super::plan::Plan;

/// The most writes of one transaction.
const TRANSACTION: usize = 100;

/// Who makes which case, when.
pub(crate) struct Making<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) ground: &'a Ground,
    pub(crate) body: &'a NewCase,
    pub(crate) plan: &'a Plan,
    pub(crate) now: Timestamp,
}

/// Where the reference of a case lies.
pub(crate) fn reference_key(org: &OrgId, creator: UserId, reference: &Reference) -> Key {
    let digest = HEXLOWER.encode(&Sha256::digest(reference.as_str()));
    keys::reference(org, creator, &digest)
}

impl Making<'_> {
    fn case(&self) -> CaseId {
        self.plan.head.case
    }

    /// All writes. The idempotency record comes first, then the reference, if there are such.
    ///
    /// # Errors
    ///
    /// [`Code::TooManyChanges`] where they do not fit into one transaction.
    pub(crate) fn writes(&self, number: u64, idem: Option<&Idem>) -> Result<Vec<Write>, Error> {
        let (case, head, org) = (self.case(), &self.plan.head, &self.ground.org.id);
        let mut writes = Vec::new();
        if let Some(idem) = idem {
            let ids = [("case", case.to_string())];
            writes.push(remembered(idem.record(self.now, 201, ids)?, self.now));
        }
        let body = json!({ "case": case });
        if let Some(reference) = &self.body.reference {
            let key = reference_key(org, self.caller.user, reference);
            writes.push(Write::add(RowBuilder::new(key, &body)?.build()));
        }
        writes.push(authority(self.caller.user, self.ground.me.authority_version(), None));
        writes.push(Write::add(RowBuilder::new(keys::head(case), head)?.build()));
        let mut details = RowBuilder::new(keys::details(case), &self.details(number)?)?;
        if head.access != Visibility::Restricted {
            details = details.listed(keys::case_under(keys::cases_of(org), case));
        }
        writes.push(Write::add(details.build()));
        writes.push(Write::add(self.creator()?));
        writes.push(Write::add(RowBuilder::new(keys::number(org, number), &body)?.build()));
        for member in &self.plan.names {
            writes.push(access_list::name(case, &member.into(), head.access_generation)?);
        }
        if head.access == Visibility::ExternalAll {
            writes.push(access_list::externals(case, org)?);
        }
        for member in &self.plan.assignees {
            writes.push(access_list::assignee(case, member)?);
        }
        let grants = self.shares(&mut writes)?;
        let auto = self.auto_shares(&mut writes)?;
        self.events(&mut writes, number, &grants, &auto)?;
        let grants: Vec<Grant> = grants.into_iter().chain(auto).collect();
        self.observables(&mut writes, &grants)?;
        for failed in &self.plan.failed {
            writes.push(auto::waiting(failed)?);
        }
        writes.extend(self.confirmation()?);
        if TRANSACTION < writes.len() {
            return Err(Error::of(Code::TooManyChanges));
        }
        Ok(writes)
    }

    fn details(&self, number: u64) -> Result<Details, StoreError> {
        let description = match &self.body.description {
            Some(description) => description.clone(),
            None => "".parse().map_err(StoreError::odd)?,
        };
        Ok(Details {
            case: self.case(),
            owner: self.ground.org.id.clone(),
            number,
            title: self.body.title.clone(),
            description,
            severity: self.body.severity,
            tlp: self.body.tlp,
            status: CaseStatus::Open,
            tags: self.body.tags.clone(),
            reference: self.body.reference.clone(),
            creator: self.caller.user,
            creator_name: self.ground.name(self.caller),
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            closed_at: None,
        })
    }

    fn creator(&self) -> Result<shared::store::Row, StoreError> {
        let user = self.caller.user;
        let address = self.ground.member.address.clone();
        let involved = Involved { user, name: self.ground.name(self.caller), address };
        Ok(RowBuilder::new(keys::creator(self.case(), user), &involved)?
            .listed(keys::case_under(keys::created_by(user), self.case()))
            .build())
    }

    fn shares(&self, writes: &mut Vec<Write>) -> Result<Vec<Grant>, Error> {
        let generation = self.plan.head.access_version;
        let add = |(entry, planned): &(usize, sharing::Planned)| {
            let message = self.body.share.get(*entry).and_then(|share| share.message.clone());
            let sharer = Sharer {
                user: self.caller.user,
                name: self.ground.name(self.caller),
                org: &self.ground.org,
                message,
            };
            sharing::add(writes, self.case(), planned, &sharer, generation, self.now)
        };
        self.plan.shares.iter().map(add).collect()
    }

    /// The shares that links make by themselves.
    fn auto_shares(&self, writes: &mut Vec<Write>) -> Result<Vec<Grant>, Error> {
        let generation = self.plan.head.access_version;
        let sharer = Sharer {
            user: self.caller.user,
            name: self.ground.name(self.caller),
            org: &self.ground.org,
            message: None,
        };
        let add = |one| sharing::add(writes, self.case(), one, &sharer, generation, self.now);
        self.plan.auto.iter().map(add).collect()
    }

    fn observables(&self, writes: &mut Vec<Write>, grants: &[Grant]) -> Result<(), StoreError> {
        let name = self.ground.name(self.caller);
        let origin = if self.ground.portal() { Origin::Portal } else { Origin::Internal };
        for body in &self.plan.observables {
            let author = (self.caller.user, name.clone());
            let item = Item::new(self.case(), body.clone(), author, origin, self.now);
            let actor = self.caller.actor(name.as_ref());
            let this = (item.case, Section::Observables, item.id);
            let rules = self.plan.head.rules;
            let shares = items::from_the_start(this, rules, grants, None, None, self.now);
            writes.extend(items::added(&item, None, true, &shares, actor, &self.ground.org.id)?);
        }
        Ok(())
    }

    /// Whoever makes a case through the portal gets a mail that says so.
    fn confirmation(&self) -> Result<Option<Write>, StoreError> {
        let known = self.caller.address.clone().or_else(|| self.ground.member.address.clone());
        let Some(address) = known.filter(|_| self.ground.portal()) else {
            return Ok(None);
        };
        let kind = JobKind::ConfirmCase { case: self.case(), user: self.caller.user, address };
        sharing::job(kind, self.now, self.now).map(Some)
    }

    /// The first lines of the history. What only the owner org may know has lines of its own.
    fn events(
        &self,
        writes: &mut Vec<Write>,
        number: u64,
        grants: &[Grant],
        auto: &[Grant],
    ) -> Result<(), StoreError> {
        let case = self.case();
        let mut what = Map::from_iter([("number".to_owned(), json!(number))]);
        if self.ground.portal() {
            what.insert("through".to_owned(), json!("portal"));
        }
        let what = Value::Object(what);
        writes.push(first_event(case, &self.event(EventKind::CaseCreated, what))?);
        if self.body.access != Visibility::Internal {
            let users: Vec<UserId> = self.plan.names.iter().map(|member| member.user).collect();
            let what = json!({
                "from": Visibility::Internal, "to": self.body.access, "users": users,
            });
            writes.push(case_event(case, &self.event(EventKind::AccessChanged, what))?);
        }
        if !self.plan.assignees.is_empty() {
            let added: Vec<UserId> = self.plan.assignees.iter().map(|member| member.user).collect();
            let what = json!({ "added": added, "removed": [] });
            writes.push(case_event(case, &self.event(EventKind::AssigneesChanged, what))?);
        }
        for (entry, _) in self.body.shares() {
            let of = self.plan.shares.iter().map(|(of, _)| *of).zip(grants);
            let made: Vec<&Grant> =
                of.filter(|(of, _)| *of == entry).map(|(_, grant)| grant).collect();
            let event = self.shared(&made);
            writes.push(case_event(case, &event)?);
            let shares = made.iter().map(|grant| (&grant.recipient, &grant.share));
            for copy in sharing::told(&event, shares) {
                writes.push(access_event_for(case, 1, &copy)?);
            }
        }
        for grant in auto {
            let mut event = self.shared(&[grant]);
            event.what.insert("auto_share".to_owned(), json!(true));
            writes.push(case_event(case, &event)?);
            for copy in sharing::told(&event, [(&grant.recipient, &grant.share)]) {
                writes.push(access_event_for(case, 1, &copy)?);
            }
        }
        Ok(())
    }

    /// "Case shared", with whom, what and until when; all of one entry of the request.
    fn shared(&self, grants: &[&Grant]) -> Event {
        let recipients: Vec<String> =
            grants.iter().map(|grant| grant.recipient.to_string()).collect();
        let mut what = Map::from_iter([("recipients".to_owned(), json!(recipients))]);
        if let Some(grant) = grants.first() {
            what.insert("gives".to_owned(), json!(grant.given));
            let window =
                [("valid_from", grant.window.valid_from), ("expires_at", grant.window.expires_at)];
            for (name, at) in window {
                if let Some(at) = at {
                    what.insert(name.to_owned(), json!(at));
                }
            }
        }
        let mut event = self.event(EventKind::CaseShared, Value::Object(what));
        event.shares = grants.iter().map(|grant| grant.share.clone()).collect();
        event
    }

    fn event(&self, kind: EventKind, what: Value) -> Event {
        Event {
            kind,
            at: self.now,
            actor: self.caller.actor(self.ground.name(self.caller).as_ref()),
            org: self.ground.org.id.clone(),
            case: Some(self.case()),
            item: None,
            shares: Vec::new(),
            what: match what {
                Value::Object(what) => what,
                _ => Map::new(),
            },
        }
    }
}
