//! The database against the model.

use std::collections::BTreeMap;

use patientgraph::verify::verify;
use sea_orm::DatabaseConnection;
use serde_json::Value;

use super::state::{ERASURES, LINKS, REVISIONS, State, value};
use crate::naive::Tables;
use crate::naive::tables::Row;
use crate::triggers::model;

/// What is compared: each table, by what its rows are known, and the columns that the model does not know.
const COMPARED: &[(&str, &[&str], &[&str])] = &[
    ("users", &["id"], &[]),
    ("doctors", &["doctor_id"], &[]),
    ("patients", &["patient_id"], &[]),
    ("sessions", &["id"], &[]),
    ("mri_scans", &["id"], &[]),
    ("predictions", &["id"], &[]),
    ("medical_reports", &["id"], &[]),
    (LINKS, &["report_id", "prediction_id"], &[]),
    ("doctor_patient_assignments", &["id"], &[]),
    ("consultations", &["id"], &[]),
    (REVISIONS, &["consultation_id", "consultation_version"], &["id", "changed_at"]),
    ("report_status", &["id"], &[]),
    ("patient_timeline", &["id"], &[]),
    (ERASURES, &["id"], &[]),
];

/// An instant that the database's own clock said.
pub const BY_THE_DATABASE: &str = "by the database";

/// The rows are the model's, the figures and the timeline are what follows from them, and `verify` finds nothing.
///
/// # Errors
/// The first difference.
pub async fn compare(connection: &DatabaseConnection, state: &State) -> Result<(), String> {
    let tables = Tables::load(connection).await;
    for (table, known_by, unknown) in COMPARED {
        // Events that the database made are the other model's.
        let stored = tables.rows(table).iter().filter(|row| value(row, "related_id").is_null());
        let stored = by_name(stored, known_by);
        let expected = by_name(state.rows(table).map(|row| &**row), known_by);
        for (name, row) in &expected {
            let Some(found) = stored.get(name) else { return Err(format!("{table}: {row:#?} is missing")) };
            for column in found.keys().chain(row.keys()).filter(|column| !unknown.contains(&column.as_str())) {
                let (found, expected) = (value(found, column), value(row, column));
                if *expected != BY_THE_DATABASE && !alike(found, expected) {
                    return Err(format!("{table} {name:?}: {column} is {found}, not {expected}"));
                }
            }
        }
        if let Some((_, row)) = stored.iter().find(|(name, _)| !expected.contains_key(*name)) {
            return Err(format!("{table}: {row:#?} is too much"));
        }
    }
    model::compare(connection).await?;
    let findings = verify(connection).await.map_err(|error| error.to_string())?;
    if findings.is_empty() { Ok(()) } else { Err(format!("verify finds {findings:#?}")) }
}

fn by_name<'r>(rows: impl Iterator<Item = &'r Row>, known_by: &[&str]) -> BTreeMap<Vec<String>, &'r Row> {
    rows.map(|row| (known_by.iter().map(|column| value(row, column).to_string()).collect(), row)).collect()
}

/// Databases write whole fractions each in its way.
fn alike(one: &Value, other: &Value) -> bool {
    one == other || (one.is_number() && one.as_f64() == other.as_f64())
}
