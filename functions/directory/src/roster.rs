//! An org's members, in the order of their addresses, read page by page.

use std::collections::HashMap;

use jiff::Timestamp;
use shared::access::{MemberKind, MemberStatus};
use shared::error::Error;
use shared::id::{OrgId, UserId};
use shared::model::Invitation;
use shared::store::{Key, Query, Row, StoreError, Table, keys, row};

use crate::views::{Entry, MemberView};

/// What a page of a roster is to hold.
pub(crate) struct Wanted<'a> {
    /// Only entries behind this sort key.
    pub(crate) after: Option<String>,
    /// How many entries.
    pub(crate) limit: usize,
    /// How many rows of the index may be read.
    pub(crate) most_rows: usize,
    /// Drops entries by what the index says of them; it may be late, and never decides alone.
    pub(crate) candidate: &'a (dyn Fn(&Row) -> bool + Send + Sync),
    /// Drops entries by what they are.
    pub(crate) entry: &'a (dyn Fn(&Entry) -> bool + Send + Sync),
}

/// One page of an org's roster, each row as the base table has it, and where to go on.
///
/// Somebody who was removed and is invited again is one person: only the invitation is listed.
pub(crate) async fn entries(
    table: &Table,
    org: &OrgId,
    wanted: &Wanted<'_>,
) -> Result<(Vec<Entry>, Option<String>), StoreError> {
    let mut found = Vec::new();
    let mut shown = None;
    let mut after = wanted.after.clone();
    let mut rows_read = 0;
    loop {
        let mut query = Query::principal(keys::members_of(org));
        if let Some(after) = &after {
            query = query.between(format!("{after}\u{1}"), "\u{10ffff}");
        }
        let page = table.query(query.limit(100)).await?;
        rows_read += page.rows.len();
        let kept: Vec<&Row> = page.rows.iter().filter(|row| (wanted.candidate)(row)).collect();
        let base = table.get_many(kept.iter().map(|row| row::key_of(row))).await?;
        let base = with_invitations_of_removed(table, org, base).await?;
        for listed in kept {
            let Some(row) = base.get(&row::key_of(listed)) else { continue };
            let entry = Entry::read(row)?;
            if invited_again(org, &entry, &base) || !(wanted.entry)(&entry) {
                continue;
            }
            if found.len() == wanted.limit {
                return Ok((found, shown));
            }
            found.push(entry);
            shown = Some(row::text(listed, "principal_sort").to_owned());
        }
        after = page.rows.last().map(|row| row::text(row, "principal_sort").to_owned());
        if page.next.is_none() {
            return Ok((found, None));
        }
        if found.len() == wanted.limit || wanted.most_rows <= rows_read {
            return Ok((found, after));
        }
    }
}

/// The key of the invitation that somebody who was removed may have by now.
fn invitation_of_removed(org: &OrgId, entry: &Entry) -> Option<Key> {
    match entry {
        Entry::Member(member) if member.status == MemberStatus::Removed => {
            member.address.as_ref().map(|address| keys::invited_member(address, org))
        }
        _ => None,
    }
}

async fn with_invitations_of_removed(
    table: &Table,
    org: &OrgId,
    mut base: HashMap<Key, Row>,
) -> Result<HashMap<Key, Row>, StoreError> {
    let mut wanted = Vec::new();
    for row in base.values() {
        wanted.extend(invitation_of_removed(org, &Entry::read(row)?));
    }
    wanted.retain(|key| !base.contains_key(key));
    if !wanted.is_empty() {
        base.extend(table.get_many(wanted).await?);
    }
    Ok(base)
}

fn invited_again(org: &OrgId, entry: &Entry, base: &HashMap<Key, Row>) -> bool {
    invitation_of_removed(org, entry).is_some_and(|key| base.contains_key(&key))
}

/// `entries` as they are shown at `now`, with their tickets.
pub(crate) async fn shown(
    table: &Table,
    entries: &[Entry],
    now: Timestamp,
) -> Result<Vec<MemberView>, Error> {
    let tickets = entries.iter().filter_map(Entry::ticket).map(keys::invitation);
    let rows = table.get_many(tickets).await?;
    entries
        .iter()
        .map(|entry| {
            let ticket = entry.ticket().map(keys::invitation);
            let invitation: Option<Invitation> =
                row::read_if(ticket.and_then(|key| rows.get(&key)))?;
            Ok(MemberView::of(entry, invitation.as_ref(), now))
        })
        .collect()
}

/// Whether `entry` is an active admin. Services do not count: an org needs a person who can sign
/// in and mend what is wrong.
pub(crate) fn is_admin(entry: &Entry) -> bool {
    matches!(entry, Entry::Member(member)
        if member.status == MemberStatus::Active
            && member.kind == MemberKind::Normal
            && member.profile.as_ref().is_some_and(|name| name.as_str() == "org-admin"))
}

/// Whether the org has an active admin besides `user`. The index may not list one yet who has just
/// joined; then it says no, and yes a moment later.
pub(crate) async fn another_admin(
    table: &Table,
    org: &OrgId,
    user: UserId,
) -> Result<bool, StoreError> {
    anybody(table, org, &|entry| {
        is_admin(entry) && matches!(entry, Entry::Member(member) if member.user != user)
    })
    .await
}

/// Whether anybody in the org is as `entry` says. Reads on until somebody is.
pub(crate) async fn anybody(
    table: &Table,
    org: &OrgId,
    entry: &(dyn Fn(&Entry) -> bool + Send + Sync),
) -> Result<bool, StoreError> {
    let wanted =
        Wanted { after: None, limit: 1, most_rows: usize::MAX, candidate: &|_| true, entry };
    Ok(!entries(table, org, &wanted).await?.0.is_empty())
}
