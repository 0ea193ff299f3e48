//! Many rows, put into the table as they would have come there one by one.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::id::{CaseId, ItemId, Recipient, ShareId, UserId};
use wire::World;

/// What one `BatchWriteItem` takes.
const BATCH: usize = 25;

/// All rows of a partition.
pub(crate) fn rows(world: &World, partition: &str) -> Vec<Value> {
    let mut query = json!({
        "TableName": "casement",
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": partition } },
    });
    let mut found = Vec::new();
    loop {
        let answer = world.engine.call("Query", &query).body().unwrap();
        found.extend(answer["Items"].as_array().unwrap().iter().cloned());
        match answer.get("LastEvaluatedKey") {
            Some(last) if last.is_object() => query["ExclusiveStartKey"] = last.clone(),
            _ => return found,
        }
    }
}

/// Puts rows.
pub(crate) fn put(world: &World, rows: &[Value]) {
    for batch in rows.chunks(BATCH) {
        let puts: Vec<_> =
            batch.iter().map(|row| json!({ "PutRequest": { "Item": row } })).collect();
        let request = json!({ "RequestItems": { "casement": puts } });
        let reply = world.engine.call("BatchWriteItem", &request);
        assert!(reply.is_ok(), "{reply:?}");
    }
}

/// Writes one attribute of a row.
pub(crate) fn set(world: &World, partition: &str, sort: &str, name: &str, value: &Value) {
    let update = json!({
        "TableName": "casement",
        "Key": { "PK": { "S": partition }, "SK": { "S": sort } },
        "UpdateExpression": "SET #n = :v",
        "ExpressionAttributeNames": { "#n": name },
        "ExpressionAttributeValues": { ":v": value },
    });
    let reply = world.engine.call("UpdateItem", &update);
    assert!(reply.is_ok(), "{reply:?}");
}

/// `many` cases as `case` is, older than it: head, creator and details.
pub(crate) fn cases(world: &World, case: &str, many: usize) {
    let sort = |row: &Value| row["SK"]["S"].as_str().unwrap().to_owned();
    let facts: Vec<_> = rows(world, &format!("CASE#{case}"))
        .into_iter()
        .filter(|row| sort(row).starts_with("A#") || sort(row) == "D#")
        .map(|row| row.to_string())
        .collect();
    let copies: Vec<Value> = (0..many)
        .flat_map(|number| {
            let at =
                Timestamp::from_second(1_700_000_000 - i64::try_from(number).unwrap()).unwrap();
            let id = CaseId::new(at).to_string();
            facts.iter().map(move |row| serde_json::from_str(&row.replace(case, &id)).unwrap())
        })
        .collect();
    put(world, &copies);
}

/// `many` grants to people on `case`, as the one that it has.
pub(crate) fn grants(world: &World, case: &str, many: usize) {
    let is_grant = |row: &&Value| {
        let text = |name: &str| row[name]["S"].as_str().unwrap_or_default().to_owned();
        text("SK").starts_with("A#GRANT#") && text("recipient").starts_with("user:")
    };
    let all = rows(world, &format!("CASE#{case}"));
    let grant = all.iter().find(is_grant).expect("a grant to begin with");
    let (share, recipient) = (&grant["share"]["S"], &grant["recipient"]["S"]);
    let (share, recipient) = (share.as_str().unwrap(), recipient.as_str().unwrap());
    let person = recipient.strip_prefix("user:").expect("a grant to a person");
    let id: CaseId = case.parse().unwrap();
    let copies: Vec<Value> = (0..many)
        .map(|number| {
            let user = UserId::of("stock", &number.to_string());
            let new = ShareId::of(id, &Recipient::User(user)).to_string();
            let row = grant.to_string().replace(share, &new);
            serde_json::from_str(&row.replace(person, &user.to_string())).unwrap()
        })
        .collect();
    put(world, &copies);
}

/// `many` further members of a group, as `member` is.
pub(crate) fn members(world: &World, group: &str, member: UserId, many: usize) {
    let sort = format!("GROUP#{group}");
    let all = rows(world, &format!("USER#{member}"));
    let row = all.iter().find(|row| row["SK"]["S"] == sort.as_str()).expect("a member").to_string();
    let copies: Vec<Value> = (0..many)
        .map(|number| {
            let user = UserId::of("stock", &number.to_string()).to_string();
            serde_json::from_str(&row.replace(&member.to_string(), &user)).unwrap()
        })
        .collect();
    put(world, &copies);
}

/// `many` further tasks of a case, older than those that it has; with an org's share of each, if
/// they are `shared`.
pub(crate) fn tasks(world: &World, case: &str, many: usize, shared: bool) {
    let all = rows(world, &format!("CASE#{case}"));
    let sort = |row: &&Value| row["SK"]["S"].as_str().unwrap().to_owned();
    let task = all.iter().rfind(|row| sort(row).starts_with("I#tasks#")).expect("a task");
    let id = task["id"]["S"].as_str().unwrap();
    let of_share = |row: &&Value| sort(row).starts_with("S#") && sort(row).ends_with(id);
    let share = all.iter().find(of_share).expect("a share of it");
    let copies: Vec<Value> = (0..many)
        .flat_map(|number| {
            let second = 1_700_000_000 - i64::try_from(number).unwrap();
            let new = ItemId::new(Timestamp::from_second(second).unwrap()).to_string();
            let rows = [Some(task), Some(share).filter(|_| shared)];
            let copy = move |row: &Value| {
                serde_json::from_str(&row.to_string().replace(id, &new)).unwrap()
            };
            rows.into_iter().flatten().map(copy).collect::<Vec<Value>>()
        })
        .collect();
    put(world, &copies);
}

/// Forgets how many invitations went out.
pub(crate) fn forget_limits(world: &World) {
    let answer = world.engine.call("Scan", &json!({ "TableName": "casement" })).body().unwrap();
    for row in answer["Items"].as_array().unwrap() {
        if row["PK"]["S"].as_str().unwrap().starts_with("LIMIT#") {
            let key = json!({ "PK": row["PK"], "SK": row["SK"] });
            let delete = json!({ "TableName": "casement", "Key": key });
            assert!(world.engine.call("DeleteItem", &delete).is_ok());
        }
    }
}

/// The members of a JSON object, or none.
pub(crate) fn first<'a>(answer: &'a Value, name: &str) -> &'a Map<String, Value> {
    answer[name][0].as_object().expect("an object")
}
