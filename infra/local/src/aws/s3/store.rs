//! s3s-fs, with what it lacks: an upload counts when all of it is checked and lies on the disk.
//!
//! s3s-fs puts the bytes in place before it compares the checksum, looks for an earlier object
//! before it reads the body, and never syncs. So each upload goes to a staging bucket under a name
//! of its own, and moves to its place when it has passed: in one step, and only if it is the first
//! where `If-None-Match: *` says so.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, PutObjectInput, PutObjectOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use crate::aws::schema::BUCKET;
use crate::durable;

/// Uploads that have not passed yet.
const STAGING: &str = "staging";

/// One upload that was accepted.
pub struct Uploaded {
    /// Its key in the bucket.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
    /// The file that holds its bytes.
    pub file: PathBuf,
}

/// What is called before an accepted upload is answered. It may block.
pub type UploadedHook = Arc<dyn Fn(Uploaded) -> io::Result<()> + Send + Sync>;

/// The bucket.
#[derive(Clone)]
pub(super) struct Store {
    inner: Arc<FileSystem>,
    folder: PathBuf,
    /// Held while a name appears or goes, so that of two uploads to one key one is the first.
    names: Arc<Mutex<()>>,
    uploaded: UploadedHook,
}

impl Store {
    /// Opens the bucket, and removes what earlier uploads left in staging.
    pub(super) fn open(folder: &Path, uploaded: UploadedHook) -> io::Result<Self> {
        let staging = folder.join(STAGING);
        if staging.exists() {
            std::fs::remove_dir_all(&staging)?;
        }
        std::fs::create_dir_all(&staging)?;
        std::fs::create_dir_all(folder.join(BUCKET))?;
        let prefix = format!(".bucket-{}.", BASE64_URL_SAFE_NO_PAD.encode(STAGING));
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                durable::remove(&entry.path())?;
            }
        }
        let inner =
            FileSystem::new(folder).map_err(|error| io::Error::other(format!("{error:?}")))?;
        Ok(Self {
            inner: Arc::new(inner),
            folder: folder.to_owned(),
            names: Arc::default(),
            uploaded,
        })
    }

    fn object(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.join(bucket).join(key)
    }

    /// The two files in which s3s-fs keeps type, `ETag` and checksums of an object.
    fn sidecars(&self, bucket: &str, key: &str) -> [PathBuf; 2] {
        let name = |end: &str| {
            let bucket = BASE64_URL_SAFE_NO_PAD.encode(bucket);
            let key = BASE64_URL_SAFE_NO_PAD.encode(key);
            self.folder.join(format!(".bucket-{bucket}.object-{key}.{end}.json"))
        };
        [name("metadata"), name("internal")]
    }

    /// Removes an object and its sidecars from staging.
    fn discard(&self, staged: &str) {
        let files = self.sidecars(STAGING, staged).into_iter();
        for file in files.chain([self.object(STAGING, staged)]) {
            if let Err(error) = durable::remove(&file) {
                tracing::warn!(%error, "could not remove a refused upload; the next start will");
            }
        }
    }

    /// Moves an upload to its place. `false`: something is there, and `only_first` was asked for.
    fn promote(&self, staged: &str, key: &str, only_first: bool) -> io::Result<bool> {
        let (from, to) = (self.object(STAGING, staged), self.object(BUCKET, key));
        let sidecars = self.sidecars(STAGING, staged);
        for file in sidecars.iter().chain([&from]) {
            File::open(file)?.sync_all()?;
        }
        {
            let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            if only_first && to.exists() {
                return Ok(false);
            }
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder)?;
            }
            for (from, to) in sidecars.iter().zip(self.sidecars(BUCKET, key)) {
                std::fs::rename(from, to)?;
            }
            std::fs::rename(&from, &to)?;
        }
        for folder in to.ancestors().take_while(|folder| folder.starts_with(&self.folder)) {
            durable::sync_parent(folder)?;
        }
        Ok(true)
    }

    /// Accepts what s3s-fs has checked.
    fn accept(&self, staged: &str, key: &str, only_first: bool) -> S3Result<()> {
        let failed = |error: io::Error| s3_error!(error, InternalError);
        if !self.promote(staged, key, only_first).map_err(failed)? {
            return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions failed"));
        }
        let file = self.object(BUCKET, key);
        let size_bytes = std::fs::metadata(&file).map_err(failed)?.len();
        if let Err(error) = (self.uploaded)(Uploaded { key: key.to_owned(), size_bytes, file }) {
            // The object is there; `on-clock` finds uploads whose event was lost.
            tracing::error!(%error, "could not publish the event of an upload");
        }
        Ok(())
    }

    /// Removes the sidecars of an object that is gone, and the folders that it leaves empty.
    fn tidy(&self, key: &str) -> io::Result<()> {
        let _names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let object = self.object(BUCKET, key);
        if object.exists() {
            return Ok(());
        }
        for sidecar in self.sidecars(BUCKET, key) {
            durable::remove(&sidecar)?;
        }
        let bucket = self.folder.join(BUCKET);
        let above = object.ancestors().skip(1).take_while(|folder| **folder != *bucket);
        for folder in above {
            if std::fs::remove_dir(folder).is_err() {
                break; // It is not empty.
            }
        }
        Ok(())
    }
}

/// A key that names a file below the bucket and nothing else.
fn is_plain(key: &str) -> bool {
    !key.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        if request.input.bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        if !is_plain(&request.input.key) {
            return Err(s3_error!(InvalidArgument, "The key must name a file"));
        }
        let staged = ulid::Ulid::generate().to_string();
        let key = std::mem::replace(&mut request.input.key, staged.clone());
        STAGING.clone_into(&mut request.input.bucket);
        let only_first = request.input.if_none_match.take().is_some_and(|when| when.is_any());
        let answer = self.inner.put_object(request).await;

        let store = self.clone();
        let accepted = tokio::task::spawn_blocking(move || {
            let accepted =
                answer.and_then(|answer| store.accept(&staged, &key, only_first).map(|()| answer));
            if accepted.is_err() {
                store.discard(&staged);
            }
            accepted
        });
        accepted.await.map_err(|error| s3_error!(error, InternalError))?
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.inner.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.inner.head_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let key = request.input.key.clone();
        if request.input.bucket != BUCKET || !is_plain(&key) {
            return Err(s3_error!(NoSuchBucket));
        }
        let answer = self.inner.delete_object(request).await?;
        let store = self.clone();
        let tidied = tokio::task::spawn_blocking(move || store.tidy(&key)).await;
        match tidied {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "could not tidy up after a deleted file"),
            Err(error) => tracing::warn!(%error, "could not tidy up after a deleted file"),
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
