//! The same file again, a newer copy of it, and another system's.

use serde_json::Value;

use super::{OFFSET, Target, assert_same, counts, found, text};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{LegacyFile, Variant, cells};

on_both!(
    the_same_file_changes_nothing_and_says_so,
    a_newer_copy_brings_only_what_is_new,
    what_was_deleted_here_does_not_come_back,
    another_systems_file_is_refused,
    other_terms_bring_what_did_not_come_before,
    a_doctor_who_got_a_row_later_is_the_same,
    what_changed_in_the_old_system_is_told_and_left,
);

fn patient(file: &LegacyFile, number: u32, doctor: &str) {
    let (id, session) = (format!("PAT_{number}"), format!("session_{number}"));
    let at = format!("2025-10-{:02}T10:00:00", number + 1);
    file.insert(
        "patients",
        &cells![patient_id: &id, name: format!("Somebody {number}"), created_at: &at, assigned_doctor_id: doctor],
    );
    file.insert(
        "sessions",
        &cells![id: &session, patient_id: &id, doctor_id: doctor, input_type: "text", output_format: "text",
            status: "completed", created_at: &at],
    );
    file.insert(
        "mri_scans",
        &cells![id: format!("scan_{number}"), session_id: &session, file_path: "a.dcm", file_type: "dicom", upload_timestamp: &at,
            binary_data: vec![7_u8; 100 + number as usize]],
    );
    file.insert(
        "consultations",
        &cells![id: format!("visit_{number}"), patient_id: &id, doctor_id: doctor, session_id: &session, consultation_date: &at,
            status: "completed", diagnosis: "seen"],
    );
    file.insert(
        "report_status",
        &cells![id: format!("request_{number}"), patient_id: &id, session_id: &session, status: "pending", requested_by: "system",
            requested_at: &at],
    );
}

fn old(file: &LegacyFile) {
    file.insert("users", &cells![id: "u-ada", username: "ada", name: "Ada", role: "doctor"]);
    file.insert("doctors", &cells![doctor_id: "DOC1", user_id: "u-ada"]);
    (1..=3).for_each(|number| patient(file, number, "DOC1"));
}

/// The first file, some weeks later.
fn newer(file: &LegacyFile) {
    old(file);
    patient(file, 4, "DOC1");
    file.insert(
        "consultations",
        &cells![id: "visit_again", patient_id: "PAT_1", doctor_id: "DOC1", session_id: "session_1",
            consultation_date: "2025-11-01T10:00:00", status: "completed"],
    );
    file.insert(
        "mri_scans",
        &cells![id: "scan_again", session_id: "session_2", file_path: "b.dcm", file_type: "dicom",
            upload_timestamp: "2025-11-01T10:00:00", binary_data: vec![7_u8; 101]],
    );
}

async fn the_same_file_changes_nothing_and_says_so(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, old);
    target.import(&file, &[]);
    let before = target.content().await;
    let printed = target.done(&["import", text(&file), "--time-offset", OFFSET]);
    assert!(printed.contains("nothing was changed"), "{printed}");
    assert_same(&before, &target.content().await, "the same file");
    // Asked for all the same, every row is known.
    let report = target.import(&file, &["--force"]);
    assert!(report["printed"].as_str().unwrap().contains("Nothing in old.db is new"), "{report:#}");
    for table in ["users", "doctors", "patients", "sessions", "mri_scans", "consultations", "report_status"] {
        let [rows, .., already] = counts(&report, table);
        assert_eq!(rows, already, "{table}");
    }
    assert_same(&before, &target.content().await, "the same file again, asked for");
}

async fn a_newer_copy_brings_only_what_is_new(database: TestDatabase) {
    let target = Target::of(database);
    let first = target.old("old.db", Variant::V4, old);
    target.import(&first, &[]);
    // People have worked here since.
    target.change("UPDATE patients SET gender = 'other', version = version + 1 WHERE mrn = 'PAT_2'").await;
    target.change("UPDATE report_status SET status = 'archived', version = version + 1").await;
    let second = target.old("newer.db", Variant::V4, newer);
    let report = target.import(&second, &[]);
    let new = |table: &str| counts(&report, table)[1];
    assert_eq!(
        ["patients", "sessions", "mri_scans", "consultations", "report_status", "users"].map(new),
        [1, 1, 2, 2, 1, 0],
        "{report:#}"
    );
    assert_eq!(target.value("gender", "FROM patients WHERE mrn = 'PAT_2'").await, "other");
    let figures = target
        .rows(
            &["p.mrn", "s.total_consultations", "s.total_mri_scans", "s.unique_doctors_count"],
            "FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id ORDER BY p.mrn",
        )
        .await;
    assert_eq!(
        figures,
        [["PAT_1", "2", "1", "1"], ["PAT_2", "1", "2", "1"], ["PAT_3", "1", "1", "1"], ["PAT_4", "1", "1", "1"]]
    );
    let open = "FROM doctor_patient_assignments WHERE ended_at IS NULL AND assignment_type = 'primary'";
    assert_eq!((target.count(open).await, target.count("FROM doctor_patient_assignments").await), (4, 4));
    let status = target.rows(&["status", "count(*)"], "FROM report_status GROUP BY status ORDER BY status").await;
    assert_eq!(status, [["archived", "3"], ["pending", "1"]], "what was archived here stays so");
}

