//! What a decision leans on, as rows, and the decision on them: no request is sent from here.

#![expect(clippy::implicit_hasher, reason = "rows come from the table, with the one hasher")]

use std::collections::HashMap;

use jiff::Timestamp;

use super::StoreError;
use super::check::{GRANTS_AT_ONCE, SHARE_ALL_AT_ONCE};
use super::keys::{self, Key};
use super::look::SOURCES_AT_ONCE;
use super::row::{self, Row};
use super::rows::{CaseRows, OptOut, UserRows};
use crate::access::{
    Access, CallerFacts, CaseFacts, GrantFacts, GrantState, LinkFacts, MemberKind, PARTNERS,
    PartnerFacts, ProfileFacts, ShareAllFacts, SourceFacts, Standing, Via, decide,
};
use crate::access_list::is_colleague;
use crate::caller::Caller;
use crate::id::{CaseId, GroupId, LinkId, OrgId, Recipient};
use crate::model::{Grant, Group, Head, Link, Member, Org, OverLink, Source};
use crate::rights::{self, Given, Profile, ProfileRef, Rights};

/// The rows besides head and user on which the caller's paths into the case lean.
///
/// For a case that is not there, an org that cannot be: the same work is done for it.
pub(super) fn lean_on(
    caller: &Caller,
    me: &UserRows,
    facts: &CaseRows,
    sources: &[CaseId],
) -> Vec<Key> {
    let mut wanted = Vec::new();
    let Some(head) = &facts.head else {
        wanted.push(Key { pk: "ORG#".to_owned(), sk: "@".to_owned() });
        return wanted;
    };
    wanted.push(keys::org(&head.owner));
    if let Some(name) = me.in_org(&head.owner).and_then(|member| member.profile.as_ref())
        && rights::built_in(name).is_none()
    {
        wanted.push(keys::profile(&head.owner, name));
    }
    for (grant, via_group) in concerning(caller, me, facts) {
        wanted.extend(profile_of(grant));
        if let Some(group) = via_group {
            wanted.push(keys::group(group));
            wanted.push(keys::group_member(grant.granter, group));
        }
    }
    for (grant, member) in partners(me, facts) {
        wanted.extend(profile_of(grant));
        wanted.extend(
            member
                .profile
                .iter()
                .filter(|name| rights::built_in(name).is_none())
                .map(|name| keys::profile(&member.org, name)),
        );
        wanted.push(keys::org(&member.org));
        wanted.extend(link_keys(&head.owner, &member.org));
    }
    let mut share_all = me.groups_of(head.creator).take(SHARE_ALL_AT_ONCE).peekable();
    if share_all.peek().is_some() {
        wanted.push(keys::member(head.creator, &head.owner));
        wanted.extend(share_all.map(|member| keys::group(member.group)));
    }
    for source in asked(facts, sources) {
        wanted.push(keys::head(source.source));
        wanted.push(keys::grant(source.source, &source.share));
        wanted.push(keys::org(&source.owner));
        wanted.extend(link_keys(&source.owner, &head.owner));
    }
    wanted
}

/// The profile of an org's own that a grant names.
fn profile_of(grant: &Grant) -> Option<Key> {
    match &grant.given {
        Given::Profile(ProfileRef { org, name }) if rights::built_in(name).is_none() => {
            Some(keys::profile(org, name))
        }
        _ => None,
    }
}

/// Both sides of the link between two orgs.
#[must_use]
pub fn link_keys(from: &OrgId, to: &OrgId) -> [Key; 2] {
    [keys::link(from, to), keys::link(to, from)]
}

/// The link from one org towards another, as `rows` have it.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn link_facts(
    from: &OrgId,
    to: &OrgId,
    rows: &HashMap<Key, Row>,
) -> Result<LinkFacts, StoreError> {
    let side = |own, other| {
        let link: Option<Link> = row::read_if(rows.get(&keys::link(own, other)))?;
        Ok::<_, StoreError>(link.map(|link| link.side()))
    };
    Ok(LinkFacts { from: side(from, to)?, to: side(to, from)? })
}

/// The grants to orgs in which the caller has a standing that counts, the oldest first: as many as
/// a decision can hold.
fn partners<'a>(
    me: &'a UserRows,
    facts: &'a CaseRows,
) -> impl Iterator<Item = (&'a Grant, &'a Member)> {
    let mut grants: Vec<_> = facts
        .grants
        .iter()
        .filter_map(|grant| match &grant.recipient {
            Recipient::Org(org) => Some((grant, me.at_home().find(|member| member.org == *org)?)),
            _ => None,
        })
        .collect();
    grants.sort_by_key(|(grant, _)| grant.generation);
    grants.into_iter().take(PARTNERS)
}

