//! What is in a case: comments, tasks, targets.

use std::collections::BTreeMap;

use serde_json::json;
use wire::text;

use super::{Expect, Play, of};
use crate::rules::{Access, Comment, Level, Name, Reach, Recipient, Thing};
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
        let section = of(&["tasks", "targets"], how);
        let expect = self.writes(who, at, section);
        let case = &self.model.cases[at];
        let path = format!("/cases/{}/{section}", case.id);
        let body = match section {
            "tasks" => json!({ "title": "Call" }),
            _ => json!({ "lines": format!("desk{}@acme.example", case.targets.len()) }),
        };
        let made = self.ask(who, "POST", &path, body, expect).await;
        if expect == Expect::Done {
            let may = self.may(who, at);
            let made_for = if may.reaches_all() { None } else { may.partner() };
            let case = &mut self.model.cases[at];
            if section == "tasks" {
                let id = text(&made.body, "id");
                case.tasks.push(Thing { id, made_for, shared: BTreeMap::new() });
            } else {
                let id = first(&made.body, "items");
                case.targets.push(Thing { id, made_for, shared: BTreeMap::new() });
            }
        }
    }

    pub(super) async fn share_thing(&mut self, who: Name, at: usize, whom: u8, how: u8) {
        let section = of(&["tasks", "targets"], whom);
        let case = &self.model.cases[at];
        let things = if section == "tasks" { &case.tasks } else { &case.targets };
        if things.is_empty() {
            return;
        }
        let nth = usize::from(how / 6) % things.len();
        let (thing, org, share) = (&things[nth], of(&ORGS, how), how % 4 != 3);
        let may = self.may(who, at);
        let grant = case.grants.get(&Recipient::Org(org));
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
            Level::Write if share && finalises && section == "tasks" => Expect::Refused,
            Level::Write => Expect::Done,
        };
        let path = format!("/cases/{}/{section}/{}/shares/{org}", case.id, thing.id);
        let method = if share { "PUT" } else { "DELETE" };
        let _ = self.ask(who, method, &path, json!({}), expect).await;
        if expect == Expect::Done && !theirs {
            let case = &mut self.model.cases[at];
            let things = if section == "tasks" { &mut case.tasks } else { &mut case.targets };
            match grant.filter(|_| share) {
                Some(made) => drop(things[nth].shared.insert(org, made)),
                None => drop(things[nth].shared.remove(org)),
            }
        }
    }
}
