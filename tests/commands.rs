//! The program's commands, as an operator runs them.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::accounts::ADMIN;
use crate::support::binary::{self, Running};
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::Factory;

const PATIENCE: Duration = Duration::from_secs(10);
const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that must fail; answers what it said.
fn refused(arguments: &[&str], directory: &Path) -> String {
    let output = binary::run(arguments, directory);
    assert!(!output.status.success(), "{arguments:?} succeeds: {}", text(&output));
    text(&output)
}

#[tokio::test]
async fn a_demo_answers_stops_and_is_served_again() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let arguments = ["demo", "--json", "--database-url", &url, "--patients", "30"];
        let demo = Running::start(&arguments, directory.path());
        assert_eq!(demo.ready["database_url"], url);
        assert!(demo.ready["graphiql"].as_str().is_some_and(|page| page.ends_with("/graphiql")), "{}", demo.ready);
        let nested =
            "{ patients(first: 5) { totalCount nodes { name statistics { totalConsultations } doctors { totalCount }
            timeline(first: 3) { nodes { title source { __typename } } } reports { nodes { title } } } } }";
        let answer = demo.admin(&url).await.data(nested, json!({})).await;
        let patients = answer["patients"]["totalCount"].as_u64().expect("a count");
        assert!((1..=30).contains(&patients), "{answer}");
        let (status, log) = demo.stop(PATIENCE);
        assert!(status.success(), "{status}\n{log}");
        let names: Vec<&str> =
            answer["patients"]["nodes"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
        assert!(names.iter().all(|name| !log.contains(name)), "the log names patients: {log}");

        let again = Running::start(&["demo", "--json", "--database-url", &url, "--patients", "7"], directory.path());
        assert_eq!(again.admin(&url).await.data(nested, json!({})).await, answer, "served as it is");
        drop(again);
        let verified = binary::run(&["verify", "--database-url", &url], directory.path());
        assert!(verified.status.success(), "{}", text(&verified));
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_demo() {
    let directory = directory();
    let query = "{ patients(first: 20) { nodes { id name timeline(first: 100) { nodes { id title eventDate } } } } }";
    let mut answers = vec![];
    for (data, seed) in [("one", "3"), ("two", "3"), ("three", "4")] {
        let demo =
            Running::start(&["demo", "--json", "--data", data, "--patients", "20", "--seed", seed], directory.path());
        let url = format!("sqlite://{}/{data}/patientgraph.db", directory.path().display());
        answers.push(demo.admin(&url).await.data(query, json!({})).await);
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0], answers[2]);
}

#[tokio::test]
async fn a_demo_leaves_other_databases_alone() {
    for backend in BOTH {
        let directory = directory();
        let foreign = TestDatabase::fresh(backend).await;
        foreign.connect().await.execute_unprepared("CREATE TABLE invoices (id bigint)").await.unwrap();
        refused(&["demo", "--listen", "127.0.0.1:0", "--database-url", &foreign.url()], directory.path());
        refused(&["serve", "--listen", "127.0.0.1:0", "--database-url", &foreign.url()], directory.path());
        let real = TestDatabase::migrated(backend).await;
        Factory::new(&real).await.patient("A-1", json!({})).await;
        refused(&["demo", "--listen", "127.0.0.1:0", "--database-url", &real.url()], directory.path());
        let patients = real.connect().await.execute_unprepared("UPDATE patients SET phone = '1'").await.unwrap();
        assert_eq!(patients.rows_affected(), 1, "the patient is there alone");
    }
}

#[test]
fn only_this_machine_is_served() {
    let directory = directory();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let said = refused(&["serve", "--listen", address], directory.path());
        assert!(said.contains("--tls-cert") && said.contains("--trusted-proxy"), "{said}");
        let said = refused(&["demo", "--listen", address], directory.path());
        assert!(said.contains("passwords"), "{said}");
    }
}

#[test]
fn unknown_settings_are_refused() {
    let directory = directory();
    std::fs::write(directory.path().join("settings.toml"), "[server]\nlistn = \"127.0.0.1:0\"\n").unwrap();
    let said = refused(&["--config", "settings.toml", "serve"], directory.path());
    assert!(said.contains("listn"), "{said}");
    let help = text(&binary::run(&["--help"], directory.path()));
    assert!(
        ["serve", "demo", "backup", "migrate", "schema", "verify"].iter().all(|command| help.contains(command)),
        "{help}"
    );
}

#[test]
fn the_schema_is_printed() {
    let printed = binary::run(&["schema"], directory().path());
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), patientgraph::graphql::Api::sdl());
}

#[tokio::test]
async fn migrations_go_forward_and_back() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let migrate = |arguments: &[&str]| {
            let output = binary::run(&[&["migrate"], arguments, &["--database-url", &url]].concat(), directory.path());
            assert!(output.status.success(), "{}", text(&output));
            let lines = String::from_utf8(output.stdout).unwrap();
            (lines.matches("applied").count(), lines.matches("pending").count())
        };
        let (none, all) = migrate(&["status"]);
        assert!(none == 0 && all >= 2);
        assert_eq!(migrate(&["up"]), (all, 0));
        assert_eq!(migrate(&["status"]), (all, 0));
        assert_eq!(migrate(&["down"]), (all - 1, 1));
        assert_eq!(migrate(&["down", "--steps", "99"]), (0, all));
        assert_eq!(migrate(&["up"]), (all, 0));
    }
}

