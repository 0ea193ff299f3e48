//! Handing a letter to SES.

use shared::address::Address;
use shared::app::App;
use shared::error::Error;
use shared::mailer::{Mail, MailError};
use shared::model::MailState;
use shared::telling::{About, News};

use crate::letter::Letter;

/// Why nothing is sent to somebody who called our mail spam.
pub(crate) const COMPLAINED: &str =
    "the address has called our mail spam, so nothing more is sent to it";

/// Hands `letter` to SES. Answers what is known of the mail then: sent, or refused for good.
///
/// # Errors
///
/// SES is busy or away: the mail must go on waiting.
pub(crate) async fn send(
    app: &App,
    to: &Address,
    about: &About,
    letter: &Letter,
) -> Result<News, Error> {
    let mail = Mail {
        to,
        subject: letter.subject.clone(),
        text: letter.text()?,
        html: letter.html()?,
        tags: about.tags(),
    };
    match app.mailer()?.send(mail).await {
        Ok(()) => Ok(News::of(MailState::Sent)),
        Err(MailError::Refused(reason)) => Ok(News::failed(MailState::Failed, reason)),
        Err(error) => Err(error.into()),
    }
}
