//! Orgs: made by operators, seen by their members.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Cursor, Idem, Limit, Path, Post, Query};
use shared::id::{InvitationId, OrgId};
use shared::model::{EventKind, Org, OrgSettings};
use shared::store::{self, RowBuilder, StoreError, Tries, Write, keys, row};
use shared::text::Name;
use utoipa::{IntoParams, ToSchema};

use crate::deed::Deed;
use crate::docs::refusals;
use crate::inviting::{Invitee, invite};
use crate::known::Known;
use crate::look::{Here, look, nothing, operator};
use crate::me::mine;
use crate::paths::OrgPath;
use crate::views::page_of;

/// An org. Guests and external users see id and name; operators see no settings.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrgView {
    /// Its id.
    id: OrgId,
    /// Its name.
    name: Name,
    /// Locked by an operator: nothing of it is open to anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<bool>,
    /// Its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<OrgSettings>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// Raised by every change.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// How much of an org somebody sees.
#[derive(Clone, Copy)]
pub(crate) enum Sight {
    Name,
    Operator,
    Colleague,
}

impl OrgView {
    pub(crate) fn of(org: Org, sight: Sight) -> Self {
        let more = !matches!(sight, Sight::Name);
        Self {
            id: org.id,
            name: org.name,
            locked: more.then_some(org.locked),
            settings: matches!(sight, Sight::Colleague).then_some(org.settings),
            created_at: more.then_some(org.created_at),
            version: more.then_some(org.version),
        }
    }

    /// As operators see it.
    pub(crate) fn for_operators(org: Org) -> Self {
        Self::of(org, Sight::Operator)
    }

    /// As the caller of `here` sees it; 404 for strangers.
    fn seen(here: &Here) -> Result<Self, Error> {
        match here.member() {
            Ok(org) if here.is_colleague() => Ok(Self::of(org.clone(), Sight::Colleague)),
            _ if here.caller.operator => Ok(Self::of(here.operator()?.clone(), Sight::Operator)),
            Ok(org) => Ok(Self::of(org.clone(), Sight::Name)),
            Err(stranger) => Err(stranger),
        }
    }
}

/// A page of orgs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrgList {
    /// The orgs, by id.
    items: Vec<OrgView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// An org to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrg {
    /// Its id, for good.
    id: OrgId,
    /// Its name.
    name: Name,
    /// The address of its first admin, who is invited.
    admin: Address,
}

refusals!(CreateRefusals: Invalid, Malformed, Forbidden, AlreadyThere, TooLarge, MediaType,
    Undeliverable, KeyReused, MailLimit);

/// Make an org
///
/// For operators. The first admin is invited by mail, as a normal member with the profile
/// `org-admin`.
#[utoipa::path(post, path = "/v1/orgs", tag = "directory", operation_id = "create_org",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = NewOrg, example = json!({"id": "acme", "name": "Acme CERT",
        "admin": "ada@example.com"})),
    responses((status = 201, body = OrgView, description = "The org.", example = json!({
        "id": "acme", "name": "Acme CERT", "locked": false,
        "created_at": "2026-11-22T10:00:00Z", "version": 1})), CreateRefusals))]
pub(crate) async fn create_org(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<NewOrg>,
) -> Result<Answer<OrgView>, Error> {
    let id = InvitationId::new(app.clock.now());
    let mut counted = false;
    let mut tries = Tries::default();
    loop {
        let mut first = Vec::from(Known::keys(&body.id, &body.admin));
        first.extend(idem.as_ref().map(Idem::key));
        let here = look(&app, &caller, &body.id, first, nothing).await?;
        operator(&caller, here.user.as_ref())?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            return Ok(Answer::replayed(record.status, OrgView::seen(&here)?));
        }
        if here.operator().is_ok() {
            return Err(Error::at(Code::AlreadyThere, "/id"));
        }
        if Known::of(&here.rows, &body.id, &body.admin)?.complained {
            return Err(Error::at(Code::Undeliverable, "/admin"));
        }
        if !counted {
            let mailed = [&body.admin];
            app.table.count_invitations(caller.user, Some(&body.id), &mailed, here.now).await?;
            counted = true;
        }
        let org = Org {
            id: body.id.clone(),
            name: body.name.clone(),
            locked: false,
            settings: OrgSettings::default(),
            created_at: here.now,
            version: 1,
        };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let row = RowBuilder::new(keys::org(&org.id), &org)?;
        deed.write(Write::add(row.listed(keys::org_under(&org.id)).build()));
        deed.tell(&org.id, EventKind::OrgCreated, json!({"name": org.name}))?;
        let profile = admin_profile()?;
        let kind = MemberKind::Normal;
        let what = json!({"invitation": id, "email": body.admin, "kind": kind, "profile": profile});
        deed.tell(&org.id, EventKind::MemberInvited, what)?;
        let invitee = Invitee { address: &body.admin, kind, profile, name: None };
        invite(&mut deed, &here, &org, id, invitee, None)?;
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(OrgView::of(org, Sight::Operator)));
        }
        tries.again().await?;
    }
}

