//! What becomes of a mail, and the events in which SES tells EventBridge.
//!
//! Source: Amazon SES Developer Guide, "Using the Amazon SES mailbox simulator manually" and
//! "Contents of event data that Amazon SES publishes"; EventBridge reference, "Amazon SES events".

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{ACCOUNT, REGION};
use crate::mailbox::{Mail, State};

/// Domain of the mailbox simulator.
const SIMULATOR: &str = "simulator.amazonses.com";

/// A domain of our own: what SES refuses at sending has no simulator address.
const REFUSED: &str = "refused.simulator.amazonses.com";

/// The EICAR test file, in two parts so that this source is none.
pub(crate) const EICAR: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD", "-ANTIVIRUS-TEST-FILE!$H+H*"];

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// It arrives.
    Delivery,
    /// There is no such mailbox.
    Bounce,
    /// The address bounced before, and is not tried again.
    Suppressed,
    /// It arrives, and is marked as spam.
    Complaint,
    /// It holds a virus, so it is not sent.
    Reject,
}

impl Fate {
    /// What becomes of a mail to these addresses; `None` if SES does not take it.
    pub(super) fn of(to: &[String], texts: &[&str]) -> Option<Self> {
        let eicar = EICAR.concat();
        let mut fate = Self::Delivery;
        for address in to {
            let (local, domain) = address.rsplit_once('@').unwrap_or(("", address));
            let domain = domain.trim_end_matches('>').to_ascii_lowercase();
            // The simulator knows labels: `bounce+label1@…`.
            let local = local.split('+').next().unwrap_or(local).to_ascii_lowercase();
            match (domain.as_str(), local.as_str()) {
                (REFUSED, _) => return None,
                (SIMULATOR, "bounce") => fate = Self::Bounce,
                (SIMULATOR, "suppressionlist") => fate = Self::Suppressed,
                (SIMULATOR, "complaint") => fate = Self::Complaint,
                _ => {}
            }
        }
        if texts.iter().any(|text| text.contains(&eicar)) {
            fate = Self::Reject;
        }
        Some(fate)
    }

    /// How the mailbox shows it.
    pub(super) fn state(self) -> State {
        match self {
            Self::Delivery => State::Delivered,
            Self::Bounce | Self::Suppressed => State::Bounced,
            Self::Complaint => State::Complained,
            Self::Reject => State::Rejected,
        }
    }
}

/// The events of a mail, in their order.
pub(super) fn events(mail: &Mail, to: &[String], fate: Fate, set: Option<&str>) -> Vec<Value> {
    let about = |detail_type: &str, event_type: &str, name: &str, what: Value| {
        let mut detail = json!({
            "eventType": event_type,
            "mail": sent(mail, to, set),
        });
        if let Some(detail) = detail.as_object_mut() {
            detail.insert(name.to_owned(), what);
        }
        envelope(mail, detail_type, &detail)
    };
    let at = mail.at.to_string();
    let bounce = |kind: &str| {
        let recipients: Vec<_> = to
            .iter()
            .map(|to| json!({"emailAddress": to, "action": "failed", "status": "5.1.1"}))
            .collect();
        json!({
            "feedbackId": mail.id,
            "bounceType": "Permanent",
            "bounceSubType": kind,
            "bouncedRecipients": recipients,
            "timestamp": at,
        })
    };
    let delivery = || {
        json!({
            "timestamp": at,
            "processingTimeMillis": 1,
            "recipients": to,
            "smtpResponse": "250 ok",
            "reportingMTA": "localhost",
        })
    };
    match fate {
        Fate::Delivery => vec![about("Email Delivered", "Delivery", "delivery", delivery())],
        Fate::Bounce => vec![about("Email Bounced", "Bounce", "bounce", bounce("General"))],
        Fate::Suppressed => {
            vec![about("Email Bounced", "Bounce", "bounce", bounce("OnAccountSuppressionList"))]
        }
        Fate::Complaint => {
            let recipients: Vec<_> = to.iter().map(|to| json!({"emailAddress": to})).collect();
            let complaint = json!({
                "feedbackId": mail.id,
                "complainedRecipients": recipients,
                "complaintFeedbackType": "abuse",
                "timestamp": at,
            });
            vec![
                about("Email Delivered", "Delivery", "delivery", delivery()),
                about("Email Complaint Received", "Complaint", "complaint", complaint),
            ]
        }
        Fate::Reject => {
            vec![about("Email Rejected", "Reject", "reject", json!({"reason": "Bad content"}))]
        }
    }
}

/// The `mail` object of an event.
fn sent(mail: &Mail, to: &[String], set: Option<&str>) -> Value {
    let mut tags: BTreeMap<_, _> =
        mail.tags.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
    tags.insert("ses:configuration-set".to_owned(), set.map(str::to_owned).into_iter().collect());
    json!({
        "timestamp": mail.at.to_string(),
        "messageId": mail.id,
        "source": mail.from,
        "sendingAccountId": ACCOUNT,
        "destination": to,
        "headersTruncated": false,
        "tags": tags,
    })
}

/// What EventBridge puts around each event.
fn envelope(mail: &Mail, detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": ulid::Ulid::generate().to_string(),
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": mail.at.to_string(),
        "region": REGION,
        "resources": [],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(address: &str, text: &str) -> Option<Fate> {
        Fate::of(&[address.to_owned()], &[text])
    }

    #[test]
    fn the_simulators_addresses_have_their_fates() {
        assert_eq!(fate("ada@example.org", "hello"), Some(Fate::Delivery));
        assert_eq!(fate("success@simulator.amazonses.com", ""), Some(Fate::Delivery));
        assert_eq!(fate("ooto@simulator.amazonses.com", ""), Some(Fate::Delivery));
        assert_eq!(fate("bounce+a@simulator.amazonses.com", ""), Some(Fate::Bounce));
        assert_eq!(fate("Complaint@simulator.amazonses.com", ""), Some(Fate::Complaint));
        assert_eq!(fate("suppressionlist@simulator.amazonses.com", ""), Some(Fate::Suppressed));
        assert_eq!(fate("anyone@refused.simulator.amazonses.com", ""), None);
        assert_eq!(fate("ada@example.org", &EICAR.concat()), Some(Fate::Reject));
    }

    #[test]
    fn an_event_carries_the_tags_as_lists() {
        let mail = Mail {
            id: "01J".into(),
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            to: "bounce@simulator.amazonses.com".into(),
            from: "casement@example.org".into(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            tags: BTreeMap::from([("kind".to_owned(), "invitation".to_owned())]),
            state: State::Bounced,
        };
        let events = events(&mail, std::slice::from_ref(&mail.to), Fate::Bounce, Some("set"));
        let [event] = events.as_slice() else { panic!("one event") };
        assert_eq!(event["detail-type"], "Email Bounced");
        assert_eq!(event["detail"]["bounce"]["bounceType"], "Permanent");
        assert_eq!(
            event["detail"]["mail"]["tags"],
            json!({"kind": ["invitation"], "ses:configuration-set": ["set"]})
        );
    }
}
