use super::*;

const HEADER: &str = "Filename,Title,Source,Link,SHA-1,Date,Year\r\n";
const SHA1: &str = "e802d6f06085f22242a66b06c785315e1c63c070";

fn read(text: impl Into<Vec<u8>>) -> Parsed {
    parse("r.csv", &Bytes::from(text.into()))
}

fn faults(parsed: &Parsed) -> Vec<String> {
    parsed.faults.iter().map(ToString::to_string).collect()
}

fn titles(parsed: &Parsed) -> Vec<&str> {
    parsed.entries.iter().map(|entry| entry.case.title.as_str()).collect()
}

#[test]
fn a_row_is_a_case() {
    let parsed = read(format!(
        "{HEADER}WickedRose,\"\"\"Wicked Rose\"\" And Ncph\",iDefense,https://x.example/s/1,{SHA1},12/01/2006,2006\r\n"
    ));
    assert_eq!(faults(&parsed), [""; 0]);
    assert_eq!(
        parsed.entries[0].case,
        NewCase {
            title: "\"Wicked Rose\" And Ncph".to_owned(),
            description: format!(
                "Filename: WickedRose\nSource: iDefense\nLink: https://x.example/s/1\nSHA-1: {SHA1}\nDate: 2006-12-01"
            ),
            severity: "medium",
            tlp: "amber",
            tags: vec!["aptnotes".into(), "source:iDefense".into(), "2006".into()],
            reference: format!("aptnotes:{SHA1}"),
        }
    );
    assert_eq!(parsed.entries[0].place.to_string(), "r.csv, line 2");
}

#[test]
fn bad_rows_are_named_by_their_line_and_the_rest_goes_in() {
    let parsed = read(format!(
        "{HEADER}a,One,,,,,\n\
         b,,,,,,\n\
         c,too,few\n\
         \n\
         d,Two,,,xyz,,\n\
         e,Three,,,,13/45/2020,\n\
         f,Four,,,,,\n"
    ));
    assert_eq!(titles(&parsed), ["One", "Four"]);
    assert_eq!(
        faults(&parsed),
        [
            "r.csv, line 3: `Title` is empty",
            "r.csv, line 4: has 3 fields, not 7",
            "r.csv, line 6: `SHA-1` is not 40 hexadecimal digits",
            "r.csv, line 7: `Date` is no day: it must be month/day/year",
        ]
    );
    assert_eq!(parsed.entries[1].place.to_string(), "r.csv, line 8");
}

#[test]
fn a_quote_that_is_not_closed_costs_one_row() {
    let parsed = read(format!("{HEADER}a,\"One,,,,,\nb,Two,,,,,\nc,Three,,,,,\n"));
    assert_eq!(titles(&parsed), ["Two", "Three"]);
    assert_eq!(faults(&parsed), ["r.csv, line 2: has 2 fields, not 7; a quote is not closed"]);
}

#[test]
fn a_quoted_field_may_have_lines() {
    let parsed = read(format!("{HEADER}a,\"One\nand a half\",,,,,\nb,Two,,,,,"));
    assert_eq!(titles(&parsed), ["One and a half", "Two"]);
    assert_eq!(parsed.entries[1].place.to_string(), "r.csv, line 4");
}

#[test]
fn encodings_are_told_apart() {
    assert_eq!(titles(&read(format!("\u{feff}{HEADER}a,Žižkov,,,,,\n"))), ["Žižkov"]);
    let mut latin = format!("{HEADER}a,caf").into_bytes();
    latin.extend(b"\xe9,,,,,\nb,Two,,,,,\n");
    let parsed = read(latin);
    assert_eq!(titles(&parsed), ["Two"]);
    assert_eq!(faults(&parsed), ["r.csv, line 2: field 2 is not UTF-8; save the file as UTF-8"]);
    assert_eq!(faults(&read(*b"\xff\xfeT\0")), ["r.csv: is UTF-16; save it as UTF-8"]);
}

#[test]
fn lines_end_as_on_any_system() {
    for end in ["\n", "\r\n", "\r"] {
        let parsed = read(["Title,a", "One,1", "bad", "", "Two,2", ""].join(end));
        assert_eq!(titles(&parsed), ["One", "Two"], "{end:?}");
        assert_eq!(faults(&parsed), ["r.csv, line 3: has 1 fields, not 2"]);
        assert_eq!(parsed.entries[1].place.to_string(), "r.csv, line 5");
    }
}

#[test]
fn columns_go_by_name() {
    let parsed = read("note,TITLE\nseen twice,One\n");
    assert_eq!(titles(&parsed), ["One"]);
    assert_eq!(parsed.entries[0].case.description, "note: seen twice");
    assert!(parsed.entries[0].case.reference.starts_with("aptnotes:row-"));
    assert_eq!(faults(&read("a,b\n1,2\n")), ["r.csv: has no column `Title` in its first line"]);
    assert_eq!(faults(&read("")), ["r.csv: is empty"]);
}

#[test]
fn rows_without_digest_are_known_by_all_that_they_say() {
    let parsed = read("Title,note\na,bc\nab,c\na,bc\n");
    let reference = |at: usize| &parsed.entries[at].case.reference;
    assert_ne!(reference(0), reference(1));
    assert_eq!(reference(0), reference(2));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, text in "[a,\"\r\n]{0,60}") {
        let faults = parse("x", &Bytes::from(bytes)).faults.len();
        // A random file has no column `Title`.
        proptest::prop_assert!(faults > 0);
        let rows = text.split(['\n', '\r']).count();
        let parsed = parse("x", &Bytes::from(format!("Title,a\n{text}")));
        proptest::prop_assert!(parsed.entries.len() + parsed.faults.len() <= rows);
    }
}
