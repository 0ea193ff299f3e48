//! `items`: what a case holds besides its details and files.
//!
//! | route below `/v1/cases/{case}` | does |
//! |---|---|
//! | `GET /comments`, `/tasks`, `/observables`, `/targets`, `/contact` | lists, newest first |
//! | `POST` of the same | adds; observables and targets several at once |
//! | `GET`, `PATCH`, `DELETE …/{item}` | reads, changes, deletes |
//! | `GET …/{item}/shares`, `PUT`, `DELETE …/{item}/shares/{org}` | of tasks, observables, targets: with which orgs |
//! | `GET /reports` | lists the attachments that are reports |
//! | `GET /same-targets` | other cases with a target of this one |
//! | `GET /received` | targets of other orgs' cases that are taken into this one |
//!
//! And `POST /orgs/{org}/deconfliction`, here because it needs the key that names targets.
//!
//! One mechanism (`kind`, `add`, `several`) for all kinds; a file for each says what is its own.
//! Marking external is a function of its own, and so are uploads.

mod add;
mod comments;
mod contact;
mod deconflict;
mod kind;
mod observables;
mod received;
mod reports;
mod routes;
mod same_targets;
mod several;
mod sharing;
mod targets;
mod tasks;

use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .merge(comments::routes())
        .merge(tasks::routes())
        .merge(tasks::sharing_routes())
        .merge(observables::routes())
        .merge(observables::sharing_routes())
        .merge(targets::routes())
        .merge(targets::sharing_routes())
        .merge(contact::routes())
        .routes(shared::routes!(reports::list_reports))
        .routes(shared::routes!(same_targets::same_targets))
        .routes(shared::routes!(received::list_received))
        .routes(shared::routes!(deconflict::search_targets))
}
