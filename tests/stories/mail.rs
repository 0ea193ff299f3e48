//! Mail: what it says, and what becomes of it.

use serde_json::json;

use crate::dsl::World;

// B6
#[tokio::test]
async fn a_mail_says_who_shares_and_opens_the_case_in_text_and_html() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    let body = json!({ "recipients": [gus.by_mail()], "role": "viewer", "message": "Look, <b>please</b> & soon" });
    ada.post(format!("{case}/shares"), &body).await.is(201);

    let mail = world.mail_to(gus.address()).await;

    for part in [&mail.text, &mail.html] {
        assert!(part.contains("ada"), "{part}");
        assert!(part.contains("/i#"), "{part}");
    }
    assert!(mail.text.contains("Look, <b>please</b> & soon"), "{}", mail.text);
    assert!(
        mail.html.contains("Look, &lt;b&gt;please&lt;/b&gt; &amp; soon")
            || mail.html.contains("Look, &#60;b&#62;please&#60;/b&#62; &#38; soon"),
        "{}",
        mail.html
    );
    assert!(!mail.subject.contains("please"), "no free text in the subject: {}", mail.subject);
    assert!(!mail.html.contains("<img"), "readable without images");
}

// B6, X10
#[tokio::test]
async fn a_mail_names_the_case_only_where_its_tlp_lets_it_out() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let bob = acme.member("bob", "read-only").await;
    for (tlp, is_named) in [
        ("clear", true),
        ("green", true),
        ("amber", false),
        ("amber+strict", false),
        ("red", false),
    ] {
        let gus = world.person("gus");
        let case = ada.case_with(json!({ "title": "Unusual words", "tlp": tlp })).await;
        ada.share(&case, [gus.by_mail()], "viewer").await.is(201);

        let mail = world.mail_to(gus.address()).await;

        assert_eq!(mail.says("Unusual words"), is_named, "{tlp}: {}\n{}", mail.subject, mail.text);
    }
    let secret = ada.case_with(json!({ "title": "Unusual words", "tlp": "red" })).await;
    ada.share(&secret, [bob.by_mail()], "viewer").await.is(201);
    let mail = world.letter_to(bob.address()).await;
    assert!(!mail.says("Unusual words"), "colleagues' mail leaves the house, too: {}", mail.text);
}

// B10
#[tokio::test]
async fn mail_that_bounces_is_shown_and_can_be_sent_again() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let address = format!("bounce+{}@simulator.amazonses.com", world.unique("x"));

    ada.share(&case, [format!("email:{address}")], "viewer").await.is(201);

    let share = world
        .wait("the bounce", async || {
            let share = ada.shares(&case).await[0].clone();
            (share["state"] == "bounced").then_some(share)
        })
        .await;
    assert_eq!(share["invitation"]["state"], "bounced", "{share}");
    assert_eq!(share["invitation"]["mail"], "bounced", "{share}");
    assert!(ada.remembers(&case).await.contains(&"mail_failed".to_owned()));
    let path = format!("{case}/shares/{}", share["id"].as_str().unwrap());
    ada.post(format!("{path}/resend"), &json!({})).await.is(200);
    ada.delete(path).await.is(204);
}

// B10
#[tokio::test]
async fn mail_that_cannot_be_sent_is_shown_with_a_reason() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let address = format!("{}@refused.simulator.amazonses.com", world.unique("x"));

    ada.share(&case, [format!("email:{address}")], "viewer").await.is(201);

    let share = world
        .wait("the refusal", async || {
            let share = ada.shares(&case).await[0].clone();
            (share["state"] == "failed").then_some(share)
        })
        .await;
    assert!(share["invitation"]["reason"].as_str().is_some_and(|text| !text.is_empty()), "{share}");
}

// B10
#[tokio::test]
async fn mail_that_arrives_is_shown_as_delivered() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;

    ada.share(&case, [world.person("gus").by_mail()], "viewer").await.is(201);

    let share = world
        .wait("the delivery", async || {
            let share = ada.shares(&case).await[0].clone();
            (share["invitation"]["mail"] == "delivered").then_some(share)
        })
        .await;
    assert_eq!(share["state"], "pending");
}

// B10
#[tokio::test]
async fn who_complains_gets_no_more_mail() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let case = ada.case("Phishing wave").await;
    let address = format!("complaint+{}@simulator.amazonses.com", world.unique("x"));
    ada.share(&case, [format!("email:{address}")], "viewer").await.is(201);
    world
        .wait("the complaint", async || {
            let share = ada.shares(&case).await[0].clone();
            (share["invitation"]["mail"] == "complained").then_some(())
        })
        .await;

    let other = ada.case("Other").await;
    let shared = ada.share(&other, [format!("email:{address}")], "viewer").await;

    shared.refused(422, "undeliverable").at("/recipients/0");
    assert_eq!(world.all_mail_to(&address).await.len(), 1);
}

// B10
#[tokio::test]
async fn nobody_is_flooded() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    for number in 0..3 {
        let case = ada.case(&format!("Case {number}")).await;
        ada.share(&case, [gus.by_mail()], "viewer").await.is(201);
    }
    let fourth = ada.case("Fourth").await;

    let shared = ada.share(&fourth, [gus.by_mail()], "viewer").await.refused(429, "mail_limit");

    assert!(shared.header("retry-after").parse::<u64>().is_ok(), "{shared:?}");
    assert!(ada.shares(&fourth).await.is_empty());
    assert_eq!(world.all_mail_to(gus.address()).await.len(), 3);
}

// B6, Edge: revoke while pending
#[tokio::test]
async fn mail_is_tagged_for_its_invitation_and_carries_no_tracking() {
    let world = World::new().await;
    let acme = world.org("acme").await;
    let ada = acme.member("ada", "analyst").await;
    let gus = world.person("gus");
    let case = ada.case("Phishing wave").await;
    ada.share(&case, [gus.by_mail()], "viewer").await.is(201);

    let mail = world.mail_to(gus.address()).await;

    let tags = mail.json["tags"].as_object().unwrap();
    for name in ["kind", "id", "generation"] {
        assert!(tags.contains_key(name), "{tags:?}");
    }
    assert!(!mail.json["tags"].to_string().contains(&mail.token()), "{tags:?}");
    assert!(mail.html.contains("ses:no-track"), "{}", mail.html);
}
