//! What a client has been told has been done, and how it is looked after.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::dsl::Person;

/// What was acknowledged of one place.
pub(super) enum Fact {
    /// This part of the answer is this.
    Is(Value),
    /// The answer has this status.
    Status(u16),
    /// A list has exactly these entries.
    Lists(BTreeSet<String>),
    /// There is one event for each change of who has a case, and none beyond.
    Events,
}

/// A path, who reads it, and a JSON pointer into the answer.
type Place = (String, String, String);

/// All that was acknowledged, by place.
#[derive(Default)]
pub(super) struct Facts {
    facts: BTreeMap<Place, (Person, Fact)>,
    /// Which of them are of chapters that have ended.
    ended: BTreeSet<Place>,
}

impl Facts {
    /// From now on, this is so.
    pub(super) fn hold(&mut self, who: &Person, path: &str, part: &str, fact: Fact) {
        let place = place(who, path, part);
        self.ended.remove(&place);
        self.facts.insert(place, (who.clone(), fact));
    }

    /// What is at or below a path is not known any more.
    pub(super) fn forget(&mut self, path: &str) {
        self.facts.retain(|(of, _, _), _| !of.starts_with(path));
    }

    /// The same, as somebody sees it.
    pub(super) fn forget_as(&mut self, who: &Person, path: &str) {
        self.facts.retain(|(of, by, _), _| !of.starts_with(path) || by != who.address());
    }

    /// The entries that a list is known to have.
    pub(super) fn entries(&mut self, who: &Person, path: &str) -> &mut BTreeSet<String> {
        let nothing = || (who.clone(), Fact::Lists(BTreeSet::new()));
        let (_, fact) = self.facts.entry(place(who, path, "/items")).or_insert_with(nothing);
        let Fact::Lists(entries) = fact else { panic!("{path} is no list") };
        entries
    }

    /// All of them: who reads where, and what is there.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Person, &str, &str, &Fact)> {
        self.facts.iter().map(|((path, _, part), (who, fact))| (who, &**path, &**part, fact))
    }

    /// Those of this chapter; it ends.
    pub(super) fn end(&mut self) -> impl Iterator<Item = (&Person, &str, &str, &Fact)> {
        let before = std::mem::take(&mut self.ended);
        self.ended = self.facts.keys().cloned().collect();
        self.facts
            .iter()
            .filter(move |(place, _)| !before.contains(*place))
            .map(|((path, _, part), (who, fact))| (who, &**path, &**part, fact))
    }

    /// What has outlived a kill, and is of a chapter that has ended, need not be looked after again.
    pub(super) fn settle(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        self.facts.retain(|place, _| !ended.contains(place));
    }
}

fn place(who: &Person, path: &str, part: &str) -> Place {
    (path.to_owned(), who.address().to_owned(), part.to_owned())
}
