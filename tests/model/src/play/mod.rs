//! A history: each step is carried out, and what is answered compared with what the model says.

mod cases;
mod items;
mod people;
mod shares;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;
use shared::clock::Clock;
use wire::{Actor, Answer};

use crate::may::May;
use crate::rules::{Grant, Model, Name, Recipient};
use crate::stage::{ORGS, PEOPLE, Stage};
use crate::step::Step;

/// Who makes cases: mostly the org that is linked with both others.
const OWNERS: [Name; 5] = ["acme", "acme", "acme", "globex", "initech"];
/// How many cases a history has.
const CASES: usize = 5;

/// What the model says of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// It is done.
    Done,
    /// There is no such thing, for whoever asks.
    Hidden,
    /// It is there, and they may not.
    Forbidden,
    /// They may, but not now or not so.
    Refused,
    /// It is not done; why is said in stories.
    Not,
}

impl Expect {
    fn fits(self, status: u16) -> bool {
        match self {
            Self::Done => (200..300).contains(&status),
            Self::Hidden => status == 404,
            Self::Forbidden => status == 403,
            Self::Refused => matches!(status, 400 | 409 | 422),
            Self::Not => (400..500).contains(&status),
        }
    }
}

/// A history under way.
pub(crate) struct Play {
    pub(crate) model: Model,
    pub(crate) people: BTreeMap<Name, Actor>,
    groups: BTreeMap<Name, String>,
    /// The ids of shares.
    shares: BTreeMap<(usize, Recipient), String>,
    /// The ids of invitations to cases.
    invitations: BTreeMap<(usize, Name), String>,
    /// The time of this history.
    clock: Clock,
    /// What happened, for whoever reads of a failure.
    story: Vec<String>,
}

/// Carries out a history.
///
/// # Panics
///
/// Where the service answers otherwise than the model.
pub(crate) async fn play(stage: &Stage, steps: &[Step]) {
    let clock = Clock::test();
    let (people, model) = stage.cast(&clock);
    let mut play = Play {
        clock,
        model,
        people,
        groups: stage.groups.clone(),
        shares: BTreeMap::new(),
        invitations: BTreeMap::new(),
        story: Vec::new(),
    };
    for step in steps {
        play.model.moment += 1;
        play.step(*step).await;
        // Half of those who look are whom it concerned.
        let looks = match play.concerned(*step) {
            Some(concerned) if step.looks.is_multiple_of(2) => concerned,
            _ => of(&PEOPLE, step.looks / 2),
        };
        if !play.model.cases.is_empty() {
            play.looks_at(looks, play.about(*step)).await;
        }
        play.lists_cases(looks).await;
    }
}

/// One of several.
fn of<T: Copy>(all: &[T], number: u8) -> T {
    all[usize::from(number) % all.len()]
}

/// One of these people, or of all if there are none.
fn one_of(people: &[Name], number: u8) -> Name {
    of(if people.is_empty() { &PEOPLE } else { people }, number)
}

impl Play {
    /// The story so far, for a failure.
    pub(crate) fn told(&self, who: Name, path: &str) -> String {
        format!("{}\n{who} looks at {path}", self.story.join("\n"))
    }

    pub(crate) fn may(&self, who: Name, at: usize) -> May {
        May { paths: self.model.paths(who, &self.model.cases[at]) }
    }

    fn person(&self, who: Name) -> String {
        format!("user:{}", self.people[who].person().user())
    }

    /// Asks, and compares.
    async fn ask(
        &mut self,
        who: Name,
        method: &str,
        path: &str,
        body: Value,
        expect: Expect,
    ) -> Answer {
        let body = if method == "DELETE" { None } else { Some(body) };
        let shown = body.as_ref().map(Value::to_string).unwrap_or_default();
        let answer = self.people[who].ask(method, path, body, &[]).await;
        self.story.push(format!(
            "{who}: {method} {path} {shown} → {} {}",
            answer.status, answer.body["code"]
        ));
        assert!(
            expect.fits(answer.status),
            "{}\nthe model says {expect:?}: {answer}",
            self.story.join("\n")
        );
        answer
    }

