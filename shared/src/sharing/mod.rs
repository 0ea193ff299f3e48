//! Sharing: who gets what, whether at once or after accepting, and what is written for it.
//!
//! Every way of making a share goes through [`plan`], so that policy (guests, domains, acceptance,
//! expiry) holds on all of them: one, many, at creation, overwriting.

pub mod auto;
mod end;
mod plan;
mod view;
mod write;

pub use end::{NOTICE_KEPT, end, keys_to_end};
pub use plan::{
    Ground, Known, Planned, Way, Wish, check_window, given, open_grant, plan, taken_in, way,
};
pub use view::{
    GivesView, InvitationView, PersonView, ShareTicketState, ShareView, Shown, ShownState,
};
pub use write::{Sharer, add, change_given, job, listed_under};

use crate::access::Access;
use crate::error::Error;
use crate::id::{CaseId, Recipient, ShareId};
use crate::model::{EmailOwner, Event, Grant};
use crate::rights::{self, Given};
use crate::store::{First, Key, Look, StoreError, Was, keys, link_keys, row};

/// The most recipients in one share.
pub const RECIPIENTS: usize = 25;
/// Under what the ids of the shares stand in an idempotency record.
pub const SHARE_NAMES: [&str; RECIPIENTS] = [
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15",
    "16", "17", "18", "19", "20", "21", "22", "23", "24",
];
/// The most rows that one overwrite may change.
pub const CHANGES: usize = 90;

/// The most orgs with which one case is shared.
pub const PARTNER_ORGS: usize = 40;

/// What round one reads to share `case` with `recipients`.
pub fn first_keys<'a>(
    case: CaseId,
    recipients: impl IntoIterator<Item = &'a Recipient>,
) -> Vec<Key> {
    let mut wanted = Vec::new();
    for recipient in recipients {
        wanted.push(keys::grant(case, &ShareId::of(case, recipient)));
        match recipient {
            Recipient::Email(address) => {
                wanted.extend([keys::email(address), keys::complaint(address)]);
            }
            Recipient::Group(group) => wanted.push(keys::group(*group)),
            Recipient::Org(org) => wanted.push(keys::org(org)),
            // What lies with the owner org is read once that is known.
            Recipient::User(_) | Recipient::Unit(_) => {}
        }
    }
    wanted
}

/// What round two reads: what the recipients are to the owner org, once it is known.
pub fn second_keys<'a>(
    first: &First,
    case: CaseId,
    recipients: impl IntoIterator<Item = &'a Recipient>,
    given: impl IntoIterator<Item = &'a Given>,
) -> Vec<Key> {
    let Some(head) = &first.facts.head else {
        return Vec::new();
    };
    let mut wanted = Vec::new();
    for given in given {
        if let Given::Profile(of) = given
            && rights::built_in(&of.name).is_none()
        {
            wanted.push(keys::profile(&of.org, &of.name));
        }
    }
    for recipient in recipients {
        match recipient {
            Recipient::User(user) => wanted.push(keys::member(*user, &head.owner)),
            Recipient::Email(address) => {
                wanted.push(keys::invited_member(address, &head.owner));
                let owner: Option<EmailOwner> =
                    row::read_if(first.rows.get(&keys::email(address))).ok().flatten();
                if let Some(EmailOwner { user, .. }) = owner {
                    wanted.push(keys::member(user, &head.owner));
                    let share = ShareId::of(case, &Recipient::User(user));
                    wanted.push(keys::grant(case, &share));
                }
            }
            Recipient::Org(org) => wanted.extend(link_keys(&head.owner, org)),
            Recipient::Unit(unit) => wanted.push(keys::unit(&head.owner, *unit)),
            Recipient::Group(_) => {}
        }
    }
    wanted
}

/// Whether the caller may share with orgs, if a wish is for one: that takes `write` on the details
/// besides the right to share.
///
/// # Errors
///
/// 403 with the right that is missing.
pub fn needs_details(wishes: &[Wish], access: &Access) -> Result<(), Error> {
    let with_org = wishes.iter().any(|wish| matches!(wish.recipient, Recipient::Org(_)));
    if with_org && !access.edits_details() {
        return Err(Error::forbidden("write on details"));
    }
    Ok(())
}

/// What an event says to each org that it concerns besides the owner: its own share, and what was
/// the same for all; never with whom else.
#[must_use]
pub fn told<'a>(
    event: &Event,
    shares: impl IntoIterator<Item = (&'a Recipient, &'a ShareId)>,
) -> Vec<Event> {
    let copy = |(recipient, share): (&Recipient, &ShareId)| {
        let org = recipient.org()?;
        let mut what = event.what.clone();
        what.retain(|name, _| {
            matches!(name.as_str(), "gives" | "valid_from" | "expires_at" | "before" | "after")
        });
        what.insert("recipient".to_owned(), recipient.to_string().into());
        what.insert("owner".to_owned(), event.org.to_string().into());
        Some(Event { org: org.clone(), shares: vec![share.clone()], what, ..event.clone() })
    };
    shares.into_iter().filter_map(copy).collect()
}

/// What round one reads to find the share `share`, by its present or its former id.
#[must_use]
pub fn keys_of_share(case: CaseId, share: &ShareId) -> Vec<Key> {
    vec![keys::grant(case, share), keys::was(case, share)]
}

/// What round two reads to find a share that has been accepted since.
#[must_use]
pub fn keys_of_moved(first: &First, case: CaseId, share: &ShareId) -> Option<Key> {
    let was: Was = row::read_if(first.rows.get(&keys::was(case, share))).ok().flatten()?;
    Some(keys::grant(case, &was.now))
}

/// The share `share`, by its present or its former id, among what was read.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn find_share(look: &Look, share: &ShareId) -> Result<Option<Grant>, StoreError> {
    if let Some(grant) = look.row(&keys::grant(look.case, share))? {
        return Ok(Some(grant));
    }
    match look.row::<Was>(&keys::was(look.case, share))? {
        Some(was) => look.row(&keys::grant(look.case, &was.now)),
        None => Ok(None),
    }
}
