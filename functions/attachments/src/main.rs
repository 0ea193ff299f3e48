//! `attachments`: upload and download tickets, list, delete.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(attachments::routes(), shared::app::App::with_files).await
}
