//! `POST /v1/notices/read`

use axum::extract::State;
use serde::Deserialize;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Post};
use shared::id::NoticeId;
use shared::store::{AttributeValue, Condition, StoreError, keys, remembered};
use utoipa::ToSchema;

/// The most notices in one call: a page.
const MOST: usize = 100;

/// Which notices.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"notices": ["01JC0A7Z3X5D9V6K2M4N8P1QRS"]}))]
pub(crate) struct ReadBody {
    /// Their ids: 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    notices: Vec<NoticeId>,
}

/// Puts notices aside
///
/// They stay in the list as read. Ids that are not the caller's, or not there, are passed over.
#[utoipa::path(
    post,
    path = "/v1/notices/read",
    tag = "notices",
    operation_id = "read_notices",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the same request twice have its effect once, for 24 hours."),
    ),
    request_body = ReadBody,
    responses(
        (status = 204, description = "They are put aside."),
        (status = 400, description = "`invalid`, `malformed`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 413, description = "`too_large`", body = Problem),
        (status = 415, description = "`media_type`", body = Problem),
        (status = 422, description = "`key_reused`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn read_notices(
    State(app): State<App>,
    caller: Caller,
    Post { body, idem }: Post<ReadBody>,
) -> Result<Answer, Error> {
    if !(1..=MOST).contains(&body.notices.len()) {
        return Err(Error::invalid("/notices", "must name 1 to 100 notices"));
    }
    let now = app.clock.now();
    if let Some(idem) = &idem {
        // The key is taken first, so that another request cannot have it. The same request goes on
        // where this one may have been cut off: reading twice is reading once.
        let taken = app.table.write(vec![remembered(idem.record(now, 204, [])?, now)]).await;
        match taken {
            Ok(()) => {}
            Err(StoreError::Refused { .. }) => {
                let row = app.table.get(&idem.key()).await?;
                idem.before(row.as_ref(), now)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    for id in body.notices {
        let set = vec![("read_at", AttributeValue::S(now.to_string()))];
        let unread = Condition::present().and(Condition::without("read_at"));
        let key = keys::notice(caller.user, id);
        match app.table.update(&key, set, Vec::new(), Vec::new(), Some(unread)).await {
            Ok(_) | Err(StoreError::Refused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer::nothing())
}
