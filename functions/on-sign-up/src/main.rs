//! The triggers of the user pool: who may sign up, and what a token says.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::guard(on_sign_up::handle).await
}
