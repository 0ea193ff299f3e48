//! `PUT`, `DELETE /v1/cases/{case}/favourite`

use axum::extract::State;
use serde_json::json;
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Path};
use shared::id::CaseId;
use shared::store::{Ask, RowBuilder, keys};

/// Make a case one of your favourites.
///
/// Any case that you see. Doing it again changes nothing.
#[utoipa::path(
    put,
    path = "/v1/cases/{case}/favourite",
    tag = "cases",
    operation_id = "add_favourite",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 204, description = "It is one now."),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add_favourite(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer, Error> {
    let now = app.clock.now();
    sees(&app, &caller, case).await?;
    let body = json!({ "case": case, "at": now });
    let row = RowBuilder::new(keys::favourite(caller.user, case), &body)?.build();
    app.table.put(row, None).await?;
    Ok(Answer::nothing())
}

/// Take a case off your favourites.
///
/// Answers the same whether or not it was one.
#[utoipa::path(
    delete,
    path = "/v1/cases/{case}/favourite",
    tag = "cases",
    operation_id = "remove_favourite",
    params(("case" = CaseId, Path, description = "The case.")),
    responses(
        (status = 204, description = "It is none now."),
        (status = 400, description = "`invalid`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove_favourite(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
) -> Result<Answer, Error> {
    sees(&app, &caller, case).await?;
    app.table.delete(&keys::favourite(caller.user, case), None).await?;
    Ok(Answer::nothing())
}

async fn sees(app: &App, caller: &Caller, case: CaseId) -> Result<(), Error> {
    let look = app.table.look(caller, case, app.clock.now(), &Ask::nothing()).await?;
    look.seen().map(|_| ()).ok_or_else(Error::not_found)
}
