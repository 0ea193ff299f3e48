//! What is decided outside cases: who the caller is to an org, at one instant.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use shared::access::{CallerFacts, MemberKind, MemberStatus, may};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Idem, Record};
use shared::id::OrgId;
use shared::model::{Actor, Member, Org, User};
use shared::rights::{self, OrgFlag, OrgRights};
use shared::store::{Key, Row, StoreError, Table, Tries, keys, row, standing};

/// Rows of one instant.
#[derive(Default)]
pub(crate) struct Rows(HashMap<Key, Row>);

impl Rows {
    /// A row that may not be there.
    pub(crate) fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        row::read_if(self.0.get(key))
    }

    /// Whether there is such a row.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    /// All of them.
    pub(crate) fn all(&self) -> &HashMap<Key, Row> {
        &self.0
    }

    /// The record of the same request, if it was carried out before.
    pub(crate) fn before(
        &self,
        idem: Option<&Idem>,
        now: Timestamp,
    ) -> Result<Option<Record>, Error> {
        Idem::found(idem, &self.0, now)
    }
}

/// Reads rows of one instant; `then` names further ones that depend on those found so far.
pub(crate) async fn at_once(
    table: &Table,
    first: Vec<Key>,
    then: impl Fn(&Rows) -> Result<Vec<Key>, StoreError>,
) -> Result<Rows, StoreError> {
    let mut wanted: Vec<Key> = Vec::new();
    let mut more = first;
    let mut tries = Tries::default();
    loop {
        for key in more {
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        let found = match table.get_at_once(&wanted).await {
            Ok(found) => found,
            Err(StoreError::Conflict) => {
                tries.again().await?;
                more = Vec::new();
                continue;
            }
            Err(error) => return Err(error),
        };
        let pairs = wanted.iter().cloned().zip(found);
        let rows = Rows(pairs.filter_map(|(key, row)| Some((key, row?))).collect());
        more = then(&rows)?.into_iter().filter(|key| !wanted.contains(key)).collect();
        if more.is_empty() {
            return Ok(rows);
        }
    }
}

/// What the caller is to an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing that counts: for them the org is not there.
    Stranger,
    /// An active guest or external user: they see the org's name.
    Outsider,
    /// An active normal or service member of an unlocked org.
    Colleague,
}

/// What the caller is to an org and may do there, at one instant.
pub(crate) struct Here {
    /// For when.
    pub(crate) now: Timestamp,
    /// Who asks.
    pub(crate) caller: Caller,
    /// The caller, as far as they are known.
    pub(crate) user: Option<User>,
    /// What was asked for besides.
    pub(crate) rows: Rows,
    org: Option<Org>,
    place: Place,
    may: OrgRights,
}

impl Here {
    /// What must be read to know it.
    pub(crate) fn keys(caller: &Caller, org: &OrgId) -> Vec<Key> {
        vec![keys::org(org), keys::user(caller.user), keys::member(caller.user, org)]
    }

    /// What must be read besides, once the membership is known: a profile of the org's own.
    fn profile(rows: &Rows, caller: &Caller, org: &OrgId) -> Result<Option<Key>, StoreError> {
        let member: Option<Member> = rows.read(&keys::member(caller.user, org))?;
        let name = member.and_then(|member| member.profile);
        Ok(name
            .filter(|name| rights::built_in(name).is_none())
            .map(|name| keys::profile(org, &name)))
    }

    /// What `rows` say.
    pub(crate) fn of(
        caller: &Caller,
        org: &OrgId,
        rows: Rows,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let user: Option<User> = rows.read(&keys::user(caller.user))?;
        let member: Option<Member> = rows.read(&keys::member(caller.user, org))?;
        let org: Option<Org> = rows.read(&keys::org(org))?;
        let facts = CallerFacts {
            locked: user.as_ref().is_some_and(|user| user.locked),
            membership: member.as_ref().map(|one| standing(one, rows.all())).transpose()?,
        };
        let closed = facts.locked || org.as_ref().is_none_or(|org| org.locked);
        let place = match facts.membership.map(|membership| (membership.status, membership.kind)) {
            Some((MemberStatus::Active, kind)) if !closed => match kind {
                MemberKind::Normal | MemberKind::Service => Place::Colleague,
                MemberKind::External | MemberKind::Guest => Place::Outsider,
            },
            _ => Place::Stranger,
        };
        let may = may(&facts, org.as_ref().is_none_or(|org| org.locked));
        Ok(Self { now, caller: caller.clone(), user, rows, org, place, may })
    }

