//! A server's life, from an open port to the end of its last request.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::TimeDelta;
use entity::Instant as Stored;
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use super::Failure;
use crate::auth::signing::SigningSecret;
use crate::auth::token::Tokens;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::db::in_use::Presence;
use crate::db::prepare::{Preparation, SchemaState};
use crate::db::{DatabaseUrl, Db, DbOptions};
use crate::graphql::{Api, ClinicSettings};
use crate::http::listen::{self, Listener};
use crate::http::{App, RequestIds};
use crate::identity::Terms as SignInTerms;
use crate::read::shape::Moment;
use crate::report::making::{Maker, Templates};
use crate::report::pipeline::{Backoff, Pipeline, Terms, Workers};

/// So many reports one process makes at the same time.
const MOST_WORKERS: u32 = 64;

/// Opens the database for serving; it must have the current schema.
pub(super) async fn open(url: &DatabaseUrl, settings: &Settings) -> Result<Db, Failure> {
    let options = DbOptions {
        max_read_connections: settings.database.max_read_connections,
        acquire_timeout: std::time::Duration::from_secs(settings.database.acquire_timeout_seconds),
        record_connections: settings.reports.workers.clamp(2, MOST_WORKERS),
    };
    Ok(Db::open(url, &options).await?)
}

/// Opens a database that a server has prepared, for a command beside it. Nobody is alone with it for as long as the
/// presence is held.
pub(super) async fn open_prepared(url: &DatabaseUrl, settings: &Settings) -> Result<(Presence, Db), Failure> {
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(format!("there is no database {url}").into());
    }
    let presence = Presence::enter(url).await?;
    let preparation = Preparation::enter(url).await?;
    let state = preparation.state().await?;
    preparation.leave().await?;
    if state != SchemaState::Current {
        return Err(format!("the schema of {url} is not this program's; see `patientgraph migrate status`").into());
    }
    Ok((presence, open(url, settings).await?))
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
    let attempts = reports.attempts.get().into();
    Pipeline::new(Terms { lease: reports.lease(), longest: reports.longest(), attempts, backoff })
}

/// Those who make them here; none works yet.
pub(super) fn workers(db: &Db, settings: &Settings) -> Result<Workers, Failure> {
    let most = MOST_WORKERS;
    if settings.reports.workers > most {
        return Err(format!("one process makes {most} reports at the same time at most: start more processes").into());
    }
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

    let deadline = OnceLock::new();
    let stop = async {
        tokio::select! { _ = terminated.recv() => {}, _ = interrupted.recv() => {} }
        info!("stopping: requests in flight may end");
        let _ = deadline.set(Instant::now() + http.shutdown_timeout());
        app.stop();
        workers.stop();
    };
    let ended = listen::serve(listener, app.router(), &http, stop).await;
    let left = deadline.get().map_or(LAST_MOMENT, |deadline| deadline.duration_since(Instant::now())).max(LAST_MOMENT);
    let (finished, ()) = tokio::join!(timeout(left, app.finish()), workers.finish(left));
    if !ended || finished.is_err() {
        warn!("requests were cut off at the deadline for stopping");
    }
    drop((app, forgetting));
    close(db).await?;
    info!("stopped");
    Ok(())
}

/// What is about to end gets this long, also after the deadline.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Closes the database. What was cut off may hold a connection for ever, and does not hold up the end.
pub(super) async fn close(db: Db) -> Result<(), Failure> {
    match timeout(LAST_MOMENT * 5, db.close()).await {
        Ok(closed) => Ok(closed?),
        Err(_) => {
            warn!("some connections to the database did not end");
            Ok(())
        }
    }
}

/// How often changes are forgotten that nobody can ask for any more.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// Forgets changes that are older than so many days, from time to time.
async fn forget_changes(api: Api, days: u32) {
    loop {
        let before = SystemClock.now() - TimeDelta::days(days.into());
        if let Err(error) = api.live().forget(Stored::new(before)).await {
            warn!(%error, "cannot forget old changes");
        }
        sleep(FORGOTTEN).await;
    }
}
