//! Inviting: tickets, how long they can be used, and how many may go out.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::access::MemberKind;
use crate::address::Address;
use crate::error::{Code, Error};
use crate::id::{OrgId, UserId};
use crate::model::{Invitation, OrgSettings};
use crate::store::{Condition, DueFor, Row, RowBuilder, StoreError, Table, keys, row};

/// Invitations that one user may send in an hour.
const PER_USER_AND_HOUR: i64 = 60;
/// Searches for targets among other orgs, per user and hour.
const SEARCHES_AN_HOUR: i64 = 60;
/// Invitations that may go out in the name of an org in a day.
const PER_ORG_AND_DAY: i64 = 1_000;
/// Invitations that one address may get in a day, from whomever.
const PER_ADDRESS_AND_DAY: i64 = 3;
/// How long an invitation is kept after it has expired, so that it can say so.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Until when an invitation made at `now` can be accepted: hours for external users, days for all
/// others.
#[must_use]
pub fn expires_at(settings: &OrgSettings, kind: Option<MemberKind>, now: Timestamp) -> Timestamp {
    let hours = match kind {
        Some(MemberKind::External) => i64::from(settings.external_invitation_hours),
        _ => 24 * i64::from(settings.invitation_days),
    };
    now + SignedDuration::from_hours(hours)
}

/// The row of an invitation that waits to be mailed. Mail goes out from `mail_from` on: at once, or
/// when the share begins.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn invitation_row(invitation: &Invitation, mail_from: Timestamp) -> Result<Row, StoreError> {
    Ok(RowBuilder::new(keys::invitation(invitation.id), invitation)?
        .listed(keys::invitation_under(&invitation.address, invitation.id))
        .due(DueFor::Mail, mail_from)
        .swept(invitation.expires_at + KEPT)
        .build())
}

impl Table {
    /// Counts invitations before they are made. What is counted and then not made stays counted:
    /// the limits are there to stop floods, not to be exact.
    ///
    /// # Errors
    ///
    /// [`Code::MailLimit`] with the seconds until it is worth asking again.
    pub async fn count_invitations(
        &self,
        inviter: UserId,
        org: Option<&OrgId>,
        addresses: &[&Address],
        now: Timestamp,
    ) -> Result<(), Error> {
        let many = u64::try_from(addresses.len()).unwrap_or(u64::MAX);
        if many == 0 {
            return Ok(());
        }
        let hour = Window::hour(now);
        let day = Window::day(now);
        for address in addresses {
            let what = format!("ADDRESS#{address}#{}", day.name);
            self.count(&what, 1, PER_ADDRESS_AND_DAY, &day, now).await?;
        }
        let what = format!("USER#{inviter}#{}", hour.name);
        self.count(&what, many, PER_USER_AND_HOUR, &hour, now).await?;
        if let Some(org) = org {
            let what = format!("ORG#{org}#{}", day.name);
            self.count(&what, many, PER_ORG_AND_DAY, &day, now).await?;
        }
        Ok(())
    }

    /// Counts a search for a target among other orgs.
    ///
    /// # Errors
    ///
    /// [`Code::MailLimit`] with the seconds until it is worth asking again.
    pub async fn count_search(&self, user: UserId, now: Timestamp) -> Result<(), Error> {
        let hour = Window::hour(now);
        let what = format!("SEARCH#{user}#{}", hour.name);
        self.count(&what, 1, SEARCHES_AN_HOUR, &hour, now).await
    }

    async fn count(
        &self,
        what: &str,
        by: u64,
        most: i64,
        window: &Window,
        now: Timestamp,
    ) -> Result<(), Error> {
        let room = most - i64::try_from(by).unwrap_or(i64::MAX);
        let counted = self
            .update(
                &keys::limit(what),
                vec![("ttl", row::ttl(window.end)), ("v", AttributeValue::N("1".to_owned()))],
                Vec::new(),
                vec![("count", by)],
                Some(Condition::at_most("count", room)),
            )
            .await;
        match counted {
            Ok(_) => Ok(()),
            Err(StoreError::Refused { .. }) => {
                let left = window.end.duration_since(now).as_secs().max(1);
                Err(Error::of(Code::MailLimit).retry_after(u64::try_from(left).unwrap_or(1)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// An hour or a day, in UTC.
struct Window {
    name: String,
    end: Timestamp,
}

impl Window {
    fn hour(now: Timestamp) -> Self {
        Self::of(now, 3_600, "%Y-%m-%dT%H")
    }

    fn day(now: Timestamp) -> Self {
        Self::of(now, 86_400, "%Y-%m-%d")
    }

    fn of(now: Timestamp, seconds: i64, format: &str) -> Self {
        let begin = now.as_second().div_euclid(seconds) * seconds;
        Self {
            name: now.to_zoned(TimeZone::UTC).strftime(format).to_string(),
            end: Timestamp::from_second(begin + seconds).unwrap_or(Timestamp::MAX),
        }
    }
}