async fn what_was_deleted_here_does_not_come_back(database: TestDatabase) {
    let target = Target::of(database);
    let first = target.old("old.db", Variant::V4, old);
    target.import(&first, &[]);
    target.change("DELETE FROM patients WHERE mrn = 'PAT_1'").await;
    assert_eq!(target.count("FROM import_kept WHERE patient_id IS NOT NULL").await, 0);
    target
        .change("DELETE FROM consultations WHERE patient_id IN (SELECT patient_id FROM patients WHERE mrn = 'PAT_2')")
        .await;
    target
        .change("DELETE FROM mri_scans WHERE patient_id IN (SELECT patient_id FROM patients WHERE mrn = 'PAT_2')")
        .await;
    target.change("UPDATE report_status SET session_id = NULL").await;
    target
        .change("DELETE FROM sessions WHERE patient_id IN (SELECT patient_id FROM patients WHERE mrn = 'PAT_2')")
        .await;
    let second = target.old("newer.db", Variant::V4, newer);
    let report = target.import(&second, &[]);
    assert_eq!(target.rows(&["mrn"], "FROM patients ORDER BY 1").await, [["PAT_2"], ["PAT_3"], ["PAT_4"]]);
    // The new visit of the patient who is gone with the old event of the scan, and the new scan of the session that is gone.
    assert_eq!((found(&report, "patient.gone"), found(&report, "session.gone")), (2, 1), "{report:#}");
    let scan = "FROM mri_scans s JOIN patients p ON p.patient_id = s.patient_id WHERE p.mrn = 'PAT_2'";
    assert_eq!(target.rows(&["s.session_id"], scan).await, [["-"]]);
    assert_eq!(
        target.count("FROM consultations c JOIN patients p ON p.patient_id = c.patient_id WHERE p.mrn = 'PAT_2'").await,
        0
    );
}

async fn another_systems_file_is_refused(database: TestDatabase) {
    let target = Target::of(database);
    let first = target.old("old.db", Variant::V4, old);
    target.import(&first, &[]);
    let other = target.old("other.db", Variant::V4, |file| {
        file.insert("users", &cells![id: "u-ben", username: "ben", name: "Ben", role: "doctor"]);
        (7..=9).for_each(|number| patient(file, number, "u-ben"));
    });
    let said = target.refused(&other, &[]).await;
    assert!(said.contains("another system's") && said.contains("--force"), "{said}");
    target.import(&other, &["--force"]);
    assert_eq!(target.count("FROM patients").await, 6);
}

async fn other_terms_bring_what_did_not_come_before(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V1, |file| {
        file.insert(
            "sessions",
            &cells![id: "s1", patient_id: "patient_1a2b3c4d", patient_name: "Asha Menon", input_type: "text", output_format: "text",
                created_at: "2025-09-28T10:00:00"],
        );
        file.insert(
            "predictions",
            &cells![id: "p1", session_id: "s1", prediction_type: "binary", binary_result: "parkinsons", created_at: "2025-09-28T10:01:00"],
        );
    });
    let report = target.import(&file, &[]);
    assert_eq!((counts(&report, "sessions")[5], counts(&report, "predictions")[5]), (1, 1), "quarantined");
    let report: Value = target.import(&file, &["--force", "--stub-patients"]);
    assert_eq!((counts(&report, "sessions")[1], counts(&report, "predictions")[1]), (1, 1), "{report:#}");
    assert_eq!(target.value("name", "FROM patients WHERE mrn = 'patient_1a2b3c4d'").await, "Asha Menon");
    let finding = "FROM patient_statistics WHERE total_predictions = 1";
    assert_eq!(target.value("disease_status", finding).await, "detected");
}

async fn a_doctor_who_got_a_row_later_is_the_same(database: TestDatabase) {
    let target = Target::of(database);
    let old = |file: &LegacyFile| {
        file.insert("users", &cells![id: "u-ada", username: "ada", name: "Ada", role: "doctor"]);
        patient(file, 1, "u-ada");
    };
    let first = target.old("old.db", Variant::V4, old);
    let report = target.import(&first, &[]);
    assert_eq!(report["made"]["doctors"], 1);
    let second = target.old("newer.db", Variant::V4, |file| {
        old(file);
        file.insert("doctors", &cells![doctor_id: "DOC1", user_id: "u-ada", license_number: "L1"]);
        patient(file, 2, "DOC1");
    });
    let report = target.import(&second, &[]);
    assert_eq!((counts(&report, "doctors")[2], found(&report, "doctor.known")), (1, 1), "{report:#}");
    assert!(target.value("content", "FROM import_kept WHERE source_table = 'doctors'").await.contains("L1"));
    let visits = "FROM doctors d JOIN consultations c ON c.doctor_id = d.doctor_id GROUP BY 1";
    assert_eq!(target.rows(&["d.name", "count(*)"], visits).await, [["Ada", "2"]]);
}

async fn what_changed_in_the_old_system_is_told_and_left(database: TestDatabase) {
    let target = Target::of(database);
    let first = target.old("old.db", Variant::V4, old);
    target.import(&first, &[]);
    let before = target.content().await;
    let second = target.path("newer.db");
    std::fs::copy(&first, &second).expect("a copy");
    let file = rusqlite::Connection::open(&second).expect("the copy opens");
    file.execute_batch(
        "UPDATE patients SET name = 'Renamed There' WHERE patient_id = 'PAT_2'; \
         UPDATE consultations SET status = 'cancelled' WHERE id = 'visit_3'",
    )
    .expect("rows change");
    file.close().expect("nothing is open");
    let report = target.import(&second, &[]);
    assert_eq!((found(&report, "row.changed"), report["total"]["migrated"].as_u64()), (2, Some(0)), "{report:#}");
    assert_same(&before, &target.content().await, "a copy in which rows changed");
}
