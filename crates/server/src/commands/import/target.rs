//! The database that is imported into: nobody else in it, its schema current, and safe.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use tempfile::TempDir;

use super::super::{Failure, safeguard, server};
use super::Asked;
use crate::config::Settings;
use crate::db::backup::{Manifest, Why};
use crate::db::in_use::Alone;
use crate::db::prepare::{Consent, Preparation, Safeguard, SchemaState};
use crate::db::{Adapted, DatabaseUrl, Db};

/// A target that nobody else is in until it is left.
pub(super) struct Target {
    /// The database that the operator means.
    pub(super) url: DatabaseUrl,
    db: Db,
    connection: Adapted<DatabaseConnection>,
    /// Whether anything was in it.
    has_data: bool,
    preparation: Preparation,
    alone: Option<Alone>,
    /// Where a dry run imports that has no target to import into.
    _trial: Option<TempDir>,
}

/// What brings the target back as it was.
#[derive(Debug)]
pub(super) enum Safety {
    /// Nothing was in it.
    Empty,
    /// Nothing is changed.
    DryRun,
    /// The operator has seen to it.
    Taken,
    /// A backup.
    Backup(Box<Manifest>),
}

impl Safety {
    /// As `imports` notes it.
    pub(super) fn noted(&self) -> Option<String> {
        match self {
            Self::Empty | Self::DryRun => None,
            Self::Taken => Some("taken by the operator".to_owned()),
            Self::Backup(made) => Some(made.id.clone()),
        }
    }
}

impl Target {
    pub(super) async fn enter(settings: &Settings, arguments: &Asked, now: DateTime<Utc>) -> Result<Self, Failure> {
        let url = settings.database_url()?;
        if arguments.dry_run && !is_ready(&url).await? {
            let mut builder = tempfile::Builder::new();
            builder.prefix("patientgraph-trial-");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
            let trial = builder.tempdir()?;
            let target = Self::open(&DatabaseUrl::sqlite(&trial.path().join("trial.db"))?, settings, None, now).await?;
            return Ok(Self { url, _trial: Some(trial), ..target });
        }
        let alone = Alone::with(&url).await?;
        Self::open(&url, settings, Some(alone), now).await
    }

    async fn open(
        url: &DatabaseUrl,
        settings: &Settings,
        alone: Option<Alone>,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let preparation = Preparation::enter(url).await?;
        let has_data = match preparation.state().await? {
            SchemaState::Behind(_) if preparation.has_data().await? => {
                return Err("the target's schema is behind: run `patientgraph migrate up` first".into());
            }
            SchemaState::Current => preparation.has_data().await?,
            _ => {
                let safeguard = safeguard(false, settings, url);
                preparation.migrate(Consent::NotGiven, &safeguard, now).await?;
                false
            }
        };
        let db = server::open(url, settings).await?;
        let connection = Adapted::new(db.connection().clone());
        Ok(Self { url: url.clone(), db, connection, has_data, preparation, alone, _trial: None })
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn connection(&self) -> &Adapted<DatabaseConnection> {
        &self.connection
    }

    /// Sees that what is there can be brought back.
    pub(super) async fn make_safe(
        &self,
        settings: &Settings,
        arguments: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Safety, Failure> {
        if arguments.dry_run {
            return Ok(Safety::DryRun);
        }
        if !self.has_data {
            return Ok(Safety::Empty);
        }
        match safeguard(arguments.backup_taken, settings, &self.url) {
            Safeguard::Taken => Ok(Safety::Taken),
            Safeguard::Backup(backups) => {
                let made = backups.create(&self.url, Why::Import, None, now).await;
                Ok(Safety::Backup(Box::new(made.map_err(|error| with_hint(&error))?)))
            }
        }
    }

    /// Lets others in.
    pub(super) async fn leave(self) -> Result<(), Failure> {
        let Self { db, connection, preparation, alone, .. } = self;
        drop(connection);
        server::close(db).await?;
        preparation.leave().await?;
        if let Some(alone) = alone {
            alone.leave().await;
        }
        Ok(())
    }
}

fn with_hint(error: &dyn std::error::Error) -> String {
    let mut text = format!("nothing was imported, since there is no backup: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text + ". Of a managed database make one by its provider's means and add --backup-taken"
}

/// Whether the database is there and has the current schema.
async fn is_ready(url: &DatabaseUrl) -> Result<bool, Failure> {
    if url.file().is_some_and(|file| !file.exists()) {
        return Ok(false);
    }
    let preparation = Preparation::enter(url).await?;
    let state = preparation.state().await?;
    preparation.leave().await?;
    Ok(state == SchemaState::Current)
}
