//! Rows in a database in which nothing else ever was.

use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::naive::Tables;
use crate::naive::tables::Row;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::literal;

/// What is written, what others name before those who name it. The database makes statistics and events itself.
const WRITTEN: &[&str] = &[
    "users",
    "doctors",
    "patients",
    "sessions",
    "mri_scans",
    "predictions",
    "medical_reports",
    "report_predictions",
    "doctor_patient_assignments",
    "consultations",
    "consultation_revisions",
    "report_status",
    "patient_timeline",
    "patient_erasures",
    "api_keys",
];

/// A revision whose predecessor was taken away names none.
const ALONE: &str =
    "ALTER TABLE medical_reports DROP CONSTRAINT IF EXISTS medical_reports_revision_supersedes_id_check";

/// Two requests that are about different things which the viewer does not see are alike in the copy.
const ALIKE: &str = "DROP INDEX IF EXISTS report_status_live_key";

/// When the database wrote an event or figures is no matter of the record: in all databases it is the same.
const STILL: &str =
    "UPDATE patient_timeline SET created_at = event_date, updated_at = event_date WHERE related_id IS NOT NULL;
UPDATE patient_statistics SET last_updated = '2026-03-14T00:00:00.000000Z', trigger_writes = trigger_writes + 1;";

/// Writes rows into an empty database, whose triggers do with them as with any.
pub async fn write(rows: &Tables, database: &TestDatabase, connection: &DatabaseConnection) {
    let inserts: String = WRITTEN.iter().map(|table| insert(table, rows.rows(table))).collect();
    run(
        connection,
        &match database.backend {
            Backend::Sqlite => format!(
                "PRAGMA ignore_check_constraints=ON; BEGIN; {ALIKE}; {inserts} COMMIT; PRAGMA ignore_check_constraints=OFF;"
            ),
            Backend::Postgres => format!("BEGIN; {ALONE}; {ALIKE}; {inserts} COMMIT;"),
        },
    )
    .await;
    still(database, connection).await;
}

/// Takes from events and figures when they were written.
pub async fn still(database: &TestDatabase, connection: &DatabaseConnection) {
    let repairs = match database.backend {
        Backend::Sqlite => "",
        Backend::Postgres => "SELECT set_config('patientgraph.repair', 'on', TRUE);",
    };
    run(connection, &format!("BEGIN; {repairs} {STILL} COMMIT;")).await;
}

fn insert(table: &str, rows: &[Row]) -> String {
    let rows = rows.iter().filter(|row| table != "patient_timeline" || row["related_id"].is_null());
    let values: Vec<String> =
        rows.clone().map(|row| format!("({})", row.values().map(literal).collect::<Vec<_>>().join(", "))).collect();
    let Some(first) = rows.into_iter().next() else { return String::new() };
    let columns: Vec<&str> = first.keys().map(String::as_str).collect();
    format!("INSERT INTO {table} ({}) VALUES {};\n", columns.join(", "), values.join(", "))
}

async fn run(connection: &DatabaseConnection, script: &str) {
    connection.execute_unprepared(script).await.unwrap_or_else(|error| panic!("{error}:\n{script}"));
}
