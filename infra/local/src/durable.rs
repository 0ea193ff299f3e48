//! Writing files so that a kill, or a cut of power, finds the old or the new one and never half.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path` and answers when they lie on the disk.
///
/// The name appears with its whole content or not at all.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with_mode(path, bytes, 0o644)
}

/// As [`write`], readable by the owner only.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with_mode(path, bytes, 0o600)
}

fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    let fresh = path.with_extension(format!("{}.new", ulid::Ulid::generate()));
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&fresh)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| std::fs::rename(&fresh, path)) {
        // What is half written has no name that anybody reads; it may stay if this fails too.
        let _ = std::fs::remove_file(&fresh);
        return Err(error);
    }
    sync_parent(path)
}

/// Makes a rename, a link or a removal in the folder of `path` durable.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        // A bare name lies in the working directory.
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Removes `path`; that it was not there is no error.
///
/// # Errors
///
/// What the file system says, but for "not found".
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its owner enters, and the folders above it. One that is there stays
/// as it is.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_one_in_the_working_directory() {
        let path = Path::new("durable-by-its-bare-name");
        let written = write(path, b"all of it");
        let read = std::fs::read(path);
        remove(path).unwrap();
        written.unwrap();
        assert_eq!(read.unwrap(), b"all of it");
    }
}
