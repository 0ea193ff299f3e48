//! Changes that run into each other.

use serde_json::{Value, json};

use crate::pairs::Stage;
use crate::race::{Deed, Race, unbent};
use crate::{Actor, Person, World, text};

/// A race, and the world that it begins in.
pub struct Start {
    /// What runs into what.
    pub name: &'static str,
    /// The table before.
    pub world: World,
    /// The race.
    pub race: Race,
}

fn user(of: &Actor) -> String {
    format!("user:{}", of.person().user())
}

fn start(name: &'static str, stage: &Stage, lanes: Vec<Vec<Deed>>) -> Start {
    let looks =
        ["/shares", "/history", "/access", ""].map(|tail| format!("{}{tail}", stage.path()));
    let judge = Person::new("admin-acme");
    Start {
        name,
        world: stage.world.clone(),
        race: Race { lanes, judge, looks: looks.into(), bend: unbent },
    }
}

/// All races.
pub async fn races() -> Vec<Start> {
    vec![
        put_against_put().await,
        put_against_put_of_others().await,
        revoke_against_accept().await,
        accept_against_accept().await,
        remove_against_share().await,
        lock_against_share().await,
        restrict_against_share().await,
        share_against_share().await,
        internal_against_mark().await,
        delete_against_share().await,
        leave_against_put().await,
    ]
}

/// Two whole lists.
pub async fn put_against_put() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let cid = stage.world.member(&stage.admin, "acme", "cid", "normal", "read-only").await;
    let list = |of: &[&Actor], role: &str| {
        let shares = of.iter().map(|one| json!({ "recipient": user(one), "role": role }));
        json!({ "shares": shares.collect::<Vec<_>>() })
    };
    let deed = |who: &str, body| vec![Deed::of(who, "PUT", &stage.shares(), body)];
    let lanes = vec![
        deed("ada", list(&[&bob], "editor")),
        deed("admin-acme", list(&[&bob, &cid], "viewer")),
    ];
    start("PUT | PUT", &stage, lanes)
}

/// Two whole lists that have nobody in common: no row of the one is a row of the other.
pub async fn put_against_put_of_others() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let cid = stage.world.member(&stage.admin, "acme", "cid", "normal", "read-only").await;
    let deed = |who: &str, of: &Actor| {
        let list = json!({ "shares": [{ "recipient": user(of), "role": "viewer" }] });
        vec![Deed::of(who, "PUT", &stage.shares(), list)]
    };
    let lanes = vec![deed("ada", &bob), deed("admin-acme", &cid)];
    start("PUT | PUT of others", &stage, lanes)
}

async fn invited(stage: &Stage) -> (String, String) {
    let email = format!("email:{}", stage.gus.person().address());
    let body = json!({ "recipients": [email], "role": "viewer" });
    let made = stage.ada.send("POST", &stage.shares(), body).await.is(201);
    let waiting = stage.gus.get("/invitations").await.is(200);
    (text(&made["items"][0], "id"), text(&waiting["items"][0], "id"))
}

/// An invitation is accepted while it is taken back.
pub async fn revoke_against_accept() -> Start {
    let stage = Stage::new().await;
    let (share, invitation) = invited(&stage).await;
    let lanes = vec![
        vec![
            Deed::of("ada", "DELETE", &format!("{}/{share}", stage.shares()), Value::Null),
            Deed::of("gus", "GET", &stage.path(), Value::Null),
        ],
        vec![Deed::of("gus", "POST", &format!("/invitations/{invitation}/accept"), json!({}))],
    ];
    start("revoke, then read | accept", &stage, lanes)
}

/// An invitation is accepted twice at once.
pub async fn accept_against_accept() -> Start {
    let stage = Stage::new().await;
    let (_, invitation) = invited(&stage).await;
    let accept =
        || Deed::of("gus", "POST", &format!("/invitations/{invitation}/accept"), json!({}));
    start("accept | accept", &stage, vec![vec![accept()], vec![accept()]])
}

