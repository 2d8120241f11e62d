//! The made events of `patient_timeline` against `patient_timeline_truth`.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::{Difference, Findings, KEPT, count_rows, key_of, list, texts};

/// Every column of a made event, its id first, as the view has them.
pub(super) const EVENT: [&str; 14] = [
    "id",
    "patient_id",
    "event_type",
    "event_date",
    "event_title",
    "event_description",
    "related_table",
    "related_id",
    "doctor_id",
    "session_id",
    "severity",
    "metadata",
    "author_id",
    "patient_visible",
];

/// Columns that hold text of the record: that they differ is said, what they hold is not.
const CLINICAL: [&str; 2] = ["event_title", "event_description"];

/// That `e`, a row of `patient_timeline`, is an event of its source row.
pub(super) const IS_TRUE: &str = "EXISTS (SELECT 1 FROM patient_timeline_truth t \
     WHERE t.related_table = e.related_table AND t.related_id = e.related_id AND t.id = e.id)";

/// That the true event `t` and the stored row `e` beside it differ, or that `e` is missing.
pub(super) fn differs() -> String {
    format!("e.id IS NULL OR ({}) IS DISTINCT FROM ({})", list("e.", &EVENT), list("t.", &EVENT))
}

pub(super) async fn compare(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT e.id IS NULL AS missing, {}, {}, count(*) OVER () AS total \
         FROM patient_timeline_truth t LEFT JOIN patient_timeline e ON e.id = t.id WHERE {} LIMIT {KEPT}",
        texts("e.", "stored", &EVENT),
        texts("t.", "expected", &EVENT),
        differs(),
    );
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    count_rows(&rows, findings)?;
    for row in rows {
        let patient_id = key_of(&row, "expected_patient_id")?;
        let kind: String = row.try_get("", "expected_event_type")?;
        let id: String = row.try_get("", "expected_id")?;
        if row.try_get("", "missing")? {
            let place = format!("patient_timeline {kind} {id}: no event");
            findings.keep([Difference { patient_id, place, stored: None, expected: None }]);
            continue;
        }
        for column in EVENT {
            let mut stored: Option<String> = row.try_get("", &format!("stored_{column}"))?;
            let mut expected: Option<String> = row.try_get("", &format!("expected_{column}"))?;
            if stored == expected {
                continue;
            }
            if CLINICAL.contains(&column) {
                (stored, expected) = (None, None);
            }
            let place = format!("patient_timeline {kind} {id}: {column}");
            findings.keep([Difference { patient_id, place, stored, expected }]);
        }
    }
    extra(conn, findings).await
}

/// Events that rest on no source row.
async fn extra(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT CAST(e.patient_id AS TEXT) AS patient, CAST(e.id AS TEXT) AS id, e.event_type, \
         count(*) OVER () AS total FROM patient_timeline e \
         WHERE e.related_id IS NOT NULL AND NOT {IS_TRUE} LIMIT {KEPT}"
    );
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    count_rows(&rows, findings)?;
    for row in rows {
        let (kind, id): (String, String) = (row.try_get("", "event_type")?, row.try_get("", "id")?);
        let place = format!("patient_timeline {kind} {id}: an event without its source");
        findings.keep([Difference { patient_id: key_of(&row, "patient")?, place, stored: None, expected: None }]);
    }
    Ok(())
}
