//! Two orgs, their admins, members, a profile and external users.

use serde_json::json;

use crate::client::Call;
use crate::demo::must::{answers, not_found, refused};
use crate::demo::people::People;
use crate::demo::story::{Ended, Person, Story};

pub(super) async fn tell(story: &mut Story, people: &People) -> Result<(), Ended> {
    let People { olga, ada, ben, cleo, xenia, yuri, hana, eve, .. } = people;
    story.chapter("Two organisations, and who is in them")?;
    org(story, olga, "lantern", "Lantern CERT", ada).await?;
    org(story, olga, "harbour", "Harbour Bank", hana).await?;
    story
        .step(
            ben,
            "Ben, who is no operator, cannot make one.",
            Call::post("/v1/orgs", json!({"id": "mine", "name": "Mine", "admin": ben.email})),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            ada,
            "Ada sees herself as the admin of Lantern CERT.",
            Call::get("/v1/me"),
            answers(200).is("/orgs/0/org", "lantern").is("/orgs/0/profile", "org-admin"),
        )
        .await?;
    story
        .step(
            ada,
            "She gives invitations to her organisation's cases a week.",
            Call::patch("/v1/orgs/lantern", json!({"settings": {"invitation_days": 7}})),
            answers(200).is("/settings/invitation_days", 7),
        )
        .await?;
    story
        .step(
            ada,
            "She makes a profile: comments, reads documents, closes.",
            Call::post(
                "/v1/orgs/lantern/profiles",
                json!({
                    "name": "triage",
                    "type": "organisation",
                    "rights": {
                        "levels": {"details": "read", "comments": "write", "documents": "read"},
                        "flags": ["close"],
                    },
                    "org_rights": [],
                }),
            ),
            answers(201).is("/name", "triage"),
        )
        .await?;
    member(story, ada, ben, "normal", "analyst").await?;
    member(story, ada, cleo, "normal", "read-only").await?;
    member(story, ada, xenia, "external", "external-reader").await?;
    member(story, ada, yuri, "external", "external-actor").await?;
    story
        .step(
            ada,
            "Any part of a name finds a colleague.",
            Call::post("/v1/orgs/lantern/members/search", json!({"text": "leo mar"})),
            answers(200).lists("/email", cleo.email.as_str()),
        )
        .await?;
    story
        .step(
            ben,
            "An analyst does not invite members.",
            Call::post(
                "/v1/orgs/lantern/members",
                json!({"email": eve.email, "profile": "analyst"}),
            ),
            refused(403, "forbidden"),
        )
        .await?;
    story
        .step(
            eve,
            "To Eve, a stranger, there is no Lantern CERT.",
            Call::get("/v1/orgs/lantern"),
            not_found(),
        )
        .await?;
    Ok(())
}

async fn org(
    story: &mut Story,
    olga: &Person,
    id: &str,
    name: &str,
    admin: &Person,
) -> Result<(), Ended> {
    story
        .step(
            olga,
            &format!(
                "Olga, who runs the service, makes {name} and names {} its admin.",
                admin.name
            ),
            Call::post("/v1/orgs", json!({"id": id, "name": name, "admin": admin.email})),
            answers(201).is("/id", id).is("/locked", false),
        )
        .await?;
    let token = story.invitation(admin, &[], &[]).await?;
    let nobody = story.nobody.clone();
    story
        .step(
            &nobody,
            "The page behind the link shows who invites to what, without signing in.",
            Call::post("/v1/invitations/preview", json!({"token": token})),
            answers(200).is("/to", "member").is("/org/name", name).show("/address_hint"),
        )
        .await?;
    accept_member(story, admin, id, &token).await
}

async fn member(
    story: &mut Story,
    admin: &Person,
    person: &Person,
    kind: &str,
    profile: &str,
) -> Result<(), Ended> {
    story
        .step(
            admin,
            &format!("Ada invites {}: {kind} member, profile {profile}.", person.name),
            Call::post(
                "/v1/orgs/lantern/members",
                json!({"email": person.email, "kind": kind, "profile": profile}),
            ),
            answers(201).is("/status", "invited").is("/kind", kind).is("/profile", profile),
        )
        .await?;
    let token = story.invitation(person, &[], &[]).await?;
    accept_member(story, person, "lantern", &token).await
}

async fn accept_member(
    story: &mut Story,
    person: &Person,
    org: &str,
    token: &str,
) -> Result<(), Ended> {
    story
        .step(
            person,
            &format!("{} signs in with the invited address and accepts.", person.name),
            Call::post("/v1/invitations/accept", json!({"token": token})),
            answers(200).is("/to", "member").is("/org", org),
        )
        .await?;
    Ok(())
}
