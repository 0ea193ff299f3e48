//! A group, for somebody who is in it; for all others it is not there.

use jiff::Timestamp;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::id::GroupId;
use shared::model::{Group, User};
use shared::store::{Key, StoreError, keys};
use shared::text::Name;

use crate::look::{Rows, at_once, nothing};

/// A living group of which the caller is a member, at one instant.
pub(crate) struct Circle {
    /// For when.
    pub(crate) now: Timestamp,
    /// The group.
    pub(crate) group: Group,
    /// The caller, as far as they are known.
    pub(crate) user: Option<User>,
    /// What was asked for besides.
    pub(crate) rows: Rows,
    owned: bool,
}

impl Circle {
    /// The group, for its owner.
    pub(crate) fn owned(&self) -> Result<&Group, Error> {
        if self.owned {
            Ok(&self.group)
        } else {
            Err(Error::because(Code::Forbidden, "this is for the group's owner only"))
        }
    }

    /// The caller's name, for who is invited by them.
    pub(crate) fn inviter(&self, caller: &Caller) -> Option<Name> {
        caller.actor(self.user.as_ref().and_then(|user| user.name.as_ref())).name
    }

    /// Whether the caller owns the group.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned
    }
}

/// Reads what the caller is to `group`, and with it `first`. 404 for a group that is deleted, of
/// which the caller is no member, or that never was.
pub(crate) async fn circle(
    app: &App,
    caller: &Caller,
    group: GroupId,
    first: impl IntoIterator<Item = Key>,
) -> Result<Circle, Error> {
    circle_then(app, caller, group, first, nothing).await
}

/// [`circle`], with further rows that depend on those found so far.
pub(crate) async fn circle_then(
    app: &App,
    caller: &Caller,
    id: GroupId,
    first: impl IntoIterator<Item = Key>,
    then: impl Fn(&Rows) -> Result<Vec<Key>, StoreError>,
) -> Result<Circle, Error> {
    let membership = keys::group_member(caller.user, id);
    let mut wanted = vec![keys::group(id), keys::user(caller.user), membership.clone()];
    wanted.extend(first);
    let rows = at_once(&app.table, wanted, then).await?;
    let user: Option<User> = rows.read(&keys::user(caller.user))?;
    let locked = user.as_ref().is_some_and(|user| user.locked);
    match rows.read::<Group>(&keys::group(id))? {
        Some(group) if !group.gone && !locked && rows.has(&membership) => {
            let owned = group.owner == caller.user;
            Ok(Circle { now: app.clock.now(), group, user, rows, owned })
        }
        _ => Err(Error::not_found()),
    }
}
