//! Whoever made a case through the portal is told that it is there.

use jiff::Timestamp;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::{CaseId, JobId, UserId};
use shared::store::{Ask, Row, keys};
use shared::telling::About;

use crate::letter::confirmation;
use crate::post;
use crate::reading::Case;

/// Mails it, if they still see the case.
pub(super) async fn tell(
    app: &App,
    job: &Row,
    id: JobId,
    case: CaseId,
    user: UserId,
    address: &Address,
    now: Timestamp,
) -> Result<(), Error> {
    let maker = Caller { user, address: Some(address.clone()), name: None, operator: false };
    let look = app.table.look(&maker, case, now, &Ask::nothing()).await?;
    let wanted = vec![keys::email(address), keys::complaint(address)];
    let (found, rows) = Case::read(app, case, wanted).await?;
    if let (Some(found), true, false) = (found, look.access.sees_case(), rows.complained(address)?)
    {
        let letter = confirmation(&found.details, &found.org.name, app.settings.case_link(case));
        // What SES refuses is not told to anybody: the case is there all the same.
        post::send(app, address, &About::Confirmed { job: id }, &letter).await?;
    }
    Ok(app.table.job_done(job).await?)
}