#[tokio::test]
async fn data_on_a_server_are_migrated_only_when_told() {
    let directory = directory();
    let database = TestDatabase::migrated(Backend::Postgres).await;
    Factory::new(&database).await.patient("A-1", json!({})).await;
    let url = database.url();
    let said = refused(&["migrate", "down", "--database-url", &url], directory.path());
    assert!(said.contains("--discard-data"), "{said}");
    let backups = directory.path().join("backups").display().to_string();
    let down = ["migrate", "down", "--discard-data", "--database-url", &url, "--backups", &backups];
    let down = binary::run(&down, directory.path());
    assert!(down.status.success(), "{}", text(&down));
    let said = refused(&["serve", "--listen", "127.0.0.1:0", "--database-url", &url], directory.path());
    assert!(said.contains("patientgraph migrate up"), "{said}");
    let server = Running::start(&["serve", "--migrate", "--database-url", &url], directory.path());
    server.admin(&url).await.data("{ patients { totalCount } }", json!({})).await;
}

#[tokio::test]
async fn an_older_file_is_backed_up_before_it_is_migrated() {
    let directory = directory();
    let database = TestDatabase::migrated(Backend::Sqlite).await;
    Factory::new(&database).await.patient("A-1", json!({})).await;
    let url = database.url();
    let backups = || std::fs::read_dir(database.dir().join("backups")).map_or(0, Iterator::count);
    let down = binary::run(&["migrate", "down", "--database-url", &url], directory.path());
    assert!(down.status.success(), "{}", text(&down));
    // A file and its manifest.
    assert_eq!(backups(), 2);
    let server = Running::start(&["serve", "--database-url", &url], directory.path());
    assert_eq!(backups(), 4);
    assert!(server.stop(PATIENCE).0.success());
}

#[tokio::test]
async fn two_servers_that_start_together_build_the_schema_once() {
    for backend in BOTH {
        let directory = directory();
        let database = TestDatabase::fresh(backend).await;
        let url = database.url();
        let start = || {
            let (url, directory) = (url.clone(), directory.path().to_owned());
            tokio::task::spawn_blocking(move || Running::start(&["serve", "--database-url", &url], &directory))
        };
        let (one, other) = (start(), start());
        let servers = [one.await.unwrap(), other.await.unwrap()];
        for server in &servers {
            server.admin(&url).await.data("{ patients { totalCount } }", json!({})).await;
        }
        let built =
            servers.iter().flat_map(|server| &server.before).filter(|line| line.contains("building the schema"));
        assert_eq!(built.count(), 1);
        for server in servers {
            assert!(server.stop(PATIENCE).0.success());
        }
    }
}

#[tokio::test]
async fn each_request_is_one_line_without_its_data() {
    let directory = directory();
    let server = Running::start(&["serve"], directory.path());
    let query = "query SecretQuestion($mrn: String) { patient(mrn: $mrn) { name } }";
    let url = format!("sqlite://{}/patientgraph-data/patientgraph.db", directory.path().display());
    server.admin(&url).await.data(query, json!({"mrn": "MRN-4711"})).await;
    let (status, log) = server.stop(PATIENCE);
    assert!(status.success(), "{status}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line.to_string().contains("/graphql")).collect();
    assert_eq!(requests.len(), 1, "{log}");
    let request = requests[0].to_string();
    assert!(request.contains("SecretQuestion") && request.contains("\"statements\":1"), "{request}");
    assert_eq!(requests[0]["viewer"], ADMIN, "{request}");
    assert!(!log.contains("MRN-4711") && !log.contains("mrn: $mrn"), "{log}");
}

/// A clinic in which somebody did what domain.md asks programs not to do.
async fn broken_by(statements: impl Fn(&str) -> String) -> (TestDatabase, String) {
    let database = TestDatabase::migrated(Backend::Sqlite).await;
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    factory.consultation(&patient, &doctor, "2025-01-01T00:00:00.000000Z", json!({"diagnosis": "Tremor"})).await;
    let before = binary::run(&["verify", "--database-url", &database.url()], database.dir());
    assert!(before.status.success(), "{}", text(&before));
    factory.run(&format!("PRAGMA foreign_keys=OFF; PRAGMA recursive_triggers=OFF; {}", statements(&patient))).await;
    factory.connection.close().await.unwrap();
    (database, patient)
}

fn verify(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String) {
    let url = database.url();
    let output = binary::run(&[&["verify", "--database-url", &url], arguments].concat(), database.dir());
    (output.status.code(), text(&output))
}

#[tokio::test]
async fn verification_mends_figures_and_events() {
    // REPLACE fires no trigger for the row that goes.
    let (database, patient) = broken_by(|patient| {
        format!(
            "INSERT OR REPLACE INTO consultations (id, patient_id, doctor_id, status, consultation_date)
             SELECT id, patient_id, doctor_id, 'scheduled', consultation_date FROM consultations
             WHERE patient_id = '{patient}'"
        )
    })
    .await;
    let (code, said) = verify(&database, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&patient) && said.contains("total_consultations"), "{said}");
    let (code, said) = verify(&database, &["--repair"]);
    assert_eq!(code, Some(1), "what was mended did differ: {said}");
    let (code, said) = verify(&database, &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn verification_finds_rows_of_patients_who_are_gone() {
    let (database, _) = broken_by(|patient| format!("DELETE FROM patients WHERE patient_id = '{patient}'")).await;
    let (code, said) = verify(&database, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("consultations") && said.contains("missing"), "{said}");
}
