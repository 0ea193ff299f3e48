//! A restored table gives nothing back by itself: `casement repair`.

use serde_json::{Value, json};

use crate::dsl::{Case, Person, World};

/// One request to the host's DynamoDB.
async fn dynamodb(world: &World, operation: &str, body: Value) -> Value {
    let key = "AWS4-HMAC-SHA256 Credential=CASEMENTLOCAL/20260101/eu-central-1/dynamodb/aws4_request, \
               SignedHeaders=host, Signature=0";
    let request = world
        .client()
        .post(world.host().dynamodb())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", key)
        .body(body.to_string());
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{operation}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Takes the event of a change of access away, as a restore does that cuts a transaction in two.
async fn cut(world: &World, case: &Case, version: usize) {
    let query = json!({
        "TableName": "casement",
        "KeyConditionExpression": "PK = :case AND begins_with(SK, :events)",
        "ExpressionAttributeValues": { ":case": { "S": format!("CASE#{}", case.id) }, ":events": { "S": "E#A#" } },
    });
    let found = dynamodb(world, "Query", query).await;
    let event = &found["Items"][version - 1];
    let key = json!({ "PK": event["PK"], "SK": event["SK"] });
    dynamodb(world, "DeleteItem", json!({ "TableName": "casement", "Key": key })).await;
}

/// Runs it. Its exit code, and what it says.
fn repair(world: &World, more: &[&str]) -> (i32, String) {
    let arguments = [&["repair", "--table", "casement"], more].concat();
    let url = world.host().dynamodb();
    let environment = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "CASEMENTLOCAL"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", &*url),
    ];
    let done = world.host().program(&arguments, &environment);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (done.status.code().unwrap(), said)
}

/// Who of these people see a case.
async fn seen(people: &[&Person], case: &Case) -> Vec<bool> {
    let mut seen = Vec::new();
    for person in people {
        seen.push(person.sees(case).await);
    }
    seen
}

// Promise 6
#[tokio::test]
async fn a_restored_table_gives_outsiders_nothing_back_until_an_admin_says_so() {
    let Some(world) = World::on_own_host("repair", &[]).await else { return };
    let (acme, globex) = (world.org("acme").await, world.org("globex").await);
    acme.links(&globex).await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    let eve = acme.external("eve", "external-reader").await;
    let gil = globex.member("gil", "analyst").await;
    let (gus, hal) = (world.person("gus"), world.person("hal"));
    let case = ada.case("Phishing wave").await;
    let quiet = ada.case("Lost laptop").await;
    ada.share(&case, [bob.by_mail()], "editor").await.is(201);
    let share = ada.lets_in(&case, &gus, "editor").await;
    ada.share(&case, [hal.by_mail()], "viewer").await.is(201);
    ada.shares_with(&case, [&globex], "analyst").await.is(201);
    acme.admin.opens(&case, "external-all", [""; 0]).await.is(200);
    let token = world.mail_to(hal.address()).await.token();
    let people = [&ada, &bob, &gus, &gil, &eve];

    let (code, said) = repair(&world, &[]);
    assert_eq!(code, 0, "{said}");
    let wanted = "2 cases: 0 with a change of access that is there in part; 3 shares with others \
                  than colleagues to be suspended, 1 cases to be closed to external users, the \
                  links of 1 invitations to be taken back\n";
    assert_eq!(said, wanted);
    assert_eq!(seen(&people, &case).await, [true; 5], "it has only looked");

    cut(&world, &case, 2).await;
    let (code, said) = repair(&world, &["--apply"]);

    assert_eq!(code, 2, "{said}");
    let half =
        format!("case {}: changes of access [2] have no event, events [] no change\n", case.id);
    assert!(said.starts_with(&half), "{said}");
    assert_eq!(seen(&people, &case).await, [true, true, false, false, false]);
    assert!(ada.sees(&quiet).await);
    hal.accept_token(&token).await.hidden();
    assert!(ada.remembers(&case).await.contains(&"shares_suspended".to_owned()));
    assert!(!ada.remembers(&quiet).await.contains(&"shares_suspended".to_owned()));
    let shares = ada.shares(&case).await;
    let of_gus = shares.iter().find(|share| share["email"] == gus.address()).unwrap();
    assert_eq!(of_gus["valid_from"], "9999-01-01T00:00:00Z", "{of_gus}");

    // An admin says so.
    let id = of_gus["id"].as_str().unwrap_or(&share);
    let path = format!("{case}/shares/{id}");
    acme.admin.patch(path, &json!({ "valid_from": null })).await.ok();
    assert_eq!(seen(&people, &case).await, [true, true, true, false, false]);
    let (_, said) = repair(&world, &[]);
    assert!(
        said.contains("; 1 shares with others than colleagues to be suspended, 0 cases"),
        "{said}"
    );
}
