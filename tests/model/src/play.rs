//! A history: each step is carried out, and what is answered compared with what the model says.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wire::{Actor, Answer, text};

use crate::rules::{
    Access, Case, Comment, Gives, Grant, Kind, Level, May, Member, Model, Name, Profile, Reach,
    Recipient, Status, Thing,
};
use crate::stage::{ORGS, PEOPLE, Stage, first};
use crate::step::Step;

/// Who makes cases: mostly the org that is linked with both others.
const OWNERS: [Name; 5] = ["acme", "acme", "acme", "globex", "initech"];
/// How many invitations an address gets in a day.
const INVITATIONS: u32 = 3;
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
    /// What happened, for whoever reads of a failure.
    story: Vec<String>,
}

/// Carries out a history.
///
/// # Panics
///
/// Where the service answers otherwise than the model.
pub(crate) async fn play(stage: &Stage, steps: &[Step]) {
    let (people, model) = stage.cast();
    let mut play = Play {
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
        let looks = of(&PEOPLE, step.looks);
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
        let story = self.story.join("\n");
        assert!(expect.fits(answer.status), "{story}\nthe model says {expect:?}: {answer}");
        answer
    }

    async fn step(&mut self, step: Step) {
        let who = of(&PEOPLE, step.who);
        let whom = of(&PEOPLE, step.whom);
        let at = usize::from(step.case) % self.model.cases.len().max(1);
        if self.model.cases.is_empty() || (step.what == 0 && self.model.cases.len() < CASES) {
            return self.create(who, of(&OWNERS, step.how)).await;
        }
        // Half of what is done is done by those who may do most.
        let case = &self.model.cases[at];
        let (creator, admin) = (case.creator, self.admin(case.owner).0);
        let who = of(&[who, creator, who, admin], step.who / 16);
        match step.what % 32 {
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
            _ => self.take_in(at, step.how).await,
        }
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

    async fn create(&mut self, who: Name, org: Name) {
        if CASES <= self.model.cases.len() {
            return;
        }
        let member = self.model.member(who, org).filter(|one| one.status == Status::Active);
        let profile = member.and_then(|member| member.profile);
        let makes =
            matches!(profile, Some(Profile::OrgAdmin | Profile::Analyst | Profile::ExternalActor));
        let open = !self.model.locked.contains(who) && !self.model.orgs[org].locked;
        let expect = if makes && open { Expect::Done } else { Expect::Not };
        let body = json!({ "org": org, "title": "Phishing wave" });
        let made = self.ask(who, "POST", "/cases", body, expect).await;
        if expect == Expect::Done {
            let external = member.is_some_and(|member| member.kind == Kind::External);
            let access = if external { Access::External([who].into()) } else { Access::Internal };
            let id = text(&made.body, "id");
            self.model.cases.push(Case::new(id, org, who, access));
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

    fn gives(owner: Name, how: u8) -> (Gives, Value) {
        match how % 6 {
            0 => (Gives::Viewer, json!({ "role": "viewer" })),
            1 => (Gives::Editor, json!({ "role": "editor" })),
            2 => (Gives::EditorClose, json!({ "role": "editor-close" })),
            3 => (
                Gives::Sections([("comments", Level::Write), ("tasks", Level::Read)].into()),
                json!({ "sections": { "comments": "write", "tasks": "read" } }),
            ),
            4 => {
                (Gives::Profile(Profile::Analyst), json!({ "profile": format!("{owner}/analyst") }))
            }
            _ => (
                Gives::Profile(Profile::ReadOnly),
                json!({ "profile": format!("{owner}/read-only") }),
            ),
        }
    }

    /// Whether a case may be shared so, by somebody who may share it.
    fn shareable(&self, who: Name, at: usize, recipient: Recipient) -> bool {
        let (model, case) = (&self.model, &self.model.cases[at]);
        if case.grants.contains_key(&recipient) {
            return false;
        }
        match recipient {
            Recipient::Person(to) => {
                let member = model.member(to, case.owner);
                let active = member.filter(|member| member.status == Status::Active);
                let kind = active.map(|member| member.kind);
                let guest = matches!(kind, None | Some(Kind::Guest));
                let locked = member.is_some_and(|member| member.status == Status::Locked);
                let refused = guest && model.orgs[case.owner].no_guests;
                to != who && kind != Some(Kind::External) && !locked && !refused
            }
            Recipient::Group(name) => {
                let group = &model.groups[name];
                let restricted = matches!(case.access, Access::Restricted(_));
                group.alive && group.members.contains(who) && !restricted
            }
            Recipient::Org(org) => {
                org != case.owner && model.linked(case.owner, org) && !model.orgs[org].locked
            }
        }
    }

    async fn share(&mut self, who: Name, at: usize, recipient: Recipient, how: u8) {
        let mut expect = self.needs(who, at, "share");
        if expect == Expect::Done && !self.shareable(who, at, recipient) {
            let hidden = match recipient {
                Recipient::Group(name) => {
                    let group = &self.model.groups[name];
                    !(group.alive && group.members.contains(who))
                }
                _ => false,
            };
            expect = if hidden { Expect::Hidden } else { Expect::Refused };
        }
        let owner = self.model.cases[at].owner;
        let pending = match recipient {
            Recipient::Person(to) => {
                let member = self.model.member(to, owner);
                let active = member.is_some_and(|member| member.status == Status::Active);
                !active || self.model.all_accept.contains(owner)
            }
            Recipient::Org(org) => self.model.finalise.contains(&(owner, org)),
            Recipient::Group(_) => false,
        };
        if let (Recipient::Person(to), Expect::Done, true) = (recipient, expect, pending) {
            expect = self.invites(to);
        }
        let case = &self.model.cases[at];
        let (gives, mut body) = Self::gives(case.owner, how);
        body["recipients"] = json!([self.said(recipient)]);
        let path = format!("/cases/{}/shares", case.id);
        let made = self.ask(who, "POST", &path, body, expect).await;
        if expect != Expect::Done {
            return;
        }
        let share = &made.body["items"][0];
        let state = match (pending, recipient) {
            (false, _) => "active",
            (true, Recipient::Org(_)) => "pending_user",
            (true, _) => "pending",
        };
        assert_eq!(share["state"], state, "{}\n{made}", self.story.join("\n"));
        self.shares.insert((at, recipient), first(&made.body, "items"));
        if let (Recipient::Person(to), true) = (recipient, pending) {
            self.invitations.insert((at, to), text(&share["invitation"], "id"));
        }
        let made = self.model.moment;
        let finalise = pending && matches!(recipient, Recipient::Org(_));
        let grant = Grant { gives, granter: who, pending, made, finalise, taken_into: None };
        self.model.cases[at].grants.insert(recipient, grant);
    }

    /// What is to be said of somebody who changes or takes back a share: whether they are told that
    /// it is there depends on whose it is.
    fn manages(&self, who: Name, at: usize) -> Expect {
        match self.needs(who, at, "share") {
            Expect::Forbidden => Expect::Not,
            other => other,
        }
    }

    /// Whether somebody may be invited once more today; it is counted.
    fn invites(&mut self, whom: Name) -> Expect {
        let invited = self.model.invited.entry(whom).or_default();
        if INVITATIONS <= *invited {
            return Expect::Not;
        }
        *invited += 1;
        Expect::Done
    }

    async fn revoke(&mut self, who: Name, at: usize, recipient: Recipient) {
        let case = &self.model.cases[at];
        if !case.grants.contains_key(&recipient) {
            return;
        }
        let expect = self.manages(who, at);
        let path = format!("/cases/{}/shares/{}", case.id, self.shares[&(at, recipient)]);
        let _ = self.ask(who, "DELETE", &path, Value::Null, expect).await;
        if expect == Expect::Done {
            self.model.cases[at].grants.remove(&recipient);
        }
    }

    async fn change(&mut self, who: Name, at: usize, recipient: Recipient, how: u8) {
        let case = &self.model.cases[at];
        if !case.grants.contains_key(&recipient) {
            return;
        }
        let expect = self.manages(who, at);
        let (gives, body) = Self::gives(case.owner, how);
        let path = format!("/cases/{}/shares/{}", case.id, self.shares[&(at, recipient)]);
        let _ = self.ask(who, "PATCH", &path, body, expect).await;
        if let (Expect::Done, Some(grant)) =
            (expect, self.model.cases[at].grants.get_mut(&recipient))
        {
            grant.gives = gives;
        }
    }

    async fn answer(&mut self, who: Name, at: usize, accept: bool) {
        let case = &self.model.cases[at];
        let recipient = Recipient::Person(who);
        let waits = case.grants.get(&recipient).is_some_and(|grant| grant.pending);
        let Some(invitation) = self.invitations.get(&(at, who)).filter(|_| waits) else { return };
        let owner = case.owner;
        let member = self.model.member(who, owner);
        let shut = self.model.locked.contains(who)
            || self.model.orgs[owner].locked
            || case.gone
            || member.is_some_and(|member| member.status == Status::Locked);
        // Who has become a member meanwhile is no guest.
        let guest =
            !member.is_some_and(|one| one.kind == Kind::Normal && one.status == Status::Active);
        let refused = accept && guest && self.model.orgs[owner].no_guests;
        let expect = match (shut, refused) {
            (true, _) => Expect::Not,
            (false, true) => Expect::Refused,
            (false, false) => Expect::Done,
        };
        let word = if accept { "accept" } else { "decline" };
        let path = format!("/invitations/{invitation}/{word}");
        let _ = self.ask(who, "POST", &path, json!({}), expect).await;
        if expect != Expect::Done {
            return;
        }
        let grants = &mut self.model.cases[at].grants;
        if !accept {
            grants.remove(&recipient);
            return;
        }
        if let Some(grant) = grants.get_mut(&recipient) {
            grant.pending = false;
        }
        if !member.is_some_and(|member| member.status == Status::Active) {
            let guest = Member { kind: Kind::Guest, profile: None, status: Status::Active };
            self.model.members.insert((who, owner), guest);
        }
    }

    async fn disconnect(&mut self, who: Name, at: usize) {
        // Whoever asks is told nothing, whatever there is.
        let path = format!("/cases/{}/disconnect", self.model.cases[at].id);
        let _ = self.ask(who, "POST", &path, json!({}), Expect::Done).await;
        let model = &self.model;
        let case = &model.cases[at];
        if case.gone {
            return;
        }
        let since = case.opted_out.get(who).copied();
        let by_group = case.grants.iter().any(|(recipient, grant)| match recipient {
            Recipient::Group(group) => {
                model.groups[group].members.contains(who)
                    && since.is_none_or(|since| since < grant.made)
            }
            _ => false,
        });
        let of_all = model.groups.values().any(|group| {
            let shares = group.alive && group.share_all.is_some() && group.owner == case.creator;
            shares && group.members.contains(who) && since.is_none()
        });
        let moment = model.moment;
        let case = &mut self.model.cases[at];
        case.grants.remove(&Recipient::Person(who));
        if by_group || of_all {
            case.opted_out.insert(who, moment);
        }
    }

    async fn set_access(&mut self, who: Name, at: usize, step: Step) {
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

    async fn assign(&mut self, who: Name, at: usize, whom: Name) {
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

    async fn close(&mut self, who: Name, at: usize) {
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

    async fn delete(&mut self, who: Name, at: usize, how: u8) {
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

    /// What is to be said of somebody who writes in a section.
    fn writes(&self, who: Name, at: usize, section: &str) -> Expect {
        let may = self.may(who, at);
        match (may.sees(), may.section(section)) {
            (false, _) | (true, Level::None) => Expect::Hidden,
            (true, Level::Read) => Expect::Forbidden,
            (true, Level::Write) => Expect::Done,
        }
    }

    async fn comment(&mut self, who: Name, at: usize) {
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

    async fn mark(&mut self, who: Name, at: usize, how: u8) {
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

    async fn thing(&mut self, who: Name, at: usize, how: u8) {
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

    async fn share_thing(&mut self, who: Name, at: usize, whom: u8, how: u8) {
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

    /// Initech's admin takes a share into a new case, refuses it, or gives it back.
    async fn take_in(&mut self, at: usize, how: u8) {
        let (org, recipient) = ("initech", Recipient::Org("initech"));
        let case = &self.model.cases[at];
        let Some(grant) = case.grants.get(&recipient).filter(|grant| grant.finalise) else {
            return;
        };
        let (admin, expect) = self.admin(org);
        let open = expect == Expect::Done && !case.gone;
        let path = format!("/orgs/{org}/incoming/{}", self.shares[&(at, recipient)]);
        if how.is_multiple_of(4) {
            let expect = if open { Expect::Done } else { Expect::Not };
            let reason = json!({ "reason": "Not ours." });
            let _ = self.ask(admin, "POST", &format!("{path}/refuse"), reason, expect).await;
            if open {
                self.model.cases[at].grants.remove(&recipient);
            }
            return;
        }
        let carries = self.model.linked(case.owner, org) && !self.model.orgs[case.owner].locked;
        let done = open && grant.pending && carries;
        let expect = if done { Expect::Done } else { Expect::Not };
        let body = json!({ "member": self.person(admin) });
        let _ = self.ask(admin, "POST", &format!("{path}/assign"), body, expect).await;
        let body = json!({ "new_case": "Taken in" });
        let taken = self.ask(admin, "POST", &format!("{path}/finalise"), body, expect).await;
        if done {
            let into = self.model.cases.len();
            let id = text(&taken.body, "destination");
            self.model.cases.push(Case::new(id, org, admin, Access::Internal));
            if let Some(grant) = self.model.cases[at].grants.get_mut(&recipient) {
                (grant.pending, grant.taken_into) = (false, Some(into));
            }
        }
    }

    async fn lock_user(&mut self, whom: Name) {
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

    async fn lock_org(&mut self, org: Name) {
        let locked = self.model.orgs[org].locked;
        let word = if locked { "unlock" } else { "lock" };
        let path = format!("/orgs/{org}/{word}");
        let _ = self.ask("olga", "POST", &path, json!({}), Expect::Done).await;
        self.org(org).locked = !locked;
    }

    fn org(&mut self, org: Name) -> &mut crate::rules::Org {
        self.model.orgs.get_mut(org).expect("an org of the stage")
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

    async fn change_member(&mut self, whom: Name, how: u8) {
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

    async fn change_group(&mut self, step: Step) {
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

    fn group(&mut self, name: Name) -> &mut crate::rules::Group {
        self.model.groups.get_mut(name).expect("a group of the stage")
    }

    async fn share_all(&mut self, step: Step) {
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

    async fn change_link(&mut self, step: Step) {
        let other = of(&["globex", "initech"], step.case);
        let pair = if step.whom.is_multiple_of(2) { ("acme", other) } else { (other, "acme") };
        let (admin, expect) = self.admin(pair.0);
        let mut side = self.model.links[&pair];
        // Rather on than off.
        let on = step.how.is_multiple_of(2);
        let body = match step.how / 2 % 3 {
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

    async fn settings(&mut self, org: Name, how: u8) {
        let (admin, expect) = self.admin(org);
        let on = how.is_multiple_of(2);
        let setting = of(&["edit_only_if_involved", "guests", "acceptance"], how / 2);
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
