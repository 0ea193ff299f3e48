//! The decision allocates nothing. A binary of its own, since it counts what is allocated.

use jiff::Timestamp;
use shared::access::{
    CallerFacts, CaseFacts, GrantFacts, GrantState, ItemFacts, MemberKind, MemberStatus,
    ProfileFacts, Standing, Via, Visibility, decide, may,
};
use shared::rights::{Flag, Role, Section, built_in};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

#[expect(clippy::unwrap_used, reason = "the names are those of built-in profiles")]
fn member(kind: MemberKind, profile: &str) -> CallerFacts {
    let profile = built_in(&profile.parse().unwrap()).unwrap();
    let profile = ProfileFacts {
        kind: profile.kind,
        org_admin: profile.name.as_str() == "org-admin",
        rights: profile.rights,
        org_rights: profile.org_rights,
    };
    let membership = Some(Standing { kind, status: MemberStatus::Active, profile });
    CallerFacts { locked: false, membership }
}

#[test]
fn the_decision_allocates_nothing_on_any_path() {
    let grant = |via| GrantFacts {
        via,
        state: GrantState::Active,
        valid_from: None,
        expires_at: Some(Timestamp::MAX),
        rights: Role::Editor.rights(),
    };
    let group = Via::Group { alive: true, caller_in: true, granter_in: true, opted_out: false };
    let grants: Vec<_> = (0..20).map(|n| grant(if n == 0 { Via::Person } else { group })).collect();
    let callers = [
        CallerFacts::default(),
        CallerFacts { locked: true, ..member(MemberKind::Normal, "analyst") },
        member(MemberKind::Normal, "org-admin"),
        member(MemberKind::External, "external-actor"),
        member(MemberKind::Guest, "read-only"),
    ];
    let item = ItemFacts { external: true, own: true, ..ItemFacts::of(Section::Comments) };
    let mut open = 0;
    let counted = allocation_counter::measure(|| {
        for caller in &callers {
            for visibility in [
                Visibility::Internal,
                Visibility::Restricted,
                Visibility::External,
                Visibility::ExternalAll,
            ] {
                for grants in [&grants[..0], &grants[..1], &grants] {
                    let case = CaseFacts {
                        visibility,
                        named: true,
                        assignee: caller.membership.is_some(),
                        grants,
                        ..CaseFacts::default()
                    };
                    let access = decide(caller, &case, NOW);
                    open += usize::from(access.sees_case());
                    std::hint::black_box((
                        access.level(&item),
                        access.flag(Flag::Share),
                        access.section(Section::Documents),
                        may(caller, false),
                    ));
                }
            }
        }
    });
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    // It was a decision, and not nothing: some saw the case, and some did not.
    assert!((20..60).contains(&open), "{open} of 60 see the case");
    // The counter counts.
    assert!(allocation_counter::measure(|| drop(Box::new(open))).count_total > 0);
}
