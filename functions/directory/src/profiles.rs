//! Profiles: the named sets of rights that an org gives to its members.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Cursor, Idem, Path, Post, Query};
use shared::id::ProfileName;
use shared::model::EventKind;
use shared::rights::{
    self, BUILT_IN, Flags, Level, OrgFlag, OrgRights, Profile, ProfileType, Rights, Section,
};
use shared::store::{self, RowBuilder, Tries, Write, keys, row};
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::look::{Here, look, nothing, reading};
use crate::paths::{OrgPath, ProfilePath};
use crate::views::{Paging, page_of};

/// A profile.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    /// Its name inside the org; outside it is `org/name`.
    name: ProfileName,
    /// Whom it is for.
    #[serde(rename = "type")]
    kind: ProfileType,
    /// Every org has it, and it cannot be changed.
    built_in: bool,
    /// What it gives in a case.
    rights: Rights,
    /// What it gives in the org.
    org_rights: OrgRights,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        Self {
            built_in: rights::built_in(&profile.name).is_some(),
            name: profile.name,
            kind: profile.kind,
            rights: profile.rights,
            org_rights: profile.org_rights,
        }
    }
}

/// A page of profiles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileList {
    /// The profiles: those built in first, then the org's own, by name.
    items: Vec<ProfileView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// A profile to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProfile {
    /// Its name inside the org, for good.
    name: ProfileName,
    /// Whom it is for, for good.
    #[serde(rename = "type")]
    kind: ProfileType,
    /// What it gives in a case.
    #[serde(default)]
    rights: Rights,
    /// What it gives in the org.
    #[serde(default)]
    org_rights: OrgRights,
}

/// Refuses an external profile that gives what the portal does not have: other sections than
/// `details`, `comments`, `documents`, `reports` and `observables`, any flag, any right in the org
/// but to make cases.
pub(crate) fn check(kind: ProfileType, rights: Rights, org_rights: OrgRights) -> Result<(), Error> {
    if kind == ProfileType::Organisation {
        return Ok(());
    }
    for section in [Section::Contact, Section::Tasks, Section::Targets] {
        if rights.levels.of(section) != Level::None {
            let pointer = format!("/rights/levels/{}", section.as_str());
            return Err(Error::at(Code::KindMismatch, pointer));
        }
    }
    if rights.flags != Flags::NONE {
        return Err(Error::at(Code::KindMismatch, "/rights/flags"));
    }
    if org_rights.without(OrgRights::of(&[OrgFlag::CreateCase])) != OrgRights::NONE {
        return Err(Error::at(Code::KindMismatch, "/org_rights"));
    }
    Ok(())
}

refusals!(ListRefusals: Invalid, Forbidden, NotFound);

/// The profiles of an org
///
/// Those built in, and the org's own. For colleagues.
#[utoipa::path(get, path = "/v1/orgs/{org}/profiles", tag = "directory",
    operation_id = "list_profiles", params(OrgPath, Paging),
    responses((status = 200, body = ProfileList, description = "A page of profiles.",
        example = json!({"items": [{"name": "read-only", "type": "organisation", "built_in": true,
            "rights": {"levels": {"details": "read", "comments": "read", "documents": "read",
                "reports": "read", "contact": "read", "tasks": "read", "observables": "read",
                "targets": "read"}, "flags": []},
            "org_rights": []}], "cursor": null})), ListRefusals))]
pub(crate) async fn list_profiles(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Query(paging): Query<Paging>,
) -> Result<Answer<ProfileList>, Error> {
    let cursor = Cursor::of(&["profiles", org.as_str()]);
    let after = cursor.read(paging.cursor.as_deref())?;
    // An org has a handful of profiles, so all are read.
    let query = store::Query::rows(keys::org_partition(&org)).prefix(keys::PROFILE_PREFIX);
    let content = Box::pin(async { Ok(app.table.query_all(query, 10_000).await?) });
    let rows = reading(&app, &caller, &org, Here::colleague, content).await?;
    let own = rows.iter().map(row::read::<Profile>).collect::<Result<Vec<_>, _>>()?;
    let own = own.into_iter().map(|profile| (format!("1{}", profile.name), profile.into()));
    let given = BUILT_IN.iter().enumerate().filter_map(|(at, name)| {
        let profile = rights::built_in(&name.parse().ok()?)?;
        Some((format!("0{at}"), ProfileView::from(profile)))
    });
    let (items, next) = page_of(given.chain(own).collect(), after.as_deref(), paging.limit.0);
    Ok(Answer::ok(ProfileList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(CreateRefusals: Invalid, Malformed, Forbidden, NotFound, AlreadyThere, TooLarge,
    MediaType, KindMismatch, KeyReused);

/// Make a profile
///
/// The names of those built in are taken. An external profile gives levels in `details`,
/// `comments`, `documents`, `reports` and `observables`, and `create_case` in the org, no more.
/// Needs `manage_profiles`.
#[utoipa::path(post, path = "/v1/orgs/{org}/profiles", tag = "directory",
    operation_id = "create_profile",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = NewProfile, example = json!({"name": "night-shift",
        "type": "organisation", "rights": {"levels": {"details": "read", "comments": "write"},
            "flags": ["close"]}, "org_rights": ["create_case"]})),
    responses((status = 201, body = ProfileView, description = "The profile.", example = json!({
        "name": "night-shift", "type": "organisation", "built_in": false,
        "rights": {"levels": {"details": "read", "comments": "write", "documents": "none",
            "reports": "none", "contact": "none", "tasks": "none", "observables": "none",
            "targets": "none"}, "flags": ["close"]},
        "org_rights": ["create_case"]})), CreateRefusals))]
