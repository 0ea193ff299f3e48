//! What an org does by itself with its new cases towards linked orgs.

use jiff::{SignedDuration, Timestamp};

use super::plan::{Planned, Wish};
use super::{Ground, plan};
use crate::error::{Code, Error};
use crate::id::{OrgId, Recipient};
use crate::model::{AutoShare, GrantWindow, Head, Link, LinkType};
use crate::rights::{Given, ProfileRef};
use crate::store::{DueFor, RowBuilder, StoreError, Write, keys};

/// How long after a failure it is tried again; each wait is twice as long as the one before.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// For how long it is tried.
const TRIED: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What the org that `side` is of wants to give each new case's partner by itself at `now`: it says
/// so, and its own side of the link is open. Whether the other side is, is another matter.
#[must_use]
pub fn wanted(side: &Link, now: Timestamp) -> Option<Given> {
    let profile = match side.kind {
        LinkType::Default => return None,
        LinkType::Supervised => "analyst",
        LinkType::Notify => "read-only",
    };
    let within =
        side.starts_at.is_none_or(|from| from <= now) && side.ends_at.is_none_or(|end| now < end);
    if !(side.approved && side.enabled && side.outbound && within) {
        return None;
    }
    let name = profile.parse().ok()?;
    Some(Given::Profile(ProfileRef { org: side.org.clone(), name }))
}

/// The wish that it comes to.
#[must_use]
pub fn wish(org: &OrgId, given: Given) -> Wish {
    Wish {
        recipient: Recipient::Org(org.clone()),
        given,
        window: GrantWindow::default(),
        insert_targets: false,
        pointer: String::new(),
        place: String::new(),
    }
}

/// Plans one such share; the code of the rule that refuses it where it cannot be made now.
///
/// # Errors
///
/// What is no refusal: the table did not do its work.
pub fn attempt(wish: &Wish, ground: &Ground<'_>) -> Result<Result<Planned, Code>, Error> {
    match plan(std::slice::from_ref(wish), ground) {
        Ok(planned) => Ok(planned.into_iter().next().ok_or(Code::Internal)),
        Err(Error::Refused(refusal)) => Ok(Err(refusal.code)),
        Err(error) => Err(error),
    }
}

/// When it is tried again after `tries` that failed; `None`: not any more.
#[must_use]
pub fn next_try(since: Timestamp, tries: u32, now: Timestamp) -> Option<Timestamp> {
    let doubled = FIRST_WAIT * 2_i32.pow(tries.min(12));
    let next = now + doubled.min(LONGEST_WAIT);
    (next.duration_since(since) <= TRIED).then_some(next)
}

/// The row that waits until the share can be made.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn waiting(failed: &AutoShare) -> Result<Write, StoreError> {
    let key = keys::auto_share(failed.case, &failed.org);
    let mut row = RowBuilder::new(key, failed)?;
    if let Some(at) = failed.next_try_at {
        row = row.due(DueFor::AutoShare, at);
    }
    Ok(Write::Put(row.build(), None))
}

/// A share that could not be made with a new case.
#[must_use]
pub fn failed(head: &Head, org: &OrgId, reason: Code, now: Timestamp) -> AutoShare {
    AutoShare {
        case: head.case,
        from: head.owner.clone(),
        org: org.clone(),
        reason: reason.as_str().to_owned(),
        tries: 1,
        since: now,
        next_try_at: next_try(now, 0, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end_after_five_days() {
        let since = Timestamp::UNIX_EPOCH;
        let mut at = since;
        let mut waits = Vec::new();
        for tries in 0..100 {
            let Some(next) = next_try(since, tries, at) else { break };
            waits.push(next.as_second() - at.as_second());
            at = next;
        }
        assert_eq!(waits[..4], [60, 120, 240, 480]);
        assert!(waits.iter().all(|wait| *wait <= 6 * 3_600), "{waits:?}");
        let days = at.as_second() / 86_400;
        assert!((4..=5).contains(&days), "{days} days");
    }
}
