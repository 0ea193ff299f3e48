//! Whom a case's access and its assignees may name, and which right changes its access.
//!
//! Plain functions; [`Table::people`] alone reads. Source: the design, section 2, "Edges".

use crate::access::{MemberKind, MemberStatus, Visibility};
use crate::error::{Code, Error, Fault};
use crate::id::{CaseId, OrgId, Recipient, UserId};
use crate::model::{EmailOwner, Head, Member};
use crate::rights::Flag;
use crate::store::{
    Change, Condition, Involved, NamedUser, RowBuilder, Seen, StoreError, Table, Write, keys, row,
};

/// The most names in one list.
pub const NAMES: usize = 90;

/// The right that turns access from one into the other: that of what is entered, or of what is
/// left. Where nothing changes, either right is asked for by the caller.
#[must_use]
pub fn right(from: Visibility, to: Visibility) -> Option<Flag> {
    let of = |access| match access {
        Visibility::Internal => None,
        Visibility::Restricted => Some(Flag::Restrict),
        Visibility::External | Visibility::ExternalAll => Some(Flag::ShareExternal),
    };
    of(to).or_else(|| of(from))
}

/// Restricted and external pass into each other only through internal.
///
/// # Errors
///
/// [`Code::CaseRestricted`], [`Code::CaseExternal`].
pub fn check_passage(from: Visibility, to: Visibility) -> Result<(), Error> {
    let external = |access| matches!(access, Visibility::External | Visibility::ExternalAll);
    match (from, to) {
        (Visibility::Restricted, to) if external(to) => Err(Error::of(Code::CaseRestricted)),
        (from, Visibility::Restricted) if external(from) => Err(Error::of(Code::CaseExternal)),
        _ => Ok(()),
    }
}

/// The form of a list of users: people only, not more than can change at once. Access for those
/// whom it names says whom, so that nobody shuts others out by forgetting a field; `restricted` may
/// name nobody, since creator and assignees stay.
///
/// # Errors
///
/// [`Code::Invalid`].
pub fn check_form(access: Visibility, users: Option<&[Recipient]>) -> Result<(), Error> {
    check_people(users.unwrap_or_default(), "/users")?;
    match (access, users) {
        (Visibility::Restricted, None) => {
            Err(Error::invalid("/users", "must be given; creator and assignees need not be named"))
        }
        (Visibility::External, None | Some([])) => {
            Err(Error::invalid("/users", format!("must name 1 to {NAMES} users")))
        }
        _ => Ok(()),
    }
}

/// Whether the list fits the access: only `restricted` and `external` name users.
///
/// # Errors
///
/// [`Code::NamesNotWanted`].
pub fn check_list(access: Visibility, users: &[Recipient]) -> Result<(), Error> {
    if names_users(access) || users.is_empty() {
        Ok(())
    } else {
        Err(Error::at(Code::NamesNotWanted, "/users"))
    }
}

fn names_users(access: Visibility) -> bool {
    matches!(access, Visibility::Restricted | Visibility::External)
}

/// People only, since groups are shared with; and not more than can change at once.
///
/// # Errors
///
/// [`Code::Invalid`] naming the list, or the first group in it.
pub fn check_people(people: &[Recipient], field: &str) -> Result<(), Error> {
    if NAMES < people.len() {
        return Err(Error::invalid(field, format!("must name at most {NAMES} users")));
    }
    let person = |one: &Recipient| matches!(one, Recipient::User(_) | Recipient::Email(_));
    match people.iter().position(|one| !person(one)) {
        Some(at) => {
            let detail = "must be `user:ID` or `email:ADDRESS`; all others can only be shared with";
            Err(Error::invalid(format!("{field}/{at}"), detail))
        }
        None => Ok(()),
    }
}

/// An active `normal` or `service` member: whom `restricted` names and who can be an assignee.
#[must_use]
pub fn is_colleague(member: &Member) -> bool {
    member.status == MemberStatus::Active
        && matches!(member.kind, MemberKind::Normal | MemberKind::Service)
}

/// An active `external` member: whom `external` names.
#[must_use]
pub fn is_external_user(member: &Member) -> bool {
    member.status == MemberStatus::Active && member.kind == MemberKind::External
}

