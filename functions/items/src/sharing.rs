//! Sharing one task, one observable, one target with an org that has the case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::Answer;
use shared::id::{CaseId, ItemId, OrgId, Recipient, ShareId};
use shared::items::{comes_in, share_row};
use shared::model::{Event, EventKind, Grant, ItemShare};
use shared::rights::{Flag, Level, Section};
use shared::sharing::open_grant;
use shared::store::{Condition, Outcome, Tries, Write, case_event, keys};
use utoipa::ToSchema;

use crate::kind::{Found, Kind, event, find, needs_write};

/// What is said of an item's share with an org.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemShareWish {
    /// That org is asked to act; for tasks. Not given: as it is, and not at first.
    action_required: Option<bool>,
}

/// That an item is shared with an org.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemShareView {
    /// With which.
    org: OrgId,
    /// A member of that org made it: it stays theirs.
    made_there: bool,
    /// That org is asked to act.
    action_required: bool,
    /// Since when.
    since: Timestamp,
}

impl From<ItemShare> for ItemShareView {
    fn from(share: ItemShare) -> Self {
        Self {
            org: share.org,
            made_there: share.generation.is_none(),
            action_required: share.action_required,
            since: share.since,
        }
    }
}

/// With which orgs an item is shared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemShares {
    /// The shares, by org.
    items: Vec<ItemShareView>,
}

/// An item, the case's share with an org, and the item's.
struct Shared<B> {
    found: Found<B>,
    grant: Option<Grant>,
    before: Option<ItemShare>,
}

impl<B: Kind> Shared<B> {
    async fn find(
        app: &App,
        caller: &Caller,
        case: CaseId,
        item: ItemId,
        org: &OrgId,
    ) -> Result<Self, Error> {
        let grant = keys::grant(case, &ShareId::of(case, &Recipient::Org(org.clone())));
        let share = keys::item_share(case, org, B::SECTION, item);
        let found = find::<B>(app, caller, case, item, [grant.clone(), share.clone()]).await?;
        let grant: Option<Grant> = found.seen.row(&grant)?;
        let grant = grant.filter(|grant| open_grant(grant, found.seen.now));
        let before: Option<ItemShare> = found.seen.row(&share)?;
        // One of a share of the case that has ended counts nothing.
        let before = before.filter(|before| {
            let present = grant.as_ref().map(|grant| grant.generation);
            before.generation.is_none() || before.generation == present
        });
        Ok(Self { found, grant, before })
    }

    /// Refuses who may not share the item.
    fn allowed(&self) -> Result<(), Error> {
        if self.found.level != Level::Write {
            return Err(needs_write::<B>());
        }
        if !self.found.seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        Ok(())
    }

    /// Whether the caller is of the org with which the item is shared, and works on it there.
    fn works_on_it(&self, org: &OrgId) -> bool {
        let seen = &self.found.seen;
        let mut through = seen.access.partners().filter_map(|place| seen.partners.get(place));
        self.before.is_some()
            && self.found.level == Level::Write
            && through.any(|partner| partner.org == *org)
    }

    /// The line of history; those of that org may know of it.
    fn event(&self, kind: EventKind, org: &OrgId, action_required: bool) -> Event {
        let Found { seen, item, .. } = &self.found;
        let mut event = event(seen, item, kind);
        event.shares = vec![ShareId::of(seen.case, &Recipient::Org(org.clone()))];
        event.what.insert("org".to_owned(), json!(org));
        event.what.insert("action_required".to_owned(), json!(action_required));
        event
    }
}

