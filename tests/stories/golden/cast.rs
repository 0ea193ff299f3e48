//! The callers of the golden table: everybody who can stand somehow to a case.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dsl::{Case, Org, Person, World};

/// After so many seconds a share is expired.
const SOON: i64 = 4;

/// The host of this story keeps real time.
#[expect(clippy::disallowed_methods, reason = "there is no clock to be asked")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// An org that a case is shared with, its admin and a member.
pub(super) struct Partner {
    pub(super) org: Org,
    pub(super) member: Person,
}

impl Partner {
    async fn of(acme: &Org, name: &str, ours: Value) -> Self {
        let org = acme.admin.world().org(name).await;
        acme.links_with(&org, ours, json!({})).await;
        let member = org.member("mel", "analyst").await;
        Self { org, member }
    }
}

/// Everybody.
pub(super) struct Cast {
    pub(super) acme: Org,
    pub(super) operator: Person,
    pub(super) creator: Person,
    pub(super) assignee: Person,
    pub(super) analyst: Person,
    pub(super) read_only: Person,
    pub(super) custom: Person,
    pub(super) locked_member: Person,
    pub(super) locked_user: Person,
    pub(super) removed: Person,
    pub(super) viewer: Person,
    pub(super) editor: Person,
    pub(super) closer: Person,
    pub(super) sections: Person,
    pub(super) later: Person,
    pub(super) expired: Person,
    pub(super) revoked: Person,
    pub(super) left: Person,
    pub(super) in_group: Person,
    pub(super) opted_out: Person,
    pub(super) in_left_group: Person,
    pub(super) in_share_all: Person,
    pub(super) in_removed_group: Person,
    /// Shares with a group, and leaves it.
    granter: Person,
    /// Shares with a group, and is removed from the org.
    former: Person,
    pub(super) reader: Person,
    pub(super) actor: Person,
    pub(super) other_reader: Person,
    pub(super) other_actor: Person,
    pub(super) globex: Partner,
    pub(super) partner_reader: Person,
    pub(super) partner_external: Person,
    pub(super) disabled: Partner,
    pub(super) ended: Partner,
    pub(super) relinked: Partner,
    pub(super) locked_org: Partner,
    pub(super) to_take_in: Partner,
    pub(super) taken_in: Partner,
    pub(super) stranger: Person,
    /// An org that nobody here is in.
    pub(super) stranded: Org,
    /// Somebody to share with, in a probe.
    pub(super) zoe: Person,
    pub(super) group: String,
    left_group: String,
    removed_group: String,
}

impl Cast {
    pub(super) async fn gather(world: &World) -> Self {
        let acme = world.org("acme").await;
        let levels = json!({ "details": "read", "comments": "write", "tasks": "read" });
        acme.makes_profile("desk", levels, json!(["close"])).await;
        let member = async |name: &str, profile: &str| acme.member(name, profile).await;
        let creator = member("creator", "analyst").await;
        let (granter, former) =
            (member("granter", "analyst").await, member("former", "analyst").await);
        let [in_group, opted_out, in_left_group, in_removed_group, in_share_all] =
            ["one", "two", "three", "four", "five"].map(|name| world.person(name));
        let group = creator.group("Friends").await;
        creator.gathers(&group, &[&in_group, &opted_out]).await;
        let left_group = in_left_group.group("Left").await;
        in_left_group.gathers(&left_group, &[&granter]).await;
        let removed_group = in_removed_group.group("Removed").await;
        in_removed_group.gathers(&removed_group, &[&former]).await;
        let all = creator.group("All").await;
        creator.gathers(&all, &[&in_share_all]).await;
        creator.put(format!("/groups/{all}/share-all"), &json!({ "role": "viewer" })).await.ok();
        let globex = Partner::of(&acme, "globex", json!({})).await;
        Self {
            operator: world.operator(),
            assignee: member("assignee", "analyst").await,
            analyst: member("analyst", "analyst").await,
            read_only: member("read-only", "read-only").await,
            custom: member("custom", "desk").await,
            locked_member: member("locked-member", "analyst").await,
            locked_user: member("locked-user", "analyst").await,
            removed: member("removed", "analyst").await,
            viewer: world.person("viewer"),
            editor: world.person("editor"),
            closer: world.person("closer"),
            sections: world.person("sections"),
            later: world.person("later"),
            expired: world.person("expired"),
            revoked: world.person("revoked"),
            left: world.person("left"),
            in_group,
            opted_out,
            in_left_group,
            in_removed_group,
            in_share_all,
            reader: acme.external("reader", "external-reader").await,
            actor: acme.external("actor", "external-actor").await,
            other_reader: acme.external("other-reader", "external-reader").await,
            other_actor: acme.external("other-actor", "external-actor").await,
            partner_reader: globex.org.member("partner-reader", "read-only").await,
            partner_external: globex.org.external("partner-external", "external-actor").await,
            globex,
            disabled: Partner::of(&acme, "disabled", json!({})).await,
            ended: Partner::of(&acme, "ended", json!({})).await,
            relinked: Partner::of(&acme, "relinked", json!({})).await,
            locked_org: Partner::of(&acme, "locked", json!({})).await,
            to_take_in: Partner::of(&acme, "to-take-in", json!({ "finalise": true })).await,
            taken_in: Partner::of(&acme, "taken-in", json!({ "finalise": true })).await,
            stranger: world.person("stranger"),
            stranded: world.org("stranded").await,
            zoe: member("zoe", "analyst").await,
            granter,
            former,
            creator,
            group,
            left_group,
            removed_group,
            acme,
        }
    }