/// Somebody shares with a group out of which they are taken.
pub async fn remove_against_share() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "analyst").await;
    let group = stage.group(&[&bob]).await;
    let member = format!("/groups/{group}/members/{}", bob.person().user());
    let body = json!({ "recipients": [format!("group:{group}")], "role": "viewer" });
    let lanes = vec![
        vec![
            Deed::of("ada", "DELETE", &member, Value::Null),
            Deed::of("ada", "GET", &stage.shares(), Value::Null),
        ],
        vec![Deed::of("bob", "POST", &stage.shares(), body)],
    ];
    start("remove from group, then read | share by the removed", &stage, lanes)
}

/// Somebody shares while they are locked.
pub async fn lock_against_share() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "analyst").await;
    let cid = stage.world.member(&stage.admin, "acme", "cid", "normal", "read-only").await;
    let member = format!("/orgs/acme/members/{}", bob.person().user());
    let body = json!({ "recipients": [user(&cid)], "role": "editor" });
    let lanes = vec![
        vec![
            Deed::of("admin-acme", "PATCH", &member, json!({ "status": "locked" })),
            Deed::of("ada", "GET", &stage.shares(), Value::Null),
        ],
        vec![Deed::of("bob", "POST", &stage.shares(), body)],
    ];
    start("lock, then read | share by the locked", &stage, lanes)
}

/// A case is restricted while it is shared with a group.
pub async fn restrict_against_share() -> Start {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    let named = json!({ "access": "restricted", "users": [user(&stage.ada)] });
    let body = json!({ "recipients": [format!("group:{group}")], "role": "viewer" });
    let lanes = vec![
        vec![Deed::of("admin-acme", "PUT", &format!("{}/access", stage.path()), named)],
        vec![Deed::of("ada", "POST", &stage.shares(), body)],
    ];
    start("restrict | share with a group", &stage, lanes)
}

/// The same recipient twice at once.
pub async fn share_against_share() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let body = |role: &str| json!({ "recipients": [user(&bob)], "role": role });
    let lanes = vec![
        vec![Deed::of("ada", "POST", &stage.shares(), body("editor"))],
        vec![Deed::of("admin-acme", "POST", &stage.shares(), body("viewer"))],
    ];
    start("share | share", &stage, lanes)
}

/// A comment is marked while the case becomes internal.
pub async fn internal_against_mark() -> Start {
    let stage = Stage::new().await;
    let said = json!({ "text": "before" });
    let said = stage.ada.send("POST", &format!("{}/comments", stage.path()), said).await.is(201);
    let access = format!("{}/access", stage.path());
    let _ = stage.admin.send("PUT", &access, json!({ "access": "external-all" })).await.is(200);
    let mark = format!("{}/comments/{}/external", stage.path(), text(&said, "id"));
    let lanes = vec![
        vec![Deed::of("admin-acme", "PUT", &access, json!({ "access": "internal" }))],
        vec![Deed::of("ada", "PUT", &mark, json!({}))],
    ];
    start("set internal | mark", &stage, lanes)
}

/// A case is deleted while it is shared.
pub async fn delete_against_share() -> Start {
    let stage = Stage::new().await;
    let bob = stage.world.member(&stage.admin, "acme", "bob", "normal", "read-only").await;
    let body = json!({ "recipients": [user(&bob)], "role": "editor" });
    let lanes = vec![
        vec![Deed::of("ada", "DELETE", &stage.path(), Value::Null)],
        vec![Deed::of("admin-acme", "POST", &stage.shares(), body)],
    ];
    start("delete | share", &stage, lanes)
}

/// Somebody leaves while the list is written anew.
pub async fn leave_against_put() -> Start {
    let stage = Stage::new().await;
    let group = stage.group(&[&stage.gus]).await;
    stage.share(&format!("group:{group}")).await;
    let entry = json!({ "recipient": format!("group:{group}"), "role": "editor" });
    let lanes = vec![
        vec![
            Deed::of("gus", "POST", &format!("{}/disconnect", stage.path()), json!({})),
            Deed::of("gus", "GET", &stage.path(), Value::Null),
        ],
        vec![Deed::of("ada", "PUT", &stage.shares(), json!({ "shares": [entry] }))],
    ];
    start("disconnect, then read | PUT", &stage, lanes)
}
