//! What must be looked up while rows are judged: on the disk, so that memory does not grow with the file.

mod earlier;
mod figures;
mod open;
mod people;
mod record;
mod schema;

use entity::{Instant, Key};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::source::Source;

pub(crate) use earlier::Earlier;
pub use earlier::{Known, Taken};
pub(crate) use figures::Figures;
pub(crate) use open::Open;
pub(crate) use people::{Account, Patient, Person};
pub(crate) use record::{Finding, Session, Sessions, Thing};

/// The index of one import. It is beside the copy of the old file, attached to it.
#[derive(Debug)]
pub struct Index<'s> {
    connection: &'s Connection,
    /// Whether anything came before.
    follows: bool,
}

impl<'s> Index<'s> {
    /// An empty index for the source.
    ///
    /// # Errors
    /// When its file cannot be made.
    pub fn new(source: &'s Source) -> rusqlite::Result<Self> {
        let connection = source.connection();
        connection.execute("ATTACH ?1 AS work", [source.index_file().display().to_string()])?;
        // It is of no use after this import, finished or not. One transaction to its end: nothing waits for a disk.
        connection.execute_batch(
            "PRAGMA work.journal_mode = OFF; PRAGMA work.synchronous = OFF; PRAGMA work.cache_size = -65536; BEGIN",
        )?;
        connection.execute_batch(schema::TABLES)?;
        Ok(Self { connection, follows: false })
    }

    /// Whether the target knows of an earlier import.
    pub fn follows(&self) -> bool {
        self.follows
    }

    fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.prepare_cached(sql)?.query_row(params, read).optional()
    }

    fn is_there(&self, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
        self.connection.prepare_cached(sql)?.exists(params)
    }
}

/// A cell as it is, in its storage class.
fn cell(value: ValueRef<'_>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(value)
}

/// Keys are sixteen bytes here.
fn bytes(key: Key) -> [u8; 16] {
    key.0.into_bytes()
}

fn key(row: &Row<'_>, place: usize) -> rusqlite::Result<Key> {
    row.get::<_, [u8; 16]>(place).map(|bytes| Key(uuid::Uuid::from_bytes(bytes)))
}

fn maybe_key(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<Key>> {
    Ok(row.get::<_, Option<[u8; 16]>>(place)?.map(|bytes| Key(uuid::Uuid::from_bytes(bytes))))
}

/// Times are microseconds here.
fn micros(instant: Instant) -> i64 {
    instant.utc().timestamp_micros()
}

fn instant(micros: i64) -> Instant {
    Instant::new(chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default())
}
