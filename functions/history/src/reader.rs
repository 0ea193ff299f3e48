//! Who may know of which line of a case's history.

use std::collections::HashMap;

use serde_json::{Map, Value};
use shared::access::{Access, Partners};
use shared::id::{ItemId, Recipient, ShareId, UserId};
use shared::model::{Event, EventKind};
use shared::rights::Level;
use shared::store::Seen;

/// Somebody who reads a case's history.
pub(crate) struct Reader {
    user: UserId,
    access: Access,
    /// The shares through which they have the case, by present and former id.
    shares: Vec<ShareId>,
    /// Single items that reach orgs of theirs.
    reach: HashMap<ItemId, Partners>,
}

impl Reader {
    /// The caller, as the check found them; `reach` are the single items that reach orgs of theirs.
    pub(crate) fn of(seen: &Seen, reach: HashMap<ItemId, Partners>) -> Self {
        let share = |recipient| ShareId::of(seen.case, &recipient);
        let caller = &seen.caller;
        let mut shares = vec![share(Recipient::User(caller.user))];
        // Before it was accepted, it named their address.
        shares.extend(caller.address.clone().map(|address| share(Recipient::Email(address))));
        let groups = seen.me.groups.iter();
        shares.extend(groups.map(|member| share(Recipient::Group(member.group))));
        let orgs = seen.partners.iter();
        shares.extend(orgs.map(|partner| share(Recipient::Org(partner.org.clone()))));
        let former = seen.facts.was.iter().filter(|(_, now)| shares.contains(now));
        let former: Vec<ShareId> = former.map(|(was, _)| was.clone()).collect();
        shares.extend(former);
        Self { user: caller.user, access: seen.access, shares, reach }
    }

    /// The event as they may know it; `None` if they may not know that it happened.
    ///
    /// Those inside see all. A recipient sees what happens to the details, to items that they
    /// reach, and to their own share, and never with whom else the case is shared.
    pub(crate) fn told(&self, event: Event) -> Option<Event> {
        if self.access.inside() {
            return Some(event);
        }
        match event.kind {
            EventKind::CaseCreated
            | EventKind::CaseChanged
            | EventKind::CaseClosed
            | EventKind::CaseReopened => Some(event),
            // What was never ready was never shown to others.
            EventKind::AttachmentRejected if event.actor.user != Some(self.user) => None,
            EventKind::ItemShared | EventKind::ActionRequired | EventKind::ItemUnshared => {
                self.own(event)
            }
            _ => match &event.item {
                Some(item) => {
                    let reach = self.reach.get(&item.id).copied().unwrap_or_default();
                    let level = self.access.level(&item.facts().reaching(reach));
                    (level != Level::None).then_some(event)
                }
                None => self.own(event),
            },
        }
    }

    /// What an event says of their own shares, if it is about such.
    fn own(&self, mut event: Event) -> Option<Event> {
        let all = event.shares.len();
        event.shares.retain(|share| self.shares.contains(share));
        if event.shares.is_empty() {
            return None;
        }
        if event.shares.len() < all {
            event.what = without_others(event.what);
        }
        Some(event)
    }
}

/// What was the same for all whom an event is about; nothing that tells who they are.
fn without_others(mut what: Map<String, Value>) -> Map<String, Value> {
    what.retain(|name, _| matches!(name.as_str(), "gives" | "valid_from" | "expires_at"));
    what
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;
    use shared::access::{
        CallerFacts, CaseFacts, GrantFacts, GrantState, MemberKind, MemberStatus, ProfileFacts,
        Standing, Via, decide,
    };
    use shared::id::CaseId;
    use shared::model::{Actor, EventItem};
    use shared::rights::{Flags, Levels, Rights, Section};

    use super::*;

    fn me() -> UserId {
        UserId::of("https://issuer.example", "me")
    }

    fn share(name: &str) -> ShareId {
        let user = UserId::of("https://issuer.example", name);
        ShareId::of(CaseId::new(Timestamp::UNIX_EPOCH), &Recipient::User(user))
    }

    /// Somebody who reads details and comments through a share of their own.
    fn recipient(own: &ShareId) -> Reader {
        let levels = Levels { comments: Level::Read, ..Levels::default() };
        let grant = GrantFacts {
            via: Via::Person,
            state: GrantState::Active,
            valid_from: None,
            expires_at: None,
            rights: Rights { levels, flags: Flags::NONE },
        };
        let case = CaseFacts { grants: &[grant], ..CaseFacts::default() };
        let access = decide(&CallerFacts::default(), &case, Timestamp::UNIX_EPOCH);
        Reader { user: me(), access, shares: vec![own.clone()], reach: HashMap::new() }
    }

    fn colleague() -> Reader {
        let profile = shared::rights::built_in(&"read-only".parse().unwrap()).unwrap();
        let standing = Standing {
            kind: MemberKind::Normal,
            status: MemberStatus::Active,
            profile: ProfileFacts { rights: profile.rights, ..ProfileFacts::NONE },
        };
        let caller = CallerFacts { locked: false, membership: Some(standing) };
        let access = decide(&caller, &CaseFacts::default(), Timestamp::UNIX_EPOCH);
        Reader { user: me(), access, shares: Vec::new(), reach: HashMap::new() }
    }

    fn event(kind: EventKind, item: Option<Section>, shares: &[&ShareId]) -> Event {
        Event {
            kind,
            at: Timestamp::UNIX_EPOCH,
            actor: Actor { user: None, name: None },
            org: "acme".parse().unwrap(),
            case: None,
            item: item.map(|section| EventItem { id: ItemId::new(Timestamp::UNIX_EPOCH), section }),
            shares: shares.iter().copied().cloned().collect(),
            what: json!({ "recipients": ["user:a", "user:b"], "gives": { "role": "viewer" } })
                .as_object()
                .cloned()
                .unwrap(),
        }
    }

    #[test]
    fn those_inside_see_everything() {
        let other = share("other");
        for happened in [
            event(EventKind::AccessChanged, None, &[]),
            event(EventKind::CaseShared, None, &[&other]),
            event(EventKind::AttachmentRejected, Some(Section::Documents), &[]),
        ] {
            assert_eq!(colleague().told(happened.clone()), Some(happened));
        }
    }

    #[test]
    fn a_recipient_sees_the_items_that_they_reach() {
        let reader = recipient(&share("me"));
        let sees = |kind, section| reader.told(event(kind, Some(section), &[])).is_some();
        assert!(sees(EventKind::CommentAdded, Section::Comments));
        assert!(!sees(EventKind::AttachmentAdded, Section::Documents));
    }

    #[test]
    fn a_recipient_does_not_see_what_only_the_org_may_know() {
        let reader = recipient(&share("me"));
        let sees = |kind| reader.told(event(kind, None, &[])).is_some();
        assert!(sees(EventKind::CaseChanged));
        assert!(!sees(EventKind::AccessChanged));
        assert!(!sees(EventKind::AssigneesChanged));
    }

    #[test]
    fn a_recipient_sees_their_own_share_and_nobody_elses() {
        let (own, other) = (share("me"), share("other"));
        let reader = recipient(&own);
        let shared = |shares: &[&ShareId]| reader.told(event(EventKind::CaseShared, None, shares));
        assert_eq!(shared(&[&other]), None);
        let alone = shared(&[&own]).unwrap();
        assert!(alone.what.contains_key("recipients"));
        let together = shared(&[&own, &other]).unwrap();
        assert_eq!(together.shares, [own]);
        assert_eq!(Value::Object(together.what), json!({ "gives": { "role": "viewer" } }));
    }
}
