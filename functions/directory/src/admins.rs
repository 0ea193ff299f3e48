//! Naming and replacing an org's admins.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::InvitationId;
use shared::model::{EventKind, Member};
use shared::store::Tries;
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::inviting::{Invitee, cancel, invite, uninvite};
use crate::known::Known;
use crate::look::{Here, look};
use crate::member_changes::change_membership;
use crate::orgs::admin_profile;
use crate::paths::OrgPath;
use crate::views::{Entry, MemberView};

/// Whom to name an admin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdmin {
    /// The admin's address.
    email: Address,
    /// The address of an admin whom they replace, who is locked out of the org, or whose
    /// invitation is taken back.
    replaces: Option<Address>,
}

refusals!(AdminRefusals: Invalid, Malformed, Forbidden, NotFound, AlreadyMember, TooLarge,
    MediaType, SameRecipient, UnknownRecipient, TooManyChanges, Undeliverable, KeyReused,
    MailLimit);

/// Name or replace an org's admin
///
/// For operators. A normal member of the org gets the profile `org-admin` at once; everybody else
/// is invited with it. Who is replaced is locked out: the new admin can let them in again, with
/// another profile.
#[utoipa::path(post, path = "/v1/orgs/{org}/admins", tag = "directory", operation_id = "name_admin",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = NewAdmin, example = json!({"email": "grace@example.com",
        "replaces": "ada@example.com"})),
    responses((status = 201, body = MemberView, description = "The admin.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "user": null, "name": null,
        "email": "grace@example.com", "kind": "normal", "profile": "org-admin",
        "status": "invited", "invitation": {"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
            "state": "invited", "expires_at": "2026-11-27T10:00:00Z", "mail": "queued",
            "reason": null},
        "since": "2026-11-22T10:00:00Z"})), AdminRefusals))]
pub(crate) async fn name_admin(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { body, idem }: Post<NewAdmin>,
) -> Result<Answer<MemberView>, Error> {
    let NewAdmin { email, replaces } = &body;
    if replaces.as_ref() == Some(email) {
        return Err(Error::at(Code::SameRecipient, "/replaces"));
    }
    let id = InvitationId::new(app.clock.now());
    let mut counted = false;
    let mut tries = Tries::default();
    loop {
        let addresses = || [Some(email), replaces.as_ref()].into_iter().flatten();
        let mut first: Vec<_> = addresses().flat_map(|one| Known::keys(&org, one)).collect();
        first.extend(idem.as_ref().map(Idem::key));
        let here = look(&app, &caller, &org, first, |rows| {
            let mut more = Vec::new();
            for address in addresses() {
                more.extend(Known::further(rows, &org, address)?);
            }
            Ok(more)
        })
        .await?;
        here.operator()?;
        let known = Known::of(&here.rows, &org, email)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            return Ok(Answer::replayed(record.status, known.shown(here.now)?));
        }
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let view = if let Some(before) = promotable(known.member.as_ref())? {
            let after = Member { profile: Some(admin_profile()?), ..before.clone() };
            if *before != after {
                change_membership(&mut deed, before, &after, known.row.as_ref())?;
            }
            MemberView::of(&Entry::Member(after), None, here.now)
        } else {
            if known.complained {
                return Err(Error::at(Code::Undeliverable, "/email"));
            }
            if !counted {
                app.table.count_invitations(caller.user, Some(&org), &[email], here.now).await?;
                counted = true;
            }
            invite_admin(&mut deed, &here, id, email, &known)?
        };
        if let Some(replaced) = replaces {
            replace(&mut deed, &app, &here, replaced).await?;
        }
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(view));
        }
        tries.again().await?;
    }
}

/// The membership that can become an admin's as it is: a normal one. Guests and strangers are
/// invited; a member of another kind, or one whom the org has locked out, is neither.
fn promotable(member: Option<&Member>) -> Result<Option<&Member>, Error> {
    let standing = member.map(|member| (member.kind, member.status));
    match standing {
        Some((MemberKind::Normal, MemberStatus::Active)) => Ok(member),
        Some((_, MemberStatus::Locked)) => Err(Error::at(Code::AlreadyMember, "/email")),
        Some((MemberKind::Service | MemberKind::External, MemberStatus::Active)) => {
            Err(Error::at(Code::AlreadyMember, "/email"))
        }
        _ => Ok(None),
    }
}

/// Adds what invites an admin. An earlier invitation as a member gives way; a guest's is a
/// share's, and stays.
fn invite_admin(
    deed: &mut Deed,
    here: &Here,
    id: InvitationId,
    address: &Address,
    known: &Known,
) -> Result<MemberView, Error> {
    let org = here.operator()?;
    let (kind, profile) = (MemberKind::Normal, admin_profile()?);
    let before = known.invited.as_ref();
    if let (Some(before), Some(ticket)) = (before, &known.ticket)
        && before.kind != MemberKind::Guest
        && ticket.is_open(here.now)
    {
        deed.write(cancel(ticket));
    }
    let what = json!({"invitation": id, "email": address, "kind": kind, "profile": profile});
    deed.tell(&org.id, EventKind::MemberInvited, what)?;
    let name = before.and_then(|before| before.name.clone());
    Ok(invite(deed, here, org, id, Invitee { address, kind, profile, name }, before)?)
}

/// Adds what takes an admin's place from them: they are locked out, or not invited any more.
async fn replace(deed: &mut Deed, app: &App, here: &Here, address: &Address) -> Result<(), Error> {
    let org = &here.operator()?.id;
    let known = Known::of(&here.rows, org, address)?;
    let is_admin = |profile: Option<&shared::id::ProfileName>| {
        profile.is_some_and(|profile| profile.as_str() == "org-admin")
    };
    match (&known.member, &known.invited) {
        (Some(before), _)
            if before.status == MemberStatus::Active && is_admin(before.profile.as_ref()) =>
        {
            let after = Member { status: MemberStatus::Locked, ..before.clone() };
            change_membership(deed, before, &after, known.row.as_ref())
        }
        (_, Some(invited)) if is_admin(invited.profile.as_ref()) => {
            uninvite(deed, &app.table, org, address, here.now).await?;
            let what = json!({"invitation": invited.invitation, "email": address});
            Ok(deed.tell(org, EventKind::MemberRemoved, what)?)
        }
        _ => Err(Error::at(Code::UnknownRecipient, "/replaces")),
    }
}
