//! `POST /v1/cases/{case}/merge`

mod rule;

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::access::Visibility;
use shared::access_list::{NAMES, turn};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{CaseId, OrgId};
use shared::model::{Details, EventKind, JobKind};
use shared::rights::Flag;
use shared::sharing::job;
use shared::store::{
    Ask, Change, Condition, Involved, NamedUser, Outcome, Page, Query, Seen, StoreError, Tries,
    Write, access_event, keys, row,
};
use utoipa::ToSchema;

use crate::change::event;
use crate::create::reference_key;
use crate::read;
use crate::view::Case;

/// More rows than names or assignees of a case can be.
const ALL: usize = 1_000;
/// The most names that fit into the one transaction.
const TOGETHER: usize = NAMES - 5;

/// Which case is to be merged into this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case": "01JC0A7Z3X5D9V6K2M4N8P1QRT"}))]
pub(crate) struct Merging {
    /// The case that goes. What it holds comes into the one that stays.
    case: CaseId,
}

/// Merge another case into this one.
///
/// Both belong to the same org. From this moment on the other case is gone: to whoever sees the one
/// that stays, it says where it went (410). Its shares, items, files and history follow at once, page
/// by page; ids of items stay. Title, description, tags and number of the one that stays are kept.
///
/// The access of both: internal with external becomes internal, and external access is taken back;
/// internal with restricted becomes restricted; two restricted or two external ones name the users
/// of both; restricted with external is refused. Shares are kept beside it, and where both are
/// shared with the same recipient, the more permissive wins.
///
/// Needs `write` on the details and `share` of both, `delete` of the one that goes, and `restrict` or
/// `share_external` where the access of the one that stays changes.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/merge",
    tag = "cases",
    operation_id = "merge_case",
    params(
        ("case" = CaseId, Path, description = "The case that stays."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key has its effect once, for 24 h."),
    ),
    request_body = Merging,
    responses(
        (status = 200, description = "The case that stays.", body = Case,
            headers(("ETag" = String, description = "`\"c7\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: `detail` names the right.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: one of the cases", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`merge_refused`: one is restricted, the other external.", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`other_org`, `with_itself`, `too_many_changes`: both together name more than 85 users; `key_reused`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn merge_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<Merging>,
) -> Result<Answer<Case>, Error> {
    let once = idem.as_ref();
    let mut tries = Tries::default();
    loop {
        let stays = look(&app, &caller, case, once).await?;
        if Idem::found(once, &stays.seen.rows, stays.seen.now)?.is_some() {
            let details = stays.details;
            return Ok(read::shown(&stays.seen, details));
        }
        if body.case == case {
            return Err(Error::at(Code::WithItself, "/case"));
        }
        let goes = look(&app, &caller, body.case, None).await?;
        let mut partners = app.table.partners(&stays.seen).await?;
        partners.extend(app.table.partners(&goes.seen).await?);
        partners.sort_unstable();
        partners.dedup();
        match app.table.commit(change(&stays, &goes, &partners, once)?).await? {
            Outcome::Done => {
                let now = look(&app, &caller, case, None).await?;
                return Ok(read::shown(&now.seen, now.details));
            }
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// One of the cases, as it was decided on.
struct Side {
    seen: Seen,
    details: Details,
    /// Whom its access names.
    names: Vec<NamedUser>,
    /// Present and former names.
    listed: Vec<NamedUser>,
    /// Its creator and assignees.
    involved: Vec<NamedUser>,
}

impl Side {
    fn rule(&self) -> rule::Side<'_> {
        let (names, involved) = (&self.names, &self.involved);
        rule::Side { access: self.seen.head.access, names, involved }
    }
}

async fn look(
    app: &App,
    caller: &Caller,
    case: CaseId,
    once: Option<&Idem>,
) -> Result<Side, Error> {
    let all = |prefix| Query::rows(keys::case_partition(case)).prefix(prefix).limit(ALL);
    let ask = read::ask(caller, case)
        .and(once.map(Idem::key))
        .page(all(keys::NAMED_PREFIX))
        .also(Some(all(keys::ASSIGNEE_PREFIX)));
    // Its maker is known by the head.
    let creator = |first: &shared::store::First| {
        let head = first.facts.head.as_ref();
        head.map(|head| keys::creator(case, head.creator)).into_iter().collect()
    };
    let ask = Ask { second: Some(&creator), ..ask };
    let seen = app.table.look(caller, case, app.clock.now(), &ask).await?.seen();
    let seen = seen.ok_or_else(Error::not_found)?;
    let details = read::details(&seen)?;
    let listed: Vec<NamedUser> = read_all(&seen.page)?;
    let generation = seen.head.access_generation;
    let names = listed.iter().filter(|one| one.generation == generation).cloned().collect();
    let mut involved: Vec<Involved> = read_all(&seen.also)?;
    involved.extend(seen.row::<Involved>(&keys::creator(case, seen.head.creator))?);
    let involved = involved.into_iter().map(|one| NamedUser {
        user: one.user,
        generation: 0,
        name: one.name,
        address: one.address,
    });
    let involved = involved.collect();
    Ok(Side { seen, details, names, listed, involved })
}

fn read_all<T: serde::de::DeserializeOwned>(page: &Page) -> Result<Vec<T>, StoreError> {
    page.rows.iter().map(row::read).collect()
}

/// Everything that makes two cases one at one instant; the rest is moved by a job.
fn change(
    stays: &Side,
    goes: &Side,
    partners: &[OrgId],
    once: Option<&Idem>,
) -> Result<Change, Error> {
    let (to, names) = decide(stays, goes)?;
    if TOGETHER < names.len() + partners.len() {
        return Err(Error::of(Code::TooManyChanges));
    }
    let (seen, gone) = (&stays.seen, &goes.seen);
    let told = json!({
        "merged": { "case": gone.case, "number": goes.details.number },
        "from": seen.head.access, "to": to, "users": users(&names),
    });
    let mut change = Change::new(seen, event(seen, EventKind::CaseMerged, told));
    // Partner orgs that come along have external users, too.
    let all = to == Visibility::ExternalAll;
    if all || to != seen.head.access || !rule::same(&names, &stays.names) {
        turn(&mut change, &seen.head, to, &names, &stays.listed, partners)?;
    }
    let version = gone.head.access_version + 1;
    change.write(Write::set(
        keys::head(gone.case),
        vec![
            ("access_version", row::value(&version)?),
            ("gone", row::value(&true)?),
            ("merged_into", row::value(&seen.case)?),
        ],
        Condition::is("access_version", gone.head.access_version),
    ));
    let told = json!({ "into": { "case": seen.case, "number": stays.details.number } });
    let away = event(gone, EventKind::CaseMergedAway, told);
    change.write(access_event(gone.case, version, &away)?);
    change.write(Write::Update {
        key: keys::details(gone.case),
        set: Vec::new(),
        remove: row::INDEX_ATTRIBUTES.to_vec(),
        add: Vec::new(),
        condition: Some(Condition::is("version", goes.details.version)),
    });
    if let Some(reference) = &goes.details.reference {
        // What the case was made from leads to where it went.
        let key = reference_key(&gone.head.owner, gone.head.creator, reference);
        let set = vec![("case", row::value(&seen.case)?)];
        change.write(Write::set(key, set, Condition::present()));
    }
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let kind = JobKind::Merge { from: gone.case, into: seen.case, actor, after: None };
    change.write(job(kind, seen.now, seen.now)?);
    let record = once.map(|once| once.record(seen.now, 200, [])).transpose()?;
    change.remember(record, seen.now);
    Ok(change)
}

fn users(names: &[NamedUser]) -> Vec<shared::id::UserId> {
    names.iter().map(|named| named.user).collect()
}

/// Whether the caller may, and what access the case that stays will have.
fn decide(stays: &Side, goes: &Side) -> Result<(Visibility, Vec<NamedUser>), Error> {
    for side in [stays, goes] {
        if !side.seen.access.edits_details() {
            return Err(Error::forbidden("write on details"));
        }
        // Whoever has the one will have what is in the other.
        if !side.seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
    }
    if !goes.seen.access.flag(Flag::Delete) {
        return Err(Error::forbidden("delete"));
    }
    if stays.seen.head.owner != goes.seen.head.owner {
        return Err(Error::at(Code::OtherOrg, "/case"));
    }
    let of = |side: &Side| side.seen.head.access;
    let to = rule::access(of(stays), of(goes))?;
    let names = rule::names(to, &stays.rule(), &goes.rule());
    let flag = rule::right(of(stays), to, rule::same(&names, &stays.names));
    if let Some(flag) = flag.filter(|flag| !stays.seen.access.flag(*flag)) {
        let right = if flag == Flag::Restrict { "restrict" } else { "share_external" };
        return Err(Error::forbidden(right));
    }
    Ok((to, names))
}
