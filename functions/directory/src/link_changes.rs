//! Proposing, approving, changing and ending links.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::http::{Answer, Body, Idem, Path, Post};
use shared::id::{LinkId, OrgId};
use shared::model::{EventKind, Link, LinkType, Org};
use shared::rights::OrgFlag;
use shared::store::{Condition, RowBuilder, StoreError, Tries, Write, keys};
use utoipa::ToSchema;

use crate::deed::Deed;
use crate::docs::refusals;
use crate::links::{LinkView, both, link_example, link_keys, shown};
use crate::look::{look, nothing};
use crate::paths::{LinkPath, OrgPath};

/// What an org agrees to towards the other; what is not named stays, or is as it is by default.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::option_option, reason = "absent, `null` and a time are three things")]
pub(crate) struct Terms {
    /// What it does with its new cases towards the other: `default` nothing, `supervised` shares
    /// them with the profile `analyst`, `notify` with `read-only`.
    #[serde(rename = "type")]
    kind: Option<LinkType>,
    /// Whether the other's admin takes in what is shared from now on, into a case of theirs. Not by
    /// default.
    finalise: Option<bool>,
    /// Whether it is switched on.
    enabled: Option<bool>,
    /// Whether what the other shares is let in.
    inbound: Option<bool>,
    /// Whether what is shared with the other is let out.
    outbound: Option<bool>,
    /// Whether the other may search here.
    search_inbound: Option<bool>,
    /// Whether to search there.
    search_outbound: Option<bool>,
    /// Before this it carries nothing.
    #[serde(deserialize_with = "named")]
    #[schema(value_type = Option<Timestamp>)]
    starts_at: Option<Option<Timestamp>>,
    /// From this on it carries nothing.
    #[serde(deserialize_with = "named")]
    #[schema(value_type = Option<Timestamp>)]
    ends_at: Option<Option<Timestamp>>,
}

/// A field that is there, `null` or not.
#[expect(clippy::option_option, reason = "absent, `null` and a time are three things")]
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Terms {
    /// `link` on these terms.
    ///
    /// # Errors
    ///
    /// [`Code::WindowBackwards`], [`Code::InThePast`] for an end that is new and over.
    fn apply(&self, link: &Link, now: Timestamp) -> Result<Link, Error> {
        let mut after = link.clone();
        after.kind = self.kind.unwrap_or(link.kind);
        after.finalise = self.finalise.unwrap_or(link.finalise);
        after.enabled = self.enabled.unwrap_or(link.enabled);
        after.inbound = self.inbound.unwrap_or(link.inbound);
        after.outbound = self.outbound.unwrap_or(link.outbound);
        after.search_inbound = self.search_inbound.unwrap_or(link.search_inbound);
        after.search_outbound = self.search_outbound.unwrap_or(link.search_outbound);
        after.starts_at = self.starts_at.unwrap_or(link.starts_at);
        after.ends_at = self.ends_at.unwrap_or(link.ends_at);
        if after.ends_at != link.ends_at && after.ends_at.is_some_and(|end| end <= now) {
            return Err(Error::at(Code::InThePast, "/ends_at"));
        }
        match (after.starts_at, after.ends_at) {
            (Some(from), Some(end)) if end <= from => {
                Err(Error::at(Code::WindowBackwards, "/ends_at"))
            }
            _ => Ok(after),
        }
    }
}

/// A link to be proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// The other org.
    org: OrgId,
    /// What the proposing org agrees to.
    #[serde(default)]
    terms: Terms,
}

/// The side of `org` as it is before anybody has said anything of it.
fn side(org: &OrgId, other: &OrgId, by: &OrgId, generation: LinkId, now: Timestamp) -> Link {
    Link {
        org: org.clone(),
        other: other.clone(),
        generation,
        kind: LinkType::Default,
        finalise: false,
        approved: org == by,
        enabled: true,
        inbound: true,
        outbound: true,
        search_inbound: true,
        search_outbound: true,
        starts_at: None,
        ends_at: None,
        proposed_at: now,
        proposed_by: by.clone(),
        version: 1,
    }
}

/// The write of one side: of a new link, or over its version before.
fn write(link: &Link, before: Option<&Link>) -> Result<Write, StoreError> {
    let row = RowBuilder::new(keys::link(&link.org, &link.other), link)?
        .listed(keys::link_under(&link.org, &link.other))
        .build();
    Ok(Write::Put(row, Some(before.map_or_else(Condition::absent, unmoved))))
}

