//! What a notice says.

#[cfg(test)]
mod tests;

use serde::Serialize;
use shared::access::MemberKind;
use shared::id::{CaseId, InvitationId, Recipient, ShareId};
use shared::model::{Grant, Invitation, InvitationState, Notice, NoticeKind, Purpose};
use shared::text::Name;
use utoipa::ToSchema;

use crate::facts::{Facts, OpenTo, SeenCase};

/// What can be done about a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deed {
    /// Accept the invitation.
    Accept,
    /// Decline it.
    Decline,
}

/// The words of a notice, and the ids that go with them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) case: Option<CaseId>,
    pub(crate) share: Option<ShareId>,
    pub(crate) invitation: Option<InvitationId>,
    pub(crate) may: Vec<Deed>,
}

impl Said {
    /// Words without any id: for what the reader may not see.
    fn only(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What `notice` says to its reader; `None` if a later one says it better.
pub(crate) fn say(notice: &Notice, facts: &Facts) -> Option<Said> {
    if notice.kind == NoticeKind::Invited {
        return invited(notice, facts);
    }
    if let Some(text) = incoming(notice.kind) {
        return Some(Said { share: notice.share.clone(), ..Said::only(text) });
    }
    Some(match notice.case {
        None => about_invitation(notice, facts),
        Some(id) => match facts.cases.get(&id) {
            Some(seen) => about_case(notice, id, seen),
            None => Said::only(match notice.kind {
                NoticeKind::Revoked => "A case that was shared with you was withdrawn.",
                NoticeKind::Accepted => "Somebody accepted what you shared with them.",
                NoticeKind::Declined => "Somebody declined what you shared with them.",
                NoticeKind::MailFailed => {
                    "A mail about something that you shared could not be delivered."
                }
                NoticeKind::Shared
                | NoticeKind::Invited
                | NoticeKind::ToTakeIn
                | NoticeKind::InConflict => {
                    "A case was shared with you. You cannot open it any more."
                }
            }),
        },
    })
}

/// What is said of a share that comes in. Who shares what is told where it is taken in, to whom it is
/// to be told then.
fn incoming(kind: NoticeKind) -> Option<&'static str> {
    match kind {
        NoticeKind::ToTakeIn => {
            Some("Something that another organisation shares waits for you to take it into a case.")
        }
        NoticeKind::InConflict => Some(
            "Your organisation has a target more than once: another organisation shares one that it has already. Say which one stays.",
        ),
        _ => None,
    }
}

fn invited(notice: &Notice, facts: &Facts) -> Option<Said> {
    let ticket = notice.invitation.and_then(|id| facts.tickets.get(&id));
    let Some(ticket) = ticket else {
        return Some(Said::only("An invitation to you is no longer open."));
    };
    let invitation = &ticket.invitation;
    if notice.at < invitation.invited_at {
        // It was sent again since, with a notice of its own.
        return None;
    }
    let own = facts.reader.as_ref().and_then(|reader| reader.address.as_ref());
    let Some(open) = ticket.open.as_ref().filter(|_| own == Some(&invitation.address)) else {
        return Some(Said::only(match invitation.state {
            InvitationState::Accepted => "You accepted an invitation.",
            InvitationState::Declined => "You declined an invitation.",
            _ => "An invitation to you is no longer open.",
        }));
    };
    let by = inviter(invitation);
    let text = match open {
        OpenTo::Case(Some((number, title))) => {
            format!("{by} invites you to the case #{number} “{title}”.")
        }
        OpenTo::Case(None) => format!("{by} invites you to a case."),
        OpenTo::Org | OpenTo::Group => format!("{by} invites you {}.", aim(invitation)),
    };
    Some(Said {
        text,
        invitation: Some(invitation.id),
        may: vec![Deed::Accept, Deed::Decline],
        ..Said::default()
    })
}

/// Who invites, from where.
fn inviter(invitation: &Invitation) -> String {
    let org = invitation.org.as_ref().and(invitation.org_name.as_ref());
    match (&invitation.inviter_name, org) {
        (Some(name), Some(org)) => format!("{name} ({org})"),
        (Some(name), None) => name.to_string(),
        (None, Some(org)) => format!("Somebody at {org}"),
        (None, None) => "Somebody".to_owned(),
    }
}

/// To what an invitation is that is not to a case.
fn aim(invitation: &Invitation) -> String {
    let name = |other: &str| {
        invitation.org_name.as_ref().map_or_else(|| other.to_owned(), Name::to_string)
    };
    match invitation.purpose {
        Purpose::Share { .. } => "to a case".to_owned(),
        Purpose::Member { kind } => {
            let what = match kind {
                MemberKind::Normal => "a member",
                MemberKind::Service => "a service",
                MemberKind::External => "an external user",
                MemberKind::Guest => "a guest",
            };
            format!("to join {} as {what}", name("an organisation"))
        }
        Purpose::Group { .. } => format!("to the group “{}”", name("without a name")),
    }
}

/// A notice about a case that the reader may see.
fn about_case(notice: &Notice, case: CaseId, seen: &SeenCase) -> Said {
    let grant = notice.share.as_ref().and_then(|share| seen.shares.get(share));
    let named = format!("the case #{} “{}”", seen.details.number, seen.details.title);
    let text = match notice.kind {
        NoticeKind::Shared
        | NoticeKind::Invited
        | NoticeKind::ToTakeIn
        | NoticeKind::InConflict => shared(&named, grant),
        NoticeKind::Revoked => {
            format!("A share of {named} with you was taken back. You have the case in another way.")
        }
        NoticeKind::Accepted => format!("{} accepted your share of {named}.", recipient(grant)),
        NoticeKind::Declined => format!("{} declined your share of {named}.", recipient(grant)),
        NoticeKind::MailFailed => {
            let reason = grant.and_then(|grant| grant.mail_reason.as_deref());
            format!(
                "The mail about {named} to {} could not be delivered{}.",
                address(grant),
                reason.map_or_else(String::new, |reason| format!(": {reason}"))
            )
        }
    };
    let share = grant.map(|grant| grant.share.clone());
    Said { text, case: Some(case), share, ..Said::default() }
}

fn shared(named: &str, grant: Option<&Grant>) -> String {
    let Some(grant) = grant else {
        return format!("A share of {named} with you was made, which is not there any more.");
    };
    let by = grant.granter_name.as_ref().map_or("Somebody", |name| name.as_str());
    match grant.recipient {
        Recipient::Group(_) => format!("{by} shared {named} with a group of yours."),
        Recipient::Org(_) => format!("{by} shared {named} with your organisation."),
        Recipient::Unit(_) => format!("{by} shared {named} with a unit of yours."),
        Recipient::User(_) | Recipient::Email(_) => format!("{by} shared {named} with you."),
    }
}

/// The recipient of a share by name, or else by address.
fn recipient(grant: Option<&Grant>) -> String {
    let name = grant.and_then(|grant| grant.name.as_ref());
    name.map_or_else(|| address(grant), Name::to_string)
}

fn address(grant: Option<&Grant>) -> String {
    let address = grant.and_then(|grant| grant.address.as_ref());
    address.map_or_else(|| "somebody".to_owned(), ToString::to_string)
}

/// A notice about an invitation to an org or a group, for whoever invited.
fn about_invitation(notice: &Notice, facts: &Facts) -> Said {
    let ticket = notice.invitation.and_then(|id| facts.tickets.get(&id));
    let reader = facts.reader.as_ref().map(|reader| reader.user);
    let sent = ticket.map(|ticket| &ticket.invitation);
    let sent = sent.filter(|invitation| Some(invitation.inviter) == reader);
    let (who, to) = match sent {
        Some(invitation) => (invitation.address.to_string(), format!(" {}", aim(invitation))),
        None => ("Somebody".to_owned(), String::new()),
    };
    Said::only(match notice.kind {
        NoticeKind::Accepted => format!("{who} accepted your invitation{to}."),
        NoticeKind::Declined => format!("{who} declined your invitation{to}."),
        NoticeKind::MailFailed => {
            let reason = sent.and_then(|invitation| invitation.mail_reason.as_deref());
            format!(
                "Your invitation of {}{to} could not be delivered{}.",
                if sent.is_some() { &who } else { "somebody" },
                reason.map_or_else(String::new, |reason| format!(": {reason}"))
            )
        }
        NoticeKind::Shared
        | NoticeKind::Invited
        | NoticeKind::Revoked
        | NoticeKind::ToTakeIn
        | NoticeKind::InConflict => "Something that was shared with you has changed.".to_owned(),
    })
}
