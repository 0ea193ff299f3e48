//! `casement backup DIR`: a copy of a data directory, while a host may be using it.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use rusqlite::{Connection, OpenFlags};

use crate::data::{DataError, Paths};
use crate::durable;

/// Options of `casement backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupOptions {
    /// The data directory to copy
    #[arg(long, value_name = "DIR", default_value = "casement-data")]
    pub data: PathBuf,

    /// Where the copy goes: a new or an empty directory
    pub to: PathBuf,
}

/// Why there is no backup. Each is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The target holds something.
    #[error("the directory `{0}` is not empty; a backup goes into a new one")]
    NotEmpty(PathBuf),
    /// The table could not be copied.
    #[error("the table could not be copied: {0}")]
    Table(#[from] rusqlite::Error),
    /// A file could not be copied.
    #[error("`{path}` could not be copied: {source}")]
    File {
        /// What was copied.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
}

/// Copies a data directory.
///
/// The table goes first, in one consistent state, and the files after it: what the table names is
/// then among them, unless it was deleted meanwhile. The stream's position stays behind, so that a
/// host on the copy hands on what is still in the stream.
///
/// # Errors
///
/// [`BackupError`]
pub fn backup(options: &BackupOptions) -> Result<(), BackupError> {
    let from = Paths::existing(&options.data)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::File { path, source }
    };
    durable::create_private_folder(&options.to).map_err(failed(&options.to))?;
    if std::fs::read_dir(&options.to).map_err(failed(&options.to))?.next().is_some() {
        return Err(BackupError::NotEmpty(options.to.clone()));
    }

    let table = options.to.join("table.sqlite");
    let connection = Connection::open_with_flags(
        from.table(),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(std::time::Duration::from_secs(30))?;
    connection.execute("VACUUM INTO ?1", [table.to_string_lossy()])?;

    for path in [
        from.files(),
        from.mail(),
        from.events(),
        from.key(),
        from.sign_in_key(),
        from.issuer(),
        // Last: a directory with a version is a whole one.
        from.version(),
    ] {
        let Some(name) = path.file_name() else { continue };
        copy(&path, &options.to.join(name)).map_err(failed(&path))?;
    }
    Ok(())
}

/// Copies a file with its mode, or a folder with all that is in it. What goes away meanwhile is
/// left out.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let copied = if from.is_dir() {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        Ok(())
    } else {
        std::fs::copy(from, to).and_then(|_| std::fs::File::open(to)?.sync_all())
    };
    match copied {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        copied => copied,
    }
}
