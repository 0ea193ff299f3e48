//! A list shows what a check allows.

use serde_json::{Value, json};
use wire::pairs::Stage;

/// More groups than a list reads the shares of, one by one; the last of them has one.
#[tokio::test]
async fn whoever_is_in_many_groups_is_shown_what_the_last_has() {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    stage.share(&format!("group:{group}")).await;
    let table = casement::aws::schema::TABLE;
    let user = format!("USER#{}", stage.gus.person().user());
    let key = json!({ "PK": { "S": user }, "SK": { "S": format!("GROUP#{group}") } });
    let get = json!({ "TableName": table, "Key": key });
    let member = stage.world.engine.call("GetItem", &get).body().unwrap()["Item"].to_string();
    for number in 0..60 {
        let before = member.replace(&group, &format!("01ARZ3NDEKTSV4RRFFQ69G5F{number:02}"));
        let before: Value = serde_json::from_str(&before).unwrap();
        let put = json!({ "TableName": table, "Item": before });
        assert!(stage.world.engine.call("PutItem", &put).is_ok());
    }

    for list in ["/cases", "/cases?filter=group"] {
        let listed = stage.gus.get(list).await.is(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{list}: {listed}");
    }
    let _ = stage.gus.get(&stage.path()).await.is(200);
}
