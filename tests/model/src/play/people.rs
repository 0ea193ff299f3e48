//! Users, orgs, members, groups, links and settings.

use serde_json::{Value, json};
use wire::text;

use super::{Expect, Play, of};
use crate::rights::{Level, Profile};
use crate::rules::{Group, Kind, Name, Org, Status};
use crate::stage::{ORGS, PEOPLE};
use crate::step::Step;

impl Play {
    pub(super) async fn lock_user(&mut self, whom: Name) {
        if whom.starts_with("admin") {
            return;
        }
        let unlock = self.model.locked.contains(whom);
        let word = if unlock { "unlock" } else { "lock" };
        let path = format!("/users/{}/{word}", self.people[whom].person().user());
        let _ = self.ask("olga", "POST", &path, json!({}), Expect::Done).await;
        if unlock {
            self.model.locked.remove(whom);
        } else {
            self.model.locked.insert(whom);
        }
    }

    pub(super) async fn lock_org(&mut self, org: Name) {
        let locked = self.model.orgs[org].locked;
        let word = if locked { "unlock" } else { "lock" };
        let path = format!("/orgs/{org}/{word}");
        let _ = self.ask("olga", "POST", &path, json!({}), Expect::Done).await;
        self.org(org).locked = !locked;
    }

    fn org(&mut self, org: Name) -> &mut Org {
        self.model.orgs.get_mut(org).expect("an org of the stage")
    }

    pub(super) async fn change_member(&mut self, whom: Name, how: u8) {
        let places: Vec<Name> =
            ORGS.into_iter().filter(|org| self.model.member(whom, org).is_some()).collect();
        if places.is_empty() || whom.starts_with("admin") {
            return;
        }
        let org = of(&places, how);
        let Some(member) = self.model.member(whom, org) else { return };
        if member.status == Status::Removed {
            return;
        }
        let (admin, expect) = self.admin(org);
        let path = format!("/orgs/{org}/members/{}", self.people[whom].person().user());
        let mut member = member;
        let (method, body) = match how / 4 % 6 {
            0 | 1 => {
                let (status, word) = match member.status {
                    Status::Locked => (Status::Active, "active"),
                    _ => (Status::Locked, "locked"),
                };
                member.status = status;
                ("PATCH", json!({ "status": word }))
            }
            2 => {
                member.status = Status::Removed;
                ("DELETE", Value::Null)
            }
            number => {
                let profile = match (member.kind, number) {
                    (Kind::Guest, _) => return,
                    (Kind::Normal, 3) => Profile::Analyst,
                    (Kind::Normal, 4) => Profile::ReadOnly,
                    (Kind::Normal, _) => Profile::OrgAdmin,
                    (Kind::External, 3) => Profile::ExternalActor,
                    (Kind::External, _) => Profile::ExternalReader,
                };
                member.profile = Some(profile);
                ("PATCH", json!({ "profile": profile.word() }))
            }
        };
        let _ = self.ask(admin, method, &path, body, expect).await;
        if expect == Expect::Done {
            self.model.members.insert((whom, org), member);
        }
    }

    pub(super) async fn change_group(&mut self, step: Step) {
        let name = of(&["night", "day"], step.case);
        let (group, id) = (&self.model.groups[name], self.groups[name].clone());
        let owner = group.owner;
        let mut expect = if group.alive { Expect::Done } else { Expect::Not };
        if self.model.locked.contains(owner) {
            expect = Expect::Not;
        }
        if step.how.is_multiple_of(8) {
            let _ = self.ask(owner, "DELETE", &format!("/groups/{id}"), Value::Null, expect).await;
            if expect == Expect::Done {
                self.group(name).alive = false;
            }
            return;
        }
        let whom = of(&PEOPLE, step.whom);
        if whom == owner {
            return;
        }
        if group.members.contains(whom) {
            let by = if step.how.is_multiple_of(2) { owner } else { whom };
            if self.model.locked.contains(by) {
                expect = Expect::Not;
            }
            if by != owner && group.alive && !self.model.locked.contains(by) {
                expect = Expect::Done;
            }
            let path = format!("/groups/{id}/members/{}", self.people[whom].person().user());
            let _ = self.ask(by, "DELETE", &path, Value::Null, expect).await;
            if expect == Expect::Done {
                self.group(name).members.remove(whom);
            }
        } else if expect == Expect::Done && !self.model.locked.contains(whom) {
            let body = json!({ "emails": [self.people[whom].person().address()] });
            let expect = self.invites(whom);
            let _ = self.ask(owner, "POST", &format!("/groups/{id}/members"), body, expect).await;
            if expect != Expect::Done {
                return;
            }
            let waiting = self.people[whom].get("/invitations").await.is(200);
            let waiting = waiting["items"].as_array().cloned().unwrap_or_default();
            let to_group =
                waiting.iter().find(|one| one["to"] == "group" && one["inviter"] == owner);
            let Some(invitation) = to_group else {
                panic!("{}\n{whom} is not invited: {waiting:?}", self.story.join("\n"))
            };
            let path = format!("/invitations/{}/accept", text(invitation, "id"));
            let _ = self.ask(whom, "POST", &path, json!({}), Expect::Done).await;
            self.group(name).members.insert(whom);
        }
    }

