//! Who the caller is: name, orgs, groups.

use std::collections::HashMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::access::{CallerFacts, MemberKind, MemberStatus, may};
use shared::address::Address;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body};
use shared::id::{GroupId, OrgId, ProfileName, UserId};
use shared::model::{Group, Member, Org, User};
use shared::rights::{self, OrgRights};
use shared::store::{
    Condition, Key, Row, StoreError, Table, Tries, UserRows, Write, keys, row, standing,
};
use shared::text::Name;
use tracing::warn;
use utoipa::ToSchema;

use crate::deed::{Deed, Set, number, text};
use crate::docs::refusals;

/// How many membership rows one transaction renames.
const RENAMED_AT_ONCE: usize = 90;

/// The caller's standings, with the rows that they lean on.
pub(crate) struct Mine {
    /// The standings.
    pub(crate) me: UserRows,
    rows: HashMap<Key, Row>,
}

/// An org of the caller's.
pub(crate) struct MyPlace {
    /// The org.
    pub(crate) org: Org,
    /// The membership.
    pub(crate) member: Member,
    /// What they may do there.
    may: OrgRights,
}

impl Mine {
    /// Whether the caller is locked, everywhere.
    pub(crate) fn locked(&self) -> bool {
        self.me.user.as_ref().is_some_and(|user| user.locked)
    }

    /// Orgs of which the caller is an active or locked member; none for a locked user.
    pub(crate) fn orgs(&self) -> Result<Vec<MyPlace>, StoreError> {
        let mut places = Vec::new();
        for member in self.me.orgs.iter().filter(|_| !self.locked()) {
            let shown = matches!(member.status, MemberStatus::Active | MemberStatus::Locked);
            let org: Option<Org> = row::read_if(self.rows.get(&keys::org(&member.org)))?;
            if let (Some(org), true) = (org, shown) {
                let membership = Some(standing(member, &self.rows)?);
                let may = may(&CallerFacts { locked: false, membership }, org.locked);
                places.push(MyPlace { org, member: member.clone(), may });
            }
        }
        Ok(places)
    }

    /// Living groups of the caller, the oldest first; none for a locked user.
    pub(crate) fn groups(&self) -> Result<Vec<Group>, StoreError> {
        let mut groups = Vec::new();
        for member in self.me.groups.iter().filter(|_| !self.locked()) {
            let group: Option<Group> = row::read_if(self.rows.get(&keys::group(member.group)))?;
            groups.extend(group.filter(|group| !group.gone));
        }
        // Standings have those first with which all cases are shared.
        groups.sort_by_key(|group| group.id);
        Ok(groups)
    }
}

/// Reads the caller's standings and what they lean on. Anew, if one of them changed meanwhile: what
/// is shown was all there at the instant of the last read.
pub(crate) async fn mine(table: &Table, caller: &Caller) -> Result<Mine, StoreError> {
    let mut tries = Tries::default();
    loop {
        let me = table.standings(caller).await?;
        let mut wanted = vec![keys::user(caller.user)];
        for member in &me.orgs {
            wanted.push(keys::org(&member.org));
            let custom = member.profile.as_ref().filter(|name| rights::built_in(name).is_none());
            wanted.extend(custom.map(|name| keys::profile(&member.org, name)));
        }
        wanted.extend(me.groups.iter().map(|member| keys::group(member.group)));
        let rows = table.get_many(wanted).await?;
        let user: Option<User> = row::read_if(rows.get(&keys::user(caller.user)))?;
        if user.map_or(0, |user| user.authority_version) == me.authority_version() {
            return Ok(Mine { me, rows });
        }
        tries.again().await?;
    }
}

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The user id.
    user: UserId,
    /// By name.
    name: Option<Name>,
    /// The verified address, of the token or else as last seen.
    email: Option<Address>,
    /// Whether the token says that the address is verified: without that nothing can be accepted.
    email_verified: bool,
    /// Makes orgs.
    operator: bool,
    /// Orgs of which the caller is a member.
    orgs: Vec<MyOrg>,
    /// Groups of which the caller is a member.
    groups: Vec<MyGroup>,
}

/// An org of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyOrg {
    /// The org.
    org: OrgId,
    /// Its name.
    name: Name,
    /// What the caller is to the org.
    kind: MemberKind,
    /// With which profile; guests have none.
    profile: Option<ProfileName>,
    /// Where the membership stands: `active` or `locked`.
    status: MemberStatus,
    /// The org is locked: nothing of it is open.
    locked: bool,
    /// What the caller may do there, outside of cases.
    may: OrgRights,
}

/// A group of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyGroup {
    /// The group.
    group: GroupId,
    /// Its name.
    name: Name,
    /// The caller owns it.
    owner: bool,
}

impl Me {
    fn of(caller: &Caller, mine: &Mine) -> Result<Self, StoreError> {
        let known = mine.me.user.as_ref();
        let orgs = mine.orgs()?.into_iter().map(|place| MyOrg {
            name: place.org.name,
            kind: place.member.kind,
            status: place.member.status,
            locked: place.org.locked,
            may: place.may,
            profile: place.member.profile,
            org: place.member.org,
        });
        let groups = mine.groups()?.into_iter().map(|group| MyGroup {
            group: group.id,
            name: group.name,
            owner: group.owner == caller.user,
        });
        Ok(Self {
            user: caller.user,
            name: known.and_then(|user| user.name.clone()).or_else(|| caller.name.clone()),
            email: caller.address.clone().or_else(|| known.and_then(|user| user.address.clone())),
            email_verified: caller.address.is_some(),
            operator: caller.operator,
            orgs: orgs.collect(),
            groups: groups.collect(),
        })
    }
}

