//! Shows a case's history, and an org's audit view.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(history::routes(), |app, _| app).await
}
