//! The decision by itself, against a loop that does nothing.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::access::{
    CallerFacts, CaseFacts, GrantFacts, GrantState, MemberKind, MemberStatus, ProfileFacts,
    Standing, Via, decide,
};
use shared::rights::{Role, built_in};

const TURNS: u32 = 1_000_000;

/// What a decision on a colleague's case with 20 grants takes, and what the loop around it does.
pub(crate) fn times() -> (Duration, Duration) {
    let name = "analyst".parse().ok();
    let profile =
        name.as_ref().and_then(built_in).map_or(ProfileFacts::NONE, |profile| ProfileFacts {
            kind: profile.kind,
            org_admin: false,
            rights: profile.rights,
            org_rights: profile.org_rights,
        });
    let standing = Standing { kind: MemberKind::Normal, status: MemberStatus::Active, profile };
    let caller = CallerFacts { locked: false, membership: Some(standing) };
    let grant = GrantFacts {
        via: Via::Group { alive: true, caller_in: true, granter_in: true, opted_out: false },
        state: GrantState::Active,
        valid_from: None,
        expires_at: None,
        rights: Role::Editor.rights(),
    };
    let grants = [grant; 20];
    let case = CaseFacts { grants: &grants, ..CaseFacts::default() };
    let now = Timestamp::constant(1_800_000_000, 0);
    let each = |work: &dyn Fn()| {
        let begun = Instant::now();
        for _ in 0..TURNS {
            work();
        }
        begun.elapsed() / TURNS
    };
    let decided = each(&|| {
        black_box(decide(black_box(&caller), black_box(&case), now));
    });
    let empty = each(&|| {
        black_box((black_box(&caller), black_box(&case), now));
    });
    (decided, empty)
}
