//! Sharing all cases of one's own with a group: on, off.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body, Path};
use shared::id::{GroupId, OrgId};
use shared::model::{EventKind, Group};
use shared::rights::{Flags, Level, Levels, Rights};
use shared::store::{Condition, StoreError, Tries, UserRows, Write, keys, row};
use utoipa::ToSchema;

use crate::circle::{Circle, circle};
use crate::deed::{Deed, number};
use crate::docs::refusals;
use crate::groups::GroupView;
use crate::paths::GroupPath;

/// The most orgs whose audit views are told: as many as fit into one transaction.
const TOLD: usize = 90;

/// A role that sharing all cases can give: one without flags.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ShareAllRole {
    /// Reads everything.
    Viewer,
    /// Changes everything, closes and deletes nothing.
    Editor,
}

/// What the group gets of all cases that its owner made. Exactly one of `role` and `sections`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareAll {
    /// The same level everywhere.
    #[schema(inline)]
    role: Option<ShareAllRole>,
    /// A level for each section: `none` where nothing is said, `details` at least `read`.
    sections: Option<Levels>,
}

impl ShareAll {
    /// The levels that it comes to.
    fn levels(&self) -> Result<Levels, Error> {
        let levels = match (self.role, self.sections) {
            (Some(ShareAllRole::Viewer), None) => Levels::all(Level::Read),
            (Some(ShareAllRole::Editor), None) => Levels::all(Level::Write),
            (None, Some(levels)) => levels,
            _ => return Err(Error::at(Code::GivenUnclear, "")),
        };
        Ok(Rights { levels, flags: Flags::NONE }.as_share().levels)
    }
}

refusals!(OnRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType, GivenUnclear);

/// Share all of your cases with a group
///
/// For its owner. From the next request on every member reaches every case that the owner made,
/// today's and future ones, in every org where the owner is an active colleague then; restricted
/// cases stay closed. How many cases there are makes no difference. Set again, it replaces what
/// was given before.
#[utoipa::path(put, path = "/v1/groups/{group}/share-all", tag = "directory",
    operation_id = "share_all", params(GroupPath),
    request_body(content = ShareAll, example = json!({"role": "viewer"})),
    responses((status = 200, body = GroupView, description = "The group.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Night shift", "owner": true,
        "owner_user": "mfrggzdfmztwq2lknnwg23tpob", "share_all": {"details": "read",
        "comments": "read", "documents": "none", "reports": "none", "contact": "none",
        "tasks": "none", "observables": "none", "targets": "none"},
        "created_at": "2026-11-22T10:00:00Z"})), OnRefusals))]
pub(crate) async fn share_all(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
    Body(body): Body<ShareAll>,
) -> Result<Answer<GroupView>, Error> {
    let after = set(&app, &caller, group, || body.levels().map(Some)).await?;
    Ok(Answer::ok(GroupView::of(&after, &caller)))
}

refusals!(OffRefusals: Invalid, Forbidden, NotFound);

/// Stop sharing all of your cases with a group
///
/// For its owner. What it gave ends with the answer; single shares with the group stay.
#[utoipa::path(delete, path = "/v1/groups/{group}/share-all", tag = "directory",
    operation_id = "stop_sharing_all", params(GroupPath),
    responses((status = 204, description = "It gives nothing any more."), OffRefusals))]
pub(crate) async fn stop_sharing_all(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
) -> Result<Answer, Error> {
    set(&app, &caller, group, || Ok(None)).await?;
    Ok(Answer::nothing())
}

/// Sets what the group gets of all cases that its owner made, and tells it; the group as it is then.
/// What stands already is not written again. `levels` is asked once the caller is known as the owner.
async fn set(
    app: &App,
    caller: &Caller,
    group: GroupId,
    levels: impl Fn() -> Result<Option<Levels>, Error>,
) -> Result<Group, Error> {
    let mut tries = Tries::default();
    loop {
        let (circle, me) = mine_too(app, caller, group).await?;
        let before = circle.owned()?;
        let share_all = levels()?;
        if before.share_all == share_all {
            return Ok(before.clone());
        }
        let after = Group { share_all, version: before.version + 1, ..before.clone() };
        let mut set = vec![("version", number(after.version))];
        let mut remove = Vec::new();
        match share_all {
            Some(levels) => set.push(("share_all", row::value(&levels)?)),
            None => remove.push("share_all"),
        }
        let mut deed = Deed::by(caller, circle.user.as_ref(), circle.now);
        deed.write(Write::Update {
            key: keys::group(group),
            set,
            remove,
            add: Vec::new(),
            condition: Some(Condition::is("version", before.version)),
        });
        tell(&mut deed, &me, &after)?;
        if deed.done(&app.table).await? {
            return Ok(after);
        }
        tries.again().await?;
    }
}

/// The group, and the caller's standings as of the same version.
pub(crate) async fn mine_too(
    app: &App,
    caller: &Caller,
    group: GroupId,
) -> Result<(Circle, UserRows), Error> {
    let mut tries = Tries::default();
    loop {
        let me = app.table.standings(caller).await?;
        let circle = circle(app, caller, group, []).await?;
        let version = circle.user.as_ref().map_or(0, |user| user.authority_version);
        if version == me.authority_version() {
            return Ok((circle, me));
        }
        tries.again().await?;
    }
}

/// Tells it in the audit view of every org in which the owner can have made a case.
pub(crate) fn tell(deed: &mut Deed, owner: &UserRows, group: &Group) -> Result<(), StoreError> {
    let kind = match group.share_all {
        Some(_) if !group.gone => EventKind::AllShared,
        _ => EventKind::AllUnshared,
    };
    let colleague = owner.orgs.iter().filter(|member| shared::access_list::is_colleague(member));
    let orgs: Vec<&OrgId> = colleague.map(|member| &member.org).take(TOLD).collect();
    for org in orgs {
        let what = match kind {
            EventKind::AllShared => {
                json!({ "group": group.id, "name": group.name, "sections": group.share_all })
            }
            _ => json!({ "group": group.id, "name": group.name }),
        };
        deed.tell(org, kind, what)?;
    }
    Ok(())
}
