//! A server's life, from an open port to the end of its last request.

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::Instant;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use super::Failure;
use crate::auth::signing::SigningSecret;
use crate::auth::token::Tokens;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::db::prepare::{Preparation, SchemaState};
use crate::db::{DatabaseUrl, Db, DbOptions};
use crate::graphql::{Api, ClinicSettings};
use crate::http::listen::{self, Listener};
use crate::http::{App, RequestIds};
use crate::identity::Terms as SignInTerms;
use crate::read::shape::Moment;
use crate::report::making::{Maker, Templates};
use crate::report::pipeline::{Backoff, Pipeline, Terms, Workers};

/// Opens the database for serving; it must have the current schema.
pub(super) async fn open(url: &DatabaseUrl, settings: &Settings) -> Result<Db, Failure> {
    let options = DbOptions {
        max_read_connections: settings.database.max_read_connections,
        acquire_timeout: std::time::Duration::from_secs(settings.database.acquire_timeout_seconds),
    };
    Ok(Db::open(url, &options).await?)
}

/// Opens a database that a server has prepared, for a command beside it.
pub(super) async fn open_prepared(url: &DatabaseUrl, settings: &Settings) -> Result<Db, Failure> {
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(format!("there is no database {url}").into());
    }
    let preparation = Preparation::enter(url).await?;
    let state = preparation.state().await?;
    preparation.leave().await?;
    if state != SchemaState::Current {
        return Err(format!("the schema of {url} is not this program's; see `patientgraph migrate status`").into());
    }
    open(url, settings).await
}

/// The present, by the clinic's clock.
pub(super) fn moment(settings: &Settings) -> Moment {
    let (now, zone) = (SystemClock.now(), settings.clinic.zone);
    Moment { now, today: now.with_timezone(&zone).date_naive(), zone }
}

/// On what terms this clinic's reports are made.
fn pipeline(settings: &Settings) -> Pipeline {
    let reports = &settings.reports;
    let usual = Terms::default();
    let backoff = Backoff { first: reports.retry(), ..usual.backoff };
    Pipeline::new(Terms { lease: reports.lease(), attempts: reports.attempts.max(1).into(), backoff })
}

/// Those who make them here; none works yet.
pub(super) fn workers(db: &Db, settings: &Settings) -> Result<Workers, Failure> {
    let templates = match &settings.reports.templates {
        Some(directory) => Templates::load(directory),
        None => Templates::built_in(),
    };
    let maker = Maker::new(db.clone(), templates?);
    Ok(Workers::new(db.clone(), Arc::new(SystemClock), settings.clinic.zone, pipeline(settings), maker))
}

/// Serves `db` on `listener` until SIGTERM or SIGINT; returns when requests in flight have ended, or their deadline.
/// `announce` tells the world, once a signal would be heard: whoever reads it may send one at once.
pub(super) async fn run(
    listener: Listener,
    db: Db,
    secret: &SigningSecret,
    settings: Settings,
    announce: impl FnOnce(&Settings) -> Result<(), Failure>,
) -> Result<(), Failure> {
    std::panic::set_hook(Box::new(log_panic));
    let clinic = ClinicSettings { zone: settings.clinic.zone, currency: settings.clinic.currency.clone().into() };
    let auth = &settings.auth;
    let terms = SignInTerms {
        tokens: Tokens::new(secret.reveal(), TimeDelta::minutes(auth.access_token_minutes.into())),
        idle: TimeDelta::hours(auth.sign_in_idle_hours.into()),
        longest: TimeDelta::days(auth.sign_in_days.into()),
        public_url: settings.server.url(listener.local_addr()?),
    };
    let pipeline = pipeline(&settings);
    let api = Api::new(db.clone(), Arc::new(SystemClock), clinic, settings.graphql, terms, pipeline);
    let workers = workers(&db, &settings)?;
    let (mut terminated, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    announce(&settings)?;
    workers.start(settings.reports.workers);
    let http = settings.http.clone();
    let forgetting = AbortOnDropHandle::new(tokio::spawn(forget_changes(api.clone(), settings.live.keep_days)));
    let app = App::new(api, db.clone(), settings, RequestIds::new(SysRng.try_next_u32()?));

    let stop = async {
        tokio::select! { _ = terminated.recv() => {}, _ = interrupted.recv() => {} }
        info!("stopping: requests in flight may end");
        app.stop();
    };
    let ended = listen::serve(listener, app.router(), &http, stop).await;
    if !ended || timeout(http.shutdown_timeout(), app.finish()).await.is_err() {
        warn!("requests were cut off at the deadline for stopping");
    }
    workers.stop(http.shutdown_timeout()).await;
    drop((app, forgetting));
    db.close().await?;
    info!("stopped");
    Ok(())
}

/// How often changes are forgotten that nobody can ask for any more.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// Forgets changes that are older than so many days, from time to time.
async fn forget_changes(api: Api, days: u32) {
    loop {
        let before = SystemClock.now() - TimeDelta::days(days.into());
        if let Err(error) = api.live().forget(Instant::new(before)).await {
            warn!(%error, "cannot forget old changes");
        }
        sleep(FORGOTTEN).await;
    }
}

/// Panics go to the log like everything else: by place, since a message may quote what was being worked on.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    error!(place, "panic");
}
