//! Declining: with the token, or from the in-app notice without it.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::InvitationId;
use shared::model::{Invitation, Purpose};

use crate::accepting::before;
use crate::preview::Token;
use crate::{group, member, share, ticket};

/// Declines an invitation with the token of the mail
///
/// Only for who is signed in with the invited address, verified: a link that somebody else opens
/// must not decline anything.
#[utoipa::path(
    post,
    path = "/v1/invitations/decline",
    tag = "accept",
    operation_id = "decline_with_token",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Token,
    responses(
        (status = 204, description = "It is declined; whoever invited is told."),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`another_address`, `address_not_verified`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: wrong, old, cancelled, used or unknown", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`invitation_expired`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn decline_with_token(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<Token>,
) -> Result<Answer, Error> {
    if before(&app, idem.as_ref()).await?.is_some() {
        return Ok(Answer::nothing());
    }
    let invitation = ticket::by_token(&app, &body.token).await?;
    decline(&app, &caller, &invitation, idem.as_ref()).await
}

/// Declines an invitation from the app
///
/// Only for who is signed in with the invited address, verified; for all others there is no such
/// invitation.
#[utoipa::path(
    post,
    path = "/v1/invitations/{invitation}/decline",
    tag = "accept",
    operation_id = "decline_invitation",
    params(
        ("invitation" = InvitationId, Path, description = "The invitation."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body(content = Empty, example = json!({})),
    responses(
        (status = 204, description = "It is declined; whoever invited is told."),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`invitation_expired`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn decline_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(invitation): Path<InvitationId>,
    Post { body: Empty {}, idem }: Post<Empty>,
) -> Result<Answer, Error> {
    if before(&app, idem.as_ref()).await?.is_some() {
        return Ok(Answer::nothing());
    }
    let invitation = ticket::by_id(&app, &caller, invitation).await?;
    decline(&app, &caller, &invitation, idem.as_ref()).await
}

async fn decline(
    app: &App,
    caller: &Caller,
    invitation: &Invitation,
    idem: Option<&Idem>,
) -> Result<Answer, Error> {
    match &invitation.purpose {
        Purpose::Share { case, share } => {
            share::decline(app, caller, invitation, (*case, share), idem).await?;
        }
        Purpose::Member { .. } => member::decline(app, caller, invitation, idem).await?,
        Purpose::Group { group } => group::decline(app, caller, invitation, *group, idem).await?,
    }
    Ok(Answer::nothing())
}
