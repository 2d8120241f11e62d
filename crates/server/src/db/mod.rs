//! The database: connections to read on, one door for writes, and the form of values on each.

pub mod adaptor;
pub mod backup;
pub mod bulk;
pub mod in_use;
pub mod prepare;
mod snapshot;
mod url;
mod wake;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, PgPool, SqlitePool};
use sea_orm::{DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector};
use tokio::sync::watch;
use tokio::task::JoinError;

pub use adaptor::Adapted;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
pub use wake::Wake;
pub use write::{Transient, Tx, Work, got_no_turn};

/// How many connections there are and how long one waits for them.
#[derive(Debug, Clone, Copy)]
pub struct DbOptions {
    /// Connections that read. Writes have their own: as many on PostgreSQL, one on SQLite.
    pub max_read_connections: u32,
    /// Connections that read whole records: as many as reports are made at the same time.
    pub record_connections: u32,
    /// How long a request waits for a connection before it fails.
    pub acquire_timeout: Duration,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self { max_read_connections: 8, record_connections: 2, acquire_timeout: Duration::from_secs(5) }
    }
}

/// Why a database does not answer. The text is for the log and the operator, never for clients.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The driver's words.
    #[error("{0}")]
    Driver(#[from] sqlx::Error),
    /// The ORM's words.
    #[error("{0}")]
    Orm(#[from] sea_orm::DbErr),
    /// The address is not one the driver understands.
    #[error("the database URL cannot be used: {0}")]
    Url(String),
}

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    reads: Pool,
    lookups: Adapted<DatabaseConnection>,
    overview: Adapted<DatabaseConnection>,
    log: Adapted<DatabaseConnection>,
    records: Adapted<DatabaseConnection>,
    writes: DatabaseConnection,
    /// How often something was written here.
    written: watch::Sender<u64>,
    statements: AtomicU64,
}

/// Connections of either driver.
pub enum Pool {
    /// PostgreSQL.
    Postgres(PgPool),
    /// SQLite.
    Sqlite(SqlitePool),
}

/// How long a SQLite connection waits for another process's write.
const BUSY: Duration = Duration::from_secs(10);

/// So many connections find out who is asking.
const LOOKUPS: u32 = 2;

/// So many connections read the log of changes.
const LOG: u32 = 3;

/// How long a connection may have been idle without being asked whether it still lives.
const IDLE: Duration = Duration::from_secs(1);

impl Db {
    /// Connects. A SQLite file that does not exist is made.
    ///
    /// # Errors
    /// When the address is wrong or the database does not answer.
    pub async fn open(url: &DatabaseUrl, options: &DbOptions) -> Result<Self, DbError> {
        let Connections { reads, lookups, overview, log, records, writes } = match url.backend() {
            DbBackend::Postgres => postgres(url, options).await?,
            _ => sqlite(url, options).await?,
        };
        let [lookups, overview, log, records] = [lookups, overview, log, records].map(Adapted::new);
        let (written, statements) = (watch::Sender::new(0), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { reads, lookups, overview, log, records, writes, written, statements })))
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        match self.0.reads {
            Pool::Postgres(_) => DbBackend::Postgres,
            Pool::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    /// The connections that read; for the read engine.
    pub(crate) fn reads(&self) -> &Pool {
        &self.0.reads
    }

    /// Connections of their own for who is asking. Were they those that read, a few slow requests would keep everybody
    /// out, and nobody could be cut off.
    pub fn lookups(&self) -> &Adapted<DatabaseConnection> {
        &self.0.lookups
    }

    /// A connection of its own for figures of the whole clinic. Were it one of those that read, requests that hold one
    /// each and wait for figures would wait for each other.
    pub fn overview(&self) -> &Adapted<DatabaseConnection> {
        &self.0.overview
    }

    /// Connections of their own for the log of changes, so that live updates neither wait for requests nor keep them
    /// waiting.
    pub fn log(&self) -> &Adapted<DatabaseConnection> {
        &self.0.log
    }

    /// How many connections read at the same time, at most.
    pub fn read_connections(&self) -> usize {
        let most = match &self.0.reads {
            Pool::Postgres(pool) => pool.options().get_max_connections(),
            Pool::Sqlite(pool) => pool.options().get_max_connections(),
        };
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// The connection for migrations, the demo and verification: values are not adapted and nothing is audited.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0.writes
    }

    /// Counts statements that the read engine ran.
    pub(crate) fn count(&self, statements: u64) {
        self.0.statements.fetch_add(statements, Ordering::Relaxed);
    }

    /// How many statements the read engine has run since the start.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), DbError> {
        match &self.0.reads {
            Pool::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(|_| ())?,
            Pool::Sqlite(pool) => sqlx::query("SELECT 1").execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Closes all connections, after what runs on them.
    ///
    /// # Errors
    /// When the database does not say goodbye.
    pub async fn close(self) -> Result<(), DbError> {
        match &self.0.reads {
            Pool::Postgres(pool) => pool.close().await,
            Pool::Sqlite(pool) => pool.close().await,
        }
        self.0.overview.inner().clone().close().await?;
        self.0.log.inner().clone().close().await?;
        self.0.records.inner().clone().close().await?;
        Ok(self.0.writes.clone().close().await?)
    }
}

/// Does what must not stop half way, also when nobody waits for it any more. So transactions are begun: the driver forgets
/// a BEGIN whose answer it did not see, the connection goes back to its pool in an open transaction, and whoever gets it
/// next would read what was there long ago.
///
/// # Errors
/// When the process is about to end, or the work panics.
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
    tokio::spawn(work).await
}

