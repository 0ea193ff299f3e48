//! A share that comes in, as it stands at one instant.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;
use shared::access::{GrantState, Obstacle};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::Idem;
use shared::id::{CaseId, OrgId, Recipient, ShareId, UserId};
use shared::model::{Details, Grant, Head, Org, OverLink, reaching};
use shared::place::Place;
use shared::rights::OrgFlag;
use shared::sharing::{PersonView, ShownState, open_grant};
use shared::store::{Key, Query, StoreError, keys, link_facts, link_keys, row};
use shared::text::{Name, Title};
use utoipa::ToSchema;

/// The most shares of one kind that are looked through for one.
const LOOKED_THROUGH: usize = 20_000;

/// A share that comes in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncomingView {
    /// Its id.
    pub(crate) id: ShareId,
    /// The org that shares.
    from: OrgId,
    /// Its name.
    from_name: Name,
    /// The number that the case has there.
    number: u64,
    /// Its title, if its marking lets it out.
    title: Option<Title>,
    /// Where it stands.
    state: ShownState,
    /// Why it gives nothing now, whatever its state: what is wrong with the link.
    obstacle: Option<Obstacle>,
    /// Who shared.
    shared_by: PersonView,
    /// When.
    shared_at: Timestamp,
    /// Who was named to take it in.
    assigned_to: Option<UserId>,
    /// The case into which it was taken.
    destination: Option<CaseId>,
    /// Why it was refused.
    reason: Option<String>,
}

/// A share that comes in, with what it stands on.
pub(crate) struct Incoming {
    pub(crate) head: Head,
    pub(crate) details: Details,
    pub(crate) owner: Org,
    pub(crate) grant: Grant,
    pub(crate) link: OverLink,
    pub(crate) obstacle: Option<Obstacle>,
}

impl Incoming {
    /// The share of `case` with `org`, and what the caller is to the org; `None` if it is none that
    /// is to be taken in, or is gone.
    pub(crate) async fn read(
        app: &App,
        caller: &Caller,
        org: &OrgId,
        case: CaseId,
        besides: &[Key],
    ) -> Result<(Place, Option<Self>), Error> {
        let head: Option<Head> = row::read_if(app.table.get(&keys::head(case)).await?.as_ref())?;
        let share = ShareId::of(case, &Recipient::Org(org.clone()));
        let (head_key, grant_key) = (keys::head(case), keys::grant(case, &share));
        let mut wanted = besides.to_vec();
        wanted.extend([head_key.clone(), grant_key.clone(), keys::details(case)]);
        if let Some(head) = &head {
            wanted.push(keys::org(&head.owner));
            wanted.extend(link_keys(&head.owner, org));
        }
        let now = app.clock.now();
        let place = app.table.place(caller, org, &wanted, now).await?;
        let rows = &place.rows;
        let head: Option<Head> = row::read_if(rows.get(&head_key))?;
        let details: Option<Details> = row::read_if(rows.get(&keys::details(case)))?;
        let grant: Option<Grant> = row::read_if(rows.get(&grant_key))?;
        let link = grant.as_ref().and_then(|grant| grant.link.clone());
        let owner: Option<Org> = match &head {
            Some(head) => row::read_if(rows.get(&keys::org(&head.owner)))?,
            None => None,
        };
        let parts = (head.filter(|head| !head.gone), details, grant, link, owner);
        let (Some(head), Some(details), Some(grant), Some(link), Some(owner)) = parts else {
            return Ok((place, None));
        };
        if !link.finalise {
            return Ok((place, None));
        }
        let carries = link_facts(&head.owner, org, rows)?.carries(link.generation, now);
        let obstacle = reaching(carries, Some(&owner)).err();
        Ok((place, Some(Self { head, details, owner, grant, link, obstacle })))
    }

