//! Refusals: one code per thing that the caller can do about it, and the problem that says so.
//!
//! No other code turns a refusal into a status.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tracing::{error, warn};
use utoipa::ToSchema;

use crate::access::Obstacle;
use crate::app::NotWired;
use crate::files::FileError;
use crate::mac::MacError;
use crate::mailer::MailError;
use crate::store::StoreError;

/// Declares the codes with status and meaning, so that none is without either.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $status:literal $text:literal;)*) => {
        /// The stable code of a refusal. Clients branch on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum Code {
            $(#[doc = $text] #[serde(rename = $code)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it stands in a problem.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What it means, and what to do about it.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    Invalid "invalid" 400 "A part of the request is not what it must be; `errors` says which. Mend it and ask again.";
    Malformed "malformed" 400 "The body is not JSON.";
    Unauthenticated "unauthenticated" 401 "The request carries no usable token. Sign in.";
    Forbidden "forbidden" 403 "You may see this, but not do that. Ask somebody who may, or to be given the right.";
    AnotherAddress "another_address" 403 "The invitation is for another address than the one you signed in with. Sign in with that one.";
    AddressNotVerified "address_not_verified" 403 "Your token has no verified address. Verify it with your identity provider and sign in again.";
    NotFound "not_found" 404 "There is no such thing, or you may not know of it.";
    AlreadyShared "already_shared" 409 "The case is shared with them already. Change that share, or replace the list with PUT.";
    CaseRestricted "case_restricted" 409 "The case is restricted. Make it internal first.";
    CaseExternal "case_external" 409 "The case is open to external users. Make it internal first.";
    NotExternal "not_external" 409 "The case is not open to external users, so nothing in it can be marked external.";
    Merged "merged" 410 "The case was merged into another one; `case` is its id.";
    MergeRefused "merge_refused" 409 "One of the cases is restricted and the other is open to external users. Make one of them internal first.";
    NotReady "not_ready" 409 "The attachment has not arrived, is being scanned or was rejected.";
    NotPending "not_pending" 409 "The share has been accepted: there is no invitation to send again.";
    AlreadyClosed "already_closed" 409 "The case is closed already.";
    NotClosed "not_closed" 409 "The case is open.";
    AlreadyMember "already_member" 409 "They are a member already.";
    NotAMember "not_a_member" 409 "They have not joined yet, or not any more.";
    AlreadyThere "already_there" 409 "There is one with that name or id already.";
    ReferenceTaken "reference_taken" 409 "You have made a case with that reference already; `case` is its id.";
    LastAdmin "last_admin" 409 "The org would be left without an active org-admin. Make somebody else one first.";
    OwnerStays "owner_stays" 409 "The owner cannot leave a group. Delete it instead.";
    ProfileInUse "profile_in_use" 409 "Members have this profile. Give them another one first.";
    InvitationExpired "invitation_expired" 409 "The invitation has expired. Ask whoever invited you to send it again.";
    OwnShare "own_share" 409 "The org that owns the case has it for as long as it owns it. Change the owner instead.";
    NotSharedWithOrg "not_shared_with_org" 409 "The case is not shared with that org. Share the case first.";
    NotWaiting "not_waiting" 409 "The share does not wait: it was taken in, refused or taken back.";
    NotAssigned "not_assigned" 409 "Nobody is named to take it in. Assign it to a member first.";
    NotInConflict "not_in_conflict" 409 "The target is in no conflict: the share is not taken in, or the org has that target nowhere else.";
    MadeThere "made_there" 409 "A member of that org made it, so it stays theirs.";
    LinkApproved "link_approved" 409 "Your side has approved the link already.";
    VersionMoved "version_moved" 412 "It has changed since you read it. Read it again.";
    TooLarge "too_large" 413 "The body is larger than 256 kB.";
    MediaType "media_type" 415 "The body must be `application/json`.";
    GivenUnclear "given_unclear" 422 "A share gives exactly one of `role`, `profile` and `sections`.";
    NoSuchValue "no_such_value" 422 "It is no value of that type; `errors` says what it must be.";
    OtherOrg "other_org" 422 "The cases belong to different orgs. Change the owner of one of them first.";
    WithItself "with_itself" 422 "A case cannot be merged with itself.";
    UnknownProfile "unknown_profile" 422 "There is no such profile, or it is of the other type.";
    WindowBackwards "window_backwards" 422 "The share would end before it begins.";
    InThePast "in_the_past" 422 "That time is over.";
    SameRecipient "same_recipient" 422 "The same recipient stands in the request twice.";
    WithOneself "with_oneself" 422 "You cannot share a case with yourself.";
    UnknownRecipient "unknown_recipient" 422 "There is no such user in this org. Invite them by e-mail.";
    RecipientLocked "recipient_locked" 422 "They are locked out of this org.";
    UseExternalAccess "use_external_access" 422 "External users of this org get a case by its access, not by a share.";
    GuestsRefused "guests_refused" 422 "This org does not share with guests of that address.";
    UnknownExternalUser "unknown_external_user" 422 "They are no active external user of this org. Invite them as one first.";
    NotAColleague "not_a_colleague" 422 "They are no active member of the org that owns the case.";
    TooManyChanges "too_many_changes" 422 "More than 90 rows would change at once. Use a group.";
    TooManyGroups "too_many_groups" 422 "They are in 256 groups, which is the most.";
    NamesNotWanted "names_not_wanted" 422 "Only `restricted` and `external` access name users.";
    FileTooLarge "file_too_large" 422 "The file is larger than this org allows.";
    KindMismatch "kind_mismatch" 422 "Normal and service members have profiles of type `organisation`, external ones of type `external`, guests none.";
    BuiltIn "built_in" 422 "Built-in profiles cannot be changed. Copy it under another name.";
    Undeliverable "undeliverable" 422 "The address has refused our mail as spam; nothing more is sent to it.";
    KeyReused "key_reused" 422 "This `Idempotency-Key` was used for another request.";
    WithOwnOrg "with_own_org" 422 "The org owns the case, or is your own. Name another one.";
    UnknownOrg "unknown_org" 422 "There is no such org to link with.";
    UnknownUnit "unknown_unit" 422 "There is no such unit in the org that owns the case.";
    NotLinked "not_linked" 422 "The orgs are not linked. It takes a link that both have approved.";
    LinkNotApproved "link_not_approved" 422 "One side has not approved the link. It takes the approval of both.";
    LinkDisabled "link_disabled" 422 "One side has switched the link off. It takes a link that both have enabled.";
    LinkNotBegun "link_not_begun" 422 "The link has not begun. It takes a link within the dates of both sides.";
    LinkEnded "link_ended" 422 "The link is over. It takes a link within the dates of both sides.";
    LinkOneWay "link_one_way" 422 "The link does not lead this way. It takes `outbound` on the side that shares and `inbound` on the other.";
    LinkFinalises "link_finalises" 422 "What goes over this link is taken in by the other org's admin. It takes a link without finalisation.";
    PartnerLocked "partner_locked" 422 "That org is locked.";
    TooManyPartners "too_many_partners" 422 "A case can be shared with 40 orgs at most.";
    TooManySources "too_many_sources" 422 "A case can take in what 20 cases of other orgs share at most.";
    BulkNotSupported "bulk_not_supported" 422 "Cases are shared one at a time. Ask once for each.";
    MailLimit "mail_limit" 429 "Too many invitations. `Retry-After` says when to go on.";
    Internal "internal" 500 "A fault of this service. It has been logged.";
    TryAgain "try_again" 503 "Too busy to answer. `Retry-After` says when to ask again.";
}

