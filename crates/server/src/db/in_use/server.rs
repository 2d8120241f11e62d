//! On PostgreSQL: an advisory lock, held on a connection of its own for as long as somebody is there.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use super::{InUseError, WAITING};
use crate::db::DatabaseUrl;

/// The number of the lock: "pg-use" in ASCII. That of [`prepare`](crate::db::prepare) is another.
const ADVISORY_LOCK: i64 = 0x7067_2d75_7365;
/// How often a connection is asked whether it lives.
const PULSE: Duration = Duration::from_secs(1);
/// How long to wait before trying to connect again.
const LATER: Duration = Duration::from_secs(1);

/// Connections that were just closed take a moment to end, and so do locks of theirs: so often it is asked, and so long
/// is waited before it is asked again.
const MOMENTS: u32 = 5;
const MOMENT: Duration = Duration::from_millis(300);

/// Who else is connected, in words. Of other people's connections an ordinary user sees little; what the server does
/// for itself has no user.
const OTHERS: &str = "\
    SELECT string_agg(who, ', ' ORDER BY who) FROM ( \
        SELECT concat_ws(' ', COALESCE(NULLIF(application_name, ''), 'a program'), 'of user ' || usename, \
            'from ' || host(client_addr)) || CASE WHEN count(*) > 1 THEN ' (' || count(*) || ' connections)' ELSE '' END \
            AS who \
        FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL \
            AND COALESCE(backend_type, 'client backend') = 'client backend' \
        GROUP BY application_name, usename, client_addr) others";

/// A share of the lock that is taken again when its connection is lost.
pub(super) struct Kept {
    _keeping: AbortOnDropHandle<()>,
}

impl Kept {
    /// Takes a share, waiting while somebody has the lock alone.
    pub(super) async fn share(url: &DatabaseUrl) -> Result<Self, InUseError> {
        let options = options(url)?;
        let connection = share(&options).await.map_err(failed(url))?;
        Ok(Self { _keeping: AbortOnDropHandle::new(tokio::spawn(keep(options, connection))) })
    }
}

async fn share(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    if !lock(&mut connection, "SELECT pg_try_advisory_lock_shared($1)").await? {
        info!("{WAITING}");
        sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(ADVISORY_LOCK).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Pools connect anew when a server comes back, and so does this: a presence is not to end before them.
async fn keep(options: PgConnectOptions, mut connection: PgConnection) {
    loop {
        while connection.ping().await.is_ok() {
            sleep(PULSE).await;
        }
        connection = loop {
            match share(&options).await {
                Ok(connection) => break connection,
                Err(error) => warn!(%error, "cannot tell the database that it is in use; trying again"),
            }
            sleep(LATER).await;
        };
    }
}

/// Takes the lock alone, if nobody has a share of it and nobody else is connected.
pub(super) async fn exclude(url: &DatabaseUrl) -> Result<PgConnection, InUseError> {
    let mut connection = options(url)?.connect().await.map_err(failed(url))?;
    let (mut locked, mut by) = (false, None);
    for moment in 0..MOMENTS {
        if moment > 0 {
            sleep(MOMENT).await;
        }
        locked = locked || lock(&mut connection, "SELECT pg_try_advisory_lock($1)").await.map_err(failed(url))?;
        by = others(&mut connection).await.map_err(failed(url))?;
        if locked && by.is_none() {
            return Ok(connection);
        }
    }
    Err(InUseError::Present { url: url.clone(), by: by.unwrap_or_else(|| "a server".to_owned()) })
}

async fn lock(connection: &mut PgConnection, statement: &'static str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(statement).bind(ADVISORY_LOCK).fetch_one(connection).await
}

async fn others(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(OTHERS).fetch_one(connection).await
}

fn options(url: &DatabaseUrl) -> Result<PgConnectOptions, InUseError> {
    let options: PgConnectOptions = url.secret().parse().map_err(failed(url))?;
    Ok(options.application_name("patientgraph").disable_statement_logging())
}

fn failed(url: &DatabaseUrl) -> impl Fn(sqlx::Error) -> InUseError + use<> {
    let url = url.clone();
    move |source| InUseError::Database { url: url.clone(), source }
}
