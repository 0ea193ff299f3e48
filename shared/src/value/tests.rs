use expect_test::expect;
use proptest::prelude::*;

use super::*;

fn said(kind: Option<ValueType>, text: &str) -> String {
    match Value::parse(kind, text) {
        Ok(value) => format!("{} {}", value.kind().as_str(), value.as_str()),
        Err(error) => error.to_string(),
    }
}

/// Found by fuzzing: one bracket or quotation mark went each time that the value was read.
#[test]
fn what_was_made_harmless_more_than_once_is_one_value() {
    for text in [
        "hs://xmef':",
        "hxxps://evil[[.]]example/a",
        "hxxps://evil[[[[.em.s/a",
        "hxxsp://vEilgr/uy00`pxx;[[[[.em.s://]/[",
        "evil((.))example((dot))com",
        &format!("https://evil.example/{}.{}", "[".repeat(40), "]".repeat(40)),
    ] {
        let value = Value::parse(None, text).unwrap();
        let again = Value::parse(Some(value.kind()), value.as_str());
        assert_eq!(again.as_ref(), Ok(&value), "{text}");
    }
}

#[test]
fn what_analysts_paste_is_recognised() {
    let pasted = [
        " 192.0.2.7 ",
        "192[.]0[.]2[.]7",
        "1.2.3[.]4",
        "192.0.2.77/24",
        "192.0.2.7/32",
        "[2001:DB8::1]",
        "2001:0db8:0:0::0001",
        "Example.COM.",
        "evil[.]example(dot)com",
        "bücher.example",
        "_dmarc.example.com",
        "hxxps://Evil[.]Example:443/Path?q=1#f",
        "hXXp[://]192.0.2.7/a b",
        "h**p://evil.example",
        "fxp://evil.example/x",
        "<https://evil.example/a>",
        "Ada(at)Example[.]com",
        "mailto:ada@example.com",
        "D41D8CD98F00B204E9800998ECF8427E",
        "e802d6f06085f22242a66b06c785315e1c63c070",
        "+33 (0)1 23-45.67.89",
        "0049 30 1234567",
        "C:\\Windows\\evil.exe",
        "256.1.1.1",
        "HKLM\\Software\\Run",
        "localhost",
    ];
    let answers: Vec<String> =
        pasted.iter().map(|text| format!("{text} → {}", said(None, text))).collect();
    expect![[r"
         192.0.2.7  → ip 192.0.2.7
        192[.]0[.]2[.]7 → ip 192.0.2.7
        1.2.3[.]4 → ip 1.2.3.4
        192.0.2.77/24 → ip 192.0.2.0/24
        192.0.2.7/32 → ip 192.0.2.7
        [2001:DB8::1] → ip 2001:db8::1
        2001:0db8:0:0::0001 → ip 2001:db8::1
        Example.COM. → domain example.com
        evil[.]example(dot)com → domain evil.example.com
        bücher.example → domain xn--bcher-kva.example
        _dmarc.example.com → domain _dmarc.example.com
        hxxps://Evil[.]Example:443/Path?q=1#f → url https://evil.example/Path?q=1#f
        hXXp[://]192.0.2.7/a b → other hXXp[://]192.0.2.7/a b
        h**p://evil.example → url http://evil.example/
        fxp://evil.example/x → url ftp://evil.example/x
        <https://evil.example/a> → url https://evil.example/a
        Ada(at)Example[.]com → email ada@example.com
        mailto:ada@example.com → email ada@example.com
        D41D8CD98F00B204E9800998ECF8427E → hash d41d8cd98f00b204e9800998ecf8427e
        e802d6f06085f22242a66b06c785315e1c63c070 → hash e802d6f06085f22242a66b06c785315e1c63c070
        +33 (0)1 23-45.67.89 → phone +33123456789
        0049 30 1234567 → phone +49301234567
        C:\Windows\evil.exe → other C:\Windows\evil.exe
        256.1.1.1 → other 256.1.1.1
        HKLM\Software\Run → other HKLM\Software\Run
        localhost → other localhost"]]
    .assert_eq(&answers.join("\n"));
}

#[test]
fn a_value_is_of_the_type_that_it_is_said_to_be_or_refused() {
    use ValueType::{Domain, Email, File, Hash, Ip, Other, Phone, Url};
    let given = [
        (Ip, "example.com"),
        (Ip, "1.2.3.4:80"),
        (Domain, "1.2.3.4"),
        (Domain, "a..b"),
        (Url, "example.com/a"),
        (Url, "data://"),
        (Hash, "xyz"),
        (Hash, "d41d8cd98f00b204e9800998ecf8427"),
        (Email, "ada"),
        (Phone, "01 23 45 67 89"),
        (File, "invoice.pdf"),
        (File, "D41D8CD98F00B204E9800998ECF8427E"),
        (Other, "two\nlines"),
        (Other, " "),
        (File, "exe.\u{202e}fdp"),
    ];
    let answers: Vec<String> = given.iter().map(|(kind, text)| said(Some(*kind), text)).collect();
    expect![[r"
        must be an IP address, or a network such as `192.0.2.0/24`
        must be an IP address, or a network such as `192.0.2.0/24`
        must be a domain name with at least one dot
        must be a domain name with at least one dot
        must be a URL with a scheme and a host, such as `https://example.com/a`
        must be a URL with a scheme and a host, such as `https://example.com/a`
        must be a digest of 32, 40, 56, 64, 96 or 128 hexadecimal digits (MD5, SHA-1, SHA-2)
        must be a digest of 32, 40, 56, 64, 96 or 128 hexadecimal digits (MD5, SHA-1, SHA-2)
        must be an e-mail address such as `ada@example.com`
        must be a telephone number with its country, such as `+33 1 23 45 67 89`
        file invoice.pdf
        file d41d8cd98f00b204e9800998ecf8427e
        must not hold the control character U+000A
        must not be empty
        must not hold the bidirectional override U+202E"]]
    .assert_eq(&answers.join("\n"));
}

#[test]
fn a_digest_tells_with_what_it_was_made() {
    let algorithm = |digits: usize| {
        Value::parse(Some(ValueType::Hash), &"A".repeat(digits)).ok().and_then(|one| one.algorithm)
    };
    assert_eq!(algorithm(32), Some(HashAlgorithm::Md5));
    assert_eq!(algorithm(64), Some(HashAlgorithm::Sha256));
    assert_eq!(algorithm(128), Some(HashAlgorithm::Sha512));
    assert_eq!(algorithm(63), None);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".*", marked in "[a.\\[\\]():/@x+0-9*-]{0,60}") {
        for text in [&text, &marked] {
            for kind in ValueType::ALL.map(Some).into_iter().chain([None]) {
                drop(Value::parse(kind, text));
            }
        }
    }

    #[test]
    fn a_value_is_its_own_spelling(text in "[a-zA-Z.\\[\\]():/@x+0-9*-]{1,40}") {
        for kind in ValueType::ALL {
            if let Ok(value) = Value::parse(Some(kind), &text) {
                let again = Value::parse(Some(kind), value.as_str());
                prop_assert_eq!(again.as_ref().ok(), Some(&value), "{}", text);
            }
        }
    }
}
