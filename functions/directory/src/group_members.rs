//! The members of a group: who there is, removing somebody, leaving.

use std::collections::HashMap;

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use shared::access::MemberStatus;
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Cursor, Path, Query};
use shared::id::{GroupId, UserId};
use shared::model::{GroupInvitee, GroupMember, Invitation, Purpose, User};
use shared::store::{self, Condition, Key, Row, StoreError, Tries, Write, keys, row};
use shared::text::Name;
use utoipa::ToSchema;

use crate::circle::{circle, circle_then};
use crate::deed::{Deed, Set};
use crate::docs::refusals;
use crate::inviting::cancel;
use crate::paths::{GroupMemberPath, GroupPath};
use crate::views::{MemberId, Paging, TicketView};

/// A member of a group, or somebody who is invited to be one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GroupMemberView {
    /// The user's id; while they are invited, the invitation's.
    #[schema(examples("mfrggzdfmztwq2lknnwg23tpob"))]
    id: String,
    /// The user; `null` while they are invited.
    user: Option<UserId>,
    /// By name.
    name: Option<Name>,
    /// By address.
    email: Option<Address>,
    /// They own the group.
    owner: bool,
    /// `active`, `invited` or `expired`.
    status: MemberStatus,
    /// The ticket, while they are invited.
    invitation: Option<TicketView>,
    /// Since when.
    since: Timestamp,
}

impl GroupMemberView {
    fn member(member: GroupMember) -> Self {
        Self {
            id: member.user.to_string(),
            user: Some(member.user),
            name: member.name,
            email: member.address,
            owner: member.user == member.owner,
            status: MemberStatus::Active,
            invitation: None,
            since: member.since,
        }
    }

    fn invited(invitee: GroupInvitee, ticket: Option<&Invitation>, now: Timestamp) -> Self {
        let id = invitee.invitation;
        let over = invitee.expires_at <= now;
        Self {
            id: id.to_string(),
            user: None,
            name: None,
            owner: false,
            status: if over { MemberStatus::Expired } else { MemberStatus::Invited },
            invitation: Some(TicketView::of(id, invitee.expires_at, ticket, now)),
            since: invitee.since,
            email: Some(invitee.address),
        }
    }
}

/// A page of a group's members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupMemberList {
    /// The members; who is invited, for the owner only.
    items: Vec<GroupMemberView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

refusals!(ListRefusals: Invalid, NotFound);

/// The members of a group
///
/// For its members; the owner also sees who is invited. In no order that means anything.
#[utoipa::path(get, path = "/v1/groups/{group}/members", tag = "directory",
    operation_id = "list_group_members", params(GroupPath, Paging),
    responses((status = 200, body = GroupMemberList, description = "A page of members.",
        example = json!({"items": [{"id": "mfrggzdfmztwq2lknnwg23tpob",
            "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Ada", "email": "ada@example.com",
            "owner": true, "status": "active", "invitation": null,
            "since": "2026-11-22T10:00:00Z"}], "cursor": null})), ListRefusals))]
