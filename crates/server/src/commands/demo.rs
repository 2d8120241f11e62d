//! `patientgraph demo`: an invented clinic to try things on.

mod access;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use entity::vocabulary::Role;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sea_orm::DbBackend;
use serde::Serialize;
use tracing::info;

use self::access::Access;
use super::{Failure, server};
use crate::auth::signing::SigningSecret;
use crate::clock::{Clock, SystemClock};
use crate::config::{DATABASE_FILE, Flags, ServerSettings, Settings};
use crate::db::in_use::Presence;
use crate::db::prepare::{Consent, Preparation, Safeguard, SchemaState};
use crate::db::{Adapted, DatabaseUrl, Db};
use crate::demo::{self, Clinic, DemoState};
use crate::http::{EXAMPLES, listen};

/// From so many patients on, making them takes long enough to show how far it is.
const LARGE: u64 = 2_000;

/// Connections that write patients at the same time, where the database can take several.
const WRITERS: usize = 4;

/// Make an invented clinic and serve it
///
/// Believable people, doctors, visits over years, scans, predictions, reports and notes; nobody in it exists. The same
/// seed, number of patients and day make the same clinic. A demo that is there already is served as it is, with what
/// was changed in it; a database that holds anything else is refused. Which database is used is said by these flags
/// alone, never by the settings of a real clinic.
///
/// An administrator, two doctors, two patients and a program can sign in; how is printed at each start. Their passwords
/// follow from the seed, so everybody can know them: a demo listens on this machine only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  patientgraph demo
  patientgraph demo --patients 5000 --data /tmp/big-clinic
  patientgraph demo --database-url postgres://me@localhost/demo
  patientgraph demo --listen 127.0.0.1:0 --json     (one line, for scripts)")]
pub(super) struct Demo {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:4000]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The directory of the demo's SQLite database
    #[arg(long, value_name = "DIR", default_value = "patientgraph-demo")]
    data: PathBuf,
    /// The demo's database, instead: sqlite:///absolute/path or postgres://user:password@host/name
    #[arg(long, value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// How many patients a new demo has
    #[arg(long, value_name = "N", default_value_t = 200)]
    patients: u64,
    /// Which of the possible clinics a new demo is
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON once ready: {"url", "graphiql", "database_url", "accounts"}
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    graphiql: Option<&'a str>,
    database_url: &'a str,
    accounts: &'a [Access],
}

