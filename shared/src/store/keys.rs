//! Every key of the table, built from typed ids and nowhere else.
//!
//! The attributes `PK` and `SK` are the table's key; `principal` and `principal_sort` the index
//! `by-principal`; `due_shard` and `due_at` the index `by-due`. Source: the design, section 3.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::address::Address;
use crate::id::{
    CaseId, EventId, GroupId, InvitationId, ItemId, JobId, NoticeId, OrgId, ProfileName, Recipient,
    ShareId, UnitId, UserId,
};
use crate::rights::Section;

/// The index that answers "what is there of this principal?".
pub const BY_PRINCIPAL: &str = "by-principal";
/// The index of rows that wait for something.
pub const BY_DUE: &str = "by-due";
/// How many partitions `by-due` has.
pub const DUE_SHARDS: u64 = 4;
/// How many partitions a day of an org's audit view has.
pub const AUDIT_SHARDS: u64 = 4;

/// The key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

/// The key of one row in the index `by-principal`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexKey {
    /// Partition key: the principal.
    pub principal: String,
    /// Sort key.
    pub sort: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// Twelve digits, so that versions sort as numbers do.
fn padded(version: u64) -> String {
    format!("{version:012}")
}

/// The partition of a case.
#[must_use]
pub fn case_partition(case: CaseId) -> String {
    format!("CASE#{case}")
}

/// The partition of a user.
#[must_use]
pub fn user_partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// The partition of an address.
#[must_use]
pub fn email_partition(address: &Address) -> String {
    format!("EMAIL#{address}")
}

/// The partition of an org.
#[must_use]
pub fn org_partition(org: &OrgId) -> String {
    format!("ORG#{org}")
}

/// The partition of a user's notices.
#[must_use]
pub fn inbox_partition(user: UserId) -> String {
    format!("INBOX#{user}")
}

/// Head of a case: what all facts of the case sort after.
#[must_use]
pub fn head(case: CaseId) -> Key {
    key(case_partition(case), "A#")
}

/// Creator of a case.
#[must_use]
pub fn creator(case: CaseId, user: UserId) -> Key {
    key(case_partition(case), format!("A#CREATOR#{user}"))
}

/// What the sort keys of a case's assignees begin with.
pub const ASSIGNEE_PREFIX: &str = "A#ASSIGNEE#";

/// One assignee of a case.
#[must_use]
pub fn assignee(case: CaseId, user: UserId) -> Key {
    key(case_partition(case), format!("{ASSIGNEE_PREFIX}{user}"))
}

/// What the sort keys of a case's names begin with.
pub const NAMED_PREFIX: &str = "A#NAMED#";

/// One user named in `restricted` or `external`.
#[must_use]
pub fn named(case: CaseId, user: UserId) -> Key {
    key(case_partition(case), format!("{NAMED_PREFIX}{user}"))
}

/// That a case is open to all external users of an org.
#[must_use]
pub fn externals(case: CaseId, org: &OrgId) -> Key {
    key(case_partition(case), format!("A#EXTERNALS#{org}"))
}

/// What the sort keys begin with that say from which cases targets are taken into one.
pub const SOURCE_PREFIX: &str = "A#FROM#";

/// That targets of the case `source` are taken into the case `case`.
#[must_use]
pub fn received_from(case: CaseId, source: CaseId) -> Key {
    key(case_partition(case), format!("{SOURCE_PREFIX}{source}"))
}

/// What the sort keys of a case's grants begin with.
pub const GRANT_PREFIX: &str = "A#GRANT#";

/// One grant.
#[must_use]
pub fn grant(case: CaseId, share: &ShareId) -> Key {
    key(case_partition(case), format!("{GRANT_PREFIX}{share}"))
}

/// What a grant was called before it was accepted.
#[must_use]
pub fn was(case: CaseId, share: &ShareId) -> Key {
    key(case_partition(case), format!("A#WAS#{share}"))
}

