//! Who may do what with which case, now: one pure function.
//!
//! No clock, no table, no HTTP, no heap. Everything about a case asks [`decide`]; what is done
//! outside a case asks [`may`]. Source: the design, section 2.

mod facts;
#[cfg(test)]
mod laws;
mod link;
#[cfg(test)]
mod partner_laws;
mod verdict;

use jiff::Timestamp;

pub use facts::{
    CallerFacts, CaseFacts, FromSource, GrantFacts, GrantState, ItemFacts, MemberKind,
    MemberStatus, PARTNERS, PartnerFacts, Partners, ProfileFacts, SOURCES, ShareAllFacts,
    SourceFacts, Standing, Via, Visibility,
};
pub use link::{LinkFacts, LinkSide, Obstacle};
pub use verdict::{Access, Gate, GateVerdict, How, Path, PathVerdict, Reason};

use verdict::{Sources, Verdicts};

use crate::rights::{Flag, Flags, Level, Levels, OrgRights, ProfileType, Rights};

/// The decision: gates first, then every path by itself, rights and reach kept together.
///
/// Fact sheets say what the table held at one instant; `now` is compared with the windows of
/// grants, never with anything that a broom has or has not yet swept.
#[must_use]
pub fn decide(caller: &CallerFacts, case: &CaseFacts<'_>, now: Timestamp) -> Access {
    let gates = gates(caller, case);
    let partners = std::array::from_fn(|place| match case.partners.get(place) {
        Some(facts) => partner(facts, case, now),
        None => PathVerdict::closed(Path::Partner, Reason::NoGrant),
    });
    let mut sources = Sources::NONE;
    let mut received = Reason::NoGrant;
    for (place, facts) in case.sources.iter().take(SOURCES).enumerate() {
        match source(facts, now) {
            None => sources = sources.with(place),
            Some(reason) => received = reason,
        }
    }
    let verdicts = Verdicts {
        owner_org: owner_org(caller, case),
        involved: involved(caller, case),
        person: person(case, now),
        group: group(case, now),
        share_all: share_all(case),
        partners,
        portal: portal(caller, case, now),
    };
    Access::new(gates, verdicts, sources, received)
}

/// What the caller may do in an org, outside its cases: the same gates, then the profile.
#[must_use]
pub fn may(caller: &CallerFacts, org_locked: bool) -> OrgRights {
    match caller.membership {
        Some(standing) if standing.status == MemberStatus::Active => {
            let kind_fits = match standing.kind {
                MemberKind::Normal | MemberKind::Service => ProfileType::Organisation,
                MemberKind::External => ProfileType::External,
                MemberKind::Guest => return OrgRights::NONE,
            };
            if caller.locked || org_locked || standing.profile.kind != kind_fits {
                OrgRights::NONE
            } else {
                standing.profile.org_rights
            }
        }
        _ => OrgRights::NONE,
    }
}

/// Each gate with whether it closes what it names.
fn gates(caller: &CallerFacts, case: &CaseFacts<'_>) -> [GateVerdict; Gate::ALL.len()] {
    let status = caller.membership.map(|standing| standing.status);
    let external = caller.membership.is_some_and(|standing| standing.kind == MemberKind::External);
    Gate::ALL.map(|gate| GateVerdict {
        gate,
        closed: match gate {
            Gate::UserLocked => caller.locked,
            Gate::OwnerLocked => case.owner_locked,
            Gate::CaseGone => case.gone,
            Gate::MembershipEnded => matches!(
                status,
                Some(MemberStatus::Locked | MemberStatus::Expired | MemberStatus::Removed)
            ),
            Gate::ExternalMember => external,
            // Whoever is only invited is no member yet.
            Gate::GuestsRefused => {
                matches!(status, None | Some(MemberStatus::Invited)) && case.guests_refused
            }
        },
    })
}

/// The caller's standing, if they are an active `normal` or `service` member of the owner org.
fn colleague(caller: &CallerFacts) -> Result<Standing, Reason> {
    match caller.membership {
        None => Err(Reason::NoMembership),
        Some(standing) if standing.status != MemberStatus::Active => {
            Err(Reason::MembershipNotActive)
        }
        Some(standing) => match standing.kind {
            MemberKind::Normal | MemberKind::Service => Ok(standing),
            MemberKind::External | MemberKind::Guest => Err(Reason::OtherKindOfMember),
        },
    }
}

