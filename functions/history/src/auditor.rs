//! Who may read an org's audit view.

use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::OrgId;
use shared::rights::OrgFlag;

/// Refuses whoever may not audit the org, as of one instant.
///
/// # Errors
///
/// 404 for who is no active member, as for an org that never was; 403 for one without the right.
pub(crate) async fn check(app: &App, caller: &Caller, org: &OrgId) -> Result<(), Error> {
    let place = app.table.place(caller, org, &[], app.clock.now()).await?;
    if place.has(OrgFlag::Audit) { Ok(()) } else { Err(Error::forbidden("audit")) }
}