    /// Shares a case in every way.
    pub(super) async fn share(&self, case: &Case) -> (String, Pending) {
        let Self { creator, .. } = self;
        let body = json!({ "assignees": [self.assignee.by_mail()] });
        creator.put(format!("{case}/assignees"), &body).await.is(200);
        for (person, role) in
            [(&self.viewer, "viewer"), (&self.editor, "editor"), (&self.closer, "editor-close")]
        {
            creator.lets_in(case, person, role).await;
        }
        let levels = json!({ "details": "read", "comments": "write", "observables": "read" });
        self.gives(case, &self.sections, json!({ "sections": levels })).await;
        let begins = now() + jiff::SignedDuration::from_hours(24);
        self.gives(case, &self.later, json!({ "role": "editor", "valid_from": begins })).await;
        let ends = now() + jiff::SignedDuration::from_secs(SOON);
        self.gives(case, &self.expired, json!({ "role": "editor", "expires_at": ends })).await;
        creator.lets_in(case, &self.revoked, "editor").await;
        let share = self.share_of(case, &self.revoked).await;
        creator.delete(format!("{case}/shares/{share}")).await.is(204);
        creator.lets_in(case, &self.left, "editor").await;
        self.left.post(format!("{case}/disconnect"), &json!({})).await.is(204);
        creator.share(case, [format!("group:{}", self.group)], "editor").await.is(201);
        self.opted_out.post(format!("{case}/disconnect"), &json!({})).await.is(204);
        for (granter, group) in
            [(&self.granter, &self.left_group), (&self.former, &self.removed_group)]
        {
            granter.share(case, [format!("group:{group}")], "editor").await.is(201);
        }
        let partners =
            [&self.globex, &self.disabled, &self.ended, &self.relinked, &self.locked_org];
        creator.shares_with(case, partners.map(|partner| &partner.org), "analyst").await.is(201);
        for partner in [&self.to_take_in, &self.taken_in] {
            let body = json!({ "recipients": [partner.org.as_recipient()], "role": "viewer" });
            let made = creator.post(format!("{case}/shares"), &body).await.is(201).json;
            if partner.org.id == self.taken_in.org.id {
                let share = made["items"][0]["id"].as_str().unwrap();
                let path = format!("/orgs/{}/incoming/{share}", partner.org.id);
                let body = json!({ "member": partner.member.by_mail() });
                partner.org.admin.post(format!("{path}/assign"), &body).await.is(200);
                let into = partner.member.case("Theirs").await;
                let body = json!({ "case": into.id });
                partner.member.post(format!("{path}/finalise"), &body).await.is(200);
            }
        }
        let pending = Pending::of(creator.world());
        for person in [&pending.known, &pending.unknown] {
            creator.share(case, [person.by_mail()], "editor").await.is(201);
        }
        // Somebody else whose share is there to be looked at, changed, and taken back.
        creator.share(case, [self.zoe.by_mail()], "viewer").await.is(201);
        (self.share_of(case, &self.zoe).await, pending)
    }

