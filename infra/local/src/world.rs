//! The demonstration world of `serve --demo`: two orgs, people, groups and cases, made once,
//! through the API, as anybody would make them.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::client::{Call, Client, ClientError, Reply};
use crate::host::Running;
use crate::import::{self, Batch, Limits};
use crate::options::Options;
use crate::samples;

/// Cases that are taken of each register: enough to turn pages, quick to make.
const ROWS: usize = 40;

/// The operator who makes the orgs.
pub const OPERATOR: &str = "olga@casement.example";

/// Somebody as whom to sign in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn {
    /// Address.
    pub email: &'static str,
    /// Name.
    pub name: &'static str,
    /// Who that is, for the start page.
    pub who: &'static str,
}

/// Everybody in the world.
pub const PEOPLE: [SignIn; 10] = [
    SignIn { email: OPERATOR, name: "Olga Brandt", who: "runs the service, makes organisations" },
    SignIn { email: "ada@lantern.example", name: "Ada Lind", who: "admin of Lantern CERT" },
    SignIn { email: "ben@lantern.example", name: "Ben Okafor", who: "analyst there" },
    SignIn { email: "cleo@lantern.example", name: "Cleo Marin", who: "reads along there" },
    SignIn { email: "xenia@customer.example", name: "Xenia Vale", who: "external reader there" },
    SignIn { email: "yuri@customer.example", name: "Yuri Sand", who: "external actor there" },
    SignIn { email: "hana@harbour.example", name: "Hana Sato", who: "admin of Harbour Bank" },
    SignIn { email: "gil@harbour.example", name: "Gil Moreau", who: "analyst there" },
    SignIn { email: "otto@outside.example", name: "Otto Frank", who: "a guest, by one share" },
    SignIn { email: "pia@partner.example", name: "Pia Nowak", who: "in a group, and invited" },
];

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Nobody can sign in as its people.
    #[error(
        "the demonstration world needs the development sign-in, so it does not go with `--issuer`"
    )]
    NoSignIn,
    /// The API does not answer.
    #[error("cannot make the demonstration world")]
    Client(#[from] ClientError),
    /// The API refuses.
    #[error("cannot make the demonstration world: {what}: {refusal}")]
    Refused {
        /// What was asked.
        what: String,
        /// What was answered.
        refusal: String,
    },
    /// The folder has nothing in it that can be read.
    #[error("`{0}` holds no MISP event (*.json) and no register (*.csv) that can be read")]
    Empty(PathBuf),
    /// The folder cannot be read.
    #[error("cannot read the folder `{0}`: {1}")]
    Folder(PathBuf, std::io::Error),
}

/// Makes the world's operator one of the host's, before the host is started.
pub fn prepare(options: &mut Options) {
    if options.demo {
        if !options.operators.is_empty() {
            options.operators.push(',');
        }
        options.operators.push_str(OPERATOR);
    }
}

