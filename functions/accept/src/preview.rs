//! What a token is about, without signing in and without effect.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::access::MemberKind;
use shared::address::Address;
use shared::app::App;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body};
use shared::id::OrgId;
use shared::model::{Details, Grant, Group, Head, Invitation, Org, Purpose};
use shared::sharing::GivesView;
use shared::store::{Key, Row, StoreError, keys, row};
use shared::text::{Message, Name, Title};
use utoipa::ToSchema;

use crate::ticket;

/// A token, as it stands behind the `#` of the link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "01JC0A7Z3X5D9V6K2M4N8P1QRS.hVq2Jc0lYq0m3p9Rk1Zt7uWxYzAbCdEfGhIjKlMnOpQ"}))]
pub(crate) struct Token {
    /// `ID.MAC`, from the mail.
    pub(crate) token: String,
}

/// To what somebody is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum To {
    /// A share of a case.
    Share,
    /// Membership of an org.
    Member,
    /// Membership of a group.
    Group,
}

impl To {
    /// What `purpose` is.
    pub(crate) fn of(purpose: &Purpose) -> Self {
        match purpose {
            Purpose::Share { .. } => Self::Share,
            Purpose::Member { .. } => Self::Member,
            Purpose::Group { .. } => Self::Group,
        }
    }
}

/// The org in whose name somebody is invited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrgShown {
    /// Its id.
    pub(crate) id: OrgId,
    /// Its name.
    pub(crate) name: Option<Name>,
}

/// The case, as far as its TLP permits to name it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseShown {
    /// Its title.
    pub(crate) title: Title,
    /// Its number.
    pub(crate) number: u64,
}

/// What an invitation is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// To what.
    pub(crate) to: To,
    /// Who invites.
    pub(crate) inviter: Option<Name>,
    /// In whose name.
    pub(crate) org: Option<OrgShown>,
    /// The group, where it is to one.
    pub(crate) group: Option<Name>,
    /// The case, where it is to one and its TLP permits to name it.
    pub(crate) case: Option<CaseShown>,
    /// What the share gives, where it is to one.
    pub(crate) gives: Option<GivesView>,
    /// What one would be to the org, where it is to one.
    pub(crate) kind: Option<MemberKind>,
    /// Enough of the invited address to know it again.
    pub(crate) address_hint: String,
    /// Until when it can be accepted.
    pub(crate) expires_at: Timestamp,
    /// The inviter's words.
    pub(crate) message: Option<Message>,
}

/// Shows what an invitation is about
///
/// Needs no sign-in and changes nothing, so that programs that open links do no harm.
#[utoipa::path(
    post,
    path = "/v1/invitations/preview",
    tag = "accept",
    operation_id = "preview_invitation",
    security(()),
    request_body = Token,
    responses(
        (status = 200, description = "What it is about.", body = Preview),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: wrong, old, cancelled, used or unknown", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`invitation_expired`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn preview_invitation(
    State(app): State<App>,
    Body(body): Body<Token>,
) -> Result<Answer<Preview>, Error> {
    let invitation = ticket::by_token(&app, &body.token).await?;
    let rows = app.table.get_many(keys_to_show(&invitation)).await?;
    show(&invitation, &rows)?.map(Answer::ok).ok_or_else(Error::not_found)
}

/// What has to be read to show an invitation.
pub(crate) fn keys_to_show(invitation: &Invitation) -> Vec<Key> {
    let org = invitation.org.as_ref().map(keys::org);
    let about = match &invitation.purpose {
        Purpose::Share { case, share } => {
            vec![keys::head(*case), keys::details(*case), keys::grant(*case, share)]
        }
        Purpose::Member { .. } => Vec::new(),
        Purpose::Group { group } => vec![keys::group(*group)],
    };
    org.into_iter().chain(about).collect()
}

/// An invitation as it is shown to whom it is for; `None` if what it is to is gone.
pub(crate) fn show(
    invitation: &Invitation,
    rows: &std::collections::HashMap<Key, Row>,
) -> Result<Option<Preview>, StoreError> {
    if let Some(id) = &invitation.org {
        let org: Option<Org> = row::read_if(rows.get(&keys::org(id)))?;
        if org.is_none_or(|org| org.locked) {
            return Ok(None);
        }
    }
    let (mut case_shown, mut gives, mut group_shown, mut kind_shown) = (None, None, None, None);
    match &invitation.purpose {
        Purpose::Share { case, share } => {
            let grant: Option<Grant> = row::read_if(rows.get(&keys::grant(*case, share)))?;
            gives = grant.map(|grant| GivesView::of(&grant.given));
            let head: Option<Head> = row::read_if(rows.get(&keys::head(*case)))?;
            let details: Option<Details> = row::read_if(rows.get(&keys::details(*case)))?;
            let (Some(head), Some(details)) = (head, details) else {
                return Ok(None);
            };
            if head.gone {
                return Ok(None);
            }
            if details.tlp.permits_mail() {
                case_shown = Some(CaseShown { title: details.title, number: details.number });
            }
        }
        Purpose::Member { kind } => kind_shown = Some(*kind),
        Purpose::Group { group } => {
            let group: Option<Group> = row::read_if(rows.get(&keys::group(*group)))?;
            match group.filter(|group| !group.gone) {
                Some(group) => group_shown = Some(group.name),
                None => return Ok(None),
            }
        }
    }
    Ok(Some(Preview {
        to: To::of(&invitation.purpose),
        inviter: invitation.inviter_name.clone(),
        org: invitation
            .org
            .as_ref()
            .map(|id| OrgShown { id: id.clone(), name: invitation.org_name.clone() }),
        group: group_shown,
        gives,
        case: case_shown,
        kind: kind_shown,
        address_hint: hint(&invitation.address),
        expires_at: invitation.expires_at,
        message: invitation.message.clone(),
    }))
}

/// The first letter and the domain: `a…@example.com`.
fn hint(address: &Address) -> String {
    let first = address.as_str().chars().next().unwrap_or('…');
    format!("{first}…@{}", address.domain())
}
