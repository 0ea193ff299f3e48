//! Searching an org's people, by any part of name or address.

use axum::extract::State;
use serde::Deserialize;
use shared::access::{MemberKind, MemberStatus};
use shared::app::App;
use shared::caller::Caller;
use shared::error::Error;
use shared::http::{Answer, Body, Cursor, Limit, Path};
use shared::store::row;
use shared::text::Line;
use utoipa::ToSchema;

use crate::docs::refusals;
use crate::look::{Here, reading};
use crate::paths::OrgPath;
use crate::roster::{self, Wanted};
use crate::views::{Entry, MemberList};

/// How many rows of the index one call reads.
const MOST_ROWS: usize = 4_000;

/// Whom to search for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleSearch {
    /// Any part of their name or address, in upper or lower case.
    text: Line<1, 100>,
    /// Only members of this kind.
    kind: Option<MemberKind>,
    /// How many entries.
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Whether name or address hold `text`, which is in lower case.
fn holds(text: &str, name: Option<&str>, address: Option<&str>) -> bool {
    name.is_some_and(|name| name.to_lowercase().contains(text))
        || address.is_some_and(|address| address.contains(text))
}

fn entry_holds(text: &str, entry: &Entry) -> bool {
    let (name, address) = entry.person();
    let name = name.map(ToString::to_string);
    holds(text, name.as_deref(), address.map(shared::address::Address::as_str))
}

refusals!(SearchRefusals: Invalid, Malformed, Forbidden, NotFound, TooLarge, MediaType);

/// Search an org's people
///
/// Members, and those who are invited, whose name or address holds the text; not those who were
/// removed. By address. A page may hold fewer entries than asked for while there is a `cursor`.
/// For colleagues. Somebody who has just been invited or renamed may be missing for a moment.
#[utoipa::path(post, path = "/v1/orgs/{org}/members/search", tag = "directory",
    operation_id = "search_members", params(OrgPath),
    request_body(content = PeopleSearch, example = json!({"text": "ada", "kind": "normal"})),
    responses((status = 200, body = MemberList, description = "A page of members.",
        example = json!({"items": [{"id": "mfrggzdfmztwq2lknnwg23tpob",
            "user": "mfrggzdfmztwq2lknnwg23tpob", "name": "Ada", "email": "ada@example.com",
            "kind": "normal", "profile": "org-admin", "status": "active", "invitation": null,
            "since": "2026-11-22T10:00:00Z"}], "cursor": null})), SearchRefusals))]
pub(crate) async fn search_members(
    State(app): State<App>,
    caller: Caller,
    Path(OrgPath { org }): Path<OrgPath>,
    Body(search): Body<PeopleSearch>,
) -> Result<Answer<MemberList>, Error> {
    let text = search.text.to_string().to_lowercase();
    let of = format!("{:?}", search.kind);
    let cursor = Cursor::of(&["people", org.as_str(), &of, &text]);
    let after = cursor.read(search.cursor.as_deref())?;
    let now = app.clock.now();
    let wanted = Wanted {
        after,
        limit: search.limit.0,
        most_rows: MOST_ROWS,
        candidate: &|listed| {
            let name = listed.get("name").and_then(|name| name.as_s().ok());
            let sort = row::text(listed, "principal_sort");
            let address = sort.rsplit_once('#').map(|(address, _)| address);
            holds(&text, name.map(String::as_str), address)
        },
        entry: &|entry| {
            search.kind.is_none_or(|kind| entry.kind() == kind)
                && entry.status(now) != MemberStatus::Removed
                && entry_holds(&text, entry)
        },
    };
    let content = Box::pin(async {
        let (entries, next) = roster::entries(&app.table, &org, &wanted).await?;
        Ok((roster::shown(&app.table, &entries, now).await?, next))
    });
    let (items, next) = reading(&app, &caller, &org, Here::colleague, content).await?;
    Ok(Answer::ok(MemberList { items, cursor: next.map(|sort| cursor.behind(&sort)) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_of_name_or_address_counts_in_any_case() {
        let ada = (Some("Ada LOVELACE"), Some("al@example.com"));
        for text in ["ada", "love", "a l", "al@", "example"] {
            assert!(holds(text, ada.0, ada.1), "{text}");
        }
        assert!(!holds("bob", ada.0, ada.1));
        assert!(!holds("ada", None, None));
        assert!(holds("çelik", Some("Öykü ÇELIK"), None));
    }
}