    fn group(&mut self, name: Name) -> &mut Group {
        self.model.groups.get_mut(name).expect("a group of the stage")
    }

    pub(super) async fn share_all(&mut self, step: Step) {
        let name = of(&["night", "day"], step.case);
        let (group, id) = (&self.model.groups[name], self.groups[name].clone());
        let owner = group.owner;
        let open = group.alive && !self.model.locked.contains(owner);
        let expect = if open { Expect::Done } else { Expect::Not };
        let path = format!("/groups/{id}/share-all");
        let (level, method, body) = match step.how % 3 {
            0 => (Some(Level::Read), "PUT", json!({ "role": "viewer" })),
            1 => (Some(Level::Write), "PUT", json!({ "role": "editor" })),
            _ => (None, "DELETE", Value::Null),
        };
        let _ = self.ask(owner, method, &path, body, expect).await;
        if expect == Expect::Done {
            self.group(name).share_all = level;
        }
    }

    pub(super) async fn change_link(&mut self, step: Step) {
        let other = of(&["globex", "initech"], step.case);
        let pair = if step.whom.is_multiple_of(2) { ("acme", other) } else { (other, "acme") };
        let (admin, expect) = self.admin(pair.0);
        let mut side = self.model.links[&pair];
        // Rather on than off: a case goes over a link only where all of both sides is on.
        let on = !step.how.is_multiple_of(8);
        let body = match step.how / 8 % 3 {
            0 => {
                side.enabled = on;
                json!({ "enabled": on })
            }
            1 => {
                side.outbound = on;
                json!({ "outbound": on })
            }
            _ => {
                side.inbound = on;
                json!({ "inbound": on })
            }
        };
        let path = format!("/orgs/{}/links/{}", pair.0, pair.1);
        let _ = self.ask(admin, "PATCH", &path, body, expect).await;
        if expect == Expect::Done {
            self.model.links.insert(pair, side);
        }
    }

    /// What an org shares of its new cases by itself.
    pub(super) async fn link_type(&mut self, step: Step) {
        let other = of(&["globex", "initech"], step.case);
        let pair = if step.whom.is_multiple_of(2) { ("acme", other) } else { (other, "acme") };
        let (admin, expect) = self.admin(pair.0);
        let (word, profile) = match step.how % 3 {
            0 => ("supervised", Some(Profile::Analyst)),
            1 => ("notify", Some(Profile::ReadOnly)),
            _ => ("default", None),
        };
        let path = format!("/orgs/{}/links/{}", pair.0, pair.1);
        let _ = self.ask(admin, "PATCH", &path, json!({ "type": word }), expect).await;
        if expect == Expect::Done {
            match profile {
                Some(profile) => drop(self.model.by_itself.insert(pair, profile)),
                None => drop(self.model.by_itself.remove(&pair)),
            }
        }
    }

    pub(super) async fn settings(&mut self, org: Name, how: u8) {
        let (admin, expect) = self.admin(org);
        let on = how.is_multiple_of(3);
        let setting = of(&["edit_only_if_involved", "guests", "acceptance"], how / 3);
        let value = match (setting, on) {
            ("guests", true) => json!("refuse"),
            ("guests", false) => json!("allow"),
            ("acceptance", true) => json!("everyone"),
            ("acceptance", false) => json!("outsiders"),
            _ => json!(on),
        };
        let body = json!({ "settings": { setting: value } });
        let _ = self.ask(admin, "PATCH", &format!("/orgs/{org}"), body, expect).await;
        if expect == Expect::Done {
            match (setting, on) {
                ("guests", _) => self.org(org).no_guests = on,
                ("acceptance", true) => drop(self.model.all_accept.insert(org)),
                ("acceptance", false) => drop(self.model.all_accept.remove(org)),
                _ => self.org(org).edit_only_if_involved = on,
            }
        }
    }
}
