//! The members of an org: who there is.

use axum::extract::State;
use serde::Deserialize;
use shared::access::{MemberKind, MemberStatus};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Cursor, Limit, Path, Query};
use utoipa::IntoParams;

use crate::docs::refusals;
use crate::found::Found;
use crate::look::{Here, reading};
use crate::paths::{MemberPath, OrgPath};
use crate::roster::{self, Wanted};
use crate::views::{MemberList, MemberView};

/// How many rows of the index one call reads.
const MOST_ROWS: usize = 400;

/// Which members to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listing {
    /// Only members whose membership stands there.
    #[param(inline)]
    status: Option<MemberStatus>,
    /// Only members of this kind.
    #[param(inline)]
    kind: Option<MemberKind>,
    /// How many entries.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

refusals!(ListRefusals: Invalid, Forbidden, NotFound);

/// The members of an org
///
/// By address, those without one last; with them those who are invited. For colleagues only:
/// guests and external users of the org get 403, all others 404. A page may hold fewer entries
/// than asked for while there is a `cursor`.
#[utoipa::path(get, path = "/v1/orgs/{org}/members", tag = "directory", operation_id = "list_members",
    params(OrgPath, Listing),
    responses((status = 200, body = MemberList, description = "A page of members.", example = json!({
        "items": [{"id": "mfrggzdfmztwq2lknnwg23tpob", "user": "mfrggzdfmztwq2lknnwg23tpob",
            "name": "Ada", "email": "ada@example.com", "kind": "normal", "profile": "org-admin",
            "status": "active", "invitation": null, "since": "2026-11-22T10:00:00Z"}],
        "cursor": null})), ListRefusals))]
pub(crate) async fn list_members(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Query(listing): Query<Listing>,
) -> Result<Answer<MemberList>, Error> {
    let of = format!("{:?} {:?}", listing.status, listing.kind);
    let cursor = Cursor::of(&["members", org.as_str(), &of]);
    let now = app.clock.now();
    let Listing { status, kind, .. } = listing;
    let wanted = Wanted {
        after: cursor.read(listing.cursor.as_deref())?,
        limit: listing.limit.0,
        most_rows: MOST_ROWS,
        candidate: &|_| true,
        entry: &|entry| {
            status.is_none_or(|status| entry.status(now) == status)
                && kind.is_none_or(|kind| entry.kind() == kind)
        },
    };
    let content = Box::pin(async {
        let (entries, next) = roster::entries(&app.table, &org, &wanted).await?;
        Ok((roster::shown(&app.table, &entries, now).await?, next))
    });
    let (items, next) = reading(&app, &caller, &org, Here::colleague, content).await?;
    Ok(Answer::ok(MemberList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(GetRefusals: Invalid, Forbidden, NotFound);

/// A member of an org
///
/// Named by user, or by invitation while they are invited. For colleagues only.
#[utoipa::path(get, path = "/v1/orgs/{org}/members/{member}", tag = "directory",
    operation_id = "get_member", params(MemberPath),
    responses((status = 200, body = MemberView, description = "The member.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "user": null, "name": null,
        "email": "eve@partner.example", "kind": "external", "profile": "external-reader",
        "status": "invited", "invitation": {"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS",
            "state": "invited", "expires_at": "2026-11-23T10:00:00Z", "mail": "delivered",
            "reason": null},
        "since": "2026-11-22T10:00:00Z"})), GetRefusals))]
pub(crate) async fn get_member(
    State(app): State<App>,
    caller: Caller,
    Path(MemberPath { org, member }): Path<MemberPath>,
) -> Result<Answer<MemberView>, Error> {
    Ok(Answer::ok(Found::show(&app, &caller, &org, member).await?))
}
