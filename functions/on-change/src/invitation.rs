//! The mail of an invitation, and the notice before it.

use jiff::Timestamp;
use shared::app::App;
use shared::error::Error;
use shared::id::{NoticeId, UserId};
use shared::model::{
    Grant, Group, Invitation, InvitationState, JobKind, MailState, Notice, NoticeKind, Org, Purpose,
};
use shared::sharing::job;
use shared::store::{Condition, Key, StoreError, is_due, keys};
use shared::telling::{About, Came, News};

use crate::letter::{CaseLetter, Letter, to_group, to_org};
use crate::post;
use crate::reading::{self, Case, Rows};

/// What is to be done about an invitation that waits to be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Todo {
    /// Mail it.
    Mail,
    /// It was mailed, or is not open any more: nothing is sent.
    Nothing,
    /// It expired before it could be mailed.
    TooLate,
}

/// What is to be done at `now`, as far as the invitation itself says.
fn todo(invitation: &Invitation, now: Timestamp) -> Todo {
    match invitation.state {
        InvitationState::Accepted | InvitationState::Declined | InvitationState::Cancelled => {
            Todo::Nothing
        }
        // SES has had it: whoever sent it did not come to say so.
        _ if invitation.mail != MailState::Queued => Todo::Nothing,
        _ if invitation.expires_at <= now => Todo::TooLate,
        _ => Todo::Mail,
    }
}

/// What the invitation under `key` is about, as it stands at one instant.
enum Subject {
    /// A share that waits for it.
    Share(Box<Case>, Box<Grant>),
    /// An org.
    Org,
    /// A group.
    Group,
    /// Nothing that is there any more.
    Gone,
    /// An org that is locked: what it sends waits until it is unlocked.
    Locked,
}

/// Mails the invitation under `key`, if it still waits for that.
pub(crate) async fn mail(app: &App, key: &Key) -> Result<(), Error> {
    let now = app.clock.now();
    let Some(row) = app.table.due_row(key, now).await? else { return Ok(()) };
    let read: Invitation = shared::store::row::read(&row)?;
    let (subject, rows) = subject(app, &read).await?;
    // What counts is the invitation as it was at the instant of the rest.
    let Some(invitation) = rows.get::<Invitation>(key)? else { return Ok(()) };
    if invitation.generation != read.generation
        || !rows.raw(key).is_some_and(|row| is_due(row, now))
    {
        return Ok(());
    }
    let about = About::Invitation { id: invitation.id, generation: invitation.generation };
    match (todo(&invitation, now), &subject) {
        (Todo::Nothing, _) | (Todo::Mail | Todo::TooLate, Subject::Gone) => {
            let generation = Condition::is("generation", invitation.generation);
            Ok(app.table.no_longer_due(key, generation).await?)
        }
        (Todo::TooLate, _) => {
            let reason = "the invitation expired before the mail service took the mail";
            let news = News::failed(MailState::Failed, reason);
            app.table.mail_came(&about, &news, now).await?;
            Ok(())
        }
        (Todo::Mail, Subject::Locked) => Ok(()),
        (Todo::Mail, _) => send(app, &invitation, &subject, &rows, &about, now).await,
    }
}

async fn send(
    app: &App,
    invitation: &Invitation,
    subject: &Subject,
    rows: &Rows,
    about: &About,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(user) = rows.owner_of(&invitation.address)?.map(|owner| owner.user) {
        app.table.notify(&notice(invitation, user)).await?;
    }
    let news = if rows.complained(&invitation.address)? {
        News::failed(MailState::Failed, post::COMPLAINED)
    } else {
        let letter = letter(app, invitation, subject, now).await?;
        post::send(app, &invitation.address, about, &letter).await?
    };
    let came = app.table.mail_came(about, &news, now).await?;
    if let (Came::TakenBack, MailState::Sent, Purpose::Share { case, .. }, Some(org)) =
        (came, news.mail, &invitation.purpose, &invitation.org)
    {
        // Whoever took it back believed that nothing had gone out.
        let kind = JobKind::TellRevoked {
            org: org.clone(),
            case: *case,
            address: invitation.address.clone(),
        };
        app.table.write(vec![job(kind, now, now)?]).await?;
    }
    Ok(())
}

async fn letter(
    app: &App,
    invitation: &Invitation,
    subject: &Subject,
    now: Timestamp,
) -> Result<Letter, Error> {
    let token = app.macs()?.token(invitation.id, invitation.generation).await?;
    let link = format!("{}/i#{token}", app.settings.app_url);
    Ok(match (subject, &invitation.purpose) {
        (Subject::Share(case, grant), _) => {
            let rights = reading::rights(app, grant).await?;
            let (details, org) = (&case.details, &case.org.name);
            CaseLetter { details, org, grant, rights, link, now }.invitation(invitation)
        }
        (_, Purpose::Member { kind }) => to_org(invitation, *kind, link),
        _ => to_group(invitation, link),
    })
}

