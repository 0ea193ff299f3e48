//! The laws of the decision, as properties over random facts.
//!
//! Facts are *givers* (memberships, grants, assignments, names, item shares, usable links,
//! share-all) or *takers* (locks, ended memberships, opt-outs, restriction, deletion, the
//! involvement setting, a refusal of guests). An `external` membership is both, and has tests of its
//! own. What concerns other orgs is in `partner_laws`.

use jiff::Timestamp;
use proptest::prelude::*;

use super::partner_laws::{partner, share_all, source};
use super::*;
use crate::rights::{Flags, Levels, OrgFlag, Section};

pub(super) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::None), Just(Level::Read), Just(Level::Write)]
}

pub(super) fn rights() -> impl Strategy<Value = Rights> {
    (prop::array::uniform8(level()), any::<u8>()).prop_map(|(levels, bits)| {
        let levels = Section::ALL
            .into_iter()
            .zip(levels)
            .fold(Levels::default(), |all, (section, level)| all.with(section, level));
        let flags = Flag::ALL.into_iter().filter(|&flag| bits & (1 << flag as u8) != 0);
        Rights { levels, flags: Flags::of(&flags.collect::<Vec<_>>()) }
    })
}

pub(super) fn profile() -> impl Strategy<Value = ProfileFacts> {
    (rights(), any::<bool>()).prop_map(|(rights, org_admin)| ProfileFacts {
        kind: ProfileType::Organisation,
        org_admin,
        rights,
        org_rights: OrgRights::of(&[OrgFlag::CreateCase]),
    })
}

pub(super) fn standing() -> impl Strategy<Value = Standing> {
    let kinds = [MemberKind::Normal, MemberKind::Service, MemberKind::Guest];
    let statuses = [
        MemberStatus::Invited,
        MemberStatus::Active,
        MemberStatus::Active,
        MemberStatus::Locked,
        MemberStatus::Expired,
        MemberStatus::Removed,
    ];
    (prop::sample::select(kinds.to_vec()), prop::sample::select(statuses.to_vec()), profile())
        .prop_map(|(kind, status, profile)| Standing { kind, status, profile })
}

pub(super) fn window() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(
        (-2_i64..=2).prop_map(|by| Timestamp::from_second(NOW.as_second() + by).unwrap_or(NOW)),
    )
}

fn grant() -> impl Strategy<Value = GrantFacts> {
    let via = prop_oneof![
        Just(Via::Person),
        any::<[bool; 4]>().prop_map(|[alive, caller_in, granter_in, opted_out]| Via::Group {
            alive,
            caller_in,
            granter_in,
            opted_out
        }),
    ];
    let states =
        [GrantState::Active, GrantState::Active, GrantState::Pending, GrantState::Declined];
    (via, prop::sample::select(states.to_vec()), window(), window(), rights()).prop_map(
        |(via, state, valid_from, expires_at, rights)| GrantFacts {
            via,
            state,
            valid_from,
            expires_at,
            rights,
        },
    )
}

/// A world with owned grants, so that it can be changed.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) caller: CallerFacts,
    pub(super) case: CaseFacts<'static>,
    pub(super) grants: Vec<GrantFacts>,
    pub(super) share_all: Vec<ShareAllFacts>,
    pub(super) partners: Vec<PartnerFacts>,
    pub(super) sources: Vec<SourceFacts>,
}

impl World {
    pub(super) fn decide(&self) -> Access {
        let case = CaseFacts {
            grants: &self.grants,
            share_all: &self.share_all,
            partners: &self.partners,
            sources: &self.sources,
            ..self.case
        };
        decide(&self.caller, &case, NOW)
    }
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let visibilities = [
        Visibility::Internal,
        Visibility::Restricted,
        Visibility::External,
        Visibility::ExternalAll,
    ];
    let caller = (prop::bool::weighted(0.1), prop::option::of(standing()))
        .prop_map(|(locked, membership)| CallerFacts { locked, membership });
    let rare = || prop::bool::weighted(0.1);
    let case = (
        (rare(), rare(), any::<bool>(), any::<bool>()),
        prop::sample::select(visibilities.to_vec()),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |((gone, owner_locked, refused, cut), visibility, [named, creator, assignee])| {
                CaseFacts {
                    gone,
                    owner_locked,
                    guests_refused: refused,
                    edit_only_if_involved: cut,
                    visibility,
                    named,
                    creator,
                    assignee,
                    ..CaseFacts::default()
                }
            },
        );
    let others = (
        prop::collection::vec(share_all(), 0..3),
        prop::collection::vec(partner(), 0..3),
        prop::collection::vec(source(), 0..3),
    );
    (caller, case, prop::collection::vec(grant(), 0..5), others).prop_map(
        |(caller, case, grants, (share_all, partners, sources))| World {
            caller,
            case,
            grants,
            share_all,
            partners,
            sources,
        },
    )
}

