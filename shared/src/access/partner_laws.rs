//! The laws of what crosses from one org to another: partner orgs, share-all, received targets.

use jiff::Timestamp;
use proptest::prelude::*;

use super::laws::{NOW, World, at_least, items, rights, standing, window, world};
use super::*;
use crate::id::LinkId;
use crate::rights::{Flags, Levels, Section};

/// The link that shares were made over, and another one.
fn generation(former: bool) -> LinkId {
    let text = if former { "01JC0A7Z3X5D9V6K2M4N8P1QRS" } else { "01JC0A7Z3X5D9V6K2M4N8P1QRT" };
    text.parse().unwrap()
}

/// A link that there never was between these two.
fn never() -> LinkId {
    "01JC0A7Z3X5D9V6K2M4N8P1QRV".parse().unwrap()
}

fn side() -> impl Strategy<Value = LinkSide> {
    let mostly = || prop::bool::weighted(0.9);
    ([mostly(), mostly(), mostly(), mostly(), mostly()], window(), window()).prop_map(
        |([present, approved, enabled, inbound, outbound], starts_at, ends_at)| LinkSide {
            generation: generation(!present),
            approved,
            enabled,
            inbound,
            outbound,
            starts_at: starts_at.filter(|at| *at <= NOW),
            ends_at: ends_at.filter(|at| NOW < *at),
        },
    )
}

fn link() -> impl Strategy<Value = LinkFacts> {
    let side = || prop::option::weighted(0.95, side());
    (side(), side()).prop_map(|(from, to)| LinkFacts { from, to })
}

fn state() -> impl Strategy<Value = GrantState> {
    let states = [
        GrantState::Active,
        GrantState::Active,
        GrantState::Active,
        GrantState::PendingUser,
        GrantState::Refused,
    ];
    prop::sample::select(states.to_vec())
}

pub(super) fn partner() -> impl Strategy<Value = PartnerFacts> {
    let rare = || prop::bool::weighted(0.1);
    (standing(), any::<bool>(), [rare(), rare()], link(), state(), window(), rights()).prop_map(
        |(standing, external, [locked, finalise], link, state, expires_at, rights)| {
            let mut standing = standing;
            if external {
                standing.kind = MemberKind::External;
                standing.profile.kind = ProfileType::External;
            }
            PartnerFacts {
                standing,
                locked,
                link,
                over: generation(false),
                finalise,
                state,
                valid_from: None,
                expires_at,
                rights,
            }
        },
    )
}

pub(super) fn share_all() -> impl Strategy<Value = ShareAllFacts> {
    let mostly = || prop::bool::weighted(0.8);
    (
        [mostly(), mostly(), mostly(), mostly(), prop::bool::weighted(0.2)],
        prop::option::weighted(0.8, rights()),
    )
        .prop_map(|([alive, owned_by_creator, caller_in, creator_in, opted_out], gives)| {
            ShareAllFacts {
                alive,
                owned_by_creator,
                gives: gives.map(|rights| rights.levels),
                caller_in,
                creator_in,
                opted_out,
            }
        })
}

pub(super) fn source() -> impl Strategy<Value = SourceFacts> {
    let rare = || prop::bool::weighted(0.1);
    ([rare(), rare(), rare()], link(), state(), window()).prop_map(
        |([gone, owner_locked, elsewhere], link, state, expires_at)| SourceFacts {
            gone,
            owner_locked,
            link,
            over: generation(false),
            here: !elsewhere,
            state,
            valid_from: None,
            expires_at,
        },
    )
}

/// A side that agrees to everything.
fn open_side() -> LinkSide {
    LinkSide {
        generation: generation(false),
        approved: true,
        enabled: true,
        inbound: true,
        outbound: true,
        starts_at: None,
        ends_at: None,
    }
}

const READS: Rights = Rights { levels: Levels::all(Level::Read), flags: Flags::NONE };

/// A member of a partner org with these rights, by a share that gives everything that one gives.
fn member(kind: MemberKind, rights: Rights) -> PartnerFacts {
    let profile = ProfileFacts {
        kind: match kind {
            MemberKind::External => ProfileType::External,
            _ => ProfileType::Organisation,
        },
        rights,
        ..ProfileFacts::NONE
    };
    PartnerFacts {
        standing: Standing { kind, status: MemberStatus::Active, profile },
        locked: false,
        link: LinkFacts { from: Some(open_side()), to: Some(open_side()) },
        over: generation(false),
        finalise: false,
        state: GrantState::Active,
        valid_from: None,
        expires_at: None,
        rights: Rights { levels: Levels::all(Level::Write), flags: Flags::EVERY },
    }
}

