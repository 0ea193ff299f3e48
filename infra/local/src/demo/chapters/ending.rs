//! Closed by who may, deleted by the owner; and what the history says of all of it.

use serde_json::{Value, json};

use crate::client::Call;
use crate::demo::must::{Must, answers, items, not_found, refused};
use crate::demo::people::{Cases, People};
use crate::demo::story::{Ended, Story};

pub(super) async fn tell(story: &mut Story, people: &People, cases: &Cases) -> Result<(), Ended> {
    let People { ada, ben, hana, .. } = people;
    let case = &cases.third;
    story.chapter("Closed, and deleted")?;
    story
        .step(
            ben,
            "Ben shares the third case with Hana of Harbour Bank, who may also close it.",
            Call::post(
                case.at("shares"),
                json!({"recipients": [hana.recipient()], "role": "editor-close"}),
            ),
            answers(201).is("/items/0/state", "pending").is("/items/0/role", "editor-close"),
        )
        .await?;
    let token = story.invitation(hana, &case.secrets(), &[]).await?;
    story
        .step(
            hana,
            "Hana accepts.",
            Call::post("/v1/invitations/accept", json!({"token": token})),
            answers(200).is("/case", case.id.as_str()),
        )
        .await?;
    story
        .step(
            hana,
            "She closes the case.",
            Call::post(case.at("close"), json!({})),
            answers(200).is("/status", "closed").there("/closed_at"),
        )
        .await?;
    story
        .step(
            hana,
            "Twice is once too often.",
            Call::post(case.at("close"), json!({})),
            refused(409, "already_closed"),
        )
        .await?;
    story
        .step(
            hana,
            "She opens it again.",
            Call::post(case.at("reopen"), json!({})),
            answers(200).is("/status", "open"),
        )
        .await?;
    story
        .step(
            hana,
            "Deleting is the owner's alone.",
            Call::delete(&case.path),
            refused(403, "forbidden"),
        )
        .await?;
    story.step(ada, "Ada deletes it.", Call::delete(&case.path), answers(204)).await?;
    story.step(hana, "It is gone for Hana.", Call::get(&case.path), not_found()).await?;
    story.step(ben, "It is gone for Ben.", Call::get(&case.path), not_found()).await?;
    story
        .step(
            ada,
            "It is gone for everybody.",
            Call::get("/v1/cases?filter=created"),
            answers(200).lists_not("/id", case.id.as_str()),
        )
        .await?;
    Ok(())
}

/// What the first case's history must tell.
const TOLD: [&str; 16] = [
    "case_created",
    "case_changed",
    "case_shared",
    "share_changed",
    "share_accepted",
    "share_revoked",
    "disconnected",
    "assignees_changed",
    "access_changed",
    "comment_added",
    "comment_changed",
    "comment_marked_external",
    "attachment_added",
    "attachment_marked_external",
    "attachment_marked_internal",
    "attachment_downloaded",
];

/// What the org's audit view must tell beside that.
const AUDITED: [&str; 9] = [
    "member_invited",
    "member_joined",
    "profile_created",
    "org_changed",
    "shares_replaced",
    "share_resent",
    "share_declined",
    "mail_failed",
    "case_deleted",
];

pub(super) async fn history(
    story: &mut Story,
    people: &People,
    cases: &Cases,
) -> Result<(), Ended> {
    let People { ada, ben, otto, .. } = people;
    let case = &cases.first;
    story.chapter("What is remembered")?;
    let must = told(answers(200), &TOLD);
    story
        .step(
            ada,
            "The history of the first case has it all.",
            Call::get(format!("{}?limit=100", case.at("history"))),
            must.holds("each event says when", |reply| {
                items(reply).all(|event| event.get("at").is_some_and(Value::is_string))
            }),
        )
        .await?;
    story
        .step(otto, "Otto, who left, reads none of it.", Call::get(case.at("history")), not_found())
        .await?;
    audit(story, people).await?;
    story
        .step(
            ben,
            "The audit view is for those who have the right.",
            Call::get("/v1/orgs/lantern/audit"),
            refused(403, "forbidden"),
        )
        .await?;
    Ok(())
}

/// The audit view, kind by kind: it may have more than a page.
async fn audit(story: &mut Story, people: &People) -> Result<(), Ended> {
    story
        .begin("The organisation's audit view has it, too, and what happened outside of cases.")?;
    let events = people.ada.client.all("/v1/orgs/lantern/audit").await?;
    story.detail("Ada: GET /v1/orgs/lantern/audit, all pages")?;
    let has = |kind: &str| {
        events.iter().any(|event| event.get("kind").and_then(Value::as_str) == Some(kind))
    };
    let missing: Vec<&str> =
        TOLD.iter().chain(&AUDITED).copied().filter(|kind| !has(kind)).collect();
    if missing.is_empty() {
        story.good(&format!("{} events, of every kind that there was", events.len()))
    } else {
        story.fault(&format!("it has no {}", missing.join(", ")))
    }
}

fn told(must: Must, kinds: &[&str]) -> Must {
    kinds.iter().fold(must, |must, &kind| must.lists("/kind", kind))
}
