//! How requests for reports get worked on: who has claimed one and until when, why an attempt failed, and that two live
//! requests for the same report are one; and what a report was made from.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{Column, instant, json, key, text};
use crate::table::added;

const CAUSES: [&str; 7] =
    ["worker_lost", "nothing_to_report", "patient_archived", "subject_deleted", "template", "program", "server"];

/// Requests that were live twice before this was seen to: the first stays, as urgent as the most urgent.
const ONCE: &str = "
UPDATE report_status SET priority = (
    SELECT max(o.priority) FROM report_status o
    WHERE o.status IN ('pending', 'generating')
        AND o.patient_id = report_status.patient_id AND o.report_type = report_status.report_type
        AND COALESCE(o.prediction_id, o.patient_id) = COALESCE(report_status.prediction_id, report_status.patient_id)
        AND COALESCE(o.mri_scan_id, o.patient_id) = COALESCE(report_status.mri_scan_id, report_status.patient_id)
        AND COALESCE(o.session_id, o.patient_id) = COALESCE(report_status.session_id, report_status.patient_id))
WHERE status IN ('pending', 'generating');
UPDATE report_status SET status = 'archived', error_message = 'Another request for the same report was waiting.',
    version = version + 1
WHERE status IN ('pending', 'generating') AND EXISTS (
    SELECT 1 FROM report_status o
    WHERE o.status IN ('pending', 'generating') AND o.id < report_status.id
        AND o.patient_id = report_status.patient_id AND o.report_type = report_status.report_type
        AND COALESCE(o.prediction_id, o.patient_id) = COALESCE(report_status.prediction_id, o.patient_id)
        AND COALESCE(o.mri_scan_id, o.patient_id) = COALESCE(report_status.mri_scan_id, o.patient_id)
        AND COALESCE(o.session_id, o.patient_id) = COALESCE(report_status.session_id, o.patient_id));
UPDATE report_status SET turn_at = requested_at WHERE status IN ('pending', 'generating')";

/// What is absent counts as the patient's own key, which no prediction, scan or session has.
const LIVE: &str = "CREATE UNIQUE INDEX report_status_live_key ON report_status (patient_id, report_type, \
                    COALESCE(prediction_id, patient_id), COALESCE(mri_scan_id, patient_id), \
                    COALESCE(session_id, patient_id)) WHERE status IN ('pending', 'generating')";

const INDEXES: [&str; 5] = [
    LIVE,
    "CREATE UNIQUE INDEX report_status_lease_hash_key ON report_status (lease_hash)",
    "CREATE INDEX report_status_claimed_by_idx ON report_status (claimed_by)",
    // Part of every statement of a program: it has all that is asked.
    "CREATE INDEX report_status_leased_claimed_by_patient_id_idx ON report_status (claimed_by, patient_id) \
     WHERE status = 'generating'",
    // Attempts that are lost.
    "CREATE INDEX report_status_leased_until_idx ON report_status (leased_until) WHERE status = 'generating'",
];

/// In which order requests are claimed. SQLite takes NULL as smallest anyway, and no word about it in an index.
fn queue(backend: DbBackend) -> String {
    let nulls = if backend == DbBackend::Postgres { " NULLS FIRST" } else { "" };
    format!(
        "CREATE INDEX report_status_waiting_priority_turn_at_id_idx \
         ON report_status (priority DESC, turn_at{nulls}, id) WHERE status = 'pending'"
    )
}

const POSTGRES: &str = include_str!("postgres.sql");
const SQLITE: &str = include_str!("sqlite.sql");

/// Columns, indexes and triggers behind the making of reports.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000007_pipeline"
    }
}

fn of_requests() -> [Column; 6] {
    [
        // SHA-256 of what names the attempt. It stays when the report is there, so that saying so twice does nothing.
        text("lease_hash"),
        instant("leased_until"),
        // The account of the program; the server's own workers have none.
        key("claimed_by"),
        instant("claimed_at"),
        // By which it comes before others that are as urgent: when it was requested, later where the same patient has
        // others that wait.
        instant("turn_at"),
        text("failure_cause").one_of(&CAUSES),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (backend, conn) = (manager.get_database_backend(), manager.get_connection());
        for column in of_requests() {
            let references = (column.name == "claimed_by").then_some("users");
            conn.execute_unprepared(&added(backend, "report_status", &column, references)).await?;
        }
        conn.execute_unprepared(&added(backend, "medical_reports", &json("made_from"), None)).await?;
        conn.execute_unprepared(ONCE).await?;
        for index in INDEXES {
            conn.execute_unprepared(index).await?;
        }
        conn.execute_unprepared(&queue(backend)).await?;
        conn.execute_unprepared(if backend == DbBackend::Postgres { POSTGRES } else { SQLITE }).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let triggers = match manager.get_database_backend() {
            // On PostgreSQL a trigger goes with its function.
            DbBackend::Postgres => "DROP FUNCTION fail_requests() CASCADE; DROP FUNCTION end_lease() CASCADE",
            _ => {
                "DROP TRIGGER predictions_delete_requests; DROP TRIGGER mri_scans_delete_requests; \
                 DROP TRIGGER report_status_move_lease"
            }
        };
        conn.execute_unprepared(triggers).await?;
        let queue = queue(manager.get_database_backend());
        for index in INDEXES.into_iter().chain([queue.as_str()]) {
            let name = index.split(' ').skip_while(|word| *word != "INDEX").nth(1).unwrap_or_default();
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        conn.execute_unprepared("ALTER TABLE medical_reports DROP COLUMN made_from").await?;
        for column in of_requests() {
            conn.execute_unprepared(&format!("ALTER TABLE report_status DROP COLUMN {}", column.name)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
