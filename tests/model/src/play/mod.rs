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

use crate::rules::{May, Model, Name, Recipient};
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
        let looks = match step.looks % 4 {
            0 | 1 => of(&PEOPLE, step.looks / 4),
            2 => of(&PEOPLE, step.whom),
            _ => of(&PEOPLE, step.whom / 4),
        };
        if !play.model.cases.is_empty() {
            play.looks_at(looks, usize::from(step.case) % play.model.cases.len()).await;
        }
        play.lists_cases(looks).await;
    }
}

/// One of several.
fn of<T: Copy>(all: &[T], number: u8) -> T {
    all[usize::from(number) % all.len()]
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
        let at = usize::from(step.case) % self.model.cases.len().max(1);
        if self.model.cases.is_empty() || (step.what < 12 && self.model.cases.len() < CASES) {
            return self.create(who, of(&OWNERS, step.how)).await;
        }
        // Half of what is done is done by those who may do most.
        let case = &self.model.cases[at];
        let (creator, admin) = (case.creator, self.admin(case.owner).0);
        let who = of(&[who, creator, who, admin], step.who / 16);
        match step.what % 37 {
            0..=5 => self.share(who, at, Self::recipient(step), step.how).await,
            6 => self.revoke(who, at, Self::recipient(step)).await,
            7 => self.change(who, at, Self::recipient(step), step.how).await,
            8 | 9 => self.answer(whom, at, true).await,
            10 => self.answer(whom, at, false).await,
            11 => self.disconnect(who, at).await,
            12 | 13 => self.set_access(who, at, step).await,
            14 => self.assign(who, at, whom).await,
            15 => self.close(who, at).await,
            16 => self.delete(who, at, step.how).await,
            17 | 18 => self.comment(who, at).await,
            19 => self.mark(who, at, step.how).await,
            20 => self.thing(who, at, step.how).await,
            21 | 22 => self.share_thing(who, at, step.whom, step.how).await,
            23 => self.lock_user(whom).await,
            24 => self.lock_org(self.org_about(at, step.whom)).await,
            25 => self.change_member(whom, step.how).await,
            26 => self.change_group(step).await,
            27 => self.share_all(step).await,
            28 | 29 => self.change_link(step).await,
            30 => self.settings(self.model.cases[at].owner, step.how).await,
            31 => self.take_in(at, step.how).await,
            32 => self.set_rules(who, at, step.how).await,
            33 => self.thing(who, at, step.how).await,
            34 => self.change_owner(who, at, step).await,
            35 => self.link_type(step).await,
            _ => self.an_hour_passes(),
        }
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
