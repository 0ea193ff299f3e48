//! Shows and sets a case's assignees.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(assign::routes(), |app, _| app).await
}
