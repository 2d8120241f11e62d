//! `patientgraph backup`: backups of a database, made, listed and gone back to.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use serde::Serialize;

use super::{BackupsArgs, DatabaseArgs, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::{Flags, Settings};
use crate::db::DatabaseUrl;
use crate::db::backup::{Backups, Manifest, Restored, Terms, Why};
use crate::db::prepare::{Preparation, PrepareError, SchemaState};

/// Make a backup of the database, list the backups there are, or go back to one
///
/// A backup is one file, whole and checked, with a manifest beside it. Servers may run while it is made; they are stopped
/// before one is restored. Of PostgreSQL it takes pg_dump, pg_restore and psql, of the server's version or a newer one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph backup create
  patientgraph backup create --note 'before the move' --backups /mnt/backups
  patientgraph backup list
  patientgraph backup restore 20260317T081500Z
  patientgraph backup restore 20260317T081500Z --data /srv/trial --backups /mnt/backups --other-database")]
pub(super) struct Backup {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    backups: BackupsArgs,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a backup and print its id
    Create {
        /// What it is for, in people's words
        #[arg(long)]
        note: Option<String>,
        /// Print its manifest instead, one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// List the backups, the oldest first
    List {
        /// Print an array of JSON
        #[arg(long)]
        json: bool,
    },
    /// Make the database what a backup has; what is there is backed up first
    ///
    /// Refused while anybody is connected to the database. Accounts, passwords and keys go back too: whoever was disabled
    /// since can sign in again.
    Restore {
        /// The backup, as `backup list` shows it
        id: String,
        /// Restore a backup that was made of another database
        #[arg(long)]
        other_database: bool,
        /// Make no backup of what is there: it is lost
        #[arg(long)]
        discard_current: bool,
    },
}

/// A backup as `list --json` shows it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    backup: &'a Manifest,
    /// Whether the file is there.
    has_file: bool,
    /// Whether it was made of the database that the command was asked about.
    of_this_database: bool,
}

pub(super) async fn run(arguments: Backup, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let flags = Flags { backups: arguments.backups.backups, ..arguments.database.flags() };
    let settings: Settings = super::settings(file, &flags)?;
    let url = settings.database_url()?;
    let backups = settings.backups(&url);
    match arguments.action {
        Action::Create { note, json } => create(&backups, &url, note, json).await?,
        Action::List { json } => list(&backups, &url, json)?,
        Action::Restore { id, other_database, discard_current } => {
            restore(&backups, &url, &id, Terms { other_database, discard_current }).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Nobody migrates the database meanwhile.
async fn create(backups: &Backups, url: &DatabaseUrl, note: Option<String>, json: bool) -> Result<(), Failure> {
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(format!("there is no database {url}").into());
    }
    let preparation = Preparation::enter(url).await?;
    match preparation.state().await? {
        SchemaState::Foreign(tables) => return Err(PrepareError::Foreign { url: url.clone(), tables }.into()),
        SchemaState::Empty => return Err(format!("the database {url} is empty: there is nothing to back up").into()),
        SchemaState::Current | SchemaState::Behind(_) | SchemaState::Newer(_) => {}
    }
    let made = backups.create(url, Why::Command, note, SystemClock.now()).await?;
    preparation.leave().await?;
    let line = if json { serde_json::to_string(&made)? } else { made.id };
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn list(backups: &Backups, url: &DatabaseUrl, json: bool) -> Result<(), Failure> {
    let listing = backups.list()?;
    let mut out = std::io::stdout().lock();
    let listed = |backup| Listed { backup, has_file: backups.has_file(backup), of_this_database: backup.is_of(url) };
    if json {
        let all: Vec<_> = listing.backups.iter().map(listed).collect();
        writeln!(out, "{}", serde_json::to_string(&all)?)?;
        return Ok(());
    }
    for listed in listing.backups.iter().map(listed) {
        writeln!(out, "{}", line(&listed))?;
    }
    let mut said = std::io::stderr().lock();
    if listing.backups.is_empty() {
        writeln!(said, "no backups in {}", backups.directory().display())?;
    }
    for file in &listing.unfinished {
        writeln!(said, "{} belongs to no backup: one is being made, or was broken off", file.display())?;
    }
    Ok(())
}

/// `20260317T081500Z  2026-03-17 08:15:00Z  migrate      1.2 MB  before the move`
fn line(Listed { backup, has_file, of_this_database }: &Listed<'_>) -> String {
    let mut remarks: Vec<String> = backup.note.iter().cloned().collect();
    if !has_file {
        remarks.push(format!("its file {} is missing, or not whole", backup.file));
    }
    if !of_this_database {
        remarks.push(format!("of {}", backup.database));
    }
    let time = backup.made_at.utc().format("%Y-%m-%d %H:%M:%SZ");
    let line =
        format!("{:18}  {time}  {:7}  {:>9}  {}", backup.id, backup.why.word(), size(backup.bytes), remarks.join("; "));
    line.trim_end().to_owned()
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}

async fn restore(backups: &Backups, url: &DatabaseUrl, id: &str, terms: Terms) -> Result<(), Failure> {
    let Restored { backup, before } = backups.restore(id, url, terms, SystemClock.now()).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{url} is as it was in the backup {}", backup.id)?;
    let newest = Migrator::migrations().last().map(|migration| migration.name().to_owned());
    if backup.last_migration != newest {
        writeln!(out, "its schema is of another version: see `patientgraph migrate status`")?;
    }
    if let Some(Manifest { id, .. }) = before {
        writeln!(out, "what was there before is the backup {id}: `patientgraph backup restore {id}` takes you back")?;
    }
    Ok(())
}
