//! What is known of a backup: the manifest beside its file, and the directory that holds them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use entity::Instant;
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};

use super::super::DatabaseUrl;
use super::{BackupError, keep};

/// The ending of manifests.
const MANIFEST: &str = "json";

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Somebody asked for it.
    Command,
    /// The schema was about to change.
    Migrate,
    /// Another system's data were about to come in.
    Import,
    /// A backup was about to be restored over it.
    Restore,
}

impl Why {
    /// As it is shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Migrate => "migrate",
            Self::Import => "import",
            Self::Restore => "restore",
        }
    }
}

/// Which program's form the file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A SQLite database.
    Sqlite,
    /// An archive of `pg_dump -Fc`.
    Postgresql,
}

impl Form {
    /// The form of a database's backups.
    pub fn of(url: &DatabaseUrl) -> Self {
        if url.backend() == DbBackend::Postgres { Self::Postgresql } else { Self::Sqlite }
    }

    /// The database, as people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
        }
    }

    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "pgdump",
        }
    }
}

/// A backup. Its file lies beside its manifest, `ID.sqlite` or `ID.pgdump` beside `ID.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What it is called: the time at which it was begun.
    pub id: String,
    /// When it was begun.
    pub made_at: Instant,
    /// Why it was made.
    pub why: Why,
    /// The database's address, without a password.
    pub database: String,
    /// Which database it is of.
    pub backend: Form,
    /// The schema of PostgreSQL that the tables are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name of the file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The size of the file.
    pub bytes: u64,
    /// The last migration that the database has.
    pub last_migration: Option<String>,
    /// The version of patientgraph that made it.
    pub version: String,
    /// In people's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Manifest {
    /// Whether it was made of the database at this address, whoever connects to it and how.
    pub fn is_of(&self, url: &DatabaseUrl) -> bool {
        self.database.parse::<DatabaseUrl>().is_ok_and(|made_of| made_of.place() == url.place())
    }
}

/// What a directory holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// The backups, the oldest first.
    pub backups: Vec<Manifest>,
    /// Files that belong to none: being made, or broken off.
    pub unfinished: Vec<PathBuf>,
}

/// What `directory` holds; nothing where there is none.
pub(super) fn list(directory: &Path) -> Result<Listing, BackupError> {
    let failed = |source| BackupError::File { what: format!("read {}", directory.display()), source };
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Listing::default()),
        entries => entries.map_err(failed)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let ends = |path: &Path, ending: &str| path.extension().is_some_and(|extension| extension == ending);
    let mut listing = Listing::default();
    for path in paths.iter().filter(|path| ends(path, MANIFEST)) {
        listing.backups.push(read(path)?);
    }
    listing.backups.sort_by(|one, other| (one.made_at, &one.id).cmp(&(other.made_at, &other.id)));
    let known = |path: &Path| listing.backups.iter().any(|backup| path.ends_with(&backup.file));
    let ours = |path: &Path| {
        ends(path, keep::PARTIAL) || [Form::Sqlite, Form::Postgresql].iter().any(|form| ends(path, form.ending()))
    };
    listing.unfinished = paths.into_iter().filter(|path| ours(path) && !known(path)).collect();
    listing.unfinished.sort();
    Ok(listing)
}

/// The backup `id` in `directory`, if it is there; what is wrong with others does not matter.
pub(super) fn find(directory: &Path, id: &str) -> Result<Option<Manifest>, BackupError> {
    let path = directory.join(format!("{id}.{MANIFEST}"));
    let is_id = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_id && path.is_file() { read(&path).map(Some) } else { Ok(None) }
}

/// The manifest in `path`. Only what is in the directory itself may be named: it comes from a file that people move.
fn read(path: &Path) -> Result<Manifest, BackupError> {
    let unreadable = |source| BackupError::File { what: format!("read {}", path.display()), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|why| BackupError::NoManifest { file: path.to_owned(), why: why.to_string() })?;
    let named = |name: &str| path.with_extension(name) == path.with_file_name(&manifest.file);
    if !named(manifest.backend.ending()) || path.file_stem().is_none_or(|stem| *stem != *manifest.id) {
        let why = "the names in it are not its own".to_owned();
        return Err(BackupError::NoManifest { file: path.to_owned(), why });
    }
    Ok(manifest)
}

/// Writes the manifest into `directory`, at last: with it the backup is there.
pub(super) fn write(directory: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let path = directory.join(format!("{}.{MANIFEST}", manifest.id));
    let written = serde_json::to_vec_pretty(manifest)
        .map_err(std::io::Error::other)
        .and_then(|text| keep::write(&path, &[&text[..], b"\n"].concat()));
    written.map_err(|source| BackupError::File { what: format!("write {}", path.display()), source })
}

/// Takes a free id of the instant `now` in `directory`: `20260317T081500Z`, then with `-2`. Whoever makes its partial
/// file has it.
pub(super) fn reserve(directory: &Path, now: DateTime<Utc>) -> Result<(String, PathBuf), std::io::Error> {
    let time = now.format("%Y%m%dT%H%M%SZ");
    let mut number = 1;
    loop {
        let id = if number == 1 { time.to_string() } else { format!("{time}-{number}") };
        let partial = directory.join(format!("{id}.{}", keep::PARTIAL));
        match keep::make_file(&partial) {
            Ok(_) if !is_taken(directory, &id) => return Ok((id, partial)),
            Ok(_) => keep::remove(&partial)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        number += 1;
    }
}

fn is_taken(directory: &Path, id: &str) -> bool {
    [Form::Sqlite.ending(), Form::Postgresql.ending(), MANIFEST]
        .iter()
        .any(|ending| directory.join(format!("{id}.{ending}")).exists())
}