/// The files of a folder that an import understands, by name.
///
/// # Errors
///
/// [`WorldError::Folder`]
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, WorldError> {
    let failed = |error| WorldError::Folder(folder.to_owned(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let known = path.extension().is_some_and(|end| end == "json" || end == "csv");
        if known && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The cases: of the files of `folder`, else the built-in ones.
///
/// # Errors
///
/// [`WorldError::Folder`], [`WorldError::Empty`]
pub fn material(folder: Option<&Path>, limits: &Limits) -> Result<Batch, WorldError> {
    let Some(folder) = folder else { return Ok(samples::batch()) };
    let batch = import::read(&files(folder)?, limits);
    if batch.entries.is_empty() { Err(WorldError::Empty(folder.to_owned())) } else { Ok(batch) }
}

/// Makes the world on a running host, unless it is there, and says as whom to sign in.
///
/// A start that was interrupted goes on at the next one: what is there is left as it is.
///
/// # Errors
///
/// [`WorldError`]
pub async fn make(host: &Running, from: Option<&Path>) -> Result<&'static [SignIn], WorldError> {
    if !host.dev_sign_in {
        return Err(WorldError::NoSignIn);
    }
    let batch = material(from, &Limits::rows(ROWS))?;
    let world = World { host: Client::new(&host.api_url)? };
    if !world.is_there().await? {
        world.make(batch).await?;
    }
    Ok(&PEOPLE)
}

struct World {
    host: Client,
}

/// The group whose name says that the world is whole: it is made last.
const LAST: &str = "Harbour fraud desk";

impl World {
    async fn sign_in(&self, email: &str) -> Result<Client, ClientError> {
        let name = PEOPLE.iter().find(|one| one.email == email).map(|one| one.name);
        self.host.dev_sign_in(email, name).await
    }

    async fn is_there(&self) -> Result<bool, WorldError> {
        let gil = self.sign_in("gil@harbour.example").await?;
        let groups = gil.all("/v1/groups").await?;
        Ok(groups.iter().any(|group| group.get("name").and_then(Value::as_str) == Some(LAST)))
    }

    async fn make(&self, batch: Batch) -> Result<(), WorldError> {
        self.org("lantern", "Lantern CERT", "ada@lantern.example").await?;
        self.org("harbour", "Harbour Bank", "hana@harbour.example").await?;
        for (admin, org, email, kind, profile) in [
            ("ada@lantern.example", "lantern", "ben@lantern.example", "normal", "analyst"),
            ("ada@lantern.example", "lantern", "cleo@lantern.example", "normal", "read-only"),
            (
                "ada@lantern.example",
                "lantern",
                "xenia@customer.example",
                "external",
                "external-reader",
            ),
            (
                "ada@lantern.example",
                "lantern",
                "yuri@customer.example",
                "external",
                "external-actor",
            ),
            ("hana@harbour.example", "harbour", "gil@harbour.example", "normal", "analyst"),
        ] {
            let admin = self.sign_in(admin).await?;
            let body = json!({"email": email, "kind": kind, "profile": profile});
            let call = Call::post(format!("/v1/orgs/{org}/members"), body);
            ask(&admin, call, &[201], &["already_member", "already_there"]).await?;
            self.accept(email).await?;
        }
        let ada = self.sign_in("ada@lantern.example").await?;
        let report = import::send(&ada, "lantern", batch, &ProgressBar::hidden()).await;
        if let Some((reason, _)) = report.stopped {
            return Err(WorldError::Refused { what: "the cases".to_owned(), refusal: reason });
        }
        for fault in &report.faults {
            tracing::warn!("not in the demonstration world: {fault}");
        }
        let cases: Vec<&String> = report.cases.values().collect();
        let desk =
            self.group("ben@lantern.example", "Incident desk", "pia@partner.example").await?;
        self.share(&ada, &cases, &desk).await?;
        self.group("gil@harbour.example", LAST, "hana@harbour.example").await?;
        Ok(())
    }

    async fn org(&self, id: &str, name: &str, admin: &str) -> Result<(), WorldError> {
        let olga = self.sign_in(OPERATOR).await?;
        let call = Call::post("/v1/orgs", json!({"id": id, "name": name, "admin": admin}));
        ask(&olga, call, &[201], &["already_there"]).await?;
        self.accept(admin).await
    }

    /// Accepts whatever waits for somebody, but shares of cases.
    async fn accept(&self, email: &str) -> Result<(), WorldError> {
        let client = self.sign_in(email).await?;
        for invitation in client.all("/v1/invitations").await? {
            let text = |name| invitation.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("to") != "share" {
                let call = Call::post(format!("/v1/invitations/{}/accept", text("id")), json!({}));
                ask(&client, call, &[200], &["not_found"]).await?;
            }
        }
        Ok(())
    }

    /// A group with one member more; its id.
    async fn group(&self, owner: &str, name: &str, member: &str) -> Result<String, WorldError> {
        let client = self.sign_in(owner).await?;
        let named = |group: &Value| group.get("name").and_then(Value::as_str) == Some(name);
        let there = client.all("/v1/groups").await?.into_iter().find(named);
        let there = there.as_ref().and_then(|group| group.get("id")?.as_str());
        let id = if let Some(id) = there {
            id.to_owned()
        } else {
            let call = Call::post("/v1/groups", json!({ "name": name }));
            let made = ask(&client, call, &[201], &[]).await?;
            made.text("/id").unwrap_or_default().to_owned()
        };
        let call = Call::post(format!("/v1/groups/{id}/members"), json!({"emails": [member]}));
        ask(&client, call, &[200, 201], &["already_member", "already_there"]).await?;
        self.accept(member).await?;
        Ok(id)
    }

    /// Something of each kind: a guest, one who is invited, a group, external users, an assignee.
    async fn share(&self, ada: &Client, cases: &[&String], desk: &str) -> Result<(), WorldError> {
        let case = |at: usize| cases.get(at % cases.len().max(1)).copied().cloned();
        let (Some(first), Some(second), Some(third)) = (case(0), case(1), case(2)) else {
            return Ok(());
        };
        let shares = format!("/v1/cases/{first}/shares");
        let with = |who: &str, role: &str| json!({"recipients": [who], "role": role});
        let known = ["already_shared"];
        let call = Call::post(&shares, with("email:otto@outside.example", "viewer"));
        ask(ada, call, &[201], &known).await?;
        let otto = self.sign_in("otto@outside.example").await?;
        for invitation in otto.all("/v1/invitations").await? {
            let id = invitation.get("id").and_then(Value::as_str).unwrap_or_default();
            let call = Call::post(format!("/v1/invitations/{id}/accept"), json!({}));
            ask(&otto, call, &[200], &["not_found"]).await?;
        }
        let call = Call::post(&shares, with("email:pia@partner.example", "editor"));
        ask(ada, call, &[201], &known).await?;
        let text =
            json!({"text": "The bank has been told. Please keep this to yourselves for now."});
        let call = Call::post(format!("/v1/cases/{first}/comments"), text);
        ask(ada, call.once("demonstration-world-comment"), &[201], &[]).await?;
        let access = json!({"access": "external", "users": ["email:xenia@customer.example"]});
        ask(ada, Call::put(format!("/v1/cases/{second}/access"), access), &[200], &[]).await?;
        let assignees = json!({"assignees": ["email:ben@lantern.example"]});
        ask(ada, Call::put(format!("/v1/cases/{third}/assignees"), assignees), &[200], &[]).await?;
        let ben = self.sign_in("ben@lantern.example").await?;
        let call = Call::post(
            format!("/v1/cases/{third}/shares"),
            with(&format!("group:{desk}"), "viewer"),
        );
        ask(&ben, call, &[201], &known).await?;
        Ok(())
    }
}

/// Asks; anything but a wanted status, or a refusal that says that it is done already, is an error.
async fn ask(who: &Client, call: Call, wanted: &[u16], done: &[&str]) -> Result<Reply, WorldError> {
    let reply = who.send_patiently(&call).await?;
    let is_done = reply.code().is_some_and(|code| done.contains(&code));
    if wanted.contains(&reply.status) || is_done {
        return Ok(reply);
    }
    Err(WorldError::Refused {
        what: format!("{} {}", call.method, call.path),
        refusal: reply.refusal(),
    })
}
