//! What the words of notices lean on, decided as of now.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;
use jiff::Timestamp;
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::id::{CaseId, InvitationId, ShareId};
use shared::model::{
    Details, Grant, Group, Head, Invitation, Notice, NoticeKind, Org, Purpose, User,
};
use shared::sharing::{find_share, keys_of_moved, keys_of_share};
use shared::store::{Ask, First, Key, Row, StoreError, Tries, keys, row};

/// A case that the reader may see.
#[derive(Clone, Debug)]
pub(crate) struct SeenCase {
    /// Its details.
    pub(crate) details: Details,
    /// The shares that notices are about, as far as the reader may see them, by the id that the
    /// notice has.
    pub(crate) shares: HashMap<ShareId, Grant>,
}

/// An invitation that a notice is about.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// The invitation.
    pub(crate) invitation: Invitation,
    /// What it is to, if that is there and the invitation can be accepted.
    pub(crate) open: Option<OpenTo>,
}

/// To what an open invitation is.
#[derive(Clone, Debug)]
pub(crate) enum OpenTo {
    /// A case; its number and title, if its TLP lets them out.
    Case(Option<(u64, String)>),
    /// An org.
    Org,
    /// A group.
    Group,
}

/// What the words of some notices lean on.
#[derive(Default)]
pub(crate) struct Facts {
    /// The reader.
    pub(crate) reader: Option<Caller>,
    /// Cases that the reader may see.
    pub(crate) cases: HashMap<CaseId, SeenCase>,
    /// Invitations, of which the reader is the invitee or the inviter.
    pub(crate) tickets: HashMap<InvitationId, Ticket>,
}

impl Facts {
    /// Decides and reads for all of `notices` at once.
    pub(crate) async fn read(
        app: &App,
        caller: &Caller,
        notices: &[Notice],
        now: Timestamp,
    ) -> Result<Self, Error> {
        // Whoever is invited to a case does not see it yet: nothing is to be decided about it.
        let mut wanted: BTreeMap<CaseId, Vec<ShareId>> = BTreeMap::new();
        for notice in notices.iter().filter(|notice| notice.kind != NoticeKind::Invited) {
            if let Some(case) = notice.case {
                wanted.entry(case).or_default().extend(notice.share.clone());
            }
        }
        let cases = wanted.into_iter().map(|(id, shares)| case(app, caller, id, shares, now));
        let cases = try_join_all(cases).await?;

        let ids = notices.iter().filter_map(|notice| notice.invitation);
        let mut found =
            app.table.get_many(ids.map(keys::invitation).chain([keys::user(caller.user)])).await?;
        let user: Option<User> = row::read_if(found.remove(&keys::user(caller.user)).as_ref())?;
        let locked = user.is_some_and(|user| user.locked);
        let tickets = found.values().map(|found| ticket(app, caller, found, locked, now));
        let tickets = try_join_all(tickets).await?;
        Ok(Self {
            reader: Some(caller.clone()),
            cases: cases.into_iter().flatten().collect(),
            tickets: tickets
                .into_iter()
                .flatten()
                .map(|ticket| (ticket.invitation.id, ticket))
                .collect(),
        })
    }
}

/// One case with the shares that notices are about, if the reader may see it.
async fn case(
    app: &App,
    caller: &Caller,
    case: CaseId,
    shares: Vec<ShareId>,
    now: Timestamp,
) -> Result<Option<(CaseId, SeenCase)>, Error> {
    let moved = |first: &First| {
        shares.iter().filter_map(|share| keys_of_moved(first, case, share)).take(40).collect()
    };
    let wanted = shares.iter().flat_map(|share| keys_of_share(case, share));
    let ask = Ask::rows(wanted.chain([keys::details(case)])).then(&moved);
    let look = app.table.look(caller, case, now, &ask).await?;
    let Some(seen) = look.seen() else { return Ok(None) };
    let Some(details) = seen.row::<Details>(&keys::details(case))? else { return Ok(None) };
    let mut visible = HashMap::new();
    for share in &shares {
        let grant = find_share(&seen, share)?;
        let mine = |grant: &Grant| match &grant.recipient {
            shared::id::Recipient::User(user) => *user == caller.user,
            shared::id::Recipient::Group(group) => seen.me.in_group(*group).is_some(),
            shared::id::Recipient::Email(_)
            | shared::id::Recipient::Org(_)
            | shared::id::Recipient::Unit(_) => false,
        };
        if let Some(grant) = grant.filter(|grant| seen.access.sees_shares() || mine(grant)) {
            visible.insert(share.clone(), grant);
        }
    }
    Ok(Some((case, SeenCase { details, shares: visible })))
}

