//! All functions, in one process.

use std::sync::Arc;

use shared::app::App;
use utoipa_axum::router::OpenApiRouter;

use crate::events::{Failed, bus, clock, pump};

/// The routes of every function that answers HTTP.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(share::routes())
        .merge(revoke::routes())
        .merge(accept::routes())
        .merge(disconnect::routes())
        .merge(attachment_mark_external::routes())
        .merge(comment_mark_external::routes())
        .merge(external_access::routes())
        .merge(assign::routes())
        .merge(cases::routes())
        .merge(items::routes())
        .merge(attachments::routes())
        .merge(directory::routes())
        .merge(notices::routes())
        .merge(history::routes())
        .merge(receive::routes())
}

/// `on-change`, for the stream.
#[must_use]
pub fn on_change(app: App) -> pump::Handler {
    Arc::new(move |event| {
        let work = on_change::handle(app.clone(), event);
        Box::pin(async { work.await.map_err(|error| Failed::of(&error)) })
    })
}

/// `on-upload`, for the events of the bucket.
#[must_use]
pub fn on_upload(app: App) -> bus::Handler {
    Arc::new(move |event| {
        let work = on_upload::handle(app.clone(), event);
        Box::pin(async { work.await.map_err(|error| Failed::of(&error)) })
    })
}

/// `on-mail`, for the events of SES.
#[must_use]
pub fn on_mail(app: App) -> bus::Handler {
    Arc::new(move |event| {
        let work = on_mail::handle(app.clone(), event);
        Box::pin(async { work.await.map_err(|error| Failed::of(&error)) })
    })
}

/// `on-clock`, for the schedule.
#[must_use]
pub fn on_clock(app: App) -> clock::Handler {
    Arc::new(move |event| {
        let work = on_clock::handle(app.clone(), event);
        Box::pin(async { work.await.map_err(|error| Failed::of(&error)) })
    })
}