/// Those of the case's sources that were asked for.
fn asked<'a>(facts: &'a CaseRows, sources: &'a [CaseId]) -> impl Iterator<Item = &'a Source> {
    facts.sources.iter().filter(|one| sources.contains(&one.source)).take(SOURCES_AT_ONCE)
}

/// The grants that name the caller or a group of theirs: the personal one, then the oldest; with
/// the group, in the latter case.
fn concerning<'a>(
    caller: &'a Caller,
    me: &'a UserRows,
    facts: &'a CaseRows,
) -> impl Iterator<Item = (&'a Grant, Option<GroupId>)> {
    let mut grants: Vec<_> = facts
        .grants
        .iter()
        .filter_map(|grant| match grant.recipient {
            Recipient::User(user) if user == caller.user => Some((grant, None)),
            Recipient::Group(group) if me.in_group(group).is_some() => Some((grant, Some(group))),
            _ => None,
        })
        .collect();
    grants.sort_by_key(|(grant, group)| (group.is_some(), grant.generation));
    grants.into_iter().take(GRANTS_AT_ONCE)
}

/// What a profile gives, by name: built in, or as its row says.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn profile_facts(
    org: &OrgId,
    name: &crate::id::ProfileName,
    rows: &HashMap<Key, Row>,
) -> Result<ProfileFacts, StoreError> {
    let profile: Option<Profile> = match rights::built_in(name) {
        Some(profile) => Some(profile),
        None => row::read_if(rows.get(&keys::profile(org, name)))?,
    };
    Ok(profile.map_or(ProfileFacts::NONE, |profile| ProfileFacts {
        kind: profile.kind,
        org_admin: profile.name.as_str() == "org-admin",
        rights: profile.rights,
        org_rights: profile.org_rights,
    }))
}

/// A membership as the decision sees it.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn standing(member: &Member, rows: &HashMap<Key, Row>) -> Result<Standing, StoreError> {
    let profile = match &member.profile {
        Some(name) if member.kind != MemberKind::Guest => profile_facts(&member.org, name, rows)?,
        _ => ProfileFacts::NONE,
    };
    Ok(Standing { kind: member.kind, status: member.status, profile })
}

/// What a grant says, before it is masked.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn given_rights(given: &Given, rows: &HashMap<Key, Row>) -> Result<Rights, StoreError> {
    Ok(match given {
        Given::Role(role) => role.rights(),
        Given::Levels(levels) => Rights { levels: *levels, flags: rights::Flags::NONE },
        Given::Profile(of) => profile_facts(&of.org, &of.name, rows)?.rights,
    })
}

/// A share with an org of the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerShare {
    /// The org.
    pub org: OrgId,
    /// The share's generation: item shares of another one count nothing.
    pub generation: u64,
}

/// A decision, and what it names by place.
pub struct Judged {
    /// The owner org, where there is such a case.
    pub org: Option<Org>,
    /// What the caller may do.
    pub access: Access,
    /// The shares with orgs of the caller's, by place.
    pub partners: Vec<PartnerShare>,
    /// The sources that were asked for, by place.
    pub sources: Vec<Source>,
}

/// Decides on the rows that were read.
///
/// # Errors
///
/// [`StoreError::Odd`] for a row of another shape.
pub fn judge(
    caller: &Caller,
    me: &UserRows,
    facts: &CaseRows,
    sources: &[CaseId],
    rows: &HashMap<Key, Row>,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let org = match &facts.head {
        Some(head) => row::read_if::<Org>(rows.get(&keys::org(&head.owner)))?,
        None => None,
    };
    let (Some(head), Some(org)) = (&facts.head, org) else {
        let access = decide(&CallerFacts::default(), &CaseFacts::default(), now);
        return Ok(Judged { org: None, access, partners: Vec::new(), sources: Vec::new() });
    };
    let membership = me.in_org(&head.owner).map(|member| standing(member, rows)).transpose()?;
    let locked = me.user.as_ref().is_some_and(|user| user.locked);
    let left = facts.outs.iter().find(|out| out.user == caller.user);
    let grants = grant_facts(caller, me, facts, left, rows)?;
    let share_all = share_all_facts(me, head, left.is_some(), rows)?;
    let partner_facts = partners(me, facts)
        .map(|(grant, member)| partner_facts(&head.owner, grant, member, rows))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let source_facts = asked(facts, sources)
        .map(|source| source_facts(head, source, rows))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let access = decide(
        &CallerFacts { locked, membership },
        &CaseFacts {
            gone: head.gone,
            owner_locked: org.locked,
            guests_refused: !org.settings.admits_guest(caller.address.as_ref()),
            edit_only_if_involved: org.settings.edit_only_if_involved,
            visibility: head.access,
            named: facts.names().any(|named| named.user == caller.user),
            creator: head.creator == caller.user,
            assignee: facts.assignees.contains(&caller.user),
            grants: &grants,
            share_all: &share_all,
            partners: &partner_facts,
            sources: &source_facts,
        },
        now,
    );
    let partners = partners(me, facts).map(|(grant, member)| PartnerShare {
        org: member.org.clone(),
        generation: grant.generation,
    });
    let sources = asked(facts, sources).cloned().collect();
    Ok(Judged { org: Some(org), access, partners: partners.collect(), sources })
}

