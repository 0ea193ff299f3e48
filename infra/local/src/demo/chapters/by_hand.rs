//! A case made by hand, shared in the same call, with a file uploaded by ticket.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::client::Call;
use crate::demo::must::{answers, not_found, refused};
use crate::demo::people::People;
use crate::demo::story::{Ended, Story};

/// What is uploaded: a real file has a name in some language.
const FILE: (&str, &str) = (
    "Chronologie – été, Lyon.txt",
    "2026-11-20 18:40  laptop left in a train between Lyon and Dijon\n\
     2026-11-20 19:05  reported by telephone\n\
     2026-11-20 19:20  account locked, device told to wipe itself\n",
);

pub(super) async fn tell(story: &mut Story, people: &People) -> Result<(), Ended> {
    let People { ben, .. } = people;
    story.chapter("A case made by hand, and shared in the same call")?;
    let rosa = People::passer_by(story, "Rosa", "rosa@partner.example").await?;
    let body = |severity: &str| -> Value {
        json!({
            "org": "lantern",
            "title": "Laptop lost in a train",
            "severity": severity,
            "tlp": "green",
            "tags": ["loss"],
            "share": [{"recipients": [rosa.recipient()], "role": "viewer"}],
        })
    };
    let call = |severity| Call::post("/v1/cases", body(severity)).once("laptop-in-lyon");
    let made = story
        .step(
            ben,
            "Ben makes a case and shares it with Rosa: all of it, or nothing.",
            call("low"),
            answers(201)
                .there("/number")
                .is("/status", "open")
                .is("/access", "internal")
                .is("/shares/0/state", "pending"),
        )
        .await?;
    let case = story.take(&made, "/id")?;
    story
        .step(
            ben,
            "His line broke, he sends the same again, under the same key: it is the same case.",
            call("low"),
            answers(201).is("/id", case.as_str()),
        )
        .await?;
    story
        .step(
            ben,
            "The key does not stand for anything else.",
            call("high"),
            refused(422, "key_reused"),
        )
        .await?;
    let attached = story.attach(ben, &case, FILE.0, Bytes::from_static(FILE.1.as_bytes())).await?;
    story.download(ben, &case, &attached).await?;
    story
        .step(
            ben,
            "What has a path in its name is no file name.",
            Call::post(
                format!("/v1/cases/{case}/attachments"),
                json!({"name": "../passwd", "size": 1}),
            ),
            refused(400, "invalid").is("/errors/0/pointer", "/name"),
        )
        .await?;
    let token = story.invitation(&rosa, &[], &["Laptop lost in a train"]).await?;
    story
        .step(
            ben,
            "The laptop is found. Ben deletes the case.",
            Call::delete(format!("/v1/cases/{case}")),
            answers(204),
        )
        .await?;
    let nobody = story.nobody.clone();
    story
        .step(
            &nobody,
            "Rosa's invitation went with it.",
            Call::post("/v1/invitations/preview", json!({"token": token})),
            not_found(),
        )
        .await?;
    Ok(())
}
