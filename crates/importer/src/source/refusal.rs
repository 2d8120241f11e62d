//! Why a file is not taken.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

/// Why a file is not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read or copied.
    #[error("cannot {what}: {source}")]
    File {
        /// What was to be done with which file.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// It changed while it was copied.
    #[error("the file is being written to: stop the old system, then import again")]
    Busy,
    /// It is something else.
    #[error(
        "{file} is not a SQLite database, or is encrypted. The old system's data is in data/parkinsons_system.db; \
         give that file"
    )]
    NotSqlite {
        /// The file.
        file: String,
    },
    /// Parts of it are lost.
    #[error(
        "the file is damaged ({faults}). Import an undamaged backup (data/parkinsons_system_backup_….db). If there is \
         none, repair a copy: `sqlite3 copy.db REINDEX` where an index is at fault, else `sqlite3 copy.db .recover | \
         sqlite3 repaired.db`; then import that and look at what is missing"
    )]
    Damaged {
        /// What SQLite found.
        faults: String,
    },
    /// A SQLite database, but none of the old system's.
    #[error("the file is no database of the old system: it has {found}, and lacks {missing}")]
    Foreign {
        /// The tables it has.
        found: String,
        /// The tables without which there is nothing to import.
        missing: String,
    },
    /// A table of the old system is not as any known version made it.
    #[error(
        "{name} is {what}: made by a version of the old system that is not known here. Make it a table with the columns \
         {columns} in a copy of the file, and import that"
    )]
    Unknown {
        /// The table or view.
        name: String,
        /// What is wrong with it.
        what: &'static str,
        /// The columns it must have.
        columns: String,
    },
}

impl Refusal {
    /// What SQLite said of the file, for people.
    pub(crate) fn unreadable(file: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotSqlite { file: file.display().to_string() },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { faults: "SQLite calls it malformed".to_owned() },
            _ => Self::File { what: format!("read {}", file.display()), source: io::Error::other(error.to_string()) },
        }
    }
}
