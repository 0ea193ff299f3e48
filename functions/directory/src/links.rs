//! Links: what an org agrees to towards another, and what comes of both sides.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access::{LinkFacts, Obstacle};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Body, Cursor, Limit, Path, Query};
use shared::id::OrgId;
use shared::model::{Link, LinkType, Org, reaching};
use shared::store::{self, keys, row};
use shared::text::{Line, Name};
use utoipa::{IntoParams, ToSchema};

use crate::docs::refusals;
use crate::look::{Here, look, nothing, reading};
use crate::paths::{LinkPath, OrgPath};
use crate::views::page_of;

/// What one org agrees to towards the other.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is agreed by itself")]
pub(crate) struct SideView {
    /// What it does with its new cases towards the other.
    #[serde(rename = "type")]
    kind: LinkType,
    /// The other's admin takes in what it shares, into a case of theirs.
    finalise: bool,
    /// It has agreed.
    approved: bool,
    /// It is not switched off.
    enabled: bool,
    /// What the other shares is let in.
    inbound: bool,
    /// What is shared with the other is let out.
    outbound: bool,
    /// The other may search here.
    search_inbound: bool,
    /// It may search there.
    search_outbound: bool,
    /// Before this it carries nothing.
    starts_at: Option<Timestamp>,
    /// From this on it carries nothing.
    ends_at: Option<Timestamp>,
}

impl From<&Link> for SideView {
    fn from(link: &Link) -> Self {
        Self {
            kind: link.kind,
            finalise: link.finalise,
            approved: link.approved,
            enabled: link.enabled,
            inbound: link.inbound,
            outbound: link.outbound,
            search_inbound: link.search_inbound,
            search_outbound: link.search_outbound,
            starts_at: link.starts_at,
            ends_at: link.ends_at,
        }
    }
}

/// Whether a link carries now what one org shares with the other.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Usable {
    /// It does.
    now: bool,
    /// Why it does not.
    obstacle: Option<Obstacle>,
}

impl From<Result<(), Obstacle>> for Usable {
    fn from(usable: Result<(), Obstacle>) -> Self {
        Self { now: usable.is_ok(), obstacle: usable.err() }
    }
}

/// A link of an org with another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LinkView {
    /// The other org.
    org: OrgId,
    /// Its name.
    name: Option<Name>,
    /// What this org agrees to.
    ours: SideView,
    /// What the other agrees to.
    theirs: SideView,
    /// Whether cases of this org can be shared with the other now.
    outbound: Usable,
    /// Whether cases of the other org can be shared with this one now.
    inbound: Usable,
    /// Which of the two proposed it.
    proposed_by: OrgId,
    /// When.
    proposed_at: Timestamp,
}

impl LinkView {
    /// Both sides at `now`, seen from `ours`; `other` is the other org.
    pub(crate) fn of(ours: &Link, theirs: &Link, other: Option<&Org>, now: Timestamp) -> Self {
        let usable = |from: &Link, to: &Link| {
            let link = LinkFacts { from: Some(from.side()), to: Some(to.side()) };
            reaching(link.usable(now).map(|_| ()), other)
        };
        Self {
            org: ours.other.clone(),
            name: other.map(|org| org.name.clone()),
            ours: ours.into(),
            theirs: theirs.into(),
            outbound: usable(ours, theirs).into(),
            inbound: usable(theirs, ours).into(),
            proposed_by: ours.proposed_by.clone(),
            proposed_at: ours.proposed_at,
        }
    }

    /// Whether the other org's id or name holds `text`, which is in lower case.
    fn holds(&self, text: &str) -> bool {
        let name = self.name.as_ref().map(|name| name.as_str().to_lowercase());
        self.org.as_str().contains(text) || name.is_some_and(|name| name.contains(text))
    }
}

/// What must be read to show a link.
pub(crate) fn link_keys(org: &OrgId, other: &OrgId) -> Vec<store::Key> {
    [&store::link_keys(org, other)[..], &[keys::org(other)]].concat()
}

