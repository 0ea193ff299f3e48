//! `SQLite`'s write-ahead log, synced once for all who wait.
//!
//! dynoxide writes one transaction at a time. If each waited for the disk in its turn, nobody could
//! read or write meanwhile. So `SQLite` is told to leave commits unsynced (`synchronous = NORMAL`),
//! and whoever has written waits here, outside of the turn, until the log lies on the disk. A write
//! that is answered is as durable as with `FULL`, after a cut of power, too. `SQLite` itself still
//! syncs the log before it copies from it into the table's file, and that file after it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

/// The log of one `SQLite` file.
pub(super) struct WriteAhead {
    file: File,
    state: Mutex<State>,
    synced: Condvar,
}

#[derive(Default)]
struct State {
    /// So many have asked for a sync.
    asked: u64,
    /// The first so many of them have theirs.
    done: u64,
    /// Somebody is syncing.
    busy: bool,
    /// A sync failed. What the system then says of later ones is worth nothing.
    failed: bool,
}

impl WriteAhead {
    /// The log of the open `SQLite` file `table`.
    ///
    /// # Errors
    ///
    /// There is none.
    pub(super) fn of(table: &Path) -> io::Result<Self> {
        let mut name = table.as_os_str().to_owned();
        name.push("-wal");
        let file = File::options().read(true).write(true).open(&name)?;
        crate::durable::sync_parent(Path::new(&name))?;
        Ok(Self { file, state: Mutex::default(), synced: Condvar::new() })
    }

    /// Returns when everything that was written before the call lies on the disk. Blocks.
    ///
    /// # Errors
    ///
    /// The disk failed, now or earlier.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked += 1;
        let mine = state.asked;
        loop {
            if state.failed {
                return Err(io::Error::other("the write-ahead log could not be synced"));
            }
            if mine <= state.done {
                return Ok(());
            }
            if state.busy {
                state = self.synced.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // For all who have asked by now.
            state.busy = true;
            let all = state.asked;
            drop(state);
            let outcome = self.file.sync_data();
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.busy = false;
            match outcome {
                Ok(()) => state.done = state.done.max(all),
                Err(_) => state.failed = true,
            }
            self.synced.notify_all();
            outcome?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn everybody_who_waits_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("table.sqlite");
        std::fs::write(folder.path().join("table.sqlite-wal"), "log").unwrap();
        let log = Arc::new(WriteAhead::of(&table).unwrap());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let log = Arc::clone(&log);
                std::thread::spawn(move || (0..50).try_for_each(|_| log.sync()))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
        let state = log.state.lock().unwrap();
        assert_eq!((state.asked, state.done, state.busy), (400, 400, false));
    }

    #[test]
    fn after_a_failed_sync_nothing_counts_as_written() {
        let log = WriteAhead {
            // A pipe cannot be synced.
            file: std::io::pipe()
                .map(|(_, end)| File::from(std::os::fd::OwnedFd::from(end)))
                .unwrap(),
            state: Mutex::default(),
            synced: Condvar::new(),
        };
        assert!(log.sync().is_err());
        assert!(log.sync().is_err());
        assert!(log.state.lock().unwrap().failed);
    }
}
