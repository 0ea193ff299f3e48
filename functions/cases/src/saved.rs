//! `GET`, `PUT`, `DELETE /v1/me/filter`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::caller::Caller;
use shared::error::{Error, Problem};
use shared::http::{Answer, Body};
use shared::id::OrgId;
use shared::model::CaseStatus;
use shared::store::{RowBuilder, StoreError, keys, row};
use shared::text::Tag;
use utoipa::ToSchema;

use crate::matching::Filter;

/// Which cases a list holds, as its query says it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"filter": "assigned", "status": "open", "org": null, "tag": null}))]
pub(crate) struct SavedFilter {
    /// Only cases that this org owns.
    #[serde(default)]
    pub(crate) org: Option<OrgId>,
    /// Only these of the caller's cases.
    #[serde(default)]
    pub(crate) filter: Option<Filter>,
    /// Only open or only closed ones.
    #[serde(default)]
    pub(crate) status: Option<CaseStatus>,
    /// Only cases with this tag.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub(crate) tag: Option<Tag>,
}

/// The filter as it lies in the table, whose index projects fields of these names.
#[derive(Serialize, Deserialize)]
struct Saved {
    saved: SavedFilter,
}

/// The caller's saved filter; one that lets everything through where none is saved.
pub(crate) async fn read(app: &App, caller: &Caller) -> Result<SavedFilter, StoreError> {
    let found = app.table.get(&keys::saved_filter(caller.user)).await?;
    Ok(row::read_if::<Saved>(found.as_ref())?.map(|saved| saved.saved).unwrap_or_default())
}

/// Read your saved filter.
///
/// The one with which a list of cases begins. Where none is saved, every field is `null`.
#[utoipa::path(
    get,
    path = "/v1/me/filter",
    tag = "cases",
    operation_id = "read_saved_filter",
    responses(
        (status = 200, description = "The filter.", body = SavedFilter),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_saved_filter(
    State(app): State<App>,
    caller: Caller,
) -> Result<Answer<SavedFilter>, Error> {
    Ok(Answer::ok(read(&app, &caller).await?))
}

/// Save a filter.
///
/// It replaces the one before. `GET /v1/cases?saved=true` lists by it.
#[utoipa::path(
    put,
    path = "/v1/me/filter",
    tag = "cases",
    operation_id = "save_filter",
    request_body = SavedFilter,
    responses(
        (status = 200, description = "The filter.", body = SavedFilter),
        (status = 400, description = "`invalid`, `malformed`", body = Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "`too_large`", body = Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "`media_type`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn save_filter(
    State(app): State<App>,
    caller: Caller,
    Body(filter): Body<SavedFilter>,
) -> Result<Answer<SavedFilter>, Error> {
    let saved = Saved { saved: filter.clone() };
    let row = RowBuilder::new(keys::saved_filter(caller.user), &saved)?.build();
    app.table.put(row, None).await?;
    Ok(Answer::ok(filter))
}

/// Forget your saved filter.
///
/// Answers the same whether or not there was one.
#[utoipa::path(
    delete,
    path = "/v1/me/filter",
    tag = "cases",
    operation_id = "forget_filter",
    responses(
        (status = 204, description = "None is saved."),
        (status = 401, description = "`unauthenticated`", body = Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "`try_again`", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn forget_filter(State(app): State<App>, caller: Caller) -> Result<Answer, Error> {
    app.table.delete(&keys::saved_filter(caller.user), None).await?;
    Ok(Answer::nothing())
}
