//! Files in S3: signed links up and down, a look at what arrived, deletion.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::model::Attachment;
use crate::text::FileName;

/// How long an upload ticket can be used.
pub const UPLOAD: Duration = Duration::from_mins(5);
/// How long a download link can be opened.
pub const DOWNLOAD: Duration = Duration::from_mins(1);

/// The bucket.
#[derive(Clone)]
pub struct Files {
    client: Client,
    bucket: String,
}

/// S3 did not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[error("the file store did not do its work: {0}")]
pub struct FileError(String);

fn failed<E, R>(error: SdkError<E, R>) -> FileError
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    FileError(DisplayErrorContext(error).to_string())
}

/// A request that the holder may send by themselves.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Method.
    pub method: &'static str,
    /// URL, signed for its host.
    pub url: String,
    /// Headers that must be sent just so.
    pub headers: Vec<(String, String)>,
}

/// What S3 says of a file that arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its size in bytes.
    pub size: u64,
    /// The media type under which it was uploaded.
    pub content_type: Option<String>,
}

impl Files {
    /// The bucket `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// Leave to upload the bytes of `attachment`, once, just as announced: size, type and checksum
    /// are signed, and `If-None-Match: *` refuses a second write, so that what was checked is what
    /// is served. It can be used for `for_so_long`, at most [`UPLOAD`].
    ///
    /// # Errors
    ///
    /// [`FileError`] if it cannot be signed.
    pub async fn upload_ticket(
        &self,
        attachment: &Attachment,
        for_so_long: Duration,
    ) -> Result<Ticket, FileError> {
        let size = i64::try_from(attachment.size).map_err(|error| FileError(error.to_string()))?;
        let checksum = attachment.sha256.as_ref().map(|hex| checksum(hex)).transpose()?;
        let signed = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(attachment.object_key())
            .content_length(size)
            .content_type(&attachment.declared_type)
            .set_checksum_sha256(checksum)
            .if_none_match("*")
            .presigned(lifetime(for_so_long.min(UPLOAD))?)
            .await
            .map_err(failed)?;
        Ok(ticket("PUT", &signed))
    }

    /// Leave to download the bytes of `attachment`: as a file, never shown by a browser.
    ///
    /// # Errors
    ///
    /// [`FileError`] if it cannot be signed.
    pub async fn download_ticket(&self, attachment: &Attachment) -> Result<Ticket, FileError> {
        let signed = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(attachment.object_key())
            .response_content_disposition(disposition(&attachment.name))
            .response_content_type("application/octet-stream")
            .response_cache_control("no-store")
            .presigned(lifetime(DOWNLOAD)?)
            .await
            .map_err(failed)?;
        Ok(ticket("GET", &signed))
    }

    /// What S3 says of the file under `key`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`FileError`] if S3 does not answer.
    pub async fn arrived(&self, key: &str) -> Result<Option<Arrived>, FileError> {
        let answer = self.client.head_object().bucket(&self.bucket).key(key).send().await;
        match answer {
            Ok(found) => Ok(Some(Arrived {
                size: found.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                content_type: found.content_type,
            })),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The first bytes of the file under `key`, at most 8 KiB.
    ///
    /// # Errors
    ///
    /// [`FileError`] if S3 does not answer, or there is no such file.
    pub async fn first_bytes(&self, key: &str) -> Result<Vec<u8>, FileError> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .range("bytes=0-8191")
            .send()
            .await
            .map_err(failed)?;
        let bytes = answer.body.collect().await.map_err(|error| FileError(error.to_string()))?;
        Ok(bytes.into_bytes().to_vec())
    }

    /// Deletes the file under `key`; there may be none.
    ///
    /// # Errors
    ///
    /// [`FileError`] if S3 does not answer.
    pub async fn delete(&self, key: &str) -> Result<(), FileError> {
        let answer = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn is_missing<E, R>(error: &SdkError<E, R>) -> bool
where
    E: ProvideErrorMetadata,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    matches!(code, Some("NotFound" | "NoSuchKey"))
}

fn lifetime(of: Duration) -> Result<PresigningConfig, FileError> {
    PresigningConfig::expires_in(of).map_err(|error| FileError(error.to_string()))
}

fn ticket(method: &'static str, signed: &aws_sdk_s3::presigning::PresignedRequest) -> Ticket {
    let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ticket { method, url: signed.uri().to_owned(), headers: headers.collect() }
}

/// A SHA-256 in hexadecimal as S3 wants it: in base 64.
fn checksum(hex: &str) -> Result<String, FileError> {
    let bytes = data_encoding::HEXLOWER
        .decode(hex.as_bytes())
        .map_err(|error| FileError(error.to_string()))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

/// `Content-Disposition` with the name as given, for those who read RFC 5987, and an ASCII name for
/// those who do not.
///
/// Source: RFC 6266, section 4.3, and appendix D.
fn disposition(name: &FileName) -> String {
    let plain: String = name
        .as_str()
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '%' | ';') || c == ' ' { c } else { '_' }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.as_str().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// A hexadecimal digit, in capitals.
fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}
