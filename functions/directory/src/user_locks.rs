//! Locking people out, everywhere, and letting them in again.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Empty, Idem, Path, Post};
use shared::id::UserId;
use shared::model::{EventKind, User};
use shared::store::{AttributeValue, Query, Tries, UserRows, keys};
use shared::text::Name;
use utoipa::{IntoParams, ToSchema};

use crate::deed::Deed;
use crate::docs::refusals;
use crate::look::{at_once, operator};

/// In the history of so many orgs it is told, at most: it is one transaction.
const TOLD: usize = 90;

/// `/users/{user}`
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    /// The user.
    #[param(value_type = String, example = "mfrggzdfmztwq2lknnwg23tpob")]
    user: UserId,
}

/// A user, as operators see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// Their id.
    user: UserId,
    /// By name.
    name: Option<Name>,
    /// Nothing is open to them.
    locked: bool,
}

refusals!(LockRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType, KeyReused);

/// Lock a user
///
/// For operators. Nothing is open to them from now on, in any org and by any share; what they made
/// stays. The history of each org of theirs tells of it. Locking twice is fine.
#[utoipa::path(post, path = "/v1/users/{user}/lock", tag = "directory", operation_id = "lock_user",
    params(UserPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Empty, example = json!({})),
    responses((status = 200, body = UserView, description = "The user.", example = json!({
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Bob", "locked": true})), LockRefusals))]
pub(crate) async fn lock_user(
    State(app): State<App>,
    caller: Caller,
    Path(UserPath { user }): Path<UserPath>,
    Post { idem, .. }: Post<Empty>,
) -> Result<Answer<UserView>, Error> {
    set_lock(&app, &caller, user, idem.as_ref(), true).await
}

/// Unlock a user
///
/// For operators. All is open to them again as it was.
#[utoipa::path(post, path = "/v1/users/{user}/unlock", tag = "directory", operation_id = "unlock_user",
    params(UserPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Empty, example = json!({})),
    responses((status = 200, body = UserView, description = "The user.", example = json!({
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Bob", "locked": false})), LockRefusals))]
pub(crate) async fn unlock_user(
    State(app): State<App>,
    caller: Caller,
    Path(UserPath { user }): Path<UserPath>,
    Post { idem, .. }: Post<Empty>,
) -> Result<Answer<UserView>, Error> {
    set_lock(&app, &caller, user, idem.as_ref(), false).await
}

async fn set_lock(
    app: &App,
    caller: &Caller,
    user: UserId,
    idem: Option<&Idem>,
    locked: bool,
) -> Result<Answer<UserView>, Error> {
    let mut tries = Tries::default();
    loop {
        let mut wanted = vec![keys::user(caller.user), keys::user(user)];
        wanted.extend(idem.map(Idem::key));
        let rows = at_once(&app.table, wanted, |_| Ok(Vec::new())).await?;
        let now = app.clock.now();
        let me: Option<User> = rows.read(&keys::user(caller.user))?;
        operator(caller, me.as_ref())?;
        let known: Option<User> = rows.read(&keys::user(user))?;
        let known = known.ok_or_else(Error::not_found)?;
        let view = UserView { user, name: known.name.clone(), locked };
        if let Some(record) = rows.before(idem, now)? {
            return Ok(Answer::replayed(record.status, UserView { locked: known.locked, ..view }));
        }
        if known.locked == locked {
            return Ok(Answer::ok(view));
        }
        let orgs = app.table.query_all(Query::rows(keys::user_partition(user)), 1_000).await?;
        let kind = if locked { EventKind::UserLocked } else { EventKind::UserUnlocked };
        let mut deed = Deed::by(caller, me.as_ref(), now);
        deed.raise(user, Some(&known), vec![("locked", AttributeValue::Bool(locked))]);
        for member in UserRows::read(&orgs)?.orgs.iter().take(TOLD) {
            deed.tell(&member.org, kind, json!({ "user": user }))?;
        }
        deed.remember(idem, 200, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(view));
        }
        tries.again().await?;
    }
}
