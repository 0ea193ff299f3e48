//! `revoke`: take shares back, one or many.
//!
//! Both routes need the right `share`, and then answer the same whether or not there was something
//! to take: what is asked for is that afterwards nobody has the share.

use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error, Problem};
use shared::files;
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{CaseId, Recipient, ShareId};
use shared::model::{Event, EventKind, Grant};
use shared::rights::Flag;
use shared::routes;
use shared::routes::Routes;
use shared::sharing::{
    SHARE_NAMES, end, find_share, keys_of_moved, keys_of_share, keys_to_end, told,
};
use shared::store::{Ask, Change, First, Outcome, Seen, Tries, keys, row};
use utoipa::ToSchema;

/// The most shares in one call.
const SHARES: usize = 25;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(revoke_share)).routes(routes!(revoke_shares))
}

/// Which shares to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"shares": ["smfrggzdfmztwq2lknnwg23tpob"]}))]
struct Revocation {
    /// 1 to 25 shares of the case.
    #[schema(min_items = 1, max_items = 25)]
    shares: Vec<ShareId>,
}

/// What became of one share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// It has ended.
    Revoked,
    /// There is no such share.
    Absent,
}

/// One share, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Revoked {
    /// The share.
    share: ShareId,
    /// What became of it.
    status: Status,
}

/// What remains for a moment.
#[derive(Debug, Serialize, ToSchema)]
struct Remains {
    /// Download links that were given out before can be opened until then; a download that has
    /// begun runs to its end.
    download_links_until: Timestamp,
    /// Upload tickets that were given out before can be used until then, but what arrives counts
    /// only if its maker may still write.
    upload_tickets_until: Timestamp,
}

/// What a revocation did, and what remains.
#[derive(Debug, Serialize, ToSchema)]
struct Revocations {
    /// Each share that was named.
    items: Vec<Revoked>,
    /// What remains for a moment; nothing else does.
    remains: Remains,
}

/// Takes one share back
///
/// Holds from the next request on. An accepted, pending or declined share all the same. Where it is
/// one with an org, what is shared with that org of single items goes with it, and what its members
/// made stays with the case.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/shares/{share}",
    tag = "revoke",
    operation_id = "revoke_share",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("share" = ShareId, Path, description = "The share."),
    ),
    responses(
        (status = 204, description = "Nobody has the share any more, or ever had."),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the case", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`own_share`: the org that owns the case keeps it", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn revoke_share(
    State(app): State<App>,
    caller: Caller,
    Path((case, share)): Path<(CaseId, ShareId)>,
) -> Result<Answer, Error> {
    revoke(&app, &caller, case, &[share], None).await?;
    Ok(Answer::nothing())
}

/// Takes several shares back
///
/// In one step: all of them or none. The answer says what remains for a moment.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/shares/revoke",
    tag = "revoke",
    operation_id = "revoke_shares",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Revocation,
    responses(
        (status = 200, description = "What became of each share, and what remains.", body = Revocations),
        (status = 400, description = "`invalid`, `malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the right `share`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the case", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`own_share`: the org that owns the case keeps it", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn revoke_shares(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<Revocation>,
) -> Result<Answer<Revocations>, Error> {
    if !(1..=SHARES).contains(&body.shares.len()) {
        return Err(Error::invalid("/shares", "must name 1 to 25 shares"));
    }
    let (at, taken) = revoke(&app, &caller, case, &body.shares, idem.as_ref()).await?;
    let status = |share: &ShareId| {
        if taken.contains(share) { Status::Revoked } else { Status::Absent }
    };
    let items =
        body.shares.iter().map(|share| Revoked { share: share.clone(), status: status(share) });
    let after = |lasts: std::time::Duration| {
        at + SignedDuration::try_from(lasts).unwrap_or(SignedDuration::ZERO)
    };
    Ok(Answer::ok(Revocations {
        items: items.collect(),
        remains: Remains {
            download_links_until: after(files::DOWNLOAD),
            upload_tickets_until: after(files::UPLOAD),
        },
    }))
}

/// Ends those of `shares` that there are, in one change of access. Answers when, and which.
async fn revoke(
    app: &App,
    caller: &Caller,
    case: CaseId,
    shares: &[ShareId],
    idem: Option<&Idem>,
) -> Result<(Timestamp, Vec<ShareId>), Error> {
    let mut tries = Tries::default();
    loop {
        let second = |first: &First| second(first, case, shares);
        let ask = Ask::rows(shares.iter().flat_map(|share| keys_of_share(case, share)))
            .and(idem.map(Idem::key))
            .then(&second);
        let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if let Some(record) = Idem::found(idem, &seen.rows, seen.now)? {
            let taken = record.ids.values().filter_map(|id| id.parse().ok()).collect();
            return Ok((seen.now, taken));
        }
        if !seen.access.flag(Flag::Share) {
            return Err(Error::forbidden("share"));
        }
        let own = ShareId::of(case, &Recipient::Org(seen.head.owner.clone()));
        if shares.contains(&own) {
            return Err(Error::of(Code::OwnShare));
        }
        let mut found: Vec<(ShareId, Grant)> = Vec::new();
        for share in shares {
            if let Some(grant) = find_share(&seen, share)?
                && !found.iter().any(|(_, other)| other.share == grant.share)
            {
                found.push((share.clone(), grant));
            }
        }
        let taken: Vec<ShareId> = found.iter().map(|(named, _)| named.clone()).collect();
        if found.is_empty() && idem.is_none() {
            return Ok((seen.now, taken));
        }
        let grants: Vec<&Grant> = found.iter().map(|(_, grant)| grant).collect();
        let event = event(&seen, &grants);
        let mut change = Change::new(&seen, event.clone());
        let ended = grants.iter().map(|grant| (&grant.recipient, &grant.share));
        change.tell(told(&event, ended));
        let mut writes = Vec::new();
        for grant in &grants {
            end(&mut writes, grant, &seen.head.owner, &seen.rows, true, seen.now)?;
        }
        change.write_all(writes);
        if let Some(idem) = idem {
            let ids = SHARE_NAMES.into_iter().zip(taken.iter().map(ToString::to_string));
            change.remember(Some(idem.record(seen.now, 200, ids)?), seen.now);
        }
        match app.table.commit(change).await? {
            Outcome::Done => return Ok((seen.now, taken)),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// What round two reads: shares under their present ids, and who is a guest through them alone.
fn second(first: &First, case: CaseId, shares: &[ShareId]) -> Vec<shared::store::Key> {
    let mut wanted = Vec::new();
    for share in shares {
        wanted.extend(keys_of_moved(first, case, share));
        let grant: Option<Grant> =
            row::read_if(first.rows.get(&keys::grant(case, share))).ok().flatten();
        if let (Some(grant), Some(head)) = (grant, &first.facts.head) {
            wanted.extend(keys_to_end(&grant, &head.owner));
        }
    }
    wanted
}

/// "Share revoked", with whom and what it gave.
fn event(seen: &Seen, grants: &[&Grant]) -> Event {
    let mut what = serde_json::Map::new();
    let revoked = grants.iter().map(|grant| {
        serde_json::json!({
            "recipient": grant.recipient,
            "gave": grant.given,
            "state": grant.state,
        })
    });
    what.insert("revoked".to_owned(), serde_json::Value::Array(revoked.collect()));
    Event {
        kind: EventKind::ShareRevoked,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: grants.iter().map(|grant| grant.share.clone()).collect(),
        what,
    }
}
