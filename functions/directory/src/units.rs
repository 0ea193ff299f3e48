//! Field units of an org: recipients without a login.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Body, Cursor, Idem, Path, Post, Query};
use shared::id::UnitId;
use shared::model::{EventKind, Unit};
use shared::rights::OrgFlag;
use shared::store::{self, Condition, RowBuilder, Tries, Write, keys, row};
use shared::text::Name;
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::look::{Here, look, nothing, reading};
use crate::paths::{OrgPath, UnitPath};
use crate::views::{Paging, page_of};

/// A field unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UnitView {
    /// Its id; as a recipient, `unit:ID`.
    id: UnitId,
    /// Its name.
    name: Name,
    /// When it was made.
    created_at: Timestamp,
}

impl From<Unit> for UnitView {
    fn from(unit: Unit) -> Self {
        Self { id: unit.id, name: unit.name, created_at: unit.created_at }
    }
}

/// A page of units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitList {
    /// The units, the oldest first.
    items: Vec<UnitView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// A unit's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitName {
    /// Its name.
    name: Name,
}

refusals!(ListRefusals: Invalid, Forbidden, NotFound);

/// The field units of an org
///
/// For colleagues.
#[utoipa::path(get, path = "/v1/orgs/{org}/units", tag = "directory", operation_id = "list_units",
    params(OrgPath, Paging),
    responses((status = 200, body = UnitList, description = "A page of units.",
        example = json!({"items": [{"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Unit 7",
            "created_at": "2026-11-22T10:00:00Z"}], "cursor": null})), ListRefusals))]
pub(crate) async fn list_units(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Answer<UnitList>, Error> {
    let cursor = Cursor::of(&["units", org.as_str()]);
    let after = cursor.read(paging.cursor.as_deref())?;
    let query = store::Query::rows(keys::org_partition(&org)).prefix(keys::UNIT_PREFIX);
    let content = Box::pin(async { Ok(app.table.query_all(query, 10_000).await?) });
    let rows = reading(&app, &caller, &org, Here::colleague, content).await?;
    let units = rows.iter().map(row::read::<Unit>).collect::<Result<Vec<_>, _>>()?;
    let units = units.into_iter().map(|unit| (unit.id.to_string(), unit.into())).collect();
    let (items, next) = page_of(units, after.as_deref(), paging.limit.0);
    Ok(Answer::ok(UnitList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(CreateRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType, KeyReused);

/// Make a field unit
///
/// Cases of this org can be given to it. Needs `manage_members`.
#[utoipa::path(post, path = "/v1/orgs/{org}/units", tag = "directory",
    operation_id = "create_unit",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = UnitName, example = json!({"name": "Unit 7"})),
    responses((status = 201, body = UnitView, description = "The unit.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Unit 7",
        "created_at": "2026-11-22T10:00:00Z"})), CreateRefusals))]
pub(crate) async fn create_unit(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { body, idem }: Post<UnitName>,
) -> Result<Answer<UnitView>, Error> {
    let id = UnitId::new(app.clock.now());
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, idem.as_ref().map(Idem::key), nothing).await?;
        here.needs(OrgFlag::ManageMembers)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            let unit = app.table.get(&keys::unit(&org, record.id("unit")?)).await?;
            let unit: Option<Unit> = row::read_if(unit.as_ref())?;
            let unit = unit.ok_or_else(Error::not_found)?;
            return Ok(Answer::replayed(record.status, unit.into()));
        }
        let unit = Unit {
            id,
            org: org.clone(),
            name: body.name.clone(),
            created_at: here.now,
            version: 1,
        };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(Write::add(RowBuilder::new(keys::unit(&org, id), &unit)?.build()));
        let what = json!({"unit": id, "name": unit.name});
        deed.tell(&org, EventKind::UnitCreated, what)?;
        deed.remember(idem.as_ref(), 201, [("unit", id.to_string())])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(unit.into()));
        }
        tries.again().await?;
    }
}

refusals!(RenameRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType);

/// Rename a field unit
///
/// Needs `manage_members`.
#[utoipa::path(patch, path = "/v1/orgs/{org}/units/{unit}", tag = "directory",
    operation_id = "rename_unit", params(UnitPath),
    request_body(content = UnitName, example = json!({"name": "Unit 8"})),
    responses((status = 200, body = UnitView, description = "The unit.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Unit 8",
        "created_at": "2026-11-22T10:00:00Z"})), RenameRefusals))]
pub(crate) async fn rename_unit(
    State(app): State<App>,
    caller: Caller,
    Path(UnitPath { org, unit }): Path<UnitPath>,
    Body(body): Body<UnitName>,
) -> Result<Answer<UnitView>, Error> {
    let key = keys::unit(&org, unit);
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, [key.clone()], nothing).await?;
        here.needs(OrgFlag::ManageMembers)?;
        let before: Option<Unit> = here.rows.read(&key)?;
        let before = before.ok_or_else(Error::not_found)?;
        let after = Unit { name: body.name.clone(), version: before.version + 1, ..before.clone() };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let row = RowBuilder::new(key.clone(), &after)?.build();
        deed.write(Write::Put(row, Some(Condition::is("version", before.version))));
        let what = json!({"unit": unit, "name": after.name});
        deed.tell(&org, EventKind::UnitChanged, what)?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(after.into()));
        }
        tries.again().await?;
    }
}

refusals!(DeleteRefusals: Invalid, Forbidden, NotFound);

/// Delete a field unit
///
/// Shares with it stay in the cases' lists until they are revoked; nothing new can be shared with
/// it. Needs `manage_members`.
#[utoipa::path(delete, path = "/v1/orgs/{org}/units/{unit}", tag = "directory",
    operation_id = "delete_unit", params(UnitPath),
    responses((status = 204, description = "It is gone."), DeleteRefusals))]
pub(crate) async fn delete_unit(
    State(app): State<App>,
    caller: Caller,
    Path(UnitPath { org, unit }): Path<UnitPath>,
) -> Result<Answer, Error> {
    let key = keys::unit(&org, unit);
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, [key.clone()], nothing).await?;
        here.needs(OrgFlag::ManageMembers)?;
        if !here.rows.has(&key) {
            return Err(Error::not_found());
        }
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(Write::Delete(key.clone(), Some(Condition::present())));
        deed.tell(&org, EventKind::UnitDeleted, json!({"unit": unit}))?;
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}
