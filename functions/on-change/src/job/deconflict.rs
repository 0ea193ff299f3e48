//! A target is searched for in orgs that have agreed to it; where one of them has it, both sides
//! get each other's address.

use jiff::Timestamp;
use shared::access::Visibility;
use shared::access_list::is_colleague;
use shared::address::Address;
use shared::app::App;
use shared::error::Error;
use shared::id::{JobId, OrgId};
use shared::model::{Actor, Event, EventKind, Link, Member, Org, searchable};
use shared::store::{Query, Row, keys, org_event, row};
use shared::telling::About;

use crate::letter::{Found, found_by, found_in};
use crate::post;
use crate::reading::{Case, Rows};

/// The most cases of one org that are looked at.
const CASES: usize = 20;

/// Who searches for what, and where.
pub(super) struct Search {
    pub(super) job: JobId,
    pub(super) org: OrgId,
    pub(super) actor: Actor,
    pub(super) address: Address,
    pub(super) mac: String,
    pub(super) orgs: Vec<OrgId>,
}

/// Searches, and tells both sides.
pub(super) async fn search(
    app: &App,
    job: &Row,
    search: &Search,
    now: Timestamp,
) -> Result<(), Error> {
    for other in &search.orgs {
        let (org_key, other_key) = (keys::org(&search.org), keys::org(other));
        let (ours, theirs) = (keys::link(&search.org, other), keys::link(other, &search.org));
        let wanted = vec![org_key.clone(), other_key.clone(), ours.clone(), theirs.clone()];
        let rows = Rows::read(app, wanted).await?;
        let (org, there): (Option<Org>, Option<Org>) = (rows.get(&org_key)?, rows.get(&other_key)?);
        let (ours, theirs): (Option<Link>, Option<Link>) = (rows.get(&ours)?, rows.get(&theirs)?);
        // What was agreed when it was asked may have been taken back.
        let agreed =
            matches!((&ours, &theirs), (Some(ours), Some(theirs)) if searchable(ours, theirs, now));
        let (Some(org), Some(there), true) = (org, there, agreed) else { continue };
        if org.locked || there.locked {
            continue;
        }
        tell(app, search, &org, &there, now).await?;
    }
    Ok(app.table.job_done(job).await?)
}

/// Tells of each of that org's cases with the target, once to each who made one.
async fn tell(
    app: &App,
    search: &Search,
    org: &Org,
    there: &Org,
    now: Timestamp,
) -> Result<(), Error> {
    let listed = Query::principal(keys::target_of(&there.id, &search.mac)).backwards();
    let listed = app.table.query(listed.limit(CASES)).await?.rows;
    let mut told: Vec<Address> = Vec::new();
    for found in &listed {
        let Some(case) = row::case_listed(found) else { continue };
        // The index lags: a target that was deleted is none.
        if app.table.get(&row::key_of(found)).await?.is_none() {
            continue;
        }
        let (Some(hit), _) = Case::read(app, case, Vec::new()).await? else { continue };
        if hit.head.access == Visibility::Restricted || hit.head.owner != there.id {
            continue;
        }
        let creator = app.table.get(&keys::member(hit.head.creator, &there.id)).await?;
        let creator: Option<Member> = row::read_if(creator.as_ref())?;
        let owner = creator.filter(is_colleague).and_then(|creator| creator.address);
        let Some(owner) = owner.filter(|owner| !told.contains(owner)) else { continue };
        let about = About::Deconfliction { job: search.job };
        let letters = [
            (&owner, found_by(&Found { org: &org.name, address: &search.address })),
            (&search.address, found_in(&Found { org: &there.name, address: &owner })),
        ];
        for (to, letter) in letters {
            let wanted = vec![keys::email(to), keys::complaint(to)];
            if !Rows::read(app, wanted).await?.complained(to)? {
                post::send(app, to, &about, &letter).await?;
            }
        }
        let what = serde_json::json!({ "for": search.org });
        let event = Event {
            kind: EventKind::TargetFound,
            at: now,
            actor: search.actor.clone(),
            org: there.id.clone(),
            case: None,
            item: None,
            shares: Vec::new(),
            what: what.as_object().cloned().unwrap_or_default(),
        };
        app.table.write(vec![org_event(&there.id, &event)?]).await?;
        told.push(owner);
    }
    Ok(())
}
