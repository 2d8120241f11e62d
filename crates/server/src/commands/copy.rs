//! `patientgraph copy`: a whole database moved to another, of the same kind or the other.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionSession, TransactionTrait,
};
use serde::Serialize;

use super::Failure;
use crate::clock::{Clock, SystemClock};
use crate::config::Flags;
use crate::copy::{self, CopyError, Progress, Proved};
use crate::db::in_use::Alone;
use crate::db::prepare::{Consent, Preparation, PrepareError, Safeguard, SchemaState};
use crate::db::{Adapted, DatabaseUrl};

/// Copy a whole database into an empty one, also from SQLite to PostgreSQL and back
///
/// Everything but the log of changes: records, accounts with their passwords and keys, who is signed in. Timeline and
/// statistics are made anew. Before the copy counts, all rows of both are compared and the copy is verified; whatever
/// goes wrong, the new database is as empty as before, and the old one is only read. Stop the servers of both first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph copy --from sqlite:///srv/clinic/patientgraph.db --to postgres://clinic@localhost/clinic
  patientgraph copy --from postgres://clinic@localhost/clinic --to sqlite:///srv/trial/patientgraph.db --json

A password is better given by PGPASSWORD or a password file than in an address: arguments show in the list of processes.")]
pub(super) struct Copy {
    /// The database that is copied: sqlite:///absolute/path or postgres://user@host/name
    #[arg(long, value_name = "URL")]
    from: DatabaseUrl,
    /// The empty database that it is copied into
    #[arg(long, value_name = "URL")]
    to: DatabaseUrl,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    from: &'a DatabaseUrl,
    to: &'a DatabaseUrl,
    tables: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    table: &'a str,
    rows: u64,
    digest: String,
    made: bool,
}

pub(super) async fn run(arguments: Copy, file: Option<&Path>) -> Result<ExitCode, Failure> {
    super::settings(file, &Flags::default())?;
    let Copy { from, to, json } = arguments;
    if from.place() == to.place() {
        return Err(format!("{from} and {to} are the same database").into());
    }
    if from.file().is_some_and(|file| !file.exists()) {
        return Err(format!("there is no database {from}").into());
    }
    let alone = (Alone::with(&from).await?, Alone::with(&to).await?);
    let (source, target) = (Preparation::enter(&from).await?, Preparation::enter(&to).await?);
    if source.state().await? != SchemaState::Current {
        return Err(format!("the schema of {from} is not this program's: see `patientgraph migrate status`").into());
    }
    make_ready(&target, &to).await?;
    let proved = copied(&source, &target).await?;
    target.leave().await?;
    source.leave().await?;
    alone.0.leave().await;
    alone.1.leave().await;
    print(&from, &to, &proved, json)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the schema, and sees that no row is there.
async fn make_ready(target: &Preparation, to: &DatabaseUrl) -> Result<(), Failure> {
    let not_empty =
        || format!("{to} has data already: name an empty database, such as one that was just made, with --to").into();
    match target.state().await? {
        SchemaState::Foreign(tables) => return Err(PrepareError::Foreign { url: to.clone(), tables }.into()),
        SchemaState::Newer(unknown) => return Err(PrepareError::Newer { url: to.clone(), unknown }.into()),
        _ if target.has_data().await? => return Err(not_empty()),
        SchemaState::Empty | SchemaState::Current | SchemaState::Behind(_) => {}
    }
    // There is nothing that a backup could have.
    Ok(target.migrate(Consent::Given, &Safeguard::Taken, SystemClock.now()).await?)
}

/// Copies in one snapshot of the source and one transaction of the target.
async fn copied(source: &Preparation, target: &Preparation) -> Result<Vec<Proved>, Failure> {
    let snapshot = snapshot(source).await?;
    let immediate = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
    let transaction = Adapted::new(target.connection().begin_with_options(options).await?);
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} rows {per_sec} {eta} left")?);
    let told = |Progress { step, done, of }: Progress| {
        bar.set_message(step);
        bar.set_length(of);
        bar.set_position(done);
    };
    let copied = copy::copy(&snapshot, &transaction, &told).await;
    bar.finish_and_clear();
    snapshot.rollback().await?;
    match copied {
        Ok(proved) => transaction.commit().await.map(|()| proved).map_err(Failure::from),
        Err(error) => {
            transaction.rollback().await?;
            Err(error.into())
        }
    }
}

async fn snapshot(source: &Preparation) -> Result<DatabaseTransaction, CopyError> {
    let (isolation, access) = match source.connection().get_database_backend() {
        DbBackend::Postgres => (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)),
        _ => (None, None),
    };
    Ok(source.connection().begin_with_config(isolation, access).await?)
}

/// What is the same in both, by table: the same digest means the same rows.
fn print(from: &DatabaseUrl, to: &DatabaseUrl, proved: &[Proved], json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let lines = proved.iter().map(|table| Line {
        table: &table.table,
        rows: table.digest.rows,
        digest: table.digest.hex(),
        made: table.made,
    });
    if json {
        let report = Report { from, to, tables: lines.collect() };
        return Ok(writeln!(out, "{}", serde_json::to_string(&report)?)?);
    }
    writeln!(out, "{:40} {:>10}  digest of all rows, equal in both", "table", "rows")?;
    for line in lines {
        writeln!(out, "{:40} {:>10}  {}", line.table, line.rows, line.digest)?;
    }
    let rows: u64 = proved.iter().filter(|table| !table.made).map(|table| table.digest.rows).sum();
    Ok(writeln!(out, "copied {rows} rows from {from} to {to}; timeline and statistics are verified")?)
}
