//! The rules of making a share. Plain functions: no clock, no table.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::access::{GrantState, MemberKind, MemberStatus, ProfileFacts, Visibility};
use crate::address::Address;
use crate::caller::Caller;
use crate::error::{Code, Error, Fault};
use crate::id::{OrgId, Recipient, ShareId, UnitId, UserId};
use crate::model::{
    Acceptance, EmailOwner, Grant, GrantWindow, Group, InvitedMember, Link, Member, Org,
    OrgSettings, OverLink, Unit, reaching,
};
use crate::rights::{Given, Levels, ProfileRef, ProfileType, Role};
use crate::store::{Key, Row, Seen, keys, link_facts, profile_facts, row};
use crate::text::Name;

/// How far a time may lie back and still mean "now": clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// One share that somebody wants to make.
#[derive(Clone, Debug)]
pub struct Wish {
    /// With whom.
    pub recipient: Recipient,
    /// What is given.
    pub given: Given,
    /// Since when and until when.
    pub window: GrantWindow,
    /// With an org: targets that are added later are shared with it, too.
    pub insert_targets: bool,
    /// Where the request names the recipient, as a JSON pointer.
    pub pointer: String,
    /// Where the request says what is given: above `/profile` and `/expires_at`.
    pub place: String,
}

/// What is known of a recipient who is a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Their membership in the owner org.
    pub member: Option<&'a Member>,
    /// That they are invited to it.
    pub invited: Option<&'a InvitedMember>,
    /// The address that they are shared with by, or the one that they are known by.
    pub address: Option<&'a Address>,
    /// Nothing more may be mailed to them.
    pub complained: bool,
}

impl Known<'_> {
    /// The address that the org knows them by, or else the one that they are shared with by.
    fn own_address(&self) -> Option<&Address> {
        self.member.and_then(|member| member.address.as_ref()).or(self.address)
    }
}

/// How a person gets a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is there at once.
    AtOnce,
    /// They accept first, as the member that they are.
    AfterAccepting,
    /// They accept first, and become a guest.
    AsGuest,
    /// The receiving org takes it into a case of its own first.
    Finalise,
}

/// How a person gets a share of a case of an org with these settings.
///
/// # Errors
///
/// The code of the rule that refuses them.
pub fn way(known: Known<'_>, settings: &OrgSettings) -> Result<Way, Code> {
    let external = MemberKind::External;
    if known.invited.is_some_and(|invited| invited.kind == external) {
        return Err(Code::UseExternalAccess);
    }
    match known.member.map(|member| (member.kind, member.status)) {
        Some((kind, MemberStatus::Active | MemberStatus::Locked)) if kind == external => {
            Err(Code::UseExternalAccess)
        }
        Some((_, MemberStatus::Locked | MemberStatus::Expired)) => Err(Code::RecipientLocked),
        Some((MemberKind::Guest, MemberStatus::Active))
            if !settings.admits_guest(known.own_address()) =>
        {
            Err(Code::GuestsRefused)
        }
        Some((_, MemberStatus::Active)) => Ok(match settings.acceptance {
            Acceptance::Outsiders => Way::AtOnce,
            Acceptance::Everyone if known.complained => return Err(Code::Undeliverable),
            Acceptance::Everyone => Way::AfterAccepting,
        }),
        // Who was removed comes back as anybody else does.
        None | Some((_, MemberStatus::Removed | MemberStatus::Invited)) => match known.address {
            None => Err(Code::UnknownRecipient),
            Some(_) if known.complained => Err(Code::Undeliverable),
            Some(address) if settings.admits_guest(Some(address)) => Ok(Way::AsGuest),
            Some(_) => Err(Code::GuestsRefused),
        },
    }
}

/// What a share gives, said in exactly one of three ways.
///
/// # Errors
///
/// [`Code::GivenUnclear`] for none or several.
pub fn given(
    role: Option<Role>,
    profile: Option<ProfileRef>,
    sections: Option<Levels>,
    pointer: &str,
) -> Result<Given, Error> {
    match (role, profile, sections) {
        (Some(role), None, None) => Ok(Given::Role(role)),
        (None, Some(profile), None) => Ok(Given::Profile(profile)),
        (None, None, Some(levels)) => Ok(Given::Levels(levels)),
        _ => Err(Error::at(Code::GivenUnclear, pointer)),
    }
}