/// Those whom a list names, all of whom must fit.
///
/// # Errors
///
/// `code` with every one who does not fit; [`Code::SameRecipient`] for one who stands there twice,
/// also once by id and once by address.
pub fn fitting(
    found: Vec<Option<Member>>,
    field: &str,
    fits: fn(&Member) -> bool,
    code: Code,
) -> Result<Vec<Member>, Error> {
    let mut members: Vec<Member> = Vec::with_capacity(found.len());
    let mut faults = Vec::new();
    for (at, member) in found.into_iter().enumerate() {
        let pointer = format!("{field}/{at}");
        match member.filter(fits) {
            None => faults.push(Fault::at(pointer, code.meaning())),
            Some(member) if members.iter().any(|other| other.user == member.user) => {
                return Err(Error::at(Code::SameRecipient, pointer));
            }
            Some(member) => members.push(member),
        }
    }
    if faults.is_empty() {
        Ok(members)
    } else {
        Err(faults.into_iter().fold(Error::of(code), Error::with))
    }
}

/// Whom the list of an access may name.
#[must_use]
pub fn fits(access: Visibility) -> fn(&Member) -> bool {
    match access {
        Visibility::External => is_external_user,
        _ => is_colleague,
    }
}

/// [`fitting`], for the users of an access.
///
/// # Errors
///
/// [`Code::UnknownExternalUser`], [`Code::NotAColleague`], [`Code::SameRecipient`].
pub fn fitting_access(
    access: Visibility,
    found: Vec<Option<Member>>,
) -> Result<Vec<Member>, Error> {
    match access {
        Visibility::External => {
            fitting(found, "/users", is_external_user, Code::UnknownExternalUser)
        }
        _ => fitting(found, "/users", is_colleague, Code::NotAColleague),
    }
}

/// [`fitting`], for assignees.
///
/// # Errors
///
/// [`Code::NotAColleague`], [`Code::SameRecipient`].
pub fn fitting_assignees(found: Vec<Option<Member>>) -> Result<Vec<Member>, Error> {
    fitting(found, "/assignees", is_colleague, Code::NotAColleague)
}

/// Where the people whom a request names may be members.
#[derive(Clone, Copy, Debug)]
pub struct Orgs<'a> {
    /// The org that owns the case.
    pub owner: &'a OrgId,
    /// The orgs with which the case is shared.
    pub partners: &'a [OrgId],
}

impl Table {
    /// The orgs with which a case is shared. The head's version, which a change checks, guards what
    /// is read here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn partners(&self, seen: &Seen) -> Result<Vec<OrgId>, StoreError> {
        let grants = self.grants_of(seen).await?;
        Ok(grants.iter().filter_map(|grant| grant.recipient.org().cloned()).collect())
    }

    /// What the people whom a request names are to the owner org, or else to a partner org as whose
    /// member they fit; in their order. Each is read strongly; whether they count is decided again
    /// whenever they come.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn people(
        &self,
        orgs: Orgs<'_>,
        people: &[Recipient],
        fits: fn(&Member) -> bool,
    ) -> Result<Vec<Option<Member>>, StoreError> {
        let addresses = people.iter().filter_map(|one| match one {
            Recipient::Email(address) => Some(keys::email(address)),
            _ => None,
        });
        let owners = self.get_many(addresses).await?;
        let users = people
            .iter()
            .map(|one| match one {
                Recipient::User(user) => Ok(Some(*user)),
                Recipient::Email(address) => {
                    let owner: Option<EmailOwner> =
                        row::read_if(owners.get(&keys::email(address)))?;
                    Ok(owner.map(|owner| owner.user))
                }
                Recipient::Group(_) | Recipient::Org(_) | Recipient::Unit(_) => Ok(None),
            })
            .collect::<Result<Vec<Option<UserId>>, StoreError>>()?;
        let mut rows = self
            .get_many(users.iter().flatten().map(|user| keys::member(*user, orgs.owner)))
            .await?;
        let at_owner: Vec<Option<Member>> = users
            .iter()
            .map(|user| match user {
                Some(user) => row::read_if(rows.get(&keys::member(*user, orgs.owner))),
                None => Ok(None),
            })
            .collect::<Result<_, StoreError>>()?;
        // Who is anything but a guest of the owner org is that, whatever they are elsewhere.
        let elsewhere = |member: &Option<Member>| {
            member.as_ref().is_none_or(|member| member.kind == MemberKind::Guest)
        };
        let sought = users.iter().zip(&at_owner).filter(|(_, member)| elsewhere(member));
        let wanted: Vec<_> = sought
            .filter_map(|(user, _)| *user)
            .flat_map(|user| orgs.partners.iter().map(move |org| keys::member(user, org)))
            .collect();
        rows.extend(self.get_many(wanted).await?);
        let mut found = Vec::with_capacity(users.len());
        for (user, member) in users.into_iter().zip(at_owner) {
            let mut best = member;
            if let (Some(user), true) = (user, elsewhere(&best)) {
                for org in orgs.partners {
                    let there: Option<Member> = row::read_if(rows.get(&keys::member(user, org)))?;
                    if let Some(there) = there.filter(fits) {
                        best = Some(there);
                        break;
                    }
                }
            }
            found.push(best);
        }
        Ok(found)
    }
}

