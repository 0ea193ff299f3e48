//! The letters as their readers get them.

use expect_test::{expect, expect_file};
use shared::access::{GrantState, MemberKind};
use shared::id::{CaseId, Recipient, ShareId, UserId};
use shared::model::{
    CaseStatus, Details, Grant, GrantWindow, Invitation, InvitationState, MailState, Purpose,
    Severity, Tlp,
};
use shared::rights::{Given, Rights, Role};

use super::*;

fn case() -> CaseId {
    "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse().unwrap()
}

fn details(tlp: Tlp) -> Details {
    Details {
        case: case(),
        owner: "acme".parse().unwrap(),
        number: 12,
        title: "Phishing <wave> against payroll".parse().unwrap(),
        description: "Everything about it.".parse().unwrap(),
        severity: Severity::High,
        tlp,
        status: CaseStatus::Open,
        tags: Vec::new(),
        reference: None,
        creator: UserId::of("issuer", "ada"),
        creator_name: None,
        version: 1,
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        updated_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        closed_at: None,
    }
}

fn grant() -> Grant {
    let recipient: Recipient = "email:bob@example.com".parse().unwrap();
    Grant {
        share: ShareId::of(case(), &recipient),
        case: case(),
        recipient,
        given: Given::Role(Role::Editor),
        state: GrantState::Pending,
        generation: 3,
        version: 1,
        window: GrantWindow {
            valid_from: None,
            expires_at: Some("2026-12-24T18:00:00Z".parse().unwrap()),
        },
        granter: UserId::of("issuer", "ada"),
        granter_name: Some("Ada Lovelace".parse().unwrap()),
        granted_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        name: None,
        address: Some("bob@example.com".parse().unwrap()),
        invitation: None,
        invitation_expires_at: None,
        link: None,
        mail: MailState::Queued,
        mail_reason: None,
    }
}

fn invitation(message: &str) -> Invitation {
    Invitation {
        id: "01JC0A7Z3X5D9V6K2M4N8P1QRT".parse().unwrap(),
        generation: 1,
        purpose: Purpose::Member { kind: MemberKind::External },
        org: Some("acme".parse().unwrap()),
        org_name: Some("Acme & Söhne".parse().unwrap()),
        address: "bob@example.com".parse().unwrap(),
        inviter: UserId::of("issuer", "ada"),
        inviter_name: Some("Ada Lovelace".parse().unwrap()),
        message: message.parse().ok(),
        state: InvitationState::Invited,
        invited_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        expires_at: "2026-11-27T14:30:00Z".parse().unwrap(),
        mail: MailState::Queued,
        mail_reason: None,
    }
}

fn about<'a>(details: &'a Details, org: &'a Name, grant: &'a Grant) -> CaseLetter<'a> {
    CaseLetter {
        details,
        org,
        grant,
        rights: Role::Editor.rights(),
        link: "https://app.example/i#01JC0A7Z3X5D9V6K2M4N8P1QRT.TOKEN".to_owned(),
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
    }
}

/// Every letter, at one marking.
fn all(tlp: Tlp) -> Vec<Letter> {
    let (details, grant, org) = (details(tlp), grant(), "Acme & Söhne".parse().unwrap());
    let invitation = invitation("Please look at <b>this</b>\n\nwithout delay.");
    let group = shared::model::Group {
        id: "01JC0A7Z3X5D9V6K2M4N8P1QRV".parse().unwrap(),
        name: "Night shift".parse().unwrap(),
        owner: UserId::of("issuer", "eve"),
        gone: false,
        share_all: None,
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        version: 1,
    };
    let about = || about(&details, &org, &grant);
    vec![
        about().invitation(&invitation),
        about().shared(),
        about().shared_with(&group),
        to_org(&invitation, MemberKind::External, "https://app.example/i#T".to_owned()),
        to_group(&invitation, "https://app.example/i#T".to_owned()),
        withdrawn(&org),
        confirmation(&details, &org, "https://app.example/case#1".to_owned()),
        incoming(&details, &org, &"Globex".parse().unwrap(), &grant),
        found_in(&Found { org: &org, address: &invitation.address }),
        found_by(&Found { org: &org, address: &invitation.address }),
    ]
}

