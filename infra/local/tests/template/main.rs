//! What must hold of `infra/template.yaml`, beside what other people's tools say of it
//! (`infra/check`): it wires every function and every operation and nothing else, keeps what fails,
//! opens nothing to everybody, and sets exactly what the code reads.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod roles;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use yaml::template;

/// The tree that the template is for.
fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The resources of some type, by name.
fn resources<'a>(template: &'a Value, kind: &str) -> BTreeMap<&'a str, &'a Map<String, Value>> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), resource["Properties"].as_object().unwrap()))
        .collect()
}

/// Every function of the template: its crate, the name of its resource, its properties.
fn functions(template: &Value) -> BTreeMap<String, (&str, &Map<String, Value>)> {
    let of = |kind, code: &'static str| {
        resources(template, kind).into_iter().map(move |(name, properties)| {
            let code = properties[code].as_str().unwrap();
            let krate = code.strip_prefix("../target/lambda/").expect(code);
            (krate.to_owned(), (name, properties))
        })
    };
    of("AWS::Serverless::Function", "CodeUri").chain(of("AWS::Lambda::Function", "Code")).collect()
}

/// What calls a function.
fn events(function: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    function.get("Events").and_then(Value::as_object).into_iter().flatten()
}

/// All objects in a value, however deep, with the path to each.
fn objects<'a>(value: &'a Value, path: &str, found: &mut Vec<(String, &'a Map<String, Value>)>) {
    match value {
        Value::Object(object) => {
            found.push((path.to_owned(), object));
            for (key, value) in object {
                objects(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(array) => {
            for (at, value) in array.iter().enumerate() {
                objects(value, &format!("{path}/{at}"), found);
            }
        }
        _ => {}
    }
}

fn all_objects(value: &Value) -> Vec<(String, &Map<String, Value>)> {
    let mut found = Vec::new();
    objects(value, "", &mut found);
    found
}

/// One value, or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

#[test]
fn every_function_is_there_and_nothing_else() {
    let there: BTreeSet<_> = functions(&template()).into_keys().collect();
    let crates: BTreeSet<_> = std::fs::read_dir(tree().join("functions"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, crates);
}

#[test]
fn every_operation_is_routed_to_its_function_and_nothing_else() {
    let template = template();
    let functions = functions(&template);
    let mut routed = BTreeMap::new();
    for (krate, (_, properties)) in &functions {
        for (name, event) in events(properties).filter(|(_, event)| event["Type"] == "HttpApi") {
            let of = &event["Properties"];
            assert_eq!(of["ApiId"], json!({ "Ref": "Api" }), "{krate}: {name}");
            let route =
                format!("{} {}", of["Method"].as_str().unwrap(), of["Path"].as_str().unwrap());
            assert_eq!(routed.insert(route, krate.clone()), None, "{krate}: {name} stands twice");
        }
    }
    let mut operations = BTreeMap::new();
    let mut missing = Vec::new();
    for (krate, routes) in casement::functions::each() {
        let document = serde_json::to_value(routes.into_openapi()).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let route = format!("{} {path}", method.to_uppercase());
                if !routed.contains_key(&route) {
                    let name = camel(operation["operationId"].as_str().unwrap());
                    missing.push(format!(
                        "{krate}:\n        {name}: {{ Type: HttpApi, Properties: {{ ApiId: !Ref \
                         Api, Method: {}, Path: \"{path}\" }} }}",
                        method.to_uppercase()
                    ));
                }
                operations.insert(route, krate.to_owned());
            }
        }
    }
    let missing = missing.join("\n");
    assert!(missing.is_empty(), "these events are missing in infra/template.yaml:\n{missing}");
    assert_eq!(routed, operations);
}

/// `change_owner` as `CloudFormation` names things.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| word.chars().next().unwrap().to_uppercase().to_string() + &word[1..])
        .collect()
}

#[test]
fn one_operation_needs_no_token() {
    let template = template();
    let mut open = Vec::new();
    for (_, (_, properties)) in functions(&template) {
        for (name, event) in events(properties) {
            if event["Properties"].get("Auth").is_some() {
                open.push(name.clone());
            }
        }
    }
    assert_eq!(open, ["PreviewInvitation"]);
    let api = resources(&template, "AWS::Serverless::HttpApi")["Api"];
    let authorizers = api["Auth"]["Authorizers"].as_object().unwrap();
    assert_eq!(api["Auth"]["DefaultAuthorizer"], "Jwt");
    assert_eq!(authorizers.keys().collect::<Vec<_>>(), ["Jwt"]);
    assert_eq!(authorizers["Jwt"]["AuthorizationScopes"], json!(["casement/api"]));
}

#[test]
fn what_fails_is_kept() {
    let template = template();
    let mut seen = 0;
    for (name, mapping) in resources(&template, "AWS::Lambda::EventSourceMapping") {
        for setting in
            ["BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds"]
        {
            assert!(mapping.contains_key(setting), "{name}: {setting}");
        }
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{name}");
        assert!(mapping["DestinationConfig"]["OnFailure"]["Destination"].is_object(), "{name}");
        seen += 1;
    }
    for (name, rule) in resources(&template, "AWS::Events::Rule") {
        for target in rule["Targets"].as_array().unwrap() {
            assert!(target["DeadLetterConfig"]["Arn"].is_object(), "{name}");
            assert!(target["RetryPolicy"].is_object(), "{name}");
            seen += 1;
        }
    }
    for (name, schedule) in resources(&template, "AWS::Scheduler::Schedule") {
        assert!(schedule["Target"]["DeadLetterConfig"]["Arn"].is_object(), "{name}");
        assert!(schedule["Target"]["RetryPolicy"].is_object(), "{name}");
        seen += 1;
    }
    for (krate, (_, properties)) in functions(&template) {
        for (name, event) in events(properties).filter(|(_, event)| event["Type"] != "HttpApi") {
            let of = &event["Properties"];
            assert!(of["DeadLetterConfig"]["Arn"].is_object(), "{krate}: {name}");
            assert!(of["RetryPolicy"].is_object(), "{krate}: {name}");
            seen += 1;
        }
    }
    // Whoever calls a function without waiting for it has also a function that keeps what it
    // cannot do: EventBridge and the scheduler hand over to Lambda, whose own tries can end, too.
    let events = ["on-upload", "on-mail", "on-clock"];
    let functions = functions(&template);
    let configured: BTreeSet<_> = resources(&template, "AWS::Lambda::EventInvokeConfig")
        .into_values()
        .map(|config| {
            assert!(config["DestinationConfig"]["OnFailure"]["Destination"].is_object());
            config["FunctionName"]["Ref"].as_str().unwrap().to_owned()
        })
        .collect();
    for krate in events {
        let (name, properties) = functions[krate];
        let own = properties.get("EventInvokeConfig");
        let kept = own.is_some_and(|own| own["DestinationConfig"]["OnFailure"].is_object());
        assert!(kept || configured.contains(name), "{krate} keeps no event that it cannot do");
    }
    assert!(seen >= 5, "stream, upload, scan, mail and clock: {seen}");
}

#[test]
fn nothing_is_public() {
    let template = template();
    for (name, bucket) in resources(&template, "AWS::S3::Bucket") {
        let blocked = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
        assert_eq!(blocked.len(), 4, "{name}");
        assert!(blocked.values().all(|blocked| blocked == &json!(true)), "{name}");
    }
    assert!(resources(&template, "AWS::Lambda::Url").is_empty());
    for (path, object) in all_objects(&template) {
        assert!(!object.contains_key("FunctionUrlConfig"), "{path}");
        if object.get("Effect") != Some(&json!("Allow")) {
            continue;
        }
        for action in list(&object["Action"]) {
            assert!(!action.as_str().unwrap().contains('*'), "{path}: {action}");
        }
        let Some(principal) = object.get("Principal") else { continue };
        assert!(!principal.to_string().contains('*'), "{path}: {principal}");
    }
    for (name, permission) in resources(&template, "AWS::Lambda::Permission") {
        let bound = ["SourceArn", "SourceAccount"].iter().any(|key| permission.contains_key(*key));
        assert!(bound, "{name}");
    }
}

#[test]
fn a_role_gives_rights_on_named_things_only() {
    for (path, object) in all_objects(&template()) {
        // That right can be given for all tables only. In the policy of a key, `*` is the key.
        if object.get("Action") == Some(&json!("dynamodb:ListStreams")) {
            continue;
        }
        if object.get("Effect") == Some(&json!("Allow")) && !path.contains("/KeyPolicy/") {
            for resource in object.get("Resource").into_iter().flat_map(list) {
                assert_ne!(resource, "*", "{path}");
            }
        }
    }
}

#[test]
fn the_table_is_that_of_the_one_machine_host() {
    let template = template();
    let table = resources(&template, "AWS::DynamoDB::Table")["Table"];
    let local = casement::aws::schema::create_table();
    for part in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
        assert_eq!(table[part], local[part], "{part}");
    }
    let view = &local["StreamSpecification"]["StreamViewType"];
    assert_eq!(&table["StreamSpecification"]["StreamViewType"], view);
    let ttl = casement::aws::schema::time_to_live();
    assert_eq!(table["TimeToLiveSpecification"], ttl["TimeToLiveSpecification"]);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
}

