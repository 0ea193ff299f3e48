//! The files of a deleted case go.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use shared::app::App;
use shared::error::Error;
use shared::id::CaseId;
use shared::model::{Attachment, Head};
use shared::rights::Section;
use shared::store::{Key, Query, Row, keys, row};

/// How many files one step deletes.
const STEP: usize = 100;

/// Deletes the next files. Deleting one twice is harmless; the rows stay, for the history.
pub(super) async fn step(app: &App, job: &Row, case: CaseId, now: Timestamp) -> Result<(), Error> {
    let head: Option<Head> = row::read_if(app.table.get(&keys::head(case)).await?.as_ref())?;
    if head.is_some_and(|head| !head.gone) {
        // Nobody's work is deleted while its case lives.
        return Ok(app.table.job_done(job).await?);
    }
    let after = row::text(job, "after");
    for section in [Section::Documents, Section::Reports] {
        let prefix = keys::items_prefix(section);
        if !after.is_empty() && !after.starts_with(&prefix) && prefix.as_str() < after {
            continue;
        }
        let mut query = Query::rows(keys::case_partition(case)).prefix(&prefix).limit(STEP);
        if after.starts_with(&prefix) {
            let behind = Key { pk: keys::case_partition(case), sk: after.to_owned() };
            query = query.after(&behind, None);
        }
        let page = app.table.query(query).await?;
        let files = app.files()?;
        let keys = page
            .rows
            .iter()
            .map(|row| Ok(row::read::<Attachment>(row)?.object_key()))
            .collect::<Result<Vec<_>, Error>>()?;
        try_join_all(keys.iter().map(|key| files.delete(key))).await?;
        if let (Some(last), Some(_)) = (page.rows.last(), &page.next) {
            let last = row::text(last, "SK");
            return Ok(app.table.job_goes_on(job, last, None, now).await?);
        }
    }
    Ok(app.table.job_done(job).await?)
}
