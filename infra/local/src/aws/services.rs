//! KMS and SES behind one loopback port.
//!
//! Every process of the machine reaches that port, so both answer only below a path that nobody
//! can guess, and that is part of their endpoint.

use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

use super::calls::Calls;
use super::kms::Kms;
use super::ses::Ses;

/// The largest request that SES takes.
const REQUEST_BYTES: usize = 40 << 20;

/// Where KMS and SES answer.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// KMS.
    pub kms: String,
    /// SES.
    pub ses: String,
}

/// Starts to serve KMS and SES, below the path `secret`. What they are asked for goes into `calls`.
///
/// # Errors
///
/// There is no port left.
pub async fn start(kms: Kms, ses: Ses, secret: &str, calls: &Calls) -> io::Result<Endpoints> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let noted = calls.clone();
    let answer_kms = move |headers: HeaderMap, body: Bytes| async move {
        noted.note(signature(&headers), &Kms::actions(&headers, &body));
        kms.answer(&headers, &body)
    };
    let noted = calls.clone();
    let answer_ses = move |headers: HeaderMap, body: Bytes| async move {
        noted.note(signature(&headers), &["ses:SendEmail".to_owned()]);
        on_a_thread(ses, body).await
    };
    let router = Router::new()
        .route(&format!("/{secret}/kms"), post(answer_kms.clone()))
        .route(&format!("/{secret}/kms/"), post(answer_kms))
        .route(&format!("/{secret}/ses/v2/email/outbound-emails"), post(answer_ses))
        .layer(axum::extract::DefaultBodyLimit::max(REQUEST_BYTES));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Endpoints {
        kms: format!("http://{address}/{secret}/kms"),
        ses: format!("http://{address}/{secret}/ses"),
    })
}

fn signature(headers: &HeaderMap) -> &str {
    headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// SES answers when the mail lies on the disk, which no thread of the runtime should wait for.
async fn on_a_thread(ses: Ses, body: Bytes) -> Response {
    let answered = tokio::task::spawn_blocking(move || ses.answer(&body)).await;
    answered.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