    /// [`Incoming::read`], of the share that a path names; 404 for one that is not there.
    pub(crate) async fn find(
        app: &App,
        caller: &Caller,
        org: &OrgId,
        share: &ShareId,
        besides: &[Key],
    ) -> Result<(Place, Self), Error> {
        // Strangers are told nothing by how long it takes.
        app.table.place(caller, org, &[], app.clock.now()).await?;
        let case = case_of(app, org, share).await?.ok_or_else(Error::not_found)?;
        let (place, incoming) = Self::read(app, caller, org, case, besides).await?;
        let incoming = incoming.ok_or_else(Error::not_found)?;
        if !incoming.shown_to(&place) {
            return Err(Error::not_found());
        }
        Ok((place, incoming))
    }

    /// What every change of a share begins with: the share, once the caller has the right to
    /// `receive` where that is `needed`; or, if the same request was answered before, with which
    /// status, and the share as it is now.
    pub(crate) async fn begin(
        app: &App,
        caller: &Caller,
        (org, share): (&OrgId, &ShareId),
        idem: Option<&Idem>,
        needed: bool,
    ) -> Result<ControlFlow<(u16, Place, Self), (Place, Self)>, Error> {
        let besides: Vec<_> = idem.map(Idem::key).into_iter().collect();
        let (place, incoming) = Self::find(app, caller, org, share, &besides).await?;
        let before = Idem::found(idem, &place.rows, place.now);
        if let Ok(Some(record)) = &before {
            return Ok(ControlFlow::Break((record.status, place, incoming)));
        }
        if needed && !place.has(OrgFlag::Receive) {
            return Err(Error::forbidden("receive"));
        }
        before?;
        Ok(ControlFlow::Continue((place, incoming)))
    }

    /// The grant as it is with another state, over `link`.
    pub(crate) fn changed(&self, state: GrantState, link: &OverLink) -> Grant {
        Grant {
            state,
            version: self.grant.version + 1,
            link: Some(link.clone()),
            ..self.grant.clone()
        }
    }

    /// Whether a member is shown it: those who receive, and who was named.
    pub(crate) fn shown_to(&self, place: &Place) -> bool {
        let named = self.link.assigned_to == Some(place.member.user) && place.colleague();
        place.has(OrgFlag::Receive) || named
    }

    /// Refuses what does not wait any more, or can carry nothing.
    pub(crate) fn waits(&self, now: Timestamp) -> Result<(), Error> {
        let waiting = matches!(self.grant.state, GrantState::PendingUser | GrantState::PendingCase);
        if !(waiting && open_grant(&self.grant, now)) {
            return Err(Error::of(Code::NotWaiting));
        }
        match self.obstacle {
            Some(obstacle) => Err(Error::of(obstacle.into())),
            None => Ok(()),
        }
    }

    /// As it is shown.
    pub(crate) fn view(&self, now: Timestamp) -> IncomingView {
        let Self { head, details, owner, grant, link, obstacle } = self;
        IncomingView {
            id: grant.share.clone(),
            from: head.owner.clone(),
            from_name: owner.name.clone(),
            number: details.number,
            title: details.tlp.permits_mail().then(|| details.title.clone()),
            state: ShownState::of(grant, now),
            obstacle: *obstacle,
            shared_by: PersonView { user: Some(grant.granter), name: grant.granter_name.clone() },
            shared_at: grant.granted_at,
            assigned_to: link.assigned_to,
            destination: link.destination,
            reason: link.reason.clone(),
        }
    }
}

/// The case of which this is the share with `org`. The id is a hash of both, so each case that the
/// index lists for the org is tried.
async fn case_of(app: &App, org: &OrgId, share: &ShareId) -> Result<Option<CaseId>, StoreError> {
    for principal in [keys::pending_for(org), keys::received_by(org)] {
        let listed = Query::principal(principal).prefix("CASE#");
        let rows = app.table.query_all(listed, LOOKED_THROUGH).await?;
        let mut cases = rows.iter().filter_map(row::case_listed);
        let found = cases.find(|case| ShareId::of(*case, &Recipient::Org(org.clone())) == *share);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
