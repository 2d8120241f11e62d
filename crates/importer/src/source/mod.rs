//! The old file: copied, checked and recognised.

mod copy;
mod refusal;
mod row;
mod schema;

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::value::text::exact;
use crate::value::time::{Clock, Offset, Stamp, stamp};

pub use refusal::Refusal;
pub(crate) use row::{BYTES, KIND, Row, Rows, describe};
pub(crate) use schema::Schema;
pub use schema::Variant;

/// A private copy of an old file, open, whole and recognised. It goes when this is dropped.
#[derive(Debug)]
pub struct Source {
    connection: Connection,
    directory: TempDir,
    /// That the directory is in use.
    _lock: File,
    schema: Schema,
    copied: copy::Copied,
    name: String,
}

impl Source {
    /// Copies the file with what lies beside it into a directory of its own below `work`, and checks the copy.
    ///
    /// # Errors
    /// When the file cannot be read, is no database of the old system, or is damaged.
    pub fn open(file: &Path, work: &Path) -> Result<Self, Refusal> {
        let (directory, lock) = copy::directory(work)?;
        let copied = copy::copy(file, directory.path())?;
        let connection = connect(&copied.file).map_err(|error| Refusal::unreadable(file, &error))?;
        let schema = check(&connection).map_err(|error| Refusal::unreadable(file, &error))??;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { connection, directory, _lock: lock, schema, copied, name })
    }

    /// What the file is called, without its directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the file and of what lies beside it, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.copied.sha256
    }

    /// How large the file is, with what lies beside it.
    pub fn bytes(&self) -> u64 {
        self.copied.bytes
    }

    /// Which form of the old schema it has.
    pub fn variant(&self) -> Variant {
        self.schema.variant
    }

    /// How many rows all its tables have.
    pub fn rows(&self) -> u64 {
        self.schema.tables.iter().map(|table| table.rows).sum()
    }

    /// A time of the file that only an offset makes an instant; none where every time has its zone.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub fn local_time(&self) -> rusqlite::Result<Option<String>> {
        for (table, column) in CLOCKS {
            if !self.schema.has(table, column) {
                continue;
            }
            let sql = format!("SELECT {column} FROM {table} WHERE typeof({column}) = 'text'");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let cell = row.get_ref(0)?;
                if matches!(stamp(cell, Offset::UTC), Stamp::At(_, Clock::Local)) {
                    return Ok(exact(cell).map(str::to_owned));
                }
            }
        }
        Ok(None)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Where files of this import's own may be.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn index_file(&self) -> PathBuf {
        self.directory().join("index.db")
    }
}

/// Columns that the old program wrote by its local clock.
const CLOCKS: [(&str, &str); 9] = [
    ("sessions", "created_at"),
    ("mri_scans", "upload_timestamp"),
    ("predictions", "created_at"),
    ("medical_reports", "created_at"),
    ("patients", "created_at"),
    ("users", "created_at"),
    ("consultations", "consultation_date"),
    ("report_status", "requested_at"),
    ("patient_timeline", "event_date"),
];

fn connect(copy: &Path) -> rusqlite::Result<Connection> {
    // A log or journal beside the copy is taken in at the first statement, so the copy is opened for writing.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(copy, flags)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE",
    )?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// What the whole of the file must be before a row of it is believed.
fn check(connection: &Connection) -> rusqlite::Result<Result<Schema, Refusal>> {
    let faults = faults(connection)?;
    if !faults.is_empty() {
        return Ok(Err(Refusal::Damaged { faults: faults.join("; ") }));
    }
    Schema::read(connection)
}

/// So many faults are told of.
const TOLD: usize = 3;

/// What is wrong with the pages and indexes of the file. A value that its column does not allow is no damage: the row is
/// judged like any other.
fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(1000000000)")?;
    let (mut rows, mut faults) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let fault: String = row.get(0)?;
        let value = fault.starts_with("CHECK constraint failed in") || fault.contains(" value in ");
        if fault != "ok" && !value {
            faults.push(fault);
        }
        if faults.len() == TOLD {
            break;
        }
    }
    Ok(faults)
}
