//! Who has a database open: many at the same time, or one who must be alone with it.
//!
//! Whatever serves or changes a database is *present* for as long as it has it open. Restoring a backup and bringing in
//! another system's data need to be *alone*: they are refused while anybody is present, and whoever comes meanwhile waits.
//! To be present or alone comes first, the lock of [`prepare`](super::prepare) second.

mod file;
mod server;

use std::path::Path;

use sea_orm::sqlx;

use super::DatabaseUrl;
use super::backup::real;

const WAITING: &str = "waiting: a backup is being restored to the database, or data are being brought into it";

/// Why somebody can be neither present nor alone.
#[derive(Debug, thiserror::Error)]
pub enum InUseError {
    /// Somebody is there.
    #[error("the database {url} is in use by {by}: stop every server and worker, close other programs, and try again")]
    Present {
        /// Which database.
        url: DatabaseUrl,
        /// By whom, as far as that can be told.
        by: String,
    },
    /// The file beside a SQLite database cannot be made or locked.
    #[error("cannot {what}")]
    File {
        /// What was to be done with which file.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// PostgreSQL does not answer.
    #[error("the database {url} cannot be used")]
    Database {
        /// Which database.
        url: DatabaseUrl,
        /// What it said.
        source: sqlx::Error,
    },
}

/// That a process has a database open, until this is dropped or the process ends, however it does.
pub struct Presence {
    _held: Shared,
}

enum Shared {
    File { _locked: std::fs::File },
    Server { _kept: server::Kept },
}

impl Presence {
    /// Waits while somebody is alone with the database.
    ///
    /// # Errors
    /// When the lock cannot be taken for another reason.
    pub async fn enter(url: &DatabaseUrl) -> Result<Self, InUseError> {
        let _held = match url.file() {
            Some(database) => Shared::File { _locked: file::share(database).await? },
            None => Shared::Server { _kept: server::Kept::share(url).await? },
        };
        Ok(Self { _held })
    }
}

/// That nobody else has a database open, until this is left or dropped.
pub struct Alone {
    held: Exclusive,
}

enum Exclusive {
    File { _locked: std::fs::File },
    Server { connection: sqlx::PgConnection },
}

impl Alone {
    /// Refused while anybody is present; on PostgreSQL, while any program is connected to the database.
    ///
    /// # Errors
    /// When somebody is there, or that cannot be found out.
    pub async fn with(url: &DatabaseUrl) -> Result<Self, InUseError> {
        let held = match url.file() {
            Some(database) => Exclusive::File { _locked: file::exclude(url, database)? },
            None => Exclusive::Server { connection: server::exclude(url).await? },
        };
        Ok(Self { held })
    }

    /// Lets others in.
    pub async fn leave(self) {
        if let Exclusive::Server { connection } = self.held {
            // One that cannot say goodbye is gone as well.
            let _ = sqlx::Connection::close(connection).await;
        }
    }
}

/// `clinic.db.inuse` beside `clinic.db`.
fn beside(database: &Path) -> std::path::PathBuf {
    real(database).with_added_extension("inuse")
}
