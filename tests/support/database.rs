//! A database for one test: empty or migrated, on SQLite or PostgreSQL, gone when the test ends.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use migration::Migrator;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::Cluster;

/// Defines, for each named `async fn(TestDatabase)`, the tests `<name>::sqlite` and `<name>::postgres`, which run it on
/// a migrated database each.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::support::database::TestDatabase::migrated_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::support::database::TestDatabase::migrated_postgres().await).await;
            }
        }
    )+ };
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of this test.
    Sqlite,
    /// A database of this test on the run's server.
    Postgres,
}

/// One database. Dropping it removes it, whatever is connected.
#[derive(Debug)]
pub struct TestDatabase {
    /// Which of the two it is.
    pub backend: Backend,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File { dir: TempDir },
    Server { name: String },
}

impl TestDatabase {
    /// An empty database.
    pub async fn fresh(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::file(),
            Backend::Postgres => Self::on_server("template0").await,
        }
    }

    /// A database with every table, trigger and index, and no row.
    pub async fn migrated(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::migrated_sqlite().await,
            Backend::Postgres => Self::migrated_postgres().await,
        }
    }

    /// [`migrated`](Self::migrated) on SQLite: a copy of one file that was migrated once.
    pub async fn migrated_sqlite() -> Self {
        static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let database = Self::file();
                database.migrate().await;
                std::fs::read(database.path()).expect("the migrated file is there")
            })
            .await;
        let database = Self::file();
        std::fs::write(database.path(), template).expect("a temporary file can be written");
        database
    }

    /// [`migrated`](Self::migrated) on PostgreSQL: a clone of one database that was migrated once. On a server that
    /// outlives the run no such template is left behind, so there each database is migrated by itself.
    pub async fn migrated_postgres() -> Self {
        if !Cluster::get().private {
            let database = Self::on_server("template0").await;
            database.migrate().await;
            return database;
        }
        static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| async {
                let database = Self::on_server("template0").await;
                database.migrate().await;
                database
            })
            .await;
        Self::on_server(template.name()).await
    }

    /// The URL that a user would give: `sqlite:///absolute/path` or `postgres://…`.
    pub fn url(&self) -> String {
        match &self.place {
            Place::File { .. } => format!("sqlite://{}", self.path().display()),
            Place::Server { name } => Cluster::get().url(name),
        }
    }

    /// Connections of the test's own, beside the server's: foreign keys hold, as domain.md asks of every program.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&match &self.place {
            Place::File { .. } => format!("{}?mode=rwc", self.url()),
            Place::Server { .. } => self.url(),
        })
        .await
    }

    /// The SQLite file.
    ///
    /// # Panics
    /// On PostgreSQL, which has none.
    pub fn path(&self) -> PathBuf {
        self.dir().join("clinic.sqlite")
    }

    /// The directory of the SQLite file, for what lies beside it.
    ///
    /// # Panics
    /// On PostgreSQL, which has none.
    pub fn dir(&self) -> &Path {
        match &self.place {
            Place::File { dir } => dir.path(),
            Place::Server { name } => panic!("{name} is not a file"),
        }
    }

    fn name(&self) -> &str {
        match &self.place {
            Place::File { .. } => "main",
            Place::Server { name } => name,
        }
    }

    fn file() -> Self {
        let dir = tempfile::Builder::new().prefix("patientgraph-").tempdir().expect("a temporary directory");
        Self { backend: Backend::Sqlite, place: Place::File { dir } }
    }

    async fn on_server(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("patientgraph_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { backend: Backend::Postgres, place: Place::Server { name } }
    }

    async fn migrate(&self) {
        let connection = self.connect().await;
        Migrator::up(&connection, None).await.expect("the migrations run");
        connection.close().await.expect("the connection closes");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Server { name } = &self.place {
            let statement = format!("DROP DATABASE {name} WITH (FORCE)");
            // A thread, because the test's runtime cannot be waited for from within.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime starts").block_on(administer(&statement));
            });
            if dropping.join().is_err() {
                eprintln!("{name} could not be dropped");
            }
        }
    }
}

async fn administer(statement: &str) {
    let connection = connect(&Cluster::get().url("postgres")).await;
    connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    connection.close().await.expect("the connection closes");
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false);
    Database::connect(options).await.unwrap_or_else(|error| panic!("{url}: {error}"))
}
