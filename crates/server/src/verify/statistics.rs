//! `patient_statistics` against `patient_statistics_truth`.

use entity::Key;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Difference, Findings, KEPT, count_rows, key_of, list, texts};
use crate::db::adaptor::adapt;

/// The figures: every column but the key and what the triggers note about their own writing.
pub(super) const FIGURES: [&str; 16] = [
    "total_consultations",
    "total_mri_scans",
    "total_predictions",
    "total_reports",
    "unique_doctors_count",
    "first_visit_date",
    "last_visit_date",
    "last_scan_date",
    "last_report_date",
    "disease_status",
    "disease_stage",
    "released_predictions",
    "released_reports",
    "last_released_report_date",
    "released_disease_status",
    "released_disease_stage",
];

pub(super) async fn compare(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    figures(conn, None, findings).await?;
    extra(conn, findings).await
}

/// The figures of all patients, or of one, whose row must be there and say what the record says.
pub(super) async fn figures(
    conn: &impl ConnectionTrait,
    patient: Option<Key>,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT CAST(t.patient_id AS TEXT) AS patient, s.patient_id IS NULL AS missing, {stored}, {expected}, \
         count(*) OVER () AS total \
         FROM patient_statistics_truth t LEFT JOIN patient_statistics s ON s.patient_id = t.patient_id \
         WHERE (s.patient_id IS NULL OR ({}) IS DISTINCT FROM ({})) {of} LIMIT {KEPT}",
        list("s.", &FIGURES),
        list("t.", &FIGURES),
        stored = texts("s.", "stored", &FIGURES),
        expected = texts("t.", "expected", &FIGURES),
        of = if patient.is_some() { "AND t.patient_id = $1" } else { "" },
    );
    let values: Vec<_> = patient.map(sea_orm::Value::from).into_iter().collect();
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let rows = conn.query_all_raw(adapt(statement)).await?;
    count_rows(&rows, findings)?;
    for row in rows {
        let patient_id = key_of(&row, "patient")?;
        if row.try_get("", "missing")? {
            let place = "patient_statistics: no row".to_owned();
            findings.keep([Difference { patient_id, place, stored: None, expected: None }]);
            continue;
        }
        for column in FIGURES {
            let stored: Option<String> = row.try_get("", &format!("stored_{column}"))?;
            let expected: Option<String> = row.try_get("", &format!("expected_{column}"))?;
            if stored != expected {
                let place = format!("patient_statistics.{column}");
                findings.keep([Difference { patient_id, place, stored, expected }]);
            }
        }
    }
    Ok(())
}

/// Rows without a patient, which only a program without foreign keys leaves behind.
async fn extra(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT CAST(s.patient_id AS TEXT) AS patient, count(*) OVER () AS total FROM patient_statistics s \
         WHERE NOT EXISTS (SELECT 1 FROM patients p WHERE p.patient_id = s.patient_id) LIMIT {KEPT}"
    );
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    count_rows(&rows, findings)?;
    for row in rows {
        let place = "patient_statistics: a row without its patient".to_owned();
        findings.keep([Difference { patient_id: key_of(&row, "patient")?, place, stored: None, expected: None }]);
    }
    Ok(())
}
