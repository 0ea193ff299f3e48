//! `on-upload`: turns an upload into an attachment, or rejects it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::take(shared::app::App::with_files, on_upload::handle).await
}