/// It is still of the same proposal, and no side has changed it.
fn unmoved(link: &Link) -> Condition {
    Condition::is("version", link.version).and(Condition::reads("generation", link.generation))
}

/// What the history of one org says of a side of its link with `other`, in the words of the API.
fn told(link: &Link, other: &OrgId) -> serde_json::Value {
    json!({"org": other, "side": link.org, "type": link.kind, "finalise": link.finalise,
        "approved": link.approved, "enabled": link.enabled, "inbound": link.inbound,
        "outbound": link.outbound, "search_inbound": link.search_inbound,
        "search_outbound": link.search_outbound, "starts_at": link.starts_at,
        "ends_at": link.ends_at})
}

/// Adds the line of both orgs' histories.
fn tell_both(
    deed: &mut Deed,
    kind: EventKind,
    ours: &Link,
    theirs: &Link,
) -> Result<(), StoreError> {
    deed.tell(&ours.org, kind, told(ours, &theirs.org))?;
    deed.tell(&theirs.org, kind, told(ours, &ours.org))
}

refusals!(ProposeRefusals: Invalid, Malformed, Forbidden, NotFound, AlreadyThere, TooLarge,
    MediaType, WithOwnOrg, UnknownOrg, WindowBackwards, InThePast, KeyReused);

/// Propose a link with another org
///
/// A link has a side of each org. The proposing org's side is approved with it; cases can be shared
/// once an admin of the other org approves theirs. All flags are on by default. Each proposal is
/// new: what was shared over a former link of the two counts no more. Needs `manage_links`.
#[utoipa::path(post, path = "/v1/orgs/{org}/links", tag = "directory",
    operation_id = "propose_link",
    params(OrgPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = NewLink, example = json!({"org": "globex",
        "terms": {"type": "supervised", "ends_at": "2027-12-31T23:00:00Z"}})),
    responses((status = 201, body = LinkView, description = "The link.",
        example = json!(link_example!())), ProposeRefusals))]
pub(crate) async fn propose_link(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Post { body, idem }: Post<NewLink>,
) -> Result<Answer<LinkView>, Error> {
    let other = &body.org;
    let generation = LinkId::new(app.clock.now());
    let mut tries = Tries::default();
    loop {
        let first = link_keys(&org, other).into_iter().chain(idem.as_ref().map(Idem::key));
        let here = look(&app, &caller, &org, first, nothing).await?;
        here.needs(OrgFlag::ManageLinks)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            let (ours, theirs) = both(&here, &org, other)?;
            return Ok(Answer::replayed(record.status, shown(&here, &ours, &theirs)?));
        }
        if *other == org {
            return Err(Error::at(Code::WithOwnOrg, "/org"));
        }
        let there: Option<Org> = here.rows.read(&keys::org(other))?;
        if there.is_none_or(|there| there.locked) {
            return Err(Error::at(Code::UnknownOrg, "/org"));
        }
        if here.rows.has(&keys::link(&org, other)) {
            return Err(Error::at(Code::AlreadyThere, "/org"));
        }
        let ours = side(&org, other, &org, generation, here.now);
        let ours = body.terms.apply(&ours, here.now)?;
        let theirs = side(other, &org, &org, generation, here.now);
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(write(&ours, None)?);
        deed.write(write(&theirs, None)?);
        tell_both(&mut deed, EventKind::LinkProposed, &ours, &theirs)?;
        deed.remember(idem.as_ref(), 201, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::created(shown(&here, &ours, &theirs)?));
        }
        tries.again().await?;
    }
}

refusals!(ApproveRefusals: Invalid, Malformed, Forbidden, NotFound, LinkApproved, TooLarge,
    MediaType, WindowBackwards, InThePast, KeyReused);

/// Approve the link that another org has proposed
///
/// With what this org agrees to on its own side. From then on cases can be shared as far as both
/// sides say. Needs `manage_links`.
#[utoipa::path(post, path = "/v1/orgs/{org}/links/{other}/approve", tag = "directory",
    operation_id = "approve_link",
    params(LinkPath, ("Idempotency-Key" = Option<String>, Header, description = "Repeats have no effect for 24 hours.")),
    request_body(content = Terms, example = json!({"outbound": false})),
    responses((status = 200, body = LinkView, description = "The link.",
        example = json!(link_example!())), ApproveRefusals))]
