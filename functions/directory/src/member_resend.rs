//! Sending an invitation to an org again.

use axum::extract::State;
use serde_json::json;
use shared::access::MemberKind;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::inviting::invitation_row;
use shared::model::{EventKind, Invitation, InvitedMember};
use shared::rights::OrgFlag;
use shared::store::{Condition, Tries, Write, keys};

use crate::deed::Deed;
use crate::docs::refusals;
use crate::found::Found;
use crate::inviting::{roster_row, ticket};
use crate::known::Known;
use crate::look::look;
use crate::paths::MemberPath;
use crate::views::{Entry, MemberId, MemberView};

refusals!(ResendRefusals: Invalid, Malformed, Forbidden, NotFound, NotPending, TooLarge, MediaType,
    Undeliverable, KeyReused, MailLimit);

/// Send an invitation again
///
/// The mail goes out again with a new link, and the invitation's time begins anew; the old link is
/// dead. A guest was invited by a share: that share's invitation is sent again there. Needs
/// `manage_members`.
#[utoipa::path(post, path = "/v1/orgs/{org}/members/{member}/resend", tag = "directory",
    operation_id = "resend_member",
    params(MemberPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Empty, example = json!({})),
    responses((status = 200, body = MemberView, description = "The member, invited.",
        example = json!({"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "user": null, "name": "Bob",
            "email": "bob@example.com", "kind": "normal", "profile": "analyst",
            "status": "invited", "invitation": {"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
                "state": "invited", "expires_at": "2026-11-27T10:00:00Z", "mail": "queued",
                "reason": null},
            "since": "2026-11-22T10:00:00Z"})), ResendRefusals))]
pub(crate) async fn resend_member(
    State(app): State<App>,
    caller: Caller,
    Path(MemberPath { org, member }): Path<MemberPath>,
    Post { idem, .. }: Post<Empty>,
) -> Result<Answer<MemberView>, Error> {
    let mut counted = false;
    let mut tries = Tries::default();
    loop {
        let mut first = Found::keys(&org, member);
        first.extend(idem.as_ref().map(Idem::key));
        let here = look(&app, &caller, &org, first, |rows| {
            let mut more = Found::further(rows, &org, member)?;
            if let MemberId::Invitation(id) = member
                && let Some(ticket) = rows.read::<Invitation>(&keys::invitation(id))?
            {
                more.extend(Known::keys(&org, &ticket.address));
            }
            Ok(more)
        })
        .await?;
        let home = here.needs(OrgFlag::ManageMembers)?;
        let found = Found::of(&here.rows, &org, member)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            return Ok(Answer::replayed(record.status, found.view(here.now)));
        }
        let (Entry::Invited(invited), Some(before)) = (&found.entry, &found.ticket) else {
            return Err(Error::because(Code::NotPending, "they are a member, and not invited"));
        };
        if invited.kind == MemberKind::Guest {
            let why = "they were invited by a share: send the invitation of that share again";
            return Err(Error::because(Code::NotPending, why));
        }
        if Known::of(&here.rows, &org, &invited.address)?.complained {
            return Err(Error::of(Code::Undeliverable));
        }
        let address = &invited.address;
        if !counted {
            app.table.count_invitations(caller.user, Some(&org), &[address], here.now).await?;
            counted = true;
        }
        let fresh = Invitation {
            generation: before.generation + 1,
            ..ticket(&here, home, before.id, address, invited.kind, here.now)
        };
        let changed = InvitedMember { expires_at: fresh.expires_at, ..invited.clone() };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let condition = Condition::is("generation", before.generation);
        deed.write(Write::Put(invitation_row(&fresh, here.now)?, Some(condition)));
        deed.write(roster_row(&changed, Some(before.id))?);
        let what = json!({"invitation": before.id, "email": address, "again": true});
        deed.tell(&org, EventKind::MemberInvited, what)?;
        deed.remember(idem.as_ref(), 200, [])?;
        if deed.done(&app.table).await? {
            let entry = Entry::Invited(changed);
            return Ok(Answer::ok(MemberView::of(&entry, Some(&fresh), here.now)));
        }
        tries.again().await?;
    }
}