/// A page of links.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkList {
    /// The links, by the other org's id.
    items: Vec<LinkView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkListing {
    /// Only those over which cases of this org can be shared now.
    #[serde(default)]
    usable: bool,
    /// How many entries.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Which linked org to pick.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkSearch {
    /// Any part of the other org's id or name, in upper or lower case.
    text: Line<1, 100>,
    /// How many entries.
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// All links of an org, by the other's id, for its colleagues.
async fn links(app: &App, caller: &Caller, org: &OrgId) -> Result<Vec<(String, LinkView)>, Error> {
    let now = app.clock.now();
    let query = store::Query::rows(keys::org_partition(org)).prefix(keys::LINK_PREFIX);
    // An org agrees with a handful of others, so all are read.
    let content = Box::pin(async {
        let rows = app.table.query_all(query, 10_000).await?;
        let ours = rows.iter().map(row::read::<Link>).collect::<Result<Vec<_>, _>>()?;
        let further = ours.iter().flat_map(|link| link_keys(org, &link.other));
        Ok((app.table.get_many(further).await?, ours))
    });
    let (rows, ours) = reading(app, caller, org, Here::colleague, content).await?;
    let mut views = Vec::new();
    for ours in &ours {
        let theirs: Option<Link> = row::read_if(rows.get(&keys::link(&ours.other, org)))?;
        let other: Option<Org> = row::read_if(rows.get(&keys::org(&ours.other)))?;
        if let Some(theirs) = theirs {
            let view = LinkView::of(ours, &theirs, other.as_ref(), now);
            views.push((ours.other.to_string(), view));
        }
    }
    Ok(views)
}

/// An example of a link.
macro_rules! link_example {
    () => {
        json!({"org": "globex", "name": "Globex CERT",
            "ours": {"type": "supervised", "finalise": false, "approved": true, "enabled": true,
                "inbound": true, "outbound": true, "search_inbound": true,
                "search_outbound": true, "starts_at": null, "ends_at": null},
            "theirs": {"type": "default", "finalise": true, "approved": false, "enabled": true,
                "inbound": true, "outbound": true, "search_inbound": true,
                "search_outbound": true, "starts_at": null, "ends_at": null},
            "outbound": {"now": false, "obstacle": "not_approved"},
            "inbound": {"now": false, "obstacle": "not_approved"},
            "proposed_by": "acme", "proposed_at": "2026-11-22T10:00:00Z"})
    };
}
pub(crate) use link_example;

refusals!(ListRefusals: Invalid, Forbidden, NotFound);

/// The links of an org
///
/// With what both sides agree to, and whether cases can be shared over each now, in either
/// direction, and why not. For colleagues.
#[utoipa::path(get, path = "/v1/orgs/{org}/links", tag = "directory", operation_id = "list_links",
    params(OrgPath, LinkListing),
    responses((status = 200, body = LinkList, description = "A page of links.",
        example = json!({"items": [], "cursor": null})), ListRefusals))]
pub(crate) async fn list_links(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Query(listing): Query<LinkListing>,
) -> Result<Answer<LinkList>, Error> {
    let cursor =
        Cursor::of(&["links", org.as_str(), if listing.usable { "usable" } else { "all" }]);
    let after = cursor.read(listing.cursor.as_deref())?;
    let mut links = links(&app, &caller, &org).await?;
    links.retain(|(_, link)| !listing.usable || link.outbound.now);
    let (items, next) = page_of(links, after.as_deref(), listing.limit.0);
    Ok(Answer::ok(LinkList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(SearchRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType);

/// Search the orgs that a case can be shared with
///
/// Only agreed ones: over whose link cases of this org can be shared now. For colleagues.
#[utoipa::path(post, path = "/v1/orgs/{org}/links/search", tag = "directory",
    operation_id = "search_links", params(OrgPath),
    request_body(content = LinkSearch, example = json!({"text": "glob"})),
    responses((status = 200, body = LinkList, description = "A page of links.",
        example = json!({"items": [], "cursor": null})), SearchRefusals))]
pub(crate) async fn search_links(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Body(search): Body<LinkSearch>,
) -> Result<Answer<LinkList>, Error> {
    let text = search.text.to_string().to_lowercase();
    let cursor = Cursor::of(&["agreed", org.as_str(), &text]);
    let after = cursor.read(search.cursor.as_deref())?;
    let mut links = links(&app, &caller, &org).await?;
    links.retain(|(_, link)| link.outbound.now && link.holds(&text));
    let (items, next) = page_of(links, after.as_deref(), search.limit.0);
    Ok(Answer::ok(LinkList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

refusals!(GetRefusals: Invalid, Forbidden, NotFound);

/// The link of an org with another
///
/// For colleagues.
#[utoipa::path(get, path = "/v1/orgs/{org}/links/{other}", tag = "directory",
    operation_id = "get_link", params(LinkPath),
    responses((status = 200, body = LinkView, description = "The link.",
        example = json!(link_example!())), GetRefusals))]
pub(crate) async fn get_link(
    State(app): State<App>,
    caller: Caller,
    Path(LinkPath { org, other }): Path<LinkPath>,
) -> Result<Answer<LinkView>, Error> {
    let here = look(&app, &caller, &org, link_keys(&org, &other), nothing).await?;
    here.colleague()?;
    let (ours, theirs) = both(&here, &org, &other)?;
    Ok(Answer::ok(shown(&here, &ours, &theirs)?))
}

/// A link as the caller of `here` sees it.
pub(crate) fn shown(here: &Here, ours: &Link, theirs: &Link) -> Result<LinkView, Error> {
    let there: Option<Org> = here.rows.read(&keys::org(&ours.other))?;
    Ok(LinkView::of(ours, theirs, there.as_ref(), here.now))
}

/// Both sides of the link; 404 where there is none.
pub(crate) fn both(here: &Here, org: &OrgId, other: &OrgId) -> Result<(Link, Link), Error> {
    let ours = here.rows.read(&keys::link(org, other))?;
    let theirs = here.rows.read(&keys::link(other, org))?;
    ours.zip(theirs).ok_or_else(Error::not_found)
}
