//! `comment-mark-external`: mark a comment external, or internal again.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(comment_mark_external::routes(), |app, _| app).await
}
