//! `disconnect`: leave a case that was shared with me.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(disconnect::routes(), |app, _| app).await
}
