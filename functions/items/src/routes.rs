//! The routes that every kind of items has alike, from one pattern.

/// The handlers that list, read, change and delete items of one kind, and `routes()` with the one
/// that adds.
macro_rules! routes_of {
    (
        $body:ty, $change:ty, add: $add:ident,
        $many:tt, $item:tt: $one:tt, portal: $portal:tt,
        $list:tt, $get:tt, $patch:tt, $delete:tt
    ) => {
        use shared::items::ItemView;

        use crate::kind::Items;

        /// The routes of this kind.
        pub(crate) fn routes() -> shared::routes::Routes {
            shared::routes::Routes::new()
                .routes(shared::routes!(list, $add))
                .routes(shared::routes!(get, change, delete))
        }

        #[utoipa::path(
            get,
            path = concat!("/v1/cases/{case}/", $many),
            tag = "items",
            operation_id = $list,
            summary = concat!("The ", $many, " of a case"),
            description = concat!("Newest first. ", $portal),
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                crate::kind::ItemsQuery,
            ),
            responses(
                (status = 200, description = "What the caller reaches.", body = Items<$body>),
                (status = 400, description = "`invalid`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or the section is not shared", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn list(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path(case): shared::http::Path<shared::id::CaseId>,
            shared::http::Query(query): shared::http::Query<crate::kind::ItemsQuery>,
        ) -> Result<shared::http::Answer<Items<$body>>, shared::error::Error> {
            crate::kind::list(&app, &caller, case, &query).await
        }

        #[utoipa::path(
            get,
            path = concat!("/v1/cases/{case}/", $many, "/{", $item, "}"),
            tag = "items",
            operation_id = $get,
            summary = concat!("One ", $one),
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ($item = shared::id::ItemId, Path, description = "Which."),
            ),
            responses(
                (status = 200, description = "It.", body = ItemView<$body>),
                (status = 400, description = "`invalid`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn get(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
            )>,
        ) -> Result<shared::http::Answer<ItemView<$body>>, shared::error::Error> {
            crate::kind::get(&app, &caller, case, item).await
        }

        #[utoipa::path(
            patch,
            path = concat!("/v1/cases/{case}/", $many, "/{", $item, "}"),
            tag = "items",
            operation_id = $patch,
            summary = concat!("Change a ", $one),
            description = "Needs `write` on the section; in the portal only one's own comments can be changed. What is not named stays; where nothing differs, nothing is written. The history names the fields that changed, not what they say.",
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ($item = shared::id::ItemId, Path, description = "Which."),
            ),
            request_body = $change,
            responses(
                (status = 200, description = "It, as it is now.", body = ItemView<$body>),
                (status = 400, description = "`invalid`, `malformed`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 403, description = "`forbidden`: needs `write` on it", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 413, description = "`too_large`", body = shared::error::Problem),
                (status = 415, description = "`media_type`", body = shared::error::Problem),
                (status = 422, description = "`not_a_colleague`", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn change(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
            )>,
            shared::http::Body(body): shared::http::Body<$change>,
        ) -> Result<shared::http::Answer<ItemView<$body>>, shared::error::Error> {
            crate::kind::change(&app, &caller, case, item, &body).await
        }

        #[utoipa::path(
            delete,
            path = concat!("/v1/cases/{case}/", $many, "/{", $item, "}"),
            tag = "items",
            operation_id = $delete,
            summary = concat!("Delete a ", $one),
            description = "Needs `write` on the section; in the portal only one's own comments can be deleted. The history keeps that it was there, not what it said.",
            params(
                ("case" = shared::id::CaseId, Path, description = "The case."),
                ($item = shared::id::ItemId, Path, description = "Which."),
            ),
            responses(
                (status = 204, description = "It is gone."),
                (status = 400, description = "`invalid`", body = shared::error::Problem),
                (status = 401, description = "`unauthenticated`", body = shared::error::Problem),
                (status = 403, description = "`forbidden`: needs `write` on it", body = shared::error::Problem),
                (status = 404, description = "`not_found`: the case, or there is none", body = shared::error::Problem),
                (status = 503, description = "`try_again`", body = shared::error::Problem),
            ),
        )]
        pub(crate) async fn delete(
            axum::extract::State(app): axum::extract::State<shared::app::App>,
            caller: shared::caller::Caller,
            shared::http::Path((case, item)): shared::http::Path<(
                shared::id::CaseId,
                shared::id::ItemId,
            )>,
        ) -> Result<shared::http::Answer, shared::error::Error> {
            crate::kind::delete::<$body>(&app, &caller, case, item).await
        }
    };
}
pub(crate) use routes_of;
