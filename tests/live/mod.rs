//! Live updates: who is told what, in which order, and how sockets behave.

mod dashboard;
mod limits;
mod order;
mod people;
mod protocol;
mod requests;
mod servers;
mod storm;
mod timeline;

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::actor::Actor;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;
use crate::support::socket::Socket;

const TIMELINE: &str =
    "subscription($patient: ID!, $after: String) { timelineChanged(patientId: $patient, after: $after) {
    position kind eventId event { id title patientVisible patient { mrn } } } }";
const REQUESTS: &str =
    "subscription($patient: ID, $after: String) { reportRequestChanged(patientId: $patient, after: $after) {
    position kind requestId reportRequest { id status patient { mrn } } } }";

/// Ada's doctor is Ute, and a program works for her. Bob is nobody's. All but Bob have accounts.
struct Ward {
    server: TestServer,
    rows: Factory,
    /// Keys of patients, by name.
    patients: BTreeMap<&'static str, String>,
    accounts: BTreeMap<&'static str, String>,
    doctor: String,
    assignment: String,
}

impl Ward {
    async fn open(database: TestDatabase) -> Self {
        let rows = Factory::new(&database).await;
        let mut accounts = BTreeMap::new();
        for (name, role) in [("ute", "doctor"), ("carl", "doctor"), ("ada", "patient"), ("program", "agent")] {
            accounts.insert(name, rows.user(name, role).await);
        }
        let doctor = rows.doctor("Ute", json!({"user_id": accounts["ute"]})).await;
        rows.doctor("Carl", json!({"user_id": accounts["carl"]})).await;
        let ada = rows.patient("A", json!({"name": "Ada", "user_id": accounts["ada"]})).await;
        let bob = rows.patient("B", json!({"name": "Bob"})).await;
        let assignment = rows.assignment(&ada, &doctor, json!({})).await;
        rows.of_patient("sessions", &ada, json!({"agent_id": accounts["program"], "status": "active"})).await;
        let server = TestServer::start(database).await;
        let patients = BTreeMap::from([("ada", ada), ("bob", bob)]);
        Self { server, rows, patients, accounts, doctor, assignment }
    }

    /// Whoever has the account of this name.
    async fn actor(&self, name: &str) -> Actor {
        match name {
            "admin" => self.server.admin(),
            "program" => self.server.agent(&self.accounts[name], &["intake"]).await,
            _ => self.server.sign_in(&self.accounts[name]).await,
        }
    }

    /// The id of a patient.
    fn patient(&self, name: &str) -> String {
        id("Patient", &self.patients[name])
    }

    /// The key of a note in a patient's timeline, written by another program.
    async fn note(&self, patient: &str, title: &str, visible: bool) -> String {
        let row = json!({"event_type": "note", "event_title": title, "patient_visible": visible});
        self.rows.of_patient("patient_timeline", &self.patients[patient], row).await
    }

    /// Where live updates stand, once all that was written so far is settled.
    async fn position(&self) -> String {
        settle(&self.rows.connection).await;
        position(&self.server.admin()).await
    }

    /// A socket of somebody who follows a patient's timeline from a position on.
    async fn following(&self, who: &str, patient: &str, after: &str) -> (Socket, String) {
        let mut socket = Socket::of(&self.actor(who).await).await;
        let variables = json!({"patient": self.patient(patient), "after": after});
        let id = socket.subscribe(TIMELINE, variables).await;
        (socket, id)
    }
}

async fn position(actor: &Actor) -> String {
    let data = actor.data("{ livePosition }", json!({})).await;
    data["livePosition"].as_str().expect("a position").to_owned()
}

/// Waits until all that was written is settled: other tests keep transactions open on the same PostgreSQL.
async fn settle(connection: &DatabaseConnection) {
    if connection.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let sql = "SELECT COALESCE(max(tx) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint, TRUE) FROM changes";
    for _ in 0..1_000 {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = connection.query_one_raw(statement).await.expect("an answer").expect("a row");
        if row.try_get_by_index(0).expect("yes or no") {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("what was written is not settled");
}

/// Kind and title of the next change in a timeline; the title is none where the event is gone.
async fn told(socket: &mut Socket, id: &str) -> (String, Option<String>) {
    let change = change(socket, id).await;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (text(&change["kind"]).expect("a kind"), text(&change["event"]["title"]))
}

/// The next change in a timeline.
async fn change(socket: &mut Socket, id: &str) -> Value {
    socket.data(id).await["timelineChanged"].take()
}

fn pair(kind: &str, title: &str) -> (String, Option<String>) {
    (kind.to_owned(), Some(title.to_owned()))
}

fn gone() -> (String, Option<String>) {
    ("REMOVED".to_owned(), None)
}
