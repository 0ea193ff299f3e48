//! A stand-in for a malware scanner: it knows the EICAR test file and nothing else.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::aws::EICAR;

/// What the scan found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Not the EICAR test file. That says nothing about real malware.
    Clean,
    /// The EICAR test file.
    Eicar,
}

/// Looks for the EICAR test file in `file`. `None` if the file is gone. Blocks.
///
/// # Errors
///
/// What the file system says.
pub fn scan(file: &Path) -> io::Result<Option<Verdict>> {
    let mut file = match File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let wanted = EICAR.concat();
    let wanted = wanted.as_bytes();
    let mut window = Vec::<u8>::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut chunk)?;
        window.extend(chunk.iter().take(read));
        if window.windows(wanted.len()).any(|part| part == wanted) {
            return Ok(Some(Verdict::Eicar));
        }
        if read == 0 {
            return Ok(Some(Verdict::Clean));
        }
        // What the next chunk may complete.
        window.drain(..window.len().saturating_sub(wanted.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_file_is_found_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        for before in [0, 10, 64 * 1024 - 30, 200_000] {
            let bytes = [vec![b'x'; before], EICAR.concat().into_bytes()].concat();
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(scan(&file).unwrap(), Some(Verdict::Eicar), "{before}");
        }
        std::fs::write(&file, vec![b'x'; 70_000]).unwrap();
        assert_eq!(scan(&file).unwrap(), Some(Verdict::Clean));
        std::fs::remove_file(&file).unwrap();
        assert_eq!(scan(&file).unwrap(), None);
    }
}