/// What a database is reached by.
struct Connections {
    reads: Pool,
    lookups: DatabaseConnection,
    overview: DatabaseConnection,
    log: DatabaseConnection,
    records: DatabaseConnection,
    writes: DatabaseConnection,
}

async fn postgres(url: &DatabaseUrl, options: &DbOptions) -> Result<Connections, DbError> {
    let connect: PgConnectOptions =
        url.secret().parse().map_err(|_| DbError::Url("not a PostgreSQL URL".to_owned()))?;
    let connect = connect.application_name("patientgraph").disable_statement_logging();
    let pool = |most| {
        let pool = PgPoolOptions::new().max_connections(most).acquire_timeout(options.acquire_timeout);
        // A connection that was just used needs no ping, which would be a third of a small query's round trips.
        pool.test_before_acquire(false).before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
    };
    // Reads are short: planning each anew was a sixth of a small query's cost, and starting parallel workers takes
    // longer than any of them. An index that has all that is asked is taken before the whole table, as for figures below:
    // a search would else be counted in twice the time.
    let reads = connect.clone().options([
        ("plan_cache_mode", "force_generic_plan"),
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("random_page_cost", "1.1"),
    ]);
    // Figures come from indexes alone where an index has all that is asked, and compiling them takes longer than them.
    let overview = connect.clone().options([("jit", "off"), ("random_page_cost", "1.1")]);
    let orm = SqlxPostgresConnector::from_sqlx_postgres_pool;
    Ok(Connections {
        reads: Pool::Postgres(pool(options.max_read_connections).connect_with(reads).await?),
        lookups: orm(pool(LOOKUPS).connect_lazy_with(connect.clone())),
        overview: orm(pool(1).connect_lazy_with(overview.clone())),
        log: orm(pool(LOG).connect_lazy_with(connect.clone())),
        records: orm(pool(options.record_connections).connect_lazy_with(overview)),
        // Whoever waits longer for another's write than for SQLite's lock is told to try again.
        writes: orm(pool(options.max_read_connections)
            .connect_with(connect.options([("lock_timeout", "10s")]))
            .await?),
    })
}

async fn sqlite(url: &DatabaseUrl, options: &DbOptions) -> Result<Connections, DbError> {
    let file = url.file().ok_or_else(|| DbError::Url("a SQLite database is a file".to_owned()))?;
    let connect = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        .disable_statement_logging();
    let pool = |connections| {
        let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(options.acquire_timeout);
        // A file does not hang up.
        pool.test_before_acquire(false)
    };
    // One connection writes: within the process writers queue here instead of meeting "database is locked". It comes
    // first, because it may have to make the file.
    let writes = pool(1).acquire_timeout(BUSY.max(options.acquire_timeout)).connect_with(connect.clone()).await?;
    let connect = connect.pragma("query_only", "ON");
    let orm = SqlxSqliteConnector::from_sqlx_sqlite_pool;
    Ok(Connections {
        reads: Pool::Sqlite(pool(options.max_read_connections).connect_with(connect.clone()).await?),
        lookups: orm(pool(LOOKUPS).connect_lazy_with(connect.clone())),
        overview: orm(pool(1).connect_lazy_with(connect.clone())),
        log: orm(pool(LOG).connect_lazy_with(connect.clone())),
        records: orm(pool(options.record_connections).connect_lazy_with(connect)),
        writes: orm(writes),
    })
}
