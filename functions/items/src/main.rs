//! `items`: comments, tasks, observables, targets, contact data and reports of a case.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(items::routes(), shared::app::App::with_targets).await
}
