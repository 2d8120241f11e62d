//! Scans, predictions, reports, requests and visits.

use serde_json::json;

use super::{Target, counts, found};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::legacy::{LegacyFile, Variant, cells};
use crate::support::server::TestServer;

on_both!(
    a_failed_run_is_no_prediction_and_a_failed_report_a_failed_request,
    what_nobody_understands_is_unknown,
    a_deleted_session_does_not_lose_whose_its_rows_are,
    scans_come_with_their_bytes,
    every_report_has_a_request_and_waiting_ones_wait_once,
    what_has_no_place_is_kept_aside_and_erased_with_the_patient,
);

fn patient(file: &LegacyFile, id: &str) {
    file.insert("patients", &cells![patient_id: id, name: format!("Somebody {id}"), created_at: "2025-10-01T10:00:00"]);
}

fn session(file: &LegacyFile, id: &str, patient: &str) {
    file.insert(
        "sessions",
        &cells![id: id, patient_id: patient, input_type: "text", output_format: "text", status: "completed",
            created_at: "2025-10-02T10:00:00"],
    );
}

fn prediction(file: &LegacyFile, id: &str, session: &str, result: Option<&str>) {
    file.insert(
        "predictions",
        &cells![id: id, session_id: session, prediction_type: "binary", binary_result: result, stage_result: "2",
            created_at: "2025-10-02T10:01:00"],
    );
}

fn report(file: &LegacyFile, id: &str, session: &str, kind: &str) {
    let metadata = if kind == "error" { "{\"error\": \"the model did not answer\"}" } else { "{}" };
    file.insert(
        "medical_reports",
        &cells![id: id, session_id: session, report_type: kind, title: "Findings", content: "Text", metadata: metadata,
            created_at: "2025-10-02T10:02:00"],
    );
}

async fn a_failed_run_is_no_prediction_and_a_failed_report_a_failed_request(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        patient(file, "A");
        session(file, "s1", "A");
        session(file, "s2", "A");
        prediction(file, "p1", "s1", Some("error"));
        prediction(file, "p2", "s2", Some("no_parkinsons"));
        report(file, "r1", "s1", "error");
        report(file, "r2", "s2", "comprehensive");
    });
    let report = target.import(&file, &[]);
    assert_eq!((counts(&report, "predictions")[4], counts(&report, "medical_reports")[4]), (1, 1), "kept aside");
    let server = TestServer::start(target.database).await;
    let document = "{ patient(mrn: \"A\") { statistics { totalPredictions totalReports diseaseStatus } \
                    sessions(first: 5) { nodes { status } } \
                    reportRequests(first: 5) { nodes { status errorMessage report { title } } } } }";
    let answer = server.admin().data(document, json!({})).await;
    let patient = &answer["patient"];
    assert_eq!(
        patient["statistics"],
        json!({"totalPredictions": 1, "totalReports": 1, "diseaseStatus": "NOT_DETECTED"})
    );
    let mut sessions: Vec<_> =
        patient["sessions"]["nodes"].as_array().unwrap().iter().map(|s| s["status"].to_string()).collect();
    sessions.sort();
    assert_eq!(sessions, ["\"COMPLETED\"", "\"FAILED\""]);
    let requests = patient["reportRequests"]["nodes"].as_array().unwrap();
    assert_eq!(requests.len(), 2, "{requests:#?}");
    let failed = json!({"status": "FAILED", "errorMessage": "the model did not answer", "report": null});
    let made = json!({"status": "GENERATED", "errorMessage": null, "report": {"title": "Findings"}});
    assert!(requests.contains(&failed) && requests.contains(&made), "{requests:#?}");
}

async fn what_nobody_understands_is_unknown(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        for (patient_id, result) in
            [("A", Some("maybe not")), ("B", None), ("C", Some("uncertain")), ("D", Some("Negative"))]
        {
            patient(file, patient_id);
            let session_id = format!("s{patient_id}");
            session(file, &session_id, patient_id);
            prediction(file, &format!("p{patient_id}"), &session_id, result);
        }
    });
    let report = target.import(&file, &[]);
    assert_eq!(found(&report, "prediction.result_unknown"), 1);
    let from = "FROM patients p JOIN patient_statistics s ON s.patient_id = p.patient_id \
                JOIN predictions r ON r.patient_id = p.patient_id ORDER BY p.mrn";
    let rows = target.rows(&["p.mrn", "r.binary_result", "s.disease_status", "s.total_predictions"], from).await;
    let expected = [
        ["A", "-", "unknown", "1"],
        ["B", "-", "unknown", "1"],
        ["C", "uncertain", "unknown", "1"],
        ["D", "not_detected", "not_detected", "1"],
    ];
    assert_eq!(rows, expected);
    assert!(
        target
            .value("content", "FROM import_kept WHERE reason = 'prediction.result_unknown'")
            .await
            .contains("maybe not")
    );
}

