//! Counting marks. The only totals that are counted: P10 asks for them.

use futures_util::future::try_join3;
use shared::id::CaseId;
use shared::rights::Section;
use shared::store::{Query, Row, StoreError, Table, keys};

use crate::view::Marked;

/// How many comments and attachments of the case are marked external.
pub(crate) async fn count(table: &Table, case: CaseId) -> Result<Marked, StoreError> {
    let (comments, documents, reports) = Box::pin(try_join3(
        in_section(table, case, Section::Comments),
        in_section(table, case, Section::Documents),
        in_section(table, case, Section::Reports),
    ))
    .await?;
    Ok(Marked { comments, attachments: documents + reports })
}

async fn in_section(table: &Table, case: CaseId, section: Section) -> Result<u64, StoreError> {
    let all = Query::rows(keys::case_partition(case)).prefix(keys::items_prefix(section));
    let mut marked = 0;
    let mut next = None;
    loop {
        let mut part = all.clone();
        if let Some(next) = next {
            part = part.from(next);
        }
        let page = table.query(part).await?;
        marked += page.rows.iter().filter(|row| is_marked(row)).map(|_| 1).sum::<u64>();
        next = page.next;
        if next.is_none() {
            return Ok(marked);
        }
    }
}

fn is_marked(row: &Row) -> bool {
    row.get("external").and_then(|external| external.as_bool().ok()).copied().unwrap_or(false)
}