#[test]
fn what_holds_data_outlives_the_stack() {
    let template = template();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        let holds =
            matches!(kind, "AWS::DynamoDB::Table" | "AWS::KMS::Key" | "AWS::Cognito::UserPool")
                || name == "Files";
        if holds {
            assert_eq!(resource["DeletionPolicy"], "Retain", "{name}");
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
        }
    }
}

#[test]
fn the_template_sets_what_the_code_reads_and_nothing_else() {
    let template = template();
    let mut set: BTreeSet<String> = BTreeSet::new();
    for (path, object) in all_objects(&template) {
        if path.ends_with("/Environment/Variables") {
            set.extend(object.keys().cloned());
        }
    }
    let mut read = BTreeSet::new();
    for folder in ["shared/src", "functions"] {
        names(&tree().join(folder), &mut read);
    }
    assert_eq!(set, read);
}

/// The variables that source files name.
fn names(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let parts = text.split("\"CASEMENT_").skip(1);
            found.extend(parts.map(|part| format!("CASEMENT_{}", part.split('"').next().unwrap())));
        }
    }
}

#[test]
fn every_alarm_and_every_output_is_explained() {
    let template = template();
    let document = std::fs::read_to_string(tree().join("docs/aws.md")).unwrap();
    for name in resources(&template, "AWS::CloudWatch::Alarm").into_keys() {
        assert!(document.contains(&format!("`{name}`")), "{name} stands not in docs/aws.md");
    }
    for (name, output) in template["Outputs"].as_object().unwrap() {
        assert!(output["Description"].is_string(), "{name}");
    }
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].is_string(), "{name}");
    }
}