async fn a_deleted_session_does_not_lose_whose_its_rows_are(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        ["A", "B"].into_iter().for_each(|id| patient(file, id));
        let ids = ["by-event", "by-request", "by-metadata", "by-visit", "by-two", "by-nobody"];
        ids.into_iter().for_each(|id| session(file, id, "A"));
        // Events are made for all: then the sessions go, and with them what the test is not about.
        for id in ids {
            prediction(file, &format!("p-{id}"), id, Some("Positive"));
        }
        file.run("DELETE FROM patient_timeline WHERE session_id <> 'by-event'; DELETE FROM sessions");
        file.insert("report_status", &cells![id: "q1", patient_id: "A", session_id: "x", prediction_id: "p-by-request", status: "failed", requested_by: "system"]);
        file.insert(
            "medical_reports",
            &cells![id: "r1", session_id: "by-metadata", report_type: "comprehensive", title: "T", content: "C",
                metadata: "{\"patient_id\": \"A\"}", created_at: "2025-10-02T10:02:00"],
        );
        for (id, patient_id, session_id) in [("v1", "A", "by-visit"), ("v2", "A", "by-two"), ("v3", "B", "by-two")] {
            file.insert("users", &cells![id: format!("u{id}"), username: id, name: id, role: "doctor"]);
            file.insert(
                "consultations",
                &cells![id: id, patient_id: patient_id, doctor_id: format!("u{id}"), session_id: session_id,
                    consultation_date: "2025-10-03T10:00:00", status: "completed"],
            );
        }
    });
    let report = target.import(&file, &[]);
    let codes = [
        "prediction.owner_recoverable",
        "prediction.owner_ambiguous",
        "prediction.session_missing",
        "report.owner_recoverable",
    ];
    assert_eq!(codes.map(|code| found(&report, code)), [4, 1, 1, 1], "{report:#}");
    let of =
        |mrn: &str| format!("FROM predictions r JOIN patients p ON p.patient_id = r.patient_id WHERE p.mrn = '{mrn}'");
    assert_eq!((target.count(&of("A")).await, target.count(&of("B")).await), (4, 0));
    let quarantined = target.rows(&["source_key", "code"], "FROM import_quarantine ORDER BY 1").await;
    assert_eq!(
        quarantined,
        [["p-by-nobody", "prediction.session_missing"], ["p-by-two", "prediction.owner_ambiguous"]]
    );
}

async fn scans_come_with_their_bytes(database: TestDatabase) {
    let target = Target::of(database);
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[(number % 3) as usize]).collect();
    std::fs::create_dir_all(target.path("scans/positive")).unwrap();
    std::fs::write(target.path("scans/positive/b.jpg"), b"the file b").unwrap();
    let file = target.old("old.db", Variant::V4, |file| {
        patient(file, "A");
        session(file, "s1", "A");
        for (id, path, bytes, size) in [
            ("in the row", "data/a.dcm", Some(large.clone()), Some(7)),
            ("in a file", "data\\mri_scans\\positive\\b.jpg", None, None),
            ("nowhere", "data/c.png", None, Some(12)),
        ] {
            file.insert(
                "mri_scans",
                &cells![id: id, session_id: "s1", file_path: path, file_type: "dicom", file_size: size, binary_data: bytes,
                    upload_timestamp: "2025-10-02T10:00:30"],
            );
        }
    });
    let report = target.import(&file, &["--files", super::text(&target.path("scans"))]);
    assert_eq!(["scan.size_mismatch", "scan.file_missing"].map(|code| found(&report, code)), [1, 1]);
    let from = "FROM mri_scans s JOIN import_rows r ON r.row_key = s.id ORDER BY r.source_key";
    let rows = target.rows(&["r.source_key", "s.file_size", "s.sha256", "s.file_path"], from).await;
    let stored = |row: &Vec<String>| std::fs::read(target.files().join(&row[3])).expect("the file is in the store");
    assert_eq!((stored(&rows[0]), rows[0][1].as_str()), (b"the file b".to_vec(), "10"));
    assert_eq!((stored(&rows[1]), rows[1][1].as_str()), (large, "3000000"));
    assert_eq!(rows[2], ["nowhere", "12", "-", "data/c.png"]);
    let bytes: Vec<_> = target
        .content()
        .await
        .into_iter()
        .filter(|(_, rows)| rows.iter().any(|row| row.contains("the file b")))
        .collect();
    assert!(bytes.is_empty(), "no byte of a scan is in the database");
}