impl From<&Member> for NamedUser {
    /// The member as a name of a list whose generation is not known yet.
    fn from(member: &Member) -> Self {
        Self {
            user: member.user,
            generation: 0,
            name: member.name.clone(),
            address: member.address.clone(),
        }
    }
}

/// The most writes of [`turn`], besides those that every change of access has.
pub const TURN_WRITES: usize = 95;

/// Turns the access of a case with this head, which is shared with `partners`, into `access`, which
/// names `names`: part of a change.
/// Answers those of the names `before` that it leaves behind: they count no more, but lie there
/// still.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn turn(
    change: &mut Change,
    head: &Head,
    access: Visibility,
    names: &[NamedUser],
    before: &[NamedUser],
    partners: &[OrgId],
) -> Result<Vec<NamedUser>, StoreError> {
    let case = head.case;
    let generation = head.access_generation + 1;
    change.set_head("access", row::value(&access)?);
    change.set_head("access_generation", row::value(&generation)?);
    for named in names {
        change.write(name(case, named, generation)?);
    }
    for org in partners.iter().chain([&head.owner]) {
        match (head.access, access) {
            (_, Visibility::ExternalAll) => change.write(externals(case, org)?),
            (Visibility::ExternalAll, _) => {
                change.write(Write::Delete(keys::externals(case, org), None));
            }
            _ => {}
        }
    }
    match (head.access, access) {
        (Visibility::Restricted, Visibility::Restricted) => {}
        (_, Visibility::Restricted) => change.write(listed(head, false)),
        (Visibility::Restricted, _) => change.write(listed(head, true)),
        _ => {}
    }
    let mut gone: Vec<NamedUser> = before
        .iter()
        .filter(|former| names.iter().all(|named| named.user != former.user))
        .cloned()
        .collect();
    let room = TURN_WRITES.saturating_sub(change.size());
    let left = gone.split_off(gone.len().min(room));
    for named in gone {
        change.write(Write::Delete(keys::named(case, named.user), None));
    }
    Ok(left)
}

/// Lists the case among its org's, or takes it off: a restricted case is not there.
fn listed(head: &Head, listed: bool) -> Write {
    let index = keys::case_under(keys::cases_of(&head.owner), head.case);
    Write::Update {
        key: keys::details(head.case),
        set: if listed { row::index_attributes(index).to_vec() } else { Vec::new() },
        remove: if listed { Vec::new() } else { row::INDEX_ATTRIBUTES.to_vec() },
        add: Vec::new(),
        condition: Some(Condition::present()),
    }
}

/// The write of one name of the list with this generation, over an older one.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn name(case: CaseId, named: &NamedUser, generation: u64) -> Result<Write, StoreError> {
    let named = NamedUser { generation, ..named.clone() };
    let index = keys::case_under(keys::naming(named.user), case);
    let row = RowBuilder::new(keys::named(case, named.user), &named)?.listed(index).build();
    Ok(Write::Put(row, None))
}

/// The write that opens a case to all external users of `org`.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn externals(case: CaseId, org: &OrgId) -> Result<Write, StoreError> {
    let index = keys::case_under(keys::externals_of(org), case);
    let body = serde_json::json!({ "org": org });
    let row = RowBuilder::new(keys::externals(case, org), &body)?.listed(index).build();
    Ok(Write::Put(row, None))
}

