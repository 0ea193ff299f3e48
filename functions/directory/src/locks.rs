//! Locking orgs, and unlocking them.

use axum::extract::State;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::OrgId;
use shared::model::EventKind;
use shared::store::{AttributeValue, Condition, Tries, Write, keys};

use crate::deed::{Deed, number};
use crate::docs::refusals;
use crate::look::{look, nothing};
use crate::orgs::OrgView;
use crate::paths::OrgPath;

refusals!(LockRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType, KeyReused);

/// Lock an org
///
/// For operators. Nothing of the org is open to anybody from now on, whatever way they had into
/// it. Its data stays. Locking twice is fine.
#[utoipa::path(post, path = "/v1/orgs/{org}/lock", tag = "directory", operation_id = "lock_org",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Empty, example = json!({})),
    responses((status = 200, body = OrgView, description = "The org.", example = json!({
        "id": "acme", "name": "Acme CERT", "locked": true,
        "created_at": "2026-11-22T10:00:00Z", "version": 5})), LockRefusals))]
pub(crate) async fn lock_org(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { idem, .. }: Post<Empty>,
) -> Result<Answer<OrgView>, Error> {
    set_lock(&app, &caller, &org, idem.as_ref(), true).await
}

/// Unlock an org
///
/// For operators. All is open again as it was.
#[utoipa::path(post, path = "/v1/orgs/{org}/unlock", tag = "directory", operation_id = "unlock_org",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Empty, example = json!({})),
    responses((status = 200, body = OrgView, description = "The org.", example = json!({
        "id": "acme", "name": "Acme CERT", "locked": false,
        "created_at": "2026-11-22T10:00:00Z", "version": 6})), LockRefusals))]
pub(crate) async fn unlock_org(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { idem, .. }: Post<Empty>,
) -> Result<Answer<OrgView>, Error> {
    set_lock(&app, &caller, &org, idem.as_ref(), false).await
}

async fn set_lock(
    app: &App,
    caller: &Caller,
    org: &OrgId,
    idem: Option<&Idem>,
    locked: bool,
) -> Result<Answer<OrgView>, Error> {
    let mut tries = Tries::default();
    loop {
        let here = look(app, caller, org, idem.map(Idem::key), nothing).await?;
        let mut home = here.operator()?.clone();
        if let Some(record) = here.rows.before(idem, here.now)? {
            return Ok(Answer::replayed(record.status, OrgView::for_operators(home)));
        }
        if home.locked == locked {
            return Ok(Answer::ok(OrgView::for_operators(home)));
        }
        let version = home.version;
        home.locked = locked;
        home.version += 1;
        let mut deed = Deed::by(caller, here.user.as_ref(), here.now);
        let lock = AttributeValue::Bool(locked);
        let set = vec![("locked", lock), ("version", number(home.version))];
        deed.write(Write::set(keys::org(org), set, Condition::is("version", version)));
        let kind = if locked { EventKind::OrgLocked } else { EventKind::OrgUnlocked };
        deed.tell(org, kind, json!({}))?;
        deed.remember(idem, 200, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(OrgView::for_operators(home)));
        }
        tries.again().await?;
    }
}
