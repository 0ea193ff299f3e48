//! Restricted, which excludes external users and groups.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, not_found, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

/// The third case is restricted, and open again.
pub(super) async fn tell(
    story: &mut Story,
    people: &People,
    cases: &Cases,
    group: &str,
) -> Result<(), Ended> {
    let People { ada, ben, cleo, xenia, .. } = people;
    let case = &cases.third;
    story.chapter("Restricted")?;
    story
        .step(
            ada,
            "Ada restricts another case to Ben.",
            Call::put(
                case.at("access"),
                json!({"access": "restricted", "users": [ben.recipient()]}),
            ),
            answers(200).is("/access", "restricted").is("/users/0/email", ben.email.as_str()),
        )
        .await?;
    story
        .step(
            cleo,
            "For Cleo, of the same organisation, there is no such case.",
            Call::get(&case.path),
            not_found(),
        )
        .await?;
    story
        .step(
            ben,
            "For Ben there is.",
            Call::get(&case.path),
            answers(200).is("/access", "restricted"),
        )
        .await?;
    story
        .step(
            ada,
            "A restricted case is not shared externally.",
            Call::put(
                case.at("access"),
                json!({"access": "external", "users": [xenia.recipient()]}),
            ),
            refused(409, "case_restricted"),
        )
        .await?;
    story
        .step(
            ben,
            "Nor with a group.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [format!("group:{group}")], "role": "viewer"}),
            ),
            refused(409, "case_restricted"),
        )
        .await?;
    story
        .step(
            ada,
            "She makes it internal again.",
            Call::put(case.at("access"), json!({"access": "internal"})),
            answers(200).is("/access", "internal"),
        )
        .await?;
    story
        .step(cleo, "Cleo sees it again.", Call::get(&case.path), answers(200).is("/how", "own"))
        .await?;
    Ok(())
}
