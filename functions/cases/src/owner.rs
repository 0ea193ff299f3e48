//! `POST /v1/cases/{case}/owner`

use std::collections::HashMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access::{GrantState, Obstacle, Visibility};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Idem, Path, Post, Record};
use shared::id::{CaseId, OrgId, Recipient, ShareId};
use shared::model::{
    Details, EventKind, Grant, GrantWindow, Link, MailState, Org, OverLink, reaching,
};
use shared::rights::{Flag, Given, ProfileRef, ProfileType, built_in};
use shared::sharing::{CHANGES, listed_under};
use shared::store::{
    Change, Condition, First, Key, Outcome, Query, Row, RowBuilder, Seen, StoreError, Tries, Write,
    keys, link_facts, link_keys, profile_facts, row,
};
use utoipa::ToSchema;

use crate::change::event;
use crate::create::reference_key;
use crate::read;

/// What the share that the former owner keeps is called in an idempotency record.
const KEPT: &str = "share";

/// To which org a case goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"org": "globex", "keep_profile": "globex/read-only"}))]
pub(crate) struct NewOwner {
    /// The org that will own it: one that this org's link leads to.
    org: OrgId,
    /// What the org that owns it now keeps, as a partner: an organisation profile of either org.
    /// Not given: it keeps nothing.
    keep_profile: Option<ProfileRef>,
}

/// A case that went to another org.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnerChanged {
    /// The case.
    case: CaseId,
    /// The org that owns it now.
    org: OrgId,
    /// Its number there.
    number: u64,
    /// The share of the org that owned it before, if it keeps one.
    share: Option<ShareId>,
}