/// The notice of an invitation: one for each generation, dated as it is.
fn notice(invitation: &Invitation, user: UserId) -> Notice {
    let (case, share) = match &invitation.purpose {
        Purpose::Share { case, share } => (Some(*case), Some(share.clone())),
        Purpose::Member { .. } | Purpose::Group { .. } => (None, None),
    };
    let text = format!("invited\n{}\n{}", invitation.id, invitation.generation);
    Notice {
        id: NoticeId::derived(invitation.invited_at, &text),
        user,
        kind: NoticeKind::Invited,
        at: invitation.invited_at,
        case,
        share,
        invitation: Some(invitation.id),
        read_at: None,
    }
}

/// Reads what the invitation is about, and whom it is for, with the invitation itself, at one
/// instant.
async fn subject(app: &App, invitation: &Invitation) -> Result<(Subject, Rows), StoreError> {
    let address = &invitation.address;
    let mut wanted =
        vec![keys::invitation(invitation.id), keys::email(address), keys::complaint(address)];
    match &invitation.purpose {
        Purpose::Share { case, share } => {
            let grant_key = keys::grant(*case, share);
            wanted.push(grant_key.clone());
            let (case, rows) = Case::read(app, *case, wanted).await?;
            let grant = rows.get::<Grant>(&grant_key)?;
            let grant = grant.filter(|grant| grant.invitation == Some(invitation.id));
            let subject = match (case, grant) {
                (Some(case), _) if case.org.locked => Subject::Locked,
                (Some(case), Some(grant)) => Subject::Share(Box::new(case), Box::new(grant)),
                _ => Subject::Gone,
            };
            Ok((subject, rows))
        }
        Purpose::Member { .. } => {
            let key = invitation.org.as_ref().map(keys::org);
            wanted.extend(key.clone());
            let rows = Rows::read(app, wanted).await?;
            let org = key.map(|key| rows.get::<Org>(&key)).transpose()?.flatten();
            let subject = match org {
                Some(org) if org.locked => Subject::Locked,
                Some(_) => Subject::Org,
                None => Subject::Gone,
            };
            Ok((subject, rows))
        }
        Purpose::Group { group } => {
            let key = keys::group(*group);
            wanted.push(key.clone());
            let rows = Rows::read(app, wanted).await?;
            let alive = rows.get::<Group>(&key)?.is_some_and(|group| !group.gone);
            Ok((if alive { Subject::Group } else { Subject::Gone }, rows))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(state: InvitationState, mail: MailState) -> Invitation {
        let at = "2026-11-22T12:00:00Z".parse().unwrap();
        Invitation {
            id: "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse().unwrap(),
            generation: 2,
            purpose: Purpose::Group { group: "01JC0A7Z3X5D9V6K2M4N8P1QRT".parse().unwrap() },
            org: None,
            org_name: None,
            address: "bob@example.com".parse().unwrap(),
            inviter: UserId::of("issuer", "ada"),
            inviter_name: None,
            message: None,
            state,
            invited_at: at,
            expires_at: "2026-11-27T12:00:00Z".parse().unwrap(),
            mail,
            mail_reason: None,
        }
    }

    #[test]
    fn only_an_open_invitation_is_mailed_and_only_once() {
        use InvitationState::{Accepted, Bounced, Cancelled, Declined, Failed, Invited};
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        for state in [Invited, Bounced, Failed] {
            assert_eq!(todo(&invitation(state, MailState::Queued), now), Todo::Mail);
        }
        for state in [Accepted, Declined, Cancelled] {
            assert_eq!(todo(&invitation(state, MailState::Queued), now), Todo::Nothing);
        }
        for mail in [MailState::Sent, MailState::Delivered, MailState::Bounced] {
            assert_eq!(todo(&invitation(Invited, mail), now), Todo::Nothing);
        }
        let end = "2026-11-27T12:00:00Z".parse().unwrap();
        assert_eq!(todo(&invitation(Invited, MailState::Queued), end), Todo::TooLate);
    }

    #[test]
    fn each_generation_has_one_notice() {
        let user = UserId::of("issuer", "bob");
        let one = invitation(InvitationState::Invited, MailState::Queued);
        let again = Invitation { mail: MailState::Sent, ..one.clone() };
        let next = Invitation { generation: 3, ..one.clone() };
        assert_eq!(notice(&one, user).id, notice(&again, user).id);
        assert_ne!(notice(&one, user).id, notice(&next, user).id);
        assert_eq!(notice(&one, user).id.made_at(), one.invited_at);
    }
}
