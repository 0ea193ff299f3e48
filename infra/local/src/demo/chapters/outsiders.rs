//! Shared with an outsider by e-mail: pending, mailed, accepted, used; then with other levels.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, items, not_found, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Person, Story};

/// What Ada writes to Otto.
const MESSAGE: &str = "Please look at the document first.";

/// Shares the first case with Otto. The share's id, after he has accepted.
pub(super) async fn tell(
    story: &mut Story,
    people: &People,
    cases: &Cases,
) -> Result<String, Ended> {
    let People { ada, otto, .. } = people;
    let case = &cases.first;
    story.chapter("Shared with an outsider, by e-mail")?;
    story
        .step(
            ada,
            "Ada types Otto's address. He is known to nobody here.",
            Call::post(
                case.at("shares"),
                json!({
                    "recipients": [otto.recipient()],
                    "role": "viewer",
                    "message": MESSAGE,
                }),
            ),
            answers(201)
                .is("/items/0/state", "pending")
                .is("/items/0/kind", "email")
                .is("/items/0/invitation/state", "invited"),
        )
        .await?;
    story
        .step(otto, "Before he accepts there is no case.", Call::get(&case.path), not_found())
        .await?;
    let token = story.invitation(otto, &case.secrets(), &[MESSAGE]).await?;
    preview(story, &token).await?;
    accept(story, people, cases, &token).await?;
    read(story, people, cases).await?;
    let list = story
        .step(
            ada,
            "In Ada's list he is no longer pending.",
            Call::get(case.at("shares")),
            answers(200).lists("/email", otto.email.as_str()),
        )
        .await?;
    story
        .step(
            ada,
            "He is a guest of the organisation now: he reaches what is shared with him.",
            Call::get("/v1/orgs/lantern/members?kind=guest"),
            answers(200).lists("/email", otto.email.as_str()).is("/items/0/status", "active"),
        )
        .await?;
    story.pick(&list, "/email", &otto.email, "/id")
}

async fn preview(story: &mut Story, token: &str) -> Result<(), Ended> {
    let nobody = story.nobody.clone();
    story
        .step(
            &nobody,
            "The page behind the link says who invites. TLP amber: neither title nor number.",
            Call::post("/v1/invitations/preview", json!({"token": token})),
            answers(200)
                .is("/to", "share")
                .is("/org/name", "Lantern CERT")
                .is("/message", MESSAGE)
                .show("/inviter")
                .show("/address_hint")
                .absent("/case"),
        )
        .await?;
    let short = token.get(..token.len().saturating_sub(3)).unwrap_or_default();
    story
        .step(
            &nobody,
            "A token cut short opens nothing.",
            Call::post("/v1/invitations/preview", json!({"token": short})),
            not_found(),
        )
        .await?;
    Ok(())
}

async fn accept(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    token: &str,
) -> Result<(), Ended> {
    let People { otto, eve, .. } = people;
    let call = || Call::post("/v1/invitations/accept", json!({"token": token}));
    story
        .step(
            eve,
            "Eve got hold of the link. It is not for her address.",
            call(),
            refused(403, "another_address"),
        )
        .await?;
    let unverified = story.host().dev_sign_in_unverified(&otto.email).await?;
    let unverified = Person { client: unverified, ..otto.clone() };
    story
        .step(
            &unverified,
            "Nor is it for somebody who only says that it is theirs.",
            call(),
            refused(403, "address_not_verified"),
        )
        .await?;
    story
        .step(
            otto,
            "Otto, with the verified address, accepts and lands on the case.",
            call(),
            answers(200).is("/to", "share").is("/case", cases.first.id.as_str()).there("/open"),
        )
        .await?;
    story.step(otto, "A link works once.", call(), not_found()).await?;
    Ok(())
}

async fn read(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let People { otto, .. } = people;
    let case = &cases.first;
    story
        .step(
            otto,
            "The case is in his list.",
            Call::get("/v1/cases?filter=shared"),
            answers(200).lists("/id", case.id.as_str()).is("/items/0/how", "individual"),
        )
        .await?;
    story
        .step(
            otto,
            "He reads it. What is the organisation's business is absent.",
            Call::get(&case.path),
            answers(200)
                .is("/title", case.title.as_str())
                .is("/may/sections/documents", "read")
                .absent("/access")
                .absent("/reference"),
        )
        .await?;
    story.download(otto, &case.id, &case.document).await?;
    story
        .step(
            otto,
            "He reads the comments.",
            Call::get(case.at("comments")),
            answers(200).lists("/text", "I know this one from May."),
        )
        .await?;
    story
        .step(
            otto,
            "A viewer does not comment.",
            Call::post(case.at("comments"), json!({"text": "Me too."})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            otto,
            "A viewer changes nothing.",
            Call::patch(&case.path, json!({"title": "Mine now"})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            otto,
            "Of the share list he sees his own row.",
            Call::get(case.at("shares")),
            answers(200)
                .lists("/email", otto.email.as_str())
                .holds("one row", |reply| items(reply).count() == 1),
        )
        .await?;
    story
        .step(
            otto,
            "Who else is in the organisation is not for guests.",
            Call::get("/v1/orgs/lantern/members"),
            refused(403, "forbidden"),
        )
        .await?;
    Ok(())
}

/// Changes Otto's share to levels per section.
pub(super) async fn levels(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    share: &str,
) -> Result<(), Ended> {
    let People { ada, otto, .. } = people;
    let case = &cases.first;
    story.chapter("The same share, with a level per section")?;
    story
        .step(
            ada,
            "Ada changes it: comments to write in, no documents.",
            Call::patch(
                case.at(&format!("shares/{share}")),
                json!({"sections": {"details": "read", "comments": "write"}}),
            ),
            answers(200)
                .is("/rights/levels/comments", "write")
                .is("/rights/levels/documents", "none"),
        )
        .await?;
    story
        .step(
            otto,
            "The documents are absent at once.",
            Call::get(&case.path),
            answers(200).is("/may/sections/comments", "write").absent("/may/sections/documents"),
        )
        .await?;
    story
        .step(otto, "There is no list of them.", Call::get(case.at("attachments")), not_found())
        .await?;
    story
        .step(
            otto,
            "And there is no link to be had.",
            Call::post(format!("{}/download", case.document_path()), json!({})),
            not_found(),
        )
        .await?;
    let made = story
        .step(
            otto,
            "He comments.",
            Call::post(case.at("comments"), json!({"text": "We see the same here."})),
            answers(201).is("/author/name", "Otto Frank"),
        )
        .await?;
    let comment = story.take(&made, "/id")?;
    story
        .step(
            otto,
            "He corrects himself.",
            Call::patch(
                case.at(&format!("comments/{comment}")),
                json!({"text": "We see the same here, since Monday."}),
            ),
            answers(200).there("/edited_at"),
        )
        .await?;
    story
        .step(
            ada,
            "Ada reads it.",
            Call::get(case.at("comments")),
            answers(200).lists("/text", "We see the same here, since Monday."),
        )
        .await?;
    story
        .step(
            ada,
            "She changes the share once more, to what her organisation calls triage.",
            Call::patch(case.at(&format!("shares/{share}")), json!({"profile": "lantern/triage"})),
            answers(200)
                .is("/gives/profile", "lantern/triage")
                .is("/rights/levels/documents", "read"),
        )
        .await?;
    story.download(otto, &case.id, &case.document).await
}
