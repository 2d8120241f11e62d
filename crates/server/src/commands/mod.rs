//! The program's commands: each a thin file that puts the parts together.

mod backup;
mod copy;
mod demo;
mod import;
mod migrate;
mod schema;
mod secret;
mod serve;
mod server;
mod user;
mod verify;
mod worker;

use std::error::Error;
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing::error;
use tracing_subscriber::EnvFilter;

use crate::config::{self, Flags, LogFormat, LogSettings, Settings};
use crate::db::DatabaseUrl;
use crate::db::prepare::Safeguard;

/// Why a command ended early; shown with its sources.
pub type Failure = Box<dyn Error + Send + Sync>;

/// PatientGraph: the records of a clinic that diagnoses from scans, as a GraphQL API.
///
/// Patients with their doctors, visits, scans, predictions, reports and timeline, in SQLite or PostgreSQL.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Start here:
  patientgraph demo      a clinic with 200 invented patients; open the address it prints
  patientgraph serve     the real thing, empty at first, in ./patientgraph-data; its first line lets you in

Settings come from defaults, a file (--config), the environment (PATIENTGRAPH_SERVER__LISTEN=…) and flags; the later
ones win. `patientgraph help <COMMAND>` tells more about a command."
)]
pub struct Cli {
    /// A file with settings, TOML
    #[arg(long, global = true, value_name = "FILE", env = "PATIENTGRAPH_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Backup(backup::Backup),
    Copy(copy::Copy),
    Serve(serve::Serve),
    Demo(demo::Demo),
    Import(Box<import::Import>),
    Migrate(migrate::Migrate),
    Schema(schema::Schema),
    Secret(secret::Secret),
    User(user::User),
    Verify(verify::Verify),
    Worker(worker::Worker),
}

/// Which database a command works on.
#[derive(Debug, Args)]
struct DatabaseArgs {
    /// The database: sqlite:///absolute/path or postgres://user:password@host/name
    ///
    /// Without it, the SQLite file patientgraph.db in the data directory. A password is better given by the
    /// environment (PATIENTGRAPH_DATABASE__URL) or the file: flags show in the list of processes.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// The directory of the SQLite database [default: ./patientgraph-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DatabaseArgs {
    fn flags(self) -> Flags {
        // A directory given with a flag means the database in it, whatever URL a file or the environment has.
        let named = || self.data.as_ref().and_then(|data| DatabaseUrl::sqlite(&data.join(config::DATABASE_FILE)).ok());
        let database_url = self.database_url.clone().or_else(named);
        Flags { database_url, data: self.data, ..Flags::default() }
    }
}

/// Where a command keeps backups.
#[derive(Debug, Args)]
struct BackupsArgs {
    /// The directory of backups [default: `backups` beside the SQLite file, for PostgreSQL in the data directory]
    #[arg(long, global = true, value_name = "DIR")]
    backups: Option<PathBuf>,
}

/// Where data are that a command could lose.
fn safeguard(backup_taken: bool, settings: &Settings, url: &DatabaseUrl) -> Safeguard {
    if backup_taken { Safeguard::Taken } else { Safeguard::Backup(settings.backups(url)) }
}

/// Runs the command that was asked for.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Backup(backup) => backup::run(backup, file).await,
        Command::Copy(copy) => copy::run(copy, file).await,
        Command::Serve(serve) => serve::run(serve, file).await,
        Command::Demo(demo) => demo::run(demo, file).await,
        Command::Import(import) => import::run(*import, file).await,
        Command::Migrate(migrate) => migrate::run(migrate, file).await,
        Command::Schema(schema) => schema::run(&schema),
        Command::Secret(secret) => secret::run(secret),
        Command::User(user) => user::run(user, file).await,
        Command::Verify(verify) => verify::run(verify, file).await,
        Command::Worker(worker) => worker::run(worker, file).await,
    }
}

/// Settings from all their sources; from here on there is a log.
fn settings(file: Option<&std::path::Path>, flags: &Flags) -> Result<Settings, Failure> {
    // Names and values that are not UTF-8 are none of ours.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let settings = config::load(file, environment, flags)?;
    log(&settings.log)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(settings)
}

/// Lines go to standard error: standard output is for what a command answers.
fn log(settings: &LogSettings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|why| format!("setting `log.filter`: {why}"))?;
    // A server's notices may quote rows.
    let filter = filter.add_directive("sqlx::postgres::notice=off".parse()?);
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Human => log.with_ansi(terminal).with_target(false).try_init(),
        LogFormat::Auto if terminal => log.with_target(false).try_init(),
        LogFormat::Auto | LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
    }
}

/// Panics go to the log like everything else: by place, since a message may quote what was being worked on.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    error!(place, "panic");
}
