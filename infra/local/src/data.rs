//! The data directory: what lies where, and who may use it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;

/// The shape of what lies in a data directory. Raise it when an older program would misread it.
const VERSION: &str = "1";

/// A data directory, held against a second process for as long as this value lives.
///
/// | name | what |
/// |---|---|
/// | `lock` | locked while a process uses the directory |
/// | `version` | the shape of the rest |
/// | `table.sqlite` | the DynamoDB table |
/// | `stream-position` | how far the stream has been handled |
/// | `files/` | the S3 bucket |
/// | `mail/` | every mail that was sent, one JSON file each |
/// | `events/` | events that are not handled yet, one JSON file each |
/// | `key` | the HMAC key of the embedded KMS, mode 0600 |
/// | `sign-in.key`, `issuer` | key and name of the development sign-in |
pub struct DataDir {
    paths: Paths,
    _lock: File,
}

/// Where things lie in a data directory.
#[derive(Clone, Debug)]
pub struct Paths {
    root: PathBuf,
}

/// Why a data directory cannot be used. Each is one sentence for the person who started the host.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process holds the lock.
    #[error("the data directory `{0}` is in use by another process")]
    InUse(PathBuf),
    /// Another version of this program wrote it.
    #[error(
        "the data directory `{path}` has version `{found}`, and this program reads version `{VERSION}` only"
    )]
    OtherVersion {
        /// The directory.
        path: PathBuf,
        /// What its `version` file says.
        found: String,
    },
    /// It holds something, and no `version` file.
    #[error(
        "the directory `{0}` holds other files; name a new one, an empty one or a data directory"
    )]
    Foreign(PathBuf),
    /// It is not there, and must be.
    #[error("there is no data directory at `{0}`")]
    Missing(PathBuf),
    /// The file system refuses.
    #[error("cannot use the data directory `{path}`: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
}

impl DataDir {
    /// Opens `root`, which is made if it is not there, and locks it.
    ///
    /// # Errors
    ///
    /// [`DataError`]: in use, of another version, not a data directory, or not accessible.
    pub fn open(root: &Path) -> Result<Self, DataError> {
        let io = |source| DataError::Io { path: root.to_owned(), source };
        durable::create_private_folder(root).map_err(io)?;
        let paths = Paths { root: root.canonicalize().map_err(io)? };
        paths.check_version()?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(paths.at("lock"))
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(root.to_owned())),
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        durable::write(&paths.at("version"), VERSION.as_bytes()).map_err(io)?;
        for folder in [paths.files(), paths.mail(), paths.events()] {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        Ok(Self { paths, _lock: lock })
    }

    /// Where things lie.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }
}

impl Paths {
    /// The paths of a data directory that another process may be using, for reading.
    ///
    /// # Errors
    ///
    /// [`DataError`]: not there, of another version, or not a data directory.
    pub fn existing(root: &Path) -> Result<Self, DataError> {
        let paths = Self { root: root.to_owned() };
        if !paths.at("version").exists() {
            return Err(DataError::Missing(root.to_owned()));
        }
        paths.check_version()?;
        Ok(paths)
    }

    /// The `SQLite` file of the table.
    #[must_use]
    pub fn table(&self) -> PathBuf {
        self.at("table.sqlite")
    }

    /// How far the stream has been handled.
    #[must_use]
    pub fn stream_position(&self) -> PathBuf {
        self.at("stream-position")
    }

    /// The folder of the bucket.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.at("files")
    }

    /// The folder of the mail.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.at("mail")
    }

    /// The folder of the events that are not handled yet.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.at("events")
    }

    /// The key of the embedded KMS.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.at("key")
    }

    /// The key of the development sign-in.
    #[must_use]
    pub fn sign_in_key(&self) -> PathBuf {
        self.at("sign-in.key")
    }

    /// The name of the development sign-in: the `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> PathBuf {
        self.at("issuer")
    }

    /// The file that names the version.
    #[must_use]
    pub fn version(&self) -> PathBuf {
        self.at("version")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn check_version(&self) -> Result<(), DataError> {
        let io = |source| DataError::Io { path: self.root.clone(), source };
        match std::fs::read_to_string(self.version()) {
            Ok(found) if found.trim() == VERSION => Ok(()),
            Ok(found) => Err(DataError::OtherVersion {
                path: self.root.clone(),
                found: found.trim().chars().take(20).collect(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A lock alone is what a start leaves that was killed before it wrote the version.
                let foreign = std::fs::read_dir(&self.root)
                    .map_err(io)?
                    .filter_map(Result::ok)
                    .any(|entry| entry.file_name() != "lock");
                if foreign { Err(DataError::Foreign(self.root.clone())) } else { Ok(()) }
            }
            Err(error) => Err(io(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_use_is_refused_until_its_process_lets_go() {
        let root = tempfile::tempdir().unwrap();
        let held = DataDir::open(root.path()).unwrap();
        assert!(matches!(DataDir::open(root.path()), Err(DataError::InUse(_))));
        drop(held);
        DataDir::open(root.path()).unwrap();
    }

    #[test]
    fn a_directory_of_another_version_is_refused() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("version"), "7\n").unwrap();
        let refusal = DataDir::open(root.path()).err().unwrap().to_string();
        assert!(refusal.contains("has version `7`"), "{refusal}");
    }

    #[test]
    fn a_folder_with_other_files_is_refused() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("thesis.txt"), "").unwrap();
        assert!(matches!(DataDir::open(root.path()), Err(DataError::Foreign(_))));
    }
}
