//! The caller's own invitations.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Cursor, Limit, Query};
use shared::id::InvitationId;
use shared::model::Invitation;
use shared::store::{Query as Rows, keys, row};
use utoipa::{IntoParams, ToSchema};

use crate::preview::{Preview, keys_to_show, show};

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// How many invitations: 1 to 100.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 25)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// An invitation that waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    /// Its id, to accept or decline it.
    id: InvitationId,
    /// When it was sent.
    invited_at: Timestamp,
    /// What it is about.
    #[serde(flatten)]
    about: Preview,
}

/// Invitations, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingPage {
    /// The invitations.
    items: Vec<Waiting>,
    /// Where to go on; `null` at the end.
    cursor: Option<String>,
}

/// Lists the caller's open invitations
///
/// Those to the verified address of the token; without one, none.
#[utoipa::path(
    get,
    path = "/v1/invitations",
    tag = "accept",
    operation_id = "list_invitations",
    params(ListQuery),
    responses(
        (status = 200, description = "The invitations.", body = WaitingPage),
        (status = 400, description = "`invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_invitations(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Answer<WaitingPage>, Error> {
    let cursors = Cursor::of(&["invitations"]);
    let after: Option<InvitationId> = cursors.read_id(query.cursor.as_deref())?;
    let mut page = WaitingPage { items: Vec::new(), cursor: None };
    let Some(address) = &caller.address else {
        return Ok(Answer::ok(page));
    };
    let now = app.clock.now();
    let limit = query.limit.0;
    let mut after = after;
    loop {
        let mut rows = Rows::principal(keys::email_partition(address))
            .prefix(keys::INVITE_PREFIX)
            .backwards()
            .limit(limit);
        if let Some(after) = after {
            let index = keys::invitation_under(address, after);
            rows = rows.after(&keys::invitation(after), Some(&index.sort));
        }
        let listed = app.table.query(rows).await?;
        let wanted: Vec<_> = listed.rows.iter().map(row::key_of).collect();
        let found = app.table.get_many(wanted.clone()).await?;
        let mut open: Vec<Invitation> = Vec::new();
        for key in &wanted {
            let invitation: Option<Invitation> = row::read_if(found.get(key))?;
            after = invitation.as_ref().map(|one| one.id).or(after);
            let mine = invitation.filter(|one| one.is_open(now) && one.address == *address);
            open.extend(mine);
        }
        let about = app.table.get_many(open.iter().flat_map(keys_to_show)).await?;
        for invitation in &open {
            let Some(shown) = show(invitation, &about)? else { continue };
            if page.items.len() == limit {
                page.cursor = page.items.last().map(|last| cursors.behind(&last.id.to_string()));
                return Ok(Answer::ok(page));
            }
            page.items.push(Waiting {
                id: invitation.id,
                invited_at: invitation.invited_at,
                about: shown,
            });
        }
        if listed.next.is_none() {
            return Ok(Answer::ok(page));
        }
    }
}
