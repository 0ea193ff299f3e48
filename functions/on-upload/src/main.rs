//! `on-upload`: turns an upload into an attachment, or rejects it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::take(|app, aws| app.with_files(aws), on_upload::handle).await
}
