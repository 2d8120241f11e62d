//! Every form of the old schema, as it was and as it was mixed, is recognised and imported, and nothing is lost.

use serde_json::{Value, json};

use super::{Target, counts, found};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{Cell, LegacyFile, Variant, cells};

on_both!(
    every_variant_is_recognised_and_imported,
    the_oldest_ones_come_with_stub_patients,
    mixed_files_are_recognised_too,
    a_column_is_found_by_its_name,
    a_patient_who_was_a_stub_stays_one,
);

const AT: &str = "2025-09-30T10:00:00";

/// One of each, as far as the variant has a place for it.
fn one_of_each(file: &LegacyFile, variant: Variant) {
    let (first, sessions_know) = (variant < Variant::V2, variant != Variant::V0);
    if first {
        file.insert(
            "users",
            &cells![id: "u-ada", name: "Ada", user_type: "doctor", email: "ada@example.org", created_at: AT],
        );
        file.insert("patients", &cells![id: "A", name: "Asha", gender: "F", assigned_doctor: "u-ada", created_at: AT]);
    } else {
        file.insert("users", &cells![id: "u-ada", username: "ada", name: "Ada", role: "doctor", created_at: AT]);
        file.insert("doctors", &cells![doctor_id: "DOC1", user_id: "u-ada", created_at: AT]);
        file.insert(
            "patients",
            &cells![patient_id: "A", name: "Asha", gender: "female", assigned_doctor_id: "DOC1", created_at: AT],
        );
    }
    let mut session =
        cells![id: "s1", user_id: "u-ada", input_type: "text", output_format: "text", created_at: AT].to_vec();
    if sessions_know {
        let doctor = if first { "u-ada" } else { "DOC1" };
        session.extend(cells![patient_id: "A", patient_name: "Asha", doctor_id: doctor, doctor_name: "Ada"]);
    }
    file.insert("sessions", &session);
    let mut scan =
        cells![id: "c1", session_id: "s1", file_path: "a.dcm", file_type: "dicom", upload_timestamp: AT].to_vec();
    if sessions_know {
        scan.push(("binary_data", Cell::from(b"DICM".to_vec())));
    }
    file.insert("mri_scans", &scan);
    file.insert(
        "predictions",
        &cells![id: "p1", session_id: "s1", prediction_type: "binary", binary_result: "parkinsons", created_at: AT],
    );
    file.insert(
        "medical_reports",
        &cells![id: "r1", session_id: "s1", report_type: "comprehensive", title: "T", content: "C", created_at: AT],
    );
    file.insert("knowledge_entries", &cells![id: "k1", title: "T", content: "C", category: "c", source_type: "s"]);
}

const CLINICAL: [&str; 6] = ["users", "patients", "sessions", "mri_scans", "predictions", "medical_reports"];

/// That each row of the clinical tables came, and no row of another is unaccounted for.
fn all_came(report: &Value) {
    for table in CLINICAL {
        assert_eq!(counts(report, table)[..2], [1, 1], "{table}: {report:#}");
    }
    for (table, _) in report["tables"].as_object().expect("tables") {
        let [rows, rest @ ..] = counts(report, table);
        assert_eq!(rows, rest.iter().sum::<u64>(), "{table}");
    }
    assert_eq!(report["total"]["quarantined"], 0, "{report:#}");
}

