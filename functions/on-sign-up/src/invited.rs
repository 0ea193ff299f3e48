//! Whether somebody expects an address.

use jiff::Timestamp;
use shared::access::MemberStatus;
use shared::address::Address;
use shared::model::{EmailOwner, GroupInvitee, Invitation, InvitedMember, Member};
use shared::store::{Query, Row, StoreError, Table, keys, row};

/// Rows of an address or a user that are looked at; an address is rarely invited by more orgs.
const ROWS: usize = 500;
/// Tickets that are looked at, the newest first.
const TICKETS: usize = 100;

/// Whether the address is a member's, or is invited at `now` to an org, a group or a case.
pub(crate) async fn is_known(
    table: &Table,
    address: &Address,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = table.query_all(Query::rows(keys::email_partition(address)), ROWS).await?;
    if rows.iter().map(|row| waits(row, now)).collect::<Result<Vec<_>, _>>()?.contains(&true) {
        return Ok(true);
    }
    let owner = rows.iter().find(|row| row::text(row, "SK") == "@");
    if let Some(owner) = owner
        && belongs(table, &row::read(owner)?).await?
    {
        return Ok(true);
    }
    // Whoever was invited again may have a row that tells of the ticket before.
    let listed = Query::principal(keys::email_partition(address))
        .prefix(keys::INVITE_PREFIX)
        .backwards()
        .limit(TICKETS);
    let tickets = table.query(listed).await?.rows;
    let tickets = table.get_many(tickets.iter().map(row::key_of)).await?;
    for ticket in tickets.values() {
        if row::read::<Invitation>(ticket)?.is_open(now) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a row of an address is an invitation that can still be accepted.
fn waits(found: &Row, now: Timestamp) -> Result<bool, StoreError> {
    let until = match row::text(found, "SK").split_once('#') {
        Some(("ORG", _)) => row::read::<InvitedMember>(found)?.expires_at,
        Some(("GROUP", _)) => row::read::<GroupInvitee>(found)?.expires_at,
        _ => return Ok(false),
    };
    Ok(now < until)
}

/// Whether the one verified user of an address is an active member of an org, or of a group.
async fn belongs(table: &Table, owner: &EmailOwner) -> Result<bool, StoreError> {
    let rows = table.query_all(Query::rows(keys::user_partition(owner.user)), ROWS).await?;
    for found in &rows {
        match row::text(found, "SK").split_once('#') {
            Some(("ORG", _)) if row::read::<Member>(found)?.status == MemberStatus::Active => {
                return Ok(true);
            }
            Some(("GROUP", _)) => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}
