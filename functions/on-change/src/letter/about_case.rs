//! Letters about a case: an invitation to it, that it was shared, that it no longer is.

use jiff::Timestamp;
use shared::address::Address;
use shared::model::{Details, Grant, Group, Invitation};
use shared::rights::Rights;
use shared::text::Name;

use super::words::{marking, may, time, window};
use super::{Action, Letter, Quote, sharer};

/// What letters about a share are made of.
pub(crate) struct CaseLetter<'a> {
    /// The case.
    pub(crate) details: &'a Details,
    /// The org that owns it, by name.
    pub(crate) org: &'a Name,
    /// The share.
    pub(crate) grant: &'a Grant,
    /// What it gives.
    pub(crate) rights: Rights,
    /// Where the reader goes.
    pub(crate) link: String,
    /// When this is written.
    pub(crate) now: Timestamp,
}

impl CaseLetter<'_> {
    /// To somebody who must accept first.
    pub(crate) fn invitation(self, invitation: &Invitation) -> Letter {
        let org = self.org;
        let by = sharer(invitation.inviter_name.as_ref(), Some(org));
        let end = time(invitation.expires_at);
        let address = &invitation.address;
        let mut notes = vec![
            format!(
                "The link works until {end}. To accept, sign in as {address}, or sign up with \
                 that address if you have no account yet. Anyone with the link can see this \
                 invitation, so keep it to yourself."
            ),
            "If this was not meant for you, ignore it: nothing happens unless you accept. You can \
             also decline on that page."
                .to_owned(),
        ];
        notes.extend(silence(self.details));
        Letter {
            subject: format!("You are invited to a case of {org}"),
            preview: format!("{by} invites you to a case. Accept until {end}."),
            heading: "You are invited to a case".to_owned(),
            lead: vec![format!(
                "{by} wants to share a case with you. You can open it as soon as you have accepted."
            )],
            facts: self.facts(invitation.inviter_name.as_ref()),
            quote: Quote::of(
                invitation.message.as_ref(),
                &sharer(invitation.inviter_name.as_ref(), None),
            ),
            action: Some(Action { label: "Look at the invitation", url: self.link }),
            notes,
            footer: format!("Sent by Casement for {org}, because {by} entered your address."),
        }
    }

    /// To somebody to whom it is open at once.
    pub(crate) fn shared(self) -> Letter {
        let org = self.org;
        let by = sharer(self.grant.granter_name.as_ref(), Some(org));
        Letter {
            subject: format!("A case of {org} was shared with you"),
            preview: format!("{by} shared a case with you."),
            heading: "A case was shared with you".to_owned(),
            lead: vec![format!(
                "{by} shared a case with you. You need not accept anything: it is in your list."
            )],
            facts: self.facts(self.grant.granter_name.as_ref()),
            quote: None,
            notes: self.notes("you can leave the case at any time"),
            action: Some(Action { label: "Open the case", url: self.link }),
            footer: format!("Sent by Casement for {org}, because {by} shared a case with you."),
        }
    }

    /// To a member of a group with which it was shared.
    pub(crate) fn shared_with(self, group: &Group) -> Letter {
        let (org, name) = (self.org, &group.name);
        let by = sharer(self.grant.granter_name.as_ref(), Some(org));
        let mut facts = vec![("Group", name.to_string())];
        facts.extend(self.facts(self.grant.granter_name.as_ref()));
        Letter {
            subject: format!("A case of {org} was shared with a group of yours"),
            preview: format!("{by} shared a case with “{name}”."),
            heading: "A case was shared with your group".to_owned(),
            lead: vec![format!(
                "{by} shared a case with “{name}”, a group that you are in. You need not accept \
                 anything: it is in your list."
            )],
            facts,
            quote: None,
            notes: self.notes("you can leave the case, and the group keeps it"),
            action: Some(Action { label: "Open the case", url: self.link }),
            footer: format!("Sent by Casement for {org}, because you are a member of the group."),
        }
    }

    /// The particulars, as far as the case's marking lets them out.
    fn facts(&self, by: Option<&Name>) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if self.details.tlp.permits_mail() {
            facts.push(("Case", format!("#{} {}", self.details.number, self.details.title)));
        }
        facts.extend(by.map(|name| ("Shared by", name.to_string())));
        facts.push(("Organisation", self.org.to_string()));
        facts.push(("You may", may(self.rights)));
        facts.extend(window(self.grant.window, self.now).map(|window| ("Open to you", window)));
        facts.push(("Marking", marking(self.details.tlp).to_owned()));
        facts
    }

    fn notes(&self, leave: &str) -> Vec<String> {
        let mut notes =
            vec![format!("If this was not meant for you, tell whoever shared it; {leave}.")];
        notes.extend(silence(self.details));
        notes
    }
}