pub(crate) async fn create_profile(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { body, idem }: Post<NewProfile>,
) -> Result<Answer<ProfileView>, Error> {
    let NewProfile { name, kind, rights, org_rights } = body;
    let profile = Profile { name, kind, rights, org_rights };
    let key = keys::profile(&org, &profile.name);
    let mut tries = Tries::default();
    loop {
        let first = [Some(key.clone()), idem.as_ref().map(Idem::key)].into_iter().flatten();
        let here = look(&app, &caller, &org, first, nothing).await?;
        here.needs(OrgFlag::ManageProfiles)?;
        let before: Option<Profile> = here.rows.read(&key)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            let profile = before.ok_or_else(Error::not_found)?;
            return Ok(Answer::replayed(record.status, profile.into()));
        }
        if before.is_some() || rights::built_in(&profile.name).is_some() {
            return Err(Error::at(Code::AlreadyThere, "/name"));
        }
        check(kind, rights, org_rights)?;
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(Write::add(RowBuilder::new(key.clone(), &profile)?.build()));
        deed.tell(&org, EventKind::ProfileCreated, told(&profile))?;
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(profile.into()));
        }
        tries.again().await?;
    }
}

/// What the history says of a profile: all that it gives.
pub(crate) fn told(profile: &Profile) -> serde_json::Value {
    json!({"profile": profile.name, "type": profile.kind, "rights": profile.rights,
        "org_rights": profile.org_rights})
}

refusals!(GetRefusals: Invalid, Forbidden, NotFound);

/// A profile
///
/// For colleagues.
#[utoipa::path(get, path = "/v1/orgs/{org}/profiles/{profile}", tag = "directory",
    operation_id = "get_profile", params(ProfilePath),
    responses((status = 200, body = ProfileView, description = "The profile.", example = json!({
        "name": "external-reader", "type": "external", "built_in": true,
        "rights": {"levels": {"details": "read", "comments": "read", "documents": "read",
            "reports": "read", "contact": "none", "tasks": "none", "observables": "read",
            "targets": "none"}, "flags": []},
        "org_rights": []})), GetRefusals))]
pub(crate) async fn get_profile(
    State(app): State<App>,
    caller: Caller,
    Path(ProfilePath { org, profile }): Path<ProfilePath>,
) -> Result<Answer<ProfileView>, Error> {
    let key = keys::profile(&org, &profile);
    let here = look(&app, &caller, &org, [key.clone()], nothing).await?;
    here.colleague()?;
    let found = match rights::built_in(&profile) {
        Some(profile) => Some(profile),
        None => here.rows.read(&key)?,
    };
    Ok(Answer::ok(found.ok_or_else(Error::not_found)?.into()))
}

#[cfg(test)]
mod tests {
    use shared::rights::{Flag, Levels};

    use super::*;

    #[test]
    fn external_profiles_give_no_more_than_the_portal_has() {
        let external = |rights, org_rights| check(ProfileType::External, rights, org_rights);
        let levels = |section| Levels::default().with(section, Level::Read);
        let only = |levels| Rights { levels, flags: Flags::NONE };
        for section in Section::ALL {
            let portal = !matches!(section, Section::Contact | Section::Tasks | Section::Targets);
            let answer = external(only(levels(section)), OrgRights::NONE);
            assert_eq!(answer.is_ok(), portal, "{section:?}");
        }
        for flag in Flag::ALL {
            let rights = Rights { levels: Levels::default(), flags: Flags::of(&[flag]) };
            assert!(external(rights, OrgRights::NONE).is_err(), "{flag:?}");
        }
        for flag in OrgFlag::ALL {
            let answer = external(Rights::NONE, OrgRights::of(&[flag]));
            assert_eq!(answer.is_ok(), flag == OrgFlag::CreateCase, "{flag:?}");
        }
        assert!(check(ProfileType::Organisation, Rights::NONE, OrgRights::EVERY).is_ok());
    }

    #[test]
    fn the_built_in_profiles_keep_the_rules() {
        for name in BUILT_IN {
            let profile = rights::built_in(&name.parse().unwrap()).unwrap();
            assert!(check(profile.kind, profile.rights, profile.org_rights).is_ok(), "{name}");
        }
    }
}
