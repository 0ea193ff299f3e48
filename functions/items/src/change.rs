//! Changing and taking back what was said.

use axum::extract::State;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body, Path};
use shared::id::{CaseId, ItemId};
use shared::items::CommentView;
use shared::model::{Comment, EventKind};
use shared::rights::{Level, Section};
use shared::store::{Condition, Outcome, RowBuilder, Seen, Tries, Write, case_event, keys};

use crate::add::Said;
use crate::read::find;

/// Changes the text of a comment
///
/// Needs `write` on comments; in the portal only one's own can be changed.
#[utoipa::path(
    patch,
    path = "/v1/cases/{case}/comments/{comment}",
    tag = "items",
    operation_id = "change_comment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("comment" = ItemId, Path, description = "The comment."),
    ),
    request_body = Said,
    responses(
        (status = 200, description = "The comment.", body = CommentView),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the comment", body = Problem),
        (status = 404, description = "`not_found`: the case or the comment", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn change_comment(
    State(app): State<App>,
    caller: Caller,
    Path((case, comment)): Path<(CaseId, ItemId)>,
    Body(body): Body<Said>,
) -> Result<Answer<CommentView>, Error> {
    let mut tries = Tries::default();
    loop {
        let (seen, mut comment) = find_to_edit(&app, &caller, case, comment).await?;
        let view = |comment| Answer::ok(CommentView::of(comment, caller.user, &seen.access));
        if comment.text == body.text {
            return Ok(view(comment));
        }
        let as_read = Condition::is("version", comment.version);
        comment.text.clone_from(&body.text);
        comment.edited_at = Some(seen.now);
        comment.version += 1;
        let row = RowBuilder::new(keys::item(case, Section::Comments, comment.id), &comment)?;
        let write = Write::Put(row.build(), Some(as_read));
        match told(&app, &seen, &comment, write, EventKind::CommentChanged).await? {
            Outcome::Done => return Ok(view(comment)),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

/// Deletes a comment
///
/// Needs `write` on comments; in the portal only one's own can be deleted. The history keeps that
/// it was there, not what it said.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/comments/{comment}",
    tag = "items",
    operation_id = "delete_comment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("comment" = ItemId, Path, description = "The comment."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs `write` on the comment", body = Problem),
        (status = 404, description = "`not_found`: the case or the comment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn delete_comment(
    State(app): State<App>,
    caller: Caller,
    Path((case, comment)): Path<(CaseId, ItemId)>,
) -> Result<Answer, Error> {
    let mut tries = Tries::default();
    loop {
        let (seen, comment) = find_to_edit(&app, &caller, case, comment).await?;
        let as_read = Condition::is("version", comment.version);
        let key = keys::item(case, Section::Comments, comment.id);
        let write = Write::Delete(key, Some(as_read));
        match told(&app, &seen, &comment, write, EventKind::CommentDeleted).await? {
            Outcome::Done => return Ok(Answer::nothing()),
            Outcome::Again | Outcome::Replayed(_) => tries.again().await?,
        }
    }
}

async fn find_to_edit(
    app: &App,
    caller: &Caller,
    case: CaseId,
    comment: ItemId,
) -> Result<(Seen, Comment), Error> {
    let (seen, comment) = find(app, caller, case, comment).await?;
    if seen.access.level(&comment.facts(caller.user)) == Level::Write {
        Ok((seen, comment))
    } else {
        Err(Error::forbidden("write on the comment"))
    }
}

/// Carries out the write, together with the line of history that tells of it.
async fn told(
    app: &App,
    seen: &Seen,
    comment: &Comment,
    write: Write,
    kind: EventKind,
) -> Result<Outcome, Error> {
    let actor = seen.caller.actor(seen.my_name().as_ref());
    let event = comment.event(kind, seen.now, actor, seen.head.owner.clone());
    let writes = vec![write, case_event(comment.case, &event)?];
    Ok(app.table.outcome(writes, false).await?)
}