/// That a user has left a case.
#[must_use]
pub fn opt_out(case: CaseId, user: UserId) -> Key {
    key(case_partition(case), format!("A#OUT#{user}"))
}

/// Details of a case.
#[must_use]
pub fn details(case: CaseId) -> Key {
    key(case_partition(case), "D#")
}

/// A case's number in its org.
#[must_use]
pub fn number(org: &OrgId, number: u64) -> Key {
    key(format!("NUMBER#{org}#{number}"), "@")
}

/// The counter of an org's case numbers.
#[must_use]
pub fn counter(org: &OrgId) -> Key {
    key(format!("NUMBER#{org}"), "@")
}

/// A creator's reference; `digest` is a hash of it.
#[must_use]
pub fn reference(org: &OrgId, user: UserId, digest: &str) -> Key {
    key(format!("REFERENCE#{org}#{user}"), digest)
}

/// One item.
#[must_use]
pub fn item(case: CaseId, section: Section, id: ItemId) -> Key {
    key(case_partition(case), format!("{}{id}", items_prefix(section)))
}

/// What the sort keys of a section's items begin with.
#[must_use]
pub fn items_prefix(section: Section) -> String {
    format!("I#{}#", section.as_str())
}

/// That an item is shared with a partner org.
#[must_use]
pub fn item_share(case: CaseId, org: &OrgId, section: Section, id: ItemId) -> Key {
    key(case_partition(case), format!("{}{id}", item_shares_prefix(org, section)))
}

/// What the sort keys of a section's item shares with an org begin with.
#[must_use]
pub fn item_shares_prefix(org: &OrgId, section: Section) -> String {
    format!("S#{org}#{}#", section.as_str())
}

/// What the sort keys of shares begin with that an org makes by itself and could not make yet.
pub const AUTO_SHARE_PREFIX: &str = "J#AUTO#";

/// A share of a case that could not be made by itself yet.
#[must_use]
pub fn auto_share(case: CaseId, org: &OrgId) -> Key {
    key(case_partition(case), format!("{AUTO_SHARE_PREFIX}{org}"))
}

/// What the sort keys begin with that say which values stand in a section of a case.
#[must_use]
pub fn values_prefix(section: Section) -> String {
    format!("V#{}#", section.as_str())
}

/// That a value stands in a section of a case, for those of one side; `digest` is a hash of it.
#[must_use]
pub fn value(case: CaseId, section: Section, side: &str, digest: &str) -> Key {
    key(case_partition(case), format!("{}{side}#{digest}", values_prefix(section)))
}

/// The principal of a target, by a keyed hash of it, among the cases of an org.
#[must_use]
pub fn target_of(org: &OrgId, mac: &str) -> String {
    format!("TARGET#{org}#{mac}")
}

/// The keyed hash in the principal of a target.
#[must_use]
pub fn mac_in(principal: &str) -> Option<&str> {
    principal.rsplit_once('#').map(|(_, mac)| mac)
}

/// Where a target of a case lies.
#[must_use]
pub fn target_under(org: &OrgId, mac: &str, case: CaseId) -> IndexKey {
    case_under(target_of(org, mac), case)
}

/// The principal of a target that other orgs share, to be taken in, by a keyed hash of it.
#[must_use]
pub fn received_target_of(org: &OrgId, mac: &str) -> String {
    format!("RTARGET#{org}#{mac}")
}

/// Where such a target of a case lies.
#[must_use]
pub fn received_target_under(org: &OrgId, mac: &str, case: CaseId) -> IndexKey {
    case_under(received_target_of(org, mac), case)
}

/// What the sort keys of changes of access in the history begin with.
pub const ACCESS_EVENTS: &str = "E#A#";

/// What the sort keys of other lines of a case's history begin with.
pub const WORK_EVENTS: &str = "E#W#";

