//! The mail of a share that was there at once, and the notice before it.

use jiff::Timestamp;
use shared::access::GrantState;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::{NoticeId, Recipient, UserId};
use shared::model::{Grant, JobKind, MailState, Notice, NoticeKind};
use shared::sharing::job;
use shared::store::{Ask, Condition, Key, is_due, keys};
use shared::telling::{About, Came, News};

use crate::letter::CaseLetter;
use crate::post;
use crate::reading::{self, Case};

/// Mails what the grant under `key` gives to its recipient, if it still waits for that.
pub(crate) async fn mail(app: &App, key: &Key) -> Result<(), Error> {
    let now = app.clock.now();
    let Some(row) = app.table.due_row(key, now).await? else { return Ok(()) };
    let read: Grant = shared::store::row::read(&row)?;
    let mut wanted = vec![key.clone()];
    if let Some(address) = &read.address {
        wanted.extend([keys::email(address), keys::complaint(address)]);
    }
    let (case, rows) = Case::read(app, read.case, wanted).await?;
    let waiting = rows.raw(key).filter(|row| is_due(row, now));
    let (Some(grant), Some(row)) = (rows.get::<Grant>(key)?, waiting) else { return Ok(()) };
    let over = grant.window.expires_at.is_some_and(|end| end <= now);
    let (Some(case), Some(address), Recipient::User(user), GrantState::Active, false) =
        (case, &grant.address, &grant.recipient, grant.state, over)
    else {
        return nothing_to_send(app, key, &grant).await;
    };
    if grant.mail != MailState::Queued {
        return nothing_to_send(app, key, &grant).await;
    }
    if let Some(from) = grant.window.valid_from.filter(|from| now < *from) {
        // It was put off after it was made.
        return Ok(app.table.put_off(row, from).await?);
    }
    if case.org.locked {
        return Ok(());
    }
    if !sees(app, *user, Some(address), &grant, now).await? {
        return nothing_to_send(app, key, &grant).await;
    }
    app.table.notify(&notice(&grant, *user)).await?;
    let about =
        About::Share { case: grant.case, share: grant.share.clone(), generation: grant.generation };
    let news = if rows.complained(address)? {
        News::failed(MailState::Failed, post::COMPLAINED)
    } else {
        let rights = reading::rights(app, &grant).await?;
        let link = app.settings.case_link(grant.case);
        let (details, org) = (&case.details, &case.org.name);
        let letter = CaseLetter { details, org, grant: &grant, rights, link, now }.shared();
        post::send(app, address, &about, &letter).await?
    };
    let heard = app.table.mail_came(&about, &news, now).await?;
    if heard == Came::TakenBack && news.mail == MailState::Sent {
        // Whoever took it back believed that nothing had gone out.
        let org = case.head.owner.clone();
        let kind = JobKind::TellRevoked { org, case: grant.case, address: address.clone() };
        app.table.write(vec![job(kind, now, now)?]).await?;
    }
    Ok(())
}

/// The grant waits no longer, and nothing is sent.
async fn nothing_to_send(app: &App, key: &Key, grant: &Grant) -> Result<(), Error> {
    let generation = Condition::is("generation", grant.generation);
    Ok(app.table.no_longer_due(key, generation).await?)
}

/// Whether somebody can see the case that `grant` is for: by the decision, as of now.
pub(crate) async fn sees(
    app: &App,
    user: UserId,
    address: Option<&Address>,
    grant: &Grant,
    now: Timestamp,
) -> Result<bool, Error> {
    let caller = Caller { user, address: address.cloned(), name: None, operator: false };
    let look = app.table.look(&caller, grant.case, now, &Ask::nothing()).await?;
    Ok(look.access.sees_case())
}

/// The notice that a share is there: one for each generation and user, dated as it began.
pub(crate) fn notice(grant: &Grant, user: UserId) -> Notice {
    let at = grant.window.valid_from.map_or(grant.granted_at, |from| from.max(grant.granted_at));
    let text = format!("shared\n{}\n{}\n{}\n{user}", grant.case, grant.share, grant.generation);
    Notice {
        id: NoticeId::derived(at, &text),
        user,
        kind: NoticeKind::Shared,
        at,
        case: Some(grant.case),
        share: Some(grant.share.clone()),
        invitation: None,
        read_at: None,
    }
}
