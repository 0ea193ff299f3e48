//! The whole list replaced; invitations sent again, declined, taken back and bounced.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, not_found, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Person, Story};

pub(super) async fn tell(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    group: &str,
) -> Result<(), Ended> {
    let People { ben, cleo, otto, pia, .. } = people;
    let case = &cases.second;
    story.chapter("The list of shares, replaced")?;
    let group = format!("group:{group}");
    let shared = story
        .step(
            ben,
            "Ben shares another case with Cleo. Otto is a guest by now: it is his at once.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [cleo.recipient(), otto.recipient()], "role": "viewer"}),
            ),
            answers(201).is("/items/0/state", "active").is("/items/1/state", "active"),
        )
        .await?;
    story.told(otto, "was shared with you", &[], &[&case.title]).await?;
    let version = shared.etag.clone();
    let list = || {
        let body = json!({"shares": [
            {"recipient": otto.recipient(), "role": "editor"},
            {"recipient": pia.recipient(), "sections": {"details": "read", "documents": "write"}},
            {"recipient": group, "role": "viewer"},
        ]});
        Call::put(case.at("shares"), body)
    };
    story
        .step(
            ben,
            "He would replace the list, but of a version that is over.",
            list().if_match("\"s0\""),
            refused(412, "version_moved"),
        )
        .await?;
    let current = story
        .step(
            ben,
            "He reads it.",
            Call::get(case.at("shares")),
            answers(200).lists("/email", cleo.email.as_str()),
        )
        .await?;
    let version = current.etag.or(version).unwrap_or_default();
    story
        .step(
            ben,
            "Now it is: Otto edits, Pia is invited, the group reads, Cleo is not in it.",
            list().if_match(version),
            answers(200).is("/added", 2).is("/changed", 1).is("/removed", 1),
        )
        .await?;
    story
        .step(
            ben,
            "Cleo's share is gone.",
            Call::get(case.at("shares")),
            answers(200)
                .lists_not("/email", cleo.email.as_str())
                .lists("/recipient", group.as_str()),
        )
        .await?;
    resend(story, ben, pia, cases).await
}

async fn resend(story: &mut Story, ben: &Person, pia: &Person, cases: &Cases) -> Result<(), Ended> {
    let case = &cases.second;
    // TLP clear: the mail may name the case.
    let old = story.invitation(pia, &[], &[&case.title]).await?;
    let list = story
        .step(
            ben,
            "Pia has not answered.",
            Call::get(case.at("shares")),
            answers(200).lists("/state", "pending"),
        )
        .await?;
    let share = story.pick(&list, "/state", "pending", "/id")?;
    story
        .step(
            ben,
            "Ben sends the invitation again.",
            Call::post(
                case.at(&format!("shares/{share}/resend")),
                json!({"message": "Here it is once more."}),
            ),
            answers(200).is("/invitation/state", "invited"),
        )
        .await?;
    let fresh = story.invitation(pia, &[], &[]).await?;
    let nobody = story.nobody.clone();
    story
        .step(
            &nobody,
            "The old link is dead.",
            Call::post("/v1/invitations/preview", json!({"token": old})),
            not_found(),
        )
        .await?;
    story
        .step(
            &nobody,
            "The new one works; at TLP clear it names the case.",
            Call::post("/v1/invitations/preview", json!({"token": fresh})),
            answers(200).is("/case/title", case.title.as_str()),
        )
        .await?;
    story
        .step(
            pia,
            "Pia declines.",
            Call::post("/v1/invitations/decline", json!({"token": fresh})),
            answers(204),
        )
        .await?;
    story
        .step(
            ben,
            "Ben's list says so.",
            Call::get(case.at("shares")),
            answers(200).lists("/state", "declined"),
        )
        .await?;
    story
        .soon(
            ben,
            "And he is told in the app.",
            Call::get("/v1/notices"),
            answers(200).lists("/kind", "declined"),
        )
        .await?;
    Ok(())
}

/// An invitation that is taken back while it waits, and one that cannot arrive.
pub(super) async fn failing(
    story: &mut Story,
    people: &People,
    cases: &Cases,
) -> Result<(), Ended> {
    let People { ada, .. } = people;
    let case = &cases.second;
    story.chapter("Invitations that come to nothing")?;
    let nina = People::passer_by(story, "Nina", "nina@outside.example").await?;
    let share = invite(story, ada, &case.at("shares"), &nina.recipient()).await?;
    let token = story.invitation(&nina, &[], &[]).await?;
    story
        .step(
            ada,
            "Ada thinks better of it before Nina has answered.",
            Call::delete(case.at(&format!("shares/{share}"))),
            answers(204),
        )
        .await?;
    story
        .step(
            &nina,
            "Nina's link opens nothing any more.",
            Call::post("/v1/invitations/accept", json!({"token": token})),
            not_found(),
        )
        .await?;
    let bounces = "email:bounce@simulator.amazonses.com";
    let share = invite(story, ada, &case.at("shares"), bounces).await?;
    story
        .soon(
            ada,
            "That address does not exist: the mail comes back, and the share says so.",
            Call::get(case.at(&format!("shares/{share}"))),
            answers(200).is("/state", "bounced").is("/mail", "bounced").show("/invitation/reason"),
        )
        .await?;
    story
        .soon(
            ada,
            "Ada is told in the app.",
            Call::get("/v1/notices"),
            answers(200).lists("/kind", "mail_failed"),
        )
        .await?;
    story
        .step(
            ada,
            "What is no address is refused, and says where.",
            Call::post(
                case.at("shares"),
                json!({"recipients": ["email:nobody at all"], "role": "viewer"}),
            ),
            refused(400, "invalid").is("/errors/0/pointer", "/recipients/0"),
        )
        .await?;
    story
        .step(
            ada,
            "So is a misspelt field: it must not share for ever.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [bounces], "role": "viewer", "expires": "2027-01-01T00:00:00Z"}),
            ),
            refused(400, "invalid"),
        )
        .await?;
    Ok(())
}

async fn invite(
    story: &mut Story,
    ada: &Person,
    shares: &str,
    recipient: &str,
) -> Result<String, Ended> {
    let made = story
        .step(
            ada,
            &format!("Ada invites {}.", recipient.trim_start_matches("email:")),
            Call::post(shares, json!({"recipients": [recipient], "role": "viewer"})),
            answers(201).is("/items/0/state", "pending"),
        )
        .await?;
    story.take(&made, "/items/0/id")
}
