//! Reading what SES publishes.
//!
//! Source: Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes".

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use shared::address::Address;
use shared::model::MailState;
use shared::telling::{About, News};

/// What an event tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What the mail was about.
    pub(crate) about: About,
    /// What became of it.
    pub(crate) news: News,
    /// Who called it spam.
    pub(crate) complained: Vec<Address>,
}

/// Why an event is dropped. Says nothing that stands in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(&'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

#[derive(Deserialize)]
struct Envelope {
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    reject: Option<Reject>,
}

#[derive(Deserialize)]
struct Mail {
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
    #[serde(default)]
    destination: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

#[derive(Deserialize)]
struct Reject {
    #[serde(default)]
    reason: String,
}

/// What an event tells; `None` if it tells nothing that is noted.
///
/// # Errors
///
/// It is not an event of SES, or not about a mail of ours.
pub(crate) fn read(event: &Value) -> Result<Option<Told>, Malformed> {
    let Envelope { detail } =
        Envelope::deserialize(event).map_err(|_| Malformed("it has another shape"))?;
    let Some(news) = news(&detail)? else { return Ok(None) };
    let tags = &detail.mail.tags;
    let about = About::from_tags(|name| Some(tags.get(name)?.first()?.as_str()))
        .ok_or(Malformed("its tags name nothing of ours"))?;
    let complained =
        if news.mail == MailState::Complained { complainers(&detail) } else { Vec::new() };
    Ok(Some(Told { about, news, complained }))
}

/// What became of the mail.
fn news(detail: &Detail) -> Result<Option<News>, Malformed> {
    Ok(Some(match detail.event_type.as_str() {
        "Send" => News::of(MailState::Sent),
        "DeliveryDelay" => News::of(MailState::Delayed),
        "Delivery" => News::of(MailState::Delivered),
        "Bounce" => match &detail.bounce {
            Some(bounce) if bounce.bounce_type == "Permanent" => {
                News::failed(MailState::Bounced, bounced(&bounce.bounce_sub_type))
            }
            // A full mailbox, a server that is away: it may arrive next time.
            Some(_) => News::of(MailState::Delayed),
            None => return Err(Malformed("it is a bounce without particulars")),
        },
        "Complaint" => {
            News::failed(MailState::Complained, "the recipient has called the mail spam")
        }
        "Reject" => News::failed(MailState::Failed, rejected(detail.reject.as_ref())),
        "Rendering Failure" | "RenderingFailure" => {
            News::failed(MailState::Failed, "the mail service could not write the mail")
        }
        // Opens, clicks and subscriptions are not asked for.
        _ => return Ok(None),
    }))
}

/// Why a mail came back for good, in words for the sharer.
fn bounced(sub_type: &str) -> &'static str {
    match sub_type {
        "NoEmail" => "there is no such mailbox",
        "Suppressed" | "OnAccountSuppressionList" => {
            "mail to this address came back before, so it is not tried again"
        }
        _ => "the recipient's server refused the mail for good; there may be no such mailbox",
    }
}

fn rejected(reject: Option<&Reject>) -> &'static str {
    match reject.map(|reject| reject.reason.as_str()) {
        Some("Bad content") => "the mail service found malware in the mail",
        _ => "the mail service rejected the mail",
    }
}

/// Who complained: whoever the provider names, or else whoever got the mail. Each of our mails has
/// one recipient.
fn complainers(detail: &Detail) -> Vec<Address> {
    let named = detail.complaint.iter().flat_map(|complaint| &complaint.complained_recipients);
    let named: Vec<Address> =
        named.filter_map(|recipient| recipient.email_address.parse().ok()).collect();
    if named.is_empty() {
        detail.mail.destination.iter().filter_map(|address| address.parse().ok()).collect()
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An event of one kind about an invitation's second generation.
    fn event(kind: &str, name: &str, what: &Value) -> Value {
        json!({
            "detail-type": "whatever", "source": "aws.ses",
            "detail": {
                "eventType": kind,
                name: what,
                "mail": {
                    "destination": ["bob@example.com"],
                    "tags": {
                        "kind": ["invitation"], "id": ["01JC0A7Z3X5D9V6K2M4N8P1QRS"],
                        "generation": ["2"], "ses:configuration-set": ["casement"],
                    },
                },
            },
        })
    }

    fn mail(kind: &str, name: &str, what: &Value) -> Option<MailState> {
        read(&event(kind, name, what)).unwrap().map(|told| told.news.mail)
    }

    #[test]
    fn each_kind_of_event_is_understood() {
        let none = json!({});
        assert_eq!(mail("Send", "send", &none), Some(MailState::Sent));
        assert_eq!(mail("Delivery", "delivery", &none), Some(MailState::Delivered));
        assert_eq!(mail("DeliveryDelay", "deliveryDelay", &none), Some(MailState::Delayed));
        assert_eq!(mail("Reject", "reject", &json!({"reason": "x"})), Some(MailState::Failed));
        assert_eq!(mail("Rendering Failure", "failure", &none), Some(MailState::Failed));
        assert_eq!(mail("Open", "open", &none), None);
    }

    #[test]
    fn only_a_permanent_bounce_is_one() {
        let bounce = |kind: &str| mail("Bounce", "bounce", &json!({"bounceType": kind}));
        assert_eq!(bounce("Permanent"), Some(MailState::Bounced));
        assert_eq!(bounce("Transient"), Some(MailState::Delayed));
        assert_eq!(bounce("Undetermined"), Some(MailState::Delayed));
    }

    #[test]
    fn a_complaint_names_who_complained() {
        let named = json!({"complainedRecipients": [{"emailAddress": "Bob@Example.com"}]});
        let told = read(&event("Complaint", "complaint", &named)).unwrap().unwrap();
        assert_eq!(told.complained, ["bob@example.com".parse().unwrap()]);
        let redacted = read(&event("Complaint", "complaint", &json!({}))).unwrap().unwrap();
        assert_eq!(redacted.complained, told.complained);
    }

    #[test]
    fn what_is_no_event_of_ours_is_dropped() {
        let id = "01JC0A7Z3X5D9V6K2M4N8P1QRS".parse().unwrap();
        let good = event("Delivery", "delivery", &json!({}));
        let about = read(&good).unwrap().unwrap().about;
        assert_eq!(about, About::Invitation { id, generation: 2 });
        for (pointer, value) in [
            ("/detail/mail/tags/kind", json!(["newsletter"])),
            ("/detail/mail/tags/id", json!(["../1"])),
            ("/detail/mail/tags/generation", json!(["-1"])),
            ("/detail/mail/tags/generation", json!([])),
            ("/detail/mail/tags", json!({})),
            ("/detail/mail/tags", json!("none")),
            ("/detail/mail", json!(null)),
            ("/detail", json!([])),
            ("/detail/eventType", json!(7)),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(read(&bad).is_err(), "{pointer}");
        }
        assert!(read(&json!(null)).is_err());
        let bounce = event("Bounce", "other", &json!({}));
        assert!(read(&bounce).is_err());
    }
}
