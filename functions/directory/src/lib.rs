//! Who there is: me, orgs, their members and profiles, groups, and the search of people.

mod admins;
mod circle;
mod deed;
mod docs;
mod found;
mod group_import;
mod group_invites;
mod group_members;
mod groups;
mod inviting;
mod known;
mod link_changes;
mod links;
mod locks;
mod look;
mod me;
mod member_changes;
mod member_invites;
mod member_resend;
mod members;
mod org_changes;
mod orgs;
mod paths;
mod profile_changes;
mod profiles;
mod roster;
mod search;
mod settings;
mod share_all;
mod units;
mod user_locks;
mod views;

use shared::error::Problem;
use shared::routes;
use shared::routes::Routes;
use utoipa::OpenApi;

/// What the documents of refusals name.
#[derive(OpenApi)]
#[openapi(components(schemas(Problem)))]
struct Components;

/// `/v1/me`, `/v1/orgs`, `/v1/users` and `/v1/groups`, and what lies below them
#[must_use]
pub fn routes() -> Routes {
    Routes::with_openapi(Components::openapi)
        .routes(routes!(me::get_me, me::change_me))
        .routes(routes!(orgs::list_orgs, orgs::create_org))
        .routes(routes!(orgs::get_org, org_changes::change_org))
        .routes(routes!(locks::lock_org))
        .routes(routes!(locks::unlock_org))
        .routes(routes!(user_locks::lock_user))
        .routes(routes!(user_locks::unlock_user))
        .routes(routes!(admins::name_admin))
        .routes(routes!(members::list_members, member_invites::invite_member))
        .routes(routes!(search::search_members))
        .routes(routes!(
            members::get_member,
            member_changes::change_member,
            member_changes::remove_member
        ))
        .routes(routes!(member_resend::resend_member))
        .routes(routes!(profiles::list_profiles, profiles::create_profile))
        .routes(routes!(
            profiles::get_profile,
            profile_changes::change_profile,
            profile_changes::delete_profile
        ))
        .routes(routes!(links::list_links, link_changes::propose_link))
        .routes(routes!(links::search_links))
        .routes(routes!(links::get_link, link_changes::change_link, link_changes::end_link))
        .routes(routes!(link_changes::approve_link))
        .routes(routes!(units::list_units, units::create_unit))
        .routes(routes!(units::rename_unit, units::delete_unit))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::get_group, groups::rename_group, groups::delete_group))
        .routes(routes!(share_all::share_all, share_all::stop_sharing_all))
        .routes(routes!(group_members::list_group_members, group_invites::invite_to_group))
        .routes(routes!(group_import::import_to_group))
        .routes(routes!(group_members::remove_group_member))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                if let Some(reference) = map.get("$ref").and_then(|reference| reference.as_str()) {
                    found.push(reference.to_owned());
                }
                map.values().for_each(|value| references(value, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        let document = routes().into_openapi();
        let document = serde_json::to_value(document).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_has_examples_of_what_it_takes_and_answers() {
        let document = routes().into_openapi();
        let document = serde_json::to_value(document).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let body = operation.pointer("/requestBody/content/application~1json");
                assert!(body.is_none_or(|body| body.get("example").is_some()), "{method} {path}");
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let content = response.get("content").and_then(|content| content.as_object());
                    for answer in content.into_iter().flat_map(|content| content.values()) {
                        let shown = answer.get("example").or_else(|| answer.get("examples"));
                        assert!(shown.is_some(), "{method} {path} {status}");
                    }
                }
            }
        }
    }
}