pub(crate) async fn approve_link(
    State(app): State<App>,
    caller: Caller,
    Path(LinkPath { org, other }): Path<LinkPath>,
    Post { body, idem }: Post<Terms>,
) -> Result<Answer<LinkView>, Error> {
    let mut tries = Tries::default();
    loop {
        let first = link_keys(&org, &other).into_iter().chain(idem.as_ref().map(Idem::key));
        let here = look(&app, &caller, &org, first, nothing).await?;
        here.needs(OrgFlag::ManageLinks)?;
        let (before, theirs) = both(&here, &org, &other)?;
        if let Some(record) = here.rows.before(idem.as_ref(), here.now)? {
            return Ok(Answer::replayed(record.status, shown(&here, &before, &theirs)?));
        }
        if before.approved {
            return Err(Error::of(Code::LinkApproved));
        }
        let ours = body.apply(&before, here.now)?;
        let ours = Link { approved: true, version: before.version + 1, ..ours };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(write(&ours, Some(&before))?);
        tell_both(&mut deed, EventKind::LinkApproved, &ours, &theirs)?;
        deed.remember(idem.as_ref(), 200, [])?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(shown(&here, &ours, &theirs)?));
        }
        tries.again().await?;
    }
}

refusals!(ChangeRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType,
    WindowBackwards, InThePast);

/// Change what an org agrees to towards another
///
/// On its own side only, from the next request on: what is switched off here carries nothing, also
/// of what has been shared already. What changes of `type` and `finalise` is for what is shared from
/// now on. Needs `manage_links`.
#[utoipa::path(patch, path = "/v1/orgs/{org}/links/{other}", tag = "directory",
    operation_id = "change_link", params(LinkPath),
    request_body(content = Terms, example = json!({"enabled": false})),
    responses((status = 200, body = LinkView, description = "The link.",
        example = json!(link_example!())), ChangeRefusals))]
pub(crate) async fn change_link(
    State(app): State<App>,
    caller: Caller,
    Path(LinkPath { org, other }): Path<LinkPath>,
    Body(terms): Body<Terms>,
) -> Result<Answer<LinkView>, Error> {
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, link_keys(&org, &other), nothing).await?;
        here.needs(OrgFlag::ManageLinks)?;
        let (before, theirs) = both(&here, &org, &other)?;
        let ours = terms.apply(&before, here.now)?;
        if ours == before {
            return Ok(Answer::ok(shown(&here, &ours, &theirs)?));
        }
        let ours = Link { version: before.version + 1, ..ours };
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        deed.write(write(&ours, Some(&before))?);
        tell_both(&mut deed, EventKind::LinkChanged, &ours, &theirs)?;
        if deed.done(&app.table).await? {
            return Ok(Answer::ok(shown(&here, &ours, &theirs)?));
        }
        tries.again().await?;
    }
}

refusals!(EndRefusals: Invalid, Forbidden, NotFound);

/// End the link with another org
///
/// In both directions, also a proposal. What was shared over it counts no more from the next
/// request on, and does not come back when the orgs are linked anew. Needs `manage_links`.
#[utoipa::path(delete, path = "/v1/orgs/{org}/links/{other}", tag = "directory",
    operation_id = "end_link", params(LinkPath),
    responses((status = 204, description = "The orgs are not linked."), EndRefusals))]
pub(crate) async fn end_link(
    State(app): State<App>,
    caller: Caller,
    Path(LinkPath { org, other }): Path<LinkPath>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let here = look(&app, &caller, &org, link_keys(&org, &other), nothing).await?;
        here.needs(OrgFlag::ManageLinks)?;
        let (ours, theirs) = both(&here, &org, &other)?;
        let mut deed = Deed::by(&caller, here.user.as_ref(), here.now);
        for side in [&ours, &theirs] {
            // Whatever the other side has changed meanwhile, it ends.
            let condition = Condition::reads("generation", side.generation);
            deed.write(Write::Delete(keys::link(&side.org, &side.other), Some(condition)));
        }
        tell_both(&mut deed, EventKind::LinkEnded, &ours, &theirs)?;
        if deed.done(&app.table).await? {
            return Ok(Answer::nothing());
        }
        tries.again().await?;
    }
}
