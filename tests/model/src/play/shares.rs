//! Sharing, answering, leaving, taking in.

use jiff::SignedDuration;
use serde_json::{Value, json};
use wire::text;

use super::{Expect, Play};
use crate::rights::{Gives, Level, Profile};
use crate::rules::{Access, Case, Grant, Kind, Member, Name, Recipient, Status};
use crate::stage::{day, first};

/// How many invitations an address gets in a day.
const INVITATIONS: u32 = 3;

impl Play {
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
        if case.grants.get(&recipient).is_some_and(|grant| !grant.ended(model.hour)) {
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

    pub(super) async fn share(&mut self, who: Name, at: usize, recipient: Recipient, how: u8) {
        if self.shared_before_removal(at, recipient) {
            return;
        }
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
        let (from, until) = self.window(how, &mut body);
        let path = format!("/cases/{}/shares", case.id);
        let made = self.ask(who, "POST", &path, body, expect).await;
        if expect != Expect::Done {
            return;
        }
        let share = &made.body["items"][0];
        let state = match (pending, recipient) {
            (false, _) if self.model.hour < from => "scheduled",
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
        let grant = Grant { pending, finalise, until, ..Grant::new(gives, who, made, from) };
        self.model.cases[at].grants.insert(recipient, grant);
    }

    /// Whether it is a share anew with somebody who was removed and has one: of two shares with the
    /// same person the model knows nothing.
    fn shared_before_removal(&self, at: usize, recipient: Recipient) -> bool {
        let case = &self.model.cases[at];
        let Recipient::Person(who) = recipient else { return false };
        let member = self.model.member(who, case.owner);
        let removed = member.is_some_and(|member| member.status == Status::Removed);
        removed && case.grants.get(&recipient).is_some_and(|grant| !grant.pending)
    }

    /// Some shares begin later, some end.
    fn window(&self, how: u8, body: &mut Value) -> (u64, Option<u64>) {
        let (from, until) = match how / 6 % 8 {
            0 => (1, None),
            1 => (1, Some(2)),
            2 => (0, Some(1)),
            3 => (0, Some(2)),
            _ => (0, None),
        };
        let at = |hours: u64| {
            let hours = i64::try_from(hours).expect("a few hours");
            self.clock.now() + SignedDuration::from_hours(hours)
        };
        if 0 < from {
            body["valid_from"] = json!(at(from).to_string());
        }
        if let Some(until) = until {
            body["expires_at"] = json!(at(until).to_string());
        }
        let hour = self.model.hour;
        (hour + from, until.map(|until| hour + until))
    }

    /// What a link is to share by itself has been shared with a new case.
    pub(super) async fn shared_by_itself(&mut self, at: usize) {
        let (case, model) = (&self.model.cases[at], &self.model);
        let (owner, creator, id) = (case.owner, case.creator, case.id.clone());
        let mut made = Vec::new();
        for ((from, org), profile) in &model.by_itself {
            if *from == owner && model.linked(owner, org) && !model.orgs[org].locked {
                made.push((*org, *profile));
            }
        }
        for (org, profile) in made {
            let recipient = Recipient::Org(org);
            let finalise = self.model.finalise.contains(&(owner, org));
            let (gives, made) = (Gives::Profile(profile), self.model.moment);
            let grant = Grant::new(gives, creator, made, self.model.hour);
            let grant = Grant { pending: finalise, finalise, ..grant };
            self.model.cases[at].grants.insert(recipient, grant);
            let (admin, _) = self.admin(owner);
            let shown = self.people[admin].get(&format!("/cases/{id}/shares")).await;
            let shares = shown.body["items"].as_array().into_iter().flatten();
            let to = format!("org:{org}");
            let share = shares.into_iter().find(|share| share["recipient"] == *to);
            let Some(share) = share else {
                panic!("{}\nnot shared with {org}: {shown}", self.story.join("\n"))
            };
            self.shares.insert((at, recipient), text(share, "id"));
        }
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
    pub(super) fn invites(&mut self, whom: Name) -> Expect {
        let invited = self.model.invited.entry((whom, day(&self.clock))).or_default();
        if INVITATIONS <= *invited {
            return Expect::Not;
        }
        *invited += 1;
        Expect::Done
    }

    pub(super) async fn revoke(&mut self, who: Name, at: usize, recipient: Recipient) {
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

    pub(super) async fn change(&mut self, who: Name, at: usize, recipient: Recipient, how: u8) {
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

    pub(super) async fn answer(&mut self, who: Name, at: usize, accept: bool) {
        let case = &self.model.cases[at];
        let recipient = Recipient::Person(who);
        let waits = case.grants.get(&recipient).is_some_and(|grant| grant.pending);
        let over = case.grants.get(&recipient).is_some_and(|one| one.ended(self.model.hour));
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
        // Of the org that the case has come to since, they may be external users.
        let external =
            member.is_some_and(|one| one.kind == Kind::External && one.status != Status::Removed);
        let refused = accept && (external || guest && self.model.orgs[owner].no_guests);
        let expect = match (shut || over, refused) {
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

    pub(super) async fn disconnect(&mut self, who: Name, at: usize) {
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

    /// Initech's admin takes a share into a new case, refuses it, or gives it back.
    pub(super) async fn take_in(&mut self, at: usize, how: u8) {
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
        let waits = grant.pending && !grant.ended(self.model.hour);
        let done = open && waits && carries;
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
}
