//! What is written for a share.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::plan::{Planned, Way};
use crate::access::{GrantState, MemberKind, MemberStatus};
use crate::access_list;
use crate::error::Error;
use crate::id::{CaseId, InvitationId, JobId, Recipient, UserId};
use crate::inviting;
use crate::model::{
    Grant, GrantWindow, Invitation, InvitationState, InvitedMember, Job, JobKind, MailState, Org,
    OverLink, Purpose,
};
use crate::rights::Given;
use crate::store::{Condition, DueFor, IndexKey, RowBuilder, StoreError, Write, keys, row};
use crate::text::{Message, Name};

/// Who shares, in whose name, and with which words.
pub struct Sharer<'a> {
    /// Who.
    pub user: UserId,
    /// By name.
    pub name: Option<Name>,
    /// The owner org.
    pub org: &'a Org,
    /// The sharer's words to the recipient.
    pub message: Option<Message>,
}

/// Adds what makes `planned` to `writes`; answers the grant as it will lie in the table.
///
/// `generation` is the `access_version` that the case will have.
///
/// # Errors
///
/// [`StoreError::Odd`] if something cannot be written as a row.
pub fn add(
    writes: &mut Vec<Write>,
    case: CaseId,
    planned: &Planned,
    sharer: &Sharer<'_>,
    generation: u64,
    now: Timestamp,
) -> Result<Grant, Error> {
    let mut grant = Grant {
        share: planned.share.clone(),
        case,
        recipient: planned.recipient.clone(),
        given: planned.given.clone(),
        state: GrantState::Active,
        generation,
        version: 1,
        window: planned.window,
        granter: sharer.user,
        granter_name: sharer.name.clone(),
        granted_at: now,
        name: planned.name.clone(),
        address: planned.address.clone(),
        invitation: None,
        invitation_expires_at: None,
        link: planned.link.clone(),
        mail: MailState::Queued,
        mail_reason: None,
    };
    let due = match (planned.way, &planned.recipient, &planned.address) {
        (Way::AtOnce, Recipient::Group(group), _) => {
            grant.mail = MailState::None;
            writes.push(tell_group(case, &grant, *group, now)?);
            None
        }
        (Way::AtOnce, _, Some(_)) => Some(planned.window.valid_from.unwrap_or(now).max(now)),
        (Way::AtOnce, _, None) => {
            grant.mail = MailState::None;
            None
        }
        (Way::AfterAccepting | Way::AsGuest, ..) => {
            invite(writes, &mut grant, planned, sharer, now)?;
            None
        }
        (Way::Finalise, ..) => {
            grant.state = GrantState::PendingUser;
            grant.mail = MailState::None;
            writes.extend(tell_incoming(&grant, now)?);
            None
        }
    };
    if let (Recipient::Org(org), true) = (&grant.recipient, planned.externals) {
        writes.push(access_list::externals(case, org)?);
    }
    let key = keys::grant(case, &grant.share);
    let mut row = RowBuilder::new(key, &grant)?.listed(listed_under(&grant));
    if let Some(at) = due {
        row = row.due(DueFor::Mail, at);
    }
    let condition = match &planned.before {
        Some(before) if before.share == grant.share => Condition::is("version", before.version),
        Some(before) => {
            // It lies under the id that the address had before they were a member.
            let condition = Condition::is("version", before.version);
            writes.push(Write::Delete(keys::grant(case, &before.share), Some(condition)));
            Condition::absent()
        }
        None => Condition::absent(),
    };
    writes.push(Write::Put(row.build(), Some(condition)));
    if let Some(old) = planned.before.as_ref().and_then(|before| before.invitation) {
        writes.push(cancel(old));
    }
    Ok(grant)
}

/// Where a grant is listed: under its recipient, or under what waits for an org.
#[must_use]
pub fn listed_under(grant: &Grant) -> IndexKey {
    let principal = match (&grant.recipient, grant.state) {
        (Recipient::Org(org), GrantState::PendingUser | GrantState::PendingCase) => {
            keys::pending_for(org)
        }
        (recipient, _) => keys::granted_to(recipient),
    };
    keys::case_under(principal, grant.case)
}

/// The job that tells a group's members.
fn tell_group(
    case: CaseId,
    grant: &Grant,
    group: crate::id::GroupId,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let kind = JobKind::TellGroup {
        case,
        share: grant.share.clone(),
        generation: grant.generation,
        group,
        after: None,
    };
    let at = grant.window.valid_from.unwrap_or(now).max(now);
    job(kind, now, at)
}

/// The job that tells the admins of the org that takes it in.
fn tell_incoming(grant: &Grant, now: Timestamp) -> Result<Option<Write>, StoreError> {
    let Some(org) = grant.recipient.org() else { return Ok(None) };
    let kind = JobKind::TellIncoming {
        org: org.clone(),
        case: grant.case,
        share: grant.share.clone(),
        generation: grant.generation,
    };
    job(kind, now, grant.window.valid_from.unwrap_or(now).max(now)).map(Some)
}