/// What a colleague's profile gives in cases of the org; nothing where it is a profile for others.
fn profile_rights(standing: Standing) -> Rights {
    match standing.profile.kind {
        ProfileType::Organisation => standing.profile.rights,
        ProfileType::External => Rights::NONE,
    }
}

fn owner_org(caller: &CallerFacts, case: &CaseFacts<'_>) -> PathVerdict {
    let path = Path::OwnerOrg;
    let standing = match colleague(caller) {
        Ok(standing) => standing,
        Err(reason) => return PathVerdict::closed(path, reason),
    };
    let involved = case.creator || case.assignee;
    if case.visibility == Visibility::Restricted && !case.named && !involved {
        return PathVerdict::closed(path, Reason::NotNamed);
    }
    let rights = profile_rights(standing);
    let cut = case.edit_only_if_involved && !standing.profile.org_admin;
    PathVerdict::open(path, if cut { rights.cut_to_read() } else { rights })
}

fn involved(caller: &CallerFacts, case: &CaseFacts<'_>) -> PathVerdict {
    let path = Path::Involved;
    if !(case.creator || case.assignee) {
        return PathVerdict::closed(path, Reason::NotInvolved);
    }
    match colleague(caller) {
        Err(reason) => PathVerdict::closed(path, reason),
        Ok(standing) => {
            let always = Flags::of(&[Flag::Close, Flag::Reopen, Flag::Share, Flag::Assign]);
            let by_profile =
                Flags::of(&[Flag::Delete, Flag::Restrict, Flag::ShareExternal, Flag::ChangeOwner]);
            let flags = always.join(profile_rights(standing).flags.meet(by_profile));
            PathVerdict::open(path, Rights { levels: Levels::all(Level::Write), flags })
        }
    }
}

/// Joins what `grants` give; where none is open, says why the most promising one is not.
fn grants(
    path: Path,
    case: &CaseFacts<'_>,
    now: Timestamp,
    judge: impl Fn(&GrantFacts) -> Option<Reason>,
    counts: impl Fn(&GrantFacts) -> bool,
) -> PathVerdict {
    let mut verdict = PathVerdict::closed(path, Reason::NoGrant);
    for grant in case.grants.iter().filter(|grant| counts(grant)) {
        let reason =
            inactive(grant.state, grant.valid_from, grant.expires_at, now).or_else(|| judge(grant));
        verdict = match reason {
            None if verdict.is_open() => {
                PathVerdict::open(path, verdict.rights().join(grant.rights.as_share()))
            }
            None => PathVerdict::open(path, grant.rights.as_share()),
            Some(reason) if !verdict.is_open() => PathVerdict::closed(path, reason),
            Some(_) => verdict,
        };
    }
    verdict
}

