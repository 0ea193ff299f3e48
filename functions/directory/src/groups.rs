//! Groups: anybody makes one, and owns it for good.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::access::MemberStatus;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body, Cursor, Path, Post, Query};
use shared::id::{GroupId, UserId};
use shared::model::{Group, GroupMember};
use shared::rights::Levels;
use shared::store::{AttributeValue, Condition, RowBuilder, Tries, Write, keys};
use shared::text::Name;
use utoipa::ToSchema;

use crate::circle::circle;
use crate::deed::{Deed, Set, number, text};
use crate::docs::refusals;
use crate::me::{Mine, mine};
use crate::paths::GroupPath;
use crate::share_all;
use crate::views::{Paging, page_of};

/// The most groups that somebody can be in.
const MOST_GROUPS: usize = 256;
/// How many memberships in deleted groups are swept at once.
const SWEPT: usize = 50;

/// A group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// Its id.
    id: GroupId,
    /// Its name.
    name: Name,
    /// The caller owns it.
    owner: bool,
    /// Who owns it.
    owner_user: UserId,
    /// What its members get of all cases that its owner made; `null`: none of them that way.
    share_all: Option<Levels>,
    /// When it was made.
    created_at: Timestamp,
}

impl GroupView {
    pub(crate) fn of(group: &Group, caller: &Caller) -> Self {
        Self {
            id: group.id,
            name: group.name.clone(),
            owner: group.owner == caller.user,
            owner_user: group.owner,
            share_all: group.share_all,
            created_at: group.created_at,
        }
    }
}

/// A page of groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupList {
    /// The groups, the oldest first.
    items: Vec<GroupView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// A group's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupName {
    /// Its name.
    name: Name,
}

refusals!(CreateRefusals: Invalid, Malformed, Forbidden, TooLarge, MediaType, TooManyGroups,
    KeyReused);

/// Make a group
///
/// Anybody who is signed in can, and owns it for good. Nobody can be in more than 256.
#[utoipa::path(post, path = "/v1/groups", tag = "directory", operation_id = "create_group",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = GroupName, example = json!({"name": "Night shift"})),
    responses((status = 201, body = GroupView, description = "The group.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Night shift", "owner": true,
        "owner_user": "mfrggzdfmztwq2lknnwg23tpob", "share_all": null,
        "created_at": "2026-11-22T10:00:00Z"})),
        CreateRefusals))]
pub(crate) async fn create_group(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<GroupName>,
) -> Result<Answer<GroupView>, Error> {
    let mut tries = Tries::default();
    loop {
        let record = match &idem {
            Some(idem) => app.table.get(&idem.key()).await?,
            None => None,
        };
        let now = app.clock.now();
        let mine = mine(&app.table, &caller).await?;
        if mine.locked() {
            return Err(Error::because(Code::Forbidden, "you are locked out"));
        }
        if let Some(idem) = &idem
            && let Some(record) = idem.before(record.as_ref(), now)?
        {
            let circle = circle(&app, &caller, record.id("group")?, []).await?;
            return Ok(Answer::replayed(record.status, GroupView::of(&circle.group, &caller)));
        }
        let living = mine.groups()?;
        if MOST_GROUPS <= living.len() {
            return Err(Error::of(Code::TooManyGroups));
        }
        let group = Group {
            id: GroupId::new(now),
            name: body.name.clone(),
            owner: caller.user,
            gone: false,
            share_all: None,
            created_at: now,
            version: 1,
        };
        let known = mine.me.user.as_ref();
        let member = GroupMember {
            group: group.id,
            user: caller.user,
            owner: caller.user,
            name: known.and_then(|user| user.name.clone()).or_else(|| caller.name.clone()),
            address: caller.address.clone(),
            state: MemberStatus::Active,
            since: now,
        };
        let row = RowBuilder::new(keys::group_member(caller.user, group.id), &member)?;
        let listed = keys::group_member_under(group.id, caller.user.as_str());
        let mut deed = Deed::by(&caller, known, now);
        deed.raise(caller.user, known, introduction(&caller, &mine));
        deed.write(Write::add(RowBuilder::new(keys::group(group.id), &group)?.build()));
        deed.write(Write::add(row.listed(listed).build()));
        // What deleted groups have left of the caller's would grow for ever.
        let left = mine.me.groups.iter().map(|member| member.group);
        let gone = left.filter(|id| living.iter().all(|group| group.id != *id)).take(SWEPT);
        deed.write_all(gone.map(|id| Write::Delete(keys::group_member(caller.user, id), None)));
        deed.remember(idem.as_ref(), 201, [("group", group.id.to_string())])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(GroupView::of(&group, &caller)));
        }
        tries.again().await?;
    }
}

