//! `share`: give a case to people and groups; change what a share gives; send an invitation again.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(share::routes(), |app, _| app).await
}
