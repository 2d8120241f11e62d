//! `recalculateStatistics`: what is stored is compared with the record, and repaired where it differs.

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use serde_json::{Value, json};

use super::Clinic;
use crate::on_both;
use crate::support::clinic::{NOW, fill};
use crate::support::database::{Backend, TestDatabase};
use crate::support::factory::id;

on_both!(
    figures_that_are_right_stay,
    figures_that_were_broken_are_named_and_repaired,
    an_archived_patient_has_figures_too
);

const ALL: &str = "patient { mrn statistics { totalReports totalConsultations lastVisitDate diseaseStatus } }
    differences { figure stored expected }";

async fn figures_that_are_right_stay(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    fill(&clinic.rows).await;
    let before = clinic.lines().await;
    let tables = clinic.tables().await;
    for patient in tables.rows("patients") {
        let key = patient["patient_id"].as_str().expect("a key");
        let payload = clinic.done("recalculateStatistics", ALL, json!({"patientId": id("Patient", key)})).await;
        assert_eq!((&payload["patient"]["mrn"], &payload["differences"]), (&patient["mrn"], &json!([])));
    }
    clinic.unchanged(&before, "what was right").await;
}

/// Writes behind the triggers' backs, as nothing but a test may: over one connection, which is closed again.
async fn behind_the_triggers(clinic: &Clinic, statement: &str) {
    let mut options = ConnectOptions::new(clinic.server.database.url());
    options.max_connections(1);
    let connection = Database::connect(options).await.expect("the database is there");
    let unguarded = match clinic.server.database.backend {
        Backend::Postgres => "SET patientgraph.repair = 'on'",
        Backend::Sqlite => "DROP TRIGGER IF EXISTS patient_statistics_update_kept",
    };
    for statement in [unguarded, statement] {
        connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    connection.close().await.expect("the connection closes");
}

async fn figures_that_were_broken_are_named_and_repaired(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (patient, other) = (clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await);
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    clinic.rows.consultation(&patient, &doctor, NOW, json!({})).await;
    let broken = "UPDATE patient_statistics SET total_reports = 77, last_visit_date = NULL, disease_status = 'detected', \
                  released_reports = 5";
    behind_the_triggers(&clinic, broken).await;
    let payload = recalculated(&clinic, &patient).await;
    let mut differences = payload["differences"].as_array().expect("differences").clone();
    differences.sort_by_key(|difference| difference["figure"].to_string());
    let figures: Vec<_> = differences.iter().map(|difference| difference["figure"].clone()).collect();
    assert_eq!(figures, ["diseaseStatus", "lastVisitDate", "released_reports", "totalReports"]);
    let stored: Vec<_> = differences.iter().map(|difference| difference["stored"].clone()).collect();
    assert_eq!(stored, [json!("detected"), Value::Null, json!("5"), json!("77")]);
    let status = json!({"figure": "diseaseStatus", "stored": "detected", "expected": "unknown"});
    assert_eq!(differences[0], status);
    assert_eq!((&differences[2]["expected"], &differences[3]["expected"]), (&json!("0"), &json!("0")));
    assert!(differences[1]["expected"].as_str().is_some_and(|date| date.starts_with("2026-03-14")), "{differences:?}");
    let right = json!({"totalReports": 0, "totalConsultations": 1, "lastVisitDate": NOW, "diseaseStatus": "UNKNOWN"});
    assert_eq!(payload["patient"]["statistics"], right);
    // Of nobody else anything was repaired, and of this patient nothing is left.
    let tables = clinic.tables().await;
    let row = tables.find("patient_statistics", "patient_id", &json!(other)).expect("figures");
    assert_eq!(row["total_reports"], 77);
    recalculated(&clinic, &other).await;
    let payload = clinic.done("recalculateStatistics", ALL, json!({"patientId": id("Patient", &patient)})).await;
    assert_eq!(payload["differences"], json!([]));
}

/// Recalculates while figures of others are still wrong.
async fn recalculated(clinic: &Clinic, patient: &str) -> Value {
    let input = json!({"patientId": id("Patient", patient)});
    let payload = super::send(&clinic.actor, &super::document("recalculateStatistics", ALL), input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload
}

async fn an_archived_patient_has_figures_too(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({"archived_at": NOW})).await;
    behind_the_triggers(&clinic, "UPDATE patient_statistics SET total_predictions = 3").await;
    let payload = clinic.done("recalculateStatistics", ALL, json!({"patientId": id("Patient", &patient)})).await;
    let difference = json!({"figure": "totalPredictions", "stored": "3", "expected": "0"});
    assert_eq!((&payload["differences"], &payload["patient"]["mrn"]), (&json!([difference]), &json!("A-1")));
}
