//! `patientgraph verify`: whether timeline, statistics and files are what the records say.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use sea_orm::{AccessMode, DbBackend, IsolationLevel, TransactionTrait};
use tokio::runtime::Handle;

use super::{DatabaseArgs, Failure, server};
use crate::config::Settings;
use crate::db::Db;
use crate::files::FileStore;
use crate::verify::{self, Difference, Findings};

/// Recompute timeline and statistics of the whole database and print what differs
///
/// The database keeps both by triggers; this computes them anew from the records and compares. Exit code 1 if anything
/// differs, also when it was repaired. With --files it also reads every scan's file: nothing repairs those but a backup.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph verify
  patientgraph verify --files
  patientgraph verify --repair --database-url postgres://clinic@localhost/clinic")]
pub(super) struct Verify {
    /// Write what was recomputed over what differs
    #[arg(long)]
    repair: bool,
    /// Read and hash the files of scans too, which takes as long as reading them all
    #[arg(long)]
    files: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) async fn run(arguments: Verify, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let settings = super::settings(file, &arguments.database.flags())?;
    let url = settings.database_url()?;
    let (_presence, db) = server::open_prepared(&url, &settings).await?;
    let mut out = std::io::stdout().lock();
    let findings = compare(&db).await?;
    list(&mut out, &findings)?;
    writeln!(out, "{} rows differ from the record", findings.rows)?;
    if arguments.repair && !findings.is_empty() {
        writeln!(out, "{}", verify::repair(db.connection()).await?)?;
        writeln!(out, "{} rows differ now", compare(&db).await?.rows)?;
    }
    let sound = !arguments.files || files(&mut out, &db, &settings).await?;
    db.close().await?;
    Ok(if findings.is_empty() && sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether all scans have their files.
async fn files(out: &mut impl Write, db: &Db, settings: &Settings) -> Result<bool, Failure> {
    let directory = settings.files_directory();
    let store = FileStore::find(&directory, Handle::current())?;
    let (compared, findings) = verify::verify_files(db.connection(), store.as_ref()).await?;
    list(out, &findings)?;
    writeln!(out, "{} of {compared} files in {} differ from their rows", findings.rows, directory.display())?;
    Ok(findings.is_empty())
}

fn list(out: &mut impl Write, findings: &Findings) -> std::io::Result<()> {
    findings.differences.iter().try_for_each(|difference| writeln!(out, "{}", line(difference)))
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