/// A change of access in the history.
#[must_use]
pub fn access_event(case: CaseId, version: u64) -> Key {
    key(case_partition(case), format!("{ACCESS_EVENTS}{}", padded(version)))
}

/// The copy of a change of access for the audit view of an org that it concerns besides the owner.
#[must_use]
pub fn access_event_for(case: CaseId, version: u64, org: &OrgId) -> Key {
    key(case_partition(case), format!("{ACCESS_EVENTS}{}#{org}", padded(version)))
}

/// Whether the row under `key` is such a copy.
#[must_use]
pub fn is_copy(key: &Key) -> bool {
    key.sk.strip_prefix(ACCESS_EVENTS).is_some_and(|rest| rest.contains('#'))
}

/// Another line of a case's history.
#[must_use]
pub fn work_event(case: CaseId, id: EventId) -> Key {
    key(case_partition(case), format!("{WORK_EVENTS}{id}"))
}

/// A line of an org's own history.
#[must_use]
pub fn org_event(org: &OrgId, id: EventId) -> Key {
    key(org_partition(org), format!("E#{id}"))
}

/// A user: lock and `authority_version`.
#[must_use]
pub fn user(user: UserId) -> Key {
    key(user_partition(user), "@")
}

/// The one verified user of an address.
#[must_use]
pub fn email(address: &Address) -> Key {
    key(email_partition(address), "@")
}

/// A membership in an org.
#[must_use]
pub fn member(user: UserId, org: &OrgId) -> Key {
    key(user_partition(user), format!("ORG#{org}"))
}

/// A membership in a group.
#[must_use]
pub fn group_member(user: UserId, group: GroupId) -> Key {
    key(user_partition(user), format!("GROUP#{group}"))
}

/// That whoever reads an address's mail called ours spam. A row of its own: there may be no user.
#[must_use]
pub fn complaint(address: &Address) -> Key {
    key(email_partition(address), "COMPLAINT")
}

/// Somebody invited to an org.
#[must_use]
pub fn invited_member(address: &Address, org: &OrgId) -> Key {
    key(email_partition(address), format!("ORG#{org}"))
}

/// Somebody invited to a group.
#[must_use]
pub fn group_invitee(address: &Address, group: GroupId) -> Key {
    key(email_partition(address), format!("GROUP#{group}"))
}

/// A notice.
#[must_use]
pub fn notice(user: UserId, id: NoticeId) -> Key {
    key(inbox_partition(user), id.to_string())
}

/// An org.
#[must_use]
pub fn org(org: &OrgId) -> Key {
    key(org_partition(org), "@")
}

/// What the sort keys of an org's profiles begin with.
pub const PROFILE_PREFIX: &str = "PROFILE#";

/// A profile of an org.
#[must_use]
pub fn profile(org: &OrgId, name: &ProfileName) -> Key {
    key(org_partition(org), format!("{PROFILE_PREFIX}{name}"))
}

/// What the sort keys of an org's own sides of links begin with.
pub const LINK_PREFIX: &str = "LINK#";

/// An org's own side of its link with another.
#[must_use]
pub fn link(org: &OrgId, other: &OrgId) -> Key {
    key(org_partition(org), format!("{LINK_PREFIX}{other}"))
}

/// Where an org's side of a link lies: under the other org.
#[must_use]
pub fn link_under(org: &OrgId, other: &OrgId) -> IndexKey {
    under(format!("{LINK_PREFIX}{other}"), org_partition(org))
}

/// What the sort keys of an org's units begin with.
pub const UNIT_PREFIX: &str = "UNIT#";

/// A field unit of an org.
#[must_use]
pub fn unit(org: &OrgId, unit: UnitId) -> Key {
    key(org_partition(org), format!("{UNIT_PREFIX}{unit}"))
}

/// A group.
#[must_use]
pub fn group(group: GroupId) -> Key {
    key(format!("GROUP#{group}"), "@")
}

