//! `revoke`: take shares back, one or many.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(revoke::routes(), |app, _| app).await
}
