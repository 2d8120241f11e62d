//! `patientgraph migrate`: the schema of a database, forward and back.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use migration::Migrator;
use sea_orm_migration::MigratorTrait;

use super::{BackupsArgs, DatabaseArgs, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::Flags;
use crate::db::prepare::{Consent, Preparation, SchemaState};

/// Bring the database's schema forward, or back, or show where it is
///
/// If the database has data, a backup is made first: `patientgraph backup restore` takes you back. Of PostgreSQL it takes
/// pg_dump; where the host of the database makes backups, let it make one and add --backup-taken.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph migrate status
  patientgraph migrate up --database-url postgres://clinic@localhost/clinic
  patientgraph migrate down --steps 1")]
pub(super) struct Migrate {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Debug, Subcommand)]
enum Direction {
    /// Apply every migration that the database does not have yet
    Up {
        #[command(flatten)]
        keeping: Keeping,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Take back the last migrations; what their tables held is lost
    Down {
        /// How many migrations to take back
        #[arg(long, default_value_t = 1, value_name = "N")]
        steps: u32,
        /// Go back although a PostgreSQL database has data
        #[arg(long)]
        discard_data: bool,
        #[command(flatten)]
        keeping: Keeping,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// List the migrations and whether the database has them
    Status {
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

/// How data are kept safe meanwhile.
#[derive(Debug, Args)]
struct Keeping {
    /// Make no backup: you have one that was made in another way
    #[arg(long)]
    backup_taken: bool,
    #[command(flatten)]
    backups: BackupsArgs,
}

pub(super) async fn run(arguments: Migrate, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let (database, keeping, down) = match arguments.direction {
        Direction::Up { keeping, database } => (database, keeping, None),
        Direction::Down { steps, discard_data, keeping, database } => (database, keeping, Some((steps, discard_data))),
        Direction::Status { database } => return status(database, file).await,
    };
    let flags = Flags { backups: keeping.backups.backups, ..database.flags() };
    let settings = super::settings(file, &flags)?;
    let url = settings.database_url()?;
    let safeguard = super::safeguard(keeping.backup_taken, &settings, &url);
    let preparation = Preparation::enter(&url).await?;
    let now = SystemClock.now();
    match down {
        None => preparation.migrate(Consent::Given, &safeguard, now).await?,
        Some((steps, discard)) => {
            let consent = if discard { Consent::Given } else { Consent::NotGiven };
            preparation.go_back(steps, consent, &safeguard, now).await?;
        }
    }
    let state = preparation.state().await?;
    preparation.leave().await?;
    print(&state)
}

async fn status(database: DatabaseArgs, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let settings = super::settings(file, &database.flags())?;
    let url = settings.database_url()?;
    // Looking makes nothing: a file that is not there holds nothing.
    let state = if url.file().is_some_and(|file| !file.exists()) {
        SchemaState::Empty
    } else {
        let preparation = Preparation::enter(&url).await?;
        let state = preparation.state().await?;
        preparation.leave().await?;
        state
    };
    print(&state)
}

/// One line per migration: `applied` or `pending`, and its name.
fn print(state: &SchemaState) -> Result<ExitCode, Failure> {
    let known = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect::<Vec<_>>();
    let (pending, newer) = match state {
        SchemaState::Current => (&[][..], &[][..]),
        SchemaState::Empty => (&known[..], &[][..]),
        SchemaState::Behind(pending) => (&pending[..], &[][..]),
        SchemaState::Newer(unknown) => (&[][..], &unknown[..]),
        SchemaState::Foreign(tables) => {
            return Err(format!("the database holds other tables: {}", tables.join(", ")).into());
        }
    };
    let mut out = std::io::stdout().lock();
    for name in &known {
        writeln!(out, "{}  {name}", if pending.contains(name) { "pending" } else { "applied" })?;
    }
    for name in newer {
        writeln!(out, "newer    {name}  (unknown to this version of patientgraph)")?;
    }
    Ok(ExitCode::SUCCESS)
}