/// Give a case to another org.
///
/// Needs the flag `change_owner`, a case that is `internal`, and a link over which it could be
/// shared with that org. The case gets a number there; its assignees and units are none any more;
/// shares with people and groups stay. Shares with orgs stay where the new owner's link with them
/// carries them. The org that owned it keeps what `keep_profile` says, or nothing.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/owner",
    tag = "cases",
    operation_id = "change_owner",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once, for 24 h."),
    ),
    request_body = NewOwner,
    responses(
        (status = 200, description = "The case belongs to the other org.", body = OwnerChanged),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the flag `change_owner`.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no such case, or you may not know of it.",
            body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`case_restricted`, `case_external`: make it internal first.",
            body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`with_own_org`, `not_linked`, `link_not_approved`, `link_disabled`, `link_not_begun`, `link_ended`, `link_one_way`, `link_finalises`, `partner_locked`, `unknown_profile`, `too_many_changes`, `key_reused`",
            body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_owner(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewOwner>,
) -> Result<Answer<OwnerChanged>, Error> {
    let mut tries = Tries::default();
    let mut number = None;
    loop {
        let now = app.clock.now();
        let second = |first: &First| wanted(first, &body);
        let ask = read::ask(&caller, case).and(idem.as_ref().map(Idem::key)).then(&second);
        let look = app.table.look(&caller, case, now, &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let details = read::details(&seen)?;
        let before = Idem::found(idem.as_ref(), &seen.rows, now);
        if let Ok(Some(record)) = &before {
            return Ok(Answer::replayed(record.status, changed(&seen, &details, record)?));
        }
        if !seen.access.flag(Flag::ChangeOwner) {
            return Err(Error::forbidden("change_owner"));
        }
        before?;
        let over = allowed(&seen, &body)?;
        let facts = Facts::read(&app, &seen, &body.org).await?;
        let number = match number {
            Some(number) => number,
            None => *number.insert(app.table.next_number(&body.org).await?),
        };
        let former = Recipient::Org(seen.head.owner.clone());
        let share = body.keep_profile.is_some().then(|| ShareId::of(case, &former));
        let mut change = handover(&seen, &details, &body, over, &facts, number)?;
        if let Some(idem) = &idem {
            let made = share.iter().map(|share| (KEPT, share.to_string()));
            change.remember(Some(idem.record(now, 200, made)?), now);
        }
        match app.table.commit(change).await? {
            Outcome::Done => {
                return Ok(Answer::ok(OwnerChanged { case, org: body.org, number, share }));
            }
            // A replay is found by the next look, and rendered as of then.
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The same answer anew, as of now.
fn changed(seen: &Seen, details: &Details, record: &Record) -> Result<OwnerChanged, StoreError> {
    let share = record.ids.contains_key(KEPT).then(|| record.id(KEPT)).transpose()?;
    let (org, number) = (seen.head.owner.clone(), details.number);
    Ok(OwnerChanged { case: seen.case, org, number, share })
}

/// What round two reads: the other org, both sides of the link with it, the profile that is kept.
fn wanted(first: &First, body: &NewOwner) -> Vec<Key> {
    let Some(head) = &first.facts.head else {
        return Vec::new();
    };
    let mut wanted = vec![keys::org(&body.org)];
    wanted.extend(link_keys(&head.owner, &body.org));
    if let Some(of) = body.keep_profile.as_ref().filter(|of| built_in(&of.name).is_none()) {
        wanted.push(keys::profile(&of.org, &of.name));
    }
    wanted
}

/// Whether the case may go there. Answers what the former owner's share is made over, if it keeps
/// one.
fn allowed(seen: &Seen, body: &NewOwner) -> Result<Option<OverLink>, Error> {
    let (from, to) = (&seen.head.owner, &body.org);
    if from == to {
        return Err(Error::at(Code::WithOwnOrg, "/org"));
    }
    match seen.head.access {
        Visibility::Internal => {}
        Visibility::Restricted => return Err(Error::of(Code::CaseRestricted)),
        Visibility::External | Visibility::ExternalAll => {
            return Err(Error::of(Code::CaseExternal));
        }
    }
    let there: Option<Org> = seen.row(&keys::org(to))?;
    let refuse = |obstacle: Obstacle, pointer| Error::at(obstacle.into(), pointer);
    let usable = link_facts(from, to, &seen.rows)?.usable(seen.now);
    reaching(usable, there.as_ref()).map_err(|one| refuse(one, "/org"))?;
    let ours: Option<Link> = seen.row(&keys::link(from, to))?;
    if ours.is_some_and(|link| link.finalise) {
        return Err(Error::at(Code::LinkFinalises, "/org"));
    }
    let Some(of) = &body.keep_profile else {
        return Ok(None);
    };
    let facts = profile_facts(&of.org, &of.name, &seen.rows)?;
    let known =
        built_in(&of.name).is_some() || seen.rows.contains_key(&keys::profile(&of.org, &of.name));
    if !known || facts.kind != ProfileType::Organisation || ![from, to].contains(&&of.org) {
        return Err(Error::at(Code::UnknownProfile, "/keep_profile"));
    }
    let back = link_facts(to, from, &seen.rows)?;
    let generation = back.usable(seen.now).map_err(|one| refuse(one, "/keep_profile"))?;
    Ok(Some(OverLink::new(to.clone(), generation, false)))
}

/// What lies with the case and changes with its owner. The head's version, which the change
/// checks, guards it.
struct Facts {
    grants: Vec<Grant>,
    assignees: Vec<Key>,
    /// The new owner's links with the other orgs that have a share.
    links: HashMap<Key, Row>,
}

impl Facts {
    async fn read(app: &App, seen: &Seen, to: &OrgId) -> Result<Self, StoreError> {
        let grants = app.table.grants_of(seen).await?;
        let assignees = if seen.whole {
            seen.facts.assignees.iter().map(|user| keys::assignee(seen.case, *user)).collect()
        } else {
            let all = Query::rows(keys::case_partition(seen.case)).prefix(keys::ASSIGNEE_PREFIX);
            app.table.query_all(all, 2_000).await?.iter().map(row::key_of).collect()
        };
        let mut sides = Vec::new();
        for org in grants.iter().filter_map(|grant| grant.recipient.org()) {
            sides.extend(link_keys(to, org));
        }
        let links = app.table.get_many(sides).await?;
        Ok(Self { grants, assignees, links })
    }
}

/// The change: head, details and number, what ends with the former owner, what it keeps.
fn handover(
    seen: &Seen,
    details: &Details,
    body: &NewOwner,
    over: Option<OverLink>,
    facts: &Facts,
    number: u64,
) -> Result<Change, Error> {
    let (case, from, to) = (seen.case, &seen.head.owner, &body.org);
    let own_share = ShareId::of(case, &Recipient::Org(to.clone()));
    let kept_share = ShareId::of(case, &Recipient::Org(from.clone()));
    let what = json!({ "from": from, "to": to, "keep_profile": body.keep_profile });
    let mut line = event(seen, EventKind::OwnerChanged, what);
    line.shares = vec![own_share.clone(), kept_share.clone()];
    let mut change = Change::new(seen, line.clone());
    line.org = to.clone();
    change.tell([line]);
    change.set_head("owner", row::value(to)?);
    change.write(moved(details, to, number)?);
    let body_of_number = json!({ "case": case });
    change.write(Write::add(RowBuilder::new(keys::number(to, number), &body_of_number)?.build()));
    if let Some(reference) = &details.reference {
        // It is the creator's name for it in the org that they made it in.
        change.write(Write::Delete(reference_key(from, seen.head.creator, reference), None));
    }
    for key in &facts.assignees {
        change.write(Write::Delete(key.clone(), None));
    }
    for grant in &facts.grants {
        let unmoved = Condition::is("version", grant.version);
        match &grant.recipient {
            Recipient::Unit(_) => {
                change.write(Write::Delete(keys::grant(case, &grant.share), Some(unmoved)));
            }
            Recipient::Org(org) if org == to => {
                change.write(Write::Delete(keys::grant(case, &grant.share), Some(unmoved)));
            }
            Recipient::Org(org) => {
                change.write(relinked(grant, to, org, &facts.links, seen.now)?);
            }
            Recipient::User(_) | Recipient::Email(_) | Recipient::Group(_) => {}
        }
    }
    if let (Some(profile), Some(over)) = (&body.keep_profile, over) {
        let grant = kept(seen, kept_share, profile, over, change.version());
        let row = RowBuilder::new(keys::grant(case, &grant.share), &grant)?;
        change.write(Write::add(row.listed(listed_under(&grant)).build()));
    }
    if CHANGES < change.size() {
        return Err(Error::of(Code::TooManyChanges));
    }
    Ok(change)
}

/// The write that gives the details the new owner and number.
fn moved(details: &Details, to: &OrgId, number: u64) -> Result<Write, StoreError> {
    let index = keys::case_under(keys::cases_of(to), details.case);
    let mut set = vec![
        ("owner", row::value(to)?),
        ("number", row::value(&number)?),
        ("version", row::value(&(details.version + 1))?),
    ];
    set.extend(row::index_attributes(index));
    Ok(Write::Update {
        key: keys::details(details.case),
        set,
        remove: vec!["reference"],
        add: Vec::new(),
        condition: Some(Condition::is("version", details.version)),
    })
}

/// The write that puts another org's share onto the new owner's link with it, where that carries.
fn relinked(
    grant: &Grant,
    owner: &OrgId,
    org: &OrgId,
    links: &HashMap<Key, Row>,
    now: jiff::Timestamp,
) -> Result<Write, StoreError> {
    let over = grant.link.clone();
    let over = over.ok_or_else(|| StoreError::Odd("a share with an org without a link".into()))?;
    let generation = link_facts(owner, org, links)?.usable(now).unwrap_or(over.generation);
    let over = OverLink { from: owner.clone(), generation, ..over };
    Ok(Write::set(
        keys::grant(grant.case, &grant.share),
        vec![("link", row::value(&over)?), ("version", row::value(&(grant.version + 1))?)],
        Condition::is("version", grant.version),
    ))
}

/// The share that the former owner keeps.
fn kept(
    seen: &Seen,
    share: ShareId,
    profile: &ProfileRef,
    over: OverLink,
    generation: u64,
) -> Grant {
    Grant {
        share,
        case: seen.case,
        recipient: Recipient::Org(seen.head.owner.clone()),
        given: Given::Profile(profile.clone()),
        state: GrantState::Active,
        generation,
        version: 1,
        window: GrantWindow::default(),
        granter: seen.caller.user,
        granter_name: seen.my_name(),
        granted_at: seen.now,
        name: Some(seen.org.name.clone()),
        address: None,
        invitation: None,
        invitation_expires_at: None,
        link: Some(over),
        mail: MailState::None,
        mail_reason: None,
    }
}
