//! With which orgs a single item is shared.

use jiff::Timestamp;

use crate::id::{CaseId, ItemId, OrgId};
use crate::model::{Grant, ItemRules, ItemShare, JobKind};
use crate::rights::Section;
use crate::sharing::{job, open_grant, taken_in};
use crate::store::{Row, RowBuilder, StoreError, Write, keys};

/// Whether what lies in the section is shared with orgs one by one. All else goes with the case.
#[must_use]
pub const fn shared_singly(section: Section) -> bool {
    matches!(section, Section::Tasks | Section::Observables | Section::Targets)
}

/// The shares that a new item has from its beginning: with orgs that have the case, where its
/// rules say so, and with the org as whose member somebody made it.
///
/// What an org takes in is targets, and nothing else; those are listed for it by their `mac`.
#[must_use]
pub fn from_the_start(
    (case, section, item): (CaseId, Section, ItemId),
    rules: ItemRules,
    grants: &[Grant],
    made_for: Option<&OrgId>,
    mac: Option<&str>,
    now: Timestamp,
) -> Vec<ItemShare> {
    let share = |org: &OrgId, generation, mac: Option<&str>| ItemShare {
        case,
        org: org.clone(),
        section,
        item,
        generation,
        action_required: false,
        mac: mac.map(str::to_owned),
        kept: None,
        since: now,
    };
    let mut shares: Vec<ItemShare> =
        made_for.map(|org| share(org, None, None)).into_iter().collect();
    for grant in grants.iter().filter(|grant| open_grant(grant, now)) {
        let (Some(org), Some(link)) = (grant.recipient.org(), &grant.link) else { continue };
        let wanted = match section {
            Section::Targets => link.insert_targets,
            _ => rules.auto_share(section) && !link.finalise,
        };
        if wanted && made_for != Some(org) {
            shares.push(share(org, Some(grant.generation), mac.filter(|_| link.finalise)));
        }
    }
    shares
}

/// The row of an item share; that of a target which is taken in is listed by its hash.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn share_row(share: &ItemShare) -> Result<Row, StoreError> {
    let key = keys::item_share(share.case, &share.org, share.section, share.item);
    let row = RowBuilder::new(key, share)?;
    let row = match &share.mac {
        Some(mac) => row.listed(keys::received_target_under(&share.org, mac, share.case)),
        None => row,
    };
    Ok(row.build())
}

/// The job that looks whether the org, which takes the target in by one of these grants, has it
/// already.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn comes_in(
    share: &ItemShare,
    grants: &[Grant],
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    let of = |grant: &&Grant| grant.recipient.org() == Some(&share.org);
    let grant = grants.iter().find(of).filter(|grant| taken_in(grant, now));
    let Some(grant) = grant.filter(|_| share.mac.is_some()) else { return Ok(None) };
    let kind = JobKind::TellConflict {
        org: share.org.clone(),
        case: share.case,
        share: grant.share.clone(),
        generation: grant.generation,
        target: Some(share.item),
    };
    job(kind, now, now).map(Some)
}
