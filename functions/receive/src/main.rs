//! `receive`: what other orgs share, taken into cases of one's own.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(receive::routes(), |app, _| app).await
}
