//! How far a mail has come: onto the invitation or grant that it was about.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::About;
use super::failure::{failure_event, failure_notice};
use crate::access::GrantState;
use crate::id::{CaseId, InvitationId, OrgId, ShareId};
use crate::model::{Grant, Head, Invitation, InvitationState, MailState, Purpose};
use crate::store::{Condition, Key, StoreError, Table, Tries, Write, keys, row};

/// What is known of a mail now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// How far it has come.
    pub mail: MailState,
    /// Why it failed, in words for the sharer.
    pub reason: Option<String>,
}

impl News {
    /// It has come this far.
    #[must_use]
    pub fn of(mail: MailState) -> Self {
        Self { mail, reason: None }
    }

    /// It failed.
    #[must_use]
    pub fn failed(mail: MailState, reason: impl Into<String>) -> Self {
        Self { mail, reason: Some(reason.into()) }
    }

    /// Whether it can never arrive.
    fn is_failure(&self) -> bool {
        matches!(self.mail, MailState::Bounced | MailState::Failed)
    }
}

/// What became of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// They are noted.
    Noted,
    /// As much, or more, was known.
    Known,
    /// What they were about has been sent anew, or nothing waits for them.
    Past,
    /// The share that they were about has been taken back.
    TakenBack,
}

/// How far along a mail is. What SES tells twice, or late, changes nothing.
fn rank(mail: MailState) -> u8 {
    match mail {
        MailState::Queued => 0,
        MailState::Sent => 1,
        MailState::Delayed => 2,
        MailState::Delivered => 3,
        MailState::Bounced | MailState::Failed | MailState::Complained => 4,
        MailState::None => 5,
    }
}

/// Whether `to` is news where `from` is known.
fn is_forward(from: MailState, to: MailState) -> bool {
    rank(from) < rank(to)
}