/// Where in a request something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// JSON pointer into the body, such as `/recipients/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Name of a parameter of path or query, or of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

impl Fault {
    /// A fault in the body.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "errors and literals are handed over alike")]
    pub fn at(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.to_string() }
    }

    /// A fault in the path, the query or a header.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "errors and literals are handed over alike")]
    pub fn parameter(name: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: None, parameter: Some(name.into()), detail: detail.to_string() }
    }
}

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule refuses it.
    #[error("{}: {}", .0.code.as_str(), .0.detail)]
    Refused(Box<Refusal>),
    /// The table did not do its work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file store did not do its work.
    #[error(transparent)]
    Files(#[from] FileError),
    /// The key service did not do its work.
    #[error(transparent)]
    Macs(#[from] MacError),
    /// The mail service did not do its work.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The function was started without a client that it needs.
    #[error(transparent)]
    NotWired(#[from] NotWired),
}

impl From<Obstacle> for Code {
    /// The refusal of what would need the link.
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::NotLinked | Obstacle::LinkedAnew => Self::NotLinked,
            Obstacle::NotApproved => Self::LinkNotApproved,
            Obstacle::Disabled => Self::LinkDisabled,
            Obstacle::NotBegun => Self::LinkNotBegun,
            Obstacle::Ended => Self::LinkEnded,
            Obstacle::OneWay => Self::LinkOneWay,
            Obstacle::OrgLocked => Self::PartnerLocked,
        }
    }
}

