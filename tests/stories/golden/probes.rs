//! What: one request for each operation, such that asking changes nothing that another one sees.

use reqwest::Method;
use serde_json::{Value, json};

use super::place::Place;
use crate::dsl::{Answer, Ask, Person};

/// A case that never was.
pub(super) const NEVER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// What has to be done when a probe had an effect.
#[derive(Clone, Copy)]
pub(super) enum Undo {
    /// Nothing.
    No,
    /// This request of the creator's.
    Ask(&'static str, &'static str),
    /// The thing of this kind is made anew.
    Make(&'static str),
}

/// One operation.
pub(super) struct Probe {
    /// Its name in the API's description, or what is looked for.
    pub(super) name: &'static str,
    method: &'static str,
    pattern: &'static str,
    body: fn(&Place) -> Value,
    pub(super) undo: Undo,
    /// The version that is given: one that is over. Who may do it is told so, and nothing is done.
    stale: bool,
}

fn none(_: &Place) -> Value {
    Value::Null
}

fn empty(_: &Place) -> Value {
    json!({})
}

/// `probe!(name METHOD pattern)`, with a body, an undo, and `stale` where wanted.
macro_rules! probe {
    ($name:literal $method:ident $pattern:literal $(, $body:expr)?) => {
        probe!(@ $name $method $pattern, [$($body)?], Undo::No, false)
    };
    ($name:literal $method:ident $pattern:literal $(, $body:expr)?; $undo:expr) => {
        probe!(@ $name $method $pattern, [$($body)?], $undo, false)
    };
    ($name:literal $method:ident $pattern:literal $(, $body:expr)? => stale) => {
        probe!(@ $name $method $pattern, [$($body)?], Undo::No, true)
    };
    (@ $name:literal $method:ident $pattern:literal, [], $undo:expr, $stale:literal) => {
        probe!(@ $name $method $pattern, [none], $undo, $stale)
    };
    (@ $name:literal $method:ident $pattern:literal, [$body:expr], $undo:expr, $stale:literal) => {
        Probe { name: $name, method: stringify!($method), pattern: $pattern, body: $body, undo: $undo, stale: $stale }
    };
}

/// All of them, in the order in which they are tried.
#[rustfmt::skip]
pub(super) fn probes() -> Vec<Probe> {
    vec![
        probe!("read_case" GET "/cases/{case}"),
        probe!("list_cases" GET "/cases?limit=100"),
        probe!("search_cases" POST "/cases/search", |place| json!({ "text": place.case.json["title"], "limit": 100 })),
        probe!("change_case" PATCH "/cases/{case}", |_| json!({ "severity": "low" })),
        probe!("delete_case" DELETE "/cases/{case}" => stale),
        probe!("close_case" POST "/cases/{case}/close", empty; Undo::Ask("POST", "/cases/{case}/reopen")),
        probe!("reopen_case" POST "/cases/{case}/reopen", empty; Undo::Ask("POST", "/cases/{case}/close")),
        probe!("set_rules" PUT "/cases/{case}/rules", |_| json!({ "tasks": "manual", "observables": "manual" })),
        probe!("merge_case" POST "/cases/{case}/merge", |place| json!({ "case": place.case.id })),
        probe!("change_owner" POST "/cases/{case}/owner", |_| json!({ "org": "no-such-org" })),
        probe!("add_favourite" PUT "/cases/{case}/favourite", empty),
        probe!("remove_favourite" DELETE "/cases/{case}/favourite"),
        probe!("read_access" GET "/cases/{case}/access"),
        probe!("set_access" PUT "/cases/{case}/access", |place| place.access.clone() => stale),
        probe!("set_access_of_many" POST "/access", |place| {
            // Who may open it is told that it is restricted.
            let restricted = place.access["access"] == "restricted";
            let mut body = if restricted { json!({ "access": "external-all" }) } else { place.access.clone() };
            body["cases"] = json!([place.case.id]);
            body
        }),
        probe!("read_assignees" GET "/cases/{case}/assignees"),
        probe!("set_assignees" PUT "/cases/{case}/assignees", |_| json!({ "assignees": [] }) => stale),
        probe!("read_history" GET "/cases/{case}/history"),
        probe!("list_received" GET "/cases/{case}/received"),
        probe!("same_targets" GET "/cases/{case}/same-targets"),
        probe!("list_shares" GET "/cases/{case}/shares"),
        probe!("share_case" POST "/cases/{case}/shares", |_| json!({ "recipients": ["user:mfrggzdfmztwq2lknnwg23tpob"], "role": "viewer" })),
        probe!("replace_shares" PUT "/cases/{case}/shares", |_| json!({ "shares": [] }) => stale),
        probe!("get_share" GET "/cases/{case}/shares/{share}"),
        probe!("change_share" PATCH "/cases/{case}/shares/{share}", |_| json!({ "role": "viewer" })),
        probe!("resend_invitation" POST "/cases/{case}/shares/{share}/resend", empty),
        probe!("revoke_share" DELETE "/cases/{case}/shares/{share}"; Undo::Make("share")),
        probe!("revoke_shares" POST "/cases/{case}/shares/revoke", |place| json!({ "shares": [place.ids["share"]] }); Undo::Make("share")),
        probe!("list_comments" GET "/cases/{case}/comments"),
        probe!("add_comment" POST "/cases/{case}/comments", |_| json!({ "text": "Said." })),
        probe!("get_comment" GET "/cases/{case}/comments/{comment}"),
        probe!("change_comment" PATCH "/cases/{case}/comments/{comment}", |_| json!({ "text": "Seen." })),
        probe!("mark_comment_external" PUT "/cases/{case}/comments/{comment}/external", empty; Undo::Ask("DELETE", "/cases/{case}/comments/{comment}/external")),
        probe!("mark_comment_internal" DELETE "/cases/{case}/comments/{comment}/external"),
        probe!("delete_comment" DELETE "/cases/{case}/comments/{comment}"; Undo::Make("comment")),
        probe!("list_contact" GET "/cases/{case}/contact"),
        probe!("add_contact" POST "/cases/{case}/contact", |_| json!({ "name": "Eva" })),
        probe!("get_contact" GET "/cases/{case}/contact/{contact}"),
        probe!("change_contact" PATCH "/cases/{case}/contact/{contact}", |_| json!({ "name": "Eve" })),
        probe!("delete_contact" DELETE "/cases/{case}/contact/{contact}"; Undo::Make("contact")),
        probe!("list_tasks" GET "/cases/{case}/tasks"),
        probe!("add_task" POST "/cases/{case}/tasks", |_| json!({ "title": "Ask" })),
        probe!("get_task" GET "/cases/{case}/tasks/{task}"),
        probe!("change_task" PATCH "/cases/{case}/tasks/{task}", |_| json!({ "title": "Call" })),
        probe!("list_task_shares" GET "/cases/{case}/tasks/{task}/shares"),
        probe!("share_task" PUT "/cases/{case}/tasks/{task}/shares/{org}", empty),
        probe!("unshare_task" DELETE "/cases/{case}/tasks/{task}/shares/{org}"; Undo::Ask("PUT", "/cases/{case}/tasks/{task}/shares/{org}")),
        probe!("delete_task" DELETE "/cases/{case}/tasks/{task}"; Undo::Make("task")),
        probe!("list_observables" GET "/cases/{case}/observables"),
        probe!("add_observables" POST "/cases/{case}/observables", |_| json!({ "lines": "192.0.2.1" })),
        probe!("get_observable" GET "/cases/{case}/observables/{observable}"),
        probe!("change_observable" PATCH "/cases/{case}/observables/{observable}", |_| json!({ "sighted": false })),
        probe!("list_observable_shares" GET "/cases/{case}/observables/{observable}/shares"),
        probe!("share_observable" PUT "/cases/{case}/observables/{observable}/shares/{org}", empty),
        probe!("unshare_observable" DELETE "/cases/{case}/observables/{observable}/shares/{org}"; Undo::Ask("PUT", "/cases/{case}/observables/{observable}/shares/{org}")),
        probe!("delete_observable" DELETE "/cases/{case}/observables/{observable}"; Undo::Make("observable")),
        probe!("list_targets" GET "/cases/{case}/targets"),
        probe!("add_targets" POST "/cases/{case}/targets", |_| json!({ "lines": "desk@acme.example" })),
        probe!("get_target" GET "/cases/{case}/targets/{target}"),
        probe!("change_target" PATCH "/cases/{case}/targets/{target}", |_| json!({ "note": "" })),
        probe!("list_target_shares" GET "/cases/{case}/targets/{target}/shares"),
        probe!("share_target" PUT "/cases/{case}/targets/{target}/shares/{org}", empty),
        probe!("unshare_target" DELETE "/cases/{case}/targets/{target}/shares/{org}"; Undo::Ask("PUT", "/cases/{case}/targets/{target}/shares/{org}")),
        probe!("delete_target" DELETE "/cases/{case}/targets/{target}"; Undo::Make("target")),
        probe!("list_reports" GET "/cases/{case}/reports"),
        probe!("list_attachments" GET "/cases/{case}/attachments"),
        probe!("add_attachment" POST "/cases/{case}/attachments", |_| json!({ "name": "a.txt", "size": 1 })),
        probe!("get_attachment" GET "/cases/{case}/attachments/{attachment}"),
        probe!("download_attachment" POST "/cases/{case}/attachments/{attachment}/download", empty),
        probe!("mark_attachment_external" PUT "/cases/{case}/attachments/{attachment}/external", empty; Undo::Ask("DELETE", "/cases/{case}/attachments/{attachment}/external")),
        probe!("mark_attachment_internal" DELETE "/cases/{case}/attachments/{attachment}/external"),
        probe!("delete_attachment" DELETE "/cases/{case}/attachments/{attachment}"; Undo::Make("attachment")),
        // Last, since nobody comes back from it.
        probe!("disconnect_case" POST "/cases/{case}/disconnect", empty),
    ]
}

/// What is about orgs, groups and people, in the order in which it is tried.
#[rustfmt::skip]
pub(super) fn elsewhere() -> Vec<Probe> {
    vec![
        probe!("get_me" GET "/me"),
        probe!("change_me" PATCH "/me", |_| json!({ "name": "Somebody" })),
        probe!("read_saved_filter" GET "/me/filter"),
        probe!("save_filter" PUT "/me/filter", |_| json!({ "filter": "assigned" })),
        probe!("forget_filter" DELETE "/me/filter"),
        probe!("list_notices" GET "/notices"),
        probe!("read_notices" POST "/notices/read", |_| json!({ "notices": [NEVER] })),
        probe!("list_invitations" GET "/invitations"),
        probe!("accept_invitation" POST "/invitations/{never}/accept", empty),
        probe!("decline_invitation" POST "/invitations/{never}/decline", empty),
        probe!("preview_invitation" POST "/invitations/preview", |_| json!({ "token": "odd" })),
        probe!("accept_with_token" POST "/invitations/accept", |_| json!({ "token": "odd" })),
        probe!("decline_with_token" POST "/invitations/decline", |_| json!({ "token": "odd" })),
        probe!("create_case" POST "/cases", |place| json!({ "org": place.ids["acme"], "title": "New" })),
        probe!("list_groups" GET "/groups"),
        probe!("create_group" POST "/groups", |_| json!({ "name": "New" })),
        probe!("get_group" GET "/groups/{group}"),
        probe!("rename_group" PATCH "/groups/{group}", |_| json!({ "name": "Friends" })),
        probe!("list_group_members" GET "/groups/{group}/members"),
        probe!("invite_to_group" POST "/groups/{group}/members", |place| json!({ "emails": [place.ids["address"]] })),
        probe!("import_to_group" POST "/groups/{group}/members/import", |place| json!({ "org": place.ids["acme"], "users": [place.ids["user"]] })),
        probe!("remove_group_member" DELETE "/groups/{group}/members/{creator}"),
        probe!("share_all" PUT "/groups/{group}/share-all", |_| json!({ "role": "viewer" }); Undo::Ask("DELETE", "/groups/{group}/share-all")),
        probe!("stop_sharing_all" DELETE "/groups/{group}/share-all"),
        probe!("delete_group" DELETE "/groups/{spare}"; Undo::Make("spare")),
        probe!("list_orgs" GET "/orgs"),
        probe!("create_org" POST "/orgs", |place| json!({ "id": place.ids["acme"], "name": "Acme", "admin": "a@b.example" })),
        probe!("get_org" GET "/orgs/{acme}"),
        probe!("change_org" PATCH "/orgs/{acme}", |_| json!({ "settings": { "guests": "allow" } })),
        probe!("name_admin" POST "/orgs/{acme}/admins", |place| json!({ "email": place.ids["address"] })),
        probe!("read_audit" GET "/orgs/{acme}/audit"),
        probe!("list_members" GET "/orgs/{acme}/members"),
        probe!("invite_member" POST "/orgs/{acme}/members", |place| json!({ "email": place.ids["address"], "kind": "normal", "profile": "analyst" })),
        probe!("search_members" POST "/orgs/{acme}/members/search", |_| json!({ "text": "ana" })),
        probe!("get_member" GET "/orgs/{acme}/members/{user}"),
        probe!("change_member" PATCH "/orgs/{acme}/members/{user}", |_| json!({ "profile": "analyst" })),
        probe!("resend_member" POST "/orgs/{acme}/members/{user}/resend", empty),
        probe!("remove_member" DELETE "/orgs/{acme}/members/{admin}"),
        probe!("list_profiles" GET "/orgs/{acme}/profiles"),
        probe!("create_profile" POST "/orgs/{acme}/profiles", |_| json!({ "name": "desk", "type": "organisation", "rights": { "levels": {}, "flags": [] } })),
        probe!("get_profile" GET "/orgs/{acme}/profiles/desk"),
        probe!("change_profile" PUT "/orgs/{acme}/profiles/analyst", |_| json!({ "rights": { "levels": {}, "flags": [] }, "org_rights": [] })),
        probe!("delete_profile" DELETE "/orgs/{acme}/profiles/analyst"),
        probe!("list_units" GET "/orgs/{acme}/units"),
        probe!("create_unit" POST "/orgs/{acme}/units", |_| json!({ "name": "Unit" })),
        probe!("rename_unit" PATCH "/orgs/{acme}/units/{unit}", |_| json!({ "name": "Unit 7" })),
        probe!("delete_unit" DELETE "/orgs/{acme}/units/{unit}"; Undo::Make("unit")),
        probe!("list_links" GET "/orgs/{acme}/links"),
        probe!("propose_link" POST "/orgs/{acme}/links", |place| json!({ "org": place.ids["org"] })),
        probe!("search_links" POST "/orgs/{acme}/links/search", |_| json!({ "text": "glo" })),
        probe!("get_link" GET "/orgs/{acme}/links/{org}"),
        probe!("change_link" PATCH "/orgs/{acme}/links/{org}", |_| json!({ "finalise": false })),
        probe!("approve_link" POST "/orgs/{acme}/links/{org}/approve", empty),
        probe!("end_link" DELETE "/orgs/{acme}/links/{stranded}"; Undo::Make("link")),
        probe!("search_targets" POST "/orgs/{acme}/deconfliction", |_| json!({ "value": "192.0.2.200" })),
        probe!("list_incoming" GET "/orgs/{receiver}/incoming"),
        probe!("get_incoming" GET "/orgs/{receiver}/incoming/{incoming}"),
        probe!("assign_incoming" POST "/orgs/{receiver}/incoming/{incoming}/assign", |place| json!({ "member": place.ids["stranger"] })),
        probe!("finalise_incoming" POST "/orgs/{receiver}/incoming/{incoming}/finalise", |place| json!({ "case": place.case.id })),
        probe!("refuse_incoming" POST "/orgs/{refuser}/incoming/{refused}/refuse", |_| json!({ "reason": "Not ours." })),
        probe!("resolve_incoming" POST "/orgs/{receiver}/incoming/{taken_in}/resolve", |place| json!({ "target": place.ids["coming"], "keep": place.ids["taken_in"] })),
        probe!("unlock_org" POST "/orgs/{stranded}/unlock", empty),
        probe!("lock_org" POST "/orgs/{stranded}/lock", empty; Undo::Ask("POST", "/orgs/{stranded}/unlock")),
        probe!("unlock_user" POST "/users/{user}/unlock", empty),
        probe!("lock_user" POST "/users/{user}/lock", empty; Undo::Ask("POST", "/users/{user}/unlock")),
    ]
}

impl Probe {
    /// The request.
    pub(super) fn ask(&self, who: &Person, place: &Place) -> Ask {
        self.request(who, &place.path(self.pattern), &(self.body)(place))
    }

