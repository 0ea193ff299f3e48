use super::*;

const UUID: &str = "7a1f92cb-dba7-425f-aacd-85b80ff5cb9a";

fn read(json: &str) -> Parsed {
    parse("in/event.json", &Bytes::from(json.to_owned()))
}

fn event(rest: &str) -> String {
    format!(r#"{{"Event":{{"uuid":"{UUID}","info":"CloudMensis"{rest}}}}}"#)
}

fn one(json: &str) -> Entry {
    let mut parsed = read(json);
    assert_eq!(parsed.faults, []);
    assert_eq!(parsed.entries.len(), 1);
    parsed.entries.remove(0)
}

fn faults(json: &str) -> Vec<String> {
    read(json).faults.iter().map(ToString::to_string).collect()
}

#[test]
fn all_shapes_hold_the_same_event() {
    let bare = event("");
    for json in [
        bare.clone(),
        format!(r#"{{"response":{bare}}}"#),
        format!(r#"{{"response":[{bare}]}}"#),
        format!("[{bare}]"),
        format!("\u{feff}{bare}"),
    ] {
        let entry = one(&json);
        assert_eq!(entry.case.title, "CloudMensis");
        assert_eq!(entry.case.reference, format!("misp:{UUID}"));
        let document = entry.document.unwrap();
        assert_eq!((document.name.as_str(), &document.bytes[..]), ("event.json", json.as_bytes()));
    }
}

#[test]
fn several_events_have_a_document_each() {
    let other = event("").replace("7a1f92cb", "00000000");
    let parsed = read(&format!(r#"{{"response":[{},{other}]}}"#, event("")));
    let names: Vec<_> = parsed.entries.iter().map(|e| e.document.clone().unwrap().name).collect();
    assert_eq!(
        names,
        [
            format!("misp-{UUID}.json"),
            format!("misp-{}.json", UUID.replace("7a1f92cb", "00000000"))
        ]
    );
    assert_eq!(parsed.entries[1].place.to_string(), "in/event.json, /response/1/Event");
}

#[test]
fn what_is_bad_is_named_by_its_place_and_the_rest_goes_in() {
    let json = format!(
        r#"{{"response":[{{"Event":{{"info":"x"}}}},{},{{"Event":7}},{{}},{{"Event":{{"uuid":"7","info":"x"}}}}]}}"#,
        event("")
    );
    assert_eq!(read(&json).entries.len(), 1);
    assert_eq!(
        faults(&json),
        [
            "in/event.json, /response/0/Event/uuid: is missing: without it a second import would add it again",
            "in/event.json, /response/2/Event: is missing, or is no object",
            "in/event.json, /response/3/Event: is missing, or is no object",
            "in/event.json, /response/4/Event/uuid: is no UUID",
        ]
    );
    assert_eq!(faults(&event("").replace("CloudMensis", " ")).len(), 1);
    assert_eq!(faults(&event(r#","threat_level_id":"9""#)).len(), 1);
    for json in ["{}", "[]", "7", r#"{"response":[]}"#] {
        assert_eq!(
            faults(json),
            ["in/event.json: holds no MISP event: neither `response` nor `Event`"],
            "{json}"
        );
    }
    assert!(faults("{").concat().starts_with("in/event.json: is not JSON in UTF-8: EOF"));
    let latin = Bytes::from_static(b"{\"Event\":{\"info\":\"caf\xe9\"}}");
    assert_eq!(parse("x.json", &latin).faults.len(), 1);
}

#[test]
fn severity_and_tlp_are_as_the_event_says() {
    let severity =
        |level: &str| one(&event(&format!(r#","threat_level_id":{level}"#))).case.severity;
    assert_eq!(
        [severity("1"), severity("\"2\""), severity("3"), severity("\"4\"")],
        ["high", "medium", "low", "medium"]
    );
    let tlp = |tags: &str| one(&event(&format!(r#","Tag":[{tags}]"#))).case.tlp;
    assert_eq!(tlp(""), "amber");
    assert_eq!(tlp(r#"{"name":"tlp:white"}"#), "clear");
    assert_eq!(tlp(r#"{"name":"TLP:GREEN"},{"name":"tlp:amber+strict"}"#), "amber+strict");
    assert_eq!(tlp(r#"{"name":"tlp:purple"},{"name":7},{}"#), "amber");
}

#[test]
fn what_a_case_cannot_carry_is_counted() {
    let entry = one(&event(
        r#","Attribute":[{},{}],"Object":[{"Attribute":[{},{},{}],"ObjectReference":[{}]}],"Galaxy":[{"GalaxyCluster":[{}]}],"RelatedEvent":[{}],"extends_uuid":"x""#,
    ));
    let counts: Vec<_> = entry.left_out.iter().map(|(&name, &count)| (name, count)).collect();
    assert_eq!(
        counts,
        [("attributes", 5), ("galaxy clusters", 1), ("objects", 1), ("relations", 3)]
    );
    assert!(
        entry
            .case
            .description
            .ends_with("5 attributes, 1 galaxy clusters, 1 objects, 3 relations.")
    );
}

#[test]
fn a_title_that_is_too_long_stands_in_full_in_the_description() {
    let long = "long ".repeat(60);
    let entry = one(&event("").replace("CloudMensis", &long));
    assert_eq!(entry.case.title.chars().count(), 200);
    assert!(entry.case.description.starts_with(long.trim()));
    assert_eq!(entry.tidied, 1);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let parsed = parse("x", &Bytes::from(bytes));
        proptest::prop_assert!(!parsed.faults.is_empty() || !parsed.entries.is_empty());
    }
}