/// A refusal in full.
#[derive(Debug)]
pub struct Refusal {
    /// Its code.
    pub code: Code,
    /// What happened here, for people.
    pub detail: String,
    /// Where.
    pub faults: Vec<Fault>,
    /// Seconds until it is worth asking again.
    pub retry_after: Option<u64>,
    /// The case that stands in the way, where the caller may know of it.
    pub case: Option<crate::id::CaseId>,
}

impl Error {
    /// A refusal in the words of its code.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::because(code, code.meaning())
    }

    /// A refusal in words of its own.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "errors and literals are handed over alike")]
    pub fn because(code: Code, detail: impl ToString) -> Self {
        Self::Refused(Box::new(Refusal {
            code,
            detail: detail.to_string(),
            faults: Vec::new(),
            retry_after: None,
            case: None,
        }))
    }

    /// A refusal of one part of the body.
    #[must_use]
    pub fn at(code: Code, pointer: impl Into<String>) -> Self {
        Self::of(code).with(Fault::at(pointer, code.meaning()))
    }

    /// A part of the body is not what it must be.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self::of(Code::Invalid).with(Fault::at(pointer, detail))
    }

    /// A parameter is not what it must be.
    #[must_use]
    pub fn parameter(name: impl Into<String>, detail: impl ToString) -> Self {
        Self::of(Code::Invalid).with(Fault::parameter(name, detail))
    }

    /// What is hidden and what never was have this one answer.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(Code::NotFound)
    }

    /// The caller lacks a right that they may know of.
    #[must_use]
    pub fn forbidden(right: &str) -> Self {
        Self::because(Code::Forbidden, format!("this needs the right `{right}`"))
    }

    /// The same refusal, saying where.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.faults.push(fault);
        }
        self
    }

    /// The same refusal, saying when to ask again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.retry_after = Some(seconds);
        }
        self
    }

    /// The same refusal, naming the case that stands in the way.
    #[must_use]
    pub fn case(mut self, case: crate::id::CaseId) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.case = Some(case);
        }
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Store(StoreError::Busy(_) | StoreError::Conflict)
            | Self::Files(_)
            | Self::Macs(_)
            | Self::Mail(MailError::TryAgain(_)) => Code::TryAgain,
            Self::Store(StoreError::Odd(_) | StoreError::Refused { .. })
            | Self::Mail(MailError::Refused(_))
            | Self::NotWired(_) => Code::Internal,
        }
    }
}

/// A refusal on the wire. Source: RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code. Branch on it.
    pub code: Code,
    /// For people.
    pub detail: String,
    /// Where in the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The case that stands in the way, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<crate::id::CaseId>,
}

impl Error {
    /// The refusal on the wire, also inside an answer that has several.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        self.told().0
    }

    /// The refusal on the wire, and in how many seconds it is worth asking again.
    fn told(self) -> (Problem, Option<u64>) {
        let code = self.code();
        let mut retry_after = (code == Code::TryAgain).then_some(1);
        let mut problem = Problem {
            kind: format!("/problems/{}", code.as_str()),
            status: code.status(),
            code,
            detail: code.meaning().to_owned(),
            errors: Vec::new(),
            case: None,
        };
        match self {
            Self::Refused(refusal) => {
                problem.detail = refusal.detail;
                problem.errors = refusal.faults;
                problem.case = refusal.case;
                retry_after = refusal.retry_after.or(retry_after);
            }
            // The cause stays in the log, logged once, here.
            cause if code == Code::TryAgain => warn!(%cause, "could not answer for now"),
            cause => error!(%cause, "could not answer"),
        }
        (problem, retry_after)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (problem, retry_after) = self.told();
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
