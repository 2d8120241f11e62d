//! `patientgraph import`: the old system's data, taken over.

mod report;
mod target;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use entity::{Instant, Key};
use importer::{Offset, Outcome, Source, Terms};
use indicatif::{ProgressBar, ProgressStyle};
use rand::TryRng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionSession, TransactionTrait};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use self::target::{Safety, Target};
use super::{BackupsArgs, DatabaseArgs, Failure};
use crate::clock::{Clock, SystemClock};
use crate::config::{Flags, Settings};
use crate::db::{Adapted, Db};
use crate::files::FileStore;
use crate::import::{self, Earlier, Job, Store, earlier};

/// Take over the data of the old Python system from its SQLite file
///
/// The file is copied and never opened; the target is backed up first and imported into in one transaction, which is
/// proved before it is committed: whatever breaks leaves the target as it was. Servers are stopped meanwhile. Try it with
/// --dry-run first and read the report.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph import parkinsons_system.db --time-offset +05:30 --dry-run --report trial
  patientgraph import parkinsons_system.db --time-offset +05:30
  patientgraph import old.db --time-offset +05:30 --stub-patients --files /srv/old/data/mri_scans \\
      --database-url postgres://clinic@localhost/clinic")]
pub(super) struct Import {
    /// The old system's database: data/parkinsons_system.db, or a backup of it
    file: PathBuf,
    #[command(flatten)]
    terms: Asked,
    #[command(flatten)]
    backups: BackupsArgs,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// What the operator decides.
#[derive(Debug, Args)]
struct Asked {
    /// How far the old server's clock was ahead of UTC, for times without a zone: +05:30, -04:00, Z
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    time_offset: Option<Offset>,
    /// Change nothing, and report what would be done
    #[arg(long)]
    dry_run: bool,
    /// Make patients of whom only sessions tell, with the name that was typed there
    #[arg(long)]
    stub_patients: bool,
    /// Let reports arrive released, so that patients read them, instead of as drafts
    #[arg(long)]
    release_reports: bool,
    /// Leave assignments open that only sessions tell of: those doctors see those patients
    #[arg(long)]
    open_session_assignments: bool,
    /// Where the old system stored scans as files
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Where the report is written [default: a directory below `imports` in the data directory]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Import beside records of the clinic's own, or the same file again under other terms
    #[arg(long)]
    force: bool,
    /// Make no backup: one has been made in another way
    #[arg(long)]
    backup_taken: bool,
}

pub(super) async fn run(import: Import, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let Import { file: old, terms: arguments, backups, database } = import;
    let flags = Flags { backups: backups.backups, ..database.flags() };
    let settings = super::settings(file, &flags)?;
    let (now, clock) = (SystemClock.now(), std::time::Instant::now());
    if let Some(files) = arguments.files.as_deref().filter(|files| !files.is_dir()) {
        return Err(format!("--files: there is no directory {}", files.display()).into());
    }
    if let Some(report) = &arguments.report {
        fs::create_dir_all(report).map_err(|error| format!("--report: cannot make {}: {error}", report.display()))?;
    }
    let source = open(old, &arguments, &settings).await?;
    let offset = offset(&arguments, &source)?;
    let target = Target::enter(&settings, &arguments, now).await?;
    let said = earlier(target.connection(), source.sha256()).await?;
    if let Some(refusal) = refusal(&said, &arguments) {
        target.leave().await?;
        return refusal;
    }
    let safety = target.make_safe(&settings, &arguments, now).await?;
    let job = job(source, &arguments, &settings, offset, now, &safety)?;
    let report = report::Draft::new(&job, &arguments, &target, &safety, now);
    let outcome = import_into(target.db(), job, arguments.dry_run).await?;
    target.leave().await?;
    report.tell(&outcome, clock.elapsed(), &settings)?;
    Ok(ExitCode::SUCCESS)
}

/// The old file's copy, in a directory that nobody else reads: it is gone when the command ends.
async fn open(file: PathBuf, arguments: &Asked, settings: &Settings) -> Result<Source, Failure> {
    let data = &settings.server.data;
    let work = if data.exists() || !arguments.dry_run { data.join("imports") } else { std::env::temp_dir() };
    Ok(spawn_blocking(move || Source::open(&file, &work)).await??)
}

/// The offset is never guessed: by a wrong one every visit of a clinic is at another time.
fn offset(arguments: &Asked, source: &Source) -> Result<Offset, Failure> {
    if let Some(offset) = arguments.time_offset {
        return Ok(offset);
    }
    match source.local_time()? {
        None => Ok(Offset::UTC),
        Some(time) => Err(format!(
            "the file has times without a zone, such as {time}: the old server's local time. Say how far its clock was \
             ahead of UTC: --time-offset +05:30 for India, --time-offset Z if it ran on UTC"
        )
        .into()),
    }
}

/// What speaks against the import, or makes it needless.
fn refusal(earlier: &Earlier, arguments: &Asked) -> Option<Result<ExitCode, Failure>> {
    match earlier {
        _ if arguments.force => None,
        Earlier::Nothing | Earlier::Other => None,
        Earlier::Same(import) => {
            let said = format!(
                "this very file was imported on {}: nothing was changed. (--force imports it again under other terms; it \
                 brings only what did not come before.)",
                import.started_at.utc().format("%Y-%m-%d %H:%M:%SZ")
            );
            Some(writeln!(std::io::stdout(), "{said}").map(|()| ExitCode::SUCCESS).map_err(Failure::from))
        }
        Earlier::OwnRecords => Some(Err(
            "the database has patients or doctors who did not come from the old system. Import into an empty one, or add \
             --force to import beside them: record numbers, user names and licence numbers that are taken are changed"
                .into(),
        )),
    }
}

fn job(
    source: Source,
    arguments: &Asked,
    settings: &Settings,
    offset: Offset,
    now: DateTime<Utc>,
    safety: &Safety,
) -> Result<Job, Failure> {
    let mut seed = [0; 16];
    SysRng.try_fill_bytes(&mut seed)?;
    let terms = Terms {
        import: Key::v7(now, &mut UnwrapErr(SysRng)),
        now: Instant::new(now),
        seed,
        offset,
        stub_patients: arguments.stub_patients,
        release_reports: arguments.release_reports,
        open_session_assignments: arguments.open_session_assignments,
        files: arguments.files.clone(),
    };
    let store = if arguments.dry_run {
        Store::Dry
    } else {
        Store::Real(FileStore::open(&settings.files_directory(), Handle::current())?)
    };
    let asked = serde_json::json!({
        "stubPatients": arguments.stub_patients,
        "releaseReports": arguments.release_reports,
        "openSessionAssignments": arguments.open_session_assignments,
        "files": arguments.files.is_some(),
        "force": arguments.force,
    });
    Ok(Job { source, terms, store, force: arguments.force, settings: asked, backup: safety.noted() })
}

/// In one transaction, which is taken back if anything fails, or nothing shall change.
async fn import_into(db: &Db, job: Job, dry_run: bool) -> Result<Outcome, Failure> {
    let style = ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} rows {per_sec} {eta} left")?;
    let bar = ProgressBar::new(job.source.rows()).with_style(style).with_message("importing");
    import::make_room(db.connection()).await?;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = Adapted::new(db.connection().begin_with_options(options).await?);
    let told = |rows| {
        bar.set_position(rows);
        if bar.length() == Some(rows) {
            bar.set_message("checking");
        }
    };
    match import::import(&transaction, job, &SystemClock, told).await {
        // Where nothing is new nothing is changed, not even the list of imports.
        Ok(outcome) if !dry_run && !outcome.changes_nothing() => {
            bar.set_message("committing");
            transaction.commit().await?;
            bar.finish_and_clear();
            Ok(outcome)
        }
        outcome => {
            bar.finish_and_clear();
            transaction.rollback().await?;
            Ok(outcome?)
        }
    }
}
