//! Tables, triggers and cells as the old system had them.

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::support::legacy::{Cell, LegacyFile, Variant, cells};

fn made(variant: Variant) -> (TempDir, LegacyFile) {
    let directory = tempfile::tempdir().unwrap();
    let file = LegacyFile::new(&directory.path().join("old.db"), variant);
    (directory, file)
}

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_variant_has_its_tables_and_columns() {
    let mut counts = vec![];
    for variant in Variant::ALL {
        let (_directory, file) = made(variant);
        for table in variant.tables() {
            let sql = format!("SELECT name FROM pragma_table_info('{}') ORDER BY cid", table.name);
            assert_eq!(texts(file.connection(), &sql), table.columns().collect::<Vec<_>>(), "{variant:?}");
        }
        let count = |kind: &str| file.count(&format!("SELECT count(*) FROM sqlite_master WHERE type = '{kind}'"));
        counts.push((count("table"), count("trigger")));
        assert_eq!(file.count("SELECT count(*) FROM pragma_foreign_keys WHERE foreign_keys <> 0"), 0);
    }
    assert_eq!(counts, [(10, 0), (10, 0), (10, 0), (13, 0), (13, 0), (18, 4), (15, 4)]);
}

#[test]
fn variants_differ_where_they_did() {
    let columns = |variant: Variant, table: &str| {
        let (_directory, file) = made(variant);
        texts(file.connection(), &format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")).join(" ")
    };
    assert!(!columns(Variant::V0, "sessions").contains("patient_id"));
    assert!(columns(Variant::V0m, "sessions").ends_with("metadata patient_id patient_name doctor_id doctor_name"));
    assert!(
        columns(Variant::V1, "sessions").starts_with("id user_id patient_id patient_name doctor_id doctor_name input")
    );
    assert!(!columns(Variant::V0, "mri_scans").contains("binary_data"));
    assert!(columns(Variant::V0m, "mri_scans").ends_with("metadata binary_data"));
    assert!(columns(Variant::V4, "mri_scans").contains("image_dimensions binary_data preprocessing_applied"));
    assert!(columns(Variant::V1, "users").contains("user_type preferences"));
    assert_eq!(columns(Variant::V5, "audit_logs"), "");

    let keys = |variant: Variant| {
        let (_directory, file) = made(variant);
        let sql = "SELECT \"from\" || '>' || \"table\" || '.' || \"to\" || ' ' || on_delete
            FROM pragma_foreign_key_list('sessions') ORDER BY 1";
        texts(file.connection(), sql).join(", ")
    };
    assert_eq!(keys(Variant::V0m), "user_id>users.id NO ACTION");
    assert!(keys(Variant::V2).contains("patient_id>patients.id NO ACTION"));
    assert!(keys(Variant::V3).contains("patient_id>patients.patient_id SET NULL"));
    let (_directory, file) = made(Variant::V2);
    let mismatch = file.connection().execute_batch("PRAGMA foreign_key_check").unwrap_err().to_string();
    assert!(mismatch.contains("foreign key mismatch - \"sessions\" referencing \"patients\""), "{mismatch}");
}

#[test]
fn columns_have_their_types_defaults_and_checks() {
    let (_directory, file) = made(Variant::V4);
    let definition = |table: &str, column: &str| {
        let sql = format!(
            "SELECT type || ' ' || ifnull(dflt_value, '-') || ' ' || \"notnull\" || pk FROM pragma_table_info('{table}')
             WHERE name = '{column}'"
        );
        texts(file.connection(), &sql).concat()
    };
    for (table, column, expected) in [
        ("users", "id", "TEXT - 01"),
        ("users", "is_active", "BOOLEAN 1 00"),
        ("doctors", "consultation_fee", "DECIMAL(10,2) - 00"),
        ("patients", "date_of_birth", "DATE - 00"),
        ("mri_scans", "upload_timestamp", "TIMESTAMP CURRENT_TIMESTAMP 00"),
        ("mri_scans", "processing_timestamp", "TIMESTAMP - 00"),
        ("medical_reports", "format_type", "TEXT 'text' 00"),
        ("medical_reports", "generated_by", "TEXT 'RAG_Agent' 00"),
        ("agent_messages", "processed", "BOOLEAN FALSE 00"),
        ("knowledge_entries", "credibility_score", "REAL 1.0 00"),
        ("consultations", "status", "TEXT 'completed' 00"),
        ("agent_messages", "payload", "JSON - 10"),
    ] {
        assert_eq!(definition(table, column), expected, "{table}.{column}");
    }
    let refused = |sql: &str| file.connection().execute_batch(sql).unwrap_err().to_string();
    assert!(refused("INSERT INTO users (id, name, role) VALUES ('1', 'A', 'inactive')").contains("CHECK"));
    let pair = "INSERT INTO doctor_patient_assignments (id, doctor_id, patient_id, assignment_date)";
    file.run(&format!("{pair} VALUES (NULL, 'd', 'p', 'now')"));
    assert!(refused(&format!("{pair} VALUES (NULL, 'd', 'p', 'now')")).contains("UNIQUE"));
    file.ignore_checks();
    file.insert("users", &cells![id: "1", name: "A", role: "inactive"]);
    file.insert("users", &cells![id: Cell::Null, name: "B", role: "admin"]);
    file.insert("users", &cells![id: Cell::Null, name: "C", role: "admin"]);
    assert_eq!(file.count("SELECT count(*) FROM users WHERE id IS NULL"), 2);
}

#[test]
fn triggers_see_what_is_inserted_and_nothing_else() {
    let (_directory, file) = made(Variant::V5);
    file.insert("patients", &cells![patient_id: "P1", name: "A"]);
    file.insert("patient_statistics", &cells![patient_id: "P1"]);
    for (id, patient) in [("s1", Cell::from("P1")), ("s2", Cell::Null), ("s3", Cell::from(""))] {
        file.insert("sessions", &cells![id: id, patient_id: patient, input_type: "text", output_format: "text"]);
        let scan = format!("scan-{id}");
        file.insert("mri_scans", &cells![id: &scan, session_id: id, file_path: "f", file_type: "png"]);
        file.insert(
            "predictions",
            &cells![id: id, session_id: id, prediction_type: "binary", binary_result: "Positive"],
        );
    }
    file.insert(
        "medical_reports",
        &cells![id: "r", session_id: "s1", report_type: "error", title: "T", content: "C", created_at: "2025-11-01T10:00:00"],
    );
    for (id, status, date) in [("c1", "completed", "2025-11-02T10:00:00"), ("c2", "cancelled", "2025-10-30 10:00:00")] {
        file.insert(
            "consultations",
            &cells![id: id, patient_id: "P1", doctor_id: "D", status: status, consultation_date: date],
        );
    }
    file.run("DELETE FROM consultations WHERE id = 'c1'");
    let events = "SELECT id || ' ' || severity || ' ' || event_description FROM patient_timeline ORDER BY id";
    assert_eq!(
        texts(file.connection(), events),
        ["timeline_pred_s1 medium Result: Positive", "timeline_scan_scan-s1 info File: Unknown"]
    );
    let statistics = "SELECT total_consultations || ' ' || last_visit_date || ' ' || total_reports || ' ' ||
        total_mri_scans FROM patient_statistics";
    assert_eq!(texts(file.connection(), statistics), ["2 2025-10-30 10:00:00 1 0"]);
}

#[test]
fn cells_are_stored_as_they_are() {
    let (_directory, file) = made(Variant::V4);
    let odd = [b"a\xff\xfe".to_vec(), b"a\0b".to_vec()];
    let rows = [
        cells![patient_id: Cell::OddText(odd[0].clone()), name: Cell::OddText(odd[1].clone()), age: 71_i64],
        cells![patient_id: "P2", name: Cell::Blob(vec![0, 255]), age: 71.5],
        cells![patient_id: Cell::Null, name: "Ada", age: "seventy"],
    ];
    let ids: Vec<i64> = rows.iter().map(|row| file.insert("patients", row)).collect();
    assert_eq!(ids, [1, 2, 3]);
    // Text that looks like a number becomes one where the type is not text.
    file.insert("patients", &cells![patient_id: "P4", name: "B", created_at: "20251006", age: "71"]);
    let path = file.close();
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let read = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Value>(0)).unwrap();
    let bytes = |sql: &str| connection.query_row(sql, [], |row| Ok(row.get_ref(0)?.as_bytes()?.to_vec())).unwrap();
    assert_eq!(bytes("SELECT patient_id FROM patients WHERE rowid = 1"), odd[0]);
    assert_eq!(bytes("SELECT name FROM patients WHERE rowid = 1"), odd[1]);
    assert_eq!(read("SELECT typeof(name) FROM patients WHERE rowid = 1"), Value::Text("text".to_owned()));
    assert_eq!(read("SELECT name FROM patients WHERE rowid = 2"), Value::Blob(vec![0, 255]));
    assert_eq!(read("SELECT age FROM patients WHERE rowid = 2"), Value::Real(71.5));
    assert_eq!(read("SELECT age FROM patients WHERE rowid = 3"), Value::Text("seventy".to_owned()));
    assert_eq!(read("SELECT patient_id FROM patients WHERE rowid = 3"), Value::Null);
    assert_eq!(read("SELECT created_at FROM patients WHERE rowid = 4"), Value::Integer(20_251_006));
    assert_eq!(read("SELECT age FROM patients WHERE rowid = 4"), Value::Integer(71));
}
