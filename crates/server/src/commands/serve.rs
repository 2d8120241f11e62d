//! `patientgraph serve`: the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use ipnet::IpNet;
use tracing::info;

use super::{DatabaseArgs, Failure, secret, server, user};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Flags, ServerSettings, Settings};
use crate::db::Adapted;
use crate::db::in_use::Presence;
use crate::db::prepare::{Consent, Preparation};
use crate::demo::{self, DemoState};
use crate::http::listen;

/// Serve the records of a clinic
///
/// Builds the schema in an empty database. One of an earlier version is migrated, after a backup: a SQLite file at once, a
/// PostgreSQL database with data only with --migrate or by `patientgraph migrate up`. Other machines are served only by
/// TLS, or through a trusted proxy that does it.
///
/// Where no administrator can sign in yet, it prints a one-time link by which the first one chooses a password.
///
/// /graphql answers queries and mutations, /graphiql is a page for writing them, /health/live and /health/ready are for
/// whoever watches the process. SIGTERM lets requests in flight end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph serve
  patientgraph serve --listen 127.0.0.1:8080 --data /srv/clinic
  patientgraph serve --listen 0.0.0.0:443 --tls-cert clinic.pem --tls-key clinic-key.pem
  patientgraph serve --listen 10.0.0.5:4000 --trusted-proxy 10.0.0.2
  PATIENTGRAPH_DATABASE__URL=postgres://clinic:secret@localhost/clinic patientgraph serve")]
pub(super) struct Serve {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:4000]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The certificate for TLS, PEM: the server's own first, then those that vouch for it
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM, which only its owner may read
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// A proxy, or a network of them, that does TLS and says whom requests come from; may be repeated
    ///
    /// Only these are answered then, and a client's address is the last one in X-Forwarded-For (or Forwarded) that is
    /// none of them. The proxy must set or extend that header. Whoever is in such a network is believed: name the
    /// proxies alone.
    #[arg(long, value_name = "CIDR", value_parser = config::network)]
    trusted_proxy: Vec<IpNet>,
    /// Reports made at the same time; 0 leaves them to `patientgraph worker` and to programs [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=64))]
    workers: Option<u32>,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Migrate a PostgreSQL database even if it has data, after a backup
    #[arg(long)]
    migrate: bool,
    /// Migrate without a backup: you have one that was made in another way
    #[arg(long)]
    backup_taken: bool,
}

pub(super) async fn run(arguments: Serve, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let flags = Flags {
        listen: arguments.listen,
        tls_cert: arguments.tls_cert,
        tls_key: arguments.tls_key,
        trusted_proxies: arguments.trusted_proxy,
        workers: arguments.workers,
        ..arguments.database.flags()
    };
    let settings = super::settings(file, &flags)?;
    let url = settings.database_url()?;
    let listener = listen::bind(&settings.server).await?;
    let secret = secret::source(&settings.auth, &url)?;

    let consent = if arguments.migrate { Consent::Given } else { Consent::NotGiven };
    let safeguard = super::safeguard(arguments.backup_taken, &settings, &url);
    let _presence = Presence::enter(&url).await?;
    let preparation = Preparation::enter(&url).await?;
    preparation.migrate(consent, &safeguard, SystemClock.now()).await?;
    keep_demo_on_this_machine(&preparation, &settings.server).await?;
    // Beside the database, whose directory is there now, and by one server at a time.
    let secret = secret.secret()?;
    let db = server::open(&url, &settings).await?;
    let address = listener.local_addr()?;
    user::let_somebody_in(&db, &settings, address).await?;
    preparation.leave().await?;

    let announce = |settings: &Settings| {
        let origin = settings.server.url(address);
        let page = if settings.graphiql.enabled { format!("{origin}/graphiql") } else { "off".to_owned() };
        info!(url = %format_args!("{origin}/graphql"), %address, graphiql = page, database = %url, "ready");
        Ok(())
    };
    server::run(listener, db, &secret, settings, announce).await?;
    Ok(ExitCode::SUCCESS)
}

/// A demo's passwords follow from its seed. So nobody else may reach one, also where it is served like a clinic.
async fn keep_demo_on_this_machine(preparation: &Preparation, server: &ServerSettings) -> Result<(), Failure> {
    if server.is_of_this_machine() {
        return Ok(());
    }
    let held = demo::state(&Adapted::new(preparation.connection().clone())).await?;
    if !matches!(held, DemoState::Demo { .. } | DemoState::Interrupted) {
        return Ok(());
    }
    Err("refusing to serve a demo to other machines: everybody can know the passwords of its accounts. Choose another \
         --data or --database-url for a clinic; or listen on 127.0.0.1 or [::1], without trusted proxies"
        .into())
}
