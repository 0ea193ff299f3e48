//! Shared with colleagues: immediate, and the more permissive wins.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

pub(super) async fn tell(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let People { ada, ben, cleo, .. } = people;
    let case = &cases.first;
    story.chapter("Shared with colleagues")?;
    let tag = || Call::patch(&case.path, json!({"tags": ["seen by Cleo"]}));
    story.step(cleo, "Cleo's profile only reads.", tag(), refused(403, "forbidden")).await?;
    let with = json!({"recipients": [cleo.recipient(), ben.recipient()], "role": "editor"});
    story
        .step(
            ada,
            "Ada shares the case with Cleo and Ben, as editors, in one action.",
            Call::post(case.at("shares"), with.clone()),
            answers(201)
                .is("/items/0/state", "active")
                .is("/items/0/role", "editor")
                .is("/items/1/state", "active")
                .there("/items/1/effective/rights/flags"),
        )
        .await?;
    story.told(cleo, "was shared with you", &case.secrets(), &[]).await?;
    story
        .step(
            cleo,
            "Nothing has to be accepted: Cleo changes the case.",
            tag(),
            answers(200).is("/tags/0", "seen by Cleo").is("/how", "own"),
        )
        .await?;
    story
        .step(
            cleo,
            "She comments.",
            Call::post(case.at("comments"), json!({"text": "I know this one from May."})),
            answers(201).is("/own", true).is("/external", false),
        )
        .await?;
    story
        .step(
            cleo,
            "An editor does not close.",
            Call::post(case.at("close"), json!({})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            ben,
            "Ben's own profile gives more than the share, and he keeps it.",
            Call::get(&case.path),
            answers(200).is("/may/sections/details", "write").holds(
                "he may still share",
                |reply| {
                    reply
                        .at("/may/flags")
                        .as_array()
                        .is_some_and(|all| all.contains(&"share".into()))
                },
            ),
        )
        .await?;
    story
        .step(
            ada,
            "Sharing adds only: the same again is refused, and says who.",
            Call::post(case.at("shares"), with),
            refused(409, "already_shared").is("/errors/0/pointer", "/recipients/0"),
        )
        .await?;
    story
        .step(
            ada,
            "One does not share with oneself.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [ada.recipient()], "role": "viewer"}),
            ),
            refused(422, "with_oneself"),
        )
        .await?;
    story
        .step(
            ada,
            "Ben is to work on it.",
            Call::put(case.at("assignees"), json!({"assignees": [ben.recipient()]})),
            answers(200).is("/items/0/email", ben.email.as_str()),
        )
        .await?;
    story
        .step(
            ben,
            "He finds it under what is assigned to him.",
            Call::get("/v1/cases?filter=assigned"),
            answers(200).lists("/id", case.id.as_str()),
        )
        .await?;
    Ok(())
}
