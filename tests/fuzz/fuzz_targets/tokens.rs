//! Tokens of invitations, cursors, entity tags and idempotency keys. The input is what is sent as
//! each of them.
#![no_main]

use fuzz::{encoded, play, proper};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    play(async |scene| {
        let (admin, case) = (&scene.admin, format!("/cases/{}", scene.case));
        for how in ["preview", "accept", "decline"] {
            let path = format!("/invitations/{how}");
            proper(&admin.send("POST", &path, json!({ "token": text })).await);
        }
        for list in ["/cases", "/notices", "/groups", "/orgs/acme/members", "/orgs/acme/audit"] {
            proper(&admin.get(&format!("{list}?cursor={}", encoded(text))).await);
        }
        for list in ["comments", "history", "shares", "attachments"] {
            proper(&admin.get(&format!("{case}/{list}?cursor={}", encoded(text))).await);
        }
        // Header values that no gateway lets through are no headers.
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let close = json!({ "title": "Phishing wave" });
            proper(&admin.ask("PATCH", &case, Some(close), &[("if-match", text)]).await);
            let comment = json!({ "text": "Said once." });
            let path = format!("{case}/comments");
            let key = [("idempotency-key", text)];
            proper(&admin.ask("POST", &path, Some(comment), &key).await);
        }
    });
});