async fn every_report_has_a_request_and_waiting_ones_wait_once(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        patient(file, "A");
        session(file, "s1", "A");
        report(file, "asked", "s1", "comprehensive");
        report(file, "unasked", "s1", "annual");
        for (id, report_id, status) in [
            ("q1", Some("asked"), "generated"),
            ("q2", None, "pending"),
            ("q3", None, "generating"),
            ("q4", None, "archived"),
        ] {
            file.insert(
                "report_status",
                &cells![id: id, patient_id: "A", session_id: "s1", report_id: report_id, status: status, requested_by: "system",
                    requested_at: "2025-10-02T10:03:00"],
            );
        }
    });
    let report = target.import(&file, &[]);
    assert_eq!((report["made"]["requests"].as_u64(), found(&report, "report.type_normalised")), (Some(1), 1));
    assert_eq!(["report_status.interrupted", "report_status.duplicate_live"].map(|code| found(&report, code)), [1, 1]);
    let from = "FROM report_status q LEFT JOIN medical_reports r ON r.id = q.report_id GROUP BY 1, 2 ORDER BY 1, 2";
    let rows = target.rows(&["q.status", "r.report_type", "count(*)"], from).await;
    let expected = [
        ["archived", "-", "2"],
        ["generated", "comprehensive", "1"],
        ["generated", "other", "1"],
        ["pending", "-", "1"],
    ];
    assert_eq!(rows, expected);
}

async fn what_has_no_place_is_kept_aside_and_erased_with_the_patient(database: TestDatabase) {
    let target = Target::of(database);
    let file = target.old("old.db", Variant::V4, |file| {
        patient(file, "A");
        session(file, "s1", "A");
        file.insert("action_flags", &cells![id: "f1", session_id: "s1", flag_type: "PREDICT_PARKINSONS", data: "{\"of\": \"A\"}"]);
        file.insert("knowledge_entries", &cells![id: "k1", title: "T", content: "C", category: "c", source_type: "s", embedding: vec![1_u8, 2]]);
        file.insert("lab_results", &cells![id: "l1", session_id: "s1", test_type: "blood", test_name: "iron", value: "7"]);
        file.run("CREATE TABLE \"Weird; Table\" (a, b PRIMARY KEY) WITHOUT ROWID; INSERT INTO \"Weird; Table\" VALUES (1, x'00ff')");
        file.run("ALTER TABLE patients ADD COLUMN blood_group; UPDATE patients SET blood_group = 'B+'");
    });
    let report = target.import(&file, &[]);
    for (table, code) in [("action_flags", "table.no_place"), ("Weird; Table", "schema.unknown_table")] {
        assert_eq!(counts(&report, table)[4], 1, "{table}");
        assert!(found(&report, code) > 0, "{code}");
    }
    let rows = target.rows(&["source_table", "source_key", "patient_id IS NULL"], "FROM import_kept ORDER BY 1").await;
    let (yes, no) = if target.is_sqlite() { ("1", "0") } else { ("true", "false") };
    let expected = [
        ["Weird; Table", "-", yes],
        ["action_flags", "f1", no],
        ["knowledge_entries", "k1", yes],
        ["lab_results", "l1", no],
        ["patients", "A", no],
    ];
    assert_eq!(rows, expected);
    let blood = target.value("content", "FROM import_kept WHERE source_table = 'patients'").await;
    assert!(blood.contains("blood_group") && blood.contains("B+"), "{blood}");
    target.change("DELETE FROM patients WHERE mrn = 'A'").await;
    assert_eq!(target.count("FROM import_kept").await, 2);
}
