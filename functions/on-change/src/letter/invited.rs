//! Letters that invite somebody to an org or a group.

use shared::access::MemberKind;
use shared::model::Invitation;

use super::words::time;
use super::{Action, Letter, Quote, sharer};

/// To somebody who is to be a member of an org.
pub(crate) fn to_org(invitation: &Invitation, kind: MemberKind, link: String) -> Letter {
    let org = invitation.org_name.as_ref().map_or("an organisation", |name| name.as_str());
    let what = match kind {
        MemberKind::Normal => "a member",
        MemberKind::Service => "a service",
        MemberKind::External => "an external user",
        MemberKind::Guest => "a guest",
    };
    let then = match kind {
        MemberKind::External => "you see the cases that it has opened to external users",
        MemberKind::Guest => "you see the cases that are shared with you",
        MemberKind::Normal | MemberKind::Service => "you see its cases, as far as your role goes",
    };
    invitation_to(
        invitation,
        link,
        Said {
            subject: format!("You are invited to {org}"),
            heading: format!("You are invited to {org}"),
            to: format!("to join {org} as {what}"),
            then: format!("Once you have accepted, {then}."),
        },
    )
}

/// To somebody who is to be a member of a group.
pub(crate) fn to_group(invitation: &Invitation, link: String) -> Letter {
    let group = match &invitation.org_name {
        Some(name) => format!("the group “{name}”"),
        None => "a group".to_owned(),
    };
    invitation_to(
        invitation,
        link,
        Said {
            // Anybody can name a group as they like, so its name is not in the subject.
            subject: "You are invited to a group".to_owned(),
            heading: format!("You are invited to {group}"),
            to: format!("to join {group}"),
            then: "Once you have accepted, you see the cases that are shared with the group. Its \
                   members see your name."
                .to_owned(),
        },
    )
}

/// What differs between such letters.
struct Said {
    subject: String,
    heading: String,
    to: String,
    then: String,
}

fn invitation_to(invitation: &Invitation, link: String, said: Said) -> Letter {
    let org = invitation.org.as_ref().and(invitation.org_name.as_ref());
    let by = sharer(invitation.inviter_name.as_ref(), org);
    let end = time(invitation.expires_at);
    let address = &invitation.address;
    Letter {
        subject: said.subject,
        preview: format!("{by} invites you. Accept until {end}."),
        heading: said.heading,
        lead: vec![format!("{by} invites you {}. {}", said.to, said.then)],
        facts: Vec::new(),
        quote: Quote::of(
            invitation.message.as_ref(),
            &sharer(invitation.inviter_name.as_ref(), None),
        ),
        action: Some(Action { label: "Look at the invitation", url: link }),
        notes: vec![
            format!(
                "The link works until {end}. To accept, sign in as {address}, or sign up with \
                 that address if you have no account yet. Anyone with the link can see this \
                 invitation, so keep it to yourself."
            ),
            "If this was not meant for you, ignore it: nothing happens unless you accept. You can \
             also decline on that page."
                .to_owned(),
        ],
        footer: format!("Sent by Casement, because {by} entered your address."),
    }
}