/// Shares an item with an org, or says whether that org is asked to act.
pub(crate) async fn share<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
    org: &OrgId,
    wish: &ItemShareWish,
) -> Result<Answer<ItemShareView>, Error> {
    if wish.action_required.is_some() && B::SECTION != Section::Tasks {
        return Err(Error::invalid("/action_required", "is for tasks"));
    }
    let mut tries = Tries::default();
    loop {
        let shared = Shared::<B>::find(app, caller, case, item, org).await?;
        if !shared.works_on_it(org) {
            shared.allowed()?;
        }
        let seen = &shared.found.seen;
        let share = match (&shared.before, &shared.grant) {
            (Some(before), _) => ItemShare {
                action_required: wish.action_required.unwrap_or(before.action_required),
                ..before.clone()
            },
            _ if *org == seen.head.owner => return Err(Error::of(Code::WithOwnOrg)),
            (None, None) => return Err(Error::of(Code::NotSharedWithOrg)),
            (None, Some(grant)) => {
                let taken_in = grant.link.as_ref().is_some_and(|link| link.finalise);
                if taken_in && B::SECTION != Section::Targets {
                    return Err(Error::of(Code::LinkFinalises));
                }
                ItemShare {
                    case,
                    org: org.clone(),
                    section: B::SECTION,
                    item,
                    generation: Some(grant.generation),
                    action_required: wish.action_required.unwrap_or_default(),
                    mac: match shared.found.item.body.value().filter(|_| taken_in) {
                        Some(value) => Some(app.targets()?.mac(value).await?),
                        None => None,
                    },
                    kept: None,
                    since: seen.now,
                }
            }
        };
        if shared.before.as_ref() == Some(&share) {
            return Ok(Answer::ok(share.into()));
        }
        let kind = match shared.before {
            Some(_) => EventKind::ActionRequired,
            None => EventKind::ItemShared,
        };
        let event = shared.event(kind, org, share.action_required);
        let there = keys::item(case, B::SECTION, item);
        let mut writes = vec![
            Write::Put(share_row(&share)?, None),
            Write::Check(there, Condition::present()),
            case_event(case, &event)?,
        ];
        if shared.before.is_none() {
            writes.extend(comes_in(&share, shared.grant.as_slice(), seen.now)?);
        }
        match app.table.outcome(writes, false).await? {
            Outcome::Done => return Ok(Answer::ok(share.into())),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// Takes an item back from an org.
pub(crate) async fn unshare<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
    org: &OrgId,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let shared = Shared::<B>::find(app, caller, case, item, org).await?;
        shared.allowed()?;
        match &shared.before {
            None => return Ok(Answer::nothing()),
            Some(before) if before.generation.is_none() => {
                return Err(Error::of(Code::MadeThere));
            }
            Some(_) => {}
        }
        let event = shared.event(EventKind::ItemUnshared, org, false);
        let key = keys::item_share(case, org, B::SECTION, item);
        let writes =
            vec![Write::Delete(key, Some(Condition::present())), case_event(case, &event)?];
        match app.table.outcome(writes, false).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// With which orgs an item is shared. All others than those who see the list of shares see what
/// concerns orgs of theirs.
pub(crate) async fn list<B: Kind>(
    app: &App,
    caller: &Caller,
    case: CaseId,
    item: ItemId,
) -> Result<Answer<ItemShares>, Error> {
    let Found { seen, .. } = find::<B>(app, caller, case, item, []).await?;
    let grants = app.table.grants_of(&seen).await?;
    let orgs: Vec<&OrgId> = grants.iter().filter_map(|grant| grant.recipient.org()).collect();
    let keys = orgs.iter().map(|org| keys::item_share(case, org, B::SECTION, item));
    // Again, so that what is shown is no younger than the decision.
    let found = find::<B>(app, caller, case, item, keys).await?;
    let seen = &found.seen;
    let mut items = Vec::new();
    for grant in &grants {
        let Some(org) = grant.recipient.org() else { continue };
        let share: Option<ItemShare> = seen.row(&keys::item_share(case, org, B::SECTION, item))?;
        let counts = share.filter(|share| {
            share.generation.is_none_or(|generation| generation == grant.generation)
        });
        let own = seen.partners.iter().any(|partner| partner.org == *org);
        items.extend(counts.filter(|_| own || seen.access.sees_shares()).map(Into::into));
    }
    items.sort_by(|one: &ItemShareView, other| one.org.cmp(&other.org));
    Ok(Answer::ok(ItemShares { items }))
}

/// The routes that share one item of a kind.
macro_rules! sharing_of {
    (
        $body:ty, $many:tt, $one:tt, who: $who:tt, wish: $wish:tt,
        $list:tt, $share:tt, $unshare:tt
    ) => {
        /// The routes that share one of them.
        pub(crate) fn sharing_routes() -> shared::routes::Routes {
            shared::routes::Routes::new()
                .routes(shared::routes!(list_shares))
                .routes(shared::routes!(share, unshare))
        }

        #[utoipa::path(
            get,
            path = concat!("/v1/cases/{case}/", $many, "/{item}/shares"),
            tag = "items",
            operation_id = $list,
            summary = concat!("With which orgs a ", $one, " is shared"),
            description = "Who may not see the case's list of shares sees what concerns orgs of theirs.",
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ("item" = shared::id::ItemId, Path, description = "Which."),
            ),
            responses(
                (status = 200, description = "The shares.", body = crate::sharing::ItemShares),
                (status = 400, description = "`invalid`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn list_shares(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
            )>,
        ) -> Result<shared::http::Answer<crate::sharing::ItemShares>, shared::error::Error> {
            crate::sharing::list::<$body>(&app, &caller, case, item).await
        }

        #[utoipa::path(
            put,
            path = concat!("/v1/cases/{case}/", $many, "/{item}/shares/{org}"),
            tag = "items",
            operation_id = $share,
            summary = concat!("Share a ", $one, " with an org"),
            description = concat!("With an org that the case is shared with. Needs `write` on it and `share`. ", $who),
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ("item" = shared::id::ItemId, Path, description = "Which."),
                ("org" = shared::id::OrgId, Path, description = "With which org."),
            ),
            request_body(content = crate::sharing::ItemShareWish, example = json!($wish)),
            responses(
                (status = 200, description = "The share.", body = crate::sharing::ItemShareView),
                (status = 400, description = "`invalid`, `malformed`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 403, description = "`forbidden`: `detail` names the right", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 409, description = "`not_shared_with_org`: share the case first", body = shared::error::Problem),
                (status = 413, description = "`too_large`", body = shared::error::Problem),
                (status = 415, description = "`media_type`", body = shared::error::Problem),
                (status = 422, description = "`with_own_org`, `link_finalises`", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn share(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item, org)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
                shared::id::OrgId,
            )>,
            shared::http::Body(wish): shared::http::Body<crate::sharing::ItemShareWish>,
        ) -> Result<shared::http::Answer<crate::sharing::ItemShareView>, shared::error::Error> {
            crate::sharing::share::<$body>(&app, &caller, case, item, &org, &wish).await
        }

        #[utoipa::path(
            delete,
            path = concat!("/v1/cases/{case}/", $many, "/{item}/shares/{org}"),
            tag = "items",
            operation_id = $unshare,
            summary = concat!("Take a ", $one, " back from an org"),
            description = "From the next request on they do not reach it. What a member of that org made stays theirs. Needs `write` on it and `share`.",
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ("item" = shared::id::ItemId, Path, description = "Which."),
                ("org" = shared::id::OrgId, Path, description = "From which org."),
            ),
            responses(
                (status = 204, description = "It is not shared with them."),
                (status = 400, description = "`invalid`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 403, description = "`forbidden`: `detail` names the right", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 409, description = "`made_there`: one of them made it", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn unshare(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item, org)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
                shared::id::OrgId,
            )>,
        ) -> Result<shared::http::Answer, shared::error::Error> {
            crate::sharing::unshare::<$body>(&app, &caller, case, item, &org).await
        }
    };
}
pub(crate) use sharing_of;
