//! Changing, locking and removing members.

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::{MemberKind, MemberStatus};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body, Path};
use shared::id::ProfileName;
use shared::inviting::expires_at;
use shared::model::{EventKind, InvitedMember, Member, Org, User};
use shared::rights::OrgFlag;
use shared::store::{Condition, Tries, Write, keys};
use shared::text::Name;
use utoipa::ToSchema;

use crate::deed::{Deed, Set, number, text};
use crate::docs::refusals;
use crate::found::Found;
use crate::inviting::{check_profile, profile_key, roster_row, uninvite};
use crate::look::{Here, look};
use crate::member_invites::NewKind;
use crate::paths::MemberPath;
use crate::roster::{another_admin, is_admin};
use crate::views::{Entry, MemberView};

/// What an admin sets a membership to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewStatus {
    /// Let in.
    Active,
    /// Shut out, until unlocked.
    Locked,
}

/// What to change of a member. What is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// What they are to the org. A guest is invited instead, since they have to agree.
    kind: Option<NewKind>,
    /// What they may do.
    profile: Option<ProfileName>,
    /// Whether they are shut out.
    status: Option<NewStatus>,
    /// By name.
    name: Option<Name>,
}

refusals!(ChangeRefusals: Invalid, Malformed, Forbidden, NotFound, LastAdmin, NotAMember,
    TooLarge, MediaType, UnknownProfile, KindMismatch);

/// Change a member
///
/// Kind, profile, lock and name; what changes counts at once, in every request that follows. The
/// last active org-admin stays one. Who is invited can be given another kind, profile or name.
/// Needs `manage_members`.
#[utoipa::path(patch, path = "/v1/orgs/{org}/members/{member}", tag = "directory",
    operation_id = "change_member", params(MemberPath),
    request_body(content = MemberChange, example = json!({"status": "locked"})),
    responses((status = 200, body = MemberView, description = "The member.", example = json!({
        "id": "mfrggzdfmztwq2lknnwg23tpob", "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Bob",
        "email": "bob@example.com", "kind": "normal", "profile": "analyst", "status": "locked",
        "invitation": null, "since": "2026-11-22T10:00:00Z"})), ChangeRefusals))]
pub(crate) async fn change_member(
    State(app): State<App>,
    caller: Caller,
    Path(MemberPath { org, member }): Path<MemberPath>,
    Body(change): Body<MemberChange>,
) -> Result<Answer<MemberView>, Error> {
    let mut tries = Tries::default();
    loop {
        let mut first = Found::keys(&org, member);
        first.extend(profile_key(&org, change.profile.as_ref()));
        let here = look(&app, &caller, &org, first, |rows| {
            let mut more = Found::further(rows, &org, member)?;
            // Should the kind change, the profile that they have must fit it.
            if let Ok(found) = Found::of(rows, &org, member) {
                more.extend(profile_key(&org, found.entry.profile()));
            }
            Ok(more)
        })
        .await?;
        let home = here.needs(OrgFlag::ManageMembers)?;
        let found = Found::of(&here.rows, &org, member)?;
        let changed = changed(&found.entry, &change)?;
        if changed.kind() != found.entry.kind() || change.profile.is_some() {
            match changed.profile() {
                Some(profile) => check_profile(&here.rows, &org, profile, changed.kind())?,
                None => return Err(Error::at(Code::KindMismatch, "/profile")),
            }
        }
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        let view = match (&found.entry, changed) {
            (Entry::Member(before), Entry::Member(after)) if *before == after => {
                return Ok(Answer::ok(found.view(here.now)));
            }
            (Entry::Member(before), Entry::Member(after)) => {
                change_membership(&mut deed, before, &after, found.user.as_ref())?;
                keep_an_admin(&mut deed, &app, home, &found.entry, &after).await?;
                MemberView::of(&Entry::Member(after), None, here.now)
            }
            (_, Entry::Invited(after)) => change_invited(&mut deed, &here, home, &found, after)?,
            (Entry::Invited(_), Entry::Member(_)) => return Err(Error::not_found()),
        };
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(view));
        }
        tries.again().await?;
    }
}

/// The entry as the change leaves it. Plain rules: no table, no clock.
fn changed(entry: &Entry, change: &MemberChange) -> Result<Entry, Error> {
    let kind = change.kind.map_or(entry.kind(), MemberKind::from);
    if kind != entry.kind() && entry.kind() == MemberKind::Guest {
        return Err(Error::at(Code::KindMismatch, "/kind"));
    }
    let profile = change.profile.as_ref().or(entry.profile()).cloned();
    let name = change.name.as_ref().or(entry.person().0).cloned();
    let not_a_member = || Error::at(Code::NotAMember, "/status");
    Ok(match entry {
        Entry::Member(member) => {
            if !matches!(member.status, MemberStatus::Active | MemberStatus::Locked) {
                return Err(not_a_member());
            }
            let status = match change.status {
                Some(NewStatus::Active) => MemberStatus::Active,
                Some(NewStatus::Locked) => MemberStatus::Locked,
                None => member.status,
            };
            Entry::Member(Member { kind, profile, status, name, ..member.clone() })
        }
        Entry::Invited(invited) => {
            if change.status.is_some() {
                return Err(not_a_member());
            }
            Entry::Invited(InvitedMember { kind, profile, name, ..invited.clone() })
        }
    })
}

