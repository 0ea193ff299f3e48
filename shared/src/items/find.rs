//! Finding an attachment by its id: its key has the section too, the route has not.

use crate::error::Error;
use crate::id::{CaseId, ItemId};
use crate::model::Attachment;
use crate::rights::{Level, Section};
use crate::store::{Key, Seen, keys};

/// Where an attachment can lie: in one of the two sections that have files. For round one.
#[must_use]
pub fn attachment_keys(case: CaseId, attachment: ItemId) -> [Key; 2] {
    [Section::Documents, Section::Reports].map(|section| keys::item(case, section, attachment))
}

/// The attachment among the rows that were read for [`attachment_keys`].
///
/// # Errors
///
/// 404 for one that is not there, that no path reads, or that is not ready and not the caller's.
pub fn find_attachment(seen: &Seen, attachment: ItemId) -> Result<Attachment, Error> {
    for key in attachment_keys(seen.case, attachment) {
        let Some(found) = seen.row::<Attachment>(&key)? else {
            continue;
        };
        let caller = seen.caller.user;
        if found.shown_to(caller) && seen.access.level(&found.facts(caller)) != Level::None {
            return Ok(found);
        }
    }
    Err(Error::not_found())
}