/// Items of every section, marked and not, made through the portal and not, one's own and not,
/// shared with the first partner org and not; and what is received from other cases.
pub(super) fn items() -> Vec<ItemFacts> {
    let mut items = Vec::new();
    for section in Section::ALL {
        for bits in 0..16_u8 {
            let partners = if bits & 8 != 0 { Partners::NONE.with(0) } else { Partners::NONE };
            items.push(ItemFacts {
                external: bits & 1 != 0,
                portal: bits & 2 != 0,
                own: bits & 4 != 0,
                partners,
                ..ItemFacts::of(section)
            });
        }
        for place in 0..3 {
            let source = Some(FromSource { place, shared: true, enabled: true });
            items.push(ItemFacts { source, ..ItemFacts::of(section) });
        }
    }
    items
}

/// Whether `more` gives at least what `less` gives, item by item and flag by flag.
pub(super) fn at_least(more: &Access, less: &Access) -> bool {
    items().iter().all(|item| less.level(item) <= more.level(item))
        && Flag::ALL.into_iter().all(|flag| !less.flag(flag) || more.flag(flag))
        && Section::ALL.into_iter().all(|section| less.section(section) <= more.section(section))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_further_grant_never_lowers(world in world(), grant in grant()) {
        let before = world.decide();
        let mut more = world;
        more.grants.push(grant);
        prop_assert!(at_least(&more.decide(), &before));
    }

    #[test]
    fn being_involved_or_named_never_lowers(world in world(), which in 0..3_u8) {
        let before = world.decide();
        let mut more = world;
        match which {
            0 => more.case.creator = true,
            1 => more.case.assignee = true,
            _ => more.case.named = true,
        }
        prop_assert!(at_least(&more.decide(), &before));
    }

    #[test]
    fn widening_a_profile_never_lowers(world in world(), wider in rights()) {
        let before = world.decide();
        let mut more = world;
        if let Some(standing) = &mut more.caller.membership {
            standing.profile.rights = standing.profile.rights.join(wider);
        }
        prop_assert!(at_least(&more.decide(), &before));
    }

    #[test]
    fn a_taker_never_raises(world in world(), which in 0..9_u8) {
        let before = world.decide();
        let mut less = world;
        match which {
            0 => less.caller.locked = true,
            1 => less.case.owner_locked = true,
            2 => less.case.gone = true,
            3 => less.case.guests_refused = true,
            4 => less.case.edit_only_if_involved = true,
            5 => less.case.visibility = Visibility::Restricted,
            6 => {
                for grant in &mut less.grants {
                    if let Via::Group { opted_out, .. } = &mut grant.via {
                        *opted_out = true;
                    }
                }
            }
            7 => {
                if let Some(standing) = &mut less.caller.membership {
                    standing.status = MemberStatus::Locked;
                }
            }
            _ => {
                if let Some(standing) = &mut less.caller.membership {
                    standing.status = MemberStatus::Removed;
                }
            }
        }
        prop_assert!(at_least(&before, &less.decide()));
    }

    #[test]
    fn a_closed_gate_closes_all(world in world()) {
        for close in [
            |world: &mut World| world.caller.locked = true,
            |world: &mut World| world.case.owner_locked = true,
            |world: &mut World| world.case.gone = true,
        ] {
            let mut shut = world.clone();
            close(&mut shut);
            let access = shut.decide();
            prop_assert!(access.paths().iter().all(|path| !path.is_open()));
            prop_assert!(!access.sees_case());
        }
    }

    #[test]
    fn a_share_alone_never_gives_what_no_share_gives(grants in prop::collection::vec(grant(), 0..5)) {
        let world = World {
            caller: CallerFacts::default(),
            case: CaseFacts::default(),
            grants,
            share_all: Vec::new(),
            partners: Vec::new(),
            sources: Vec::new(),
        };
        let forbidden = Rights::flags_no_share_gives();
        prop_assert_eq!(world.decide().flags().meet(forbidden), Flags::NONE);
    }

    #[test]
    fn an_active_share_to_a_person_always_reads_the_details(world in world(), given in rights()) {
        let mut world = world;
        world.caller = CallerFacts::default();
        world.case.gone = false;
        world.case.owner_locked = false;
        world.grants.push(GrantFacts {
            via: Via::Person,
            state: GrantState::Active,
            valid_from: None,
            expires_at: None,
            rights: given,
        });
        prop_assert!(world.decide().sees_case());
    }

    #[test]
    fn an_external_member_has_the_portal_or_nothing(world in world(), profile in profile()) {
        let mut world = world;
        let profile = ProfileFacts { kind: ProfileType::External, ..profile };
        world.caller.membership =
            Some(Standing { kind: MemberKind::External, status: MemberStatus::Active, profile });
        world.partners.clear();
        let access = world.decide();
        prop_assert!(access.paths().iter().all(|path| path.path == Path::Portal || !path.is_open()));
        prop_assert_eq!(access.flags(), Flags::NONE);
        for item in items() {
            let level = access.level(&item);
            let hidden = matches!(item.section, Section::Tasks | Section::Targets | Section::Contact);
            prop_assert!(level == Level::None || !hidden);
            let reached = item.section == Section::Details || item.external || item.portal;
            prop_assert!(level == Level::None || reached);
            let own_comment = item.section == Section::Comments && item.own && item.portal;
            prop_assert!(level < Level::Write || own_comment);
        }
    }
}

