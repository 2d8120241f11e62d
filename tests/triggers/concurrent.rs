//! Eight writers at once on PostgreSQL; SQLite has one.

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

use super::{model, script};
use crate::support::database::TestDatabase;
use crate::support::dice::Dice;

const WRITERS: u64 = 8;

fn is_deadlock(error: &str) -> bool {
    error.contains("deadlock detected")
}

/// Random statements, every third time two in one transaction. Statements may be refused and transactions may deadlock:
/// they are over the same few rows.
async fn write_at_random(conn: DatabaseConnection, writer: u64) {
    let mut dice = Dice::new(writer);
    for _ in 0..60 {
        let statement = script::statement(&mut dice);
        if dice.chance(66) {
            let _refused = conn.execute_unprepared(&statement).await;
        } else {
            let transaction = conn.begin().await.unwrap();
            let first = transaction.execute_unprepared(&statement).await;
            let second = script::statement(&mut dice);
            if first.is_ok() && transaction.execute_unprepared(&second).await.is_ok() {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_leave_no_lie() {
    let database = TestDatabase::migrated_postgres().await;
    // Writers of the same few rows wait for each other in circles; a second each time would be most of the test.
    let conn = database.connect().await;
    let shorten =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 20', current_database()); END $$";
    conn.execute_unprepared(shorten).await.unwrap();
    conn.close().await.unwrap();
    let conn = database.connect().await;
    for round in 0..2 {
        for statement in script::nobody() {
            conn.execute_unprepared(statement).await.unwrap();
        }
        for statement in script::people() {
            conn.execute_unprepared(&statement).await.unwrap();
        }
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write_at_random(conn.clone(), round * WRITERS + writer))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        if let Err(difference) = model::compare(&conn).await {
            panic!("{difference}");
        }
    }
}

/// One statement per transaction, on busy patients of whom some are being deleted. Not among them: an UPDATE that makes
/// a new row of the patient (a revision, a first diagnosis). Its foreign key asks for the patient after the visit, a
/// deletion for the visit after the patient; PostgreSQL ends one of the two, and `db.write` repeats it.
async fn write_one_by_one(conn: DatabaseConnection, writer: u64) -> usize {
    let mut dice = Dice::new(writer);
    let mut deadlocks = 0;
    for number in 0..60 {
        let patient = format!("'10000000-0000-7000-8000-0000000000{:02x}'", dice.below(4));
        let id = format!("'6{writer:07x}-0000-7000-8000-{number:012x}'");
        let statement = match dice.below(12) {
            0..=5 => format!(
                "INSERT INTO consultations (id, patient_id, doctor_id, diagnosis) \
                 SELECT {id}, {patient}, doctor_id, 'tremor' FROM doctors LIMIT 1"
            ),
            6 => format!(
                "UPDATE consultations SET chief_complaint = 'again' WHERE id = \
                 (SELECT id FROM consultations WHERE patient_id = {patient} ORDER BY random() LIMIT 1)"
            ),
            7 => format!(
                "UPDATE predictions SET released_at = now() WHERE id = \
                 (SELECT id FROM predictions WHERE patient_id = {patient} ORDER BY random() LIMIT 1)"
            ),
            8 => {
                format!("INSERT INTO predictions (id, patient_id, binary_result) VALUES ({id}, {patient}, 'detected')")
            }
            9 => format!(
                "DELETE FROM consultations WHERE id = \
                 (SELECT id FROM consultations WHERE patient_id = {patient} ORDER BY random() LIMIT 1)"
            ),
            10 => format!("DELETE FROM patients WHERE patient_id = {patient}"),
            _ => format!("INSERT INTO patients (patient_id, mrn, name) VALUES ({patient}, {patient}, 'P')"),
        };
        if let Err(error) = conn.execute_unprepared(&statement).await {
            deadlocks += usize::from(is_deadlock(&error.to_string()));
        }
    }
    deadlocks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_statements_never_deadlock_even_with_deletions() {
    let database = TestDatabase::migrated_postgres().await;
    let conn = database.connect().await;
    for statement in script::people() {
        conn.execute_unprepared(&statement).await.unwrap();
    }
    let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(write_one_by_one(conn.clone(), writer))).collect();
    let mut deadlocks = 0;
    for writer in writers {
        deadlocks += writer.await.unwrap();
    }
    assert_eq!(deadlocks, 0);
    if let Err(difference) = model::compare(&conn).await {
        panic!("{difference}");
    }
}
