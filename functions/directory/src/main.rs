//! `/v1/me`, `/v1/orgs`, `/v1/groups` and what lies below them, as a Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(directory::routes(), |app, _| app).await
}
