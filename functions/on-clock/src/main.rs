//! The schedule: what is due.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::take(shared::app::App::with_files, on_clock::handle).await
}