fn decided(visibility: Visibility, named: bool, partner: PartnerFacts) -> Access {
    let partners = [partner];
    let case = CaseFacts { visibility, named, partners: &partners, ..CaseFacts::default() };
    decide(&CallerFacts::default(), &case, NOW)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_further_share_with_an_org_or_group_never_lowers(
        world in world(),
        one in partner(),
        group in share_all(),
        from in source(),
    ) {
        let before = world.decide();
        let mut more = world;
        more.partners.push(one);
        more.share_all.push(group);
        more.sources.push(from);
        prop_assert!(at_least(&more.decide(), &before));
    }

    #[test]
    fn mending_a_link_or_widening_profiles_never_lowers(
        world in world(),
        wider in rights(),
        which in 0..4_u8,
    ) {
        let before = world.decide();
        let mut more = world;
        let mended = LinkFacts { from: Some(open_side()), to: Some(open_side()) };
        for partner in &mut more.partners {
            match which {
                0 => partner.link = mended,
                1 => partner.rights = partner.rights.join(wider),
                2 => {
                    let profile = &mut partner.standing.profile;
                    profile.rights = profile.rights.join(wider);
                }
                _ => partner.state = GrantState::Active,
            }
        }
        for source in &mut more.sources {
            source.link = mended;
        }
        prop_assert!(at_least(&more.decide(), &before));
    }

    #[test]
    fn what_takes_from_a_partner_never_raises(world in world(), which in 0..9_u8) {
        let before = world.decide();
        let mut less = world;
        for partner in &mut less.partners {
            let link = &mut partner.link;
            match which {
                0 => partner.locked = true,
                1 => partner.standing.status = MemberStatus::Locked,
                2 => partner.state = GrantState::Refused,
                3 => link.from = None,
                4 => link.to = link.to.map(|to| LinkSide { inbound: false, ..to }),
                5 => link.from = link.from.map(|from| LinkSide { enabled: false, ..from }),
                6 => partner.over = never(),
                7 => partner.expires_at = Some(NOW),
                _ => partner.finalise = true,
            }
        }
        for source in &mut less.sources {
            match which {
                0 => source.owner_locked = true,
                1 => source.gone = true,
                2 => source.state = GrantState::Refused,
                3 => source.link.to = None,
                4 => source.here = false,
                _ => source.over = never(),
            }
        }
        for group in &mut less.share_all {
            match which {
                0 => group.gives = None,
                1 => group.alive = false,
                2 => group.caller_in = false,
                3 => group.creator_in = false,
                _ => group.opted_out = true,
            }
        }
        prop_assert!(at_least(&before, &less.decide()));
    }

    #[test]
    fn a_share_with_an_org_gives_no_more_than_profile_and_share(
        own in rights(),
        given in rights(),
    ) {
        let partner = PartnerFacts { rights: given, ..member(MemberKind::Normal, own) };
        let access = decided(Visibility::Internal, false, partner);
        let cap = own.meet(given.as_share());
        for item in items() {
            prop_assert!(access.level(&item) <= cap.levels.of(item.section));
        }
        prop_assert_eq!(access.flags(), cap.flags);
        prop_assert_eq!(access.flags().meet(Rights::flags_no_share_gives()), Flags::NONE);
    }

    #[test]
    fn what_is_received_is_read_and_never_more(world in world()) {
        let access = world.decide();
        for place in 0..3 {
            for (shared, enabled) in [(true, true), (true, false), (false, true)] {
                for section in Section::ALL {
                    let source = Some(FromSource { place, shared, enabled });
                    let level = access.level(&ItemFacts { source, ..ItemFacts::of(section) });
                    prop_assert!(level < Level::Write);
                    let seen = shared && enabled && section == Section::Targets;
                    prop_assert!(level == Level::None || seen);
                    let reads = access.section(Section::Targets) != Level::None;
                    prop_assert!(level == Level::None || reads);
                }
            }
        }
    }

    #[test]
    fn a_closed_gate_closes_what_crosses_orgs_too(world in world()) {
        let mut shut = world;
        shut.case.owner_locked = true;
        let access: Access = shut.decide();
        prop_assert!(access.paths().iter().all(|path| !path.is_open()));
        prop_assert_eq!(access.partners().count(), 0);
    }
}

#[test]
fn a_partner_reaches_of_tasks_observables_and_targets_only_what_is_shared_or_theirs() {
    let access = decided(Visibility::Internal, false, member(MemberKind::Normal, READS));
    for section in Section::ALL {
        let cut = matches!(section, Section::Tasks | Section::Observables | Section::Targets);
        let level = |partners| access.level(&ItemFacts { partners, ..ItemFacts::of(section) });
        let hidden = if cut { Level::None } else { Level::Read };
        assert_eq!(level(Partners::NONE), hidden, "{section:?}");
        assert_eq!(level(Partners::NONE.with(1)), hidden, "another org's: {section:?}");
        assert_eq!(level(Partners::NONE.with(0)), Level::Read, "{section:?}");
    }
    assert_eq!(access.partners().collect::<Vec<_>>(), [0]);
    assert_eq!(access.how(), Some(How::Partner));
    assert_eq!(access.full_reach_rights(), Rights::NONE);
}

