//! Requests: any operation with any parameter, query and body. The input is a byte for the
//! operation, a line for the parameters that are not known, a line for the query, and the body;
//! `@0` to `@9` are the ids of what is there.
#![no_main]

use std::sync::LazyLock;

use fuzz::{begin_anew, encoded, play, proper};
use libfuzzer_sys::fuzz_target;

/// All operations: method and path.
static OPERATIONS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let api = casement::functions::routes().into_openapi();
    let api = serde_json::to_value(api).expect("it is JSON");
    let paths = api["paths"].as_object().expect("it has paths");
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("a path has methods");
        methods.keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    each.collect()
});

fuzz_target!(|input: &[u8]| {
    let Some((operation, rest)) = input.split_first() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let mut lines = rest.splitn(3, '\n');
    let (word, query) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let body = lines.next();
    let (method, pattern) = &OPERATIONS[usize::from(*operation) % OPERATIONS.len()];
    play(async |scene| {
        let parts = pattern.trim_start_matches("/v1").split('/').map(|part| match part {
            "{case}" => scene.case.clone(),
            "{org}" => scene.org.clone(),
            part if part.starts_with('{') => encoded(&scene.named(word)),
            part => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let query: Vec<_> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let path = format!("{path}?{}", query.join("&"));
        let body = body.map(|body| scene.named(body));
        proper(&scene.admin.ask_text(method, &path, body.as_deref(), &[]).await);
        // Whoever deletes the case, gives it away or locks themselves out shall not end the play.
        if method != "GET" && !scene.stands().await {
            begin_anew();
        }
    });
});