/// The grants that name the caller or a group of theirs.
fn grant_facts(
    caller: &Caller,
    me: &UserRows,
    facts: &CaseRows,
    left: Option<&OptOut>,
    rows: &HashMap<Key, Row>,
) -> Result<Vec<GrantFacts>, StoreError> {
    concerning(caller, me, facts)
        .map(|(grant, via_group)| {
            let via = match via_group {
                None => Via::Person,
                Some(group) => Via::Group {
                    alive: row::read_if::<Group>(rows.get(&keys::group(group)))?
                        .is_some_and(|group| !group.gone),
                    caller_in: true,
                    granter_in: rows.contains_key(&keys::group_member(grant.granter, group)),
                    opted_out: left.is_some_and(|out| grant.generation <= out.version),
                },
            };
            Ok(GrantFacts {
                via,
                state: grant.state,
                valid_from: grant.window.valid_from,
                expires_at: grant.window.expires_at,
                rights: given_rights(&grant.given, rows)?,
            })
        })
        .collect()
}

/// The creator's groups that the caller is in.
fn share_all_facts(
    me: &UserRows,
    head: &Head,
    opted_out: bool,
    rows: &HashMap<Key, Row>,
) -> Result<Vec<ShareAllFacts>, StoreError> {
    let groups = me.groups_of(head.creator).take(SHARE_ALL_AT_ONCE);
    let creator: Option<Member> = row::read_if(rows.get(&keys::member(head.creator, &head.owner)))?;
    let creator_in = creator.is_some_and(|member| is_colleague(&member));
    groups
        .map(|member| {
            let group: Option<Group> = row::read_if(rows.get(&keys::group(member.group)))?;
            Ok(ShareAllFacts {
                alive: group.as_ref().is_some_and(|group| !group.gone),
                owned_by_creator: group.as_ref().is_some_and(|one| one.owner == head.creator),
                gives: group.and_then(|group| group.share_all),
                caller_in: true,
                creator_in,
                opted_out,
            })
        })
        .collect()
}

/// The share with an org of the caller's.
fn partner_facts(
    owner: &OrgId,
    grant: &Grant,
    member: &Member,
    rows: &HashMap<Key, Row>,
) -> Result<PartnerFacts, StoreError> {
    let org: Option<Org> = row::read_if(rows.get(&keys::org(&member.org)))?;
    let over = grant.link.as_ref().map(|link| (link.generation, link.finalise));
    let (over, finalise) =
        over.ok_or_else(|| StoreError::Odd("a share with an org without a link".to_owned()))?;
    Ok(PartnerFacts {
        standing: standing(member, rows)?,
        locked: org.is_none_or(|org| org.locked),
        link: link_facts(owner, &member.org, rows)?,
        over,
        finalise,
        state: grant.state,
        valid_from: grant.window.valid_from,
        expires_at: grant.window.expires_at,
        rights: given_rights(&grant.given, rows)?,
    })
}

/// A case whose targets are taken into the case with this head.
fn source_facts(
    head: &Head,
    source: &Source,
    rows: &HashMap<Key, Row>,
) -> Result<SourceFacts, StoreError> {
    let from: Option<Head> = row::read_if(rows.get(&keys::head(source.source)))?;
    let owner: Option<Org> = row::read_if(rows.get(&keys::org(&source.owner)))?;
    let grant: Option<Grant> = row::read_if(rows.get(&keys::grant(source.source, &source.share)))?;
    // What was made anew since, or belongs to another org by now, is not what was taken in.
    let grant = grant.filter(|grant| grant.generation == source.generation);
    let grant = grant.and_then(|grant| grant.link.clone().map(|link| (grant, link)));
    let here = |link: &OverLink| link.finalise && link.destination == Some(head.case);
    Ok(SourceFacts {
        gone: from.is_none_or(|from| from.gone || from.owner != source.owner),
        owner_locked: owner.is_none_or(|owner| owner.locked),
        link: link_facts(&source.owner, &head.owner, rows)?,
        over: grant.as_ref().map_or_else(|| LinkId::new(source.since), |(_, link)| link.generation),
        here: grant.as_ref().is_some_and(|(_, link)| here(link)),
        state: grant.as_ref().map_or(GrantState::Refused, |(grant, _)| grant.state),
        valid_from: grant.as_ref().and_then(|(grant, _)| grant.window.valid_from),
        expires_at: grant.as_ref().and_then(|(grant, _)| grant.window.expires_at),
    })
}