/// The write of one assignee.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn assignee(case: CaseId, member: &Member) -> Result<Write, StoreError> {
    let involved =
        Involved { user: member.user, name: member.name.clone(), address: member.address.clone() };
    let index = keys::case_under(keys::assigned_to(member.user), case);
    let row = RowBuilder::new(keys::assignee(case, member.user), &involved)?.listed(index).build();
    Ok(Write::Put(row, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(subject: &str, kind: MemberKind, status: MemberStatus) -> Member {
        Member {
            user: UserId::of("https://issuer.example", subject),
            org: "acme".parse().unwrap(),
            kind,
            profile: None,
            status,
            name: None,
            address: None,
            since: jiff::Timestamp::UNIX_EPOCH,
            version: 1,
        }
    }

    fn code<T>(result: Result<T, Error>) -> Option<Code> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn the_right_is_that_of_what_is_entered_or_of_what_is_left() {
        use Visibility::{External, ExternalAll, Internal, Restricted};
        let rights = [
            (Internal, Internal, None),
            (Internal, Restricted, Some(Flag::Restrict)),
            (Restricted, Restricted, Some(Flag::Restrict)),
            (Restricted, Internal, Some(Flag::Restrict)),
            (Internal, External, Some(Flag::ShareExternal)),
            (External, ExternalAll, Some(Flag::ShareExternal)),
            (ExternalAll, Internal, Some(Flag::ShareExternal)),
        ];
        for (from, to, flag) in rights {
            assert_eq!(right(from, to), flag, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn restricted_and_external_pass_into_each_other_only_through_internal() {
        use Visibility::{External, ExternalAll, Internal, Restricted};
        for external in [External, ExternalAll] {
            assert_eq!(code(check_passage(Restricted, external)), Some(Code::CaseRestricted));
            assert_eq!(code(check_passage(external, Restricted)), Some(Code::CaseExternal));
            assert_eq!(code(check_passage(Internal, external)), None);
            assert_eq!(code(check_passage(external, Internal)), None);
        }
        assert_eq!(code(check_passage(External, ExternalAll)), None);
        assert_eq!(code(check_passage(Restricted, Restricted)), None);
    }

    #[test]
    fn a_list_goes_with_restricted_and_external_only() {
        let one: Vec<Recipient> = vec!["email:ada@example.com".parse().unwrap()];
        let many = vec![one[0].clone(); NAMES + 1];
        assert_eq!(code(check_list(Visibility::Internal, &one)), Some(Code::NamesNotWanted));
        assert_eq!(code(check_list(Visibility::ExternalAll, &one)), Some(Code::NamesNotWanted));
        assert_eq!(code(check_list(Visibility::Restricted, &one)), None);
        assert_eq!(code(check_list(Visibility::Internal, &[])), None);
        assert_eq!(code(check_form(Visibility::External, Some(&[]))), Some(Code::Invalid));
        assert_eq!(code(check_form(Visibility::Restricted, None)), Some(Code::Invalid));
        assert_eq!(code(check_form(Visibility::Restricted, Some(&[]))), None);
        assert_eq!(code(check_form(Visibility::Internal, None)), None);
        assert_eq!(code(check_form(Visibility::External, Some(&many))), Some(Code::Invalid));
    }

    #[test]
    fn external_names_external_users_and_restricted_names_colleagues() {
        let colleague = member("ada", MemberKind::Normal, MemberStatus::Active);
        let outside = member("eve", MemberKind::External, MemberStatus::Active);
        let locked = member("bob", MemberKind::External, MemberStatus::Locked);
        let guest = member("guy", MemberKind::Guest, MemberStatus::Active);
        let external =
            |one: &Member| code(fitting_access(Visibility::External, vec![Some(one.clone())]));
        let restricted =
            |one: &Member| code(fitting_access(Visibility::Restricted, vec![Some(one.clone())]));
        assert_eq!(external(&outside), None);
        assert_eq!(external(&colleague), Some(Code::UnknownExternalUser));
        assert_eq!(external(&locked), Some(Code::UnknownExternalUser));
        assert_eq!(restricted(&colleague), None);
        assert_eq!(restricted(&outside), Some(Code::NotAColleague));
        assert_eq!(restricted(&guest), Some(Code::NotAColleague));
    }

    #[test]
    fn who_stands_in_a_list_twice_is_refused() {
        let ada = Some(member("ada", MemberKind::Normal, MemberStatus::Active));
        assert_eq!(code(fitting_assignees(vec![ada.clone(), ada])), Some(Code::SameRecipient));
    }

    #[test]
    fn a_refusal_names_everybody_who_does_not_fit() {
        let ada = Some(member("ada", MemberKind::Normal, MemberStatus::Active));
        match fitting_assignees(vec![None, ada, None]) {
            Err(Error::Refused(refusal)) => {
                let at: Vec<_> = refusal.faults.iter().filter_map(|f| f.pointer.clone()).collect();
                assert_eq!(at, ["/assignees/0", "/assignees/2"]);
            }
            other => panic!("{other:?}"),
        }
    }
}
