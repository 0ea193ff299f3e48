//! A recipient is told that a share was taken back.

use shared::access::GrantState;
use shared::address::Address;
use shared::app::App;
use shared::error::Error;
use shared::id::{CaseId, JobId, OrgId, Recipient, ShareId};
use shared::model::{Grant, Org};
use shared::store::{Row, keys};
use shared::telling::About;

use crate::letter::withdrawn;
use crate::post;
use crate::reading::Rows;

/// Mails it, unless they have the case again by now.
pub(super) async fn tell(
    app: &App,
    job: &Row,
    id: JobId,
    org: &OrgId,
    case: CaseId,
    address: &Address,
) -> Result<(), Error> {
    let by_address = keys::grant(case, &ShareId::of(case, &Recipient::Email(address.clone())));
    let wanted = vec![keys::org(org), keys::email(address), keys::complaint(address)];
    let rows = Rows::read(app, wanted).await?;
    let mut grants = vec![by_address];
    if let Some(owner) = rows.owner_of(address)? {
        let share = ShareId::of(case, &Recipient::User(owner.user));
        grants.push(keys::grant(case, &share));
    }
    let found = Rows::read(app, grants.clone()).await?;
    for key in &grants {
        let grant: Option<Grant> = found.get(key)?;
        let again = matches!(
            grant.map(|grant| grant.state),
            Some(GrantState::Active | GrantState::Pending)
        );
        if again {
            return Ok(app.table.job_done(job).await?);
        }
    }
    let org: Option<Org> = rows.get(&keys::org(org))?;
    if let (Some(org), false) = (org, rows.complained(address)?) {
        // What SES refuses is not told to anybody: there is no share that could show it.
        post::send(app, address, &About::Revoked { job: id }, &withdrawn(&org.name)).await?;
    }
    Ok(app.table.job_done(job).await?)
}
