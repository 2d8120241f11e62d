//! Bringing a database to this program's schema: once, with a backup of what was there, or not at all.
//!
//! Whoever prepares a database enters it first, alone: of two servers that start together one builds and the other
//! finds it built.

mod lock;
mod state;

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use migration::Migrator;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use tracing::{info, warn};

pub(in crate::db) use self::lock::Lock;
pub use self::state::{SchemaState, state};
pub(super) use self::state::{applied, has_data};
use super::DatabaseUrl;
use super::backup::{BackupError, Backups, Why, make_directory, make_file};

/// How long the database may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// It does not answer, or a statement failed.
    #[error("the database {url} cannot be used")]
    Database {
        /// Which database.
        url: DatabaseUrl,
        /// What it said.
        source: DbErr,
    },
    /// The directory or file of a SQLite database cannot be made or locked.
    #[error("cannot {what}")]
    File {
        /// What was to be done to which file.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Made by a later version.
    #[error(
        "the database {url} was migrated by a newer version of patientgraph ({} unknown here); use that version",
        .unknown.join(", ")
    )]
    Newer {
        /// Which database.
        url: DatabaseUrl,
        /// The migrations that this program does not know.
        unknown: Vec<String>,
    },
    /// Somebody else's.
    #[error("the database {url} holds other tables ({}); patientgraph takes an empty database or its own", some(.tables))]
    Foreign {
        /// Which database.
        url: DatabaseUrl,
        /// What is in it.
        tables: Vec<String>,
    },
    /// A database server with data, which other servers may be using.
    #[error(
        "the database {url} has data and its schema is behind ({} to apply): run `patientgraph migrate up`, or start \
         with --migrate; a backup is made first", .pending.join(", ")
    )]
    Behind {
        /// Which database.
        url: DatabaseUrl,
        /// What is to be applied.
        pending: Vec<String>,
    },
    /// Going back deletes data.
    #[error("the database {url} has data, which going back deletes: add --discard-data; a backup is made first")]
    WouldDiscard {
        /// Which database.
        url: DatabaseUrl,
    },
    /// Data are not migrated without a backup.
    #[error(
        "the schema of {url} is as it was, because no backup could be made first; with a backup that was made in another \
         way, add --backup-taken"
    )]
    NoBackup {
        /// Which database.
        url: DatabaseUrl,
        /// Why not.
        source: Box<BackupError>,
    },
}

/// Whether data on a database server may be migrated, which servers of an earlier version may be using.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nobody said so: on PostgreSQL only a database without data is migrated.
    NotGiven,
    /// The operator said so.
    Given,
}

/// Where data are that the schema's change could lose.
#[derive(Debug, Clone)]
pub enum Safeguard {
    /// In a backup that is made first.
    Backup(Backups),
    /// In one that the operator has made in another way.
    Taken,
}

/// A database that nobody else prepares meanwhile. [`Preparation::leave`] lets the next one in.
pub struct Preparation {
    url: DatabaseUrl,
    connection: DatabaseConnection,
    lock: Lock,
}

impl Preparation {
    /// Enters the database, waiting while somebody else prepares it. Makes a SQLite file (and its directory, for the
    /// owner only) when it is missing.
    pub async fn enter(url: &DatabaseUrl) -> Result<Self, PrepareError> {
        let failed = |source| PrepareError::Database { url: url.clone(), source };
        let (connection, lock) = match url.file() {
            // The lock first: whoever has it may put another file in the place of this one.
            Some(file) => {
                let lock = Lock::of_file(file).await?;
                make_private(file)?;
                (connect(url).await.map_err(failed)?, lock)
            }
            None => {
                let connection = connect(url).await.map_err(failed)?;
                let lock = Lock::of_server(&connection).await.map_err(failed)?;
                (connection, lock)
            }
        };
        Ok(Self { url: url.clone(), connection, lock })
    }

    /// What the database holds.
    pub async fn state(&self) -> Result<SchemaState, PrepareError> {
        state(&self.connection).await.map_err(self.failed())
    }

