//! Another process that keeps SQLite's one place to write.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};

use super::Writers;
use super::people::People;
use crate::support::actor::Actor;
use crate::support::binary::Running;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::Factory;

/// Longer than the server waits for another process.
const TOO_LONG: Duration = Duration::from_millis(10_500);

/// A database with people, and a connection of its own process: that of these tests.
async fn clinic() -> (TestDatabase, Arc<People>, DatabaseConnection) {
    let database = TestDatabase::migrated(Backend::Sqlite).await;
    let factory = Factory::new(&database).await;
    let people = Arc::new(People::enter(&factory).await);
    factory.connection.close().await.unwrap();
    let mut options = sea_orm::ConnectOptions::new(database.url());
    options.max_connections(1).sqlx_logging(false);
    (database, people, sea_orm::Database::connect(options).await.unwrap())
}

async fn run(conn: &DatabaseConnection, statement: &str) {
    conn.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn register(actor: &Actor, mrn: &str) -> Value {
    let mutation = "mutation($input: CreatePatientInput!) { createPatient(input: $input) {
        patient { mrn } userErrors { code } } }";
    actor.query(mutation, json!({"input": {"mrn": mrn, "name": "Bo"}})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_of_seconds_delays_writers_and_fails_none() {
    let (database, people, other) = clinic().await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Running::start(&["serve", "--database-url", &database.url()], directory.path());
    let end = Instant::now() + Duration::from_secs(5);
    let writers = Writers::begin(&server.admin(&database.url()).await, &people, super::WRITERS, 0, end);
    tokio::time::sleep(Duration::from_millis(500)).await;
    run(&other, "BEGIN IMMEDIATE").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = Instant::now();
    run(&other, "ROLLBACK").await;
    let journal = writers.noted().await;
    assert!(before.elapsed() < Duration::from_secs(5), "writers go on at once");
    assert_eq!(journal.errors, Vec::<String>::new());
    let longest = journal.took.iter().max().expect("an answer");
    assert!(*longest > Duration::from_secs(2), "nobody waited: {longest:?}");
    journal.check(&other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_stays_is_an_error_that_passes() {
    let (database, _, other) = clinic().await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = Running::start(&["serve", "--database-url", &database.url()], directory.path());
    let actor = server.admin(&database.url()).await;
    run(&other, "BEGIN IMMEDIATE").await;
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let actor = actor.clone();
            tokio::spawn(async move { register(&actor, &format!("L-{number}")).await })
        })
        .collect();
    tokio::time::sleep(TOO_LONG).await;
    for writer in writers {
        let answer = writer.await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
        assert_eq!(answer["data"], json!({"createPatient": null}), "{answer}");
    }
    let read = actor.data("{ patients(first: 1) { nodes { mrn } } }", json!({})).await;
    assert!(read["patients"]["nodes"][0]["mrn"].is_string(), "readers need no lock: {read}");
    run(&other, "ROLLBACK").await;
    let written = register(&actor, "L-1").await;
    assert_eq!(written["data"]["createPatient"]["userErrors"], json!([]), "nothing of it was written: {written}");
    let (_, log) = server.stop(Duration::from_secs(10));
    assert!(!log.contains("internal error"), "{log}");
}