async fn every_variant_is_recognised_and_imported(database: TestDatabase) {
    let backend = database.backend;
    for (variant, name) in Variant::ALL.into_iter().zip(["v0", "v0m", "v1", "v2", "v3", "v4", "v5"]) {
        let target = Target::of(TestDatabase::migrated(backend).await);
        let file = target.old("old.db", variant, |file| one_of_each(file, variant));
        let report = target.import(&file, &[]);
        assert_eq!(report["variant"], name);
        assert_eq!(found(&report, "schema.fk_target_mismatch"), u64::from(variant == Variant::V2), "{name}");
        if variant == Variant::V0 {
            // Its sessions are nobody's.
            assert_eq!((counts(&report, "sessions")[4], report["total"]["quarantined"].as_u64()), (1, Some(3)));
            assert_eq!((counts(&report, "patients")[1], counts(&report, "users")[1]), (1, 1));
            continue;
        }
        all_came(&report);
        let figures = "FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id";
        let columns = [
            "p.mrn",
            "p.gender",
            "s.total_mri_scans",
            "s.total_predictions",
            "s.total_reports",
            "s.unique_doctors_count",
        ];
        assert_eq!(target.rows(&columns, figures).await, [["A", "female", "1", "1", "1", "1"]], "{name}");
        let primary = "FROM doctor_patient_assignments WHERE assignment_type = 'primary' AND ended_at IS NULL";
        assert_eq!(target.count(primary).await, 1, "{name}");
        let session = "FROM sessions s JOIN doctors d ON d.doctor_id = s.doctor_id";
        assert_eq!(target.rows(&["d.name"], session).await, [["Ada"]], "{name}");
    }
}

/// In practice the oldest ones had neither accounts nor patients: who somebody is, sessions alone say.
async fn the_oldest_ones_come_with_stub_patients(database: TestDatabase) {
    let backend = database.backend;
    for variant in [Variant::V0m, Variant::V1] {
        let target = Target::of(TestDatabase::migrated(backend).await);
        let file = target.old("old.db", variant, |file| {
            for (id, patient, name) in
                [("s1", "patient_1a", "Asha"), ("s2", "patient_1a", "Asha M."), ("s3", "patient_2b", "Unknown Patient")]
            {
                file.insert(
                    "sessions",
                    &cells![id: id, user_id: "cli_user", patient_id: patient, patient_name: name, doctor_id: "doctor_7f",
                        doctor_name: "System Generated", input_type: "text", output_format: "text", created_at: AT],
                );
                file.insert(
                    "predictions",
                    &cells![id: format!("p-{id}"), session_id: id, prediction_type: "binary", binary_result: "no_parkinsons",
                        created_at: AT],
                );
            }
        });
        let dry = target.import(&file, &["--dry-run"]);
        assert_eq!((counts(&dry, "sessions")[5], counts(&dry, "predictions")[5]), (3, 3), "{dry:#}");
        let report = target.import(&file, &["--stub-patients"]);
        assert_eq!((counts(&report, "sessions")[1], counts(&report, "predictions")[1]), (3, 3), "{report:#}");
        assert_eq!(report["made"]["patients"], 2);
        let figures = "FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id ORDER BY 1";
        let rows = target.rows(&["p.mrn", "p.name", "s.total_predictions", "s.disease_status"], figures).await;
        // The name that was typed first; that somebody is the same as somebody else is never guessed.
        let expected =
            [["patient_1a", "Asha", "2", "not_detected"], ["patient_2b", "Unknown Patient", "1", "not_detected"]];
        assert_eq!(rows, expected);
        assert_eq!(target.count("FROM doctors").await, 0, "a doctor of whom a session tells is none");
    }
}

/// A file of one version that a later one opened: tables are added, and what was wrong stays.
fn mixed(file: &LegacyFile, from: Variant, with: Variant, only: &[&str]) {
    let other = tempfile::tempdir().expect("a temporary directory");
    let path = other.path().join("other.db");
    LegacyFile::new(&path, with).close();
    file.run(&format!("ATTACH '{}' AS other", path.display()));
    let there: Vec<String> = from.tables().iter().map(|table| table.name.to_owned()).collect();
    let sql = "SELECT sql FROM other.sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, rowid";
    let statements: Vec<String> = {
        let mut statement = file
            .connection()
            .prepare(
                "SELECT tbl_name, sql FROM other.sqlite_schema WHERE sql IS NOT NULL AND type = 'table' ORDER BY rowid",
            )
            .expect(sql);
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).expect(sql);
        rows.map(|row| row.expect(sql))
            .filter(|(table, _)| !there.contains(table) && (only.is_empty() || only.contains(&table.as_str())))
            .map(|(_, sql)| sql)
            .collect()
    };
    assert!(!statements.is_empty());
    file.run("DETACH other");
    statements.iter().for_each(|statement| file.run(statement));
}

