//! How far a mail has come: onto the invitation or grant that it was about.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::{About, notice_row};
use crate::access::GrantState;
use crate::id::{CaseId, InvitationId, NoticeId, OrgId, ShareId, UserId};
use crate::model::{
    Actor, Event, EventKind, Grant, Head, Invitation, InvitationState, MailState, Notice,
    NoticeKind, Purpose,
};
use crate::store::{
    Condition, StoreError, Table, Tries, Write, case_event, done_with, keys, org_event, row,
};

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
                About::Group { .. } | About::Revoked { .. } => (Came::Past, Vec::new()),
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
        let (mut set, remove_reason) = mail_set(news)?;
        if failed {
            set.push(("state", word(&state_of(news))?));
        }
        let as_read = Condition::is("generation", generation)
            .and(Condition::reads("mail", text(&invitation.mail)?))
            .and(Condition::reads("state", text(&invitation.state)?));
        let mut writes = vec![without_reason(done_with(key, set, Vec::new(), as_read), remove_reason)];
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
    let (mut set, remove_reason) = mail_set(news)?;
    let waits = matches!(
        grant.state,
        GrantState::Pending | GrantState::Bounced | GrantState::Failed
    );
    if waits && news.is_failure() {
        set.push(("state", word(&state_of(news))?));
    }
    // The version rises, so that whoever is about to write over the row reads it again.
    let write = done_with(
        keys::grant(grant.case, &grant.share),
        set,
        vec![("version", 1)],
        Condition::is("version", grant.version),
    );
    Ok(without_reason(write, remove_reason))
}

/// The attributes that tell of the mail, and whether an earlier reason goes.
fn mail_set(news: &News) -> Result<(Vec<(&'static str, AttributeValue)>, bool), StoreError> {
    let mut set = vec![("mail", word(&news.mail)?)];
    if let Some(reason) = &news.reason {
        set.push(("mail_reason", AttributeValue::S(reason.clone())));
    }
    Ok((set, news.reason.is_none()))
}

fn without_reason(mut write: Write, remove_reason: bool) -> Write {
    if let (Write::Update { remove, .. }, true) = (&mut write, remove_reason) {
        remove.push("mail_reason");
    }
    write
}

/// The line of history that says that a mail failed. A group has no history.
fn failure_event(
    org: Option<OrgId>,
    case: Option<CaseId>,
    share: Option<&ShareId>,
    news: &News,
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    let Some(org) = org else { return Ok(None) };
    let mut what = serde_json::Map::new();
    what.insert("mail".to_owned(), text(&news.mail)?.into());
    if let Some(reason) = &news.reason {
        what.insert("reason".to_owned(), reason.clone().into());
    }
    let event = Event {
        kind: EventKind::MailFailed,
        at: now,
        actor: Actor { user: None, name: None },
        org: org.clone(),
        case,
        item: None,
        shares: share.cloned().into_iter().collect(),
        what,
    };
    match case {
        Some(case) => case_event(case, &event).map(Some),
        None => org_event(&org, &event).map(Some),
    }
}

/// The notice that tells whoever invited. News come once, so its id need not be derived.
fn failure_notice(
    inviter: UserId,
    case: Option<CaseId>,
    share: Option<ShareId>,
    invitation: Option<InvitationId>,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let notice = Notice {
        id: NoticeId::new(now),
        user: inviter,
        kind: NoticeKind::MailFailed,
        at: now,
        case,
        share,
        invitation,
        read_at: None,
    };
    Ok(Write::add(notice_row(&notice)?))
}

/// A word of the model as it lies in the table.
fn word(of: &impl serde::Serialize) -> Result<AttributeValue, StoreError> {
    text(of).map(AttributeValue::S)
}

fn text(of: &impl serde::Serialize) -> Result<String, StoreError> {
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