/// An invitation.
#[must_use]
pub fn invitation(id: InvitationId) -> Key {
    key(format!("INVITE#{id}"), "@")
}

/// An idempotency record; `digest` is a hash of caller and key.
#[must_use]
pub fn idempotency(digest: &str) -> Key {
    key(format!("IDEM#{digest}"), "@")
}

/// The idempotency record of one entry of a request that has several.
#[must_use]
pub fn idempotency_entry(of: &Key, entry: usize) -> Key {
    key(of.pk.clone(), format!("{entry:04}"))
}

/// A job.
#[must_use]
pub fn job(id: JobId) -> Key {
    key(format!("JOB#{id}"), "@")
}

/// A count of mails; `what` says whose and in which window.
#[must_use]
pub fn limit(what: &str) -> Key {
    key(format!("LIMIT#{what}"), "@")
}

/// The partition of what a user keeps for themselves.
#[must_use]
pub fn mine_partition(user: UserId) -> String {
    format!("MINE#{user}")
}

/// What the sort keys of a user's favourites begin with.
pub const FAVOURITE_PREFIX: &str = "FAV#";

/// A user's favourite case.
#[must_use]
pub fn favourite(user: UserId, case: CaseId) -> Key {
    key(mine_partition(user), format!("{FAVOURITE_PREFIX}{case}"))
}

/// The case that a favourite's key names.
#[must_use]
pub fn favourite_case(key: &Key) -> Option<CaseId> {
    key.sk.strip_prefix(FAVOURITE_PREFIX)?.parse().ok()
}

/// The cases that a user has opened last.
#[must_use]
pub fn recent(user: UserId) -> Key {
    key(mine_partition(user), "RECENT")
}

/// The filter that a user has saved.
#[must_use]
pub fn saved_filter(user: UserId) -> Key {
    key(mine_partition(user), "FILTER")
}

fn under(principal: String, sort: String) -> IndexKey {
    IndexKey { principal, sort }
}

/// The principal of the cases that a user made.
#[must_use]
pub fn created_by(user: UserId) -> String {
    format!("CREATED#{user}")
}

/// The principal of the cases that are assigned to a user.
#[must_use]
pub fn assigned_to(user: UserId) -> String {
    format!("ASSIGNED#{user}")
}

/// The principal of the cases that name a user.
#[must_use]
pub fn naming(user: UserId) -> String {
    format!("NAMED#{user}")
}

/// The principal of the cases that are open to all external users of an org.
#[must_use]
pub fn externals_of(org: &OrgId) -> String {
    format!("EXTERNALS#{org}")
}

/// The principal of an org's own cases.
#[must_use]
pub fn cases_of(org: &OrgId) -> String {
    format!("CASES#{org}")
}

/// The principal of the grants to a recipient.
#[must_use]
pub fn granted_to(recipient: &Recipient) -> String {
    match recipient {
        Recipient::User(id) => format!("USER#{id}"),
        Recipient::Email(address) => format!("EMAIL#{address}"),
        Recipient::Group(id) => format!("GROUP#{id}"),
        Recipient::Org(id) => received_by(id),
        Recipient::Unit(id) => format!("UNIT#{id}"),
    }
}

/// The principal of the cases that are shared with an org.
#[must_use]
pub fn received_by(org: &OrgId) -> String {
    format!("RECV#{org}")
}

/// The principal of the shares that wait for an org to take them in.
#[must_use]
pub fn pending_for(org: &OrgId) -> String {
    format!("PENDING#{org}")
}

/// The sort key of a case in `by-principal`.
#[must_use]
pub fn case_sort(case: CaseId) -> String {
    format!("CASE#{case}")
}

/// Where a case lies under `principal`.
#[must_use]
pub fn case_under(principal: String, case: CaseId) -> IndexKey {
    under(principal, case_sort(case))
}

