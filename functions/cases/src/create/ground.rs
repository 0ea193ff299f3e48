//! What making a case leans on: the org, and what the caller is to it, at one instant.

use std::collections::HashMap;

use futures_util::future::try_join;
use jiff::Timestamp;
use shared::access::{
    CallerFacts, CaseFacts, MemberKind, MemberStatus, Standing, Visibility, decide, may,
};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::OrgId;
use shared::model::{Member, Org, User};
use shared::rights::{Flag, Flags, Level, OrgFlag, Section, built_in};
use shared::store::{Key, Row, UserRows, keys, row, standing};
use shared::text::Name;

use super::body::NewCase;

/// The org, and what the caller is to it.
pub(crate) struct Ground {
    /// The caller's standings.
    pub(crate) me: UserRows,
    /// The org.
    pub(crate) org: Org,
    /// The caller's membership in it.
    pub(crate) member: Member,
    /// Rows that were asked for besides.
    pub(crate) rows: HashMap<Key, Row>,
    standing: Standing,
}

/// What was found.
pub(crate) enum Found {
    /// All of it, as of one instant.
    All(Box<Ground>),
    /// The caller changed meanwhile: read again.
    Moved,
    /// No such org, or none that the caller is an active member of; with the rows asked for.
    Nowhere(HashMap<Key, Row>),
}

impl Ground {
    /// Reads org, user, membership and profile at one instant, and `besides` before it.
    pub(crate) async fn read(
        app: &App,
        caller: &Caller,
        org: &OrgId,
        besides: Vec<Key>,
    ) -> Result<Found, Error> {
        let (me, mut rows) =
            try_join(app.table.standings(caller), app.table.get_many(besides)).await?;
        let mut wanted =
            vec![keys::user(caller.user), keys::org(org), keys::member(caller.user, org)];
        let profile = me.in_org(org).and_then(|member| member.profile.as_ref());
        wanted.extend(
            profile.filter(|name| built_in(name).is_none()).map(|name| keys::profile(org, name)),
        );
        let at_once = app.table.get_at_once(&wanted).await?;
        rows.extend(wanted.into_iter().zip(at_once).filter_map(|(key, row)| Some((key, row?))));

        let user: Option<User> = row::read_if(rows.get(&keys::user(caller.user)))?;
        let version = user.as_ref().map_or(0, |user| user.authority_version);
        if version != me.authority_version() {
            return Ok(Found::Moved);
        }
        let member: Option<Member> = row::read_if(rows.get(&keys::member(caller.user, org)))?;
        let org: Option<Org> = row::read_if(rows.get(&keys::org(org)))?;
        // To whom is locked out, and in an org that is locked, nothing is there.
        let open = !user.is_some_and(|user| user.locked);
        let org = org.filter(|org| open && !org.locked);
        match (org, member.filter(|member| member.status == MemberStatus::Active)) {
            (Some(org), Some(member)) => {
                let standing = standing(&member, &rows)?;
                Ok(Found::All(Box::new(Self { me, org, member, rows, standing })))
            }
            _ => Ok(Found::Nowhere(rows)),
        }
    }

    /// Whether the caller comes through the portal.
    pub(crate) fn portal(&self) -> bool {
        self.member.kind == MemberKind::External
    }

    /// The caller's name, as the table has it, or else their token.
    pub(crate) fn name(&self, caller: &Caller) -> Option<Name> {
        let known = self.me.user.as_ref().and_then(|user| user.name.clone());
        known.or_else(|| caller.name.clone())
    }

    /// Whether the caller may make this case.
    ///
    /// # Errors
    ///
    /// 403 with the right that is missing.
    pub(crate) fn allows(&self, body: &NewCase, now: Timestamp) -> Result<(), Error> {
        let caller = CallerFacts { locked: false, membership: Some(self.standing) };
        if !may(&caller, self.org.locked).has(OrgFlag::CreateCase) {
            return Err(Error::forbidden("create_case"));
        }
        // Through the portal nobody makes what they could not see.
        if self.portal() && self.standing.profile.rights.levels.details == Level::None {
            return Err(Error::forbidden("read on details"));
        }
        let visibility = if self.portal() { Visibility::External } else { Visibility::default() };
        let case = CaseFacts {
            owner_locked: self.org.locked,
            creator: true,
            visibility,
            named: self.portal(),
            ..CaseFacts::default()
        };
        let access = decide(&caller, &case, now);
        if let Some(right) = missing(access.flags(), body) {
            return Err(Error::forbidden(right));
        }
        if !body.observables.is_empty() && !access.adds(Section::Observables) {
            return Err(Error::forbidden("write on observables"));
        }
        Ok(())
    }
}

/// The right that the request needs and a creator with these flags does not have.
fn missing(flags: Flags, body: &NewCase) -> Option<&'static str> {
    let access = match body.access {
        Visibility::Internal => None,
        Visibility::Restricted => Some((Flag::Restrict, "restrict")),
        Visibility::External | Visibility::ExternalAll => {
            Some((Flag::ShareExternal, "share_external"))
        }
    };
    let assign = (!body.assignees.is_empty()).then_some((Flag::Assign, "assign"));
    let share = body.shares().next().map(|_| (Flag::Share, "share"));
    let needed = [access, assign, share].into_iter().flatten();
    needed.filter(|(flag, _)| !flags.has(*flag)).map(|(_, right)| right).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &serde_json::Value) -> NewCase {
        let mut all = serde_json::json!({ "org": "acme", "title": "A case" });
        for (name, value) in json.as_object().unwrap() {
            all[name] = value.clone();
        }
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn what_is_asked_for_at_creation_needs_the_right_that_it_needs_later() {
        let share = serde_json::json!({ "share": [{ "recipients": [], "role": "viewer" }] });
        let asks = [
            (serde_json::json!({}), None),
            (serde_json::json!({ "access": "restricted" }), Some("restrict")),
            (serde_json::json!({ "access": "external-all" }), Some("share_external")),
            (serde_json::json!({ "assignees": ["email:a@b.example"] }), Some("assign")),
            (share, Some("share")),
        ];
        for (ask, right) in asks {
            assert_eq!(missing(Flags::NONE, &body(&ask)), right, "{ask}");
            assert_eq!(missing(Flags::EVERY, &body(&ask)), None, "{ask}");
        }
    }
}
