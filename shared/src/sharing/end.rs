//! What is written when a share ends.

use jiff::Timestamp;

use super::write::{cancel, job};
use crate::access::MemberKind;
use crate::id::{NoticeId, Recipient};
use crate::model::{Grant, InvitedMember, JobKind, MailState, Notice, NoticeKind};
use crate::store::{Condition, Key, Row, RowBuilder, StoreError, Write, keys, row};

/// How long a notice is kept.
pub const NOTICE_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

/// What has to be read to end a grant: whether its invitee is a guest through it alone.
#[must_use]
pub fn keys_to_end(grant: &Grant, owner: &crate::id::OrgId) -> Option<Key> {
    match (&grant.recipient, grant.invitation) {
        (Recipient::Email(address), Some(_)) => Some(keys::invited_member(address, owner)),
        _ => None,
    }
}

/// Adds what ends `grant` to `writes`: the grant goes, its ticket is dead, an invitee who was to be
/// a guest through it alone is none any more, and, if `told`, the recipient is told.
///
/// # Errors
///
/// [`StoreError::Odd`] if something cannot be written as a row.
#[expect(clippy::implicit_hasher, reason = "rows come from the store, with the one hasher")]
pub fn end(
    writes: &mut Vec<Write>,
    grant: &Grant,
    owner: &crate::id::OrgId,
    rows: &std::collections::HashMap<Key, Row>,
    told: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let condition = Condition::is("version", grant.version);
    writes.push(Write::Delete(keys::grant(grant.case, &grant.share), Some(condition)));
    if let Recipient::Org(org) = &grant.recipient {
        // Where the case is open to all external users, it is not to that org's any more.
        writes.push(Write::Delete(keys::externals(grant.case, org), None));
    }
    if let Some(invitation) = grant.invitation {
        writes.push(cancel(invitation));
        if let Some(key) = keys_to_end(grant, owner) {
            let invited: Option<InvitedMember> = row::read_if(rows.get(&key))?;
            if invited.is_some_and(|invited| {
                invited.kind == MemberKind::Guest && invited.invitation == invitation
            }) {
                let condition = Condition::reads("invitation", invitation);
                writes.push(Write::Delete(key, Some(condition)));
            }
        }
    }
    if told {
        tell(writes, grant, owner, now)?;
    }
    Ok(())
}

/// Tells the recipient: by notice, if they are known, and by mail, if they were told by mail that
/// there was a share.
fn tell(
    writes: &mut Vec<Write>,
    grant: &Grant,
    owner: &crate::id::OrgId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Recipient::User(user) = grant.recipient {
        let notice = Notice {
            id: NoticeId::new(now),
            user,
            kind: NoticeKind::Revoked,
            at: now,
            case: Some(grant.case),
            share: Some(grant.share.clone()),
            invitation: None,
            read_at: None,
        };
        let row = RowBuilder::new(keys::notice(user, notice.id), &notice)?;
        writes.push(Write::add(row.swept(now + NOTICE_KEPT).build()));
    }
    let mailed = matches!(grant.mail, MailState::Sent | MailState::Delayed | MailState::Delivered);
    if let (true, Some(address)) = (mailed, &grant.address) {
        let kind =
            JobKind::TellRevoked { org: owner.clone(), case: grant.case, address: address.clone() };
        writes.push(job(kind, now, now)?);
    }
    Ok(())
}
