//! What would make statistics or timeline lie is refused, with the same words on both databases.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::model;
use crate::on_both;
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::Factory;

on_both!(lies_are_refused, notes_are_free, keys_stay, an_ended_assignment_stays_ended, deletions_pass);

const STATISTICS: &str =
    "patient_statistics is kept by the database: change the rows it counts, or run patientgraph verify --repair";
const EVENTS: &str = "made events are kept by the database: change the source row, or run patientgraph verify --repair";

async fn refused(conn: &DatabaseConnection, statement: &str, why: &str) {
    let error = conn.execute_unprepared(statement).await.expect_err(statement).to_string();
    assert!(error.contains(why), "{statement}: {error}");
}

async fn clinic(database: &TestDatabase) -> (DatabaseConnection, String) {
    let factory = Factory::new(database).await;
    let patient = factory.patient("M1", json!({})).await;
    let doctor = factory.doctor("Dr", json!({})).await;
    for statement in [
        format!(
            "INSERT INTO consultations (id, patient_id, doctor_id, diagnosis) \
             VALUES ('60000000-0000-7000-8000-000000000001', '{patient}', '{doctor}', 'tremor')"
        ),
        format!("INSERT INTO mri_scans (id, patient_id) VALUES ('30000000-0000-7000-8000-000000000001', '{patient}')"),
        format!("INSERT INTO sessions (id, patient_id) VALUES ('20000000-0000-7000-8000-000000000001', '{patient}')"),
        format!(
            "INSERT INTO doctor_patient_assignments (id, patient_id, doctor_id) \
             VALUES ('70000000-0000-7000-8000-000000000001', '{patient}', '{doctor}')"
        ),
        format!(
            "INSERT INTO patient_timeline (id, patient_id, event_type, event_title) \
             VALUES ('90000000-0000-7000-8000-000000000001', '{patient}', 'note', 'Called')"
        ),
    ] {
        factory.connection.execute_unprepared(&statement).await.unwrap();
    }
    (factory.connection, patient)
}

async fn lies_are_refused(database: TestDatabase) {
    let (conn, patient) = clinic(&database).await;
    refused(&conn, "UPDATE patient_statistics SET total_consultations = 7", STATISTICS).await;
    refused(&conn, "UPDATE patient_statistics SET last_visit_date = NULL", STATISTICS).await;
    refused(&conn, "DELETE FROM patient_statistics", STATISTICS).await;
    refused(&conn, &format!("INSERT INTO patient_statistics (patient_id) VALUES ('{patient}')"), STATISTICS).await;

    refused(&conn, "DELETE FROM patient_timeline WHERE event_type = 'scan'", EVENTS).await;
    refused(&conn, "DELETE FROM patient_timeline", EVENTS).await;
    refused(&conn, "UPDATE patient_timeline SET event_title = 'x' WHERE event_type = 'scan'", EVENTS).await;
    refused(&conn, "UPDATE patient_timeline SET patient_visible = false WHERE event_type = 'diagnosis'", EVENTS).await;
    let to_a_note = "UPDATE patient_timeline SET event_type = 'note', related_id = NULL, related_table = NULL \
                     WHERE event_type = 'scan'";
    refused(&conn, to_a_note, EVENTS).await;
    let forged = format!(
        "INSERT INTO patient_timeline (id, patient_id, event_type, event_title, related_table, related_id) VALUES \
         ('30000000-0000-9000-8000-000000000009', '{patient}', 'scan', 'MRI scan', 'mri_scans', \
         '30000000-0000-7000-8000-000000000009')"
    );
    refused(&conn, &forged, EVENTS).await;
    let from_a_note = "UPDATE patient_timeline SET event_type = 'report', related_table = 'medical_reports', \
                       related_id = '50000000-0000-7000-8000-000000000001' WHERE event_type = 'note'";
    refused(&conn, from_a_note, EVENTS).await;
    if database.backend == Backend::Postgres {
        for table in ["patients CASCADE", "consultations CASCADE", "mri_scans CASCADE", "patient_timeline"] {
            refused(&conn, &format!("TRUNCATE {table}"), "use DELETE").await;
        }
    }
    model::compare(&conn).await.unwrap();
}

async fn notes_are_free(database: TestDatabase) {
    let (conn, _) = clinic(&database).await;
    for statement in [
        "UPDATE patient_timeline SET event_title = 'Called again', patient_visible = true WHERE event_type = 'note'",
        "DELETE FROM patient_timeline WHERE event_type = 'note'",
    ] {
        assert_eq!(conn.execute_unprepared(statement).await.unwrap().rows_affected(), 1, "{statement}");
    }
    model::compare(&conn).await.unwrap();
}

async fn keys_stay(database: TestDatabase) {
    let (conn, _) = clinic(&database).await;
    for table in ["consultations", "mri_scans", "sessions"] {
        let statement = format!("UPDATE {table} SET id = 'f0000000-0000-7000-8000-000000000001'");
        refused(&conn, &statement, "the key of a row never changes: insert a new row").await;
        conn.execute_unprepared(&format!("UPDATE {table} SET id = id")).await.unwrap();
    }
}

async fn an_ended_assignment_stays_ended(database: TestDatabase) {
    let (conn, _) = clinic(&database).await;
    let end = "UPDATE doctor_patient_assignments SET is_active = false, ended_at = '2999-01-01T00:00:00.000000Z'";
    conn.execute_unprepared(end).await.unwrap();
    let reopen = "UPDATE doctor_patient_assignments SET is_active = true, ended_at = NULL";
    refused(&conn, reopen, "an ended assignment is never reopened: insert a new row").await;
}

async fn deletions_pass(database: TestDatabase) {
    let (conn, _) = clinic(&database).await;
    refused(&conn, "DELETE FROM doctors", "").await;
    conn.execute_unprepared("DELETE FROM patients").await.unwrap();
    let derived = model::stored(&conn).await;
    assert!(derived.statistics.is_empty() && derived.events.is_empty());
    conn.execute_unprepared("DELETE FROM doctors").await.unwrap();
}
