//! Files as no program made them, but people who mended, copied and added to them: they come all the same, and no statement
//! of the database refuses what the importer let in.

use serde_json::{Value, json};

use super::{Target, counts, found};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Cell, LegacyFile, Variant, cells};

on_both!(
    what_is_empty_huge_or_far_away_comes_all_the_same,
    requests_in_any_state_come,
    tables_that_people_made_are_kept,
    a_row_that_is_there_twice_comes_once,
);

const AT: &str = "2025-10-02T10:00:00";

fn base(file: &LegacyFile) {
    file.insert("users", &cells![id: "u1", username: "ada", name: "Ada", role: "doctor", created_at: AT]);
    file.insert("doctors", &cells![doctor_id: "D", user_id: "u1", created_at: AT]);
    file.insert("patients", &cells![patient_id: "A", name: "Asha", created_at: AT]);
    file.insert("sessions", &session("s1", "A", "{}"));
}

fn session(id: &str, patient: &str, metadata: &str) -> [(&'static str, Cell); 6] {
    cells![id: id, patient_id: patient, input_type: "text", output_format: "text", created_at: AT, metadata: metadata]
}

/// Every row is accounted for, on any terms.
fn comes(target: &Target, file: &std::path::Path) -> Value {
    let report = target.import(file, &[]);
    for (table, _) in report["tables"].as_object().expect("tables") {
        let [rows, rest @ ..] = counts(&report, table);
        assert_eq!(rows, rest.iter().sum::<u64>(), "{table}");
    }
    target.import(file, &["--force", "--stub-patients", "--release-reports", "--open-session-assignments"]);
    report
}

/// Letters that no database can pack: an index must not hold them all.
fn noise(length: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64;
    let letters = (0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from(state % 26).expect("a letter"))
    });
    letters.collect()
}

async fn what_is_empty_huge_or_far_away_comes_all_the_same(database: TestDatabase) {
    let target = Target::of(database);
    let nothing = || Cell::Blob(vec![]);
    let file = target.old("old.db", Variant::V4, |file| {
        base(file);
        file.insert("users", &cells![id: nothing(), username: nothing(), name: nothing(), email: nothing(), role: "doctor"]);
        file.insert("doctors", &cells![doctor_id: nothing(), user_id: "x", license_number: nothing(), specialization: nothing()]);
        file.insert("sessions", &cells![id: "empty", patient_id: "A", input_type: nothing(), output_format: nothing()]);
        file.insert("sessions", &cells![id: "stub", patient_id: "B", patient_name: nothing(), input_type: "", output_format: ""]);
        file.insert("predictions", &cells![id: "empty", session_id: "s1", prediction_type: nothing(), model_version: nothing()]);
        file.insert("medical_reports", &cells![id: "empty", session_id: "s1", report_type: nothing(), title: nothing(), content: nothing()]);
        file.insert("mri_scans", &cells![id: "empty", session_id: "s1", file_path: nothing(), file_type: nothing(), file_size: "big", binary_data: 5_i64]);
        file.insert("patient_timeline", &cells![id: "empty", patient_id: "A", event_type: "note", event_title: "\u{3000}"]);

        let huge = noise(9_000);
        file.insert("users", &cells![id: &huge, username: &huge, name: &huge, email: &huge, role: "doctor", license_number: &huge]);
        file.insert("patients", &cells![patient_id: &huge, name: &huge, allergies: &huge]);
        file.insert("sessions", &session(&huge, &huge, "{}"));
        file.insert("predictions", &cells![id: &huge, session_id: &huge, prediction_type: &huge, binary_result: &huge]);
        file.insert("mri_scans", &cells![id: &huge, session_id: &huge, file_path: &huge, file_type: "png", original_filename: &huge]);

        let far = "2099-12-31";
        file.insert("patients", &cells![patient_id: "F", name: "F", created_at: far, age: 130_i64]);
        file.insert("patients", &cells![patient_id: "P", name: "P", created_at: "1900-01-01 00:00:00", age: 130_i64]);
        file.insert("sessions", &cells![id: "f", patient_id: "F", doctor_id: "D", input_type: "text", output_format: "text", created_at: far]);
        file.insert("predictions", &cells![id: "f", session_id: "f", prediction_type: "binary", created_at: far, processing_time: 1e308, confidence_score: 5e-324]);
        file.insert("medical_reports", &cells![id: "f", session_id: "f", report_type: "full", title: "t", content: "c", created_at: far]);
        file.insert("mri_scans", &cells![id: "f", session_id: "f", file_path: "f", file_type: "png", upload_timestamp: far, file_size: i64::MAX]);
        file.insert("consultations", &cells![id: "f", patient_id: "F", doctor_id: "D", consultation_date: far, status: "completed", created_at: far]);
        file.insert("report_status", &cells![id: "f", patient_id: "F", session_id: "f", status: "pending", requested_by: "u1", requested_at: far]);
        file.insert("patient_timeline", &cells![id: "f", patient_id: "F", event_type: "note", event_title: "t", event_date: far, created_at: far]);
        file.insert("doctor_patient_assignments", &cells![id: "f", doctor_id: "D", patient_id: "F", assignment_date: far, created_at: far]);
    });
    let report = comes(&target, &file);
    assert_eq!(counts(&report, "patients")[..2], [4, 4]);
    assert_eq!(target.count("FROM patients WHERE name LIKE '%…%'").await, 1, "a name that no index holds is cut");
    assert_eq!(target.count("FROM consultations WHERE status = 'scheduled'").await, 1);
}

