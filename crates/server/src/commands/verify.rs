//! `patientgraph verify`: whether timeline and statistics say what the records say.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::{DatabaseArgs, Failure, server};
use crate::db::prepare::{Preparation, SchemaState};
use crate::verify;

/// Recompute timeline and statistics of the whole database and print what differs
///
/// The database keeps both by triggers; this computes them anew from the records and compares. Exit code 1 if anything
/// differs, also when it was repaired.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph verify
  patientgraph verify --repair --database-url postgres://clinic@localhost/clinic")]
pub(super) struct Verify {
    /// Write what was recomputed over what differs
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) async fn run(arguments: Verify, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let settings = super::settings(file, &arguments.database.flags())?;
    let url = settings.database_url()?;
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(format!("there is no database {url}").into());
    }
    let preparation = Preparation::enter(&url).await?;
    let state = preparation.state().await?;
    preparation.leave().await?;
    if state != SchemaState::Current {
        return Err(format!("the schema of {url} is not this program's; see `patientgraph migrate status`").into());
    }

    let db = server::open(&url, &settings).await?;
    let differences = verify::verify(&db, arguments.repair).await?;
    db.close().await?;
    let mut out = std::io::stdout().lock();
    for difference in &differences {
        writeln!(out, "{difference}")?;
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