pub(crate) async fn list_group_members(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
    Query(paging): Query<Paging>,
) -> Result<Answer<GroupMemberList>, Error> {
    let cursor = Cursor::of(&["group members", &group.to_string()]);
    let after = cursor.read(paging.cursor.as_deref())?;
    // Once to spare strangers' requests the work, once to decide: what is shown was read before.
    let owned = circle(&app, &caller, group, []).await?.is_owned();
    let (listed, rows, next) = read_page(&app, group, owned, after, paging.limit.0).await?;
    let circle = circle(&app, &caller, group, []).await?;
    let mut items = Vec::new();
    for key in listed {
        let Some(found) = rows.get(&key) else { continue };
        if key.pk.starts_with("USER#") {
            items.push(GroupMemberView::member(row::read(found)?));
        } else if circle.is_owned() {
            let invitee: GroupInvitee = row::read(found)?;
            let ticket: Option<Invitation> =
                row::read_if(rows.get(&keys::invitation(invitee.invitation)))?;
            items.push(GroupMemberView::invited(invitee, ticket.as_ref(), circle.now));
        }
    }
    Ok(Answer::ok(GroupMemberList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

/// The keys of one page of members, in order, their rows and those of their tickets, and where to
/// go on. Members are listed before addresses are not: only an owner's page holds the latter.
async fn read_page(
    app: &App,
    group: GroupId,
    invited_too: bool,
    after: Option<String>,
    limit: usize,
) -> Result<(Vec<Key>, HashMap<Key, Row>, Option<String>), StoreError> {
    let principal = keys::group_member_under(group, "").principal;
    let (mut listed, mut last, mut behind) = (Vec::new(), None, after);
    let more = loop {
        let low = behind
            .as_ref()
            .map_or_else(|| keys::MEMBER_PREFIX.to_owned(), |behind| format!("{behind}\u{1}"));
        let query = store::Query::principal(principal.clone()).between(low, MEMBERS_END).limit(100);
        let page = app.table.query(query).await?;
        let mut full = false;
        for row in &page.rows {
            let key = row::key_of(row);
            if !invited_too && !key.pk.starts_with("USER#") {
                continue;
            }
            if listed.len() == limit {
                full = true;
                break;
            }
            listed.push(key);
            last = Some(row::text(row, "principal_sort").to_owned());
        }
        behind = page.rows.last().map(|row| row::text(row, "principal_sort").to_owned());
        if full || page.next.is_none() {
            break full;
        }
    };
    let mut rows = app.table.get_many(listed.iter().cloned()).await?;
    let mut tickets = Vec::new();
    for row in rows.values().filter(|row| !row::text(row, "PK").starts_with("USER#")) {
        tickets.push(keys::invitation(row::read::<GroupInvitee>(row)?.invitation));
    }
    rows.extend(app.table.get_many(tickets).await?);
    Ok((listed, rows, last.filter(|_| more)))
}

/// Behind the sort keys of all of a group's members.
const MEMBERS_END: &str = "MEMBER#\u{10ffff}";

refusals!(RemoveRefusals: Invalid, Forbidden, NotFound, OwnerStays);

/// Remove somebody from a group, or leave it
///
/// The owner removes members, and takes invitations back; members remove themselves. What came to
/// them through the group is closed at once, and so is what they had shared with it. The owner
/// cannot leave.
#[utoipa::path(delete, path = "/v1/groups/{group}/members/{member}", tag = "directory",
    operation_id = "remove_group_member", params(GroupMemberPath),
    responses((status = 204, description = "They are not in the group."), RemoveRefusals))]
pub(crate) async fn remove_group_member(
    State(app): State<App>,
    caller: Caller,
    Path(GroupMemberPath { group, member }): Path<GroupMemberPath>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let first = match member {
            MemberId::User(user) => vec![keys::group_member(user, group), keys::user(user)],
            MemberId::Invitation(id) => vec![keys::invitation(id)],
        };
        let ticket = |rows: &crate::look::Rows| match member {
            MemberId::User(_) => Ok(None),
            MemberId::Invitation(id) => {
                let ticket: Option<Invitation> = rows.read(&keys::invitation(id))?;
                Ok(ticket.filter(|ticket| ticket.purpose == Purpose::Group { group }))
            }
        };
        let circle = circle_then(&app, &caller, group, first, |rows| {
            let invitee = |ticket: Invitation| keys::group_invitee(&ticket.address, group);
            Ok(ticket(rows)?.map(invitee).into_iter().collect())
        })
        .await?;
        if member != MemberId::User(caller.user) {
            circle.owned()?;
        }
        let mut deed = Deed::by(&caller, circle.user.as_ref(), circle.now);
        match member {
            MemberId::User(user) => {
                if user == circle.group.owner {
                    return Err(Error::of(Code::OwnerStays));
                }
                let key = keys::group_member(user, group);
                if !circle.rows.has(&key) {
                    return Err(Error::not_found());
                }
                let known: Option<User> = circle.rows.read(&keys::user(user))?;
                deed.raise(user, known.as_ref(), Set::new());
                deed.write(Write::Delete(key, Some(Condition::present())));
            }
            MemberId::Invitation(id) => {
                let ticket = ticket(&circle.rows)?.ok_or_else(Error::not_found)?;
                let key = keys::group_invitee(&ticket.address, group);
                let invitee: Option<GroupInvitee> = circle.rows.read(&key)?;
                if invitee.is_none_or(|invitee| invitee.invitation != id) {
                    return Err(Error::not_found());
                }
                deed.write(Write::Delete(key, Some(Condition::reads("invitation", id))));
                deed.write(cancel(&ticket));
            }
        }
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}