/// Why a grant is not active at `now`, if it is not.
fn inactive(
    state: GrantState,
    valid_from: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Reason> {
    if state != GrantState::Active {
        return Some(Reason::NotAccepted);
    }
    if valid_from.is_some_and(|from| now < from) {
        return Some(Reason::NotBegun);
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Some(Reason::Expired);
    }
    None
}

fn person(case: &CaseFacts<'_>, now: Timestamp) -> PathVerdict {
    grants(Path::Person, case, now, |_| None, |grant| grant.via == Via::Person)
}

fn group(case: &CaseFacts<'_>, now: Timestamp) -> PathVerdict {
    let judge = |grant: &GrantFacts| {
        let Via::Group { alive, caller_in, granter_in, opted_out } = grant.via else {
            return Some(Reason::NoGrant);
        };
        if !alive {
            Some(Reason::GroupGone)
        } else if !caller_in {
            Some(Reason::NotInGroup)
        } else if !granter_in {
            Some(Reason::GranterLeft)
        } else if case.visibility == Visibility::Restricted {
            Some(Reason::Restricted)
        } else if opted_out {
            Some(Reason::OptedOut)
        } else {
            None
        }
    };
    grants(Path::Group, case, now, judge, |grant| matches!(grant.via, Via::Group { .. }))
}

/// Joins what the creator's groups give; where none is open, says why the last one is not.
fn share_all(case: &CaseFacts<'_>) -> PathVerdict {
    let path = Path::ShareAll;
    let mut verdict = PathVerdict::closed(path, Reason::NoGrant);
    for group in case.share_all.iter().filter(|group| group.owned_by_creator) {
        let gives = match group.gives {
            None => Err(Reason::ShareAllOff),
            Some(_) if !group.alive => Err(Reason::GroupGone),
            Some(_) if !group.caller_in => Err(Reason::NotInGroup),
            Some(_) if !group.creator_in => Err(Reason::GranterLeft),
            Some(_) if case.visibility == Visibility::Restricted => Err(Reason::Restricted),
            Some(_) if group.opted_out => Err(Reason::OptedOut),
            Some(levels) => Ok(Rights { levels, flags: Flags::NONE }.as_share()),
        };
        verdict = match gives {
            Ok(rights) => PathVerdict::open(path, verdict.rights().join(rights)),
            Err(reason) if !verdict.is_open() => PathVerdict::closed(path, reason),
            Err(_) => verdict,
        };
    }
    verdict
}

/// Why the share with a partner org does not reach that org at `now`, if it does not.
fn unreached(facts: &PartnerFacts, now: Timestamp) -> Option<Reason> {
    if facts.standing.status != MemberStatus::Active {
        return Some(Reason::MembershipNotActive);
    }
    if facts.locked {
        return Some(Reason::PartnerLocked);
    }
    inactive(facts.state, facts.valid_from, facts.expires_at, now)
        .or_else(|| facts.link.carries(facts.over, now).err().map(Reason::of))
}

fn partner(facts: &PartnerFacts, case: &CaseFacts<'_>, now: Timestamp) -> PathVerdict {
    let path = Path::Partner;
    if !matches!(facts.standing.kind, MemberKind::Normal | MemberKind::Service) {
        return PathVerdict::closed(path, Reason::OtherKindOfMember);
    }
    if let Some(reason) = unreached(facts, now) {
        return PathVerdict::closed(path, reason);
    }
    if facts.finalise {
        return PathVerdict::closed(path, Reason::TakenIn);
    }
    if case.visibility == Visibility::Restricted && !case.named {
        return PathVerdict::closed(path, Reason::NotNamed);
    }
    PathVerdict::open(path, profile_rights(facts.standing).meet(facts.rights.as_share()))
}

/// Why a source gives nothing at `now`, if it does not.
fn source(facts: &SourceFacts, now: Timestamp) -> Option<Reason> {
    if facts.gone || !facts.here {
        return Some(Reason::NoGrant);
    }
    if facts.owner_locked {
        return Some(Reason::PartnerLocked);
    }
    inactive(facts.state, facts.valid_from, facts.expires_at, now)
        .or_else(|| facts.link.carries(facts.over, now).err().map(Reason::of))
}

/// What an external member's profile gives in the portal.
fn portal_rights(standing: Standing) -> Rights {
    let rights = match standing.profile.kind {
        ProfileType::External => standing.profile.rights,
        ProfileType::Organisation => Rights::NONE,
    };
    Rights { flags: Flags::NONE, ..rights }
}

/// Why the case's access does not cover an external user, if it does not.
fn uncovered(case: &CaseFacts<'_>) -> Option<Reason> {
    match case.visibility {
        Visibility::Internal | Visibility::Restricted => Some(Reason::NotExternal),
        Visibility::External if !case.named => Some(Reason::NotNamed),
        Visibility::External | Visibility::ExternalAll => None,
    }
}

/// One path, whichever org lets the caller in: what is reached is the same for all of them.
fn portal(caller: &CallerFacts, case: &CaseFacts<'_>, now: Timestamp) -> PathVerdict {
    let path = Path::Portal;
    let own = match caller.membership {
        Some(standing) if standing.kind == MemberKind::External => {
            if standing.status == MemberStatus::Active {
                Ok(portal_rights(standing))
            } else {
                Err(Reason::MembershipNotActive)
            }
        }
        Some(_) => Err(Reason::OtherKindOfMember),
        None => Err(Reason::NoMembership),
    };
    let of_partners = case.partners.iter().take(PARTNERS).filter_map(|facts| {
        let external = facts.standing.kind == MemberKind::External;
        external.then(|| match unreached(facts, now) {
            Some(reason) => Err(reason),
            None => Ok(portal_rights(facts.standing).meet(facts.rights.as_share())),
        })
    });
    let mut verdict = match own {
        Ok(rights) => PathVerdict::open(path, rights),
        Err(reason) => PathVerdict::closed(path, reason),
    };
    for one in of_partners {
        verdict = match one {
            Ok(rights) => PathVerdict::open(path, verdict.rights().join(rights)),
            Err(reason) if !verdict.is_open() => PathVerdict::closed(path, reason),
            Err(_) => verdict,
        };
    }
    match uncovered(case) {
        Some(reason) if verdict.is_open() => PathVerdict::closed(path, reason),
        _ => verdict,
    }
}
