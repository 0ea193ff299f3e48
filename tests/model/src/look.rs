//! What somebody sees, and what the model says that they see.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::may::May;
use crate::play::Play;
use crate::rights::{FLAGS, Level, SECTIONS};
use crate::rules::Name;

impl Play {
    /// Compares what somebody sees of a case.
    pub(crate) async fn looks_at(&self, who: Name, at: usize) {
        let case = &self.model.cases[at];
        let may = self.may(who, at);
        let path = format!("/cases/{}", case.id);
        let shown = self.people[who].get(&path).await;
        let told = || self.told(who, &path);
        if !may.sees() {
            assert_eq!(shown.status, 404, "{}: {shown}", told());
            return;
        }
        assert_eq!(shown.status, 200, "{}: {shown}", told());
        assert_eq!(rights(&shown.body["may"]), expected(&may), "{}", told());
        let closed = shown.body["status"] == "closed";
        assert_eq!(closed, case.closed, "{}: closed", told());
        let comments = case.comments.iter();
        let comments =
            comments.filter(|one| may.comment(who, one) != Level::None).map(|one| &*one.id);
        self.lists(who, at, "comments", &may, comments.collect()).await;
        for (section, things) in &case.things {
            let reached = things.iter();
            let reached = reached.filter(|one| may.thing(case, section, one) != Level::None);
            let ids = reached.map(|one| &*one.id).collect();
            self.lists(who, at, section, &may, ids).await;
        }
        let path = format!("{path}/received");
        let shown = self.people[who].get(&path).await;
        let there = may.section("targets") != Level::None;
        let told = || self.told(who, &path);
        assert_eq!(shown.status, if there { 200 } else { 404 }, "{}: {shown}", told());
        let sources = shown.body["items"].as_array().into_iter().flatten();
        let targets = sources.filter_map(|source| source["targets"].as_array()).flatten();
        let ids: BTreeSet<&str> = targets.filter_map(|target| target["id"].as_str()).collect();
        let expected = if there { self.model.received(at) } else { BTreeSet::new() };
        assert_eq!(ids, expected, "{}", told());
    }

    /// Compares a list of items.
    async fn lists(&self, who: Name, at: usize, section: &str, may: &May, ids: BTreeSet<&str>) {
        let path = format!("/cases/{}/{section}", self.model.cases[at].id);
        let shown = self.people[who].get(&format!("{path}?limit=100")).await;
        let status = if may.section(section) == Level::None { 404 } else { 200 };
        assert_eq!(shown.status, status, "{}: {shown}", self.told(who, &path));
        assert_eq!(listed(&shown.body), ids, "{}", self.told(who, &path));
    }

    /// Compares somebody's list of cases.
    pub(crate) async fn lists_cases(&self, who: Name) {
        let shown = self.people[who].get("/cases?limit=100").await;
        if self.model.locked.contains(who) && shown.status == 403 {
            return;
        }
        assert_eq!(shown.status, 200, "{}: {shown}", self.told(who, "/cases"));
        let cases = 0..self.model.cases.len();
        let seen = cases.filter(|at| self.may(who, *at).sees());
        let seen: BTreeSet<&str> = seen.map(|at| &*self.model.cases[at].id).collect();
        assert_eq!(listed(&shown.body), seen, "{}", self.told(who, "/cases"));
    }
}

/// The ids of a list; each once.
fn listed(answer: &Value) -> BTreeSet<&str> {
    let ids = answer["items"].as_array().into_iter().flatten();
    let ids: Vec<&str> = ids.filter_map(|item| item["id"].as_str()).collect();
    let once: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(once.len(), ids.len(), "{answer}");
    once
}

type Shown = (BTreeMap<Name, Level>, BTreeSet<Name>);

/// Levels and flags as the API shows them.
fn rights(may: &Value) -> Shown {
    let level = |section: &Name| match may["sections"][*section].as_str() {
        None | Some("none") => Level::None,
        Some("read") => Level::Read,
        Some("write") => Level::Write,
        Some(other) => panic!("{other} is no level"),
    };
    let flags = may["flags"].as_array().expect("flags");
    let has = |flag: &&Name| flags.iter().any(|shown| shown == **flag);
    let levels = SECTIONS.iter().map(|section| (*section, level(section))).collect();
    (levels, FLAGS.iter().filter(has).copied().collect())
}

/// The same as the model has them.
fn expected(may: &May) -> Shown {
    let levels = SECTIONS.iter().map(|section| (*section, may.section(section))).collect();
    (levels, FLAGS.iter().filter(|flag| may.flag(flag)).copied().collect())
}
