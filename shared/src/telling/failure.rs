//! Who is told that a mail failed: the history, and whoever invited.

use jiff::Timestamp;

use super::news::{News, text};
use super::notice_row;
use crate::id::{CaseId, InvitationId, NoticeId, OrgId, ShareId, UserId};
use crate::model::{Actor, Event, EventKind, Notice, NoticeKind};
use crate::store::{StoreError, Write, case_event, org_event};

/// The line of history that says that a mail failed. A group has no history.
pub(super) fn failure_event(
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
pub(super) fn failure_notice(
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