    /// Brings the database to the current schema: builds an empty one, and migrates one that is behind, on PostgreSQL if
    /// there is no data or `consent` is given. Data are safe first.
    pub async fn migrate(
        &self,
        consent: Consent,
        safeguard: &Safeguard,
        now: DateTime<Utc>,
    ) -> Result<(), PrepareError> {
        let url = self.url.clone();
        match self.state().await? {
            SchemaState::Current => return Ok(()),
            SchemaState::Empty => info!(database = %url, "building the schema in an empty database"),
            SchemaState::Foreign(tables) => return Err(PrepareError::Foreign { url, tables }),
            SchemaState::Newer(unknown) => return Err(PrepareError::Newer { url, unknown }),
            SchemaState::Behind(pending) => {
                if consent == Consent::NotGiven && url.file().is_none() && self.has_data().await? {
                    return Err(PrepareError::Behind { url, pending });
                }
                self.keep(safeguard, now).await?;
                info!(database = %url, migrations = pending.join(", "), "migrating the database");
            }
        }
        Migrator::up(&self.connection, None).await.map_err(self.failed())
    }

    /// Takes back the last `steps` migrations, all of them if there are fewer. What their tables held is lost, so on
    /// PostgreSQL `consent` must be given if there is data. Data are safe first.
    pub async fn go_back(
        &self,
        steps: u32,
        consent: Consent,
        safeguard: &Safeguard,
        now: DateTime<Utc>,
    ) -> Result<(), PrepareError> {
        let url = self.url.clone();
        match self.state().await? {
            SchemaState::Empty => return Ok(()),
            SchemaState::Foreign(tables) => return Err(PrepareError::Foreign { url, tables }),
            SchemaState::Newer(unknown) => return Err(PrepareError::Newer { url, unknown }),
            SchemaState::Current | SchemaState::Behind(_) => {}
        }
        if consent == Consent::NotGiven && url.file().is_none() && self.has_data().await? {
            return Err(PrepareError::WouldDiscard { url });
        }
        self.keep(safeguard, now).await?;
        Migrator::down(&self.connection, Some(steps)).await.map_err(self.failed())
    }

    /// The connection that prepares. One at a time on SQLite.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Lets others in.
    pub async fn leave(self) -> Result<(), PrepareError> {
        let failed = self.failed();
        let Self { connection, lock, .. } = self;
        drop(lock);
        connection.close().await.map_err(failed)
    }

    /// Sees that data are safe before they change.
    async fn keep(&self, safeguard: &Safeguard, now: DateTime<Utc>) -> Result<(), PrepareError> {
        if !self.has_data().await? {
            return Ok(());
        }
        let url = &self.url;
        match safeguard {
            Safeguard::Taken => warn!(database = %url, "going on without a backup of our own, as --backup-taken says"),
            Safeguard::Backup(backups) => {
                let made = backups.create(url, Why::Migrate, None, now).await;
                made.map_err(|source| PrepareError::NoBackup { url: url.clone(), source: Box::new(source) })?;
            }
        }
        Ok(())
    }

    /// Whether any table but the list of migrations has a row.
    pub async fn has_data(&self) -> Result<bool, PrepareError> {
        has_data(&self.connection).await.map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(DbErr) -> PrepareError + use<> {
        let url = self.url.clone();
        move |source| PrepareError::Database { url: url.clone(), source }
    }
}

/// Makes `file`, empty, and its directory where they are missing, for the owner only.
fn make_private(file: &Path) -> Result<(), PrepareError> {
    let directory = file.parent().map_or(Ok(()), make_directory);
    let made = directory.and_then(|()| match make_file(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    });
    made.map_err(|source| PrepareError::File { what: format!("make {}", file.display()), source })
}

/// Connections to prepare with: on SQLite one, on PostgreSQL one more that holds the lock.
pub(super) async fn connect(url: &DatabaseUrl) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.secret());
    options.max_connections(if url.file().is_some() { 1 } else { 2 }).sqlx_logging(false);
    options.acquire_timeout(PATIENCE);
    Database::connect(options).await
}

/// The first few of `names`, for a message.
fn some(names: &[String]) -> String {
    match names {
        [first, second, third, _, ..] => format!("{first}, {second}, {third} …"),
        few => few.join(", "),
    }
}

#[cfg(test)]
mod tests;
