//! What a request to make a case says, and what can be checked of it before anything is read.

use jiff::Timestamp;
use serde::Deserialize;
use shared::access::Visibility;
use shared::access_list::{check_form, check_people};
use shared::error::{Code, Error, Fault};
use shared::id::{OrgId, Recipient};
use shared::items::NewObservable;
use shared::model::{ItemRules, ObservableBody, Severity, Tlp};
use shared::rights::{Levels, ProfileRef, Role};
use shared::sharing::RECIPIENTS;
use shared::tags;
use shared::text::{Description, Message, Reference, Tag, Title};
use shared::value::Value;
use utoipa::ToSchema;

/// The most entries of `share`.
const SHARES: usize = 25;
/// The most observables that a case is made with; more are added to it.
const OBSERVABLES: usize = 25;

/// A case to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "org": "acme",
    "title": "Phishing wave against the finance team",
    "description": "Three mailboxes, one attachment.",
    "severity": "high",
    "tlp": "amber",
    "tags": ["phishing", "finance"],
    "reference": "siem:4711",
    "assignees": ["email:bob@acme.example"],
    "share": [{"recipients": ["email:eve@partner.example"], "role": "viewer"}],
    "observables": [{"type": "file", "value": "invoice.exe"}, {"value": "hxxp://evil[.]example/a"}]
}))]
pub(crate) struct NewCase {
    /// The org that owns it; the caller is an active member with the right `create_case`.
    pub(crate) org: OrgId,
    /// One line.
    pub(crate) title: Title,
    /// Text or Markdown; empty if not given.
    pub(crate) description: Option<Description>,
    /// How bad it is.
    #[serde(default)]
    pub(crate) severity: Severity,
    /// How far what is in it may be passed on.
    #[serde(default)]
    pub(crate) tlp: Tlp,
    /// Tags; repetitions are dropped.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub(crate) tags: Vec<Tag>,
    /// The caller's own name for what the case is made from. The same one twice: 409.
    pub(crate) reference: Option<Reference>,
    /// To whom it is open besides its shares: the org, named colleagues, the org and named external
    /// users, the org and all external users.
    #[serde(default)]
    pub(crate) access: Visibility,
    /// Whom `restricted` and `external` name: `user:ID` or `email:ADDRESS`. `restricted` may name
    /// nobody: creator and assignees have it anyway.
    #[schema(max_items = 90)]
    pub(crate) users: Option<Vec<Recipient>>,
    /// Colleagues to whom it is assigned: `user:ID` or `email:ADDRESS`.
    #[serde(default)]
    #[schema(max_items = 90)]
    pub(crate) assignees: Vec<Recipient>,
    /// With whom it is shared from the start.
    #[serde(default)]
    #[schema(max_items = 25)]
    pub(crate) share: Vec<NewShare>,
    /// Whether tasks and observables that are added are shared with the orgs that have it. Not
    /// given: as the org's setting `item_rules` says.
    pub(crate) rules: Option<ItemRules>,
    /// Its first observables; repetitions are dropped.
    #[serde(default)]
    #[schema(max_items = 25)]
    pub(crate) observables: Vec<NewObservable>,
}

/// A share that a case is made with: exactly one of `role`, `profile` and `sections`. Or, with
/// `share: false`, orgs with which it is not to be shared by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewShare {
    /// With whom: `user:ID`, `email:ADDRESS`, `group:ID`, `org:ID` or `unit:ID`.
    #[schema(min_items = 1, max_items = 25)]
    pub(crate) recipients: Vec<Recipient>,
    /// `false`: over links that would share it by themselves it is not shared with these orgs.
    pub(crate) share: Option<bool>,
    /// The rights of a role.
    pub(crate) role: Option<Role>,
    /// The rights of a profile of the owner org, as they are whenever they are asked for.
    pub(crate) profile: Option<ProfileRef>,
    /// A level for each section: `none` where nothing is said, `details` at least `read`.
    pub(crate) sections: Option<Levels>,
    /// Before this it gives nothing.
    pub(crate) valid_from: Option<Timestamp>,
    /// From this on it gives nothing.
    pub(crate) expires_at: Option<Timestamp>,
    /// Words to the recipients.
    pub(crate) message: Option<Message>,
}

impl NewShare {
    /// Whether it is a share, and not the wish that there is none.
    pub(crate) fn is_one(&self) -> bool {
        self.share != Some(false)
    }

    /// The form of a wish that there is no share: orgs, and nothing else.
    fn check_none(&self, pointer: &str) -> Result<(), Error> {
        if self.is_one() {
            return Ok(());
        }
        let said = self.role.is_some()
            || self.profile.is_some()
            || self.sections.is_some()
            || self.valid_from.is_some()
            || self.expires_at.is_some()
            || self.message.is_some();
        if said {
            let detail = "must stand alone: what is not shared gives nothing";
            return Err(Error::invalid(format!("{pointer}/share"), detail));
        }
        match self.recipients.iter().position(|recipient| recipient.org().is_none()) {
            Some(at) => {
                let detail = "must be an org: with others it is not shared by itself";
                Err(Error::invalid(format!("{pointer}/recipients/{at}"), detail))
            }
            None => Ok(()),
        }
    }
}

impl NewCase {
    /// The entries that ask for shares, each with its place.
    pub(crate) fn shares(&self) -> impl Iterator<Item = (usize, &NewShare)> {
        self.share.iter().enumerate().filter(|(_, share)| share.is_one())
    }

    /// The form of the request: what is wrong with it whatever the table holds.
    ///
    /// # Errors
    ///
    /// 400 naming the field.
    pub(crate) fn checked(mut self) -> Result<Self, Error> {
        self.tags = tags::distinct(self.tags, "/tags")?;
        check_form(self.access, self.users.as_deref())?;
        check_people(&self.assignees, "/assignees")?;
        if SHARES < self.share.len() {
            return Err(Error::invalid("/share", format!("must have at most {SHARES} entries")));
        }
        if OBSERVABLES < self.observables.len() {
            let detail = format!("must have at most {OBSERVABLES} entries");
            return Err(Error::invalid("/observables", detail));
        }
        let checked =
            |(at, one): (usize, NewObservable)| one.checked(&format!("/observables/{at}"));
        self.observables =
            self.observables.into_iter().enumerate().map(checked).collect::<Result<_, _>>()?;
        for (at, share) in self.share.iter().enumerate() {
            if !(1..=RECIPIENTS).contains(&share.recipients.len()) {
                return Err(Error::invalid(
                    format!("/share/{at}/recipients"),
                    format!("must name 1 to {RECIPIENTS} recipients"),
                ));
            }
            share.check_none(&format!("/share/{at}"))?;
        }
        Ok(self)
    }

    /// The observables, each once.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchValue`] naming every entry that is none.
    pub(crate) fn observed(&self) -> Result<Vec<ObservableBody>, Error> {
        let mut bodies: Vec<ObservableBody> = Vec::new();
        let mut faults = Vec::new();
        for (at, one) in self.observables.iter().enumerate() {
            match Value::parse(one.kind, &one.value) {
                Ok(value) if bodies.iter().any(|other| other.value == value) => {}
                Ok(value) => bodies.push(one.clone().body(value)),
                Err(error) => faults.push(Fault::at(format!("/observables/{at}/value"), error)),
            }
        }
        if faults.is_empty() {
            Ok(bodies)
        } else {
            Err(faults.into_iter().fold(Error::of(Code::NoSuchValue), Error::with))
        }
    }
}