    /// The org, for any of its active members; for all others it is not there.
    pub(crate) fn member(&self) -> Result<&Org, Error> {
        match (&self.org, self.place) {
            (Some(org), Place::Outsider | Place::Colleague) => Ok(org),
            _ => Err(Error::not_found()),
        }
    }

    /// The org, for its colleagues; its guests and external users may know it, but no more of it.
    pub(crate) fn colleague(&self) -> Result<&Org, Error> {
        let org = self.member()?;
        match self.place {
            Place::Colleague => Ok(org),
            _ => Err(Error::because(Code::Forbidden, "this is for members of the org only")),
        }
    }

    /// The org, for colleagues with this right.
    pub(crate) fn needs(&self, flag: OrgFlag) -> Result<&Org, Error> {
        let org = self.colleague()?;
        if self.may.has(flag) {
            return Ok(org);
        }
        let word = serde_json::to_value(flag).ok();
        Err(Error::forbidden(word.as_ref().and_then(|word| word.as_str()).unwrap_or_default()))
    }

    /// The org, for operators, who see that it is there without being members.
    pub(crate) fn operator(&self) -> Result<&Org, Error> {
        operator(&self.caller, self.user.as_ref())?;
        self.org.as_ref().ok_or_else(Error::not_found)
    }

    /// Whether the caller is a colleague.
    pub(crate) fn is_colleague(&self) -> bool {
        self.place == Place::Colleague
    }

    /// The caller as the actor of an event.
    pub(crate) fn actor(&self) -> Actor {
        self.caller.actor(self.user.as_ref().and_then(|user| user.name.as_ref()))
    }
}

/// Refuses who is no operator, or is locked.
pub(crate) fn operator(caller: &Caller, user: Option<&User>) -> Result<(), Error> {
    if caller.operator && !user.is_some_and(|user| user.locked) {
        Ok(())
    } else {
        Err(Error::because(Code::Forbidden, "this is for operators only"))
    }
}

/// Reads what the caller is to `org`, and with it `first` and what `then` names.
pub(crate) async fn look(
    app: &App,
    caller: &Caller,
    org: &OrgId,
    first: impl IntoIterator<Item = Key>,
    then: impl Fn(&Rows) -> Result<Vec<Key>, StoreError>,
) -> Result<Here, Error> {
    let mut wanted = Here::keys(caller, org);
    wanted.extend(first);
    let rows = at_once(&app.table, wanted, |rows| {
        let mut more = then(rows)?;
        more.extend(Here::profile(rows, caller, org)?);
        Ok(more)
    })
    .await?;
    Ok(Here::of(caller, org, rows, app.clock.now())?)
}

/// For [`look`]: nothing further.
#[expect(clippy::unnecessary_wraps, reason = "it stands where rows are read, which can fail")]
pub(crate) fn nothing(_: &Rows) -> Result<Vec<Key>, StoreError> {
    Ok(Vec::new())
}

/// Reads `content` between two decisions. The first spares strangers' requests the work, so that
/// an org that is hidden takes as long as one that never was; the second is the one that counts:
/// the content is no younger than it.
pub(crate) async fn reading<T>(
    app: &App,
    caller: &Caller,
    org: &OrgId,
    allowed: fn(&Here) -> Result<&Org, Error>,
    content: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    allowed(&Box::pin(look(app, caller, org, [], nothing)).await?)?;
    let content = Box::pin(content).await?;
    allowed(&Box::pin(look(app, caller, org, [], nothing)).await?)?;
    Ok(content)
}
