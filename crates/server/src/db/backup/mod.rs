//! Backups: whole, on the disk, and known by a manifest before anybody relies on them.

mod connection;
mod keep;
mod manifest;
mod postgres;
mod programs;
mod restore;
mod sqlite;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use entity::Instant;
use sea_orm::{DatabaseConnection, DbErr};
use tracing::info;

use self::keep::Print;
pub(in crate::db) use self::keep::{make_directory, make_file, open_lock, real};
use self::manifest::reserve;
pub use self::manifest::{Form, Listing, Manifest, Why};
pub use self::restore::{RestoreError, Restored, Terms};
use super::DatabaseUrl;
use super::prepare;

/// Where backups are kept, and what makes them.
#[derive(Debug, Clone)]
pub struct Backups {
    directory: PathBuf,
    /// The directory of PostgreSQL's own programs, where it is set.
    programs: Option<PathBuf>,
}

/// Why there is no backup. Nothing in it is a password or anybody's data.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database does not answer, or a statement failed.
    #[error("the database {url} cannot be backed up")]
    Database {
        /// Which database.
        url: Box<DatabaseUrl>,
        /// What it said.
        source: DbErr,
    },
    /// A file or directory cannot be made, read or kept.
    #[error("cannot {what}")]
    File {
        /// What was to be done with which file.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// PostgreSQL's programs are missing.
    #[error(
        "a backup of PostgreSQL takes pg_dump, pg_restore and psql, which are not {place}: install the package \
         postgresql-client (Debian, Ubuntu) or postgresql (Red Hat), version {server} or newer, or name their directory \
         in the setting `backup.programs`"
    )]
    NoPrograms {
        /// Where they were looked for.
        place: String,
        /// The version of the server.
        server: u32,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{name} failed: {said}")]
    Program {
        /// Its name.
        name: &'static str,
        /// What it said.
        said: String,
    },
    /// pg_dump refuses servers that are newer than itself.
    #[error(
        "{said}: install version {server} or newer of the package postgresql-client (Debian, Ubuntu) or postgresql (Red \
         Hat), or name its directory in the setting `backup.programs`"
    )]
    OldProgram {
        /// What it said.
        said: String,
        /// The version of the server.
        server: u32,
    },
    /// The programs cannot be given the address.
    #[error("the database's address is none that PostgreSQL's programs understand")]
    Address,
    /// No schema is in the search path.
    #[error("the database {0} has no schema in its search path")]
    NoSchema(Box<DatabaseUrl>),
    /// What was written cannot be read.
    #[error("{} is damaged: {said}", file.display())]
    Damaged {
        /// The backup's file, or a copy of it.
        file: PathBuf,
        /// What was found.
        said: String,
    },
    /// A file is there that is no manifest.
    #[error("{} is no manifest of a backup: {why}", file.display())]
    NoManifest {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Backups {
    /// Backups in `directory`, which is made when it is needed; those of PostgreSQL by the programs in `programs`, or by
    /// those that are found.
    pub fn new(directory: PathBuf, programs: Option<PathBuf>) -> Self {
        Self { directory, programs }
    }

    /// Where they are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What is there.
    ///
    /// # Errors
    /// When the directory or a manifest in it cannot be read.
    pub fn list(&self) -> Result<Listing, BackupError> {
        manifest::list(&self.directory)
    }

    /// Whether the file of a backup is there, in its size.
    pub fn has_file(&self, backup: &Manifest) -> bool {
        self.file(backup).metadata().is_ok_and(|file| file.is_file() && file.len() == backup.bytes)
    }

    fn file(&self, backup: &Manifest) -> PathBuf {
        self.directory.join(&backup.file)
    }

    /// Makes a backup of the database: one state of it, whoever writes meanwhile. It is complete and on the disk when
    /// this returns, and has its name only then.
    ///
    /// # Errors
    /// When it cannot be made; nothing is left of it then.
    pub async fn create(
        &self,
        url: &DatabaseUrl,
        why: Why,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Manifest, BackupError> {
        let failed = |source| BackupError::Database { url: Box::new(url.clone()), source };
        let connection = prepare::connect(url).await.map_err(failed)?;
        let last_migration = prepare::applied(&connection).await.map_err(failed)?.pop();
        let unmade = |source| BackupError::File { what: self.what("make a backup"), source };
        keep::make_directory(&self.directory).map_err(unmade)?;
        let (id, partial) = reserve(&self.directory, now).map_err(unmade)?;

        let made = self.fill(url, &connection, &partial).await;
        let closed = connection.close().await.map_err(failed);
        let (schema, print) = match closed.and(made) {
            Ok(made) => made,
            Err(error) => {
                keep::remove(&partial).map_err(unmade)?;
                return Err(error);
            }
        };
        let backend = Form::of(url);
        let made = Manifest {
            file: format!("{id}.{}", backend.ending()),
            id,
            made_at: Instant::new(now),
            why,
            database: url.to_string(),
            backend,
            schema,
            sha256: print.sha256,
            bytes: print.bytes,
            last_migration,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            note,
        };
        keep::settle(&partial, &self.file(&made)).map_err(unmade)?;
        manifest::write(&self.directory, &made)?;
        info!(backup = made.id, bytes = made.bytes, why = why.word(), database = %url, "made a backup");
        Ok(made)
    }

    /// Writes the backup into `partial`; answers the schema of PostgreSQL and what the file is known by.
    async fn fill(
        &self,
        url: &DatabaseUrl,
        connection: &DatabaseConnection,
        partial: &Path,
    ) -> Result<(Option<String>, Print), BackupError> {
        let schema = match Form::of(url) {
            Form::Sqlite => sqlite::dump(url, connection, partial).await.map(|()| None)?,
            Form::Postgresql => postgres::dump(url, self.programs.as_deref(), connection, partial).await.map(Some)?,
        };
        let print = keep::print(partial.to_owned()).await;
        print
            .map(|print| (schema, print))
            .map_err(|source| BackupError::File { what: self.what("read a backup"), source })
    }

    fn what(&self, what: &str) -> String {
        format!("{what} in {}", self.directory.display())
    }
}
