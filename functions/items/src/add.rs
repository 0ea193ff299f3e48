//! Saying something.

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Idem, Path, Post};
use shared::id::{CaseId, ItemId};
use shared::items::CommentView;
use shared::model::{Comment, EventKind, Origin};
use shared::rights::{Level, Section};
use shared::store::{Ask, Outcome, RowBuilder, Seen, Tries, Write, case_event, keys, remembered};
use shared::text::CommentText;
use utoipa::ToSchema;

use crate::read::find;

/// What to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "The mail server is patched; logs are attached."}))]
pub(crate) struct Said {
    /// Plain text or Markdown.
    pub(crate) text: CommentText,
}

/// Adds a comment
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
        (status = 201, description = "The comment.", body = CommentView),
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
) -> Result<Answer<CommentView>, Error> {
    let ask = Ask::nothing().and(idem.as_ref().map(Idem::key));
    let mut tries = Tries::default();
    loop {
        let now = app.clock.now();
        let seen = app.table.look(&caller, case, now, &ask).await?.seen();
        let seen = seen.ok_or_else(Error::not_found)?;
        if seen.access.section(Section::Comments) == Level::None {
            return Err(Error::not_found());
        }
        let before = Idem::found(idem.as_ref(), &seen.rows, now);
        if let Ok(Some(record)) = &before {
            let (seen, comment) = find(&app, &caller, case, record.id("comment")?).await?;
            let view = CommentView::of(comment, caller.user, &seen.access);
            return Ok(Answer::replayed(record.status, view));
        }
        if !seen.access.adds(Section::Comments) {
            return Err(Error::forbidden("write on comments"));
        }
        before?;
        let comment = comment(&seen, &caller, body.text.clone(), now);
        match app.table.outcome(writes(&seen, &comment, idem.as_ref())?, idem.is_some()).await? {
            Outcome::Done => {
                let view = CommentView::of(comment, caller.user, &seen.access);
                return Ok(Answer::created(view));
            }
            // The next look finds the record of whoever was first.
            Outcome::Replayed(_) | Outcome::Again => tries.again().await?,
        }
    }
}

fn comment(seen: &Seen, caller: &Caller, text: CommentText, now: Timestamp) -> Comment {
    let portal = seen.access.through_portal();
    Comment {
        id: ItemId::new(now),
        case: seen.case,
        text,
        author: caller.user,
        author_name: seen.my_name(),
        origin: if portal { Origin::Portal } else { Origin::Internal },
        external: false,
        created_at: now,
        edited_at: None,
        version: 1,
    }
}

/// The transaction; the idempotency record, if any, comes first.
fn writes(seen: &Seen, comment: &Comment, idem: Option<&Idem>) -> Result<Vec<Write>, Error> {
    let now = comment.created_at;
    let mut writes = Vec::new();
    if let Some(idem) = idem {
        let record = idem.record(now, 201, [("comment", comment.id.to_string())])?;
        writes.push(remembered(record, now));
    }
    let key = keys::item(comment.case, Section::Comments, comment.id);
    writes.push(Write::add(RowBuilder::new(key, comment)?.build()));
    let actor = seen.caller.actor(comment.author_name.as_ref());
    let event = comment.event(EventKind::CommentAdded, now, actor, seen.head.owner.clone());
    writes.push(case_event(comment.case, &event)?);
    Ok(writes)
}
