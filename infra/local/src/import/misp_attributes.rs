//! The attributes of a MISP event, its own and those of its objects, as observables.
//!
//! Source: MISP core format, draft-16, section 2.4, and the types of MISP's `describeTypes`.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};
use shared::value::{VALUE_BYTES, Value, ValueType};

use super::entry::NewObservable;
use super::misp::{list, text, tlp_of};
use super::tidy;

/// The longest note.
const NOTE: usize = 4_000;
/// The longest name of a type.
const LABEL: usize = 64;

/// What was made of the attributes.
pub(super) struct Taken {
    /// Observables, each once.
    pub(super) observables: Vec<NewObservable>,
    /// How many attributes are none: without type or value, or too long.
    pub(super) left: usize,
    /// How many texts were shortened or cleaned.
    pub(super) tidied: usize,
}

/// The observables of an event.
pub(super) fn observables(event: &Map<String, Json>, tlp: &'static str) -> Taken {
    let within = list(event, "Object").filter_map(Json::as_object);
    let within = within.flat_map(|object| list(object, "Attribute"));
    let mut taken = Taken { observables: Vec::new(), left: 0, tidied: 0 };
    let mut seen = HashSet::new();
    for attribute in list(event, "Attribute").chain(within) {
        let Some(attribute) = attribute.as_object() else {
            taken.left += 1;
            continue;
        };
        if attribute.get("deleted").and_then(Json::as_bool) == Some(true) {
            continue;
        }
        let parts = match (text(attribute, "type"), text(attribute, "value")) {
            (Some(kind), Some(value)) => parts(&kind, &value),
            _ => Vec::new(),
        };
        if parts.is_empty() {
            taken.left += 1;
        }
        for part in parts {
            if seen.insert((part.kind(), part.as_str().to_owned())) {
                let (observable, tidied) = observable(attribute, &part, tlp);
                taken.observables.push(observable);
                taken.tidied += tidied;
            }
        }
    }
    taken
}

/// The values in an attribute: two, where its type is two with a bar between them. Empty for what
/// no observable can hold.
fn parts(kind: &str, value: &str) -> Vec<Value> {
    if let (Some((first, second)), Some((one, other))) =
        (kind.split_once('|'), value.split_once('|'))
    {
        let mut both = parts(first, one);
        // A port says nothing without its address.
        if second != "port" {
            both.extend(parts(second, other));
        }
        return both;
    }
    let value = value.trim();
    let known = value_type(kind).and_then(|kind| Value::parse(Some(kind), value).ok());
    let known = known.or_else(|| {
        let line = tidy::line(value, VALUE_BYTES).text;
        Value::parse(Some(ValueType::Other), &line).ok()
    });
    known.into_iter().collect()
}

/// What a type of attributes is here; `None` for those that are of no type of ours.
fn value_type(kind: &str) -> Option<ValueType> {
    Some(match kind {
        "ip-src" | "ip-dst" | "ip" => ValueType::Ip,
        "domain" | "hostname" => ValueType::Domain,
        "url" | "link" | "uri" => ValueType::Url,
        "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" => ValueType::Hash,
        "email"
        | "email-src"
        | "email-dst"
        | "email-reply-to"
        | "target-email"
        | "whois-registrant-email"
        | "dns-soa-email" => ValueType::Email,
        "filename" | "attachment" | "malware-sample" | "email-attachment" => ValueType::File,
        "phone-number" | "whois-registrant-phone" => ValueType::Phone,
        _ => return None,
    })
}

/// An attribute with one of its values, and how many of its texts were changed.
fn observable(
    attribute: &Map<String, Json>,
    value: &Value,
    tlp: &'static str,
) -> (NewObservable, usize) {
    let names: Vec<&str> =
        list(attribute, "Tag").filter_map(|tag| tag.get("name")?.as_str()).collect();
    let (tags, changed) = tidy::tags(names.iter().copied());
    let note = tidy::prose(&text(attribute, "comment").unwrap_or_default(), NOTE);
    let source_type = text(attribute, "type").map(|kind| format!("misp:{kind}"));
    let observable = NewObservable {
        kind: value.kind().as_str(),
        value: value.as_str().to_owned(),
        note: note.text,
        tags,
        tlp: tlp_of(&names).unwrap_or(tlp),
        ioc: attribute.get("to_ids").and_then(Json::as_bool) == Some(true),
        source_type: source_type.map(|label| tidy::line(&label, LABEL).text),
    };
    (observable, changed + usize::from(note.changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(attributes: &Json) -> Taken {
        let event = serde_json::json!({ "Attribute": attributes });
        observables(event.as_object().unwrap(), "green")
    }

    #[test]
    fn types_of_misp_become_types_of_ours() {
        let given = [
            ("ip-dst", "192.0.2.7"),
            ("ip-dst|port", "192.0.2.8|443"),
            ("hostname", "Mail.Example.COM"),
            ("domain|ip", "example.org|192.0.2.9"),
            ("url", "https://evil.example/a"),
            ("uri", "/dp/B074"),
            ("filename|sha1", "a.exe|E802D6F06085F22242A66B06C785315E1C63C070"),
            ("filename", "~/Library/x"),
            ("phone-number", "+33 1 23 45 67 89"),
            ("email-src", "Ada@Example.com"),
            ("text", "EXECUTE"),
            ("ssdeep", "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEt"),
            ("text", "two\nlines"),
        ];
        let attributes =
            given.map(|(kind, value)| serde_json::json!({ "type": kind, "value": value }));
        let taken = taken(&attributes.to_vec().into());
        let lines: Vec<String> = taken
            .observables
            .iter()
            .map(|one| {
                format!("{} {} ({})", one.kind, one.value, one.source_type.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            lines,
            [
                "ip 192.0.2.7 (misp:ip-dst)",
                "ip 192.0.2.8 (misp:ip-dst|port)",
                "domain mail.example.com (misp:hostname)",
                "domain example.org (misp:domain|ip)",
                "ip 192.0.2.9 (misp:domain|ip)",
                "url https://evil.example/a (misp:url)",
                "other /dp/B074 (misp:uri)",
                "file a.exe (misp:filename|sha1)",
                "hash e802d6f06085f22242a66b06c785315e1c63c070 (misp:filename|sha1)",
                "file ~/Library/x (misp:filename)",
                "phone +33123456789 (misp:phone-number)",
                "email ada@example.com (misp:email-src)",
                "other EXECUTE (misp:text)",
                "other 96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEt (misp:ssdeep)",
                "other two lines (misp:text)",
            ]
        );
        assert_eq!(taken.left, 0);
    }

    #[test]
    fn what_stands_there_twice_is_taken_once_and_what_is_none_is_counted() {
        let taken = taken(&serde_json::json!([
            { "type": "domain", "value": "example.org", "to_ids": true, "comment": "C2",
              "Tag": [{ "name": "tlp:red" }] },
            { "type": "hostname", "value": "EXAMPLE.org" },
            { "type": "domain", "value": "gone.example", "deleted": true },
            { "type": "domain" },
            7,
        ]));
        assert_eq!(taken.left, 2);
        let [one] = taken.observables.as_slice() else { panic!("{:?}", taken.observables) };
        assert_eq!((one.ioc, one.note.as_str(), one.tlp), (true, "C2", "red"));
    }
}