/// The profile of admins.
pub(crate) fn admin_profile() -> Result<shared::id::ProfileName, StoreError> {
    "org-admin".parse().map_err(StoreError::odd)
}

/// Which orgs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrgListing {
    /// All orgs, not only those of the caller. For operators.
    #[serde(default)]
    all: bool,
    /// How many entries.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

refusals!(ListRefusals: Invalid, Forbidden);

/// My orgs
///
/// Those of which the caller is an active member, by id. Operators can list all.
#[utoipa::path(get, path = "/v1/orgs", tag = "directory", operation_id = "list_orgs",
    params(OrgListing),
    responses((status = 200, body = OrgList, description = "A page of orgs.", example = json!({
        "items": [{"id": "acme", "name": "Acme CERT"}], "cursor": null})), ListRefusals))]
pub(crate) async fn list_orgs(
    State(app): State<App>,
    caller: Caller,
    Query(listing): Query<OrgListing>,
) -> Result<Answer<OrgList>, Error> {
    let cursor = Cursor::of(&["orgs", if listing.all { "all" } else { "mine" }]);
    let after = cursor.read(listing.cursor.as_deref())?;
    let limit = listing.limit.0;
    let (items, next) = if listing.all {
        let user = app.table.get(&keys::user(caller.user)).await?;
        operator(&caller, row::read_if(user.as_ref())?.as_ref())?;
        let mut query = store::Query::principal(keys::ORGS.to_owned()).limit(limit);
        if let Some(after) = after {
            query = query.between(format!("{after}\u{1}"), "~");
        }
        let page = app.table.query(query).await?;
        let rows = app.table.get_many(page.rows.iter().map(row::key_of)).await?;
        let mut items = Vec::new();
        for listed in &page.rows {
            if let Some(org) = row::read_if(rows.get(&row::key_of(listed)))? {
                items.push(OrgView::of(org, Sight::Operator));
            }
        }
        let last = page.rows.last().map(|row| row::text(row, "principal_sort").to_owned());
        (items, last.filter(|_| page.next.is_some()))
    } else {
        let entries = mine(&app.table, &caller).await?.orgs()?.into_iter();
        let open =
            entries.filter(|one| one.member.status == MemberStatus::Active && !one.org.locked);
        let views = open.map(|one| {
            let sight = match one.member.kind {
                MemberKind::Normal | MemberKind::Service => Sight::Colleague,
                MemberKind::External | MemberKind::Guest => Sight::Name,
            };
            (one.org.id.to_string(), OrgView::of(one.org, sight))
        });
        page_of(views.collect(), after.as_deref(), limit)
    };
    Ok(Answer::ok(OrgList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(GetRefusals: Invalid, NotFound);

/// An org
///
/// For its active members and operators. Guests and external users see id and name.
#[utoipa::path(get, path = "/v1/orgs/{org}", tag = "directory", operation_id = "get_org",
    params(OrgPath),
    responses((status = 200, body = OrgView, description = "The org.", example = json!({
        "id": "acme", "name": "Acme CERT", "locked": false,
        "settings": {"acceptance": "outsiders", "guests": "allow", "guest_domains_allowed": [],
            "guest_domains_denied": ["*.example.org"], "invitation_days": 5,
            "external_invitation_hours": 24, "max_attachment_bytes": 104_857_600,
            "edit_only_if_involved": false},
        "created_at": "2026-11-22T10:00:00Z", "version": 3})), GetRefusals))]
pub(crate) async fn get_org(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
) -> Result<Answer<OrgView>, Error> {
    Ok(Answer::ok(OrgView::seen(&look(&app, &caller, &org, [], nothing).await?)?))
}