/// The principal of an org's members.
#[must_use]
pub fn members_of(org: &OrgId) -> String {
    format!("MEMBERS#{org}")
}

/// The principal of all orgs, for operators.
pub const ORGS: &str = "ORGS";

/// Where an org lies among all.
#[must_use]
pub fn org_under(org: &OrgId) -> IndexKey {
    under(ORGS.to_owned(), org.to_string())
}

/// Where a member lies: by address, or by id where there is none.
#[must_use]
pub fn member_under(org: &OrgId, address: Option<&Address>, user: Option<UserId>) -> IndexKey {
    let sort = match (address, user) {
        (Some(address), Some(user)) => format!("{address}#{user}"),
        (Some(address), None) => format!("{address}#"),
        (None, Some(user)) => format!("~#{user}"),
        (None, None) => "~#".to_owned(),
    };
    under(members_of(org), sort)
}

/// What the sort keys of a group's members begin with.
pub const MEMBER_PREFIX: &str = "MEMBER#";
/// Whether a row listed among a group's members is a member's; who is only invited, by address,
/// is listed there too.
#[must_use]
pub fn is_members(key: &Key) -> bool {
    key.pk.starts_with("USER#")
}

/// What sorts after all of a group's members.
pub const MEMBER_END: &str = "MEMBER$";

/// Where a group's member lies.
#[must_use]
pub fn group_member_under(group: GroupId, member: &str) -> IndexKey {
    under(format!("GROUP#{group}"), format!("{MEMBER_PREFIX}{member}"))
}

/// What the sort keys of an address's invitations begin with.
pub const INVITE_PREFIX: &str = "INVITE#";

/// Where an invitation lies.
#[must_use]
pub fn invitation_under(address: &Address, id: InvitationId) -> IndexKey {
    under(email_partition(address), format!("{INVITE_PREFIX}{id}"))
}

/// The day of an org's audit view, in UTC: `2026-11-22`.
#[must_use]
pub fn audit_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// The principal of one partition of a day of an org's audit view.
#[must_use]
pub fn audit_of(org: &OrgId, day: &str, shard: u64) -> String {
    format!("AUDIT#{org}#{day}#{shard}")
}

/// Where an event lies in an org's audit view. `spread` picks one of the day's partitions, `id`
/// keeps two events of one millisecond apart.
#[must_use]
pub fn audit_under(org: &OrgId, at: Timestamp, spread: u64, id: &str) -> IndexKey {
    let principal = audit_of(org, &audit_day(at), spread % AUDIT_SHARDS);
    under(principal, format!("{}#{id}", sortable(at)))
}

/// A time as text that sorts as time does: RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn sortable(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// What a row that waits is, as its key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// An invitation.
    Invitation,
    /// A grant.
    Grant,
    /// A job.
    Job,
    /// A share that an org makes by itself and could not make yet.
    AutoShare,
    /// An item, whose upload has not arrived.
    Item,
    /// Something that this version does not know.
    Unknown,
}

/// What the row under `key` is, if it waits for something.
#[must_use]
pub fn waits(key: &Key) -> Waits {
    let partition = key.pk.split('#').next().unwrap_or_default();
    match (partition, key.sk.split('#').next(), key.sk.split('#').nth(1)) {
        ("INVITE", ..) => Waits::Invitation,
        ("JOB", ..) => Waits::Job,
        ("CASE", Some("A"), Some("GRANT")) => Waits::Grant,
        ("CASE", Some("J"), Some("AUTO")) => Waits::AutoShare,
        ("CASE", Some("I"), _) => Waits::Item,
        _ => Waits::Unknown,
    }
}

/// The partition of `by-due` for a row: by what is stable about it.
#[must_use]
pub fn due_shard(key: &Key) -> String {
    let sum = key
        .pk
        .bytes()
        .chain(key.sk.bytes())
        .fold(0_u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    format!("DUE#{}", sum % DUE_SHARDS)
}