async fn requests_in_any_state_come(database: TestDatabase) {
    let target = Target::of(database);
    let mut number = 0;
    let file = target.old("old.db", Variant::V4, |file| {
        base(file);
        file.insert(
            "medical_reports",
            &cells![id: "r", session_id: "s1", report_type: "full", title: "t", content: "c"],
        );
        file.insert("predictions", &cells![id: "p", session_id: "s1", prediction_type: "binary"]);
        for status in ["pending", "generating", "generated", "failed", "archived"] {
            for (of, at) in [None, Some("r")].into_iter().flat_map(|of| [None, Some(AT), Some("x")].map(|at| (of, at)))
            {
                for error in [None, Some("")] {
                    number += 1;
                    let row = cells![
                        id: format!("q{number}"), patient_id: "A", session_id: "s1", prediction_id: of.map(|_| "p"),
                        report_id: of, status: status, requested_by: "u1", requested_at: at, generated_at: at,
                        error_message: error, retry_count: 1e18, priority: i64::MAX
                    ];
                    file.insert("report_status", &row);
                }
            }
        }
    });
    let report = comes(&target, &file);
    assert_eq!(counts(&report, "report_status")[..2], [60, 60]);
    // One waits for the session, one for the prediction.
    let states = target.rows(&["status", "count(*)"], "FROM report_status GROUP BY 1 ORDER BY 1").await;
    assert_eq!(states, [["archived", "34"], ["failed", "12"], ["generated", "12"], ["pending", "2"]]);
}

