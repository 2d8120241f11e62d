//! Tables that are large on PostgreSQL, where triggers keep their plans for single rows.

use sea_orm::ConnectionTrait;

use super::{model, script};
use crate::support::database::TestDatabase;
use crate::support::dice::Dice;

/// A patient whom no script names, and rows of all sources: each table gets more than the megabyte from which on plans
/// are kept.
const MANY: [&str; 5] = [
    "INSERT INTO patients (patient_id, mrn, name) VALUES (gen_random_uuid(), 'MANY', 'Many')",
    "INSERT INTO mri_scans (id, patient_id, original_filename)
     SELECT gen_random_uuid(), patient_id, repeat('x', 200) FROM generate_series(1, 4500), patients WHERE mrn = 'MANY'",
    "INSERT INTO predictions (id, patient_id, binary_result, model_version)
     SELECT gen_random_uuid(), patient_id, 'detected', repeat('x', 200)
     FROM generate_series(1, 4500), patients WHERE mrn = 'MANY'",
    "INSERT INTO medical_reports (id, patient_id, title, content)
     SELECT gen_random_uuid(), patient_id, 'T', repeat('x', 200)
     FROM generate_series(1, 4500), patients WHERE mrn = 'MANY'",
    "INSERT INTO consultations (id, patient_id, doctor_id, notes)
     SELECT gen_random_uuid(), patient_id, doctor_id, repeat('x', 200)
     FROM generate_series(1, 4500), patients, (SELECT doctor_id FROM doctors LIMIT 1) d WHERE mrn = 'MANY'",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_plans_tell_no_lie() {
    let database = TestDatabase::migrated_postgres().await;
    let conn = database.connect().await;
    for statement in script::people() {
        conn.execute_unprepared(&statement).await.unwrap();
    }
    for statement in MANY {
        conn.execute_unprepared(statement).await.unwrap();
    }
    let mut dice = Dice::new(5);
    let mut done = 0;
    for _ in 0..300 {
        let statement = script::statement(&mut dice);
        // Changes of whole tables would be most of the test.
        if statement.starts_with("INSERT") || statement.contains(" WHERE ") {
            done += usize::from(conn.execute_unprepared(&statement).await.is_ok());
        }
    }
    assert!(done > 100, "{done} statements passed");
    model::compare(&conn).await.unwrap();
}
