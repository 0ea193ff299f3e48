//! The mail of the story: waited for, read, and opened.

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::brief;
use super::story::{Ended, Person, SOON, Story};
use crate::client::Call;

/// Lines of a mail that are shown.
const LINES: usize = 7;

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
    let words: Vec<&str> = (line.split(' '))
        .map(|word| if word.contains("/i#") { "…/i#…" } else { word })
        .collect();
    brief::cut(&words.join(" "), 100)
}

impl Story {
    /// A step: the next mail to `who` arrives, with an invitation link. The token in it.
    pub(super) async fn invitation(
        &mut self,
        who: &Person,
        hides: &[&str],
    ) -> Result<String, Ended> {
        let sentence = format!("The mail reaches {}; its link opens the invitation.", who.name);
        let mail = self.mail(&sentence, &who.email, true, hides).await?;
        match mail.token() {
            Some(token) => Ok(token.to_owned()),
            None => Err(self.missing("the mail has no link")),
        }
    }

    /// A step: the next mail to `who` arrives. It must not say what is in `hides`.
    pub(super) async fn told(
        &mut self,
        who: &Person,
        hides: &[&str],
        says: &[&str],
    ) -> Result<(), Ended> {
        let sentence = format!("{} is told by mail.", who.name);
        let mail = self.mail(&sentence, &who.email, false, hides).await?;
        for text in says {
            if !mail.says(text) {
                self.fault(&format!("the mail must say `{text}`"))?;
            }
        }
        Ok(())
    }

    async fn mail(
        &mut self,
        sentence: &str,
        to: &str,
        with_link: bool,
        hides: &[&str],
    ) -> Result<Mail, Ended> {
        self.begin(sentence)?;
        let Some(mail) = self.next_mail(to, with_link).await? else {
            return Err(self.missing(&format!("no mail to {to} within 20 s")));
        };
        self.mail_line(&format!("✉ {to}: {}", mail.subject))?;
        for line in mail.lines() {
            self.mail_line(&format!("  │ {line}"))?;
        }
        for text in hides {
            if mail.says(text) {
                self.fault(&format!("the mail must not say `{text}`"))?;
            }
        }
        if !hides.is_empty() {
            let kept: Vec<String> = hides.iter().map(|text| format!("“{text}”")).collect();
            self.good(&format!("it does not say {}", kept.join(", ")))?;
        }
        Ok(mail)
    }

    /// The oldest mail to `to` that the story has not shown; with a link in it, if wanted.
    async fn next_mail(&mut self, to: &str, with_link: bool) -> Result<Option<Mail>, Ended> {
        let until = Instant::now() + SOON;
        loop {
            let list = self.host().send(&Call::get(format!("/mail.json?to={to}"))).await?;
            let list = list.body.as_array().map(Vec::as_slice).unwrap_or_default();
            for json in list.iter().rev() {
                let id = json.get("id").and_then(Value::as_str).unwrap_or_default();
                let mail = Mail::of(json);
                if !self.seen_mail.contains(id) && (!with_link || mail.token().is_some()) {
                    self.seen_mail.insert(id.to_owned());
                    return Ok(Some(mail));
                }
            }
            if until < Instant::now() {
                return Ok(None);
            }
            sleep(std::time::Duration::from_millis(50)).await;
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
