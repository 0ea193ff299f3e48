//! Events of SES: delivery, delay, bounce, complaint, reject.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::take(|app, _| app, on_mail::handle).await
}
