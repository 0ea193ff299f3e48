//! Making, opening, assigning, closing and deleting cases.

use serde_json::{Value, json};
use wire::text;

use super::{CASES, Expect, Play, of};
use crate::rights::{Gives, Profile};
use crate::rules::{Access, Case, Grant, Kind, Name, Recipient, Status};
use crate::stage::{ORGS, PEOPLE};
use crate::step::Step;

impl Play {
    pub(super) async fn create(&mut self, who: Name, org: Name) {
        if CASES <= self.model.cases.iter().filter(|case| !case.gone).count() {
            return;
        }
        let member = self.model.member(who, org);
        let expect = if self.makes(who, org) { Expect::Done } else { Expect::Not };
        let body = json!({ "org": org, "title": "Phishing wave" });
        let made = self.ask(who, "POST", "/cases", body, expect).await;
        if expect == Expect::Done {
            let external = member.is_some_and(|member| member.kind == Kind::External);
            let access = if external { Access::External([who].into()) } else { Access::Internal };
            let id = text(&made.body, "id");
            self.model.cases.push(Case::new(id, org, who, access));
            self.shared_by_itself(self.model.cases.len() - 1).await;
        }
    }

    /// Whether somebody can make cases in an org.
    pub(super) fn makes(&self, who: Name, org: Name) -> bool {
        let member = self.model.member(who, org).filter(|one| one.status == Status::Active);
        let profile = member.and_then(|member| member.profile);
        let makes =
            matches!(profile, Some(Profile::OrgAdmin | Profile::Analyst | Profile::ExternalActor));
        makes && !self.model.locked.contains(who) && !self.model.orgs[org].locked
    }

    /// A case goes to another org, which keeps it from the one that it was of or not.
    pub(super) async fn change_owner(&mut self, who: Name, at: usize, step: Step) {
        let to = of(&ORGS, step.whom);
        let (model, case) = (&self.model, &self.model.cases[at]);
        let from = case.owner;
        let kept = match step.how % 3 {
            0 => None,
            1 => Some(Profile::Analyst),
            _ => Some(Profile::ReadOnly),
        };
        let goes = case.access == Access::Internal
            && model.linked(from, to)
            && !model.orgs[to].locked
            && !model.finalise.contains(&(from, to))
            && (kept.is_none() || model.linked(to, from));
        let mut expect = self.needs(who, at, "change_owner");
        if expect == Expect::Done && !goes {
            expect = Expect::Refused;
        }
        let mut body = json!({ "org": to });
        if let Some(profile) = kept {
            body["keep_profile"] = json!(format!("{from}/{}", profile.word()));
        }
        let path = format!("/cases/{}/owner", case.id);
        let changed = self.ask(who, "POST", &path, body, expect).await;
        if expect != Expect::Done {
            return;
        }
        let (made, hour) = (self.model.moment, self.model.hour);
        let case = &mut self.model.cases[at];
        case.owner = to;
        case.assignees.clear();
        case.grants.remove(&Recipient::Org(to));
        if let Some(profile) = kept {
            let recipient = Recipient::Org(from);
            let grant = Grant::new(Gives::Profile(profile), who, made, hour);
            case.grants.insert(recipient, grant);
            self.shares.insert((at, recipient), text(&changed.body, "share"));
        }
    }

    pub(super) async fn set_access(&mut self, who: Name, at: usize, step: Step) {
        let named = of(&PEOPLE, step.whom);
        let case = &self.model.cases[at];
        let (access, body) = match step.how % 6 {
            0 | 1 => (Access::Internal, json!({ "access": "internal" })),
            2 => (
                Access::Restricted([named].into()),
                json!({ "access": "restricted", "users": [self.person(named)] }),
            ),
            3 | 4 => (
                Access::External([named].into()),
                json!({ "access": "external", "users": [self.person(named)] }),
            ),
            _ => (Access::ExternalAll, json!({ "access": "external-all" })),
        };
        let flag = |access: &Access| match access {
            Access::Internal => None,
            Access::Restricted(_) => Some("restrict"),
            Access::External(_) | Access::ExternalAll => Some("share_external"),
        };
        let may = self.may(who, at);
        let mut expect = if may.sees() { Expect::Done } else { Expect::Hidden };
        for flag in [flag(&case.access), flag(&access)].into_iter().flatten() {
            if may.sees() && !may.flag(flag) {
                expect = Expect::Forbidden;
            }
        }
        if flag(&case.access).is_none()
            && flag(&access).is_none()
            && may.sees()
            && !(may.flag("restrict") || may.flag("share_external"))
        {
            expect = Expect::Not;
        }
        let from_to = (&case.access, &access);
        let crosses = matches!(
            from_to,
            (Access::Restricted(_), Access::External(_) | Access::ExternalAll)
                | (Access::External(_) | Access::ExternalAll, Access::Restricted(_))
        );
        let good = match &access {
            // With orgs that have the case, also theirs.
            Access::Restricted(_) => {
                let partner = |recipient: &Recipient| match recipient {
                    Recipient::Org(org) => self.model.colleague(named, org),
                    _ => false,
                };
                self.model.colleague(named, case.owner) || case.grants.keys().any(partner)
            }
            Access::External(_) => {
                let of = |org| {
                    self.model.member(named, org).is_some_and(|member| {
                        member.kind == Kind::External && member.status == Status::Active
                    })
                };
                // Of an org that has it; whether the link carries anything now is asked later.
                let partner = |recipient: &Recipient| match recipient {
                    Recipient::Org(org) => of(*org),
                    _ => false,
                };
                of(case.owner) || case.grants.keys().any(partner)
            }
            Access::Internal | Access::ExternalAll => true,
        };
        if expect == Expect::Done && (crosses || !good) {
            expect = Expect::Refused;
        }
        let path = format!("/cases/{}/access", case.id);
        let _ = self.ask(who, "PUT", &path, body, expect).await;
        if expect == Expect::Done {
            let case = &mut self.model.cases[at];
            case.access = access;
        }
    }

    pub(super) async fn assign(&mut self, who: Name, at: usize, whom: Name) {
        let mut expect = self.needs(who, at, "assign");
        let case = &self.model.cases[at];
        if expect == Expect::Done && !self.model.colleague(whom, case.owner) {
            expect = Expect::Refused;
        }
        let path = format!("/cases/{}/assignees", case.id);
        let body = json!({ "assignees": [self.person(whom)] });
        let _ = self.ask(who, "PUT", &path, body, expect).await;
        if expect == Expect::Done {
            self.model.cases[at].assignees = [whom].into();
        }
    }

    pub(super) async fn close(&mut self, who: Name, at: usize) {
        let case = &self.model.cases[at];
        let word = if case.closed { "reopen" } else { "close" };
        let expect = self.needs(who, at, word);
        let path = format!("/cases/{}/{word}", case.id);
        let _ = self.ask(who, "POST", &path, json!({}), expect).await;
        if expect == Expect::Done {
            let case = &mut self.model.cases[at];
            case.closed = !case.closed;
        }
    }

    pub(super) async fn delete(&mut self, who: Name, at: usize, how: u8) {
        // Not too often, or nothing is left.
        if !how.is_multiple_of(4) {
            return;
        }
        let expect = self.needs(who, at, "delete");
        let path = format!("/cases/{}", self.model.cases[at].id);
        let _ = self.ask(who, "DELETE", &path, Value::Null, expect).await;
        if expect == Expect::Done {
            self.model.cases[at].gone = true;
        }
    }
}