/// What is set of a user who makes their first group: the name and address that are not known yet.
fn introduction(caller: &Caller, mine: &Mine) -> Set {
    let known = mine.me.user.as_ref();
    let mut set = Set::new();
    if let (Some(name), true) = (&caller.name, known.is_none_or(|user| user.name.is_none())) {
        set.push(("name", text(name)));
    }
    if let (Some(address), true) =
        (&caller.address, known.is_none_or(|user| user.address.is_none()))
    {
        set.push(("address", text(address)));
    }
    set
}

refusals!(ListRefusals: Invalid);

/// My groups
///
/// Those of which the caller is a member, the oldest first.
#[utoipa::path(get, path = "/v1/groups", tag = "directory", operation_id = "list_groups",
    params(Paging),
    responses((status = 200, body = GroupList, description = "A page of groups.",
        example = json!({"items": [{"id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Night shift",
            "owner": true, "owner_user": "mfrggzdfmztwq2lknnwg23tpob", "share_all": null,
            "created_at": "2026-11-22T10:00:00Z"}], "cursor": null})), ListRefusals))]
pub(crate) async fn list_groups(
    State(app): State<App>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Answer<GroupList>, Error> {
    let cursor = Cursor::of(&["groups"]);
    let after = cursor.read(paging.cursor.as_deref())?;
    let groups = mine(&app.table, &caller).await?.groups()?;
    let entries =
        groups.iter().map(|group| (group.id.to_string(), GroupView::of(group, &caller))).collect();
    let (items, next) = page_of(entries, after.as_deref(), paging.limit.0);
    Ok(Answer::ok(GroupList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(GetRefusals: Invalid, NotFound);

/// A group
///
/// For its members.
#[utoipa::path(get, path = "/v1/groups/{group}", tag = "directory", operation_id = "get_group",
    params(GroupPath),
    responses((status = 200, body = GroupView, description = "The group.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Night shift", "owner": false,
        "owner_user": "mfrggzdfmztwq2lknnwg23tpob", "share_all": null,
        "created_at": "2026-11-22T10:00:00Z"})),
        GetRefusals))]
pub(crate) async fn get_group(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
) -> Result<Answer<GroupView>, Error> {
    let circle = circle(&app, &caller, group, []).await?;
    Ok(Answer::ok(GroupView::of(&circle.group, &caller)))
}

refusals!(RenameRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType);

/// Rename a group
///
/// For its owner.
#[utoipa::path(patch, path = "/v1/groups/{group}", tag = "directory",
    operation_id = "rename_group", params(GroupPath),
    request_body(content = GroupName, example = json!({"name": "Day shift"})),
    responses((status = 200, body = GroupView, description = "The group.", example = json!({
        "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Day shift", "owner": true,
        "owner_user": "mfrggzdfmztwq2lknnwg23tpob", "share_all": null,
        "created_at": "2026-11-22T10:00:00Z"})),
        RenameRefusals))]
pub(crate) async fn rename_group(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
    Body(GroupName { name }): Body<GroupName>,
) -> Result<Answer<GroupView>, Error> {
    let mut tries = Tries::default();
    loop {
        let circle = circle(&app, &caller, group, []).await?;
        let before = circle.owned()?;
        let after = Group { name: name.clone(), version: before.version + 1, ..before.clone() };
        let mut deed = Deed::by(&caller, circle.user.as_ref(), circle.now);
        let set = vec![("name", text(&name)), ("version", number(after.version))];
        deed.write(Write::set(keys::group(group), set, Condition::is("version", before.version)));
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(GroupView::of(&after, &caller)));
        }
        tries.again().await?;
    }
}

refusals!(DeleteRefusals: Invalid, Forbidden, NotFound);

/// Delete a group
///
/// For its owner. What was shared with the group, one by one or with all cases, is closed to its
/// members at once, however many they are: each decision asks whether the group lives.
#[utoipa::path(delete, path = "/v1/groups/{group}", tag = "directory",
    operation_id = "delete_group", params(GroupPath),
    responses((status = 204, description = "It is gone."), DeleteRefusals))]
pub(crate) async fn delete_group(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let (circle, me) = share_all::mine_too(&app, &caller, group).await?;
        let before = circle.owned()?;
        let mut deed = Deed::by(&caller, circle.user.as_ref(), circle.now);
        if before.share_all.is_some() {
            share_all::tell(&mut deed, &me, &Group { gone: true, ..before.clone() })?;
        }
        let set =
            vec![("gone", AttributeValue::Bool(true)), ("version", number(before.version + 1))];
        deed.write(Write::set(keys::group(group), set, Condition::is("version", before.version)));
        // The owner's own row goes with it; those of others count nothing any more.
        deed.raise(caller.user, circle.user.as_ref(), Set::new());
        deed.write(Write::Delete(keys::group_member(caller.user, group), None));
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}
