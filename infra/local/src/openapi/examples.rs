//! An example of every body: of refusals made from the codes that an operation names, of all else
//! from the schema, where the function gives none itself.

use serde_json::{Map, Value, json};
use shared::error::Code;

/// The media type of problems.
const PROBLEM: &str = "application/problem+json";
/// The schema of problems.
const PROBLEM_SCHEMA: &str = "#/components/schemas/Problem";
/// How deep a schema is followed: none of ours nests deeper.
const DEPTH: usize = 12;

/// Adds the examples that are missing.
pub(super) fn add(document: &mut Value) {
    let whole = document.clone();
    let Some(paths) = document.pointer_mut("/paths").and_then(Value::as_object_mut) else {
        return;
    };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations {
        if let Some(content) = operation.pointer_mut("/requestBody/content") {
            add_samples(content, &whole);
        }
        let has_body = operation.get("requestBody").is_some();
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (status, response) in responses.into_iter().flatten() {
            let description = response.get("description").and_then(Value::as_str);
            let codes = codes(description.unwrap_or_default(), status, has_body);
            let Some(content) = response.get_mut("content") else { continue };
            as_problem(content);
            match content.get_mut(PROBLEM).and_then(Value::as_object_mut) {
                Some(body) => {
                    let examples = codes.into_iter().map(|code| {
                        let example = json!({"summary": code.meaning(), "value": problem(code)});
                        (code.as_str().to_owned(), example)
                    });
                    body.insert("examples".to_owned(), Value::Object(examples.collect()));
                }
                None => add_samples(content, &whole),
            }
        }
    }
}

/// Problems have a media type of their own, whatever the function says.
fn as_problem(content: &mut Value) {
    let Some(bodies) = content.as_object_mut() else { return };
    let is_problem =
        |body: &Value| body.pointer("/schema/$ref").and_then(Value::as_str) == Some(PROBLEM_SCHEMA);
    if bodies.get("application/json").is_some_and(is_problem)
        && let Some(body) = bodies.remove("application/json")
    {
        bodies.insert(PROBLEM.to_owned(), body);
    }
}

/// The codes of this status that `description` names between backticks. Where it names none, those
/// that the status can only mean.
fn codes(description: &str, status: &str, has_body: bool) -> Vec<Code> {
    let of_status = |code: &&Code| code.status().to_string() == status;
    let named =
        |word: &str| Code::ALL.iter().filter(of_status).find(|code| code.as_str() == word).copied();
    let codes: Vec<Code> = description.split('`').skip(1).step_by(2).filter_map(named).collect();
    if !codes.is_empty() {
        return codes;
    }
    match status {
        "400" if has_body => vec![Code::Invalid, Code::Malformed],
        "400" => vec![Code::Invalid],
        "401" => vec![Code::Unauthenticated],
        "403" => vec![Code::Forbidden],
        "404" => vec![Code::NotFound],
        "412" => vec![Code::VersionMoved],
        "413" => vec![Code::TooLarge],
        "415" => vec![Code::MediaType],
        "422" => vec![Code::KeyReused],
        "429" => vec![Code::MailLimit],
        "503" => vec![Code::TryAgain],
        _ => Vec::new(),
    }
}

/// What a refusal with this code looks like.
fn problem(code: Code) -> Value {
    let mut problem = json!({
        "type": format!("/problems/{}", code.as_str()),
        "status": code.status(),
        "code": code.as_str(),
        "detail": code.meaning(),
    });
    let more = match code {
        Code::Invalid => Some((
            "errors",
            json!([{"pointer": "/title", "detail": "must have 1 to 200 characters, not 0"}]),
        )),
        Code::ReferenceTaken => Some(("case", json!("01JC0A7Z3X5D9V6K2M4N8P1QRS"))),
        _ => None,
    };
    if let (Some((name, value)), Some(fields)) = (more, problem.as_object_mut()) {
        fields.insert(name.to_owned(), value);
    }
    problem
}

/// Adds an example to each body that has none, and whose schema shows none.
fn add_samples(content: &mut Value, document: &Value) {
    for body in content.as_object_mut().into_iter().flat_map(Map::values_mut) {
        let Some(body) = body.as_object_mut() else { continue };
        if body.contains_key("example") || body.contains_key("examples") {
            continue;
        }
        if let Some(schema) = body.get("schema") {
            let sample = sample(schema, document, DEPTH);
            body.insert("example".to_owned(), sample);
        }
    }
}

/// A value that fits the schema: the schema's own example, or one made of its parts.
fn sample(schema: &Value, document: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    let deeper = |schema: &Value| sample(schema, document, depth - 1);
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        return document.pointer(to.trim_start_matches('#')).map_or(Value::Null, deeper);
    }
    let list = |name: &str| schema.get(name).and_then(Value::as_array);
    let first = |name: &str| list(name).and_then(|values| values.first()).cloned();
    let said = schema.get("example").cloned().or_else(|| first("examples"));
    if let Some(value) = said.or_else(|| first("enum")).or_else(|| schema.get("const").cloned()) {
        return value;
    }
    if let Some(parts) = list("allOf") {
        let parts = parts.iter().map(deeper).filter_map(|part| part.as_object().cloned());
        let mut whole: Map<String, Value> = parts.flatten().collect();
        whole.extend(properties(schema, &deeper));
        return Value::Object(whole);
    }
    for name in ["oneOf", "anyOf"] {
        let is_null = |one: &&Value| one.get("type").and_then(Value::as_str) == Some("null");
        if let Some(one) = list(name).and_then(|all| all.iter().find(|one| !is_null(one))) {
            return deeper(one);
        }
    }
    match kind(schema) {
        "object" => Value::Object(properties(schema, &deeper)),
        "array" => json!([schema.get("items").map_or(Value::Null, deeper)]),
        "integer" | "number" => {
            schema.get("default").or(schema.get("minimum")).cloned().unwrap_or(json!(1))
        }
        "boolean" => schema.get("default").cloned().unwrap_or(json!(false)),
        "string" => match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => json!("2026-11-22T15:05:03Z"),
            Some("uri") => json!("https://casement.example/"),
            _ => json!("text"),
        },
        _ => Value::Null,
    }
}

/// The type of a schema, the first that is not `null`.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn properties(schema: &Value, deeper: &impl Fn(&Value) -> Value) -> Map<String, Value> {
    let of = schema.get("properties").and_then(Value::as_object);
    of.into_iter().flatten().map(|(name, schema)| (name.clone(), deeper(schema))).collect()
}
