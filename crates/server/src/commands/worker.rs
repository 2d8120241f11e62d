//! `patientgraph worker`: makes requested reports, beside servers that share the database.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::{DatabaseArgs, Failure, server};
use crate::config::Flags;

/// Make the reports that are requested
///
/// Works on requests for reports like the workers inside `patientgraph serve`, in a process of its own: any number of
/// them, on any machine that reaches the database. One that dies or hangs loses its request, which another takes up when
/// the lease has run out. SIGTERM lets it finish what it is making.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph serve --workers 0
  patientgraph worker --workers 4
  PATIENTGRAPH_DATABASE__URL=postgres://clinic:secret@db/clinic patientgraph worker")]
pub(super) struct Worker {
    /// Reports made at the same time [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    workers: Option<u32>,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) async fn run(arguments: Worker, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let flags = Flags { workers: arguments.workers, ..arguments.database.flags() };
    let settings = super::settings(file, &flags)?;
    if settings.reports.workers == 0 {
        return Err("no reports to be made at the same time: give --workers, or set reports.workers".into());
    }
    let url = settings.database_url()?;
    let (_presence, db) = server::open_prepared(&url, &settings).await?;
    let workers = server::workers(&db, &settings)?;
    let (mut terminated, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    workers.start(settings.reports.workers);
    info!(database = %url, "ready");
    tokio::select! { _ = terminated.recv() => {}, _ = interrupted.recv() => {} }
    info!("stopping: what is being made is finished");
    workers.finish(settings.http.shutdown_timeout()).await;
    server::close(db).await?;
    Ok(ExitCode::SUCCESS)
}
