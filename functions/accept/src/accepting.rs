//! Accepting: with the token, or from the in-app notice without it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Idem, Path, Post, Record};
use shared::id::{CaseId, GroupId, InvitationId, OrgId, ShareId};
use shared::model::{Invitation, Purpose};
use shared::store::{StoreError, row};
use shared::text::Name;
use utoipa::ToSchema;

use crate::preview::To;
use crate::{group, member, share, ticket};

/// A token, and how the recipient wants to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "01JC0A7Z3X5D9V6K2M4N8P1QRS.hVq2Jc0lYq0m3p9Rk1Zt7uWxYzAbCdEfGhIjKlMnOpQ", "name": "Ada Lovelace"}))]
pub(crate) struct AcceptWithToken {
    /// `ID.MAC`, from the mail.
    token: String,
    /// The recipient's name, as others are to see it. Without it the name that is known, or that
    /// the identity provider says.
    name: Option<Name>,
}

/// How the recipient wants to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace"}))]
pub(crate) struct AcceptAs {
    /// The recipient's name, as others are to see it. Without it the name that is known, or that
    /// the identity provider says.
    name: Option<Name>,
}

/// What was accepted, and where to go now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// To what.
    pub(crate) to: To,
    /// The case, where it was to one.
    pub(crate) case: Option<CaseId>,
    /// The share, under the id that it has now.
    pub(crate) share: Option<ShareId>,
    /// The org, where it was to one.
    pub(crate) org: Option<OrgId>,
    /// The group, where it was to one.
    pub(crate) group: Option<GroupId>,
    /// Where to go on.
    pub(crate) open: String,
}

impl Accepted {
    /// The ids that an idempotency record keeps.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&'static str, String)> {
        let case = self.case.map(|id| ("case", id.to_string()));
        let share = self.share.as_ref().map(|id| ("share", id.to_string()));
        let org = self.org.as_ref().map(|id| ("org", id.to_string()));
        let group = self.group.map(|id| ("group", id.to_string()));
        [case, share, org, group].into_iter().flatten()
    }

    fn replayed(record: &Record, app: &App) -> Result<Self, StoreError> {
        let has = |of: &str| record.ids.contains_key(of);
        let case = if has("case") { Some(record.id("case")?) } else { None };
        Ok(Self {
            to: match (has("case"), has("group")) {
                (true, _) => To::Share,
                (_, true) => To::Group,
                _ => To::Member,
            },
            case,
            share: if has("share") { Some(record.id("share")?) } else { None },
            org: if has("org") { Some(record.id("org")?) } else { None },
            group: if has("group") { Some(record.id("group")?) } else { None },
            open: where_to(app, case),
        })
    }
}

/// Where somebody goes on who has accepted.
pub(crate) fn where_to(app: &App, case: Option<CaseId>) -> String {
    match case {
        Some(case) => app.settings.case_link(case),
        None => format!("{}/cases", app.settings.app_url),
    }
}

/// Accepts an invitation with the token of the mail
///
/// Only for who is signed in with the invited address, verified.
#[utoipa::path(
    post,
    path = "/v1/invitations/accept",
    tag = "accept",
    operation_id = "accept_with_token",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = AcceptWithToken,
    responses(
        (status = 200, description = "It is there at once.", body = Accepted),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`another_address`, `address_not_verified`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: wrong, old, cancelled, used or unknown", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`invitation_expired`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`guests_refused`, `recipient_locked`, `use_external_access`, `too_many_groups`, `key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn accept_with_token(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<AcceptWithToken>,
) -> Result<Answer<Accepted>, Error> {
    if let Some(record) = before(&app, idem.as_ref()).await? {
        return Ok(Answer::replayed(record.status, Accepted::replayed(&record, &app)?));
    }
    let invitation = ticket::by_token(&app, &body.token).await?;
    ticket::for_caller(&invitation, &caller)?;
    accept(&app, &caller, invitation, body.name, idem.as_ref()).await
}

