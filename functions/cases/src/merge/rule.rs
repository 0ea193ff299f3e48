//! What comes of the access of two cases that become one.

use shared::access::Visibility;
use shared::error::{Code, Error};
use shared::id::UserId;
use shared::rights::Flag;
use shared::store::NamedUser;

/// The access of the case that stays.
///
/// # Errors
///
/// [`Code::MergeRefused`] for a restricted case and one that is open to external users.
pub(super) fn access(one: Visibility, other: Visibility) -> Result<Visibility, Error> {
    use Visibility::{External, ExternalAll, Internal, Restricted};
    match (one, other) {
        (Restricted, External | ExternalAll) | (External | ExternalAll, Restricted) => {
            Err(Error::of(Code::MergeRefused))
        }
        (Restricted, Internal | Restricted) | (Internal, Restricted) => Ok(Restricted),
        // External access is taken back: nobody outside is shown what was never opened to them.
        (Internal, _) | (_, Internal) => Ok(Internal),
        (External, External) => Ok(External),
        (ExternalAll, _) | (_, ExternalAll) => Ok(ExternalAll),
    }
}

/// One of the cases: its access, whom that names, and who else has it while it is restricted.
pub(super) struct Side<'a> {
    pub(super) access: Visibility,
    pub(super) names: &'a [NamedUser],
    pub(super) involved: &'a [NamedUser],
}

/// Whom the access of the case that stays names: those whom the cases named that had it before.
/// Creator and assignees of a restricted case that goes have it by being named; those of the case
/// that stays have it anyway.
pub(super) fn names(to: Visibility, stays: &Side<'_>, goes: &Side<'_>) -> Vec<NamedUser> {
    let mut names: Vec<NamedUser> = Vec::new();
    let mut add = |users: &[NamedUser]| {
        for named in users {
            if !names.iter().any(|other| other.user == named.user) {
                names.push(named.clone());
            }
        }
    };
    let names_users = matches!(to, Visibility::Restricted | Visibility::External);
    for side in [stays, goes] {
        if names_users && side.access == to {
            add(side.names);
        }
    }
    if to == Visibility::Restricted && goes.access == to {
        add(goes.involved);
    }
    names
}

/// The right that the change of the access of the case that stays needs, if it changes.
pub(super) fn right(from: Visibility, to: Visibility, same_names: bool) -> Option<Flag> {
    if from == to && same_names { None } else { shared::access_list::right(from, to) }
}

/// Whether two lists name the same users.
pub(super) fn same(one: &[NamedUser], other: &[NamedUser]) -> bool {
    let users = |of: &[NamedUser]| {
        let mut users: Vec<UserId> = of.iter().map(|named| named.user).collect();
        users.sort_unstable();
        users
    };
    users(one) == users(other)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn named(name: &str) -> NamedUser {
        let user = UserId::of("https://issuer.example", name);
        NamedUser { user, generation: 1, name: name.parse().ok(), address: None }
    }

    #[test]
    fn the_table_of_merged_access() {
        use Visibility::{External, ExternalAll, Internal, Restricted};
        let all = [Internal, Restricted, External, ExternalAll];
        let mut lines = Vec::new();
        for stays in all {
            for goes in all {
                let both = match access(stays, goes) {
                    Ok(to) => {
                        let of = |access, name| match access {
                            Restricted | External => vec![named(name)],
                            _ => Vec::new(),
                        };
                        let (one, other) = (of(stays, "a"), of(goes, "b"));
                        let involved = [named("maker")];
                        let side = |access, names| Side { access, names, involved: &involved };
                        let names = names(to, &side(stays, &one), &side(goes, &other));
                        let names = names.iter().map(|one| one.name.as_ref().unwrap().as_str());
                        format!("{to:?} {:?}", names.collect::<Vec<_>>())
                    }
                    Err(error) => error.code().as_str().to_owned(),
                };
                assert_eq!(access(stays, goes).ok(), access(goes, stays).ok());
                lines.push(format!("{stays:?} + {goes:?} → {both}"));
            }
        }
        expect![[r#"
            Internal + Internal → Internal []
            Internal + Restricted → Restricted ["b", "maker"]
            Internal + External → Internal []
            Internal + ExternalAll → Internal []
            Restricted + Internal → Restricted ["a"]
            Restricted + Restricted → Restricted ["a", "b", "maker"]
            Restricted + External → merge_refused
            Restricted + ExternalAll → merge_refused
            External + Internal → Internal []
            External + Restricted → merge_refused
            External + External → External ["a", "b"]
            External + ExternalAll → ExternalAll []
            ExternalAll + Internal → Internal []
            ExternalAll + Restricted → merge_refused
            ExternalAll + External → ExternalAll []
            ExternalAll + ExternalAll → ExternalAll []"#]]
        .assert_eq(&lines.join("\n"));
    }
}
