//! The mail of the story: waited for, read, and opened.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::brief;
use super::story::{Ended, Person, SOON, Story};
use crate::client::Call;

/// Lines of a mail that are shown.
const LINES: usize = 7;
/// Between two looks into the mailbox.
const PAUSE: Duration = Duration::from_millis(50);

/// A mail that arrived.
pub(super) struct Mail {
    subject: String,
    text: String,
    html: String,
}

impl Mail {
    fn of(json: &Value) -> Self {
        let text = |name| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { subject: text("subject"), text: text("text"), html: text("html") }
    }

    /// What stands behind the `#` of the first invitation link.
    fn token(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("/i#")?;
        rest.split_whitespace().next()
    }

    /// Whether a text stands anywhere in it.
    fn says(&self, text: &str) -> bool {
        [&self.subject, &self.text, &self.html].into_iter().any(|part| part.contains(text))
    }

    /// The first lines, without what a link opens.
    fn lines(&self) -> impl Iterator<Item = String> {
        self.text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(LINES).map(hidden)
    }
}

/// A line with the links in it shortened: the part after `#` is a secret.
fn hidden(line: &str) -> String {
    let words: Vec<&str> =
        (line.split(' ')).map(|word| if word.contains("/i#") { "…/i#…" } else { word }).collect();
    brief::cut(&words.join(" "), 100)
}

/// What a mail must be.
struct Wanted<'a> {
    /// A part of the subject; an invitation is known by its link.
    subject: Option<&'a str>,
    hides: &'a [&'a str],
    says: &'a [&'a str],
}

impl Wanted<'_> {
    fn is(&self, mail: &Mail) -> bool {
        match self.subject {
            Some(part) => mail.subject.contains(part),
            None => mail.token().is_some(),
        }
    }
}

impl Story {
    /// A step: an invitation reaches `who`. The token in it.
    pub(super) async fn invitation(
        &mut self,
        who: &Person,
        hides: &[&str],
        says: &[&str],
    ) -> Result<String, Ended> {
        let sentence = format!("The mail reaches {}; its link opens the invitation.", who.name);
        let mail = self.mail(&sentence, who, &Wanted { subject: None, hides, says }).await?;
        let token = mail.token().map(str::to_owned);
        token.ok_or_else(|| self.missing("the mail has no link"))
    }

    /// A step: a mail with `subject` reaches `who`.
    pub(super) async fn told(
        &mut self,
        who: &Person,
        subject: &str,
        hides: &[&str],
        says: &[&str],
    ) -> Result<(), Ended> {
        let sentence = format!("{} is told by mail.", who.name);
        let wanted = Wanted { subject: Some(subject), hides, says };
        self.mail(&sentence, who, &wanted).await?;
        Ok(())
    }

    async fn mail(
        &mut self,
        sentence: &str,
        who: &Person,
        wanted: &Wanted<'_>,
    ) -> Result<Mail, Ended> {
        self.begin(sentence)?;
        let Some(mail) = self.next_mail(&who.email, wanted).await? else {
            return Err(self.missing(&format!("no such mail to {} within 20 s", who.email)));
        };
        self.mail_line(&format!("✉ {}: {}", who.email, mail.subject))?;
        for line in mail.lines() {
            self.mail_line(&format!("  │ {line}"))?;
        }
        for text in wanted.hides {
            if mail.says(text) {
                self.fault(&format!("it must not say “{text}”"))?;
            } else {
                self.good(&format!("it does not say “{text}”"))?;
            }
        }
        for text in wanted.says {
            if mail.says(text) {
                self.good(&format!("it says “{text}”"))?;
            } else {
                self.fault(&format!("it must say “{text}”"))?;
            }
        }
        Ok(mail)
    }

    /// The oldest mail to `to` that is wanted and that the story has not shown.
    async fn next_mail(&mut self, to: &str, wanted: &Wanted<'_>) -> Result<Option<Mail>, Ended> {
        let until = Instant::now() + SOON;
        loop {
            let list = self.host().send(&Call::get(format!("/mail.json?to={to}"))).await?;
            let list = list.body.as_array().map(Vec::as_slice).unwrap_or_default();
            for json in list.iter().rev() {
                let id = json.get("id").and_then(Value::as_str).unwrap_or_default();
                let mail = Mail::of(json);
                if wanted.is(&mail) && self.seen_mail.insert(id.to_owned()) {
                    return Ok(Some(mail));
                }
            }
            if until < Instant::now() {
                return Ok(None);
            }
            sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_and_never_shown() {
        let text = "Ada invites you\n\nOpen:\nhttp://127.0.0.1:1/i#01J.abc\n-- \nCasement";
        let mail = Mail::of(&serde_json::json!({"subject": "x", "text": text, "html": ""}));
        assert_eq!(mail.token(), Some("01J.abc"));
        let lines: Vec<_> = mail.lines().collect();
        assert_eq!(lines, ["Ada invites you", "Open:", "…/i#…", "--", "Casement"]);
    }
}
