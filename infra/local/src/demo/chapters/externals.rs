//! External users: the portal, and what is marked for it.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, items, not_found, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

pub(super) async fn tell(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let People { ada, xenia, yuri, .. } = people;
    let case = &cases.first;
    story.chapter("Opened to external users")?;
    open(story, people, cases).await?;
    let comment = marks(story, people, cases).await?;
    story
        .step(
            ada,
            "Ada opens the case to all external users, today's and tomorrow's.",
            Call::put(case.at("access"), json!({"access": "external-all"})),
            answers(200).is("/access", "external-all"),
        )
        .await?;
    let made = story
        .step(
            yuri,
            "Yuri, an external actor, comments.",
            Call::post(case.at("comments"), json!({"text": "Our proxy shows it, too."})),
            answers(201).is("/origin", "portal"),
        )
        .await?;
    let own = story.take(&made, "/id")?;
    story
        .step(
            xenia,
            "What was written in the portal is seen there, without a mark.",
            Call::get(case.at("comments")),
            answers(200).lists("/id", own.as_str()).lists("/id", comment.as_str()),
        )
        .await?;
    story
        .step(
            xenia,
            "Xenia's profile reads; she does not comment.",
            Call::post(case.at("comments"), json!({"text": "Me too."})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            yuri,
            "Yuri edits his own comments only.",
            Call::patch(case.at(&format!("comments/{comment}")), json!({"text": "Mine"})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            yuri,
            "External users see no history.",
            Call::get(case.at("history")),
            refused(403, "forbidden"),
        )
        .await?;
    close(story, people, cases, &comment).await
}

async fn open(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let People { ada, ben, xenia, yuri, eve, .. } = people;
    let case = &cases.first;
    let names = |who: &str| json!({"access": "external", "users": [who]});
    story.step(xenia, "Xenia sees nothing yet.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            ben,
            "Ben's profile does not share externally.",
            Call::put(case.at("access"), names(&xenia.recipient())),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            ada,
            "External users are invited first: an unknown address is refused.",
            Call::put(case.at("access"), names(&eve.recipient())),
            refused(422, "unknown_external_user"),
        )
        .await?;
    story
        .step(
            ada,
            "Nor is a case shared with an external user like with a guest.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [xenia.recipient()], "role": "viewer"}),
            ),
            refused(422, "use_external_access"),
        )
        .await?;
    story
        .step(
            ada,
            "Ada opens the case to Xenia.",
            Call::put(case.at("access"), names(&xenia.recipient())),
            answers(200).is("/access", "external").is("/users/0/email", xenia.email.as_str()),
        )
        .await?;
    story
        .step(
            xenia,
            "Xenia sees it, and that it came by the portal.",
            Call::get(&case.path),
            answers(200).is("/how", "external").is("/shared_externally", true).absent("/access"),
        )
        .await?;
    story.step(yuri, "Yuri was not named.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            xenia,
            "Nothing is marked, so she sees no comments.",
            Call::get(case.at("comments")),
            answers(200).holds("nothing in it", |reply| items(reply).count() == 0),
        )
        .await?;
    story
        .step(
            xenia,
            "And no documents.",
            Call::get(case.at("attachments")),
            answers(200).holds("nothing in it", |reply| items(reply).count() == 0),
        )
        .await?;
    Ok(())
}

/// Marks a comment and the document. The comment's id.
async fn marks(story: &mut Story, people: &People, cases: &Cases) -> Result<String, Ended> {
    let People { ada, xenia, .. } = people;
    let case = &cases.first;
    let made = story
        .step(
            ada,
            "Ada writes what customers may know.",
            Call::post(case.at("comments"), json!({"text": "Please block the listed domains."})),
            answers(201).is("/external", false),
        )
        .await?;
    let comment = story.take(&made, "/id")?;
    let comment_path = case.at(&format!("comments/{comment}"));
    story
        .step(
            ada,
            "She marks the comment external.",
            Call::set(format!("{comment_path}/external")),
            answers(200).is("/external", true),
        )
        .await?;
    story
        .step(
            ada,
            "And the document.",
            Call::set(format!("{}/external", case.document_path())),
            answers(200).is("/external", true),
        )
        .await?;
    story
        .step(
            xenia,
            "Xenia sees that one comment.",
            Call::get(case.at("comments")),
            answers(200)
                .lists("/id", comment.as_str())
                .holds("one comment", |reply| items(reply).count() == 1),
        )
        .await?;
    story.download(xenia, &case.id, &case.document).await?;
    story
        .step(
            ada,
            "Ada takes the document back.",
            Call::delete(format!("{}/external", case.document_path())),
            answers(204),
        )
        .await?;
    story
        .step(
            xenia,
            "It is gone for Xenia at once.",
            Call::post(format!("{}/download", case.document_path()), json!({})),
            not_found(),
        )
        .await?;
    Ok(comment)
}

async fn close(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    comment: &str,
) -> Result<(), Ended> {
    let People { ada, xenia, yuri, .. } = people;
    let case = &cases.first;
    story
        .step(
            ada,
            "An open case is not restricted in one go.",
            Call::put(case.at("access"), json!({"access": "restricted", "users": []})),
            refused(409, "case_external"),
        )
        .await?;
    story
        .step(
            ada,
            "Ada makes it internal again. The mark stays, and would count again.",
            Call::put(case.at("access"), json!({"access": "internal"})),
            answers(200).is("/access", "internal").is("/marked/comments", 1),
        )
        .await?;
    story.step(xenia, "For Xenia it is gone at once.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            yuri,
            "For Yuri, too, with all that he wrote.",
            Call::get(case.at("comments")),
            not_found(),
        )
        .await?;
    story
        .step(
            ada,
            "A case that is not open has nothing to mark.",
            Call::set(case.at(&format!("comments/{comment}/external"))),
            refused(409, "not_external"),
        )
        .await?;
    Ok(())
}