refusals!(GetRefusals: Invalid);

/// Who I am
///
/// With my orgs, what I may do there, and my groups. Reading it writes nothing.
#[utoipa::path(get, path = "/v1/me", tag = "directory", operation_id = "get_me",
    responses((status = 200, body = Me, description = "The caller.", example = json!({
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Ada", "email": "ada@example.com",
        "email_verified": true, "operator": false,
        "orgs": [{"org": "acme", "name": "Acme CERT", "kind": "normal", "profile": "analyst",
            "status": "active", "locked": false, "may": ["create_case"]}],
        "groups": [{"group": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "name": "Night shift",
            "owner": true}]})), GetRefusals))]
pub(crate) async fn get_me(State(app): State<App>, caller: Caller) -> Result<Answer<Me>, Error> {
    Ok(Answer::ok(Me::of(&caller, &mine(&app.table, &caller).await?)?))
}

/// What to change of oneself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeChange {
    /// The name under which others see me.
    name: Name,
}

refusals!(ChangeRefusals: Invalid, Malformed, Forbidden, TooLarge, MediaType);

/// Change my name
///
/// In every org and group; what was written under the former name keeps it.
#[utoipa::path(patch, path = "/v1/me", tag = "directory", operation_id = "change_me",
    request_body(content = MeChange, example = json!({"name": "Ada Lovelace"})),
    responses((status = 200, body = Me, description = "The caller.", example = json!({
        "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Ada Lovelace",
        "email": "ada@example.com", "email_verified": true, "operator": false,
        "orgs": [], "groups": []})), ChangeRefusals))]
pub(crate) async fn change_me(
    State(app): State<App>,
    caller: Caller,
    Body(MeChange { name }): Body<MeChange>,
) -> Result<Answer<Me>, Error> {
    let mut tries = Tries::default();
    loop {
        let before = mine(&app.table, &caller).await?;
        if before.locked() {
            return Err(Error::because(Code::Forbidden, "you are locked out"));
        }
        let mut renames = renames(&before.me, &name);
        let later = renames.split_off(renames.len().min(RENAMED_AT_ONCE));
        let known = before.me.user.as_ref();
        let mut deed = Deed::by(&caller, known, app.clock.now());
        let mut set: Set = vec![("name", text(&name))];
        set.extend(caller.address.as_ref().map(|address| ("address", text(address))));
        deed.raise(caller.user, known, set);
        deed.write_all(renames);
        deed.write_all(claim(&app.table, &caller).await?);
        if deed.done(&app.table).await? {
            // Who is in more than 90 orgs and groups is renamed in the rest right after. Should
            // that fail, the former name stays there until the next change; nothing decides on it.
            for part in later.chunks(RENAMED_AT_ONCE) {
                if let Err(error) = app.table.write(part.to_vec()).await {
                    warn!(%error, user.id = %caller.user, "left some rows with a former name");
                }
            }
            return Ok(Answer::ok(Me::of(&caller, &mine(&app.table, &caller).await?)?));
        }
        tries.again().await?;
    }
}

/// The writes that bring `name` to the rows of memberships.
fn renames(me: &UserRows, name: &Name) -> Vec<Write> {
    let orgs = me.orgs.iter().filter(|member| member.name.as_ref() != Some(name)).map(|member| {
        Write::set(
            keys::member(member.user, &member.org),
            vec![("name", text(name)), ("version", number(member.version + 1))],
            Condition::is("version", member.version),
        )
    });
    let groups =
        me.groups.iter().filter(|member| member.name.as_ref() != Some(name)).map(|member| {
            let key = keys::group_member(member.user, member.group);
            Write::set(key, vec![("name", text(name))], Condition::present())
        });
    orgs.chain(groups).collect()
}

/// The write that makes the caller the one user of their verified address, if it has none yet.
async fn claim(table: &Table, caller: &Caller) -> Result<Option<Write>, StoreError> {
    let Some(address) = &caller.address else { return Ok(None) };
    let key = keys::email(address);
    let owned = table.get(&key).await?.is_some_and(|row| row.contains_key("user"));
    let set = vec![("user", text(caller.user))];
    Ok((!owned).then(|| Write::set(key, set, Condition::without("user"))))
}

#[cfg(test)]
mod tests {
    use shared::access::MemberStatus;
    use shared::model::GroupMember;
    use shared::store::RowBuilder;

    use super::*;

    #[test]
    fn groups_come_in_order_whatever_the_standings_have_first() {
        let user = UserId::of("https://issuer.example", "gus");
        let owner = UserId::of("https://issuer.example", "ada");
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let ids = [GroupId::new(at(1)), GroupId::new(at(2))];
        let member = |group| GroupMember {
            group,
            user,
            owner,
            name: None,
            address: None,
            state: MemberStatus::Active,
            since: at(3),
        };
        let row = |id: GroupId| {
            let name = "Night shift".parse().unwrap();
            let (gone, share_all) = (false, None);
            let group = Group { id, name, owner, gone, share_all, created_at: at(1), version: 1 };
            (keys::group(id), RowBuilder::new(keys::group(id), &group).unwrap().build())
        };
        let groups = ids.into_iter().rev().map(member).collect();
        let me = UserRows { groups, ..UserRows::default() };
        let mine = Mine { me, rows: ids.into_iter().map(row).collect() };

        let listed: Vec<_> = mine.groups().unwrap().into_iter().map(|group| group.id).collect();

        assert_eq!(listed, ids);
    }
}
