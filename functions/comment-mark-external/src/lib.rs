//! `comment-mark-external`: mark a comment external, or internal again.
//!
//! The mark is decided together with the case's access, at one instant. Whoever uses the portal
//! marks nothing; what they write is shown to all with access and needs no mark.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::{CaseId, ItemId};
use shared::items::{ItemView, check_mark};
use shared::model::{Comment, CommentBody, EventKind};
use shared::rights::Section;
use shared::routes;
use shared::routes::Routes;
use shared::store::{Ask, Condition, Outcome, RowBuilder, Seen, Tries, Write, case_event, keys};

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(mark_comment_external, mark_comment_internal))
}

/// Marks a comment external
///
/// From then on external users to whom the case is open see it. Marking it twice is fine.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/comments/{comment}/external",
    tag = "external",
    operation_id = "mark_comment_external",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("comment" = ItemId, Path, description = "The comment."),
    ),
    responses(
        (status = 200, description = "The comment, marked.", body = ItemView<CommentBody>),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on comments, not through the portal", body = Problem),
        (status = 404, description = "`not_found`: the case or the comment", body = Problem),
        (status = 409, description = "`not_external`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
async fn mark_comment_external(
    State(app): State<App>,
    caller: Caller,
    Path((case, comment)): Path<(CaseId, ItemId)>,
) -> Result<Answer<ItemView<CommentBody>>, Error> {
    mark(&app, &caller, case, comment, true).await.map(Answer::ok)
}

/// Makes a comment internal again
///
/// Holds from the next request on. Fine also if it was not marked, or the case is internal by now.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/comments/{comment}/external",
    tag = "external",
    operation_id = "mark_comment_internal",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("comment" = ItemId, Path, description = "The comment."),
    ),
    responses(
        (status = 204, description = "It is not marked."),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on comments, not through the portal", body = Problem),
        (status = 404, description = "`not_found`: the case or the comment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
async fn mark_comment_internal(
    State(app): State<App>,
    caller: Caller,
    Path((case, comment)): Path<(CaseId, ItemId)>,
) -> Result<Answer, Error> {
    mark(&app, &caller, case, comment, false).await?;
    Ok(Answer::nothing())
}

/// Sets the mark, or takes it back.
async fn mark(
    app: &App,
    caller: &Caller,
    case: CaseId,
    comment: ItemId,
    external: bool,
) -> Result<ItemView<CommentBody>, Error> {
    let key = keys::item(case, Section::Comments, comment);
    let ask = Ask::rows([key.clone()]);
    let mut tries = Tries::default();
    loop {
        let look = app.table.look(caller, case, app.clock.now(), &ask).await?;
        let seen = look.seen().ok_or_else(Error::not_found)?;
        let mut comment: Comment = seen.row(&key)?.ok_or_else(Error::not_found)?;
        check_mark(&seen.access, seen.head.access, &comment.facts(caller.user), external)?;
        if comment.body.external != external {
            let writes = writes(&seen, &mut comment, external)?;
            match app.table.outcome(writes, false).await? {
                Outcome::Done => {}
                Outcome::Again | Outcome::Replayed(_) => {
                    tries.again().await?;
                    continue;
                }
            }
        }
        let level = seen.access.level(&comment.facts(caller.user));
        return Ok(ItemView::of(comment, caller.user, level));
    }
}

/// The comment with its new mark, where it is as it was read, and the line of history.
fn writes(seen: &Seen, comment: &mut Comment, external: bool) -> Result<Vec<Write>, Error> {
    let as_read = Condition::is("version", comment.version);
    comment.body.external = external;
    comment.version += 1;
    let key = keys::item(comment.case, Section::Comments, comment.id);
    let row = RowBuilder::new(key, comment)?.build();
    let kind =
        if external { EventKind::CommentMarkedExternal } else { EventKind::CommentMarkedInternal };
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let event = comment.event(kind, seen.now, actor, seen.head.owner.clone());
    Ok(vec![Write::Put(row, Some(as_read)), case_event(comment.case, &event)?])
}
