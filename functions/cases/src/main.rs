//! Makes, shows, lists, changes and deletes cases.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(cases::routes(), |app, _| app).await
}