    async fn step(&mut self, step: Step) {
        let who = of(&PEOPLE, step.who);
        let whom = of(&PEOPLE, step.whom);
        let at = self.about(step);
        if self.model.cases.is_empty() || step.what < 12 {
            let org = of(&OWNERS, step.how);
            let who = if step.looks < 64 { who } else { self.maker(org, step.who) };
            return self.create(who, org).await;
        }
        if step.looks < 64
            && let Some(org) = self.locked_org()
        {
            self.lock_org(org).await;
        }
        // Most of what is done is done by those who may do most.
        let case = &self.model.cases[at];
        let (creator, admin) = (case.creator, self.admin(case.owner).0);
        let has_it = self.has_it(at, step);
        let who = of(&[who, creator, admin, has_it, creator, admin, creator, admin], step.who / 16);
        match step.what % 37 {
            0..=5 => self.share(who, at, self.group_of(who, Self::recipient(step)), step.how).await,
            6 => self.revoke(who, at, Self::recipient(step)).await,
            7 => self.change(who, at, Self::recipient(step), step.how).await,
            8 | 9 => self.answer(self.waits(at, step), at, true).await,
            10 => self.answer(self.waits(at, step), at, false).await,
            11 => self.disconnect(self.leaves(at, step), at).await,
            12 | 13 => self.set_access(who, at, step).await,
            14 => self.assign(who, at, whom).await,
            15 => self.close(who, at).await,
            16 => self.delete(who, at, step.how).await,
            17 | 18 => self.comment(who, at).await,
            19 => self.mark(who, at, step.how).await,
            20 | 33 => self.thing(who, at, step.how).await,
            21 | 22 => self.share_thing(who, at, step.whom, step.how).await,
            23 => self.lock_user(self.locked_user().unwrap_or(self.has_it(at, step))).await,
            24 => self.lock_org(self.locked_org().unwrap_or(self.org_about(at, step.whom))).await,
            25 => self.change_member(self.has_it(at, step), step.how).await,
            26 => self.change_group(step).await,
            27 => self.share_all(step).await,
            28 | 29 => self.change_link(step).await,
            30 => self.settings(self.model.cases[at].owner, step.how).await,
            31 => self.take_in(at, step.how).await,
            32 => self.set_rules(who, at, step.how).await,
            34 => self.change_owner(who, at, step).await,
            35 => self.link_type(step).await,
            _ => self.an_hour_passes(),
        }
    }

    /// The case that a step is about: seldom one that is gone.
    fn about(&self, step: Step) -> usize {
        let cases = 0..self.model.cases.len();
        let there: Vec<usize> = cases.filter(|at| !self.model.cases[*at].gone).collect();
        match there.len() {
            0 => usize::from(step.case) % self.model.cases.len().max(1),
            _ if 230 < step.case => usize::from(step.case) % self.model.cases.len(),
            _ => of(&there, step.case),
        }
    }

    /// Somebody with whom the case is shared, or anybody.
    fn has_it(&self, at: usize, step: Step) -> Name {
        let with = self.shared_with(at, |_| true);
        one_of(if step.how < 64 { &[] } else { &with }, step.whom)
    }

    /// Somebody who has not answered yet, or anybody.
    fn waits(&self, at: usize, step: Step) -> Name {
        let with = self.shared_with(at, |grant| grant.pending);
        one_of(&with, step.whom)
    }

    /// Somebody who has the case by themselves or through a group, or anybody.
    fn leaves(&self, at: usize, step: Step) -> Name {
        let case = &self.model.cases[at];
        let mut with = self.shared_with(at, |grant| !grant.pending);
        for (name, group) in &self.model.groups {
            let all = group.share_all.is_some() && group.owner == case.creator;
            if all || case.grants.contains_key(&Recipient::Group(name)) {
                with.extend(&group.members);
            }
        }
        one_of(&with, step.whom)
    }

