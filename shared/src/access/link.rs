//! Whether a link between two orgs carries what one of them shares with the other, now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::LinkId;

/// One org's own side of a link: what it agrees to towards the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and all meet freely")]
pub struct LinkSide {
    /// Which proposal it belongs to: new at each, so that it never repeats.
    pub generation: LinkId,
    /// Its admin has agreed.
    pub approved: bool,
    /// It is not switched off.
    pub enabled: bool,
    /// What the other org shares is let in.
    pub inbound: bool,
    /// What is shared with the other org is let out.
    pub outbound: bool,
    /// Before this it carries nothing.
    pub starts_at: Option<Timestamp>,
    /// From this on it carries nothing.
    pub ends_at: Option<Timestamp>,
}

/// Both sides of a link, as seen from an org that shares towards one that receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFacts {
    /// The side of the org that shares.
    pub from: Option<LinkSide>,
    /// The side of the org that receives.
    pub to: Option<LinkSide>,
}

/// Why a link does not carry what one org shares with the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The orgs are not linked.
    NotLinked,
    /// They are linked anew: what was shared over the former link counts no more.
    LinkedAnew,
    /// One side has not approved it.
    NotApproved,
    /// One side has switched it off.
    Disabled,
    /// The dates of one side have not begun.
    NotBegun,
    /// The dates of one side are over.
    Ended,
    /// It does not lead this way: one side lets nothing out, or the other nothing in.
    OneWay,
    /// One of the two orgs is locked.
    OrgLocked,
}

impl LinkFacts {
    /// Which proposal the link belongs to, if there is one.
    #[must_use]
    pub fn generation(&self) -> Option<LinkId> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from.generation == to.generation => Some(from.generation),
            _ => None,
        }
    }

    /// Whether it carries at `now` what the one org shares with the other.
    ///
    /// # Errors
    ///
    /// Why it does not: the first obstacle, in the order in which people would clear them.
    pub fn usable(&self, now: Timestamp) -> Result<LinkId, Obstacle> {
        let (Some(from), Some(to), Some(generation)) = (self.from, self.to, self.generation())
        else {
            return Err(Obstacle::NotLinked);
        };
        let both = [from, to];
        if !both.iter().all(|side| side.approved) {
            return Err(Obstacle::NotApproved);
        }
        if !both.iter().all(|side| side.enabled) {
            return Err(Obstacle::Disabled);
        }
        if both.iter().any(|side| side.ends_at.is_some_and(|end| end <= now)) {
            return Err(Obstacle::Ended);
        }
        if both.iter().any(|side| side.starts_at.is_some_and(|from| now < from)) {
            return Err(Obstacle::NotBegun);
        }
        if !(from.outbound && to.inbound) {
            return Err(Obstacle::OneWay);
        }
        Ok(generation)
    }

    /// Whether it carries at `now` a share that names `generation`.
    ///
    /// # Errors
    ///
    /// As [`LinkFacts::usable`], and [`Obstacle::LinkedAnew`] for a share over a former link.
    pub fn carries(&self, generation: LinkId, now: Timestamp) -> Result<(), Obstacle> {
        match self.usable(now) {
            Ok(present) if present == generation => Ok(()),
            Ok(_) => Err(Obstacle::LinkedAnew),
            Err(obstacle) => Err(obstacle),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(generation: LinkId) -> LinkSide {
        LinkSide {
            generation,
            approved: true,
            enabled: true,
            inbound: true,
            outbound: true,
            starts_at: None,
            ends_at: None,
        }
    }

    #[test]
    fn every_single_flag_of_either_side_that_matters_stops_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let generation = LinkId::new(now);
        let open = side(generation);
        let usable = |from, to| LinkFacts { from: Some(from), to: Some(to) }.usable(now);
        assert_eq!(usable(open, open), Ok(generation));
        let second = jiff::SignedDuration::from_secs(1);
        let stops = [
            (LinkSide { approved: false, ..open }, Obstacle::NotApproved),
            (LinkSide { enabled: false, ..open }, Obstacle::Disabled),
            (LinkSide { ends_at: Some(now), ..open }, Obstacle::Ended),
            (LinkSide { starts_at: Some(now + second), ..open }, Obstacle::NotBegun),
        ];
        for (stopped, obstacle) in stops {
            assert_eq!(usable(stopped, open), Err(obstacle));
            assert_eq!(usable(open, stopped), Err(obstacle));
        }
        let (no_out, no_in) =
            (LinkSide { outbound: false, ..open }, LinkSide { inbound: false, ..open });
        assert_eq!(usable(no_out, open), Err(Obstacle::OneWay));
        assert_eq!(usable(open, no_in), Err(Obstacle::OneWay));
        assert_eq!(usable(no_in, no_out), Ok(generation));
        assert_eq!(usable(LinkSide { starts_at: Some(now), ..open }, open), Ok(generation));
        assert_eq!(LinkFacts { from: Some(open), to: None }.usable(now), Err(Obstacle::NotLinked));
    }

    #[test]
    fn a_share_over_a_former_link_is_not_carried() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (former, present) = (LinkId::new(now), LinkId::new(now));
        let link = LinkFacts { from: Some(side(present)), to: Some(side(present)) };
        assert_eq!(link.carries(present, now), Ok(()));
        assert_eq!(link.carries(former, now), Err(Obstacle::LinkedAnew));
        let torn = LinkFacts { from: Some(side(former)), to: Some(side(present)) };
        assert_eq!(torn.carries(present, now), Err(Obstacle::NotLinked));
    }
}
