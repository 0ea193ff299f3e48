//! With which orgs a single item is shared.

use jiff::Timestamp;

use crate::id::{CaseId, ItemId, OrgId};
use crate::model::{Grant, ItemRules, ItemShare};
use crate::rights::Section;
use crate::sharing::open_grant;
use crate::store::{Row, RowBuilder, StoreError, keys};

/// Whether what lies in the section is shared with orgs one by one. All else goes with the case.
#[must_use]
pub const fn shared_singly(section: Section) -> bool {
    matches!(section, Section::Tasks | Section::Observables | Section::Targets)
}

/// The shares that a new item has from its beginning: with orgs that have the case, where its
/// rules say so, and with the org as whose member somebody made it.
///
/// What an org takes in is targets, and nothing else.
#[must_use]
pub fn from_the_start(
    (case, section, item): (CaseId, Section, ItemId),
    rules: ItemRules,
    grants: &[Grant],
    made_for: Option<&OrgId>,
    now: Timestamp,
) -> Vec<ItemShare> {
    let share = |org: &OrgId, generation| ItemShare {
        case,
        org: org.clone(),
        section,
        item,
        generation,
        action_required: false,
        since: now,
    };
    let mut shares: Vec<ItemShare> = made_for.map(|org| share(org, None)).into_iter().collect();
    for grant in grants.iter().filter(|grant| open_grant(grant, now)) {
        let (Some(org), Some(link)) = (grant.recipient.org(), &grant.link) else { continue };
        let wanted = match section {
            Section::Targets => link.insert_targets,
            _ => rules.auto_share(section) && !link.finalise,
        };
        if wanted && made_for != Some(org) {
            shares.push(share(org, Some(grant.generation)));
        }
    }
    shares
}

/// The row of an item share.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn share_row(share: &ItemShare) -> Result<Row, StoreError> {
    let key = keys::item_share(share.case, &share.org, share.section, share.item);
    Ok(RowBuilder::new(key, share)?.build())
}
