//! The real server, in this process: the router over a test's database, at a time that the test sets.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use patientgraph::clock::Clock;
use patientgraph::config::{HttpSettings, Limits, ServerSettings, Settings};
use patientgraph::db::{Db, DbOptions};
use patientgraph::graphql::{Api, ClinicSettings};
use patientgraph::http::{App, RequestIds, listen};
use patientgraph::identity::Terms;
use patientgraph::report::pipeline::Pipeline;
use sea_orm::DatabaseConnection;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::accounts;
use super::actor::Actor;
use super::clinic;
use super::database::TestDatabase;

/// A running server. It ends with the test.
pub struct TestServer {
    pub database: TestDatabase,
    pub clock: TestClock,
    /// For what HTTP does not show.
    pub db: Db,
    origin: String,
    admin: String,
    connection: DatabaseConnection,
    serving: Serving,
}

/// A server without a database of its own.
pub struct Serving {
    /// For what HTTP does not show.
    pub db: Db,
    /// Where it is: `http://127.0.0.1:4000`.
    pub origin: String,
    app: App,
    stop: Arc<Notify>,
    ended: JoinHandle<bool>,
}

impl Serving {
    /// Serves the database at `url`.
    pub async fn start(url: &str, clock: &TestClock, settings: Settings) -> Self {
        let url = url.parse().expect("a database URL");
        let options = DbOptions {
            max_read_connections: 4,
            acquire_timeout: std::time::Duration::from_secs(20),
            ..DbOptions::default()
        };
        let db = Db::open(&url, &options).await.expect("the database opens");
        let clinic = ClinicSettings { zone: clinic::ZONE, currency: "EUR".to_owned() };
        let terms = Terms::new(accounts::tokens());
        let api = Api::new(db.clone(), Arc::new(clock.clone()), clinic, settings.graphql, terms, Pipeline::default());
        let (app, http) = (App::new(api, db.clone(), settings, RequestIds::new(1)), HttpSettings::default());
        let server = ServerSettings { listen: ([127, 0, 0, 1], 0).into(), ..ServerSettings::default() };
        let listener = listen::bind(&server).await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, router) = (Arc::new(Notify::new()), app.router());
        let stopped = stop.clone();
        let ended = tokio::spawn(async move { listen::serve(listener, router, &http, stopped.notified()).await });
        Self { db, origin, app, stop, ended }
    }

    /// Asks it to stop, as SIGTERM would; whether everything ended in time.
    pub async fn stop(self) -> bool {
        self.app.stop();
        self.stop.notify_one();
        let ended = self.ended.await.expect("the server ends");
        self.app.finish().await;
        ended
    }
}

impl TestServer {
    /// Serves a migrated database on a free port of this machine.
    pub async fn start(database: TestDatabase) -> Self {
        Self::start_within(database, Limits::default()).await
    }

    /// [`start`](Self::start), with other limits than the usual.
    pub async fn start_within(database: TestDatabase, limits: Limits) -> Self {
        Self::start_with(database, Settings { graphql: limits, ..Settings::default() }).await
    }

    /// [`start`](Self::start), with other settings than the usual.
    pub async fn start_with(database: TestDatabase, settings: Settings) -> Self {
        let clock = TestClock::default();
        let serving = Serving::start(&database.url(), &clock, settings).await;
        let connection = database.connect().await;
        let admin = accounts::admin(&connection, clock.now()).await;
        let (db, origin) = (serving.db.clone(), serving.origin.clone());
        Self { database, clock, db, origin, admin, connection, serving }
    }

    /// One more server over the same database.
    pub async fn another(&self) -> Serving {
        Serving::start(&self.database.url(), &self.clock, Settings::default()).await
    }

    /// Asks it to stop, as SIGTERM would; whether everything ended in time.
    pub async fn stop(self) -> bool {
        self.serving.stop().await
    }

    /// The tests' administrator.
    pub fn admin(&self) -> Actor {
        Actor::new(&self.origin, &self.admin)
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Actor {
        Actor::stranger(&self.origin)
    }

    /// Whoever has this account (its key), signed in.
    pub async fn sign_in(&self, user: &str) -> Actor {
        Actor::new(&self.origin, accounts::sign_in(&self.connection, user, self.clock.now()).await)
    }

    /// The agent with this account (its key), by a key with these of the scopes `intake`, `predict` and `report`.
    pub async fn agent(&self, user: &str, scopes: &[&str]) -> Actor {
        Actor::new(&self.origin, accounts::api_key(&self.connection, user, scopes).await)
    }

    /// How many statements reading the answer took.
    pub async fn statements(&self, query: &str, variables: Value) -> u64 {
        let before = self.db.statements();
        self.admin().data(query, variables).await;
        self.db.statements() - before
    }
}

/// A clock that stands until it is set.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    /// The time it shows.
    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panics with the clock in hand")
    }

    /// Sets it.
    pub fn set(&self, instant: &str) {
        *self.0.lock().expect("nobody panics with the clock in hand") = instant.parse().expect("an instant");
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().expect("nobody panics with the clock in hand") += by;
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(clinic::NOW.parse().expect("an instant"))))
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        TestClock::now(self)
    }
}
