//! A template as `CloudFormation` reads it: its short forms (`!Ref X`) as the objects that they mean.

use serde_json::{Map, Value, json};
use serde_norway::Value as Yaml;

/// The template, as JSON.
pub(crate) fn template() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
    plain(serde_norway::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn plain(value: Yaml) -> Value {
    match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => json!(value),
        Yaml::Number(value) => serde_json::to_value(value).unwrap(),
        Yaml::String(value) => json!(value),
        Yaml::Sequence(parts) => parts.into_iter().map(plain).collect(),
        Yaml::Mapping(parts) => parts
            .into_iter()
            .map(|(key, value)| (key.as_str().unwrap().to_owned(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string().trim_start_matches('!').to_owned();
            let value = plain(tagged.value);
            match name.as_str() {
                "Ref" | "Condition" => json!({ name: value }),
                "GetAtt" => {
                    let (resource, attribute) = value.as_str().unwrap().split_once('.').unwrap();
                    json!({ "Fn::GetAtt": [resource, attribute] })
                }
                _ => json!({ format!("Fn::{name}"): value }),
            }
        }
    }
}
