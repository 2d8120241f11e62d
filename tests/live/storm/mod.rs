//! Many sockets on two servers over one database, while rows are written at random and clients and servers are cut at
//! random: what each client was told is what it was allowed to see, once, in order.
//!
//! `PATIENTGRAPH_TEST_LIVE_SOCKETS` and `PATIENTGRAPH_TEST_LIVE_EVENTS` say how much of it, `PATIENTGRAPH_TEST_LIVE_PACE`
//! how many milliseconds a writer rests at most. A run of its own says how long it took from the commit to the receipt:
//! `PATIENTGRAPH_TEST_LIVE_SOCKETS=500 PATIENTGRAPH_TEST_LIVE_EVENTS=10000 PATIENTGRAPH_TEST_LIVE_PACE=400 \
//! cargo test --release -p tests storm::a_storm::postgres -- --nocapture`

mod client;
mod writer;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use patientgraph::clock::{Clock, SystemClock};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use tempfile::TempDir;

use self::client::{Client, Told};
use self::writer::{Commits, write};
use crate::on_both;
use crate::support::accounts;
use crate::support::binary::Running;
use crate::support::database::TestDatabase;
use crate::support::dice::Dice;
use crate::support::factory::{Factory, id};

on_both!(a_storm);

/// An event is visible to so many clients at most.
const WATCHERS: usize = 20;
const WRITERS: usize = 4;
/// What is on its way at the end arrives in this time.
const PATIENCE: Duration = Duration::from_secs(120);

fn setting(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Where the servers are; a cut one comes back elsewhere.
type Addresses = Arc<Mutex<[String; 2]>>;

async fn a_storm(database: TestDatabase) {
    let sockets = setting("PATIENTGRAPH_TEST_LIVE_SOCKETS", 24);
    let events = setting("PATIENTGRAPH_TEST_LIVE_EVENTS", 240);
    let pace = setting("PATIENTGRAPH_TEST_LIVE_PACE", 20);
    let seed = u64::from(std::process::id());
    eprintln!("a storm of {events} events over {sockets} sockets, seed {seed}");
    let rows = Factory::at_once(&database).await;
    let mut patients = vec![];
    for number in 0..sockets.div_ceil(WATCHERS).max(2) {
        let user = rows.user(&format!("p{number}"), "patient").await;
        patients.push(rows.patient(&format!("P-{number}"), json!({"user_id": user})).await);
        rows.commit().await;
    }
    let mut servers = Servers::start(&database);
    let clients = clients(&rows, &servers, &patients, sockets).await;

    let (done, commits) = (Arc::new(AtomicBool::new(false)), Commits::default());
    let mut running = vec![];
    for (number, client) in clients.into_iter().enumerate() {
        running.push(tokio::spawn(client.run(Dice::new(seed + number as u64), done.clone())));
    }
    let mut writers = vec![];
    for number in 0..WRITERS {
        let (connection, dice) = (database.connect().await, Dice::new(seed * 7 + number as u64));
        let writer = write(connection, dice, patients.clone(), (events / WRITERS, pace), commits.clone());
        writers.push(tokio::spawn(writer));
    }
    let mut dice = Dice::new(seed);
    while writers.iter().any(|writer| !writer.is_finished()) {
        tokio::time::sleep(Duration::from_millis(700 + dice.below(2_000) as u64)).await;
        servers.cut(dice.below(2));
    }
    for writer in writers {
        writer.await.expect("a writer");
    }
    super::settle(&rows.connection).await;
    let expected = expected(&rows.connection).await;
    done.store(true, Ordering::Relaxed);
    let mut delays = vec![];
    let mut told = 0;
    let end = Instant::now() + PATIENCE;
    for client in running {
        let client = tokio::time::timeout_at(end.into(), client).await.expect("all is told in time").expect("a client");
        let allowed: Vec<_> = expected.iter().filter_map(|change| change.to(&client)).collect();
        assert_eq!(client.told, allowed, "{}", client.about());
        assert_eq!(client.left(), stored(&rows.connection, &client).await, "{}", client.about());
        told += client.told.len();
        delays.extend(client.delays(&commits));
    }
    delays.sort_unstable();
    let share = |share: usize| delays.get(delays.len() * share / 100).copied().unwrap_or_default();
    eprintln!(
        "{told} changes were told, of {} in the log; servers were cut {} times; from the commit to the receipt: p50 {:?}, \
         p99 {:?} of {}",
        expected.len(),
        servers.cuts,
        share(50),
        share(99),
        delays.len(),
    );
    assert!(told > events / 2, "{told}");
}

/// The clients: of each patient the patient, and doctors of theirs.
async fn clients(rows: &Factory, servers: &Servers, patients: &[String], sockets: usize) -> Vec<Client> {
    let now = SystemClock.now();
    let after = servers.position(rows).await;
    let mut clients = vec![];
    for number in 0..sockets {
        let patient = &patients[number % patients.len()];
        let is_patient = number < patients.len();
        let user = if is_patient {
            user_of(&rows.connection, patient).await
        } else {
            let user = rows.user(&format!("d{number}"), "doctor").await;
            let doctor = rows.doctor(&format!("Dr {number}"), json!({"user_id": user})).await;
            rows.assignment(patient, &doctor, json!({"assignment_type": "consultant"})).await;
            rows.commit().await;
            user
        };
        let token = accounts::sign_in(&rows.connection, &user, now).await;
        let addresses = servers.addresses.clone();
        clients.push(Client::new(addresses, token, patient.clone(), is_patient, after.clone()));
    }
    clients
}

async fn user_of(connection: &DatabaseConnection, patient: &str) -> String {
    let sql = format!("SELECT CAST(user_id AS TEXT) FROM patients WHERE patient_id = '{patient}'");
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.expect("an answer").expect("a row").try_get_by_index(0).expect("a key")
}

/// Two servers over one database.
struct Servers {
    running: [Option<Running>; 2],
    addresses: Addresses,
    url: String,
    directory: TempDir,
    cuts: usize,
}

impl Servers {
    fn start(database: &TestDatabase) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = database.url();
        let start = || Running::start(&["serve", "--database-url", &url], directory.path());
        let running = [start(), start()];
        let addresses = Arc::new(Mutex::new(running.each_ref().map(Running::address)));
        Self { running: running.map(Some), addresses, url, directory, cuts: 0 }
    }

    /// Kills one, which comes back somewhere else.
    fn cut(&mut self, which: usize) {
        drop(self.running[which].take());
        let server = Running::start(&["serve", "--database-url", &self.url], self.directory.path());
        self.addresses.lock().expect("nobody panics with it")[which] = server.address();
        self.running[which] = Some(server);
        self.cuts += 1;
    }

    async fn position(&self, rows: &Factory) -> String {
        super::settle(&rows.connection).await;
        let server = self.running[0].as_ref().expect("a server");
        super::position(&server.admin(&self.url).await).await
    }
}