/// An invitation, if the reader is its invitee or its inviter; with what it is to, if the reader
/// can accept it.
async fn ticket(
    app: &App,
    caller: &Caller,
    found: &Row,
    locked: bool,
    now: Timestamp,
) -> Result<Option<Ticket>, Error> {
    let invitation: Invitation = row::read(found)?;
    let mine = caller.address.as_ref() == Some(&invitation.address);
    if !mine {
        let sent = invitation.inviter == caller.user;
        return Ok(sent.then_some(Ticket { invitation, open: None }));
    }
    if locked || !invitation.is_open(now) {
        return Ok(Some(Ticket { invitation, open: None }));
    }
    // All of it at one instant: nobody is told the title of a case to which they are not invited
    // any more.
    let rows = at_once(app, about(&invitation)).await?;
    let own: Option<Invitation> = row::read_if(rows.get(&keys::invitation(invitation.id)))?;
    let Some(invitation) = own else { return Ok(None) };
    let open = if invitation.is_open(now) { open_to(&invitation, &rows)? } else { None };
    Ok(Some(Ticket { invitation, open }))
}

/// What has to be read to show an invitation.
fn about(invitation: &Invitation) -> Vec<Key> {
    let mut wanted = vec![keys::invitation(invitation.id)];
    wanted.extend(invitation.org.as_ref().map(keys::org));
    match &invitation.purpose {
        Purpose::Share { case, share } => {
            wanted.extend([keys::head(*case), keys::details(*case), keys::grant(*case, share)]);
        }
        Purpose::Member { .. } => {}
        Purpose::Group { group } => wanted.push(keys::group(*group)),
    }
    wanted
}

async fn at_once(app: &App, wanted: Vec<Key>) -> Result<HashMap<Key, Row>, StoreError> {
    let mut tries = Tries::default();
    loop {
        match app.table.get_at_once(&wanted).await {
            Ok(rows) => {
                let found = wanted.into_iter().zip(rows);
                return Ok(found.filter_map(|(key, row)| Some((key, row?))).collect());
            }
            Err(StoreError::Conflict) => tries.again().await?,
            Err(error) => return Err(error),
        }
    }
}

/// To what the invitation is; `None` if that is gone or locked.
fn open_to(
    invitation: &Invitation,
    rows: &HashMap<Key, Row>,
) -> Result<Option<OpenTo>, StoreError> {
    if let Some(id) = &invitation.org {
        let org: Option<Org> = row::read_if(rows.get(&keys::org(id)))?;
        if org.is_none_or(|org| org.locked) {
            return Ok(None);
        }
    }
    match &invitation.purpose {
        Purpose::Member { .. } => Ok(Some(OpenTo::Org)),
        Purpose::Group { group } => {
            let group: Option<Group> = row::read_if(rows.get(&keys::group(*group)))?;
            Ok(group.filter(|group| !group.gone).map(|_| OpenTo::Group))
        }
        Purpose::Share { case, share } => {
            let head: Option<Head> = row::read_if(rows.get(&keys::head(*case)))?;
            let details: Option<Details> = row::read_if(rows.get(&keys::details(*case)))?;
            let grant: Option<Grant> = row::read_if(rows.get(&keys::grant(*case, share)))?;
            let waits = grant.is_some_and(|grant| grant.invitation == Some(invitation.id));
            match (head, details) {
                (Some(head), Some(details)) if !head.gone && waits => {
                    let named = details.tlp.permits_mail();
                    Ok(Some(OpenTo::Case(
                        named.then(|| (details.number, details.title.to_string())),
                    )))
                }
                _ => Ok(None),
            }
        }
    }
}
