//! Changing profiles, and deleting them.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::MemberStatus;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body, Path};
use shared::id::{OrgId, ProfileName};
use shared::model::EventKind;
use shared::rights::{self, OrgFlag, OrgRights, Profile, Rights};
use shared::store::{Condition, RowBuilder, StoreError, Tries, Write, keys};
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::look::{Here, look, nothing};
use crate::paths::ProfilePath;
use crate::profiles::{ProfileView, check, told};
use crate::roster;

/// What a profile gives from now on. What is not named, it does not give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileChange {
    /// What it gives in a case.
    rights: Rights,
    /// What it gives in the org.
    org_rights: OrgRights,
}

/// The org's own profile, for who may change it.
fn own(here: &Here, org: &OrgId, name: &ProfileName) -> Result<Profile, Error> {
    here.needs(OrgFlag::ManageProfiles)?;
    if rights::built_in(name).is_some() {
        return Err(Error::of(Code::BuiltIn));
    }
    here.rows.read(&keys::profile(org, name))?.ok_or_else(Error::not_found)
}

refusals!(ChangeRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType,
    KindMismatch, BuiltIn);

/// Change what a profile gives
///
/// Replaces all that it gives. It counts at once, for every member who has the profile and every
/// share that names it. Name and type stay. Needs `manage_profiles`.
#[utoipa::path(put, path = "/v1/orgs/{org}/profiles/{profile}", tag = "directory",
    operation_id = "change_profile", params(ProfilePath),
    request_body(content = ProfileChange, example = json!({"rights": {"levels":
        {"details": "read", "comments": "read"}, "flags": []}, "org_rights": []})),
    responses((status = 200, body = ProfileView, description = "The profile.", example = json!({
        "name": "night-shift", "type": "organisation", "built_in": false,
        "rights": {"levels": {"details": "read", "comments": "read", "documents": "none",
            "reports": "none", "contact": "none", "tasks": "none", "observables": "none",
            "targets": "none"}, "flags": []},
        "org_rights": []})), ChangeRefusals))]
pub(crate) async fn change_profile(
    State(app): State<App>,
    caller: Caller,
    Path(ProfilePath { org, profile }): Path<ProfilePath>,
    Body(change): Body<ProfileChange>,
) -> Result<Answer<ProfileView>, Error> {
    let key = keys::profile(&org, &profile);
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, [key.clone()], nothing).await?;
        let before = own(&here, &org, &profile)?;
        let ProfileChange { rights, org_rights } = change;
        check(before.kind, rights, org_rights)?;
        let after = Profile { rights, org_rights, ..before };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let row = RowBuilder::new(key.clone(), &after)?.build();
        deed.write(Write::Put(row, Some(Condition::present())));
        deed.tell(&org, EventKind::ProfileChanged, told(&after))?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(after.into()));
        }
        tries.again().await?;
    }
}

refusals!(DeleteRefusals: Invalid, Forbidden, NotFound, ProfileInUse, BuiltIn);

/// Delete a profile
///
/// Not while members, or people who are invited, have it. A share that names it gives `read` on
/// `details` from then on, no more. Needs `manage_profiles`.
#[utoipa::path(delete, path = "/v1/orgs/{org}/profiles/{profile}", tag = "directory",
    operation_id = "delete_profile", params(ProfilePath),
    responses((status = 204, description = "It is gone."), DeleteRefusals))]
pub(crate) async fn delete_profile(
    State(app): State<App>,
    caller: Caller,
    Path(ProfilePath { org, profile }): Path<ProfilePath>,
) -> Result<Answer, Error> {
    let key = keys::profile(&org, &profile);
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, [key.clone()], nothing).await?;
        let before = own(&here, &org, &profile)?;
        // Somebody may be given the profile after this was read, or be missing in the index yet.
        // A profile that is not there gives nothing, so that fails on the safe side.
        if in_use(&app, &org, &profile).await? {
            return Err(Error::of(Code::ProfileInUse));
        }
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(Write::Delete(key.clone(), Some(Condition::present())));
        deed.tell(&org, EventKind::ProfileDeleted, json!({"profile": before.name}))?;
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}

async fn in_use(app: &App, org: &OrgId, profile: &ProfileName) -> Result<bool, StoreError> {
    roster::anybody(&app.table, org, &|entry| {
        entry.profile() == Some(profile) && entry.status(app.clock.now()) != MemberStatus::Removed
    })
    .await
}