    fn shared_with(&self, at: usize, counts: impl Fn(&Grant) -> bool) -> Vec<Name> {
        let grants = self.model.cases[at].grants.iter();
        let people = grants.filter_map(|(recipient, grant)| match recipient {
            Recipient::Person(who) if counts(grant) => Some(*who),
            _ => None,
        });
        people.collect()
    }

    /// Somebody who can make cases in an org.
    fn maker(&self, org: Name, number: u8) -> Name {
        let makers = PEOPLE.into_iter().filter(|who| self.makes(who, org));
        let makers: Vec<Name> = makers.collect();
        one_of(&makers, number)
    }

    /// If it is a group, rather one that somebody is in: to share with others' is refused.
    fn group_of(&self, who: Name, recipient: Recipient) -> Recipient {
        let Recipient::Group(group) = recipient else { return recipient };
        let theirs = |name: &Name| self.model.groups[name].members.contains(who);
        let another = self.groups.keys().copied().find(theirs).unwrap_or(group);
        Recipient::Group(if theirs(&group) { group } else { another })
    }

    /// What is locked is unlocked before another is locked, or soon nothing happens any more.
    fn locked_user(&self) -> Option<Name> {
        self.model.locked.iter().next().copied()
    }

    fn locked_org(&self) -> Option<Name> {
        ORGS.into_iter().find(|org| self.model.orgs[org].locked)
    }

    /// Who is likeliest to see what a step did.
    fn concerned(&self, step: Step) -> Option<Name> {
        let at = self.about(step);
        if self.model.cases.is_empty() {
            return None;
        }
        Some(match (step.what % 37, Self::recipient(step)) {
            (0..=7, Recipient::Person(who)) => who,
            (0..=7, Recipient::Group(group)) => {
                let members = self.model.groups[group].members.iter().copied();
                of(&members.collect::<Vec<_>>(), step.looks / 2)
            }
            (8..=10, _) => self.waits(at, step),
            (11, _) => self.leaves(at, step),
            (23 | 25, _) => self.has_it(at, step),
            _ => of(&PEOPLE, step.whom),
        })
    }

    fn an_hour_passes(&mut self) {
        self.clock.advance(SignedDuration::from_hours(1));
        self.model.hour += 1;
        self.story.push("an hour passes".to_owned());
    }

    /// The org that owns a case, or any.
    fn org_about(&self, at: usize, number: u8) -> Name {
        let [one, two, three] = ORGS;
        of(&[self.model.cases[at].owner, one, two, three], number)
    }

    fn recipient(step: Step) -> Recipient {
        match step.whom % 4 {
            0 => Recipient::Group(of(&["night", "day"], step.whom / 4)),
            1 => Recipient::Org(of(&ORGS, step.whom / 4)),
            _ => Recipient::Person(of(&PEOPLE, step.whom / 4)),
        }
    }

    fn said(&self, recipient: Recipient) -> String {
        match recipient {
            Recipient::Person(who) => {
                format!("email:{}", self.people[who].person().address())
            }
            Recipient::Group(group) => format!("group:{}", self.groups[group]),
            Recipient::Org(org) => format!("org:{org}"),
        }
    }

    /// What is to be said of somebody who needs a flag.
    fn needs(&self, who: Name, at: usize, flag: &str) -> Expect {
        let may = self.may(who, at);
        match (may.sees(), may.flag(flag)) {
            (false, _) => Expect::Hidden,
            (true, false) => Expect::Forbidden,
            (true, true) => Expect::Done,
        }
    }

    /// The admin of an org, who does what they may there as long as it is not locked.
    fn admin(&self, org: Name) -> (Name, Expect) {
        let admin = match org {
            "acme" => "admin-acme",
            "globex" => "admin-globex",
            _ => "admin-initech",
        };
        let expect = if self.model.orgs[org].locked { Expect::Not } else { Expect::Done };
        (admin, expect)
    }
}
