//! What dynoxide leaves to its host: the table in which it keeps stream records.
//!
//! It never trims that table, and looks for the highest sequence number on every write. Without an
//! index that is a scan, so that each write would be slower than the one before.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use super::schema::TABLE;

/// The number that dynoxide adds to a stored sequence number when it shows it, so that it has the
/// 21 digits of a DynamoDB one.
const SHOWN_FROM: u128 = 100_000_000_000_000_000_000;

/// Gives the stream records an index. Call it once the table is there.
///
/// # Errors
///
/// What `SQLite` says.
pub fn prepare(table: &Path) -> rusqlite::Result<()> {
    open(table)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS casement_stream_order
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )
}

/// Deletes the records up to and with `position`, a sequence number as the stream shows it. The
/// last record always stays: the next sequence number is one more.
///
/// # Errors
///
/// What `SQLite` says.
pub fn trim(table: &Path, position: &str) -> rusqlite::Result<usize> {
    let stored = position
        .parse::<u128>()
        .ok()
        .and_then(|shown| shown.checked_sub(SHOWN_FROM))
        .and_then(|stored| i64::try_from(stored).ok());
    let Some(stored) = stored else { return Ok(0) };
    open(table)?.execute(
        "DELETE FROM _stream_records
         WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
           AND id < (SELECT MAX(id) FROM _stream_records)",
        params![TABLE, stored],
    )
}

fn open(table: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        table,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}
