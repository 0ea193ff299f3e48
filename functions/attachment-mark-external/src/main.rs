//! `attachment-mark-external`: mark an attachment external, or internal again.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(attachment_mark_external::routes(), |app, _| app).await
}