/// Adds what changes a membership: the row, the user's authority, the event.
pub(crate) fn change_membership(
    deed: &mut Deed,
    before: &Member,
    after: &Member,
    user: Option<&User>,
) -> Result<(), Error> {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut set: Set = vec![("version", number(before.version + 1))];
    let mut what = serde_json::Map::new();
    what.insert("user".to_owned(), json!(after.user));
    if before.kind != after.kind {
        set.push(("kind", text(word(json!(after.kind)))));
        what.insert("kind".to_owned(), json!(after.kind));
    }
    if let (true, Some(profile)) = (before.profile != after.profile, &after.profile) {
        set.push(("profile", text(profile)));
        what.insert("profile".to_owned(), json!(profile));
    }
    if before.status != after.status {
        set.push(("state", text(word(json!(after.status)))));
        what.insert("status".to_owned(), json!(after.status));
    }
    if let (true, Some(name)) = (before.name != after.name, &after.name) {
        set.push(("name", text(name)));
        what.insert("name".to_owned(), json!(true));
    }
    let kind = match after.status {
        MemberStatus::Removed => EventKind::MemberRemoved,
        _ => EventKind::MemberChanged,
    };
    deed.write(Write::set(
        keys::member(after.user, &after.org),
        set,
        Condition::is("version", before.version),
    ));
    deed.raise(after.user, user, Vec::new());
    deed.tell(&after.org, kind, what.into())?;
    Ok(())
}

/// Refuses to take the last active org-admin from an org.
///
/// Two admins who take each other's right at the same time must not both succeed: such a change,
/// and no other one, also moves the version of the org's row, so that the second is decided anew.
async fn keep_an_admin(
    deed: &mut Deed,
    app: &App,
    org: &Org,
    before: &Entry,
    after: &Member,
) -> Result<(), Error> {
    if !is_admin(before) || is_admin(&Entry::Member(after.clone())) {
        return Ok(());
    }
    if !another_admin(&app.table, &org.id, after.user).await? {
        return Err(Error::of(Code::LastAdmin));
    }
    let set = vec![("version", number(org.version + 1))];
    deed.write(Write::set(keys::org(&org.id), set, Condition::is("version", org.version)));
    Ok(())
}

/// Adds what changes somebody who is invited: the row, the ticket if it is for another kind now,
/// the event.
fn change_invited(
    deed: &mut Deed,
    here: &Here,
    org: &Org,
    found: &Found,
    mut after: InvitedMember,
) -> Result<MemberView, Error> {
    let Some(ticket) = &found.ticket else { return Err(Error::not_found()) };
    let mut shown = ticket.clone();
    if after.kind != found.entry.kind() {
        // External users have less time.
        after.expires_at = expires_at(&org.settings, Some(after.kind), ticket.invited_at);
        shown.expires_at = after.expires_at;
        let kind = json!(after.kind).as_str().unwrap_or_default().to_owned();
        let set = vec![("kind", text(kind)), ("expires_at", text(after.expires_at))];
        let same = Condition::is("generation", ticket.generation);
        deed.write(Write::set(keys::invitation(ticket.id), set, same));
    }
    deed.write(roster_row(&after, Some(ticket.id))?);
    let what = json!({"invitation": ticket.id, "kind": after.kind, "profile": after.profile});
    deed.tell(&org.id, EventKind::MemberChanged, what)?;
    Ok(MemberView::of(&Entry::Invited(after), Some(&shown), here.now))
}

refusals!(RemoveRefusals: Invalid, Forbidden, NotFound, LastAdmin, TooManyChanges);

/// Remove a member, or take an invitation back
///
/// A member is shut out of every case of the org at once, and stays in the list as `removed` until
/// they are invited again; somebody who was only invited is gone from the list. Nothing that the
/// org has invited them to can be accepted any more. Needs `manage_members`.
#[utoipa::path(delete, path = "/v1/orgs/{org}/members/{member}", tag = "directory",
    operation_id = "remove_member", params(MemberPath),
    responses((status = 204, description = "They are no member."), RemoveRefusals))]
pub(crate) async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    Path(MemberPath { org, member }): Path<MemberPath>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let first = Found::keys(&org, member);
        let here =
            look(&app, &caller, &org, first, |rows| Found::further(rows, &org, member)).await?;
        let home = here.needs(OrgFlag::ManageMembers)?;
        let found = Found::of(&here.rows, &org, member)?;
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        match &found.entry {
            Entry::Member(before) if before.status == MemberStatus::Removed => {
                return Ok(Answer::nothing());
            }
            Entry::Member(before) => {
                let after = Member { status: MemberStatus::Removed, ..before.clone() };
                change_membership(&mut deed, before, &after, found.user.as_ref())?;
                keep_an_admin(&mut deed, &app, home, &found.entry, &after).await?;
                // What they were invited to besides would let them in again.
                if let Some(address) = &before.address {
                    uninvite(&mut deed, &app.table, &org, address, here.now).await?;
                }
            }
            Entry::Invited(invited) => {
                uninvite(&mut deed, &app.table, &org, &invited.address, here.now).await?;
                let what = json!({"invitation": invited.invitation, "email": invited.address});
                deed.tell(&org, EventKind::MemberRemoved, what)?;
            }
        }
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}
