//! What was said.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Path, Query};
use shared::id::{CaseId, ItemId};
use shared::items::CommentView;
use shared::model::Comment;
use shared::rights::{Level, Section};
use shared::store::{Ask, Seen, WantedItems, keys};
use utoipa::{IntoParams, ToSchema};

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommentsQuery {
    /// How many comments: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of comments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommentsPage {
    /// The comments, newest first. A page of long comments may have fewer than `limit`.
    items: Vec<CommentView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// What was said about a case
///
/// Newest first. In the portal: comments that are marked external, and those made there.
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/comments",
    tag = "items",
    operation_id = "list_comments",
    params(("case" = CaseId, Path, description = "The case."), CommentsQuery),
    responses(
        (status = 200, description = "The comments that the caller reaches.", body = CommentsPage),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case, or its comments are not shared", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn list_comments(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    Query(query): Query<CommentsQuery>,
) -> Result<Answer<CommentsPage>, Error> {
    let cursors = Cursor::of(&["comments", &case.to_string()]);
    let shown = |seen: &Seen, comment: &Comment| {
        seen.access.level(&comment.facts(seen.caller.user)) != Level::None
    };
    let wanted = WantedItems {
        case,
        sections: (Section::Comments, None),
        after: cursors.read_id(query.cursor.as_deref())?,
        limit: query.limit.0,
        shown: &shown,
    };
    let page = app.table.items(&caller, app.clock.now(), &wanted).await?;
    let page = page.ok_or_else(Error::not_found)?;
    let access = &page.seen.access;
    if access.section(Section::Comments) == Level::None {
        return Err(Error::not_found());
    }
    let view = |comment| CommentView::of(comment, caller.user, access);
    Ok(Answer::ok(CommentsPage {
        items: page.items.into_iter().map(view).collect(),
        cursor: page.after.map(|last| cursors.behind(&last.to_string())),
    }))
}

/// One comment
#[utoipa::path(
    get,
    path = "/v1/cases/{case}/comments/{comment}",
    tag = "items",
    operation_id = "get_comment",
    params(
        ("case" = CaseId, Path, description = "The case."),
        ("comment" = ItemId, Path, description = "The comment."),
    ),
    responses(
        (status = 200, description = "The comment.", body = CommentView),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`: the case or the comment", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn get_comment(
    State(app): State<App>,
    caller: Caller,
    Path((case, comment)): Path<(CaseId, ItemId)>,
) -> Result<Answer<CommentView>, Error> {
    let (seen, comment) = find(&app, &caller, case, comment).await?;
    Ok(Answer::ok(CommentView::of(comment, caller.user, &seen.access)))
}

/// The comment, with the decision that shows it. 404 for one that is hidden or not there.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    case: CaseId,
    comment: ItemId,
) -> Result<(Seen, Comment), Error> {
    let key = keys::item(case, Section::Comments, comment);
    let look = app.table.look(caller, case, app.clock.now(), &Ask::rows([key.clone()])).await?;
    let seen = look.seen().ok_or_else(Error::not_found)?;
    let comment: Comment = seen.row(&key)?.ok_or_else(Error::not_found)?;
    match seen.access.level(&comment.facts(caller.user)) {
        Level::None => Err(Error::not_found()),
        Level::Read | Level::Write => Ok((seen, comment)),
    }
}