/// Whether a window can be: it ends after it begins and after now, and does not begin in the past.
///
/// # Errors
///
/// [`Code::InThePast`], [`Code::WindowBackwards`].
pub fn check_window(window: GrantWindow, now: Timestamp, pointer: &str) -> Result<(), Error> {
    if window.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::at(Code::InThePast, format!("{pointer}/expires_at")));
    }
    if window.valid_from.is_some_and(|from| from < now - SKEW) {
        return Err(Error::at(Code::InThePast, format!("{pointer}/valid_from")));
    }
    match (window.valid_from, window.expires_at) {
        (Some(from), Some(end)) if end <= from => {
            Err(Error::at(Code::WindowBackwards, format!("{pointer}/expires_at")))
        }
        _ => Ok(()),
    }
}

/// Whether a share has been taken in, and gives something now as far as it goes itself.
#[must_use]
pub fn taken_in(grant: &Grant, now: Timestamp) -> bool {
    let finalises = grant.link.as_ref().is_some_and(|link| link.finalise);
    finalises && grant.state == GrantState::Active && open_grant(grant, now)
}

/// Whether a grant stands in the way of a new one: it gives something, will, or may be accepted.
#[must_use]
pub fn open_grant(grant: &Grant, now: Timestamp) -> bool {
    let ended = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    match grant.state {
        GrantState::Active | GrantState::PendingUser | GrantState::PendingCase => {
            !ended(grant.window.expires_at)
        }
        GrantState::Pending => {
            !ended(grant.invitation_expires_at) && !ended(grant.window.expires_at)
        }
        GrantState::Declined | GrantState::Bounced | GrantState::Failed | GrantState::Refused => {
            false
        }
    }
}

/// A share as it will be made.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its id.
    pub share: ShareId,
    /// With whom: an address of a member is the member.
    pub recipient: Recipient,
    /// By name.
    pub name: Option<Name>,
    /// By address.
    pub address: Option<Address>,
    /// How they get it.
    pub way: Way,
    /// What is given.
    pub given: Given,
    /// Since when and until when.
    pub window: GrantWindow,
    /// A grant under the same id: open ones are the caller's to judge, others are replaced.
    pub before: Option<Grant>,
    /// That they are invited to the owner org already.
    pub invited: Option<InvitedMember>,
    /// Their membership in the owner org.
    pub member: Option<Member>,
    /// What a share with an org has besides.
    pub link: Option<OverLink>,
    /// The case is open to all external users: to that org's too.
    pub externals: bool,
    /// Where the request names the recipient.
    pub pointer: String,
    /// Where the request says what is given.
    pub place: String,
}

impl Planned {
    /// The share that stands already, if there is one: it gives something, will, or may be
    /// accepted. One with an org that has been linked anew since gives nothing any more.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Option<&Grant> {
        let over = |link: Option<&OverLink>| link.map(|link| link.generation);
        self.before.as_ref().filter(|before| {
            open_grant(before, now) && over(before.link.as_ref()) == over(self.link.as_ref())
        })
    }
}

/// What a plan leans on.
pub struct Ground<'a> {
    caller: &'a Caller,
    own_groups: Vec<crate::id::GroupId>,
    case: crate::id::CaseId,
    owner: &'a OrgId,
    org: &'a Org,
    visibility: Visibility,
    rows: &'a HashMap<Key, Row>,
    /// All grants of the case, where they were read; else those that matter are among `rows`.
    grants: Option<&'a [Grant]>,
    now: Timestamp,
}

impl<'a> Ground<'a> {
    /// Of a case that exists; `rows` hold what the recipients are.
    #[must_use]
    pub fn of(seen: &'a Seen, rows: &'a HashMap<Key, Row>) -> Self {
        let groups = seen.me.groups.iter().map(|member| member.group).collect();
        let access = seen.head.access;
        Self {
            now: seen.now,
            grants: seen.whole.then_some(&seen.facts.grants),
            ..Self::new(&seen.caller, groups, seen.case, &seen.org, access, rows)
        }
    }

    /// The same, where `grants` are all grants of the case, whatever `rows` say of them: those were
    /// read at another instant.
    #[must_use]
    pub fn among(self, grants: &'a [Grant]) -> Self {
        Self { grants: Some(grants), ..self }
    }