/// A change as the log has it.
struct Logged {
    patient: String,
    told: Told,
    shown_before: bool,
    shown_after: bool,
}

impl Logged {
    /// What a client was to be told of it.
    fn to(&self, client: &Client) -> Option<Told> {
        if self.patient != client.patient {
            return None;
        }
        let kind = match (client.is_patient, self.shown_before, self.shown_after) {
            (false, ..) => self.told.kind.clone(),
            (true, false, false) => return None,
            (true, false, true) => "ADDED".to_owned(),
            (true, true, false) => "REMOVED".to_owned(),
            (true, true, true) => "CHANGED".to_owned(),
        };
        Some(Told { kind, ..self.told.clone() })
    }
}

async fn expected(connection: &DatabaseConnection) -> Vec<Logged> {
    let sql = "SELECT CAST(row_key AS TEXT), what, CAST(patient_id AS TEXT), shown_before, shown_after FROM changes \
               WHERE about = 'timeline' ORDER BY tx, number";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    let rows = rows.expect("the log").into_iter().map(|row| {
        let text = |at| row.try_get_by_index::<String>(at).expect("a text");
        let flag = |at| row.try_get_by_index::<bool>(at).expect("a flag");
        let told = Told { event: id("TimelineEvent", &text(0)), kind: text(1).to_uppercase() };
        Logged { patient: text(2), told, shown_before: flag(3), shown_after: flag(4) }
    });
    rows.collect()
}

/// The events that a client sees at the end, whatever the log says.
async fn stored(connection: &DatabaseConnection, client: &Client) -> BTreeSet<String> {
    let visible = if client.is_patient { "AND patient_visible" } else { "" };
    let sql =
        format!("SELECT CAST(id AS TEXT) FROM patient_timeline WHERE patient_id = '{}' {visible}", client.patient);
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
    let key = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(0).expect("a key");
    rows.expect("rows").iter().map(|row| id("TimelineEvent", &key(row))).collect()
}