/// To somebody from whom a share was taken back. It says nothing of the case: they may not see it.
pub(crate) fn withdrawn(org: &Name) -> Letter {
    Letter {
        subject: format!("A case of {org} is no longer shared with you"),
        preview: format!("{org} has taken back a share of a case."),
        heading: "A case is no longer shared with you".to_owned(),
        lead: vec![
            format!("{org} has taken back a case that was shared with you."),
            "What you contributed to it is kept. If you have the case in another way too, for \
             instance through a group, that stays as it is."
                .to_owned(),
        ],
        facts: Vec::new(),
        quote: None,
        action: None,
        notes: vec!["There is nothing for you to do.".to_owned()],
        footer: format!("Sent by Casement for {org}, because a case was shared with you before."),
    }
}

/// To somebody who takes in what other orgs share with theirs, `to`.
pub(crate) fn incoming(details: &Details, from: &Name, to: &Name, grant: &Grant) -> Letter {
    let mut facts = Vec::new();
    if details.tlp.permits_mail() {
        facts.push(("Case", format!("#{} {}", details.number, details.title)));
    }
    facts.extend(grant.granter_name.as_ref().map(|name| ("Shared by", name.to_string())));
    facts.push(("Organisation", from.to_string()));
    facts.push(("Marking", marking(details.tlp).to_owned()));
    let mut notes = vec![
        "Nothing is open to anybody before you have named who takes it in, and they have said \
         into which of your cases. You can also refuse it, with a reason."
            .to_owned(),
    ];
    notes.extend(silence(details));
    Letter {
        subject: format!("{from} shares a case with {to}"),
        preview: format!("It waits for {to} to take it in."),
        heading: "A share waits to be taken in".to_owned(),
        lead: vec![format!(
            "{from} shares targets of a case with {to}. The share waits in your list of what \
             comes in."
        )],
        facts,
        quote: None,
        action: None,
        notes,
        footer: format!("Sent by Casement to those who receive for {to}."),
    }
}

/// Whom the reader should talk to about a target that both have.
pub(crate) struct Found<'a> {
    /// The other's org, by name.
    pub(crate) org: &'a Name,
    /// The other's address.
    pub(crate) address: &'a Address,
}

/// To somebody who has searched for a target that another org has, too.
pub(crate) fn found_in(found: &Found<'_>) -> Letter {
    let org = found.org;
    about_target(
        found,
        format!("{org} has a target that you searched for"),
        format!("A target that you searched for is one in a case of {org}, too."),
    )
}

/// To somebody one of whose cases has a target that another org searches for.
pub(crate) fn found_by(found: &Found<'_>) -> Letter {
    let org = found.org;
    about_target(
        found,
        format!("{org} searches for a target of a case of yours"),
        format!("Somebody at {org} has searched for a target that is one in a case of yours, too."),
    )
}

fn about_target(found: &Found<'_>, subject: String, lead: String) -> Letter {
    Letter {
        preview: format!("{} knows more.", found.address),
        heading: subject.clone(),
        subject,
        lead: vec![lead, "They got the same mail with your address.".to_owned()],
        facts: vec![
            ("Write to", found.address.to_string()),
            ("Organisation", found.org.to_string()),
        ],
        quote: None,
        action: None,
        notes: vec![
            "Neither of you sees the other's case. What you tell each other is up to you."
                .to_owned(),
        ],
        footer: "Sent by Casement because both organisations have agreed to such searches."
            .to_owned(),
    }
}

/// To somebody who has made a case through the portal.
pub(crate) fn confirmation(details: &Details, org: &Name, link: String) -> Letter {
    let mut facts = Vec::new();
    if details.tlp.permits_mail() {
        facts.push(("Case", format!("#{} {}", details.number, details.title)));
    }
    facts.push(("Organisation", org.to_string()));
    facts.push(("Received", time(details.created_at)));
    facts.push(("Marking", marking(details.tlp).to_owned()));
    let mut notes = vec![
        "You find it in your list of cases. There you can add to it, and see what is shown to you."
            .to_owned(),
    ];
    notes.extend(silence(details));
    Letter {
        subject: format!("{org} has received your case"),
        preview: format!("Your case is with {org}."),
        heading: "Your case has been received".to_owned(),
        lead: vec![format!("The case that you made is with {org}, who can see it as you do.")],
        facts,
        quote: None,
        action: Some(Action { label: "Open the case", url: link }),
        notes,
        footer: format!("Sent by Casement for {org}, because you made a case."),
    }
}

/// Why a letter does not name the case, if it does not.
fn silence(details: &Details) -> Option<String> {
    let tlp = details.tlp;
    (!tlp.permits_mail())
        .then(|| format!("The case is marked {}, so this mail does not name it.", marking(tlp)))
}
