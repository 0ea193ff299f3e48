//! `accept`: preview an invitation, list mine, accept, decline.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(accept::routes(), shared::app::App::with_macs).await
}
