//! Going back to a backup: the database is as before, or as the backup has it, whenever the process ends.

mod postgres;
mod sqlite;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use tracing::info;

use super::keep::{self, Print};
use super::{BackupError, Backups, Form, Manifest, Why, manifest};
use crate::db::DatabaseUrl;
use crate::db::in_use::{Alone, InUseError};
use crate::db::prepare::{self, PrepareError, SchemaState};

/// What the operator has agreed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// The backup may be of another database.
    pub other_database: bool,
    /// What is there now may be lost.
    pub discard_current: bool,
}

/// What was done.
#[derive(Debug)]
pub struct Restored {
    /// The backup that the database is as now.
    pub backup: Manifest,
    /// The backup of what was there before, if there was anything.
    pub before: Option<Manifest>,
}

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Somebody is connected to the database.
    #[error(transparent)]
    InUse(#[from] InUseError),
    /// The database is not ours, or cannot be locked.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The backup cannot be used, or PostgreSQL's programs fail.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// There is no such backup.
    #[error("there is no backup {id} in {}; {there}", directory.display())]
    Unknown {
        /// What was asked for.
        id: String,
        /// Where it was looked for.
        directory: PathBuf,
        /// What is there instead.
        there: String,
    },
    /// The file is not what it was.
    #[error(
        "{} is not what it was when the backup was made: its SHA-256 or size is another than its manifest says; use \
         another backup, or another copy of this file", .0.display()
    )]
    Changed(PathBuf),
    /// The file is of the other kind of database.
    #[error(
        "the backup {id} is of a {} database, and {url} is none; name a database of that kind with --database-url",
        .backend.name()
    )]
    OtherBackend {
        /// Which backup.
        id: String,
        /// What it is of.
        backend: Form,
        /// Where it should go.
        url: Box<DatabaseUrl>,
    },
    /// It was made of another database.
    #[error("the backup {id} was made of {made_of}, not of {url}; to restore it here, add --other-database")]
    OtherDatabase {
        /// Which backup.
        id: String,
        /// What it was made of.
        made_of: String,
        /// Where it should go.
        url: Box<DatabaseUrl>,
    },
    /// Its tables are in another schema.
    #[error("the backup {id} has its tables in the schema {made_of}, {url} works in {here}: set its search path")]
    OtherSchema {
        /// Which backup.
        id: String,
        /// The backup's schema.
        made_of: String,
        /// The database's schema.
        here: String,
        /// Where it should go.
        url: Box<DatabaseUrl>,
    },
    /// What is there could not be backed up first.
    #[error(
        "what {url} holds now cannot be backed up first; if it may be lost, or if you have copied it away yourself, add \
         --discard-current"
    )]
    CannotKeep {
        /// Which database.
        url: Box<DatabaseUrl>,
        /// Why not.
        source: Box<BackupError>,
    },
}

impl Backups {
    /// Makes the database what the backup `id` has, after a backup of what is there.
    ///
    /// # Errors
    /// When somebody is connected to the database, or the backup does not fit or is not whole. The database is as it was
    /// then.
    pub async fn restore(
        &self,
        id: &str,
        url: &DatabaseUrl,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> Result<Restored, RestoreError> {
        let backup = self.find(id)?;
        let id = || backup.id.clone();
        if backup.backend != Form::of(url) {
            return Err(RestoreError::OtherBackend { id: id(), backend: backup.backend, url: Box::new(url.clone()) });
        }
        if !backup.is_of(url) && !terms.other_database {
            let made_of = backup.database.clone();
            return Err(RestoreError::OtherDatabase { id: id(), made_of, url: Box::new(url.clone()) });
        }
        let alone = Alone::with(url).await?;
        let before = match backup.backend {
            Form::Sqlite => self.restore_sqlite(&backup, url, terms, now).await?,
            Form::Postgresql => self.restore_postgres(&backup, url, terms, now).await?,
        };
        alone.leave().await;
        info!(backup = backup.id, database = %url, "restored the backup");
        Ok(Restored { backup, before })
    }

    fn find(&self, id: &str) -> Result<Manifest, RestoreError> {
        if let Some(backup) = manifest::find(&self.directory, id)? {
            return Ok(backup);
        }
        let backups = self.list()?.backups;
        let newest = backups.iter().rev().take(5).map(|backup| backup.id.as_str()).collect::<Vec<_>>().join(", ");
        let there = if newest.is_empty() { "it has none".to_owned() } else { format!("the newest are {newest}") };
        Err(RestoreError::Unknown { id: id.to_owned(), directory: self.directory.clone(), there })
    }

    /// Makes a backup of what is there, so that restoring can be taken back. Other programs' tables are left alone.
    async fn set_aside(
        &self,
        url: &DatabaseUrl,
        terms: Terms,
        now: DateTime<Utc>,
    ) -> Result<Option<Manifest>, RestoreError> {
        let keep =
            |source: BackupError| RestoreError::CannotKeep { url: Box::new(url.clone()), source: Box::new(source) };
        match look(url).await {
            Ok((SchemaState::Foreign(tables), _)) => Err(PrepareError::Foreign { url: url.clone(), tables }.into()),
            _ if terms.discard_current => Ok(None),
            Ok((_, false)) => Ok(None),
            Ok((_, true)) => Ok(Some(self.create(url, Why::Restore, None, now).await.map_err(keep)?)),
            Err(source) => Err(keep(BackupError::Database { url: Box::new(url.clone()), source })),
        }
    }

    fn whole(&self, backup: &Manifest, print: &Print) -> Result<(), RestoreError> {
        if (&print.sha256, print.bytes) == (&backup.sha256, backup.bytes) {
            return Ok(());
        }
        Err(RestoreError::Changed(self.file(backup)))
    }
}

/// What the database holds, and whether there are rows in it.
async fn look(url: &DatabaseUrl) -> Result<(SchemaState, bool), DbErr> {
    let connection = prepare::connect(url).await?;
    let held = (prepare::state(&connection).await?, prepare::has_data(&connection).await?);
    connection.close().await?;
    Ok(held)
}

fn file_failed(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> RestoreError {
    let what = what.into();
    move |source| BackupError::File { what, source }.into()
}
