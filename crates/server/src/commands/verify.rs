//! `patientgraph verify`: whether timeline and statistics say what the records say.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use sea_orm::{AccessMode, DbBackend, IsolationLevel, TransactionTrait};

use super::{DatabaseArgs, Failure, server};
use crate::db::Db;
use crate::verify::{self, Difference, Findings};

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
    let (_presence, db) = server::open_prepared(&url, &settings).await?;
    let findings = compare(&db).await?;
    let mut out = std::io::stdout().lock();
    for difference in &findings.differences {
        writeln!(out, "{}", line(difference))?;
    }
    writeln!(out, "{} rows differ from the record", findings.rows)?;
    if arguments.repair && !findings.is_empty() {
        writeln!(out, "{}", verify::repair(db.connection()).await?)?;
        writeln!(out, "{} rows differ now", compare(&db).await?.rows)?;
    }
    db.close().await?;
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// In one snapshot, so that a server that writes meanwhile does not look like a difference.
async fn compare(db: &Db) -> Result<Findings, Failure> {
    let (isolation, access) = match db.backend() {
        DbBackend::Postgres => (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)),
        _ => (None, None),
    };
    let snapshot = db.connection().begin_with_config(isolation, access).await?;
    let findings = verify::verify(&snapshot).await?;
    snapshot.rollback().await?;
    Ok(findings)
}

/// `patient_statistics.total_reports of patient 0192…: 3 stored, 4 expected`
fn line(difference: &Difference) -> String {
    let mut line = difference.place.clone();
    if let Some(patient) = difference.patient_id.map(|patient| patient.to_string())
        && !line.contains(&patient)
    {
        line = format!("{line} of patient {patient}");
    }
    let values = [(&difference.stored, "stored"), (&difference.expected, "expected")];
    let values = values.into_iter().filter_map(|(value, what)| Some(format!("{} {what}", value.as_ref()?)));
    match values.collect::<Vec<_>>() {
        values if values.is_empty() => line,
        values => format!("{line}: {}", values.join(", ")),
    }
}
