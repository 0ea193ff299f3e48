//! `notices`: my notices.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(notices::routes(), |app, _| app).await
}
