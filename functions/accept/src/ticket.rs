//! Finding the invitation that somebody means, and judging whether it is theirs to take.

use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::id::InvitationId;
use shared::mac::parse_token;
use shared::model::{Invitation, InvitationState};
use shared::store::{keys, row};

/// The invitation that a token opens. Wrong, old, cancelled, used and unknown tokens are one
/// answer, for the same work; an expired one says so.
pub(crate) async fn by_token(app: &App, token: &str) -> Result<Invitation, Error> {
    let (id, mac) = parse_token(token).ok_or_else(Error::not_found)?;
    let row = app.table.get(&keys::invitation(id)).await?;
    let invitation: Option<Invitation> = row::read_if(row.as_ref())?;
    let generation = invitation.as_ref().map_or(0, |invitation| invitation.generation);
    let verifies = app.macs()?.verifies(id, generation, &mac).await?;
    let invitation = invitation.filter(|_| verifies).ok_or_else(Error::not_found)?;
    open(app, invitation)
}

/// The invitation `id`, if it is for the caller's address; the same answer as for one that never
/// was, if it is not.
pub(crate) async fn by_id(
    app: &App,
    caller: &Caller,
    id: InvitationId,
) -> Result<Invitation, Error> {
    let row = app.table.get(&keys::invitation(id)).await?;
    let invitation: Option<Invitation> = row::read_if(row.as_ref())?;
    let mine = invitation.filter(|invitation| Some(&invitation.address) == caller.address.as_ref());
    open(app, mine.ok_or_else(Error::not_found)?)
}

/// An invitation that can be taken now.
fn open(app: &App, invitation: Invitation) -> Result<Invitation, Error> {
    let waits = matches!(
        invitation.state,
        InvitationState::Invited | InvitationState::Bounced | InvitationState::Failed
    );
    if !waits {
        Err(Error::not_found())
    } else if invitation.is_open(app.clock.now()) {
        Ok(invitation)
    } else {
        Err(Error::of(Code::InvitationExpired))
    }
}

/// Whether the caller is the one who was invited: their address is verified, and it is that one.
pub(crate) fn for_caller(invitation: &Invitation, caller: &Caller) -> Result<(), Error> {
    match &caller.address {
        None => Err(Error::of(Code::AddressNotVerified)),
        Some(address) if *address == invitation.address => Ok(()),
        Some(_) => Err(Error::of(Code::AnotherAddress)),
    }
}
