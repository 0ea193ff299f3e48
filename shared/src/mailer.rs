//! Mail through SES. What is written stands in `on-change`; here is how it goes out.

use aws_sdk_sesv2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};

use crate::address::Address;

/// SES, with one sender and one configuration set.
#[derive(Clone)]
pub struct Mailer {
    client: aws_sdk_sesv2::Client,
    from: String,
    set: String,
}

/// One mail to one address.
pub struct Mail<'a> {
    /// To whom.
    pub to: &'a Address,
    /// The subject; nothing that a sharer wrote.
    pub subject: String,
    /// The text for those who read text.
    pub text: String,
    /// The same as HTML, without images.
    pub html: String,
    /// What the mail is about, so that `on-mail` finds the row again: names are `kind`, `id` and
    /// the like, values are ids and numbers, never addresses.
    pub tags: Vec<(&'static str, String)>,
}

/// Why a mail did not go out.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// SES refuses this mail; sending it again changes nothing. The text is fit for the sharer.
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// SES is busy or away. Send it again.
    #[error("the mail service did not take the mail: {0}")]
    TryAgain(String),
}

impl Mailer {
    /// Mail from `from`, under the configuration set `set`.
    #[must_use]
    pub fn new(client: aws_sdk_sesv2::Client, from: String, set: String) -> Self {
        Self { client, from, set }
    }

    /// Hands one mail to SES.
    ///
    /// # Errors
    ///
    /// [`MailError::Refused`] for good, [`MailError::TryAgain`] for now.
    pub async fn send(&self, mail: Mail<'_>) -> Result<(), MailError> {
        let text = |data: String| Content::builder().data(data).charset("UTF-8").build();
        let refused =
            |error: aws_sdk_sesv2::error::BuildError| MailError::Refused(error.to_string());
        let message = Message::builder()
            .subject(text(mail.subject).map_err(refused)?)
            .body(
                Body::builder()
                    .text(text(mail.text).map_err(refused)?)
                    .html(text(mail.html).map_err(refused)?)
                    .build(),
            )
            .build();
        let mut request = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
            .content(EmailContent::builder().simple(message).build())
            .configuration_set_name(&self.set);
        for (name, value) in mail.tags {
            let tag = MessageTag::builder().name(name).value(value).build().map_err(refused)?;
            request = request.email_tags(tag);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(judge(error)),
        }
    }
}

/// What SES will never take, and what it may take later.
///
/// Source: Amazon SES API v2 reference, `SendEmail`, errors.
fn judge<E, R>(error: SdkError<E, R>) -> MailError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("MessageRejected") => {
            MailError::Refused("the mail service rejected the message".to_owned())
        }
        Some("BadRequestException") => {
            MailError::Refused("the mail service cannot send to this address".to_owned())
        }
        // The code alone: SES's own words may hold the address.
        Some(code) => MailError::TryAgain(code.to_owned()),
        None => MailError::TryAgain(DisplayErrorContext(error).to_string()),
    }
}
