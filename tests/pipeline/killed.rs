//! Workers are killed, frozen and woken at random: every request comes to its end, no report is lost or made twice.
//!
//! The test is short; to measure, give it time and the release build:
//!
//!     PATIENTGRAPH_TEST_SECONDS=600 PATIENTGRAPH_TEST_REQUESTS=5000 \
//!         cargo test --release --locked -p tests --test patientgraph -- --nocapture --test-threads 1 pipeline::killed

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use tempfile::TempDir;

use crate::on_both;
use crate::support::binary;
use crate::support::database::{Backend, TestDatabase};
use crate::support::dice::Dice;
use crate::support::factory::Factory;

on_both!(every_request_comes_to_its_end);

const TYPES: [&str; 4] = ["comprehensive", "summary", "patient_friendly", "follow_up"];
/// So many processes are killed at least.
const FEWEST: u32 = 4;
/// Of so many patients one has nothing to report.
const EMPTY: usize = 25;

fn setting(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

async fn every_request_comes_to_its_end(database: TestDatabase) {
    let requests = setting("PATIENTGRAPH_TEST_REQUESTS", 400);
    let seconds = setting("PATIENTGRAPH_TEST_SECONDS", 8);
    let patients = enter(&database, requests.div_ceil(TYPES.len())).await;
    let connection = database.connect().await;
    let processes = if database.backend == Backend::Postgres { 4 } else { 2 };
    let mut workers = Workers::new(&database, processes);
    let seed = setting("PATIENTGRAPH_TEST_SEED", std::process::id() as usize);
    eprintln!("PATIENTGRAPH_TEST_SEED={seed}");
    let mut dice = Dice::new(seed as u64);
    let (begun, time) = (Instant::now(), Duration::from_secs(seconds as u64));
    let (mut kills, mut freezes, mut asked) = (0, 0, 0);
    // On a busy machine a process takes long to begin: then it goes on until enough were killed.
    while begun.elapsed() < time || kills < FEWEST {
        // There is work all the time.
        let due = (patients.len() as f64 * (begun.elapsed().as_secs_f64() / time.as_secs_f64() + 0.1)) as usize;
        let due = due.clamp(asked, patients.len());
        if request(&connection, &patients[asked..due]).await {
            asked = due;
        }
        tokio::time::sleep(Duration::from_millis(50 + dice.below(500) as u64)).await;
        let which = dice.below(processes);
        if dice.chance(60) {
            workers.replace(which);
            kills += 1;
        } else {
            workers.freeze(which, Duration::from_millis(dice.below(6000) as u64));
            freezes += 1;
        }
        workers.wake();
    }
    workers.wake_all();
    while !request(&connection, &patients[asked..]).await {}
    let patience = Instant::now() + Duration::from_secs(240);
    while number(&connection, "SELECT count(*) FROM report_status WHERE status IN ('pending', 'generating')").await > 0
    {
        assert!(Instant::now() < patience, "{:?}: requests are left", states(&connection).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    holds(&database, &connection).await;
    let lost = number(&connection, "SELECT count(*) FROM report_status WHERE retry_count > 0").await;
    eprintln!("{:?}: {kills} kills, {freezes} freezes, {lost} requests had lost attempts", database.backend);
    assert!(kills >= FEWEST, "hardly anything was disturbed");
}

/// What must be true in the end.
async fn holds(database: &TestDatabase, connection: &DatabaseConnection) {
    for (what, found) in [
        ("failed without a cause", "status = 'failed' AND (failure_cause IS NULL OR error_message IS NULL)"),
        ("generated without a report", "status = 'generated' AND report_id IS NULL"),
        (
            "another's report",
            "status = 'generated' AND NOT EXISTS (SELECT 1 FROM medical_reports r WHERE r.id = report_id \
          AND r.patient_id = report_status.patient_id AND r.report_type = report_status.report_type)",
        ),
        ("neither generated nor failed", "status NOT IN ('generated', 'failed')"),
        (
            "failed though there was something to report",
            "status = 'failed' AND failure_cause <> 'worker_lost' AND EXISTS \
          (SELECT 1 FROM predictions p WHERE p.patient_id = report_status.patient_id)",
        ),
    ] {
        let count = number(connection, &format!("SELECT count(*) FROM report_status WHERE {found}")).await;
        assert_eq!(count, 0, "{what}");
    }
    let generated = number(connection, "SELECT count(*) FROM report_status WHERE status = 'generated'").await;
    let reports = number(connection, "SELECT count(*) FROM medical_reports").await;
    let named = number(connection, "SELECT count(DISTINCT report_id) FROM report_status").await;
    assert_eq!((reports, named), (generated, generated), "a report was made twice, or lost");
    let requests = number(connection, "SELECT count(*) FROM report_status").await;
    assert!(generated > requests * 9 / 10, "only {generated} of {requests} were made");
    eprintln!("{:?}: {:?}", database.backend, states(connection).await);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let verified = binary::run(&["verify", "--database-url", &database.url()], directory.path());
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// Asks for a report of each type for each of these patients. Whoever is frozen while it writes keeps all others of a
/// SQLite file waiting: then it is not done.
async fn request(connection: &DatabaseConnection, patients: &[String]) -> bool {
    let row = |patient: &String, kind: &str| format!("('{}', '{patient}', '{kind}')", uuid::Uuid::now_v7());
    let rows: Vec<_> = patients.iter().flat_map(|patient| TYPES.map(|kind| row(patient, kind))).collect();
    if rows.is_empty() {
        return true;
    }
    let insert = format!("INSERT INTO report_status (id, patient_id, report_type) VALUES {}", rows.join(", "));
    match connection.execute_unprepared(&insert).await {
        Ok(_) => true,
        Err(error) if error.to_string().contains("locked") => false,
        Err(error) => panic!("{error}"),
    }
}

/// Patients with a record to report on, but for some.
async fn enter(database: &TestDatabase, patients: usize) -> Vec<String> {
    let rows = Factory::at_once(database).await;
    let doctor = rows.doctor("House", json!({})).await;
    let mut keys = vec![];
    for number in 0..patients {
        let patient = rows.patient(&format!("A-{number}"), json!({})).await;
        if number % EMPTY != 0 {
            let scan = rows.of_patient("mri_scans", &patient, json!({"original_filename": "a.dcm"})).await;
            let found = json!({"mri_scan_id": scan, "binary_result": "detected", "confidence_score": 0.9});
            rows.of_patient("predictions", &patient, found).await;
            rows.consultation(&patient, &doctor, "2026-01-01T09:00:00.000000Z", json!({"status": "completed"})).await;
        }
        keys.push(patient);
    }
    rows.commit().await;
    keys
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.expect(sql).expect("a row").try_get_by_index(0).expect("a number")
}

async fn states(connection: &DatabaseConnection) -> Vec<(String, Option<String>, i64)> {
    let sql = "SELECT status, failure_cause, count(*) FROM report_status GROUP BY status, failure_cause";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.expect(sql);
    let state = |row: &sea_orm::QueryResult| {
        (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap(), row.try_get_by_index(2).unwrap())
    };
    rows.iter().map(state).collect()
}

/// Processes that make reports, with short leases so that what is lost is soon tried again.
struct Workers {
    url: String,
    directory: TempDir,
    processes: Vec<Child>,
    frozen: Vec<Option<Instant>>,
}

impl Workers {
    fn new(database: &TestDatabase, count: usize) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut workers = Self { url: database.url(), directory, processes: vec![], frozen: vec![None; count] };
        for _ in 0..count {
            let process = workers.start();
            workers.processes.push(process);
        }
        workers
    }

    fn start(&self) -> Child {
        let mut command =
            binary::command(&["worker", "--workers", "2", "--database-url", &self.url], self.directory.path());
        command.env("PATIENTGRAPH_REPORTS__LEASE_SECONDS", "2").env("PATIENTGRAPH_REPORTS__RETRY_SECONDS", "1");
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a worker starts")
    }

    /// `kill -9`, and another one in its place.
    fn replace(&mut self, which: usize) {
        self.processes[which].kill().expect("it lives");
        self.processes[which].wait().expect("a child");
        self.frozen[which] = None;
        self.processes[which] = self.start();
    }

    fn freeze(&mut self, which: usize, time: Duration) {
        self.signal(which, Signal::SIGSTOP);
        self.frozen[which] = Some(Instant::now() + time);
    }

    /// Wakes whoever was frozen for long enough.
    fn wake(&mut self) {
        for which in 0..self.processes.len() {
            if self.frozen[which].is_some_and(|until| until <= Instant::now()) {
                self.signal(which, Signal::SIGCONT);
                self.frozen[which] = None;
            }
        }
    }

    fn wake_all(&mut self) {
        self.frozen.iter_mut().for_each(|until| *until = until.map(|_| Instant::now()));
        self.wake();
    }

    fn signal(&self, which: usize, signal: Signal) {
        let pid = i32::try_from(self.processes[which].id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("it lives");
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
