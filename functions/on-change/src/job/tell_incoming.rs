//! The admins of an org are told that something has come in that waits to be taken in.

use jiff::Timestamp;
use shared::access::ProfileFacts;
use shared::access_list::is_colleague;
use shared::app::App;
use shared::error::Error;
use shared::id::{CaseId, JobId, OrgId, ShareId};
use shared::model::{Grant, Member, Org};
use shared::rights::{OrgFlag, built_in};
use shared::sharing::open_grant;
use shared::store::{Key, Query, Row, StoreError, keys, profile_facts, row};
use shared::telling::About;
use tracing::warn;

use crate::letter::incoming;
use crate::post;
use crate::reading::{Case, Rows};

/// How many members are looked through for those who receive.
const MEMBERS: usize = 10_000;
/// The most who are mailed.
const MAILED: usize = 25;

/// Which share has come in, where.
pub(super) struct Incoming {
    pub(super) job: JobId,
    pub(super) org: OrgId,
    pub(super) case: CaseId,
    pub(super) share: ShareId,
    pub(super) generation: u64,
}

/// Mails it to those who can take it in, if it still waits.
pub(super) async fn tell(
    app: &App,
    job: &Row,
    about: &Incoming,
    now: Timestamp,
) -> Result<(), Error> {
    let (grant_key, org_key) = (keys::grant(about.case, &about.share), keys::org(&about.org));
    let (case, rows) =
        Case::read(app, about.case, vec![grant_key.clone(), org_key.clone()]).await?;
    let grant: Option<Grant> = rows.get(&grant_key)?;
    let grant =
        grant.filter(|grant| grant.generation == about.generation && open_grant(grant, now));
    let to: Option<Org> = rows.get(&org_key)?;
    if let (Some(case), Some(grant), Some(to)) = (case, grant, to.filter(|org| !org.locked)) {
        let letter = incoming(&case.details, &case.org.name, &to.name, &grant);
        for member in receivers(app, &about.org).await? {
            let Some(address) = &member.address else { continue };
            let wanted = vec![keys::email(address), keys::complaint(address)];
            if Rows::read(app, wanted).await?.complained(address)? {
                continue;
            }
            let tags = About::Incoming { job: about.job };
            // Who cannot be reached by mail finds it in the list of what comes in.
            if let Err(cause) = post::send(app, address, &tags, &letter).await {
                warn!(%cause, "could not tell an admin of what came in");
            }
        }
    }
    Ok(app.table.job_done(job).await?)
}

/// The members whose profile has the right `receive`.
pub(super) async fn receivers(app: &App, org: &OrgId) -> Result<Vec<Member>, StoreError> {
    let listed = app.table.query_all(Query::principal(keys::members_of(org)), MEMBERS).await?;
    let members = listed.iter().map(row::key_of).filter(keys::is_members);
    let rows = app.table.get_many(members).await?;
    let members = rows.values().map(row::read).collect::<Result<Vec<Member>, _>>()?;
    let own: Vec<Key> = members
        .iter()
        .filter_map(|member| member.profile.as_ref())
        .filter(|name| built_in(name).is_none())
        .map(|name| keys::profile(org, name))
        .collect();
    let profiles = app.table.get_many(own).await?;
    let mut found = Vec::new();
    for member in members.into_iter().filter(is_colleague) {
        let facts = match &member.profile {
            Some(name) => profile_facts(org, name, &profiles)?,
            None => ProfileFacts::NONE,
        };
        if facts.org_rights.has(OrgFlag::Receive) && found.len() < MAILED {
            found.push(member);
        }
    }
    Ok(found)
}
