//! `attachments`: files in the sections `documents` and `reports`.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/cases/{case}/attachments` | lists, newest first |
//! | `POST /v1/cases/{case}/attachments` | announces a file; answers leave to upload it |
//! | `GET /v1/cases/{case}/attachments/{attachment}` | reads what is known of it |
//! | `DELETE /v1/cases/{case}/attachments/{attachment}` | deletes it, file and all |
//! | `POST /v1/cases/{case}/attachments/{attachment}/download` | answers a link, and records it |
//!
//! Bytes never pass through here. What becomes of an upload is `on-upload`'s business; marking
//! external is a function of its own.

mod announce;
mod delete;
mod download;
mod read;
mod words;

use shared::routes;
use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(read::list_attachments, announce::add_attachment))
        .routes(routes!(read::get_attachment, delete::delete_attachment))
        .routes(routes!(download::download_attachment))
}
