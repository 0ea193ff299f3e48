//! Inviting somebody to an org, making a service a member.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{InvitationId, OrgId, ProfileName, UserId};
use shared::model::{EventKind, Member};
use shared::rights::OrgFlag;
use shared::store::{Condition, RowBuilder, Tries, Write, keys};
use shared::text::Name;
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::found::Found;
use crate::inviting::{Invitee, check_profile, invite, least, profile_key};
use crate::known::{Known, invitable};
use crate::look::{look, nothing};
use crate::paths::OrgPath;
use crate::views::{Entry, MemberId, MemberView};

/// As what somebody can be made a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewKind {
    /// A colleague.
    #[default]
    Normal,
    /// A program: named by `user`, a member at once.
    Service,
    /// Somebody outside who uses the portal.
    External,
}

impl From<NewKind> for MemberKind {
    fn from(kind: NewKind) -> Self {
        match kind {
            NewKind::Normal => Self::Normal,
            NewKind::Service => Self::Service,
            NewKind::External => Self::External,
        }
    }
}

/// Whom to make a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// Their address. A service has none.
    email: Option<Address>,
    /// Of a service: the user id that it has, as its own `GET /v1/me` says.
    user: Option<UserId>,
    /// As what.
    #[serde(default)]
    kind: NewKind,
    /// What they may do; `read-only`, or `external-reader`, if nothing is said.
    profile: Option<ProfileName>,
    /// By name, until they say another one.
    name: Option<Name>,
}

/// Whom a request names: somebody by address, or a service by id.
enum Whom {
    Address(Address),
    Service(UserId),
}

fn whom(body: &NewMember) -> Result<Whom, Error> {
    match (body.kind, &body.email, body.user) {
        (NewKind::Service, None, Some(user)) => Ok(Whom::Service(user)),
        (NewKind::Service, None, None) => Err(Error::invalid("/user", "a service needs one")),
        (NewKind::Service, Some(_), _) => Err(Error::invalid("/email", "a service has none")),
        (_, Some(address), None) => Ok(Whom::Address(address.clone())),
        (_, None, None) => Err(Error::invalid("/email", "is missing")),
        (_, _, Some(_)) => Err(Error::invalid("/user", "is for services only")),
    }
}

refusals!(InviteRefusals: Invalid, Malformed, Forbidden, NotFound, AlreadyMember, AlreadyThere,
    TooLarge, MediaType, UnknownProfile, KindMismatch, Undeliverable, KeyReused, MailLimit);

/// Invite a member
///
/// Somebody with this address gets a mail and becomes a member when they accept, with that address
/// verified: an external user within hours, everybody else within days, as the org's settings say.
/// A guest of the org, or somebody who was removed, can be invited; who is invited already, is not
/// invited again but sent the invitation again (`resend`). A service is a member at once. Needs
/// `manage_members`.
#[utoipa::path(post, path = "/v1/orgs/{org}/members", tag = "directory",
    operation_id = "invite_member",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = NewMember, example = json!({"email": "eve@partner.example",
        "kind": "external", "profile": "external-actor", "name": "Eve"})),
    responses((status = 201, body = MemberView, description = "The member, invited.",
        example = json!({"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "user": null, "name": "Eve",
            "email": "eve@partner.example", "kind": "external", "profile": "external-actor",
            "status": "invited", "invitation": {"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
                "state": "invited", "expires_at": "2026-11-23T10:00:00Z", "mail": "queued",
                "reason": null},
            "since": "2026-11-22T10:00:00Z"})), InviteRefusals))]
pub(crate) async fn invite_member(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    post: Post<NewMember>,
) -> Result<Answer<MemberView>, Error> {
    match whom(&post.body)? {
        Whom::Address(address) => by_address(&app, &caller, &org, &address, post).await,
        Whom::Service(user) => service(&app, &caller, &org, user, post).await,
    }
}

