//! MISP event JSON: each event is a case, its attributes are observables, its JSON is a document.
//!
//! Shapes: `{"response": [{"Event": …}]}`, `{"response": {"Event": …}}`, `{"Event": …}`, and a list
//! of the last. Numbers may be written as text; MISP itself does both.
//! Source: MISP core format, draft-16, sections 2.2 to 2.4.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::entry::{Document, Entry, Fault, NewCase, Parsed, Place};
use super::{misp_attributes as attributes, tidy};

/// The TLP of an event that names none.
const TLP: &str = "amber";

/// Reads the events of `file`, which holds `bytes`.
#[must_use]
pub fn parse(file: &str, bytes: &Bytes) -> Parsed {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json: Value = match serde_json::from_slice(text) {
        Ok(json) => json,
        Err(error) => {
            let fault = Place::whole(file).fault(format!("is not JSON in UTF-8: {error}"));
            return Parsed { faults: vec![fault], ..Parsed::default() };
        }
    };
    let found = events(&json);
    let alone = found.len() == 1;
    let mut parsed = Parsed::default();
    for (pointer, event) in found {
        let document = |uuid: &str| Document {
            name: if alone { file_name(file, uuid) } else { format!("misp-{uuid}.json") },
            content_type: "application/json",
            // One event: the file as it is. Several: each gets its own.
            bytes: if alone { bytes.clone() } else { Bytes::from(wrapped(event)) },
        };
        match entry(file, &pointer, event, document) {
            Ok(entry) => parsed.entries.push(entry),
            Err(fault) => parsed.faults.push(fault),
        }
    }
    if parsed == Parsed::default() {
        let reason = "holds no MISP event: neither `response` nor `Event`";
        parsed.faults.push(Place::whole(file).fault(reason));
    }
    parsed
}

/// The events of a file, or what stands where one should, with their places.
fn events(json: &Value) -> Vec<(String, Option<&Value>)> {
    let (start, holder) = match json.get("response") {
        Some(response) => ("/response", response),
        None => ("", json),
    };
    match holder {
        Value::Array(list) => (list.iter().enumerate())
            .map(|(at, item)| (format!("{start}/{at}/Event"), item.get("Event")))
            .collect(),
        one if one.get("Event").is_some() || !start.is_empty() => {
            vec![(format!("{start}/Event"), one.get("Event"))]
        }
        _ => Vec::new(),
    }
}

/// An event as a file of its own.
fn wrapped(event: Option<&Value>) -> Vec<u8> {
    let file = serde_json::json!({ "Event": event });
    serde_json::to_vec_pretty(&file).unwrap_or_default()
}

/// The name of a file without its folders, if it can be the name of a document.
fn file_name(file: &str, uuid: &str) -> String {
    let last = file.rsplit(['/', '\\']).next().unwrap_or_default();
    match last.parse::<shared::text::FileName>() {
        Ok(name) => name.to_string(),
        Err(_) => format!("misp-{uuid}.json"),
    }
}

fn entry(
    file: &str,
    pointer: &str,
    event: Option<&Value>,
    document: impl Fn(&str) -> Document,
) -> Result<Entry, Fault> {
    let fault = |part: &str, reason: String| {
        Err(Place::pointer(file, format!("{pointer}{part}")).fault(reason))
    };
    let Some(event) = event.and_then(Value::as_object) else {
        return fault("", "is missing, or is no object".to_owned());
    };
    let Some(uuid) = text(event, "uuid").map(|uuid| uuid.to_lowercase()) else {
        return fault("/uuid", "is missing: without it a second import would add it again".into());
    };
    if !is_uuid(&uuid) {
        return fault("/uuid", "is no UUID".to_owned());
    }
    let info = text(event, "info").unwrap_or_default();
    let title = tidy::line(&info, tidy::TITLE);
    if title.text.is_empty() {
        return fault("/info", "is missing or empty: it would be the title".to_owned());
    }
    let Some(severity) = severity(text(event, "threat_level_id").as_deref()) else {
        return fault("/threat_level_id", "must be 1, 2, 3 or 4".to_owned());
    };
    let names: Vec<&str> = list(event, "Tag").filter_map(|tag| tag.get("name")?.as_str()).collect();
    let (tags, mut tidied) = tidy::tags(names.iter().copied());
    let case_tlp = tlp(&names);
    let taken = attributes::observables(event, case_tlp);
    tidied += taken.tidied;
    let left_out = left_out(event, taken.left);
    let full = if title.changed { format!("{info}\n\n") } else { String::new() };
    let description =
        tidy::prose(&format!("{full}{}", description(event, &uuid, &left_out)), tidy::DESCRIPTION);
    tidied += usize::from(title.changed) + usize::from(description.changed);
    Ok(Entry {
        place: Place::pointer(file, pointer),
        document: Some(document(&uuid)),
        case: NewCase {
            title: title.text,
            description: description.text,
            severity,
            tlp: case_tlp,
            tags,
            reference: format!("misp:{uuid}"),
        },
        observables: taken.observables,
        left_out,
        tidied,
    })
}

