//! What a recipient may really do, where their own standing gives more than the share.

use std::collections::HashMap;

use shared::access::Visibility;
use shared::caller::Caller;
use shared::error::Error;
use shared::model::Grant;
use shared::sharing::{Planned, ShareView, Shown};
use shared::store::{CaseRows, Key, Row, Seen, Table, UserRows, judge, keys, row};

/// Shows `grant` as it was made; where the recipient is a member whose own rights go beyond it,
/// also what they may do in effect. The more permissive wins.
pub(crate) fn show(
    grant: &Grant,
    planned: &Planned,
    seen: &Seen,
    rows: &HashMap<Key, Row>,
) -> Result<ShareView, Error> {
    let mut view = ShareView::of(grant, rows, seen.now)?;
    let Some(member) = &planned.member else {
        return Ok(view);
    };
    let recipient = Caller {
        user: member.user,
        address: member.address.clone(),
        name: member.name.clone(),
        operator: false,
    };
    let standings = UserRows { user: None, orgs: vec![member.clone()], groups: Vec::new() };
    let mut grants = seen.facts.grants.clone();
    grants.retain(|other| other.share != grant.share);
    grants.push(grant.clone());
    let mut facts = CaseRows { grants, ..seen.facts.clone() };
    facts.named.extend(row::read_if(rows.get(&keys::named(seen.case, member.user)))?);
    let access = judge(&recipient, &standings, &facts, &[], rows, seen.now)?.access;
    let effective = access.full_reach_rights();
    if !view.rights.covers(effective) {
        view.effective = Some(Shown::of(effective));
    }
    Ok(view)
}

/// Reads the profiles of recipients that have one of their org's own, and who is named among more
/// facts than the check read: only to show them.
pub(crate) async fn with_profiles(
    table: &Table,
    seen: &Seen,
    planned: &[Planned],
    rows: HashMap<Key, Row>,
) -> Result<HashMap<Key, Row>, Error> {
    let members = || planned.iter().filter_map(|one| one.member.as_ref());
    let named = members().map(|member| keys::named(seen.case, member.user));
    let listed = !seen.whole && seen.head.access == Visibility::Restricted;
    let wanted: Vec<Key> = planned
        .iter()
        .filter_map(|one| one.member.as_ref()?.profile.as_ref())
        .filter(|name| shared::rights::built_in(name).is_none())
        .map(|name| keys::profile(&seen.head.owner, name))
        .chain(named.filter(|_| listed))
        .filter(|key| !rows.contains_key(key))
        .collect();
    if wanted.is_empty() {
        return Ok(rows);
    }
    let mut all = rows;
    all.extend(table.get_many(wanted).await?);
    Ok(all)
}
