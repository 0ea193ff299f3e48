//! Who or what is hit.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::CaseId;
use shared::model::{TargetBody, TaskAssignee};
use shared::text::Note;
use shared::value::{Value, ValueType};
use utoipa::ToSchema;

use crate::kind::{Changed, Kind};
use crate::routes::routes_of;
use crate::several::{self, Entries, given};
use crate::sharing::sharing_of;

/// Targets to be added: in `lines`, or in `items`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "items": [
        {"type": "email", "value": "finance@acme.example", "note": "the mailbox of the team"},
        {"type": "other", "value": "svc-backup", "note": "service account"}
    ]
}))]
pub(crate) struct NewTargets {
    /// One value per line, at most 100.
    lines: Option<String>,
    /// 1 to 100 values, each with what is special to it.
    #[schema(min_items = 1, max_items = 100)]
    items: Option<Vec<NewTarget>>,
    /// Of what type they are, where they do not say it themselves. Not given: what they look like.
    #[serde(rename = "type")]
    kind: Option<ValueType>,
    /// Who or what they are, where they do not say it themselves.
    note: Option<Note>,
}

/// One target to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTarget {
    /// Of what type it is. Not given: what it looks like.
    #[serde(rename = "type")]
    kind: Option<ValueType>,
    /// The value.
    #[schema(min_length = 1, max_length = 2_000)]
    value: String,
    /// Who or what it is.
    note: Option<Note>,
}

/// What is to change. Type and value stay: another value is another target.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "the mailbox of the whole team"}))]
pub(crate) struct TargetChange {
    /// Who or what it is.
    note: Option<Note>,
}

impl Kind for TargetBody {
    const LISTED: bool = true;
    type Change = TargetChange;

    fn apply(
        &mut self,
        change: &TargetChange,
        _: Option<TaskAssignee>,
        _: Timestamp,
    ) -> Result<Vec<&'static str>, Error> {
        let mut changed = Changed::default();
        changed.set("note", &mut self.note, change.note.as_ref());
        Ok(changed.0)
    }
}

routes_of! {
    TargetBody, TargetChange, add: add_targets,
    "targets", "item": "target",
    portal: "Nobody sees targets in the portal.",
    "list_targets", "get_target", "change_target", "delete_target"
}

sharing_of! {
    TargetBody, "targets", "target",
    who: "What an org takes into a case of its own is the targets that are shared with it.",
    wish: {},
    "list_target_shares", "share_target", "unshare_target"
}

/// Add targets
///
/// Each is atomic by itself and has an answer of its own, in the order of the request: added, there
/// before, or no such value.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/targets",
    tag = "items",
    operation_id = "add_targets",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once for each entry, for 24 hours."),
    ),
    request_body = NewTargets,
    responses(
        (status = 200, description = "What became of each: `status` is 201, 409 (`already_there`) or 422 (`no_such_value`).", body = Entries<TargetBody>),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on targets", body = Problem),
        (status = 404, description = "`not_found`: the case, or its targets are not shared", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_targets(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<NewTargets>,
) -> Result<Answer<Entries<TargetBody>>, Error> {
    let NewTargets { lines, items, kind, note } = body;
    let value = |one: &NewTarget| (one.value.clone(), one.kind);
    let make = |own: Option<&NewTarget>, value: Value| TargetBody {
        value,
        note: own.and_then(|one| one.note.clone()).or_else(|| note.clone()).unwrap_or_default(),
    };
    let given = given(lines.as_deref(), kind, items, value, make)?;
    several::add(&app, &caller, case, idem.as_ref(), given).await
}
