//! Shows and sets a case's access.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(external_access::routes(), |app, _| app).await
}
