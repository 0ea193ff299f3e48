//! MISP events and incident registers, as files that somebody imports. What is read of them, the API
//! takes.
#![no_main]

use bytes::Bytes;
use casement::import::{misp, register};
use fuzz::play;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    for parsed in [misp::parse("events.json", &bytes), register::parse("register.csv", &bytes)] {
        for entry in parsed.entries.into_iter().take(20) {
            play(async |scene| {
                let mut case = entry.case.body(&scene.org);
                // The same reference again is no case of its own.
                case["reference"] = json!(null);
                let made = scene.admin.send("POST", "/cases", case).await.is(201);
                let items: Vec<_> =
                    entry.observables.iter().take(50).map(|one| one.body()).collect();
                if !items.is_empty() {
                    let path = format!("/cases/{}/observables", wire::text(&made, "id"));
                    let told =
                        scene.admin.send("POST", &path, json!({ "items": items })).await.is(200);
                    for item in told["items"].as_array().expect("an answer for each") {
                        assert_eq!(item["status"], 201, "{item}");
                    }
                }
            });
        }
    }
});
