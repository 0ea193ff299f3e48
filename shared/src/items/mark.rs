//! The rule for marks.

use crate::access::{Access, ItemFacts, Visibility};
use crate::error::{Code, Error};
use crate::rights::Level;

/// Whether the caller may mark the item external (`external`), or internal again.
///
/// To mark needs a case that is open to external users at the same instant. Marks stay when it is
/// internal again, so taking one back does not.
///
/// # Errors
///
/// In this order: 404 for an item that no path reads, 403 without a path besides the portal that
/// writes it, [`Code::NotExternal`].
pub fn check_mark(
    access: &Access,
    visibility: Visibility,
    item: &ItemFacts,
    external: bool,
) -> Result<(), Error> {
    if access.level(item) == Level::None {
        return Err(Error::not_found());
    }
    if !access.marks(item) {
        return Err(Error::forbidden(&format!("write on {}", item.section.as_str())));
    }
    match visibility {
        Visibility::Internal | Visibility::Restricted if external => {
            Err(Error::of(Code::NotExternal))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::Timestamp;

    use super::*;
    use crate::access::{
        CallerFacts, CaseFacts, GrantFacts, GrantState, MemberKind, MemberStatus, ProfileFacts,
        Standing, Via, decide,
    };
    use crate::rights::{Levels, ProfileType, Rights, Section, built_in};

    fn member(kind: MemberKind, profile: &str) -> Standing {
        let profile = built_in(&profile.parse().unwrap()).unwrap();
        let profile = ProfileFacts {
            kind: profile.kind,
            org_admin: profile.kind == ProfileType::Organisation,
            rights: profile.rights,
            org_rights: profile.org_rights,
        };
        Standing { kind, status: MemberStatus::Active, profile }
    }

    fn granted(level: Level) -> GrantFacts {
        let levels = Levels::default().with(Section::Details, Level::Read);
        let levels = levels.with(Section::Comments, level);
        GrantFacts {
            via: Via::Person,
            state: GrantState::Active,
            valid_from: None,
            expires_at: None,
            rights: Rights { levels, ..Rights::NONE },
        }
    }

    #[test]
    fn who_may_mark_a_comment_and_when() {
        let people = [
            ("analyst", Some(member(MemberKind::Normal, "analyst")), None),
            ("reader", Some(member(MemberKind::Normal, "read-only")), None),
            ("guest who writes", None, Some(granted(Level::Write))),
            ("guest who reads", None, Some(granted(Level::Read))),
            ("guest without comments", None, Some(granted(Level::None))),
            ("external, its maker", Some(member(MemberKind::External, "external-actor")), None),
        ];
        let mut answers = Vec::new();
        for (who, membership, grant) in people {
            for visibility in [Visibility::Internal, Visibility::ExternalAll] {
                let grants: Vec<_> = grant.into_iter().collect();
                let case = CaseFacts { visibility, grants: &grants, ..CaseFacts::default() };
                let caller = CallerFacts { locked: false, membership };
                let access = decide(&caller, &case, Timestamp::UNIX_EPOCH);
                let own = who.contains("maker");
                let item = ItemFacts { portal: own, own, ..ItemFacts::of(Section::Comments) };
                let [mark, unmark] = [true, false].map(|external| {
                    match check_mark(&access, visibility, &item, external) {
                        Ok(()) => "yes",
                        Err(error) => error.code().as_str(),
                    }
                });
                answers.push(format!("{who}, {visibility:?}: mark {mark}, unmark {unmark}"));
            }
        }
        expect![[r"
            analyst, Internal: mark not_external, unmark yes
            analyst, ExternalAll: mark yes, unmark yes
            reader, Internal: mark forbidden, unmark forbidden
            reader, ExternalAll: mark forbidden, unmark forbidden
            guest who writes, Internal: mark not_external, unmark yes
            guest who writes, ExternalAll: mark yes, unmark yes
            guest who reads, Internal: mark forbidden, unmark forbidden
            guest who reads, ExternalAll: mark forbidden, unmark forbidden
            guest without comments, Internal: mark not_found, unmark not_found
            guest without comments, ExternalAll: mark not_found, unmark not_found
            external, its maker, Internal: mark not_found, unmark not_found
            external, its maker, ExternalAll: mark forbidden, unmark forbidden"]]
        .assert_eq(&answers.join("\n"));
    }
}
