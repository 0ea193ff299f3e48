//! A group's members are told of a share with it: a fan-out with a cursor.

use jiff::Timestamp;
use shared::access::GrantState;
use shared::app::App;
use shared::error::Error;
use shared::id::{CaseId, GroupId, Recipient, ShareId};
use shared::model::{Grant, Group, GroupMember};
use shared::store::{Key, Query, Row, StoreError, keys, row};
use shared::telling::About;
use tracing::warn;

use crate::grant::{notice, sees};
use crate::letter::CaseLetter;
use crate::post;
use crate::reading::{self, Case, Rows};

/// How many members one step tells.
const STEP: usize = 25;
/// Larger groups are told by notice only.
const MAILED: usize = 500;
/// Whether mail goes out too, once it has been found out.
const BY_MAIL: &str = "by_mail";

/// Whom a job tells of what, and how far it has come.
pub(super) struct Told {
    pub(super) case: CaseId,
    pub(super) share: ShareId,
    pub(super) generation: u64,
    pub(super) group: GroupId,
    pub(super) after: Option<String>,
}

/// What they are told, as it stands at one instant.
struct News {
    case: Case,
    grant: Grant,
    group: Group,
}

/// Tells the next members.
pub(super) async fn step(app: &App, job: &Row, told: Told, now: Timestamp) -> Result<(), Error> {
    let Some(news) = news(app, &told, now).await? else {
        return Ok(app.table.job_done(job).await?);
    };
    if let Some(from) = news.grant.window.valid_from.filter(|from| now < *from) {
        return Ok(app.table.put_off(job, from).await?);
    }
    if news.case.org.locked {
        return Ok(());
    }
    let by_mail = match job.get(BY_MAIL).and_then(|value| value.as_bool().ok()) {
        Some(known) => *known,
        None => is_small(app, told.group).await?,
    };
    let (listed, more) = next(app, &told).await?;
    let keys = listed.iter().map(|(_, key)| key).filter(|key| keys::is_members(key));
    let rows = app.table.get_many(keys.cloned()).await?;
    let mut reached: Option<&str> = None;
    for (sort, key) in &listed {
        if let Some(member) = rows.get(key)
            && let Err(cause) = tell(app, &news, member, by_mail, now).await
        {
            let Some(reached) = reached else { return Err(cause) };
            // Those before are not told twice.
            warn!(%cause, "could not tell a whole part of a group; the rest is told later");
            return Ok(app.table.job_goes_on(job, reached, Some((BY_MAIL, by_mail)), now).await?);
        }
        reached = Some(sort);
    }
    match reached {
        Some(last) if more => {
            Ok(app.table.job_goes_on(job, last, Some((BY_MAIL, by_mail)), now).await?)
        }
        _ => Ok(app.table.job_done(job).await?),
    }
}

/// What is told; `None` if the share is not there any more, or gives nothing to anybody.
async fn news(app: &App, told: &Told, now: Timestamp) -> Result<Option<News>, Error> {
    let (group, grant) = (keys::group(told.group), keys::grant(told.case, &told.share));
    let (case, rows) = Case::read(app, told.case, vec![group.clone(), grant.clone()]).await?;
    let group: Option<Group> = rows.get(&group)?;
    let grant: Option<Grant> = rows.get(&grant)?;
    Ok(match (case, grant, group) {
        (Some(case), Some(grant), Some(group))
            if grant.generation == told.generation
                && grant.state == GrantState::Active
                && grant.window.expires_at.is_none_or(|end| now < end)
                && !group.gone =>
        {
            Some(News { case, grant, group })
        }
        _ => None,
    })
}

/// Whether the group is small enough for mail.
async fn is_small(app: &App, group: GroupId) -> Result<bool, StoreError> {
    let members = Query::principal(keys::granted_to(&Recipient::Group(group)))
        .prefix(keys::MEMBER_PREFIX)
        .limit(MAILED + 1);
    Ok(app.table.query_all(members, MAILED + 1).await?.len() <= MAILED)
}

/// The next members as the index has them, each with its place there, and whether there are more.
async fn next(app: &App, told: &Told) -> Result<(Vec<(String, Key)>, bool), StoreError> {
    let members = Query::principal(keys::granted_to(&Recipient::Group(told.group)));
    let query = match &told.after {
        None => members.prefix(keys::MEMBER_PREFIX),
        Some(after) => members.between(after.as_str(), keys::MEMBER_END),
    };
    // The first is the one told last.
    let page = app.table.query(query.limit(STEP + 1)).await?;
    let mut listed: Vec<_> = page
        .rows
        .iter()
        .map(|found| (row::text(found, "principal_sort").to_owned(), row::key_of(found)))
        .collect();
    listed.retain(|(sort, _)| Some(sort) != told.after.as_ref());
    Ok((listed, page.next.is_some()))
}

/// Tells one member, by notice and by mail, if the share lets them see the case.
async fn tell(
    app: &App,
    news: &News,
    member: &Row,
    by_mail: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let member: GroupMember = row::read(member)?;
    let grant = &news.grant;
    if member.user == grant.granter
        || !sees(app, member.user, member.address.as_ref(), grant, now).await?
    {
        return Ok(());
    }
    app.table.notify(&notice(grant, member.user)).await?;
    let Some(address) = member.address.as_ref().filter(|_| by_mail) else { return Ok(()) };
    let wanted = vec![keys::email(address), keys::complaint(address)];
    if Rows::read(app, wanted).await?.complained(address)? {
        return Ok(());
    }
    let about =
        About::Group { case: grant.case, share: grant.share.clone(), generation: grant.generation };
    let letter = CaseLetter {
        details: &news.case.details,
        org: &news.case.org.name,
        grant,
        rights: reading::rights(app, grant).await?,
        link: app.settings.case_link(grant.case),
        now,
    };
    // What SES refuses for one member does not concern the share; they have the notice.
    post::send(app, address, &about, &letter.shared_with(&news.group)).await?;
    Ok(())
}
