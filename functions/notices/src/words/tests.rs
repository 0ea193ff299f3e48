//! The words of notices, by what the reader may see.

use shared::caller::Caller;
use shared::id::UserId;
use shared::model::MailState;

use super::*;
use crate::facts::Ticket;

const CASE: &str = "01JC0A7Z3X5D9V6K2M4N8P1QRS";
const INVITATION: &str = "01JC0A7Z3X5D9V6K2M4N8P1QRT";

fn notice(kind: NoticeKind) -> Notice {
    let at = "2026-11-22T12:00:00Z".parse().unwrap();
    let case: CaseId = CASE.parse().unwrap();
    let recipient = "email:bob@example.com".parse().unwrap();
    Notice {
        id: shared::id::NoticeId::derived(at, "x"),
        user: UserId::of("issuer", "bob"),
        kind,
        at,
        case: Some(case),
        share: Some(ShareId::of(case, &recipient)),
        invitation: Some(INVITATION.parse().unwrap()),
        read_at: None,
    }
}

fn facts(state: InvitationState, open: Option<OpenTo>) -> Facts {
    let invitation = Invitation {
        id: INVITATION.parse().unwrap(),
        generation: 1,
        purpose: Purpose::Member { kind: MemberKind::External },
        org: Some("acme".parse().unwrap()),
        org_name: Some("Acme".parse().unwrap()),
        address: "bob@example.com".parse().unwrap(),
        inviter: UserId::of("issuer", "ada"),
        inviter_name: Some("Ada".parse().unwrap()),
        message: None,
        state,
        invited_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        expires_at: "2026-11-27T12:00:00Z".parse().unwrap(),
        mail: MailState::Sent,
        mail_reason: None,
    };
    let reader = Caller {
        user: UserId::of("issuer", "bob"),
        address: Some("bob@example.com".parse().unwrap()),
        name: None,
        operator: false,
    };
    let tickets = [(invitation.id, Ticket { invitation, open })];
    Facts { reader: Some(reader), tickets: tickets.into(), ..Facts::default() }
}

#[test]
fn a_case_that_the_reader_may_not_see_is_not_named() {
    for kind in [
        NoticeKind::Shared,
        NoticeKind::Revoked,
        NoticeKind::Accepted,
        NoticeKind::Declined,
        NoticeKind::MailFailed,
    ] {
        let said = say(&notice(kind), &Facts::default()).unwrap();
        assert_eq!(said, Said::only(said.text.clone()), "{kind:?}");
    }
}

#[test]
fn an_open_invitation_can_be_accepted_and_a_closed_one_says_nothing() {
    use InvitationState::{Accepted, Cancelled, Invited};
    let invited = notice(NoticeKind::Invited);
    let said = say(&invited, &facts(Invited, Some(OpenTo::Org))).unwrap();
    assert_eq!(said.text, "Ada (Acme) invites you to join Acme as an external user.");
    assert_eq!(said.may, [Deed::Accept, Deed::Decline]);
    let case = Some(OpenTo::Case(Some((12, "Phishing".to_owned()))));
    let said = say(&invited, &facts(Invited, case)).unwrap();
    assert_eq!(said.text, "Ada (Acme) invites you to the case #12 “Phishing”.");
    assert_eq!(said.case, None);
    let said = say(&invited, &facts(Cancelled, None)).unwrap();
    assert_eq!(said, Said::only("An invitation to you is no longer open."));
    let said = say(&invited, &facts(Accepted, None)).unwrap();
    assert_eq!(said, Said::only("You accepted an invitation."));
    assert_eq!(
        say(&invited, &Facts::default()).unwrap(),
        Said::only("An invitation to you is no longer open.")
    );
}

#[test]
fn a_resend_has_a_notice_of_its_own() {
    let mut facts = facts(InvitationState::Invited, Some(OpenTo::Org));
    for ticket in facts.tickets.values_mut() {
        ticket.invitation.invited_at = "2026-11-23T12:00:00Z".parse().unwrap();
    }
    assert_eq!(say(&notice(NoticeKind::Invited), &facts), None);
}

#[test]
fn whoever_did_not_invite_does_not_learn_who_was_invited() {
    let accepted = Notice { case: None, ..notice(NoticeKind::Accepted) };
    let said = say(&accepted, &facts(InvitationState::Accepted, None)).unwrap();
    assert_eq!(said, Said::only("Somebody accepted your invitation."));
    let mut facts = facts(InvitationState::Accepted, None);
    if let Some(reader) = &mut facts.reader {
        reader.user = UserId::of("issuer", "ada");
    }
    assert_eq!(
        say(&accepted, &facts).unwrap().text,
        "bob@example.com accepted your invitation to join Acme as an external user."
    );
}