/// What an event says under `name`, be it text or a number.
pub(super) fn text(event: &Map<String, Value>, name: &str) -> Option<String> {
    match event.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn list<'a>(
    event: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a Value> {
    event.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn severity(threat_level: Option<&str>) -> Option<&'static str> {
    match threat_level {
        Some("1") => Some("high"),
        Some("2" | "4") | None => Some("medium"),
        Some("3") => Some("low"),
        Some(_) => None,
    }
}

/// The strictest of the TLP tags, or what is meant where there is none.
fn tlp(tags: &[&str]) -> &'static str {
    tlp_of(tags).unwrap_or(TLP)
}

/// The strictest of the TLP tags. `tlp:white` and `tlp:ex:chr` are older and local spellings.
pub(super) fn tlp_of(tags: &[&str]) -> Option<&'static str> {
    let strictest = tags.iter().filter_map(|tag| {
        let tag = tag.trim().to_ascii_lowercase();
        Some(match tag.strip_prefix("tlp:")? {
            "clear" | "white" => (0, "clear"),
            "green" => (1, "green"),
            "amber" => (2, "amber"),
            "amber+strict" => (3, "amber+strict"),
            "red" => (4, "red"),
            // A word that is not known permits less rather than more.
            _ => (2, TLP),
        })
    });
    strictest.max().map(|(_, word)| word)
}

/// What goes in only as a part of the document.
fn left_out(event: &Map<String, Value>, attributes: usize) -> BTreeMap<&'static str, usize> {
    let within = |of: &str, name: &str| {
        list(event, of).filter_map(|one| one.get(name)?.as_array()).map(Vec::len).sum::<usize>()
    };
    let extends = usize::from(text(event, "extends_uuid").is_some());
    [
        ("attributes", attributes),
        ("objects", list(event, "Object").count()),
        ("proposals", list(event, "ShadowAttribute").count()),
        ("galaxy clusters", within("Galaxy", "GalaxyCluster")),
        ("reports", list(event, "EventReport").count()),
        (
            "relations",
            list(event, "RelatedEvent").count() + within("Object", "ObjectReference") + extends,
        ),
    ]
    .into_iter()
    .filter(|&(_, count)| count != 0)
    .collect()
}

fn description(
    event: &Map<String, Value>,
    uuid: &str,
    left_out: &BTreeMap<&'static str, usize>,
) -> String {
    let maker = event.get("Orgc").or_else(|| event.get("orgc"));
    let maker = maker.and_then(|org| org.get("name")?.as_str()).map(|name| format!(" by {name}"));
    let date = text(event, "date").map(|date| format!(" of {date}"));
    let analysis = match text(event, "analysis").as_deref() {
        Some("0") => "\nAnalysis: initial",
        Some("1") => "\nAnalysis: ongoing",
        Some("2") => "\nAnalysis: completed",
        _ => "",
    };
    let threat = match text(event, "threat_level_id").as_deref() {
        Some("1") => "\nThreat level: high",
        Some("2") => "\nThreat level: medium",
        Some("3") => "\nThreat level: low",
        Some("4") => "\nThreat level: undefined",
        _ => "",
    };
    let counts: Vec<String> =
        left_out.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let rest = if counts.is_empty() {
        String::new()
    } else {
        format!("\n\nIn the attached document: {}.", counts.join(", "))
    };
    format!(
        "MISP event{}{}.\nUUID: {uuid}{analysis}{threat}{rest}",
        date.unwrap_or_default(),
        maker.unwrap_or_default(),
    )
}

#[cfg(test)]
#[path = "misp_tests.rs"]
mod tests;