async fn tables_that_people_made_are_kept(database: TestDatabase) {
    let target = Target::of(database);
    let deep = |depth| format!("{{\"a\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
    let file = target.old("old.db", Variant::V4, |file| {
        base(file);
        for (id, text) in [
            ("deep", deep(60)),
            ("deeper", deep(5_000)),
            ("twice", "{\"a\": 1, \"a\": 2}".to_owned()),
            ("half", "{\"a\": \"\\ud83d\"}".to_owned()),
            ("endless", "{\"a\": 1e400}".to_owned()),
            ("wide", "{\"a\": 1.7976931348623157e308, \"b\": 5e-324}".to_owned()),
        ] {
            file.insert("sessions", &session(id, "A", &text));
        }
        file.run(
            "CREATE TABLE numbered (rowid TEXT, b); INSERT INTO numbered VALUES ('a', 1), ('a', 2); \
             CREATE TABLE unnumbered (rowid TEXT, oid, _rowid_); INSERT INTO unnumbered VALUES ('a', 1, 2), ('a', 1, 2); \
             CREATE TABLE keyed (a PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO keyed VALUES ('a', 1), ('b', 2); \
             CREATE TABLE \"named \"\" oddly\" (\"a\"\"b c\", \"\", \"select\" TEXT); \
             INSERT INTO \"named \"\" oddly\" VALUES (1, 2, x'00'); \
             CREATE TABLE admins (user_id, password_hash); INSERT INTO admins VALUES ('a', 'sesame'), ('a', 'sesame'); \
             CREATE VIRTUAL TABLE search USING fts5 (a); INSERT INTO search VALUES ('words'); \
             CREATE VIEW summary AS SELECT count(*) FROM patients",
        );
    });
    let report = comes(&target, &file);
    for (table, rows) in [("numbered", 2), ("unnumbered", 2), ("keyed", 2), ("named \" oddly", 1), ("admins", 2)] {
        assert_eq!(counts(&report, table)[4], rows, "{table}");
    }
    assert_eq!((found(&report, "schema.unknown_table"), found(&report, "schema.virtual_table")), (4, 1));
    assert_eq!((found(&report, "json.unstorable"), found(&report, "session.metadata_not_json")), (2, 1));
    let kept = |reason: &str| format!("FROM import_kept WHERE {reason} ORDER BY source_row");
    let odd = target.value("content", &kept("source_table LIKE 'named%'")).await;
    let odd: Value = serde_json::from_str(&odd).expect("JSON");
    assert_eq!(odd, json!({"a\"b c": 1, "": 2, "select": {"hex": "00"}}));
    let admins = target.rows(&["content"], &kept("source_table = 'admins'")).await.concat().concat();
    assert!(!admins.contains("sesame"), "a secret is kept nowhere: {admins}");
    let stored = |id: &str| {
        format!(
            "FROM sessions s JOIN import_rows r ON r.row_key = s.id WHERE r.source_key = '{id}' AND r.source_table = 'sessions'"
        )
    };
    for (id, metadata) in [("deep", Some(deep(60))), ("deeper", None), ("twice", Some("{\"a\": 2}".to_owned()))] {
        let found = target.value("s.metadata", &stored(id)).await;
        let found = (found != "-").then(|| serde_json::from_str::<Value>(&found).expect("JSON"));
        assert_eq!(found, metadata.map(|text| serde_json::from_str(&text).expect("JSON")), "{id}");
    }
}

async fn a_row_that_is_there_twice_comes_once(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        // As a copy by way of another program leaves them: without types and keys.
        for table in Variant::V4.tables() {
            let columns = table.columns().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            file.run(&format!("DROP TABLE {0}; CREATE TABLE {0} ({columns})", table.name));
        }
        for _ in 0..2 {
            base(file);
            file.insert("predictions", &cells![id: "p", session_id: "s1", binary_result: "Positive", created_at: AT]);
            file.insert(
                "consultations",
                &cells![id: "v", patient_id: "A", doctor_id: "D", consultation_date: AT, status: "completed"],
            );
        }
        file.insert("patients", &cells![patient_id: 5_i64, name: "Five", created_at: AT]);
        file.insert("patients", &cells![patient_id: 5.5, name: "Five and a half", created_at: AT]);
    });
    let report = comes(&target, &file);
    for table in ["users", "doctors", "sessions", "predictions", "consultations"] {
        let [rows, migrated, .., quarantined, _] = counts(&report, table);
        assert_eq!([rows, migrated, quarantined], [2, 1, 1], "{table}");
    }
    assert_eq!((found(&report, "row.id_duplicate"), found(&report, "patient.id_not_text")), (6, 1));
    let figures = "FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id ORDER BY 1";
    let rows = target.rows(&["p.mrn", "s.total_predictions", "s.total_consultations"], figures).await;
    assert_eq!(rows, [["5", "0", "0"], ["A", "1", "1"]]);
}
