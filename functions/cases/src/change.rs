//! `PATCH /v1/cases/{case}`

use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body, IfMatch, Path};
use shared::id::CaseId;
use shared::model::{Details, Event, EventKind, Severity, Tlp};
use shared::store::{Condition, Outcome, Seen, StoreError, Tries, Write, case_event, keys, row};
use shared::tags;
use shared::text::{Description, Tag, Title};
use utoipa::ToSchema;

use crate::read;
use crate::view::Case;

/// What is to change. What is not named stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Phishing wave, second mailbox", "severity": "high"}))]
pub(crate) struct CaseChange {
    /// One line.
    title: Option<Title>,
    /// Text or Markdown.
    description: Option<Description>,
    /// How bad it is.
    severity: Option<Severity>,
    /// How far what is in it may be passed on.
    tlp: Option<Tlp>,
    /// All its tags; those that are not named go.
    #[schema(max_items = 50)]
    tags: Option<Vec<Tag>>,
}

impl CaseChange {
    /// Puts what is to change into `details`; answers the names of the fields that differ.
    fn apply(&self, details: &mut Details) -> Vec<&'static str> {
        fn set<T: PartialEq + Clone>(to: &mut T, from: Option<&T>) -> bool {
            match from {
                Some(from) if from != to => {
                    *to = from.clone();
                    true
                }
                _ => false,
            }
        }
        [
            ("title", set(&mut details.title, self.title.as_ref())),
            ("description", set(&mut details.description, self.description.as_ref())),
            ("severity", set(&mut details.severity, self.severity.as_ref())),
            ("tlp", set(&mut details.tlp, self.tlp.as_ref())),
            ("tags", set(&mut details.tags, self.tags.as_ref())),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// Change a case's details.
///
/// Needs `write` on `details`. The history names the fields that changed, not their texts; where
/// nothing differs, nothing is written.
#[utoipa::path(
    patch,
    path = "/v1/cases/{case}",
    tag = "cases",
    operation_id = "change_case",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("If-Match" = Option<String>, Header, description = "`\"c7\"`: only if its details have this version."),
    ),
    request_body = CaseChange,
    responses(
        (status = 200, description = "The case as it is now.", body = Case,
            headers(("ETag" = String, description = "`\"c8\"`: the version of its details."))),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: you only read its details.", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 412, description = "`version_moved`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_case(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    if_match: IfMatch,
    Body(mut change): Body<CaseChange>,
) -> Result<Answer<Case>, Error> {
    change.tags = change.tags.map(|tags| tags::distinct(tags, "/tags")).transpose()?;
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let look = app.table.look(&caller, case, now, &read::ask(&caller, case)).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        if !seen.access.edits_details() {
            return Err(Error::forbidden("write on details"));
        }
        let mut details = read::details(&seen)?;
        if_match.holds('c', details.version)?;
        let fields = change.apply(&mut details);
        if fields.is_empty() {
            return Ok(read::shown(&seen, details));
        }
        let version = details.version;
        details.version += 1;
        details.updated_at = now;
        let writes = vec![
            set(&details, &fields, version)?,
            case_event(case, &event(&seen, EventKind::CaseChanged, json!({ "fields": fields })))?,
        ];
        match app.table.outcome(writes, false).await? {
            Outcome::Done => return Ok(read::shown(&seen, details)),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// The write that sets `fields` of the details, where they still have the version `read`. What
/// lists the row stays as it is: only a change of access touches that.
pub(crate) fn set(
    details: &Details,
    fields: &[&'static str],
    read: u64,
) -> Result<Write, StoreError> {
    let mut set = vec![
        ("version", row::value(&details.version)?),
        ("updated_at", row::value(&details.updated_at)?),
    ];
    let mut remove = Vec::new();
    for &field in fields {
        let value = match field {
            "title" => row::value(&details.title)?,
            "description" => row::value(&details.description)?,
            "severity" => row::value(&details.severity)?,
            "tlp" => row::value(&details.tlp)?,
            "tags" => row::value(&details.tags)?,
            "status" => row::value(&details.status)?,
            "closed_at" => {
                let Some(at) = details.closed_at else {
                    remove.push("closed_at");
                    continue;
                };
                row::value(&at)?
            }
            other => return Err(StoreError::Odd(format!("details have no field `{other}`"))),
        };
        set.push((field, value));
    }
    Ok(Write::Update {
        key: keys::details(details.case),
        set,
        remove,
        add: Vec::new(),
        condition: Some(Condition::is("version", read)),
    })
}

/// An event of the case, done by the caller.
pub(crate) fn event(seen: &Seen, kind: EventKind, what: serde_json::Value) -> Event {
    let what = match what {
        serde_json::Value::Object(what) => what,
        _ => serde_json::Map::new(),
    };
    Event {
        kind,
        at: seen.now,
        actor: seen.caller.actor(seen.my_name().as_ref()),
        org: seen.head.owner.clone(),
        case: Some(seen.case),
        item: None,
        shares: Vec::new(),
        what,
    }
}
