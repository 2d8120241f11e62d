//! What must hold before an import is committed.

use std::collections::BTreeMap;

use importer::Outcome;
use sea_orm::{ConnectionTrait, DbErr};

use super::ImportError;
use super::store::{self, Written};
use crate::verify;

/// The tables that an import writes.
pub(super) const TABLES: [&str; 15] = [
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
    "report_status",
    "patient_timeline",
    "import_rows",
    "import_kept",
    "import_quarantine",
];

/// How many rows each table has.
pub(super) async fn counts(conn: &impl ConnectionTrait) -> Result<BTreeMap<&'static str, u64>, DbErr> {
    let mut counts = BTreeMap::new();
    for table in TABLES {
        counts.insert(table, store::count(conn, table).await?);
    }
    Ok(counts)
}

/// Whether the database is what its record says, before anything is imported.
pub(super) async fn sound(conn: &impl ConnectionTrait) -> Result<(), ImportError> {
    let findings = verify::verify(conn).await?;
    findings.differences.first().map_or(Ok(()), |difference| Err(ImportError::Unsound(difference.place.clone())))
}

/// Every old row is accounted for once, what was accounted for as migrated was written, what was written is there, and
/// timeline and statistics are what the record says.
pub(super) async fn prove(
    conn: &impl ConnectionTrait,
    outcome: &Outcome,
    written: &Written,
    before: &BTreeMap<&'static str, u64>,
) -> Result<(), ImportError> {
    let unproved = |why: String| Err(ImportError::Unproved(why));
    if let Some(table) = outcome.unaccounted().first() {
        return unproved(format!("the rows of the old table {table} do not add up"));
    }
    for (table, accounted) in accounted(outcome) {
        if accounted != written.of(table) {
            return unproved(format!("{accounted} rows of {table} were to be written, {} were", written.of(table)));
        }
    }
    let after = counts(conn).await?;
    for (table, count) in &after {
        let expected = before.get(table).copied().unwrap_or_default() + written.of(table);
        if *count != expected {
            return unproved(format!("{table} has {count} rows and ought to have {expected}"));
        }
    }
    let findings = verify::verify(conn).await?;
    if let Some(difference) = findings.differences.first() {
        return unproved(format!("{} rows differ from the record, such as {}", findings.rows, difference.place));
    }
    Ok(())
}

/// How many rows the account says were to be written, by table.
fn accounted(outcome: &Outcome) -> [(&'static str, u64); 9] {
    let migrated = |table: &str| outcome.tables.get(table).map_or(0, |count| count.migrated);
    let made = &outcome.made;
    [
        ("users", migrated("users")),
        ("doctors", migrated("doctors") + made.doctors),
        ("patients", migrated("patients") + made.patients),
        ("sessions", migrated("sessions")),
        ("mri_scans", migrated("mri_scans")),
        ("predictions", migrated("predictions")),
        ("medical_reports", migrated("medical_reports")),
        ("consultations", migrated("consultations")),
        ("report_status", migrated("report_status") + made.requests),
    ]
}
