//! What is told of an import is for whoever runs it, and they need not know a patient: in a file in which every text bears a
//! mark, nothing that is printed or written into the reports does.

use std::path::Path;

use serde_json::Value;

use super::{OFFSET, Target, said, text};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Cell, LegacyFile, Variant};

on_both!(no_report_and_no_message_tells_of_a_patient);

/// In letters for texts and ids, in digits for telephone numbers and the like; and both in hexadecimal digits.
const MARKS: [&str; 4] = ["zq7x", "5550199", "7a713778", "35353530313939"];

fn mark(table: &str, column: &str, number: usize) -> String {
    format!("zq7x {table}.{column} {number} 5550199")
}

/// The words that columns must have for the row to come, and what rows refer to each other by.
fn word(table: &str, column: &str) -> Option<Cell> {
    let owner = |table: &str, column: &str| Cell::from(mark(table, column, 1));
    Some(match (table, column) {
        (_, "role" | "actor_role") => "patient".into(),
        ("consultations" | "sessions", "status") => "completed".into(),
        ("report_status", "status") => "pending".into(),
        (_, "is_active") => 1_i64.into(),
        (_, "event_type" | "content_type") => "note".into(),
        (_, "binary_result") => "Positive".into(),
        (_, "date_of_birth") => "1950-03-01".into(),
        (_, column) if column.ends_with("_at") || column.ends_with("_date") || column.ends_with("timestamp") => {
            "2025-10-06T12:30:00.25".into()
        }
        ("patients", "user_id") => owner("users", "id"),
        ("patients" | "doctors", "patient_id" | "doctor_id") => return None,
        ("predictions" | "report_status", "mri_scan_id") => owner("mri_scans", "id"),
        ("medical_reports" | "report_status", "prediction_id") => owner("predictions", "id"),
        (_, "report_id") => owner("medical_reports", "id"),
        (_, "patient_id") => owner("patients", "patient_id"),
        (_, "doctor_id" | "assigned_doctor_id") => owner("doctors", "doctor_id"),
        (_, "session_id") => owner("sessions", "id"),
        ("doctors", "user_id") => owner("users", "id"),
        (_, "metadata" | "details" | "data" | "payload") => {
            format!("{{\"patient_id\": \"{}\", \"zq7x\": \"zq7x\"}}", mark("patients", "patient_id", 1)).into()
        }
        _ => return None,
    })
}

/// In each table a row that comes, as far as it can, one that has the mark in every column, and one with neither id nor owner.
fn marked(file: &LegacyFile) {
    file.ignore_checks();
    file.run("ALTER TABLE patients ADD COLUMN zip_code; CREATE TABLE leaflets (title TEXT, body TEXT)");
    file.run("INSERT INTO leaflets VALUES ('zq7x 5550199', 'zq7x')");
    for table in Variant::V4.tables() {
        let columns: Vec<&str> = table.columns().collect();
        for number in 1..=3 {
            let cell = |column: &str| match number {
                1 => word(table.name, column).unwrap_or_else(|| mark(table.name, column, 1).into()),
                2 => mark(table.name, column, 2).into(),
                _ if column.ends_with("id") && column != "user_id" => "".into(),
                _ => Cell::Blob(mark(table.name, column, 3).into_bytes()),
            };
            let row: Vec<(&str, Cell)> = columns.iter().map(|column| (*column, cell(column))).collect();
            file.insert(table.name, &row);
        }
    }
    file.run("UPDATE patients SET zip_code = '5550199'");
}

fn unmarked(what: &str, told: &str) {
    let told = told.to_lowercase();
    for mark in MARKS {
        assert!(!told.contains(mark), "{what} tells of a patient ({mark}): {told}");
    }
}

async fn no_report_and_no_message_tells_of_a_patient(database: TestDatabase) {
    let target = Target::of(database);
    let path = target.path("old.db");
    let file = LegacyFile::without_triggers(&path, Variant::V4);
    marked(&file);
    file.close();
    let report = target.path("report");
    let told = |file: &Path, more: &[&str]| {
        let mut arguments = vec!["import", text(file), "--report", text(&report)];
        arguments.extend(more);
        let output = target.run(&arguments);
        unmarked(&format!("{more:?}"), &said(&output));
        for name in ["report.md", "report.json"] {
            let written = std::fs::read_to_string(report.join(name)).unwrap_or_default();
            unmarked(name, &written);
        }
        output.status.success()
    };
    let offset = ["--time-offset", OFFSET];
    assert!(!told(&path, &[]), "the offset is asked for");
    assert!(told(&path, &[&offset[..], &["--dry-run", "--stub-patients"]].concat()));
    assert!(told(&path, &offset));
    assert!(told(&path, &[&offset[..], &["--force", "--stub-patients", "--release-reports"]].concat()));
    let outcomes = target.rows(&["outcome", "settings"], "FROM imports").await;
    unmarked("imports", &outcomes.concat().concat());
    unmarked("import_quarantine", &target.rows(&["code", "reason"], "FROM import_quarantine").await.concat().concat());

    // The test can fail: the rows came, and with them what must not be told.
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report.join("report.json")).unwrap()).unwrap();
    assert!(report["total"]["quarantined"].as_u64() > Some(10), "{report:#}");
    for (column, table) in [("name", "patients"), ("content", "medical_reports"), ("diagnosis", "consultations")] {
        let rows = target.rows(&[column], &format!("FROM {table}")).await;
        assert!(rows.iter().any(|row| row[0].contains("zq7x")), "{table}");
    }

    // A damaged copy is refused without a word of what is in it.
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    let torn = target.path("torn.db");
    std::fs::write(&torn, bytes).unwrap();
    assert!(!told(&torn, &offset));
}
