//! What is asked, and what is answered.

#![expect(clippy::option_option, reason = "absent, `null` and a time are three things")]

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use shared::error::{Code, Error, Fault};
use shared::id::{CaseId, GroupId, OrgId, Recipient};
use shared::model::{AutoShare, GrantWindow};
use shared::rights::{Levels, ProfileRef, Role};
use shared::sharing::{RECIPIENTS, ShareView, Wish, given};
use shared::text::{Message, Name};
use utoipa::ToSchema;

/// A share with several recipients at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "recipients": ["email:ada@example.com", "group:01JC0A7Z3X5D9V6K2M4N8P1QRS"],
    "role": "viewer",
    "expires_at": "2027-01-31T17:00:00Z",
    "message": "Please look at the timeline before Thursday.",
}))]
pub(crate) struct NewShares {
    /// With whom: 1 to 25 of `user:ID`, `email:ADDRESS`, `group:ID`, `org:ID`, `unit:ID`.
    #[schema(min_items = 1, max_items = 25)]
    pub(crate) recipients: Vec<Recipient>,
    /// Gives the rights of a role.
    pub(crate) role: Option<Role>,
    /// Gives the rights that a profile of the owner org has, read when they are asked for.
    pub(crate) profile: Option<ProfileRef>,
    /// Gives a level per section; `details` is at least `read`, what is not named is `none`.
    pub(crate) sections: Option<Levels>,
    /// Gives nothing before this.
    pub(crate) valid_from: Option<Timestamp>,
    /// Gives nothing from this on.
    pub(crate) expires_at: Option<Timestamp>,
    /// Words to those who are invited; they stand in the mail.
    pub(crate) message: Option<Message>,
    /// With orgs: targets that are added to the case later are shared with them, too.
    pub(crate) insert_targets: Option<bool>,
    /// Not here: one case is shared at a time, and several are refused with `bulk_not_supported`.
    pub(crate) cases: Option<Vec<CaseId>>,
}

impl NewShares {
    /// What is wished, recipient by recipient.
    pub(crate) fn wishes(&self) -> Result<Vec<Wish>, Error> {
        if !(1..=RECIPIENTS).contains(&self.recipients.len()) {
            return Err(Error::invalid("/recipients", "must name 1 to 25 recipients"));
        }
        if self.cases.is_some() {
            return Err(Error::at(Code::BulkNotSupported, "/cases"));
        }
        let others = || self.recipients.iter().any(|recipient| recipient.org().is_none());
        if self.insert_targets.is_some() && others() {
            return Err(Error::invalid("/insert_targets", "is for shares with orgs"));
        }
        let given = given(self.role, self.profile.clone(), self.sections, "")?;
        let window = GrantWindow { valid_from: self.valid_from, expires_at: self.expires_at };
        let wish = |(at, recipient): (usize, &Recipient)| Wish {
            recipient: recipient.clone(),
            given: given.clone(),
            window,
            insert_targets: self.insert_targets == Some(true),
            pointer: format!("/recipients/{at}"),
            place: String::new(),
        };
        Ok(self.recipients.iter().enumerate().map(wish).collect())
    }
}

/// The whole list of people and groups.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "shares": [
        {"recipient": "email:ada@example.com", "role": "editor"},
        {"recipient": "group:01JC0A7Z3X5D9V6K2M4N8P1QRS",
         "sections": {"details": "read", "documents": "write"}},
    ],
}))]
pub(crate) struct WholeList {
    /// Every share that there is to be; all others end. At most 90 rows may change.
    #[schema(max_items = 90)]
    pub(crate) shares: Vec<Entry>,
    /// Words to those who are invited; they stand in the mail.
    pub(crate) message: Option<Message>,
}

/// One share of a whole list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// With whom.
    pub(crate) recipient: Recipient,
    /// Gives the rights of a role.
    pub(crate) role: Option<Role>,
    /// Gives the rights that a profile of the owner org has, read when they are asked for.
    pub(crate) profile: Option<ProfileRef>,
    /// Gives a level per section; `details` is at least `read`, what is not named is `none`.
    pub(crate) sections: Option<Levels>,
    /// Gives nothing before this.
    pub(crate) valid_from: Option<Timestamp>,
    /// Gives nothing from this on.
    pub(crate) expires_at: Option<Timestamp>,
}

