//! Changing an org's name and settings.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Body, Path};
use shared::model::EventKind;
use shared::rights::OrgFlag;
use shared::store::{Condition, RowBuilder, Tries, Write, keys};
use shared::text::Name;
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::look::{look, nothing};
use crate::orgs::{OrgView, Sight};
use crate::paths::OrgPath;
use crate::settings::SettingsChange;

/// What to change of an org. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrgChange {
    /// Its name.
    name: Option<Name>,
    /// The settings that change.
    settings: Option<SettingsChange>,
}

refusals!(ChangeRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType);

/// Change an org's name or settings
///
/// Needs `settings`. Operators can change the name.
#[utoipa::path(patch, path = "/v1/orgs/{org}", tag = "directory", operation_id = "change_org",
    params(OrgPath),
    request_body(content = OrgChange, example = json!({"settings": {"guests": "refuse"}})),
    responses((status = 200, body = OrgView, description = "The org.", example = json!({
        "id": "acme", "name": "Acme CERT", "locked": false,
        "settings": {"acceptance": "outsiders", "guests": "refuse", "guest_domains_allowed": [],
            "guest_domains_denied": [], "invitation_days": 5, "external_invitation_hours": 24,
            "max_attachment_bytes": 104_857_600, "edit_only_if_involved": false},
        "created_at": "2026-11-22T10:00:00Z", "version": 4})), ChangeRefusals))]
pub(crate) async fn change_org(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Body(change): Body<OrgChange>,
) -> Result<Answer<OrgView>, Error> {
    if let Some(settings) = &change.settings {
        settings.check()?;
    }
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, [], nothing).await?;
        let (home, sight) = match here.needs(OrgFlag::Settings) {
            Ok(home) => (home, Sight::Colleague),
            Err(_) if here.caller.operator && change.settings.is_none() => {
                (here.operator()?, Sight::Operator)
            }
            // An operator may know that the org is there.
            Err(_) if here.operator().is_ok() => return Err(Error::forbidden("settings")),
            Err(refused) => return Err(refused),
        };
        let mut after = home.clone();
        let mut fields = Vec::new();
        if let Some(name) = change.name.clone().filter(|name| *name != home.name) {
            after.name = name;
            fields.push("name");
        }
        if let Some(settings) = &change.settings {
            fields.extend(settings.apply(&mut after.settings));
        }
        if fields.is_empty() {
            return Ok(Answer::ok(OrgView::of(after, sight)));
        }
        after.version += 1;
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let row = RowBuilder::new(keys::org(&org), &after)?.listed(keys::org_under(&org)).build();
        deed.write(Write::Put(row, Some(Condition::is("version", home.version))));
        deed.tell(&org, EventKind::OrgChanged, json!({"fields": fields}))?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(OrgView::of(after, sight)));
        }
        tries.again().await?;
    }
}
