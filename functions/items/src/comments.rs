//! What is said about a case.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path, Post};
use shared::id::CaseId;
use shared::model::{CommentBody, TaskAssignee};
use shared::text::CommentText;
use utoipa::ToSchema;

use crate::add::add;
use crate::kind::{Changed, Kind};
use crate::routes::routes_of;

/// What to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The mail server is patched; logs are attached."}))]
pub(crate) struct Said {
    /// Plain text or Markdown.
    text: CommentText,
}

impl Kind for CommentBody {
    type Change = Said;

    fn apply(
        &mut self,
        change: &Said,
        _: Option<TaskAssignee>,
        _: Timestamp,
    ) -> Result<Vec<&'static str>, Error> {
        let mut changed = Changed::default();
        changed.set("text", &mut self.text, Some(&change.text));
        Ok(changed.0)
    }
}

routes_of! {
    CommentBody, Said, add: add_comment,
    "comments", "comment": "comment",
    portal: "In the portal: comments that are marked external, and those made there.",
    "list_comments", "get_comment", "change_comment", "delete_comment"
}

/// Add a comment
///
/// It is internal unless it is marked external. What is made through the portal is shown to all
/// who have access.
#[utoipa::path(
    post,
    path = "/v1/cases/{case}/comments",
    tag = "items",
    operation_id = "add_comment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = Said,
    responses(
        (status = 201, description = "The comment.", body = ItemView<CommentBody>),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on comments", body = Problem),
        (status = 404, description = "`not_found`: the case, or its comments are not shared", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn add_comment(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Post { body, idem }: Post<Said>,
) -> Result<Answer<ItemView<CommentBody>>, Error> {
    let make = |_, _| CommentBody { text: body.text.clone(), external: false };
    add(&app, &caller, case, idem.as_ref(), None, make).await
}
