//! Inviting members of an org to a group.

use axum::extract::State;
use serde::Deserialize;
use shared::access::{MemberKind, MemberStatus};
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Cursor, Path, Post};
use shared::id::{OrgId, UserId};
use shared::model::Member;
use shared::store::{StoreError, Table, keys, row};
use utoipa::ToSchema;

use crate::circle::circle;
use crate::docs::refusals;
use crate::group_invites::{InviteResults, Invites, MOST, check};
use crate::look::{look, nothing};
use crate::paths::GroupPath;
use crate::roster::{self, Wanted};
use crate::views::Entry;

/// How many rows of an org's roster one import reads.
const MOST_ROWS: usize = 1_000;

/// Whom to invite to a group from an org.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupImport {
    /// The org.
    org: OrgId,
    /// Which of its active normal members; all of them, 25 in each call, if nothing is said.
    #[schema(min_items = 1, max_items = 25)]
    users: Option<Vec<UserId>>,
    /// Without `users`: where the call before ended.
    cursor: Option<String>,
}

refusals!(ImportRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType,
    SameRecipient, NotAColleague, KeyReused, MailLimit);

/// Invite members of an org to a group
///
/// For the group's owner, who must be a colleague in the org. Membership is by acceptance here
/// too. Without `users`, each call invites up to 25 of the org's active normal members, by
/// address, and `cursor` goes on with the next ones. Nobody can send more than 60 invitations in an
/// hour.
#[utoipa::path(post, path = "/v1/groups/{group}/members/import", tag = "directory",
    operation_id = "import_to_group",
    params(GroupPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = GroupImport, example = json!({"org": "acme"})),
    responses((status = 200, body = InviteResults, description = "What became of each.",
        example = json!({"items": [{"email": "ada@example.com", "status": "already_member"},
            {"email": "bob@example.com", "status": "invited"}], "cursor": null})),
        ImportRefusals))]
pub(crate) async fn import_to_group(
    State(app): State<App>,
    caller: Caller,
    Path(GroupPath { group }): Path<GroupPath>,
    Post { body, idem }: Post<GroupImport>,
) -> Result<Answer<InviteResults>, Error> {
    let cursor = Cursor::of(&["import", body.org.as_str(), &group.to_string()]);
    let after = cursor
        .read(body.cursor.as_deref())
        .map_err(|_| Error::invalid("/cursor", "is not a cursor of this import"))?;
    if let Some(users) = &body.users {
        check(users, "users")?;
        if body.cursor.is_some() {
            return Err(Error::invalid("/cursor", "goes with no `users`"));
        }
    }
    circle(&app, &caller, group, []).await?.owned()?;
    look(&app, &caller, &body.org, [], nothing).await?.colleague()?;
    let (addresses, next) = match &body.users {
        Some(users) => (named(&app.table, &body.org, users).await?, None),
        None => all(&app.table, &body.org, after).await?,
    };
    // Again, now that the roster has been read: nothing of it goes to who is no colleague any more.
    look(&app, &caller, &body.org, [], nothing).await?.colleague()?;
    let invites = Invites { app: &app, caller: &caller, group, idem: idem.as_ref() };
    let items = invites.send(addresses).await?;
    Ok(Answer::ok(InviteResults { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

/// The address of an active normal member.
fn colleague(entry: &Entry) -> Option<&Address> {
    match entry {
        Entry::Member(member)
            if member.kind == MemberKind::Normal && member.status == MemberStatus::Active =>
        {
            member.address.as_ref()
        }
        _ => None,
    }
}

/// The addresses of these users, who must be active normal members.
async fn named(table: &Table, org: &OrgId, users: &[UserId]) -> Result<Vec<Address>, Error> {
    let rows = table.get_many(users.iter().map(|user| keys::member(*user, org))).await?;
    let mut addresses = Vec::new();
    for (at, user) in users.iter().enumerate() {
        let member: Option<Member> = row::read_if(rows.get(&keys::member(*user, org)))?;
        let entry = member.map(Entry::Member);
        match entry.as_ref().and_then(colleague) {
            Some(address) => addresses.push(address.clone()),
            None => return Err(Error::at(Code::NotAColleague, format!("/users/{at}"))),
        }
    }
    Ok(addresses)
}

/// The addresses of the next active normal members, and where to go on.
async fn all(
    table: &Table,
    org: &OrgId,
    after: Option<String>,
) -> Result<(Vec<Address>, Option<String>), StoreError> {
    let wanted = Wanted {
        after,
        limit: MOST,
        most_rows: MOST_ROWS,
        candidate: &|_| true,
        entry: &|entry| colleague(entry).is_some(),
    };
    let (entries, next) = roster::entries(table, org, &wanted).await?;
    Ok((entries.iter().filter_map(colleague).cloned().collect(), next))
}
