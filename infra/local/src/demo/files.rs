//! Files of the story: up by a ticket, down by a link, and the bytes compared.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::must::answers;
use super::story::{Ended, Person, Story};
use crate::client::Call;

/// An attachment, and the bytes that it must have.
#[derive(Clone)]
pub(super) struct Attached {
    /// Its id.
    pub(super) id: String,
    /// Its bytes.
    pub(super) bytes: Bytes,
}

impl Story {
    /// Three steps: a ticket, the upload to the files' origin, the arrival.
    pub(super) async fn attach(
        &mut self,
        who: &Person,
        case: &str,
        name: &str,
        bytes: Bytes,
    ) -> Result<Attached, Ended> {
        let path = format!("/v1/cases/{case}/attachments");
        let size = bytes.len();
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        let announced =
            json!({"name": name, "size": size, "content_type": "text/plain", "sha256": sha256});
        let ticket = self
            .step(
                who,
                &format!("{} announces a document and gets an upload ticket.", who.name),
                Call::post(&path, announced),
                answers(201)
                    .is("/attachment/name", name)
                    .is("/attachment/state", "uploading")
                    .is("/upload/method", "PUT"),
            )
            .await?;
        let id = self.take(&ticket, "/attachment/id")?;
        self.begin("The bytes go straight to the file store, not through the API.")?;
        let sent = who.client.upload(ticket.at("/upload"), bytes.clone()).await?;
        self.detail(&format!("{}: PUT to the files' origin, {size} bytes", who.name))?;
        if sent.status == 200 {
            self.good("200")?;
        } else {
            self.fault(&format!("the status must be 200, and is {}", sent.status))?;
        }
        self.soon(
            who,
            "It has arrived, and its bytes look like what it says it is.",
            Call::get(format!("{path}/{id}")),
            answers(200).is("/state", "ready").is("/size", size).show("/sniffed_type"),
        )
        .await?;
        Ok(Attached { id, bytes })
    }

    /// Two steps: a link, and what lies behind it.
    pub(super) async fn download(
        &mut self,
        who: &Person,
        case: &str,
        attached: &Attached,
    ) -> Result<(), Ended> {
        let path = format!("/v1/cases/{case}/attachments/{}/download", attached.id);
        let size = attached.bytes.len();
        let link = self
            .step(
                who,
                &format!("{} asks for a download link, good for a minute.", who.name),
                Call::post(path, json!({})),
                answers(200).is("/size", size).show("/name").there("/url"),
            )
            .await?;
        let url = self.take(&link, "/url")?;
        self.begin("Behind it are the bytes that were uploaded.")?;
        self.detail(&format!("{}: GET from the files' origin", who.name))?;
        match who.client.download(&url).await {
            Ok(found) if found == attached.bytes => {
                self.good(&format!("200  {size} bytes, compared one by one"))
            }
            Ok(found) => self.fault(&format!("{} bytes came back that are not those", found.len())),
            Err(error) => self.fault(&error.to_string()),
        }
    }
}
