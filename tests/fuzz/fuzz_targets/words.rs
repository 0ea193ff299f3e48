//! Ids, addresses, texts, tags and values: what is taken is written as it is read, and taken again.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use shared::address::{Address, DomainPattern};
use shared::id::{CaseId, GroupId, ItemId, OrgId, Recipient, ShareId, UserId};
use shared::rights::ProfileRef;
use shared::text::{FileName, Prose, Tag, Title};
use shared::value::Value;

fuzz_target!(|text: &str| {
    shown::<CaseId>(text);
    shown::<GroupId>(text);
    shown::<ItemId>(text);
    shown::<OrgId>(text);
    shown::<ProfileRef>(text);
    shown::<Recipient>(text);
    shown::<ShareId>(text);
    shown::<UserId>(text);
    written::<Address>(text);
    written::<DomainPattern>(text);
    written::<FileName>(text);
    written::<Title>(text);
    written::<Tag>(text);
    written::<Prose<1, 10_000>>(text);
    if let Ok(value) = Value::parse(None, text) {
        let again = Value::parse(Some(value.kind()), value.as_str());
        let again = again.unwrap_or_else(|error| panic!("{value:?}: {error}"));
        assert_eq!(again.as_str(), value.as_str(), "one spelling");
        assert_eq!(again.digest(), value.digest());
    }
});

/// What is shown is what is read again.
fn shown<T: FromStr + Display + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(word) = text.parse::<T>() {
        assert_eq!(word.to_string().parse::<T>().ok(), Some(word));
    }
}

/// What is written is what is read again.
fn written<T: FromStr + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(word) = text.parse::<T>() {
        let json = serde_json::to_string(&word).expect("it is written");
        assert_eq!(serde_json::from_str::<T>(&json).ok(), Some(word), "{json}");
    }
}
