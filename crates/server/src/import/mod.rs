//! Brings the rows that the importer hands out into a database: whole and proved, in one transaction of its caller.

mod judge;
mod proof;
mod store;

use entity::{Instant, imports};
use importer::{Outcome, Source, Terms};
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};

use judge::Handed;
pub use judge::Store;
pub use store::{Earlier, earlier, make_room};

use crate::clock::Clock;
use crate::db::Adapted;
use crate::db::bulk::by_keys;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The old file's copy, or its scans' files.
    #[error(transparent)]
    Importer(#[from] importer::Failure),
    /// The database.
    #[error("the database refused what was to be imported")]
    Database(#[from] DbErr),
    /// Another system's file.
    #[error(
        "of {known} accounts, patients or other rows that came with an earlier import, the file has {found}: it looks like another \
         system's, and a database takes one. Import it into a database of its own, or add --force if it is the same \
         system's"
    )]
    Stranger {
        /// How many an earlier import brought.
        known: u64,
        /// How many of them the file has.
        found: u64,
    },
    /// The target was not sound before.
    #[error(
        "timeline or statistics of the database are not what its record says (such as {0}): run \
         `patientgraph verify --repair`, then import again"
    )]
    Unsound(String),
    /// What was written is not what was read.
    #[error("nothing was imported: {0}. This is a fault of the program: keep the file, and report it")]
    Unproved(String),
    /// The work broke off.
    #[error("the import broke off")]
    Broken(#[from] JoinError),
}

/// What is to be imported, and on what terms.
#[derive(Debug)]
pub struct Job {
    /// The old file.
    pub source: Source,
    /// What the operator decided.
    pub terms: Terms,
    /// Where the bytes of scans go.
    pub store: Store,
    /// Whether a file that does not look like the same system's is taken all the same.
    pub force: bool,
    /// What the operator asked for, as `imports` notes it.
    pub settings: serde_json::Value,
    /// The backup that was made before.
    pub backup: Option<String>,
}

/// Imports in a transaction, which the caller commits: then, and only then, all of it is there. `told` hears how many old
/// rows have been judged.
///
/// # Errors
/// When it cannot be done, or not be proved; then the caller takes the transaction back.
pub async fn import(
    tx: &Adapted<DatabaseTransaction>,
    job: Job,
    clock: &impl Clock,
    told: impl Fn(u64),
) -> Result<Outcome, ImportError> {
    let import = noted(&job);
    proof::sound(tx).await?;
    let before = proof::counts(tx).await?;
    store::begin(tx, &import).await?;
    by_keys(tx, true).await?;
    let release = job.terms.release_reports.then_some(job.terms.now);
    let (existing_out, existing_in) = mpsc::channel(EXISTING);
    let (rows_out, mut rows_in) = mpsc::channel::<Handed>(WAITING);
    let judging = spawn_blocking(move || judge::judge(job, existing_in, rows_out));

    // Whoever judges gives up when nobody feeds or listens, so its answer says more than what failed here after it.
    let mut wrote = store::existing(tx, &existing_out).await;
    drop(existing_out);
    let mut written = store::Written::default();
    while let (Ok(()), Some(handed)) = (&wrote, rows_in.recv().await) {
        match handed {
            Handed::Rows(rows) => wrote = written.write(tx, rows).await,
            Handed::Progress(rows) => told(rows),
        }
    }
    drop(rows_in);
    let judged = judging.await?;
    wrote?;
    let outcome = judged?;
    by_keys(tx, false).await?;
    store::gather_figures(tx, &proof::TABLES).await?;
    if let Some(now) = release {
        store::release(tx, now).await?;
    }
    proof::prove(tx, &outcome, &written, &before).await?;
    store::finish(tx, import.id, &outcome, Instant::new(clock.now())).await?;
    Ok(outcome)
}

/// So many batches of what is there wait at most.
const EXISTING: usize = 4;
/// So many batches of rows wait at most.
const WAITING: usize = 4;

fn noted(job: &Job) -> imports::Model {
    let Job { source, terms, settings, backup, .. } = job;
    imports::Model {
        id: terms.import,
        file_name: source.name().to_owned(),
        file_sha256: source.sha256().to_owned(),
        file_bytes: i64::try_from(source.bytes()).unwrap_or(i64::MAX),
        variant: source.variant().to_string(),
        utc_offset_minutes: terms.offset.minutes().into(),
        settings: settings.clone(),
        backup: backup.clone(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: terms.now,
        finished_at: None,
        outcome: None,
    }
}