    /// Shares with a guest, on terms of all kinds; they accept what is to be accepted.
    async fn gives(&self, case: &Case, person: &Person, terms: Value) {
        let mut body = terms;
        body["recipients"] = json!([person.by_mail()]);
        let made = self.creator.post(format!("{case}/shares"), &body).await.is(201).json;
        let share = &made["items"][0];
        if share["state"] == "pending" {
            person.accept(&share["invitation"]).await.ok();
        }
    }

    async fn share_of(&self, case: &Case, person: &Person) -> String {
        let shares = self.creator.shares(case).await;
        let found = shares.iter().find(|share| share["email"] == person.address());
        found.and_then(|share| share["id"].as_str()).expect("they have a share").to_owned()
    }

    /// What befalls the callers once all cases are shared with them.
    pub(super) async fn fall(&self) {
        let Self { acme, operator, .. } = self;
        let lock = json!({ "status": "locked" });
        acme.admin.patch(acme.member_path(&self.locked_member).await, &lock).await.ok();
        let user = self.locked_user.user().await;
        operator.post(format!("/users/{user}/lock"), &json!({})).await.ok();
        let me = self.granter.user().await;
        self.granter.delete(format!("/groups/{}/members/{me}", self.left_group)).await.is(204);
        for gone in [&self.removed, &self.former] {
            acme.admin.delete(acme.member_path(gone).await).await.is(204);
        }
        let off = json!({ "enabled": false });
        acme.admin.patch(acme.link(&self.disabled.org), &off).await.ok();
        for partner in [&self.ended, &self.relinked] {
            acme.admin.delete(acme.link(&partner.org)).await.is(204);
        }
        acme.links(&self.relinked.org).await;
        operator.post(format!("/orgs/{}/lock", self.locked_org.org.id), &json!({})).await.ok();
        tokio::time::sleep(Duration::from_secs(SOON.unsigned_abs())).await;
    }

    /// All callers of a place, by name.
    pub(super) fn callers(&self, pending: &Pending) -> Vec<(&'static str, Person)> {
        let callers = [
            ("creator", &self.creator),
            ("assignee", &self.assignee),
            ("org-admin", &self.acme.admin),
            ("analyst", &self.analyst),
            ("read-only", &self.read_only),
            ("custom profile", &self.custom),
            ("locked member", &self.locked_member),
            ("locked user", &self.locked_user),
            ("removed member", &self.removed),
            ("viewer", &self.viewer),
            ("editor", &self.editor),
            ("editor who closes", &self.closer),
            ("by sections", &self.sections),
            ("pending", &pending.known),
            ("not signed up", &pending.unknown),
            ("not yet begun", &self.later),
            ("expired", &self.expired),
            ("revoked", &self.revoked),
            ("left", &self.left),
            ("group member", &self.in_group),
            ("opted out of group", &self.opted_out),
            ("group that granter left", &self.in_left_group),
            ("group, granter removed", &self.in_removed_group),
            ("share-all member", &self.in_share_all),
            ("reader, selected", &self.reader),
            ("actor, selected", &self.actor),
            ("reader", &self.other_reader),
            ("actor", &self.other_actor),
            ("partner's analyst", &self.globex.member),
            ("partner's read-only", &self.partner_reader),
            ("partner's external", &self.partner_external),
            ("partner, link disabled", &self.disabled.member),
            ("partner, link ended", &self.ended.member),
            ("partner, linked anew", &self.relinked.member),
            ("partner, locked org", &self.locked_org.member),
            ("admin who is to take in", &self.to_take_in.org.admin),
            ("admin who has taken in", &self.taken_in.org.admin),
            ("reader of destination", &self.taken_in.member),
            ("operator", &self.operator),
            ("stranger", &self.stranger),
        ];
        callers.map(|(name, who)| (name, who.clone())).into()
    }
}

/// Who is invited to one case, and has not accepted.
pub(super) struct Pending {
    known: Person,
    /// They have never signed in before they ask.
    unknown: Person,
}

impl Pending {
    fn of(world: &World) -> Self {
        Self { known: world.person("pending"), unknown: world.person("unknown") }
    }

    /// Signs the one in who is known.
    pub(super) async fn begin(&self) {
        self.known.me().await;
    }
}