    /// Of a case that is being made.
    #[must_use]
    pub fn new(
        caller: &'a Caller,
        own_groups: Vec<crate::id::GroupId>,
        case: crate::id::CaseId,
        org: &'a Org,
        visibility: Visibility,
        rows: &'a HashMap<Key, Row>,
    ) -> Self {
        let now = case.made_at();
        let grants = None;
        Self { caller, own_groups, case, owner: &org.id, org, visibility, rows, grants, now }
    }

    /// The same, at `now`.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    fn member(&self, user: UserId) -> Result<Option<Member>, Error> {
        Ok(row::read_if(self.rows.get(&keys::member(user, self.owner)))?)
    }

    fn grant(&self, recipient: &Recipient) -> Result<Option<Grant>, Error> {
        let share = ShareId::of(self.case, recipient);
        match self.grants {
            Some(grants) => Ok(grants.iter().find(|grant| grant.share == share).cloned()),
            None => Ok(row::read_if(self.rows.get(&keys::grant(self.case, &share)))?),
        }
    }

    fn refuse(code: Code, wish: &Wish) -> Error {
        Error::of(code).with(Fault::at(&wish.pointer, code.meaning()))
    }

    fn one(&self, wish: &Wish) -> Result<Planned, Error> {
        self.check_given(wish)?;
        match &wish.recipient {
            Recipient::Group(group) => self.group(wish, *group),
            Recipient::Org(org) => self.partner(wish, org),
            Recipient::Unit(unit) => self.unit(wish, *unit),
            Recipient::User(user) => {
                let member = self.member(*user)?;
                self.person(wish, Some(*user), member, None, false)
            }
            Recipient::Email(address) => {
                let owner: Option<EmailOwner> = row::read_if(self.rows.get(&keys::email(address)))?;
                let complained = self.rows.contains_key(&keys::complaint(address))
                    || owner.as_ref().is_some_and(|owner| owner.complained);
                let user = owner.map(|owner| owner.user);
                let member = match user {
                    Some(user) => self.member(user)?,
                    None => None,
                };
                self.person(wish, user, member, Some(address), complained)
            }
        }
    }

    /// A profile must be one of the owner org's, for members of organisations.
    fn check_given(&self, wish: &Wish) -> Result<(), Error> {
        let Given::Profile(of) = &wish.given else {
            return Ok(());
        };
        let facts = profile_facts(&of.org, &of.name, self.rows)?;
        let exists = facts != ProfileFacts::NONE && facts.kind == ProfileType::Organisation;
        if of.org == *self.owner && exists {
            Ok(())
        } else {
            Err(Error::at(Code::UnknownProfile, format!("{}/profile", wish.place)))
        }
    }

    fn group(&self, wish: &Wish, group: crate::id::GroupId) -> Result<Planned, Error> {
        let row: Option<Group> = row::read_if(self.rows.get(&keys::group(group)))?;
        // Others' groups are invisible, as groups that never were.
        let Some(group_row) = row.filter(|row| !row.gone && self.own_groups.contains(&group))
        else {
            return Err(Self::refuse(Code::NotFound, wish));
        };
        if self.visibility == Visibility::Restricted {
            return Err(Self::refuse(Code::CaseRestricted, wish));
        }
        self.planned(wish, wish.recipient.clone(), Way::AtOnce, Some(group_row.name), None)
    }

    /// Another org, over a link that leads there now.
    fn partner(&self, wish: &Wish, org: &OrgId) -> Result<Planned, Error> {
        if org == self.owner {
            return Err(Self::refuse(Code::WithOwnOrg, wish));
        }
        let row: Option<Org> = row::read_if(self.rows.get(&keys::org(org)))?;
        let link = link_facts(self.owner, org, self.rows)?;
        let own_side: Option<Link> = row::read_if(self.rows.get(&keys::link(self.owner, org)))?;
        let usable = reaching(link.usable(self.now), row.as_ref());
        let generation = match (usable, link.generation(), self.grant(&wish.recipient)?) {
            (Ok(generation), ..) => generation,
            // What they have may stay in a whole list; only a new share would need the link.
            (Err(_), Some(generation), Some(before))
                if before.link.as_ref().is_some_and(|link| link.generation == generation)
                    && open_grant(&before, self.now) =>
            {
                generation
            }
            (Err(obstacle), ..) => return Err(Self::refuse(obstacle.into(), wish)),
        };
        let finalise = own_side.is_some_and(|side| side.finalise);
        let way = if finalise { Way::Finalise } else { Way::AtOnce };
        let name = row.map(|org| org.name);
        let mut planned = self.planned(wish, wish.recipient.clone(), way, name, None)?;
        planned.externals = self.visibility == Visibility::ExternalAll;
        planned.link = Some(OverLink {
            insert_targets: wish.insert_targets,
            ..OverLink::new(self.owner.clone(), generation, finalise)
        });
        Ok(planned)
    }

    /// A field unit of the owner org.
    fn unit(&self, wish: &Wish, unit: UnitId) -> Result<Planned, Error> {
        let row: Option<Unit> = row::read_if(self.rows.get(&keys::unit(self.owner, unit)))?;
        let Some(row) = row else {
            return Err(Self::refuse(Code::UnknownUnit, wish));
        };
        self.planned(wish, wish.recipient.clone(), Way::AtOnce, Some(row.name), None)
    }

    fn person(
        &self,
        wish: &Wish,
        user: Option<UserId>,
        member: Option<Member>,
        address: Option<&Address>,
        complained: bool,
    ) -> Result<Planned, Error> {
        let oneself = user == Some(self.caller.user)
            || (address.is_some() && address == self.caller.address.as_ref());
        // Somebody else may have shared it with them: that share may stay in a whole list.
        if oneself && self.grant(&Recipient::User(self.caller.user))?.is_none() {
            return Err(Self::refuse(Code::WithOneself, wish));
        }
        let invited: Option<InvitedMember> = match address {
            Some(address) => {
                row::read_if(self.rows.get(&keys::invited_member(address, self.owner)))?
            }
            None => None,
        };
        let known =
            Known { member: member.as_ref(), invited: invited.as_ref(), address, complained };
        let way = match way(known, &self.org.settings) {
            Ok(way) => way,
            // What they have may stay in a whole list; only a new share would need it.
            Err(Code::GuestsRefused | Code::Undeliverable) if self.has_one(wish, user)? => {
                Way::AtOnce
            }
            Err(code) => return Err(Self::refuse(code, wish)),
        };
        let active = member.filter(|member| member.status == MemberStatus::Active);
        let (recipient, name, known_address) = if let (Some(member), Some(user)) = (&active, user) {
            let address = member.address.clone().or_else(|| address.cloned());
            (Recipient::User(user), member.name.clone(), address)
        } else {
            let name = invited.as_ref().and_then(|invited| invited.name.clone());
            (wish.recipient.clone(), name, address.cloned())
        };
        if way == Way::AfterAccepting && known_address.is_none() {
            // A service has no address, and cannot accept.
            return self.planned(wish, recipient, Way::AtOnce, name, None);
        }
        let mut planned = self.planned(wish, recipient, way, name, known_address)?;
        planned.invited = invited;
        planned.member = active;
        Ok(planned)
    }

    /// Whether a share with them stands already.
    fn has_one(&self, wish: &Wish, user: Option<UserId>) -> Result<bool, Error> {
        let named = self.grant(&wish.recipient)?;
        let by_id = match user {
            Some(user) => self.grant(&Recipient::User(user))?,
            None => None,
        };
        Ok(named.iter().chain(&by_id).any(|grant| open_grant(grant, self.now)))
    }

    fn planned(
        &self,
        wish: &Wish,
        recipient: Recipient,
        way: Way,
        name: Option<Name>,
        address: Option<Address>,
    ) -> Result<Planned, Error> {
        let mut before = self.grant(&recipient)?;
        if before.is_none() && recipient != wish.recipient {
            before = self.grant(&wish.recipient)?;
        }
        Ok(Planned {
            share: ShareId::of(self.case, &recipient),
            recipient,
            name,
            address,
            way,
            given: wish.given.clone(),
            window: wish.window,
            before,
            invited: None,
            member: None,
            link: None,
            externals: false,
            pointer: wish.pointer.clone(),
            place: wish.place.clone(),
        })
    }
}

/// Plans all wishes, or refuses with the first that cannot be.
///
/// # Errors
///
/// The refusal of the first wish that a rule refuses; [`Code::SameRecipient`] where two wishes mean
/// the same recipient, also once by id and once by address.
pub fn plan(wishes: &[Wish], ground: &Ground<'_>) -> Result<Vec<Planned>, Error> {
    let mut planned: Vec<Planned> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let one = ground.one(wish)?;
        if planned.iter().any(|other| other.share == one.share) {
            return Err(Ground::refuse(Code::SameRecipient, wish));
        }
        planned.push(one);
    }
    Ok(planned)
}
