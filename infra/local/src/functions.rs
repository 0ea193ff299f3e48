//! All functions, in one process.

use std::sync::Arc;

use axum::Router;
use shared::app::App;
use shared::aws::Aws;
use shared::clock::Clock;
use shared::routes::Routes;
use shared::settings::Settings;

use crate::events::{Failed, bus, clock, pump};

/// The name of a function's crate, and what makes its routes.
type Answering = (&'static str, fn() -> Routes);

/// Every function that answers HTTP.
const ANSWERING: [Answering; 15] = [
    ("share", share::routes),
    ("revoke", revoke::routes),
    ("accept", accept::routes),
    ("disconnect", disconnect::routes),
    ("attachment-mark-external", attachment_mark_external::routes),
    ("comment-mark-external", comment_mark_external::routes),
    ("external-access", external_access::routes),
    ("assign", assign::routes),
    ("cases", cases::routes),
    ("items", items::routes),
    ("attachments", attachments::routes),
    ("directory", directory::routes),
    ("notices", notices::routes),
    ("history", history::routes),
    ("receive", receive::routes),
];

/// Every function that answers HTTP, by the name of its crate, with its routes.
pub fn each() -> impl Iterator<Item = (&'static str, Routes)> {
    ANSWERING.into_iter().map(|(name, routes)| (name, routes()))
}

/// The functions that events call.
pub const EVENTS: [&str; 4] = ["on-change", "on-upload", "on-mail", "on-clock"];

/// The names of all functions that run here.
pub fn names() -> impl Iterator<Item = &'static str> {
    ANSWERING.into_iter().map(|(name, _)| name).chain(EVENTS)
}

/// What every function here is given, but for its name.
pub struct Shared {
    /// What the deployment sets.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// What is embedded.
    pub aws: Aws,
}

impl Shared {
    /// The world of a function, which signs with its name.
    #[must_use]
    pub fn app(&self, function: &str) -> App {
        let aws = self.aws.clone().with_access_key(function);
        App::new(self.settings.clone(), self.clock.clone(), &aws)
            .with_files(&aws)
            .with_macs(&aws)
            .with_targets(&aws)
            .with_mailer(&aws)
    }

    /// Every function that answers HTTP, each in its own world.
    pub fn served(&self) -> Router {
        each().fold(Router::new(), |all, (name, routes)| {
            all.merge(routes.into_router().with_state(self.app(name)))
        })
    }
}

/// The routes of every function that answers HTTP.
#[must_use]
pub fn routes() -> Routes {
    each().fold(Routes::new(), |all, (_, routes)| all.merge(routes))
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
