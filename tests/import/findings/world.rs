//! The people and rows that defective rows refer to, in which nothing is found; and the rows as they usually are.

use std::path::Path;

use super::Defect;
use crate::support::legacy::{Cell, LegacyFile, cells};

const AT: &str = "2025-10-02T10:00:00";

pub(in crate::import) fn fill(file: &LegacyFile) {
    file.run("ALTER TABLE patients ADD COLUMN blood_group; CREATE TABLE abroad (id TEXT PRIMARY KEY, word TEXT)");
    file.run("DROP TABLE knowledge_entries; CREATE TABLE knowledge_entries (id, title)");
    file.run("CREATE VIRTUAL TABLE texts USING fts5 (words); INSERT INTO texts VALUES ('of reports')");
    file.insert("users", &cells![id: "u-admin", username: "admin", name: "Boss", role: "admin", created_at: AT]);
    for (doctor, user) in [("DOC1", "ada"), ("DOC2", "ben")] {
        let id = format!("u-{user}");
        file.insert("users", &cells![id: &id, username: user, name: user, role: "doctor", created_at: AT]);
        file.insert(
            "doctors",
            &cells![doctor_id: doctor, user_id: &id, license_number: format!("L-{doctor}"), created_at: AT],
        );
    }
    for id in ["A", "B"] {
        file.insert("patients", &cells![patient_id: id, name: format!("Patient {id}"), created_at: AT]);
        let session = format!("S{id}");
        file.insert("sessions", &with(usual("sessions", &session), "patient_id", id));
        for (table, what) in [("mri_scans", "scan"), ("predictions", "prediction"), ("medical_reports", "report")] {
            file.insert(table, &with(usual(table, &format!("{what} {id}")), "session_id", &session));
        }
    }
    file.insert("sessions", &usual("sessions", "SA2"));
    file.insert("mri_scans", &usual("mri_scans", "scan A2"));
}

/// Scans as files: one that two rows name, one of another size than its row says, and one that is right.
pub(super) fn files(directory: &Path) {
    std::fs::create_dir_all(directory).expect("a directory");
    for (name, bytes) in [("shared.jpg", "JPEG"), ("longer.jpg", "longer"), ("right.jpg", "JPEG")] {
        std::fs::write(directory.join(name), bytes).expect("a file");
    }
}

/// Inserts the row; answers its rowid.
pub(super) fn insert(file: &LegacyFile, number: usize, defect: &Defect) -> i64 {
    insert_with(file, defect.table, number, &defect.cells)
}

/// Inserts a usual row with some other cells; answers its rowid.
pub(in crate::import) fn insert_with(
    file: &LegacyFile,
    table: &'static str,
    number: usize,
    cells: &[(&str, Cell)],
) -> i64 {
    let id = format!("{table}-{number}");
    match table {
        // A doctor has an account, and an assignment a patient of its own.
        "doctors" => {
            let user = cells![id: format!("u-{id}"), username: &id, name: "Somebody", role: "doctor", created_at: AT];
            file.insert("users", &user);
        }
        "doctor_patient_assignments" => {
            file.insert("patients", &cells![patient_id: &id, name: "Somebody", created_at: AT]);
        }
        _ => {}
    }
    let mut row: Vec<(&str, Cell)> = usual(table, &id);
    for (column, cell) in cells {
        row.retain(|(name, _)| name != column);
        row.push((*column, cell.clone()));
    }
    file.insert(table, &row)
}

/// The old id of the row.
pub(super) fn id(number: usize, defect: &Defect) -> String {
    let column = key_of(defect.table);
    match defect.cells.iter().find(|(name, _)| *name == column) {
        Some((_, Cell::Text(id))) => id.clone(),
        _ => format!("{}-{number}", defect.table),
    }
}

fn key_of(table: &str) -> &'static str {
    match table {
        "doctors" => "doctor_id",
        "patients" => "patient_id",
        "audit_logs" => "log_id",
        "agent_messages" => "message_id",
        _ => "id",
    }
}

fn with(mut row: Vec<(&'static str, Cell)>, column: &'static str, value: &str) -> Vec<(&'static str, Cell)> {
    row.retain(|(name, _)| *name != column);
    row.push((column, Cell::from(value)));
    row
}

/// A row in which nothing is found. Assignments are of the patient with the row's id.
fn usual(table: &str, id: &str) -> Vec<(&'static str, Cell)> {
    match table {
        "users" => cells![id: id, username: id, name: "Somebody", role: "admin", is_active: 1_i64, created_at: AT].to_vec(),
        "doctors" => cells![doctor_id: id, user_id: format!("u-{id}"), created_at: AT].to_vec(),
        "patients" => cells![patient_id: id, name: format!("Somebody {id}"), created_at: AT].to_vec(),
        "sessions" => cells![
            id: id, patient_id: "A", input_type: "text", output_format: "text", status: "completed", created_at: AT,
            updated_at: AT
        ]
        .to_vec(),
        "mri_scans" => cells![
            id: id, session_id: "SA", file_path: "a.dcm", file_type: "dicom", binary_data: b"DICM".to_vec(), file_size: 4_i64,
            upload_timestamp: AT
        ]
        .to_vec(),
        "predictions" => cells![
            id: id, session_id: "SA", prediction_type: "binary", binary_result: "Negative", stage_result: "N/A",
            created_at: AT
        ]
        .to_vec(),
        "medical_reports" => cells![
            id: id, session_id: "SA", report_type: "comprehensive", title: "Findings", content: "Text", created_at: AT
        ]
        .to_vec(),
        "doctor_patient_assignments" => cells![
            id: id, doctor_id: "DOC1", patient_id: id, assignment_date: AT, assignment_type: "consultant", is_active: 1_i64,
            created_at: AT
        ]
        .to_vec(),
        "consultations" => cells![
            id: id, patient_id: "A", doctor_id: "DOC1", consultation_date: AT, status: "completed", created_at: AT
        ]
        .to_vec(),
        "report_status" => cells![
            id: id, patient_id: "A", session_id: "SA", status: "failed", requested_by: "u-admin", requested_at: AT
        ]
        .to_vec(),
        "patient_timeline" => cells![
            id: id, patient_id: "A", event_type: "note", event_date: AT, event_title: "Called", created_at: AT
        ]
        .to_vec(),
        "patient_statistics" => cells![patient_id: id].to_vec(),
        "lab_results" => cells![id: id, session_id: "SA", test_type: "blood", test_name: "iron", value: "7"].to_vec(),
        "action_flags" => cells![id: id, session_id: "SA", flag_type: "TEST_FLAG"].to_vec(),
        "audit_logs" => {
            cells![log_id: id, action: "login", actor_id: "admin", actor_role: "admin", details: "{}"].to_vec()
        }
        "abroad" | "knowledge_entries" => cells![id: id].to_vec(),
        _ => panic!("no usual row of {table}"),
    }
}
