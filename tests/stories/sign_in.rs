//! Tokens: who is let in, and as whom.

use reqwest::Method;
use serde_json::json;

use crate::dsl::{Answer, World, tampered};

async fn me(world: &World, token: &str) -> Answer {
    world.ask(Method::GET, "/me").with_token(token).await
}

fn is_message(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer}");
    assert!(answer.json["message"].is_string(), "{answer}");
}

// Bad input, HTTP
#[tokio::test]
async fn tokens_that_are_none_are_refused() {
    let world = World::new().await;
    let gus = world.person("gus");
    let good = gus.token().await;
    me(&world, &good).await.is(200);
    let parts: Vec<_> = good.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let symmetric = format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", parts[1], parts[2]);
    let other = world.person("eve").token().await;
    let swapped = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2]);

    for wrong in [
        "",
        "x",
        "a.b.c",
        &good[..good.len() - 20],
        parts[0],
        &unsigned,
        &symmetric,
        &swapped,
        &tampered(&good),
        &format!("{good}.more"),
    ] {
        is_message(&me(&world, wrong).await, 401);
    }
}

// Bad input, HTTP
#[tokio::test]
async fn tokens_for_others_without_scope_or_over_are_refused() {
    let story = "tokens_for_others_without_scope_or_over_are_refused";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let gus = world.person("gus");

    is_message(&me(&world, &gus.token_with(json!({ "aud": "somebody-else" })).await).await, 401);
    is_message(&me(&world, &gus.token_with(json!({ "expires_in": -10 })).await).await, 401);
    for scope in ["", "openid", "casement/apix", "casement"] {
        is_message(&me(&world, &gus.token_with(json!({ "scope": scope })).await).await, 403);
    }
    me(&world, &gus.token_with(json!({ "scope": "openid casement/api" })).await).await.is(200);
}

// HTTP
#[tokio::test]
async fn a_token_ends_when_it_says() {
    let Some(world) = World::with_clock("a_token_ends").await else { return };
    let gus = world.person("gus");
    let token = gus.token_with(json!({ "expires_in": 600 })).await;
    world.pass(590).await;
    me(&world, &token).await.is(200);

    world.pass(20).await;

    is_message(&me(&world, &token).await, 401);
}

// Bad input
#[tokio::test]
async fn claims_that_are_missing_or_odd_never_break_anything() {
    let story = "claims_that_are_missing_or_odd_never_break_anything";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let sub = world.unique("sub");
    for claims in [
        json!({ "email": null, "name": null, "sub": sub }),
        json!({ "email": "not an address", "sub": sub }),
        json!({ "email": "", "name": "", "sub": sub }),
        json!({ "name": "line\nbreak", "sub": sub }),
        json!({ "name": "x".repeat(5_000), "sub": sub }),
        json!({ "name": "exe.\u{202e}fdp", "sub": sub }),
        json!({ "sub": format!("{sub}#ORG#x\n") }),
        json!({ "sub": "ø".repeat(300) }),
        json!({ "email": format!("{}@example.com", "x".repeat(400)), "sub": sub }),
    ] {
        let token = world.person("gus").token_with(claims.clone()).await;
        let answer = me(&world, &token).await;
        assert_eq!(answer.status, 200, "{claims}: {answer}");
        let name = answer.json["name"].as_str().unwrap_or_default();
        assert!(!name.contains(['\n', '\u{202e}']) && name.len() <= 400, "{answer}");
    }
}

// Bad input
#[tokio::test]
async fn without_a_verified_address_everything_works_but_accepting() {
    let story = "without_a_verified_address_everything_works_but_accepting";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let gus = world.person("gus");
    for claims in [
        json!({ "email": null, "sub": world.unique("sub") }),
        json!({ "email_verified": false, "sub": world.unique("sub") }),
    ] {
        let token = gus.token_with(claims).await;
        let seen = me(&world, &token).await.ok();
        assert_eq!(seen["email_verified"], false, "{seen}");
        let group = world.post("/groups", &json!({ "name": "Friends" })).with_token(&token).await;
        group.is(201);
        world.ask(Method::GET, "/cases").with_token(&token).await.is(200);
        let list = world.ask(Method::GET, "/invitations").with_token(&token).await.ok();
        assert_eq!(list["items"], json!([]));
    }
}

// Bad input
#[tokio::test]
async fn an_operator_is_one_by_verified_address_only() {
    let story = "an_operator_is_one_by_verified_address_only";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let operator = world.operator();
    assert_eq!(operator.me().await["operator"], true);
    let token =
        operator.token_with(json!({ "email_verified": false, "sub": world.unique("sub") })).await;
    assert_eq!(me(&world, &token).await.ok()["operator"], false);
    let body = json!({ "id": world.unique("org"), "name": "Org", "admin": "a@b.example" });

    let refused = world.post("/orgs", &body).with_token(&token).await;

    refused.forbidden();
}

// HTTP
#[tokio::test]
async fn two_subjects_are_two_people_even_with_one_address() {
    let story = "two_subjects_are_two_people_even_with_one_address";
    let Some(world) = World::with_any_tokens(story).await else { return };
    let gus = world.person("gus");
    let other = gus.token_with(json!({ "sub": world.unique("other") })).await;

    assert_ne!(me(&world, &other).await.ok()["user"], gus.me().await["user"]);
}