pub(super) async fn run(arguments: Demo, file: Option<&Path>) -> Result<ExitCode, Failure> {
    let url = match arguments.database_url.clone() {
        Some(url) => url,
        None => DatabaseUrl::sqlite(&arguments.data.join(DATABASE_FILE))?,
    };
    let flags = Flags {
        listen: arguments.listen,
        data: Some(arguments.data.clone()),
        database_url: Some(url.clone()),
        ..Flags::default()
    };
    let mut settings = super::settings(file, &flags)?;
    settings.server = on_this_machine(settings.server)?;
    let listener = listen::bind(&settings.server).await?;
    let address = listener.local_addr()?;
    // Access tokens of an earlier time need not live on: refreshing them, and signing in, do not depend on it.
    let secret = settings.auth.secret.clone().unwrap_or_else(|| SigningSecret::new(&mut UnwrapErr(SysRng)));
    let _presence = Presence::enter(&url).await?;
    let (db, accounts) = prepare(&url, &arguments, &settings, &secret).await?;
    server::run(listener, db, &secret, settings, |settings| {
        info!(url = %format_args!("http://{address}/graphql"), database = %url, "ready");
        announce(address, &url, &arguments, settings.graphiql.enabled, &accounts)
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

/// A demo is for this machine alone, however a clinic's settings protect theirs: everybody can know its passwords.
fn on_this_machine(server: ServerSettings) -> Result<ServerSettings, Failure> {
    let ServerSettings { listen, data, .. } = server;
    let server = ServerSettings { listen, data, ..ServerSettings::default() };
    if server.is_of_this_machine() {
        return Ok(server);
    }
    Err(format!(
        "refusing to serve a demo on {listen}: everybody can know the passwords of its accounts, so it listens on this \
         machine only; use 127.0.0.1 or [::1]"
    )
    .into())
}

/// Makes the clinic in an empty database, or finds one that was made, and says who can sign in to it. Nobody else gets in
/// meanwhile, and what is no demo is left as it is.
async fn prepare(
    url: &DatabaseUrl,
    arguments: &Demo,
    settings: &Settings,
    secret: &SigningSecret,
) -> Result<(Db, Vec<Access>), Failure> {
    let preparation = Preparation::enter(url).await?;
    let held = match preparation.state().await? {
        SchemaState::Current | SchemaState::Behind(_) => {
            demo::state(&Adapted::new(preparation.connection().clone())).await?
        }
        _ => DemoState::Empty,
    };
    if matches!(held, DemoState::Foreign | DemoState::Interrupted) {
        return Err(format!("{url}: {held}. Choose another --data or --database-url.").into());
    }
    preparation.migrate(Consent::NotGiven, &Safeguard::Backup(settings.backups(url)), SystemClock.now()).await?;
    let db = server::open(url, settings).await?;
    match held {
        DemoState::Demo { patients } => info!(patients, "serving the demo that is there as it is"),
        _ => make(&db, arguments, settings).await?,
    }
    let accounts = access::give(&db, secret, server::moment(settings)).await?;
    preparation.leave().await?;
    Ok((db, accounts))
}

async fn make(db: &Db, arguments: &Demo, settings: &Settings) -> Result<(), Failure> {
    let zone = settings.clinic.zone;
    let today = SystemClock.now().with_timezone(&zone).date_naive();
    let clinic = Clinic::new(arguments.patients, arguments.seed, today, zone);
    let writers = match db.backend() {
        DbBackend::Postgres => WRITERS.min(settings.database.max_read_connections as usize),
        _ => 1,
    };
    let target = if arguments.patients >= LARGE { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("making patients {bar:40} {pos}/{len} {eta} left")?;
    let bar = ProgressBar::with_draw_target(Some(arguments.patients), target).with_style(style);
    let progress = |patients| bar.set_position(patients);
    demo::load(&Adapted::new(db.connection().clone()), &clinic, writers, progress).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Says where the demo is and how to sign in: one line of JSON, or text for people.
fn announce(
    address: SocketAddr,
    url: &DatabaseUrl,
    arguments: &Demo,
    page: bool,
    accounts: &[Access],
) -> Result<(), Failure> {
    let graphql = format!("http://{address}/graphql");
    let page = page.then(|| format!("http://{address}/graphiql"));
    let mut out = std::io::stdout().lock();
    if arguments.json {
        // The database's URL as it was given: who reads this line wants to connect.
        let ready = Ready { url: &graphql, graphiql: page.as_deref(), database_url: url.secret(), accounts };
        writeln!(out, "{}", serde_json::to_string(&ready)?)?;
        return Ok(out.flush()?);
    }
    writeln!(out, "\nThe demo is ready. Nobody in it exists, so its passwords are no secret.\n")?;
    writeln!(out, "  GraphiQL   {}", page.as_deref().unwrap_or("off"))?;
    writeln!(out, "  GraphQL    {graphql}")?;
    writeln!(out, "  Database   {url}\n\nSign in as:\n")?;
    for Access { role, username, password, .. } in accounts {
        let password =
            password.as_deref().unwrap_or(if *role == Role::Agent { "(a program: by its key)" } else { "(changed)" });
        writeln!(out, "  {:8} {username:15} {password}", role.word())?;
    }
    writeln!(out, "\nOr send `Authorization: Bearer …` with a token, good for a day, or the program's key:\n")?;
    for Access { username, token, .. } in accounts {
        writeln!(out, "  {username:15} {token}")?;
    }
    if std::io::stdout().is_terminal() {
        writeln!(out, "\nRequests to try, also in GraphiQL's tabs:\n")?;
        for example in EXAMPLES {
            writeln!(out, "{}", example.query)?;
        }
    }
    writeln!(out, "\nCtrl-C stops it; the next `patientgraph demo` serves it again.")?;
    Ok(out.flush()?)
}