#[test]
fn an_invitation_says_who_shares_what_and_until_when() {
    let letters = all(Tlp::Green);
    let letter = &letters[0];
    assert_eq!(letter.subject, "You are invited to a case of Acme & Söhne");
    expect![[r"
        You are invited to a case

        Ada Lovelace (Acme & Söhne) wants to share a case with you. You can open it
        as soon as you have accepted.

        Case: #12 Phishing <wave> against payroll
        Shared by: Ada Lovelace
        Organisation: Acme & Söhne
        You may: read and change everything in it, but not close or delete it
        Open to you: until 24 December 2026, 18:00 UTC
        Marking: TLP:GREEN

        Ada Lovelace writes:

        > Please look at <b>this</b>
        >
        > without delay.

        Look at the invitation:
        https://app.example/i#01JC0A7Z3X5D9V6K2M4N8P1QRT.TOKEN

        The link works until 27 November 2026, 14:30 UTC. To accept, sign in as
        bob@example.com, or sign up with that address if you have no account yet.
        Anyone with the link can see this invitation, so keep it to yourself.

        If this was not meant for you, ignore it: nothing happens unless you accept.
        You can also decline on that page.

        -- 
        Sent by Casement for Acme & Söhne, because Ada Lovelace (Acme & Söhne)
        entered your address.
    "]]
    .assert_eq(&letter.text().unwrap());
    expect_file!["invitation.html"].assert_eq(&letter.html().unwrap());
}

#[test]
fn from_amber_up_a_mail_names_no_case() {
    expect![[r"
        You are invited to a case

        Ada Lovelace (Acme & Söhne) wants to share a case with you. You can open it
        as soon as you have accepted.

        Shared by: Ada Lovelace
        Organisation: Acme & Söhne
        You may: read and change everything in it, but not close or delete it
        Open to you: until 24 December 2026, 18:00 UTC
        Marking: TLP:AMBER

        Ada Lovelace writes:

        > Please look at <b>this</b>
        >
        > without delay.

        Look at the invitation:
        https://app.example/i#01JC0A7Z3X5D9V6K2M4N8P1QRT.TOKEN

        The link works until 27 November 2026, 14:30 UTC. To accept, sign in as
        bob@example.com, or sign up with that address if you have no account yet.
        Anyone with the link can see this invitation, so keep it to yourself.

        If this was not meant for you, ignore it: nothing happens unless you accept.
        You can also decline on that page.

        The case is marked TLP:AMBER, so this mail does not name it.

        -- 
        Sent by Casement for Acme & Söhne, because Ada Lovelace (Acme & Söhne)
        entered your address.
    "]]
    .assert_eq(&all(Tlp::Amber)[0].text().unwrap());
    for tlp in [Tlp::Amber, Tlp::AmberStrict, Tlp::Red] {
        for letter in all(tlp) {
            for text in [letter.text().unwrap(), letter.html().unwrap()] {
                assert!(!text.contains("Phishing") && !text.contains("#12"), "{text}");
            }
        }
    }
}

#[test]
fn no_subject_holds_what_a_sharer_wrote() {
    let subjects: Vec<_> = all(Tlp::Clear).into_iter().map(|letter| letter.subject).collect();
    expect![[r"
        You are invited to a case of Acme & Söhne
        A case of Acme & Söhne was shared with you
        A case of Acme & Söhne was shared with a group of yours
        You are invited to Acme & Söhne
        You are invited to a group
        A case of Acme & Söhne is no longer shared with you
        Acme & Söhne has received your case
        Acme & Söhne shares a case with Globex
        Acme & Söhne has a target that you searched for
        Acme & Söhne searches for a target of a case of yours"]]
    .assert_eq(&subjects.join("\n"));
}

#[test]
fn the_text_says_all_that_the_html_says_in_short_lines() {
    for letter in all(Tlp::Green) {
        let text = letter.text().unwrap();
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in letter.lead.iter().chain(&letter.notes) {
            assert!(
                flat.contains(&part.split_whitespace().collect::<Vec<_>>().join(" ")),
                "{part}"
            );
        }
        for (_, value) in &letter.facts {
            assert!(flat.contains(value.as_str()), "{value}");
        }
        let long = text.lines().find(|line| 78 < line.chars().count() && line.contains(' '));
        assert_eq!(long, None);
    }
}

#[test]
fn what_people_write_stays_text_in_html() {
    for letter in all(Tlp::Clear) {
        let html = letter.html().unwrap();
        assert!(!html.contains("<b>") && !html.contains("<wave>"));
        // Nothing is fetched, and nobody is counted.
        assert!(!html.contains("<img") && !html.contains("src=") && !html.contains("@import"));
        assert_eq!(html.matches("href=").count(), html.matches("ses:no-track").count());
    }
}

#[test]
fn a_nameless_sharer_is_somebody_of_the_org() {
    let (details, org) = (details(Tlp::Red), "Acme".parse().unwrap());
    let nameless = Grant { granter_name: None, ..grant() };
    let letter = about(&details, &org, &nameless).shared();
    assert_eq!(letter.preview, "Somebody at Acme shared a case with you.");
    let letter = CaseLetter { rights: Rights::NONE.as_share(), ..about(&details, &org, &nameless) };
    assert!(letter.shared().text().unwrap().contains("You may: read its details\n"));
}
