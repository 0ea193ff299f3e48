//! The table's stream: mail, notices, clean-up, jobs.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::take(
        |app, aws| app.with_files(aws).with_macs(aws).with_mailer(aws),
        on_change::handle,
    )
    .await
}
