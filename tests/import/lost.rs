//! No value of a row that comes is lost: each is in the record, or kept aside as it was.

use super::Target;
use super::findings::world;
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Cell, LegacyFile, Variant};

on_both!(what_no_column_takes_is_kept_aside);

const TABLES: [&str; 11] = [
    "users",
    "doctors",
    "patients",
    "sessions",
    "mri_scans",
    "predictions",
    "medical_reports",
    "doctor_patient_assignments",
    "consultations",
    "report_status",
    "patient_timeline",
];

/// A secret is kept nowhere, and an image in the file store, with its address where its old path was.
const ELSEWHERE: [&str; 3] = ["password_hash", "binary_data", "file_path"];

/// What is neither a time nor a word, and too much for any number: as text, bytes and a number, each another one.
fn marks(number: i64) -> [(Cell, Vec<String>); 3] {
    let text = format!("zq7x{number:05}");
    let bytes = format!("by7x{number:05}").into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let whole = 987_654_321_000_000 + number;
    let as_text = String::from_utf8(bytes.clone()).expect("text");
    [
        (text.clone().into(), vec![text]),
        (Cell::Blob(bytes), vec![as_text, hex]),
        (whole.into(), vec![whole.to_string()]),
    ]
}

async fn what_no_column_takes_is_kept_aside(database: TestDatabase) {
    let target = Target::of(database);
    let (path, mut planned) = (target.path("old.db"), vec![]);
    let file = LegacyFile::without_triggers(&path, Variant::V4);
    file.ignore_checks();
    world::fill(&file);
    for table in Variant::V4.tables().into_iter().filter(|table| TABLES.contains(&table.name)) {
        for column in table.columns().filter(|column| !ELSEWHERE.contains(column)) {
            for (cell, forms) in marks(planned.len() as i64) {
                // A row whose id is no text is known by its place in the old file.
                if matches!((column, &cell), ("id" | "doctor_id" | "patient_id", Cell::Blob(_))) {
                    continue;
                }
                let place = format!("{}.{column}, {cell:?}", table.name);
                let row = world::insert_with(&file, table.name, planned.len(), &[(column, cell)]);
                planned.push((table.name, row, place, forms));
            }
        }
    }
    file.close();
    target.import(&path, &[]);
    let content = target.content().await;
    let there: String =
        content.iter().filter(|(table, _)| *table != "schema").flat_map(|(_, rows)| rows).cloned().collect();
    let left = target.rows(&["source_table", "source_row"], "FROM import_quarantine").await;
    let lost = planned.iter().filter(|(table, row, _, forms)| {
        let quarantined = left.iter().any(|left| left[0] == *table && left[1] == row.to_string());
        !quarantined && !forms.iter().any(|form| there.contains(form))
    });
    let lost: Vec<&String> = lost.map(|(.., place, _)| place).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}