#[test]
fn two_partner_orgs_do_not_lend_each_other_their_reach() {
    let writes = Rights { levels: Levels::all(Level::Write), flags: Flags::NONE };
    let partners = [member(MemberKind::Normal, writes), member(MemberKind::Normal, READS)];
    let case = CaseFacts { partners: &partners, ..CaseFacts::default() };
    let access = decide(&CallerFacts::default(), &case, NOW);
    let task = |places| ItemFacts { partners: places, ..ItemFacts::of(Section::Tasks) };
    assert_eq!(access.level(&task(Partners::NONE.with(0))), Level::Write);
    assert_eq!(access.level(&task(Partners::NONE.with(1))), Level::Read);
    assert_eq!(access.level(&task(Partners::NONE)), Level::None);
}

#[test]
fn a_restricted_case_is_open_to_those_of_a_partner_who_are_named() {
    let normal = member(MemberKind::Normal, READS);
    assert!(decided(Visibility::Restricted, true, normal).sees_case());
    assert!(!decided(Visibility::Restricted, false, normal).sees_case());
    assert!(decided(Visibility::External, false, normal).sees_case());
}

#[test]
fn external_users_of_a_partner_come_in_where_access_covers_them() {
    let external = member(MemberKind::External, READS);
    let open = |visibility, named| decided(visibility, named, external).has(Path::Portal);
    assert!(open(Visibility::External, true));
    assert!(!open(Visibility::External, false));
    assert!(open(Visibility::ExternalAll, false));
    assert!(!open(Visibility::Internal, true));
    assert!(!open(Visibility::Restricted, true));
    let unlinked = PartnerFacts { link: LinkFacts::default(), ..external };
    assert!(!decided(Visibility::ExternalAll, true, unlinked).sees_case());
    let access = decided(Visibility::ExternalAll, false, external);
    assert!(access.through_portal());
    assert_eq!(access.level(&ItemFacts::of(Section::Comments)), Level::None);
    let marked = ItemFacts { external: true, ..ItemFacts::of(Section::Comments) };
    assert_eq!(access.level(&marked), Level::Read);
}

#[test]
fn a_share_that_is_taken_in_opens_the_destination_and_not_its_source() {
    let taken = PartnerFacts { finalise: true, ..member(MemberKind::Normal, READS) };
    let access = decided(Visibility::Internal, false, taken);
    assert!(!access.sees_case());
    let reason = access.paths().iter().find(|one| one.path == Path::Partner).unwrap().reason;
    assert_eq!(reason, Reason::TakenIn);
}

#[test]
fn targets_are_received_by_who_reads_targets_in_the_destination() {
    let source = SourceFacts {
        gone: false,
        owner_locked: false,
        link: LinkFacts { from: Some(open_side()), to: Some(open_side()) },
        over: generation(false),
        here: true,
        state: GrantState::Active,
        valid_from: None,
        expires_at: None,
    };
    let level = |own: Level| {
        let rights =
            Rights { levels: Levels::all(Level::Read).with(Section::Targets, own), ..READS };
        let profile = ProfileFacts { rights, ..ProfileFacts::NONE };
        let membership =
            Some(Standing { kind: MemberKind::Normal, status: MemberStatus::Active, profile });
        let case = CaseFacts { sources: &[source], ..CaseFacts::default() };
        let access = decide(&CallerFacts { locked: false, membership }, &case, NOW);
        let from = Some(FromSource { place: 0, shared: true, enabled: true });
        access.level(&ItemFacts { source: from, ..ItemFacts::of(Section::Targets) })
    };
    assert_eq!(level(Level::Write), Level::Read);
    assert_eq!(level(Level::Read), Level::Read);
    assert_eq!(level(Level::None), Level::None);
}

#[test]
fn share_all_ends_with_each_thing_that_it_leans_on() {
    let on = ShareAllFacts {
        alive: true,
        owned_by_creator: true,
        gives: Some(Levels::all(Level::Read)),
        caller_in: true,
        creator_in: true,
        opted_out: false,
    };
    let opens = |facts, visibility| {
        let case = CaseFacts { share_all: &[facts], visibility, ..CaseFacts::default() };
        decide(&CallerFacts::default(), &case, Timestamp::UNIX_EPOCH).how()
    };
    assert_eq!(opens(on, Visibility::Internal), Some(How::Group));
    assert_eq!(opens(on, Visibility::Restricted), None);
    for ended in [
        ShareAllFacts { alive: false, ..on },
        ShareAllFacts { owned_by_creator: false, ..on },
        ShareAllFacts { gives: None, ..on },
        ShareAllFacts { caller_in: false, ..on },
        ShareAllFacts { creator_in: false, ..on },
        ShareAllFacts { opted_out: true, ..on },
    ] {
        assert_eq!(opens(ended, Visibility::Internal), None);
    }
    let refused = CaseFacts { guests_refused: true, share_all: &[on], ..CaseFacts::default() };
    assert!(!decide(&CallerFacts::default(), &refused, NOW).sees_case());
}

/// A world is what the laws quantify over: this one has everything that crosses orgs open.
#[test]
fn every_path_can_be_open() {
    let world = World {
        caller: CallerFacts::default(),
        case: CaseFacts::default(),
        grants: Vec::new(),
        share_all: Vec::new(),
        partners: vec![member(MemberKind::Normal, READS)],
        sources: Vec::new(),
    };
    assert!(world.decide().has(Path::Partner));
}