/// Accepts an invitation from the app
///
/// Only for who is signed in with the invited address, verified; for all others there is no such
/// invitation.
#[utoipa::path(
    post,
    path = "/v1/invitations/{invitation}/accept",
    tag = "accept",
    operation_id = "accept_invitation",
    params(
        ("invitation" = InvitationId, Path, description = "The invitation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = AcceptAs,
    responses(
        (status = 200, description = "It is there at once.", body = Accepted),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`invitation_expired`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`guests_refused`, `recipient_locked`, `use_external_access`, `too_many_groups`, `key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn accept_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(invitation): Path<InvitationId>,
    Post { body, idem }: Post<AcceptAs>,
) -> Result<Answer<Accepted>, Error> {
    if let Some(record) = before(&app, idem.as_ref()).await? {
        return Ok(Answer::replayed(record.status, Accepted::replayed(&record, &app)?));
    }
    let invitation = ticket::by_id(&app, &caller, invitation).await?;
    accept(&app, &caller, invitation, body.name, idem.as_ref()).await
}

/// The record of the same request, if it was carried out before.
pub(crate) async fn before(app: &App, idem: Option<&Idem>) -> Result<Option<Record>, Error> {
    let Some(idem) = idem else {
        return Ok(None);
    };
    let row = app.table.get(&idem.key()).await?;
    idem.before(row.as_ref(), app.clock.now())
}

async fn accept(
    app: &App,
    caller: &Caller,
    invitation: Invitation,
    name: Option<Name>,
    idem: Option<&Idem>,
) -> Result<Answer<Accepted>, Error> {
    let accepted = match &invitation.purpose {
        Purpose::Share { case, share } => {
            share::accept(app, caller, &invitation, (*case, share), name, idem).await
        }
        Purpose::Member { .. } => member::accept(app, caller, &invitation, name, idem).await,
        Purpose::Group { group } => {
            group::accept(app, caller, &invitation, *group, name, idem).await
        }
    };
    accepted.map(Answer::ok)
}

/// What a new user, or one whose name or address has changed, is known by from now on.
pub(crate) fn known_as(
    caller: &Caller,
    name: Option<&Name>,
) -> Vec<(&'static str, shared::store::AttributeValue)> {
    let text = |text: &str| shared::store::AttributeValue::S(text.to_owned());
    let name = name.map(|name| ("name", text(name.as_str())));
    let address = caller.address.as_ref().map(|address| ("address", text(address.as_str())));
    name.into_iter().chain(address).collect()
}

/// The write that makes the caller the one verified user of their address, where they are not.
pub(crate) fn owns_address(
    caller: &Caller,
    held: Option<&shared::store::Row>,
) -> Result<Option<shared::store::Write>, StoreError> {
    use shared::store::{Condition, RowBuilder, Write, keys};

    let Some(address) = &caller.address else {
        return Ok(None);
    };
    let owner: Option<shared::model::EmailOwner> = row::read_if(held)?;
    let key = keys::email(address);
    Ok(match owner {
        Some(owner) if owner.user == caller.user => None,
        Some(owner) => {
            let user = shared::store::AttributeValue::S(caller.user.to_string());
            Some(Write::set(key, vec![("user", user)], Condition::reads("user", owner.user)))
        }
        None => {
            let owner = shared::model::EmailOwner { user: caller.user, complained: false };
            Some(Write::add(RowBuilder::new(key, &owner)?.build()))
        }
    })
}

/// The write that uses an invitation up: only while it is open, and of this generation.
pub(crate) fn used(invitation: &Invitation, state: &str) -> shared::store::Write {
    use shared::store::{AttributeValue, Condition, Write, keys};

    let open = Condition::reads("state", "invited")
        .or(Condition::reads("state", "bounced"))
        .or(Condition::reads("state", "failed"));
    Write::Update {
        key: keys::invitation(invitation.id),
        set: vec![("state", AttributeValue::S(state.to_owned()))],
        remove: row::DUE_ATTRIBUTES.to_vec(),
        add: Vec::new(),
        condition: Some(open.and(Condition::is("generation", invitation.generation))),
    }
}

/// The notice that tells the inviter.
pub(crate) fn tell_inviter(
    invitation: &Invitation,
    kind: shared::model::NoticeKind,
    now: jiff::Timestamp,
) -> Result<shared::store::Write, StoreError> {
    use shared::model::Notice;
    use shared::store::{RowBuilder, Write, keys};

    let (case, share) = match &invitation.purpose {
        Purpose::Share { case, share } => (Some(*case), Some(share.clone())),
        Purpose::Member { .. } | Purpose::Group { .. } => (None, None),
    };
    let notice = Notice {
        id: shared::id::NoticeId::new(now),
        user: invitation.inviter,
        kind,
        at: now,
        case,
        share,
        invitation: Some(invitation.id),
        read_at: None,
    };
    let row = RowBuilder::new(keys::notice(notice.user, notice.id), &notice)?;
    Ok(Write::add(row.swept(now + shared::sharing::NOTICE_KEPT).build()))
}