impl WholeList {
    /// What is wished, entry by entry.
    pub(crate) fn wishes(&self) -> Result<Vec<Wish>, Error> {
        if shared::sharing::CHANGES < self.shares.len() {
            return Err(Error::invalid("/shares", "must have at most 90 entries"));
        }
        self.shares
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let place = format!("/shares/{at}");
                let given = given(entry.role, entry.profile.clone(), entry.sections, &place)?;
                Ok(Wish {
                    recipient: entry.recipient.clone(),
                    given,
                    window: GrantWindow {
                        valid_from: entry.valid_from,
                        expires_at: entry.expires_at,
                    },
                    insert_targets: false,
                    pointer: format!("{place}/recipient"),
                    place,
                })
            })
            .collect()
    }
}

/// What changes of one share. What is not named stays; a time that is `null` is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "editor", "expires_at": null}))]
pub(crate) struct ShareChange {
    /// Gives the rights of a role instead.
    pub(crate) role: Option<Role>,
    /// Gives the rights of a profile instead.
    pub(crate) profile: Option<ProfileRef>,
    /// Gives a level per section instead.
    pub(crate) sections: Option<Levels>,
    /// Gives nothing before this.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Timestamp>)]
    pub(crate) valid_from: Option<Option<Timestamp>>,
    /// Gives nothing from this on.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Timestamp>)]
    pub(crate) expires_at: Option<Option<Timestamp>>,
    /// With an org: whether targets that are added to the case later are shared with it, too.
    pub(crate) insert_targets: Option<bool>,
}

impl ShareChange {
    /// Whether anything is asked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let said = self.role.is_some()
            || self.profile.is_some()
            || self.sections.is_some()
            || self.valid_from.is_some()
            || self.expires_at.is_some()
            || self.insert_targets.is_some();
        if said {
            Ok(())
        } else {
            Err(Error::of(Code::Invalid)
                .with(Fault::at("", "must name at least one thing to change")))
        }
    }

    /// Whether what is given changes, not only when.
    pub(crate) fn gives(&self) -> bool {
        self.role.is_some() || self.profile.is_some() || self.sections.is_some()
    }
}

/// A field that is there, `null` or not; one that is not there is `None` by default.
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Words to go with a new invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"message": "Here is the link once more."}))]
pub(crate) struct Resend {
    /// Words to the recipient instead of the first ones.
    pub(crate) message: Option<Message>,
}

/// A share with an org over a link that shares new cases by itself, and that could not be made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingShare {
    /// With which org.
    org: OrgId,
    /// Why it could not be made: the `code` with which it would be refused.
    reason: String,
    /// How often it was tried.
    tries: u32,
    /// When it is tried again; `null`: not any more.
    next_try_at: Option<Timestamp>,
}

impl From<AutoShare> for WaitingShare {
    fn from(failed: AutoShare) -> Self {
        let AutoShare { org, reason, tries, next_try_at, .. } = failed;
        Self { org, reason, tries, next_try_at }
    }
}

/// A group with which the creator shares all of their cases. It is no share of this case: who wants
/// to end it asks the creator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharedAll {
    /// The group.
    pub(crate) group: GroupId,
    /// Its name.
    pub(crate) name: Name,
    /// What its members are given.
    pub(crate) levels: Levels,
}

/// Shares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharesPage {
    /// The shares.
    pub(crate) items: Vec<ShareView>,
    /// Groups that have the case because its creator shares all of theirs with them; for who sees
    /// the whole list. Nothing while the case is restricted.
    pub(crate) share_all: Vec<SharedAll>,
    /// Those that links make by themselves and that could not be made; for who sees the whole list.
    pub(crate) waiting: Vec<WaitingShare>,
    /// Where to go on; `null` at the end.
    pub(crate) cursor: Option<String>,
}

/// The shares made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharesMade {
    /// The shares, in the order of the recipients.
    pub(crate) items: Vec<ShareView>,
}

/// The list as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharesReplaced {
    /// The shares, in the order of the request.
    pub(crate) items: Vec<ShareView>,
    /// How many were added.
    pub(crate) added: usize,
    /// How many give something else now.
    pub(crate) changed: usize,
    /// How many ended.
    pub(crate) removed: usize,
}
