//! Everything about a new case that is checked before anything is written.

use std::collections::HashMap;

use jiff::Timestamp;
use shared::access::Visibility;
use shared::access_list::{
    Orgs, check_list, fits, fitting_access, fitting_assignees, is_colleague,
};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Code, Error};
use shared::id::{CaseId, OrgId, Recipient};
use shared::model::{AutoShare, GrantWindow, Head, Link, Member, ObservableBody};
use shared::sharing::{self, PARTNER_ORGS, Planned, Wish, auto};
use shared::store::{CaseRows, First, Key, Query, Row, StoreError, UserRows, keys, row};

use super::body::NewCase;
use super::ground::Ground;

/// The most recipients, names and assignees together: what one transaction can hold.
const TOGETHER: usize = 92;

/// More links than an org has.
const LINKS: usize = 1_000;

/// A new case, as it will be made.
pub(crate) struct Plan {
    /// Its head.
    pub(crate) head: Head,
    /// Whom its access names.
    pub(crate) names: Vec<Member>,
    /// To whom it is assigned.
    pub(crate) assignees: Vec<Member>,
    /// Its shares, each with the entry of the request that asks for it.
    pub(crate) shares: Vec<(usize, Planned)>,
    /// Its shares over links that share new cases by themselves.
    pub(crate) auto: Vec<Planned>,
    /// Those of them that cannot be made now.
    pub(crate) failed: Vec<AutoShare>,
    /// Its observables.
    pub(crate) observables: Vec<ObservableBody>,
}

impl Plan {
    /// Plans the case `case`.
    ///
    /// # Errors
    ///
    /// The refusal of the first rule that is not met; nothing has been written then.
    pub(crate) async fn make(
        app: &App,
        caller: &Caller,
        ground: &Ground,
        body: &NewCase,
        case: CaseId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let users = body.users.as_deref().unwrap_or_default();
        check_list(body.access, users)?;
        let observables = body.observed()?;
        let recipients: usize = body.shares().map(|(_, share)| share.recipients.len()).sum();
        if TOGETHER < users.len() + body.assignees.len() + recipients {
            return Err(Error::of(Code::TooManyChanges));
        }
        let org = &ground.org.id;
        let partners = partners(body);
        let orgs = Orgs { owner: org, partners: &partners };
        let names = app.table.people(orgs, users, fits(body.access)).await?;
        let mut names = fitting_access(body.access, names)?;
        let orgs = Orgs { owner: org, partners: &[] };
        let assignees = app.table.people(orgs, &body.assignees, is_colleague).await?;
        let assignees = fitting_assignees(assignees)?;
        let mut access = body.access;
        if ground.portal() {
            access = Visibility::External;
            names = vec![ground.member.clone()];
        }
        let head = Head {
            case,
            owner: org.clone(),
            creator: caller.user,
            access,
            access_generation: 1,
            access_version: 1,
            gone: false,
            merged_into: None,
            rules: body.rules.unwrap_or(ground.org.settings.item_rules),
        };
        let shares = shares(app, caller, ground, body, &head, now).await?;
        let (auto, failed) = auto_shares(app, caller, ground, body, &head, now).await?;
        Ok(Self { head, names, assignees, shares, auto, failed, observables })
    }

    /// Leaves one share that would be made by itself for later, if there is one: the case comes
    /// first.
    pub(crate) fn leave_one(&mut self, now: Timestamp) -> bool {
        let left = self.auto.pop().and_then(|left| left.recipient.org().cloned());
        let Some(org) = left else { return false };
        self.failed.push(auto::failed(&self.head, &org, Code::TooManyChanges, now));
        true
    }
}

/// The orgs with which the case will be shared: their members may be named too.
pub(crate) fn partners(body: &NewCase) -> Vec<OrgId> {
    let recipients = body.shares().flat_map(|(_, share)| &share.recipients);
    recipients.filter_map(|recipient| recipient.org().cloned()).collect()
}

/// Plans the shares of a case with this head.
async fn shares(
    app: &App,
    caller: &Caller,
    ground: &Ground,
    body: &NewCase,
    head: &Head,
    now: Timestamp,
) -> Result<Vec<(usize, Planned)>, Error> {
    let (entries, wishes) = wishes(body, now)?;
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    if PARTNER_ORGS < partners(body).len() {
        return Err(Error::at(Code::TooManyPartners, "/share"));
    }
    let rows = recipients(app, ground, head, &wishes).await?;
    let own_groups = ground.me.groups.iter().map(|member| member.group).collect();
    let under =
        sharing::Ground::new(caller, own_groups, head.case, &ground.org, head.access, &rows);
    Ok(entries.into_iter().zip(sharing::plan(&wishes, &under)?).collect())
}

