//! Who may do what with which case, now: one pure function.
//!
//! No clock, no table, no HTTP, no heap. Everything about a case asks [`decide`]; what is done
//! outside a case asks [`may`]. Source: the design, section 2.

mod facts;
#[cfg(test)]
mod laws;
mod verdict;

use jiff::Timestamp;

pub use facts::{
    CallerFacts, CaseFacts, GrantFacts, GrantState, ItemFacts, MemberKind, MemberStatus,
    ProfileFacts, Standing, Via, Visibility,
};
pub use verdict::{Access, Gate, GateVerdict, How, Path, PathVerdict, Reason};

use crate::rights::{Flag, Flags, Level, Levels, OrgRights, ProfileType, Rights};

/// The decision: gates first, then every path by itself, rights and reach kept together.
///
/// Fact sheets say what the table held at one instant; `now` is compared with the windows of
/// grants, never with anything that a broom has or has not yet swept.
#[must_use]
pub fn decide(caller: &CallerFacts, case: &CaseFacts<'_>, now: Timestamp) -> Access {
    let gates = gates(caller, case);
    let paths = [
        owner_org(caller, case),
        involved(caller, case),
        person(case, now),
        group(case, now),
        portal(caller, case),
    ];
    Access::new(gates, paths)
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
        let reason = window(grant, now).or_else(|| judge(grant));
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
fn window(grant: &GrantFacts, now: Timestamp) -> Option<Reason> {
    if grant.state != GrantState::Active {
        return Some(Reason::NotAccepted);
    }
    if grant.valid_from.is_some_and(|from| now < from) {
        return Some(Reason::NotBegun);
    }
    if grant.expires_at.is_some_and(|end| end <= now) {
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

fn portal(caller: &CallerFacts, case: &CaseFacts<'_>) -> PathVerdict {
    let path = Path::Portal;
    let standing = match caller.membership {
        Some(standing) if standing.kind == MemberKind::External => standing,
        Some(_) => return PathVerdict::closed(path, Reason::OtherKindOfMember),
        None => return PathVerdict::closed(path, Reason::NoMembership),
    };
    if standing.status != MemberStatus::Active {
        return PathVerdict::closed(path, Reason::MembershipNotActive);
    }
    match case.visibility {
        Visibility::Internal | Visibility::Restricted => {
            PathVerdict::closed(path, Reason::NotExternal)
        }
        Visibility::External if !case.named => PathVerdict::closed(path, Reason::NotNamed),
        Visibility::External | Visibility::ExternalAll => {
            let rights = match standing.profile.kind {
                ProfileType::External => standing.profile.rights,
                ProfileType::Organisation => Rights::NONE,
            };
            PathVerdict::open(path, Rights { flags: Flags::NONE, ..rights })
        }
    }
}