    /// The same about a case, org or group that never was; `None` for what is about none.
    pub(super) fn of_none(&self, who: &Person, place: &Place) -> Option<Ask> {
        let nevers = [
            ("{case}", NEVER),
            ("{group}", NEVER),
            ("{spare}", NEVER),
            ("{acme}", "never-was"),
            ("{receiver}", "never-was"),
            ("{refuser}", "never-was"),
            ("{stranded}", "never-was"),
        ];
        let (word, never) = nevers.into_iter().find(|(word, _)| self.pattern.contains(word))?;
        Some(self.request(
            who,
            &place.path(&self.pattern.replace(word, never)),
            &(self.body)(place),
        ))
    }

    fn request(&self, who: &Person, path: &str, body: &Value) -> Ask {
        let method: Method = self.method.parse().unwrap();
        let ask = who.ask(method, path);
        let ask = if body.is_null() { ask } else { ask.json(body) };
        if self.stale {
            ask.if_match(if self.name == "delete_case" { "\"c0\"" } else { "\"s0\"" })
        } else {
            ask
        }
    }

    /// What is written into the table.
    pub(super) fn cell(&self, answer: &Answer, place: &Place) -> String {
        let items = answer.json["items"].as_array();
        let entry = match self.name {
            "list_cases" | "search_cases" => {
                let items = items.unwrap_or_else(|| panic!("no list: {answer}"));
                let there = items.iter().any(|item| item["id"] == place.case.id.as_str());
                return if there { "listed" } else { "-" }.to_owned();
            }
            "set_access_of_many" => items.and_then(|items| items.first()).unwrap_or(&answer.json),
            _ => &answer.json,
        };
        let status = entry["status"].as_u64().filter(|_| self.name == "set_access_of_many");
        let status = status.unwrap_or_else(|| answer.status.into());
        let code = entry["code"].as_str().or_else(|| entry["problem"]["code"].as_str());
        match (status, code) {
            (200..=299 | 403 | 404, _) | (_, None) => status.to_string(),
            (_, Some(code)) => format!("{status} {code}"),
        }
    }
}