/// The shares that the org's links make by themselves, and those that cannot be made now. Who is
/// named in the request gets what it says; a restricted case is shared by nobody but people.
async fn auto_shares(
    app: &App,
    caller: &Caller,
    ground: &Ground,
    body: &NewCase,
    head: &Head,
    now: Timestamp,
) -> Result<(Vec<Planned>, Vec<AutoShare>), Error> {
    if head.access == Visibility::Restricted {
        return Ok((Vec::new(), Vec::new()));
    }
    let sides = Query::rows(keys::org_partition(&head.owner)).prefix(keys::LINK_PREFIX);
    let sides = app.table.query_all(sides, LINKS).await?;
    let sides = sides.iter().map(row::read).collect::<Result<Vec<Link>, _>>()?;
    let named = |org: &OrgId| {
        let mut recipients = body.share.iter().flat_map(|share| &share.recipients);
        recipients.any(|recipient| recipient.org() == Some(org))
    };
    let unnamed = sides.iter().filter(|side| !named(&side.other));
    let wishes: Vec<Wish> = unnamed
        .filter_map(|side| Some(auto::wish(&side.other, auto::wanted(side, now)?)))
        .collect();
    if wishes.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let rows = recipients(app, ground, head, &wishes).await?;
    let under =
        sharing::Ground::new(caller, Vec::new(), head.case, &ground.org, head.access, &rows);
    let (mut planned, mut failed) = (Vec::new(), Vec::new());
    let room = PARTNER_ORGS.saturating_sub(partners(body).len());
    for wish in &wishes {
        let Some(org) = wish.recipient.org() else { continue };
        match auto::attempt(wish, &under)? {
            Ok(_) if room <= planned.len() => {
                failed.push(auto::failed(head, org, Code::TooManyPartners, now));
            }
            Ok(one) => planned.push(one),
            Err(code) => failed.push(auto::failed(head, org, code, now)),
        }
    }
    Ok((planned, failed))
}

/// What the request wishes, share by share, each with its entry.
fn wishes(body: &NewCase, now: Timestamp) -> Result<(Vec<usize>, Vec<Wish>), Error> {
    let mut entries = Vec::new();
    let mut wishes = Vec::new();
    for (entry, share) in body.shares() {
        let pointer = format!("/share/{entry}");
        let given = sharing::given(share.role, share.profile.clone(), share.sections, &pointer)?;
        let window = GrantWindow { valid_from: share.valid_from, expires_at: share.expires_at };
        sharing::check_window(window, now, &pointer)?;
        for (at, recipient) in share.recipients.iter().enumerate() {
            entries.push(entry);
            wishes.push(Wish {
                recipient: recipient.clone(),
                given: given.clone(),
                window,
                insert_targets: false,
                pointer: format!("{pointer}/recipients/{at}"),
                place: pointer.clone(),
            });
        }
    }
    Ok((entries, wishes))
}

/// What the recipients are to the org. The case is not there yet, so no round can be tied to it.
async fn recipients(
    app: &App,
    ground: &Ground,
    head: &Head,
    wishes: &[Wish],
) -> Result<HashMap<Key, Row>, StoreError> {
    let people: Vec<&Recipient> = wishes.iter().map(|wish| &wish.recipient).collect();
    let first_keys = sharing::first_keys(head.case, people.iter().copied());
    let mut first = First {
        facts: CaseRows { head: Some(head.clone()), ..CaseRows::default() },
        whole: true,
        me: UserRows::default(),
        rows: app.table.get_many(first_keys).await?,
    };
    let mut second_keys = Vec::new();
    // So many at a time that none is left out.
    for some in wishes.chunks(sharing::RECIPIENTS / 2) {
        second_keys.extend(sharing::second_keys(
            &first,
            head.case,
            some.iter().map(|wish| &wish.recipient),
            some.iter().map(|wish| &wish.given),
        ));
    }
    first.rows.extend(app.table.get_many(second_keys).await?);
    first.rows.extend(ground.rows.clone());
    Ok(first.rows)
}