async fn mixed_files_are_recognised_too(database: TestDatabase) {
    let backend = database.backend;
    let visit = |file: &LegacyFile| {
        let row = cells![id: "v1", patient_id: "A", doctor_id: "DOC1", session_id: "s1", consultation_date: AT, status: "completed"];
        file.insert("consultations", &row);
    };
    // The second version's, with the fourth's tables: the broken reference stays.
    let target = Target::of(TestDatabase::migrated(backend).await);
    let file = target.old("old.db", Variant::V2, |file| {
        mixed(file, Variant::V2, Variant::V4, &[]);
        one_of_each(file, Variant::V2);
        visit(file);
    });
    let report = target.import(&file, &[]);
    all_came(&report);
    assert_eq!(
        (report["variant"].as_str(), found(&report, "schema.fk_target_mismatch")),
        (Some("v4"), 1),
        "{report:#}"
    );
    assert_eq!(counts(&report, "consultations")[..2], [1, 1]);

    // The fifth version's, which keeps tables that it no longer makes.
    let target = Target::of(TestDatabase::migrated(backend).await);
    let file = target.old("old.db", Variant::V5, |file| {
        mixed(file, Variant::V5, Variant::V4, &["lab_results", "embeddings"]);
        file.run(
            "CREATE TABLE reports (report_id, patient_id, file_path); INSERT INTO reports VALUES ('r', 'A', 'r.pdf')",
        );
        one_of_each(file, Variant::V5);
        visit(file);
        file.insert("lab_results", &cells![id: "l1", session_id: "s1", test_type: "b", test_name: "iron", value: "7"]);
    });
    let report = target.import(&file, &[]);
    all_came(&report);
    assert_eq!(report["variant"], "v5");
    assert_eq!((counts(&report, "lab_results")[4], counts(&report, "reports")[4]), (1, 1));
    assert_eq!((found(&report, "schema.unknown_table"), found(&report, "table.no_place")), (0, 3), "{report:#}");
    let kept = target.value("content", "FROM import_kept WHERE source_table = 'reports'").await;
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept, json!({"report_id": "r", "patient_id": "A", "file_path": "r.pdf"}));
}

async fn a_column_is_found_by_its_name(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        // The columns backwards, without types, keys or anything else that a dump may have lost.
        for table in Variant::V4.tables() {
            let columns: Vec<&str> = table.columns().collect();
            let backwards = columns.iter().rev().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            file.run(&format!("DROP TABLE {0}; CREATE TABLE {0} ({backwards})", table.name));
        }
        one_of_each(file, Variant::V4);
    });
    let report = target.import(&file, &[]);
    assert_eq!(report["variant"], "v4");
    all_came(&report);
    assert_eq!(target.value("content", "FROM medical_reports").await, "C");
    assert_eq!(target.value("binary_result", "FROM predictions").await, "detected");
}

/// Who came as a stub is not made again when a later copy has the patient's row.
async fn a_patient_who_was_a_stub_stays_one(database: TestDatabase) {
    let target = Target::of(database);
    let old = |file: &LegacyFile| {
        file.insert(
            "sessions",
            &cells![id: "s1", patient_id: "A", patient_name: "Asha", input_type: "text", output_format: "text", created_at: AT],
        );
    };
    let first = target.old("old.db", Variant::V4, old);
    target.import(&first, &["--stub-patients"]);
    let second = target.old("newer.db", Variant::V4, |file| {
        old(file);
        file.insert("patients", &cells![patient_id: "A", name: "Asha Menon", age: 61_i64, created_at: AT]);
    });
    let report = target.import(&second, &["--stub-patients"]);
    assert_eq!((counts(&report, "patients")[2], found(&report, "patient.was_stub")), (1, 1), "{report:#}");
    assert_eq!(target.rows(&["mrn", "name"], "FROM patients").await, [["A", "Asha"]]);
    assert!(target.value("content", "FROM import_kept").await.contains("Asha Menon"), "what it says is there");
}
