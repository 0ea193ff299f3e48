//! Revoked, and gone on every path; left by the recipient's own wish.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, not_found};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

pub(super) async fn tell(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    share: &str,
) -> Result<(), Ended> {
    let People { ada, otto, .. } = people;
    let case = &cases.first;
    story.chapter("Taken back")?;
    story
        .step(
            otto,
            "Otto still finds the case by a part of its title.",
            Call::post("/v1/cases/search", json!({"text": case.first_words()})),
            answers(200).lists("/id", case.id.as_str()),
        )
        .await?;
    story
        .step(
            ada,
            "Ada revokes his share. What remains are links that he was given in the last minute.",
            Call::post(case.at("shares/revoke"), json!({"shares": [share]})),
            answers(200).is("/items/0/status", "revoked").there("/remains/download_links_until"),
        )
        .await?;
    gone(story, people, cases).await?;
    story.told(otto, "no longer shared with you", &case.secrets(), &[]).await?;
    story
        .step(
            ada,
            "To revoke it again changes nothing, and is no error.",
            Call::delete(case.at(&format!("shares/{share}"))),
            answers(204),
        )
        .await?;

    story.chapter("Left")?;
    let other = &cases.second;
    story
        .step(
            otto,
            "Otto still has the other case.",
            Call::get(&other.path),
            answers(200).is("/how", "individual"),
        )
        .await?;
    story
        .step(otto, "He leaves it.", Call::post(other.at("disconnect"), json!({})), answers(204))
        .await?;
    story.step(otto, "It is gone at once.", Call::get(&other.path), not_found()).await?;
    story
        .step(
            otto,
            "And from his list.",
            Call::get("/v1/cases?filter=shared"),
            answers(200).lists_not("/id", other.id.as_str()),
        )
        .await?;
    story
        .step(
            ada,
            "Ada sees that he is not in it any more.",
            Call::get(other.at("shares")),
            answers(200).lists_not("/email", otto.email.as_str()),
        )
        .await?;
    Ok(())
}

/// Every path on which Otto could have reached the first case.
async fn gone(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let otto = &people.otto;
    let case = &cases.first;
    story.step(otto, "Gone: by its link.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            otto,
            "Gone: from the list.",
            Call::get("/v1/cases?filter=shared"),
            answers(200).lists_not("/id", case.id.as_str()),
        )
        .await?;
    story
        .step(
            otto,
            "Gone: from the search.",
            Call::post("/v1/cases/search", json!({"text": case.first_words()})),
            answers(200).lists_not("/id", case.id.as_str()),
        )
        .await?;
    story
        .step(
            otto,
            "Gone: the document.",
            Call::post(format!("{}/download", case.document_path()), json!({})),
            not_found(),
        )
        .await?;
    story
        .step(otto, "Gone: the comments, his own too.", Call::get(case.at("comments")), not_found())
        .await?;
    story.step(otto, "Gone: the history.", Call::get(case.at("history")), not_found()).await?;
    let (id, title) = (case.id.clone(), case.title.clone());
    story
        .step(
            otto,
            "Gone: from his notices.",
            Call::get("/v1/notices"),
            answers(200).holds("none names the case", move |reply| {
                let text = reply.body.to_string();
                !text.contains(&id) && !text.contains(&title)
            }),
        )
        .await?;
    Ok(())
}
