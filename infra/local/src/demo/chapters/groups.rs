//! A group across organisations, and a case shared with it.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, not_found};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

/// Makes the group. Its id.
pub(super) async fn tell(story: &mut Story, people: &People) -> Result<String, Ended> {
    let People { ada, ben, cleo, pia, eve, .. } = people;
    story.chapter("A group, across organisations")?;
    let made = story
        .step(
            ben,
            "Ben makes a group.",
            Call::post("/v1/groups", json!({"name": "Incident desk"})),
            answers(201).is("/name", "Incident desk").is("/owner", true).show("/id"),
        )
        .await?;
    let group = story.take(&made, "/id")?;
    let members = format!("/v1/groups/{group}/members");
    story
        .step(
            ben,
            "He invites Pia, who is in no organisation, by e-mail.",
            Call::post(&members, json!({"emails": [pia.email]})),
            answers(200).lists("/email", pia.email.as_str()).is("/items/0/status", "invited"),
        )
        .await?;
    let token = story.invitation(pia, &[], &[]).await?;
    story
        .step(
            pia,
            "Pia accepts.",
            Call::post("/v1/invitations/accept", json!({"token": token})),
            answers(200).is("/to", "group").is("/group", group.as_str()),
        )
        .await?;
    story
        .step(
            ben,
            "Ben invites all normal members of his organisation at once.",
            Call::post(format!("{members}/import"), json!({"org": "lantern"})),
            answers(200).lists("/email", cleo.email.as_str()).lists("/email", ada.email.as_str()),
        )
        .await?;
    let notices = story
        .soon(
            cleo,
            "Cleo finds the invitation in the app, and need not look for the mail.",
            Call::get("/v1/notices?unread=true"),
            answers(200).lists("/kind", "invited").show("/items/0/text"),
        )
        .await?;
    let invitation = story.pick(&notices, "/kind", "invited", "/invitation")?;
    story
        .step(
            cleo,
            "She accepts there.",
            Call::post(format!("/v1/invitations/{invitation}/accept"), json!({})),
            answers(200).is("/group", group.as_str()),
        )
        .await?;
    let waiting = story
        .step(
            ada,
            "Ada's invitation waits for her, too.",
            Call::get("/v1/invitations"),
            answers(200).lists("/to", "group"),
        )
        .await?;
    let invitation = story.pick(&waiting, "/to", "group", "/id")?;
    story
        .step(
            ada,
            "She declines.",
            Call::post(format!("/v1/invitations/{invitation}/decline"), json!({})),
            answers(204),
        )
        .await?;
    story
        .step(
            ben,
            "Members are those who accepted.",
            Call::get(&members),
            answers(200).lists("/email", pia.email.as_str()).lists("/email", cleo.email.as_str()),
        )
        .await?;
    story
        .step(
            eve,
            "To Eve there is no such group.",
            Call::get(format!("/v1/groups/{group}")),
            not_found(),
        )
        .await?;
    Ok(group)
}

/// Shares the first case with the group.
pub(super) async fn share(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    group: &str,
) -> Result<(), Ended> {
    let People { ada, ben, pia, .. } = people;
    let case = &cases.first;
    let recipient = format!("group:{group}");
    story.chapter("Shared with the group")?;
    story
        .step(
            ada,
            "Ada is not in the group, so there is no such group to share with.",
            Call::post(case.at("shares"), json!({"recipients": [recipient], "role": "viewer"})),
            answers(404).is("/code", "not_found"),
        )
        .await?;
    story
        .step(
            ben,
            "Ben shares the case with it; nobody has to accept.",
            Call::post(case.at("shares"), json!({"recipients": [recipient], "role": "viewer"})),
            answers(201).is("/items/0/kind", "group").is("/items/0/state", "active"),
        )
        .await?;
    story.told(pia, "shared with a group of yours", &case.secrets(), &[]).await?;
    story
        .step(
            pia,
            "Pia sees it among what came to her through a group.",
            Call::get("/v1/cases?filter=group"),
            answers(200).lists("/id", case.id.as_str()).is("/items/0/how", "group"),
        )
        .await?;
    story.download(pia, &case.id, &case.document).await?;
    story
        .step(
            pia,
            "She leaves the case by herself.",
            Call::post(case.at("disconnect"), json!({})),
            answers(204),
        )
        .await?;
    story.step(pia, "It is gone at once.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            pia,
            "Also from her list.",
            Call::get("/v1/cases?filter=shared"),
            answers(200).lists_not("/id", case.id.as_str()),
        )
        .await?;
    story
        .step(
            ben,
            "The group keeps its share.",
            Call::get(case.at("shares")),
            answers(200).lists("/recipient", recipient),
        )
        .await?;
    Ok(())
}