impl Table {
    /// Notes how far a mail has come. It is no longer due then, whatever the news are: SES has it,
    /// or it is never sent.
    ///
    /// A failure is told to whoever invited, and stands in the history.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn mail_came(
        &self,
        about: &About,
        news: &News,
        now: Timestamp,
    ) -> Result<Came, StoreError> {
        let mut tries = Tries::default();
        loop {
            let (came, writes) = match about {
                About::Invitation { id, generation } => {
                    self.of_invitation(*id, *generation, news, now).await?
                }
                About::Share { case, share, generation } => {
                    self.of_share(*case, share, *generation, news, now).await?
                }
                About::Group { .. }
                | About::Revoked { .. }
                | About::Incoming { .. }
                | About::Deconfliction { .. }
                | About::Confirmed { .. } => (Came::Past, Vec::new()),
            };
            if writes.is_empty() {
                return Ok(came);
            }
            match self.write(writes).await {
                Ok(()) => return Ok(came),
                // Somebody accepted, declined, revoked, or news came from both sides.
                Err(StoreError::Refused { .. } | StoreError::Conflict) => tries.again().await?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn of_invitation(
        &self,
        id: InvitationId,
        generation: u64,
        news: &News,
        now: Timestamp,
    ) -> Result<(Came, Vec<Write>), StoreError> {
        let key = keys::invitation(id);
        let Some(invitation) = row::read_if::<Invitation>(self.get(&key).await?.as_ref())? else {
            return Ok((Came::Past, Vec::new()));
        };
        if invitation.generation != generation {
            return Ok((Came::Past, Vec::new()));
        }
        let taken_back = invitation.state == InvitationState::Cancelled;
        if !is_forward(invitation.mail, news.mail) {
            return Ok((if taken_back { Came::TakenBack } else { Came::Known }, Vec::new()));
        }
        let grant = match &invitation.purpose {
            Purpose::Share { case, share } => self.pending(*case, share, id).await?,
            Purpose::Member { .. } | Purpose::Group { .. } => None,
        };
        let waits = matches!(
            invitation.state,
            InvitationState::Invited | InvitationState::Bounced | InvitationState::Failed
        );
        let failed = waits && news.is_failure();
        let as_read = Condition::is("generation", generation)
            .and(Condition::reads("mail", text(&invitation.mail)?))
            .and(Condition::reads("state", text(&invitation.state)?));
        let mut writes = vec![onto(key, news, failed, Vec::new(), as_read)?];
        if let Some(grant) = &grant {
            writes.push(onto_grant(grant, news)?);
        }
        if failed {
            let (case, share) = match &invitation.purpose {
                Purpose::Share { case, share } => (Some(*case), Some(share.clone())),
                Purpose::Member { .. } | Purpose::Group { .. } => (None, None),
            };
            let org = match (&invitation.org, case) {
                (Some(org), _) => Some(org.clone()),
                (None, Some(case)) => self.owner(case).await?,
                (None, None) => None,
            };
            writes.extend(failure_event(org, case, share.as_ref(), news, now)?);
            writes.push(failure_notice(invitation.inviter, case, share, Some(id), now)?);
        }
        Ok((if taken_back { Came::TakenBack } else { Came::Noted }, writes))
    }

    async fn of_share(
        &self,
        case: CaseId,
        share: &ShareId,
        generation: u64,
        news: &News,
        now: Timestamp,
    ) -> Result<(Came, Vec<Write>), StoreError> {
        let row = self.get(&keys::grant(case, share)).await?;
        let Some(grant) = row::read_if::<Grant>(row.as_ref())? else {
            return Ok((Came::TakenBack, Vec::new()));
        };
        if grant.generation != generation {
            return Ok((Came::Past, Vec::new()));
        }
        if !is_forward(grant.mail, news.mail) {
            return Ok((Came::Known, Vec::new()));
        }
        let mut writes = vec![onto_grant(&grant, news)?];
        if news.is_failure() {
            let org = self.owner(case).await?;
            writes.extend(failure_event(org, Some(case), Some(share), news, now)?);
            let share = Some(share.clone());
            writes.push(failure_notice(grant.granter, Some(case), share, None, now)?);
        }
        Ok((Came::Noted, writes))
    }

    /// The grant that waits for this invitation to be accepted.
    async fn pending(
        &self,
        case: CaseId,
        share: &ShareId,
        invitation: InvitationId,
    ) -> Result<Option<Grant>, StoreError> {
        let row = self.get(&keys::grant(case, share)).await?;
        let grant: Option<Grant> = row::read_if(row.as_ref())?;
        Ok(grant.filter(|grant| {
            grant.invitation == Some(invitation) && grant.state != GrantState::Active
        }))
    }

    async fn owner(&self, case: CaseId) -> Result<Option<OrgId>, StoreError> {
        let head: Option<Head> = row::read_if(self.get(&keys::head(case)).await?.as_ref())?;
        Ok(head.map(|head| head.owner))
    }
}

/// The state of what can never be delivered.
fn state_of(news: &News) -> InvitationState {
    match news.mail {
        MailState::Bounced => InvitationState::Bounced,
        _ => InvitationState::Failed,
    }
}

/// The news, onto a grant. Only a grant that waits to be accepted changes its state.
fn onto_grant(grant: &Grant, news: &News) -> Result<Write, StoreError> {
    let waits =
        matches!(grant.state, GrantState::Pending | GrantState::Bounced | GrantState::Failed);
    // The version rises, so that whoever is about to write over the row reads it again.
    onto(
        keys::grant(grant.case, &grant.share),
        news,
        waits && news.is_failure(),
        vec![("version", 1)],
        Condition::is("version", grant.version),
    )
}

/// The write that tells of the mail on a row, which waits for it no longer. `failed` says whether
/// the row's own state becomes that of the mail.
fn onto(
    key: Key,
    news: &News,
    failed: bool,
    add: Vec<(&'static str, u64)>,
    condition: Condition,
) -> Result<Write, StoreError> {
    let mut set = vec![("mail", word(&news.mail)?)];
    let mut remove = row::DUE_ATTRIBUTES.to_vec();
    match &news.reason {
        Some(reason) => set.push(("mail_reason", AttributeValue::S(reason.clone()))),
        None => remove.push("mail_reason"),
    }
    if failed {
        set.push(("state", word(&state_of(news))?));
    }
    Ok(Write::Update { key, set, remove, add, condition: Some(condition) })
}

/// A word of the model as it lies in the table.
fn word(of: &impl serde::Serialize) -> Result<AttributeValue, StoreError> {
    text(of).map(AttributeValue::S)
}

/// A word of the model.
pub(super) fn text(of: &impl serde::Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Odd(format!("no word: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_never_go_backwards() {
        use MailState::{Bounced, Complained, Delayed, Delivered, Failed, None, Queued, Sent};
        let forward = [
            (Queued, Sent),
            (Queued, Delivered),
            (Queued, Failed),
            (Sent, Delayed),
            (Delayed, Delivered),
            (Delivered, Bounced),
            (Delivered, Complained),
        ];
        for (from, to) in forward {
            assert!(is_forward(from, to), "{from:?} {to:?}");
            assert!(!is_forward(to, from), "{to:?} {from:?}");
        }
        for last in [Bounced, Failed, Complained, None] {
            for mail in [Queued, Sent, Delayed, Delivered, Bounced, Failed, Complained] {
                assert!(!is_forward(last, mail), "{last:?} {mail:?}");
            }
        }
    }
}
