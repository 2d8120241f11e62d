//! `patientgraph serve`: the server.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use tracing::info;

use super::{DatabaseArgs, Failure, server};
use crate::clock::{Clock, SystemClock};
use crate::config::{Flags, Settings};
use crate::db::prepare::{Consent, Preparation};
use crate::http::listen;

/// Serve the records of a clinic
///
/// Builds the schema in an empty database. A SQLite file of an earlier version is copied beside itself and migrated; a
/// PostgreSQL database with data is migrated only with --migrate or by `patientgraph migrate up`. Listens on this
/// machine only, because everybody who reaches the server is its administrator until there is sign-in.
///
/// /graphql answers queries and mutations, /graphiql is a page for writing them, /health/live and /health/ready are for
/// whoever watches the process. SIGTERM lets requests in flight end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph serve
  patientgraph serve --listen 127.0.0.1:8080 --data /srv/clinic
  PATIENTGRAPH_DATABASE__URL=postgres://clinic:secret@localhost/clinic patientgraph serve")]
pub(super) struct Serve {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:4000]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Migrate a PostgreSQL database even if it has data; make a backup first
    #[arg(long)]
    migrate: bool,
}

pub(super) async fn run(arguments: Serve, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let flags = Flags { listen: arguments.listen, ..arguments.database.flags() };
    let settings = super::settings(file, &flags)?;
    let url = settings.database_url()?;
    let listener = listen::bind(settings.server.listen).await?;

    let consent = if arguments.migrate { Consent::Given } else { Consent::NotGiven };
    let preparation = Preparation::enter(&url).await?;
    preparation.migrate(consent, SystemClock.now()).await?;
    preparation.leave().await?;

    let db = server::open(&url, &settings).await?;
    let address = listener.local_addr()?;
    let announce = |settings: &Settings| {
        let page = if settings.graphiql.enabled { format!("http://{address}/graphiql") } else { "off".to_owned() };
        info!(url = %format_args!("http://{address}/graphql"), graphiql = page, database = %url, "ready");
        Ok(())
    };
    server::run(listener, db, settings, announce).await?;
    Ok(ExitCode::SUCCESS)
}