async fn by_address(
    app: &App,
    caller: &Caller,
    org: &OrgId,
    address: &Address,
    Post { body, idem }: Post<NewMember>,
) -> Result<Answer<MemberView>, Error> {
    let kind = MemberKind::from(body.kind);
    let profile =
        body.profile.or_else(|| least(kind)).ok_or_else(|| Error::of(Code::KindMismatch))?;
    let id = InvitationId::new(app.clock.now());
    let mut counted = false;
    let mut tries = Tries::default();
    loop {
        let mut first = Vec::from(Known::keys(org, address));
        first.extend(idem.as_ref().map(Idem::key));
        first.extend(profile_key(org, Some(&profile)));
        let here = look(app, caller, org, first, |rows| Known::further(rows, org, address)).await?;
        let home = here.needs(OrgFlag::ManageMembers)?;
        let known = Known::of(&here.rows, org, address)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            return Ok(Answer::replayed(record.status, known.shown(here.now)?));
        }
        let member = known.member.as_ref().map(|member| (member.kind, member.status));
        let waiting = known.waiting(here.now).map(|invited| invited.kind);
        invitable(member, waiting).map_err(|code| Error::at(code, "/email"))?;
        check_profile(&here.rows, org, &profile, kind)?;
        if known.complained {
            return Err(Error::at(Code::Undeliverable, "/email"));
        }
        if !counted {
            app.table.count_invitations(caller.user, Some(org), &[address], here.now).await?;
            counted = true;
        }
        let mut deed = Deed::by(caller, here.user.as_ref(), here.now);
        let (name, profile) = (body.name.clone(), profile.clone());
        let what = json!({"invitation": id, "email": address, "kind": kind, "profile": profile});
        let invitee = Invitee { address, kind, profile, name };
        let view = invite(&mut deed, &here, home, id, invitee, known.invited.as_ref())?;
        deed.tell(org, EventKind::MemberInvited, what)?;
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(view));
        }
        tries.again().await?;
    }
}

async fn service(
    app: &App,
    caller: &Caller,
    org: &OrgId,
    user: UserId,
    Post { body, idem }: Post<NewMember>,
) -> Result<Answer<MemberView>, Error> {
    let id = MemberId::User(user);
    let kind = MemberKind::Service;
    let profile =
        body.profile.or_else(|| least(kind)).ok_or_else(|| Error::of(Code::KindMismatch))?;
    let mut tries = Tries::default();
    loop {
        let mut first = Found::keys(org, id);
        first.extend(idem.as_ref().map(Idem::key));
        first.extend(profile_key(org, Some(&profile)));
        let here = look(app, caller, org, first, nothing).await?;
        here.needs(OrgFlag::ManageMembers)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            let member = Found::of(&here.rows, org, id)?.view(here.now);
            return Ok(Answer::replayed(record.status, member));
        }
        let before: Option<Member> = here.rows.read(&keys::member(user, org))?;
        let standing = before.as_ref().map(|member| (member.kind, member.status));
        invitable(standing, None).map_err(|code| Error::at(code, "/user"))?;
        check_profile(&here.rows, org, &profile, kind)?;
        let member = Member {
            user,
            org: org.clone(),
            kind,
            profile: Some(profile.clone()),
            status: MemberStatus::Active,
            name: body.name.clone(),
            address: None,
            since: here.now,
            version: before.as_ref().map_or(1, |before| before.version + 1),
        };
        let row = RowBuilder::new(keys::member(user, org), &member)?
            .listed(keys::member_under(org, None, Some(user)))
            .build();
        let condition = before
            .map_or_else(Condition::absent, |before| Condition::is("version", before.version));
        let mut deed = Deed::by(caller, here.user.as_ref(), here.now);
        deed.raise(user, here.rows.read(&keys::user(user))?.as_ref(), Vec::new());
        deed.write(Write::Put(row, Some(condition)));
        let what = json!({"user": user, "kind": kind, "profile": profile});
        deed.tell(org, EventKind::MemberJoined, what)?;
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            let view = MemberView::of(&Entry::Member(member), None, here.now);
            return Ok(Answer::created(view));
        }
        tries.again().await?;
    }
}