/// A job that is due at `at`.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn job(kind: JobKind, now: Timestamp, at: Timestamp) -> Result<Write, StoreError> {
    let job = Job { id: JobId::new(now), kind, tries: 0 };
    Ok(Write::add(RowBuilder::new(keys::job(job.id), &job)?.due(DueFor::Job, at).build()))
}

/// Makes the grant pending and adds its ticket.
fn invite(
    writes: &mut Vec<Write>,
    grant: &mut Grant,
    planned: &Planned,
    sharer: &Sharer<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(address) = planned.address.clone() else {
        return Err(StoreError::Odd("an invitation without an address".to_owned()).into());
    };
    let guest = planned.way == Way::AsGuest;
    let kind = guest.then_some(MemberKind::Guest);
    let expires_at = inviting::expires_at(&sharer.org.settings, kind, now);
    let expires_at = planned.window.expires_at.map_or(expires_at, |end| end.min(expires_at));
    let invitation = Invitation {
        id: InvitationId::new(now),
        generation: 1,
        purpose: Purpose::Share { case: grant.case, share: grant.share.clone() },
        org: Some(sharer.org.id.clone()),
        org_name: Some(sharer.org.name.clone()),
        address: address.clone(),
        inviter: sharer.user,
        inviter_name: sharer.name.clone(),
        message: sharer.message.clone(),
        state: InvitationState::Invited,
        invited_at: now,
        expires_at,
        mail: MailState::Queued,
        mail_reason: None,
    };
    grant.state = GrantState::Pending;
    grant.invitation = Some(invitation.id);
    grant.invitation_expires_at = Some(expires_at);
    writes.push(Write::add(inviting::invitation_row(&invitation, now)?));
    if guest {
        writes.extend(guest_row(&invitation, planned, &sharer.org.id, &address, now)?);
    }
    Ok(())
}

/// The row that makes the invitee a guest of the org, by address. Who is invited as more than a
/// guest stays that.
fn guest_row(
    invitation: &Invitation,
    planned: &Planned,
    org: &crate::id::OrgId,
    address: &crate::address::Address,
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    let since = match &planned.invited {
        Some(invited) if invited.kind != MemberKind::Guest => return Ok(None),
        Some(invited) => invited.since,
        None => now,
    };
    let row = InvitedMember {
        org: org.clone(),
        address: address.clone(),
        kind: MemberKind::Guest,
        profile: None,
        status: MemberStatus::Invited,
        name: planned.name.clone(),
        invitation: invitation.id,
        expires_at: invitation.expires_at,
        since,
    };
    let key = keys::invited_member(address, org);
    let listed = keys::member_under(org, Some(address), None);
    // An invitation to be more than a guest may have come in between: it stays.
    let condition = Condition::absent().or(Condition::reads("kind", "guest"));
    Ok(Some(Write::Put(RowBuilder::new(key, &row)?.listed(listed).build(), Some(condition))))
}

/// Takes an invitation back, so that its link is as dead as one that never was.
pub(super) fn cancel(invitation: InvitationId) -> Write {
    Write::Update {
        key: keys::invitation(invitation),
        set: vec![("state", AttributeValue::S("cancelled".to_owned()))],
        remove: row::DUE_ATTRIBUTES.to_vec(),
        add: Vec::new(),
        condition: Some(Condition::present()),
    }
}

/// Changes what a grant gives, when, and what it has as a share with an org. Answers the grant as it will lie in the table.
///
/// # Errors
///
/// [`StoreError::Odd`] if something cannot be written as a row.
pub fn change_given(
    writes: &mut Vec<Write>,
    grant: &Grant,
    given: Given,
    window: GrantWindow,
    link: Option<OverLink>,
    now: Timestamp,
) -> Result<Grant, StoreError> {
    let changed = Grant { given, window, link, version: grant.version + 1, ..grant.clone() };
    let mut set = vec![
        ("given", serde_dynamo::to_attribute_value(&changed.given).map_err(StoreError::odd)?),
        ("version", AttributeValue::N(changed.version.to_string())),
    ];
    if let Some(link) = changed.link.as_ref().filter(|_| changed.link != grant.link) {
        set.push(("link", row::value(link)?));
    }
    let mut remove = Vec::new();
    for (name, at) in [("valid_from", window.valid_from), ("expires_at", window.expires_at)] {
        match at {
            Some(at) => set.push((name, AttributeValue::S(at.to_string()))),
            None => remove.push(name),
        }
    }
    // A mail that waits for the share to begin goes out when it begins now.
    let waits = grant.state == GrantState::Active && grant.mail == MailState::Queued;
    if waits && window.valid_from != grant.window.valid_from {
        let key = keys::grant(grant.case, &grant.share);
        set.extend(row::due_attributes(&key, DueFor::Mail, window.valid_from.unwrap_or(now)));
    }
    writes.push(Write::Update {
        key: keys::grant(grant.case, &grant.share),
        set,
        remove,
        add: Vec::new(),
        condition: Some(Condition::is("version", grant.version)),
    });
    Ok(changed)
}
