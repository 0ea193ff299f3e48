//! Each role gives what its function asks for, and nothing else.
//!
//! `infra/calls.txt` is the record: what the functions asked AWS for while the stories ran. Here the
//! template is held to it; `infra/calls` makes the record again and compares it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::yaml::template;
use super::{functions, list, resources, tree};

/// What no function asks for here: the start; what Lambda itself does under a function's role (logs,
/// the stream, what failed); and the right by which S3 says of a file that it is not there.
const NOT_ASKED: [&str; 8] =
    ["Start", "Log", "Stream", "Streams", "Failures", "Failed", "DeadLetters", "Looks"];

type Rights = BTreeMap<String, BTreeSet<String>>;

/// What was recorded, by function.
fn recorded() -> Rights {
    let text = std::fs::read_to_string(tree().join("infra/calls.txt")).unwrap();
    let mut rights = Rights::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let line = line.strip_suffix(" (seldom)").unwrap_or(line);
        let (function, action) = line.split_once(' ').expect(line);
        rights.entry(function.to_owned()).or_default().insert(action.to_owned());
    }
    rights
}

/// What the template's roles give, in the same words.
fn given(template: &Value) -> Rights {
    let roles = resources(template, "AWS::IAM::Role");
    let mut rights = Rights::new();
    for (krate, (_, function)) in functions(template) {
        let role = function["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let own = roles[role]["Policies"].as_array().unwrap().iter();
        let attached = resources(template, "AWS::IAM::Policy").into_values();
        let attached = attached.filter(|policy| policy["Roles"] == json!([{ "Ref": role }]));
        let documents = own
            .map(|policy| &policy["PolicyDocument"])
            .chain(attached.map(|policy| &policy["PolicyDocument"]));
        let given = rights.entry(krate).or_default();
        for statement in documents.flat_map(|document| document["Statement"].as_array().unwrap()) {
            let sid = statement.get("Sid").and_then(Value::as_str).unwrap_or_default();
            if !NOT_ASKED.contains(&sid) {
                given.extend(actions(statement));
            }
        }
    }
    rights
}

fn actions(statement: &Value) -> Vec<String> {
    let about = about(statement);
    let actions = list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap());
    actions.flat_map(|action| about.iter().map(move |about| format!("{action}{about}"))).collect()
}

/// What a statement narrows its actions to, each in the record's words.
fn about(statement: &Value) -> Vec<String> {
    if let Some(condition) = statement.get("Condition") {
        if condition["StringEquals"]["dynamodb:EnclosingOperation"] == "TransactWriteItems" {
            return vec![" together".to_owned()];
        }
        if let Some(keys) = condition.pointer("/ForAllValues:StringLike/dynamodb:LeadingKeys")
            && list(&statement["Action"]).iter().any(|action| writes(action))
        {
            return list(keys).iter().map(|key| format!(" {}", key.as_str().unwrap())).collect();
        }
    }
    let resource = list(&statement["Resource"])[0];
    if let Some(index) = resource["Fn::Sub"].as_str().and_then(|arn| arn.rsplit_once("/index/")) {
        return vec![format!(" {}", index.1)];
    }
    match resource["Fn::GetAtt"][0].as_str() {
        Some("InvitationKey") => vec![" invitations".to_owned()],
        Some("TargetKey") => vec![" targets".to_owned()],
        _ => vec![String::new()],
    }
}

fn writes(action: &Value) -> bool {
    ["Put", "Update", "Delete", "Write"].iter().any(|verb| action.as_str().unwrap().contains(verb))
}

#[test]
fn roles_give_what_functions_ask_for_and_nothing_else() {
    let (recorded, given) = (recorded(), given(&template()));
    let names: BTreeSet<_> = recorded.keys().chain(given.keys()).collect();
    let mut wrong = Vec::new();
    let none = BTreeSet::new();
    for name in names {
        let asked = recorded.get(name).unwrap_or(&none);
        let given = given.get(name).unwrap_or(&none);
        for action in asked.difference(given) {
            wrong.push(format!("{name} lacks {action}"));
        }
        for action in given.difference(asked) {
            wrong.push(format!("{name} does not need {action}"));
        }
    }
    assert!(wrong.is_empty(), "infra/template.yaml against infra/calls.txt:\n{}", wrong.join("\n"));
}

#[test]
fn every_role_may_write_its_log_and_start() {
    let template = template();
    let roles = resources(&template, "AWS::IAM::Role");
    for (krate, (name, function)) in functions(&template) {
        let log = &function["LoggingConfig"]["LogGroup"]["Ref"];
        assert_eq!(log, &json!(format!("{name}Log")), "{krate}");
        let role = function["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let statements = roles[role]["Policies"][0]["PolicyDocument"]["Statement"].as_array();
        let find = |sid| statements.unwrap().iter().find(|one| one["Sid"] == sid).unwrap();
        assert_eq!(find("Log")["Resource"]["Fn::GetAtt"], json!([log, "Arn"]), "{krate}");
        assert_eq!(find("Start")["Action"], "dynamodb:DescribeTable", "{krate}");
        assert_eq!(find("Start")["Resource"]["Fn::GetAtt"], json!(["Table", "Arn"]), "{krate}");
    }
}

#[test]
fn writes_of_a_function_are_narrowed() {
    for (path, object) in super::all_objects(&template()) {
        let is_wide =
            object.get("Effect") == Some(&json!("Allow"))
                && !object.contains_key("Condition")
                && object.get("Action").into_iter().flat_map(list).any(|action| {
                    writes(action) && action.as_str().unwrap().starts_with("dynamodb:")
                });
        assert!(!is_wide, "{path} lets write anywhere in the table");
    }
}
