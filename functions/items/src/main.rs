//! `items`: the comments of a case.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(items::routes(), |app, _| app).await
}
