//! `GET /v1/notices`

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Query};
use shared::id::{CaseId, InvitationId, NoticeId, ShareId};
use shared::model::{Notice, NoticeKind};
use shared::store::{Query as Rows, keys, row};
use utoipa::{IntoParams, ToSchema};

use crate::facts::Facts;
use crate::words::{Deed, Said, say};

/// How many rows one call looks at to fill its page.
const MOST_ROWS: usize = 400;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `true`: only those that have not been put aside.
    #[serde(default)]
    #[param(value_type = bool, default = false)]
    unread: Unread,
    /// How many notices: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// `true` or `false`, as it stands in a query.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct Unread(bool);

impl TryFrom<String> for Unread {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "true" => Ok(Self(true)),
            "false" => Ok(Self(false)),
            _ => Err("must be `true` or `false`"),
        }
    }
}

/// A notice, in words as of now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    /// Its id.
    id: NoticeId,
    /// What it is about.
    kind: NoticeKind,
    /// When that was.
    at: Timestamp,
    /// Whether it has been put aside.
    read: bool,
    /// What it says.
    #[schema(examples("Ada Lovelace shared the case #12 “Phishing wave” with you."))]
    text: String,
    /// The case, if the reader may see it.
    case: Option<CaseId>,
    /// The share, if the reader may see it.
    share: Option<ShareId>,
    /// The invitation, while it can be accepted or declined.
    invitation: Option<InvitationId>,
    /// What can be done about it: `accept`, `decline`, or nothing.
    may: Vec<Deed>,
}

impl NoticeView {
    fn of(notice: &Notice, said: Said) -> Self {
        Self {
            id: notice.id,
            kind: notice.kind,
            at: notice.at,
            read: notice.read_at.is_some(),
            text: said.text,
            case: said.case,
            share: said.share,
            invitation: said.invitation,
            may: said.may,
        }
    }
}

/// Notices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticePage {
    /// The notices.
    items: Vec<NoticeView>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// Lists the caller's notices
///
/// Newest first, for 90 days. What a notice says is decided anew each time: a case that the caller
/// may not see any more is not named, and an invitation that is not open any more has nothing to
/// accept.
#[utoipa::path(
    get,
    path = "/v1/notices",
    tag = "notices",
    operation_id = "list_notices",
    params(ListQuery),
    responses(
        (status = 200, description = "The notices.", body = NoticePage, example = json!({
            "items": [{
                "id": "01JC0A7Z3X5D9V6K2M4N8P1QRS", "kind": "invited",
                "at": "2026-11-22T10:00:00Z", "read": false,
                "text": "Ada Lovelace (Acme) invites you to a case.",
                "case": null, "share": null, "invitation": "01JC0A7Z3X5D9V6K2M4N8P1QRT",
                "may": ["accept", "decline"]
            }],
            "cursor": null
        })),
        (status = 400, description = "`invalid`", body = Problem),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 503, description = "`try_again`", body = Problem),
    ),
)]
pub(crate) async fn list_notices(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Answer<NoticePage>, Error> {
    let unread = query.unread.0;
    let cursors = Cursor::of(&["notices", if unread { "unread" } else { "all" }]);
    let mut after: Option<NoticeId> = cursors.read_id(query.cursor.as_deref())?;
    let now = app.clock.now();
    let limit = query.limit.0;
    let mut items: Vec<NoticeView> = Vec::new();
    let mut rows_read = 0;
    loop {
        let mut rows = Rows::rows(keys::inbox_partition(caller.user)).backwards().limit(limit + 1);
        if let Some(after) = after {
            rows = rows.after(&keys::notice(caller.user, after), None);
        }
        let page = app.table.query(rows).await?;
        rows_read += page.rows.len();
        let read = page.rows.iter().map(row::read).collect::<Result<Vec<Notice>, _>>()?;
        let mut wanted: Vec<Notice> =
            read.iter().filter(|one| is_kept(one, now)).cloned().collect();
        wanted.retain(|notice| !(unread && notice.read_at.is_some()));
        let facts = Facts::read(&app, &caller, &wanted, now).await?;
        for notice in &wanted {
            let Some(said) = say(notice, &facts) else { continue };
            if items.len() == limit {
                let cursor = items.last().map(|last| cursors.behind(&last.id.to_string()));
                return Ok(Answer::ok(NoticePage { items, cursor }));
            }
            items.push(NoticeView::of(notice, said));
        }
        after = read.last().map(|last| last.id).or(after);
        if page.next.is_none() {
            return Ok(Answer::ok(NoticePage { items, cursor: None }));
        }
        if MOST_ROWS <= rows_read {
            let cursor = after.map(|after| cursors.behind(&after.to_string()));
            return Ok(Answer::ok(NoticePage { items, cursor }));
        }
    }
}

/// TTL deletion is a broom, never a judge.
fn is_kept(notice: &Notice, now: Timestamp) -> bool {
    now < notice.at + shared::sharing::NOTICE_KEPT
}
