//! Who may read an org's audit view.

use std::collections::HashMap;

use shared::access::{CallerFacts, MemberKind, MemberStatus, may};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::OrgId;
use shared::model::{Member, Org, User};
use shared::rights::{OrgFlag, built_in};
use shared::store::{Key, Row, StoreError, Tries, keys, row, standing};

/// Refuses whoever may not audit the org, as of one instant.
///
/// # Errors
///
/// 404 for who is no active member, as for an org that never was; 403 for one without the right.
pub(crate) async fn check(app: &App, caller: &Caller, org: &OrgId) -> Result<(), Error> {
    let member_key = keys::member(caller.user, org);
    let mut wanted = vec![keys::org(org), keys::user(caller.user), member_key.clone()];
    let mut tries = Tries::default();
    loop {
        let found = match app.table.get_at_once(&wanted).await {
            Ok(found) => found,
            Err(StoreError::Conflict) => {
                tries.again().await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let rows: HashMap<Key, Row> =
            wanted.iter().cloned().zip(found).filter_map(|(key, row)| Some((key, row?))).collect();
        let member: Option<Member> = row::read_if(rows.get(&member_key))?;
        let profile = member
            .as_ref()
            .and_then(|member| member.profile.as_ref())
            .filter(|name| built_in(name).is_none())
            .map(|name| keys::profile(org, name))
            .filter(|key| !wanted.contains(key));
        if let Some(profile) = profile {
            wanted.push(profile);
            continue;
        }
        return judge(caller, org, member.as_ref(), &rows);
    }
}

fn judge(
    caller: &Caller,
    org: &OrgId,
    member: Option<&Member>,
    rows: &HashMap<Key, Row>,
) -> Result<(), Error> {
    let user: Option<User> = row::read_if(rows.get(&keys::user(caller.user)))?;
    let open_org = row::read_if::<Org>(rows.get(&keys::org(org)))?.is_some_and(|org| !org.locked);
    let locked = user.is_some_and(|user| user.locked);
    let active = member.filter(|member| member.status == MemberStatus::Active);
    let Some(member) = active.filter(|_| open_org && !locked) else {
        return Err(Error::not_found());
    };
    let colleague = matches!(member.kind, MemberKind::Normal | MemberKind::Service);
    let facts = CallerFacts { locked, membership: Some(standing(member, rows)?) };
    if colleague && may(&facts, false).has(OrgFlag::Audit) {
        Ok(())
    } else {
        Err(Error::forbidden("audit"))
    }
}
