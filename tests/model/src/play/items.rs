//! What is in a case: comments, tasks, targets.

use std::collections::BTreeMap;

use serde_json::json;
use wire::text;

use super::{Expect, Play, of};
use crate::may::Reach;
use crate::rights::{Level, THINGS};
use crate::rules::{Access, Comment, Name, Recipient, Thing};
use crate::stage::{ORGS, first};

impl Play {
    /// What is to be said of somebody who writes in a section.
    fn writes(&self, who: Name, at: usize, section: &str) -> Expect {
        let may = self.may(who, at);
        match (may.sees(), may.section(section)) {
            (false, _) | (true, Level::None) => Expect::Hidden,
            (true, Level::Read) => Expect::Forbidden,
            (true, Level::Write) => Expect::Done,
        }
    }

    pub(super) async fn comment(&mut self, who: Name, at: usize) {
        let expect = self.writes(who, at, "comments");
        let path = format!("/cases/{}/comments", self.model.cases[at].id);
        let made = self.ask(who, "POST", &path, json!({ "text": "Seen." }), expect).await;
        if expect == Expect::Done {
            let portal = self.may(who, at).only_portal();
            let id = text(&made.body, "id");
            let comment = Comment { id, author: who, external: false, portal };
            self.model.cases[at].comments.push(comment);
        }
    }

    pub(super) async fn mark(&mut self, who: Name, at: usize, how: u8) {
        let case = &self.model.cases[at];
        if case.comments.is_empty() {
            return;
        }
        let nth = usize::from(how / 2) % case.comments.len();
        let external = how.is_multiple_of(2);
        let comment = &case.comments[nth];
        let may = self.may(who, at);
        let level = may.comment(who, comment);
        let open = matches!(case.access, Access::External(_) | Access::ExternalAll);
        let expect = match level {
            Level::None => Expect::Hidden,
            _ if !may.marks() => Expect::Forbidden,
            _ if external && !open => Expect::Refused,
            _ => Expect::Done,
        };
        let path = format!("/cases/{}/comments/{}/external", case.id, comment.id);
        let method = if external { "PUT" } else { "DELETE" };
        let _ = self.ask(who, method, &path, json!({}), expect).await;
        if expect == Expect::Done {
            self.model.cases[at].comments[nth].external = external;
        }
    }

    pub(super) async fn thing(&mut self, who: Name, at: usize, how: u8) {
        let section = of(&THINGS, how);
        let expect = self.writes(who, at, section);
        let case = &self.model.cases[at];
        let path = format!("/cases/{}/{section}", case.id);
        let body = match section {
            "tasks" => json!({ "title": "Call" }),
            _ => json!({ "lines": format!("desk{}@acme.example", case.things[section].len()) }),
        };
        let made = self.ask(who, "POST", &path, body, expect).await;
        if expect == Expect::Done {
            let may = self.may(who, at);
            let made_for = if may.inside() { None } else { may.partner() };
            let id = match section {
                "tasks" => text(&made.body, "id"),
                _ => first(&made.body, "items"),
            };
            let shared = self.shared_at_once(at, section, made_for);
            let thing = Thing { id, made_for, shared, portal: may.only_portal() };
            self.things(at, section).push(thing);
        }
    }

    fn things(&mut self, at: usize, section: &str) -> &mut Vec<Thing> {
        self.model.cases[at].things.get_mut(section).expect("a section with things")
    }

    /// With which orgs a new thing is shared because the case has a rule for it.
    fn shared_at_once(
        &self,
        at: usize,
        section: &str,
        made_for: Option<Name>,
    ) -> BTreeMap<Name, u64> {
        let case = &self.model.cases[at];
        let mut shared = BTreeMap::new();
        for (recipient, grant) in &case.grants {
            let Recipient::Org(org) = recipient else { continue };
            let has_it = !grant.finalise && !grant.ended(self.model.hour);
            if case.shares_new.contains(section) && has_it && made_for != Some(*org) {
                shared.insert(*org, grant.made);
            }
        }
        shared
    }

    /// What is to become of new tasks and observables.
    pub(super) async fn set_rules(&mut self, who: Name, at: usize, how: u8) {
        let expect = self.needs(who, at, "share");
        let rule = |on: bool| if on { "auto_share" } else { "manual" };
        let (tasks, observables) = (how.is_multiple_of(2), (how / 2).is_multiple_of(2));
        let body = json!({ "tasks": rule(tasks), "observables": rule(observables) });
        let path = format!("/cases/{}/rules", self.model.cases[at].id);
        let _ = self.ask(who, "PUT", &path, body, expect).await;
        if expect == Expect::Done {
            let all = [("tasks", tasks), ("observables", observables)];
            let shared = all.into_iter().filter(|(_, on)| *on).map(|(section, _)| section);
            self.model.cases[at].shares_new = shared.collect();
        }
    }

    pub(super) async fn share_thing(&mut self, who: Name, at: usize, whom: u8, how: u8) {
        let section = of(&THINGS, whom);
        let case = &self.model.cases[at];
        let things = &case.things[section];
        if things.is_empty() {
            return;
        }
        let nth = usize::from(how / 6) % things.len();
        let (thing, org, share) = (&things[nth], of(&ORGS, how), how % 4 != 3);
        let may = self.may(who, at);
        let grant = case.grants.get(&Recipient::Org(org));
        let grant = grant.filter(|grant| !grant.ended(self.model.hour));
        let finalises = grant.is_some_and(|grant| grant.finalise);
        let grant = grant.map(|grant| grant.made);
        let shared = grant.is_some() && thing.shared.get(org).copied() == grant;
        let theirs = thing.made_for == Some(org);
        let level = may.thing(case, section, thing);
        let works_on_it = (shared || theirs)
            && level == Level::Write
            && may.paths.iter().any(|path| path.reach == Reach::Partner(org));
        let expect = match level {
            Level::None => Expect::Hidden,
            _ if share && works_on_it => Expect::Done,
            Level::Read => Expect::Forbidden,
            Level::Write if !may.flag("share") => Expect::Forbidden,
            Level::Write if theirs && !share => Expect::Refused,
            Level::Write if theirs || shared => Expect::Done,
            Level::Write if share && grant.is_none() => Expect::Refused,
            Level::Write if share && finalises && section != "targets" => Expect::Refused,
            Level::Write => Expect::Done,
        };
        let path = format!("/cases/{}/{section}/{}/shares/{org}", case.id, thing.id);
        let method = if share { "PUT" } else { "DELETE" };
        let _ = self.ask(who, method, &path, json!({}), expect).await;
        if expect == Expect::Done && !theirs {
            let things = self.things(at, section);
            match grant.filter(|_| share) {
                Some(made) => drop(things[nth].shared.insert(org, made)),
                None => drop(things[nth].shared.remove(org)),
            }
        }
    }
}