fn external(status: MemberStatus) -> CallerFacts {
    let name = "external-actor".parse().unwrap();
    let profile = crate::rights::built_in(&name).unwrap();
    CallerFacts {
        locked: false,
        membership: Some(Standing {
            kind: MemberKind::External,
            status,
            profile: ProfileFacts {
                kind: profile.kind,
                org_admin: false,
                rights: profile.rights,
                org_rights: profile.org_rights,
            },
        }),
    }
}

#[test]
fn external_access_covers_those_it_names_or_all() {
    let open = |visibility, named| {
        let case = CaseFacts { visibility, named, ..CaseFacts::default() };
        decide(&external(MemberStatus::Active), &case, NOW).sees_case()
    };
    assert!(open(Visibility::External, true));
    assert!(!open(Visibility::External, false));
    assert!(open(Visibility::ExternalAll, false));
    assert!(!open(Visibility::Internal, true));
    assert!(!open(Visibility::Restricted, true));
}

#[test]
fn a_window_is_judged_by_the_clock() {
    let at = |by: i64| Some(Timestamp::from_second(NOW.as_second() + by).unwrap());
    let opens = |valid_from, expires_at| {
        let grants = [GrantFacts {
            via: Via::Person,
            state: GrantState::Active,
            valid_from,
            expires_at,
            rights: crate::rights::Role::Viewer.rights(),
        }];
        let case = CaseFacts { grants: &grants, ..CaseFacts::default() };
        decide(&CallerFacts::default(), &case, NOW).sees_case()
    };
    assert!(opens(at(0), at(1)));
    assert!(!opens(at(1), None));
    assert!(!opens(None, at(0)));
}

#[test]
fn what_one_may_do_in_an_org_needs_an_active_membership_that_fits() {
    let admin = crate::rights::built_in(&"org-admin".parse().unwrap()).unwrap();
    let profile = ProfileFacts {
        kind: admin.kind,
        org_admin: true,
        rights: admin.rights,
        org_rights: admin.org_rights,
    };
    let rights = |kind, status, locked, org_locked| {
        let membership = Some(Standing { kind, status, profile });
        may(&CallerFacts { locked, membership }, org_locked)
    };
    let (normal, active) = (MemberKind::Normal, MemberStatus::Active);
    assert_eq!(rights(normal, active, false, false), OrgRights::EVERY);
    assert_eq!(rights(normal, active, true, false), OrgRights::NONE);
    assert_eq!(rights(normal, active, false, true), OrgRights::NONE);
    assert_eq!(rights(normal, MemberStatus::Locked, false, false), OrgRights::NONE);
    assert_eq!(rights(MemberKind::Guest, active, false, false), OrgRights::NONE);
    assert_eq!(rights(MemberKind::External, active, false, false), OrgRights::NONE);
}
