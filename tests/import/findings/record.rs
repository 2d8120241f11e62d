//! Sessions, scans, predictions and reports.

use serde_json::{Value, json};

use super::{Defect, Fate, defect, hex};
use crate::support::legacy::{Cell, cells};

/// When the world's session began.
const BEGAN: &str = "2025-10-02T04:30:00.000000Z";

pub(super) fn defects() -> Vec<Defect> {
    [sessions(), owners(), scans(), predictions(), reports()].into_iter().flatten().collect()
}

fn sessions() -> Vec<Defect> {
    vec![
        defect("sessions", cells![id: Cell::Null], &["session.id_missing"]).fate(Fate::Quarantined),
        defect("sessions", cells![id: vec![1_u8]], &["session.id_missing"]).fate(Fate::Quarantined),
        defect("sessions", cells![id: "nobody's", patient_id: ""], &["session.no_patient"]).fate(Fate::Kept),
        defect("sessions", cells![patient_id: Cell::Null], &["session.no_patient"]).fate(Fate::Kept),
        defect("sessions", cells![id: "a stranger's", patient_id: "X"], &["session.patient_dangling"])
            .fate(Fate::Quarantined),
        defect("sessions", cells![patient_id: " A"], &["session.patient_dangling"]).fate(Fate::Quarantined),
        defect("sessions", cells![patient_name: "Patient  A"], &["session.patient_named"])
            .here("patient_id", "of A")
            .aside("patient_name", "Patient  A"),
        defect("sessions", cells![doctor_id: "ben"], &["session.doctor_mapped"]).here("doctor_id", "of DOC2"),
        defect("sessions", cells![doctor_id: "u-ben"], &["session.doctor_mapped"]).here("doctor_id", "of DOC2"),
        defect("sessions", cells![doctor_id: "DOC9", doctor_name: "Who"], &["session.doctor_dangling"])
            .lost("doctor_id", "DOC9")
            .aside("doctor_name", "Who"),
        defect("sessions", cells![doctor_id: "", doctor_name: "Who"], &["session.doctor_blank"])
            .here("doctor_id", Value::Null)
            .aside("doctor_name", "Who"),
        defect("sessions", cells![doctor_name: "Who"], &["session.doctor_named"])
            .here("doctor_id", Value::Null)
            .aside("doctor_name", "Who"),
        defect("sessions", cells![user_id: "cli_user"], &["session.user_dangling"]).here("user_id", Value::Null),
        defect("sessions", cells![user_id: "who"], &["session.user_dangling"]).lost("user_id", "who"),
        defect("sessions", cells![status: "asleep"], &["session.vocab_unknown"])
            .here("status", "expired")
            .aside("status", "asleep"),
        defect("sessions", cells![input_type: "mri_scan"], &["session.vocab_unknown"])
            .here("input_type", "mri_scan")
            .aside("input_type", "mri_scan"),
        defect("sessions", cells![status: "processing"], &[]).here("status", "active"),
        defect("sessions", cells![created_at: "2025-10-06T12:00:60"], &["session.date_unparseable"])
            .here("created_at", BEGAN)
            .aside("created_at", "2025-10-06T12:00:60"),
        defect("sessions", cells![metadata: 42_i64], &["session.metadata_not_json"]).lost("metadata", 42),
        defect("sessions", cells![metadata: "{'a': 1}"], &["session.metadata_not_json"]).lost("metadata", "{'a': 1}"),
        defect("sessions", cells![metadata: b"{}".to_vec()], &["session.metadata_not_json"])
            .lost("metadata", hex("7b7d")),
        defect("sessions", cells![metadata: "{\"a\": NaN}"], &["json.unstorable"]).lost("metadata", "{\"a\": NaN}"),
        defect("sessions", cells![metadata: "{\"a\": \"\\u0000\"}"], &["json.unstorable"])
            .lost("metadata", "{\"a\": \"\\u0000\"}"),
        defect("sessions", cells![metadata: "{\"a\": [1, 1.5, \"\u{e9}\"]}"], &[])
            .here("metadata", json!({"a": [1, 1.5, "\u{e9}"]})),
        defect("sessions", cells![updated_at: "2025-10-02 04:00:00"], &["session.updated_before_created"])
            .here("updated_at", BEGAN),
    ]
}

/// Rows whose session says nothing of a patient. That of a session that was deleted is whose one other row says it is.
fn owners() -> Vec<Defect> {
    let (gone, lost) = (Fate::Migrated, Fate::Quarantined);
    let mut defects = vec![
        defect("report_status", cells![session_id: "gone"], &["report_status.session_dangling"])
            .lost("session_id", "gone"),
        defect("report_status", cells![session_id: "shared"], &["report_status.session_dangling"])
            .lost("session_id", "shared"),
        defect("report_status", cells![session_id: "shared", patient_id: "B"], &["report_status.session_dangling"])
            .lost("session_id", "shared"),
    ];
    type Codes = &'static [&'static str];
    let tables: [(&'static str, [Codes; 5]); 3] = [
        (
            "mri_scans",
            [
                &["scan.owner_recoverable"],
                &["scan.owner_ambiguous"],
                &["scan.session_missing"],
                &["scan.session_without_patient"],
                &["scan.patient_dangling"],
            ],
        ),
        (
            "predictions",
            [
                &["prediction.owner_recoverable"],
                &["prediction.owner_ambiguous"],
                &["prediction.session_missing"],
                &["prediction.session_without_patient"],
                &["prediction.patient_dangling"],
            ],
        ),
        (
            "medical_reports",
            [
                &["report.owner_recoverable"],
                &["report.owner_ambiguous"],
                &["report.session_missing"],
                &["report.session_without_patient"],
                &["report.patient_dangling"],
            ],
        ),
    ];
    for (table, [recoverable, ambiguous, missing, nobodys, strangers]) in tables {
        for (session, codes, fate) in [
            ("gone", recoverable, gone),
            ("shared", ambiguous, lost),
            ("nowhere", missing, lost),
            ("", missing, lost),
            ("nobody's", nobodys, lost),
            ("a stranger's", strangers, lost),
        ] {
            let defect = defect(table, cells![session_id: session], codes).fate(fate);
            defects.push(if fate == gone {
                defect.here("patient_id", "of A").lost("session_id", "gone")
            } else {
                defect
            });
        }
        defects.push(defect(table, cells![session_id: b"SA".to_vec()], missing).fate(lost));
    }
    defects
}

fn scans() -> Vec<Defect> {
    vec![
        defect("mri_scans", cells![id: ""], &["scan.id_missing"]).fate(Fate::Quarantined),
        defect("mri_scans", cells![upload_timestamp: "2025-10-06T24:00:00"], &["scan.date_unparseable"])
            .here("upload_timestamp", BEGAN)
            .aside("upload_timestamp", "2025-10-06T24:00:00"),
        defect("mri_scans", cells![processing_timestamp: 7_i64], &["scan.date_unparseable"])
            .lost("processing_timestamp", 7),
        defect("mri_scans", cells![metadata: "[1]", preprocessing_applied: "{}"], &["scan.metadata_not_json"])
            .lost("metadata", "[1]")
            .lost("preprocessing_applied", "{}"),
        defect("mri_scans", cells![processing_status: "Done"], &["scan.status_unknown"])
            .here("processing_status", "pending")
            .aside("processing_status", "Done"),
        defect("mri_scans", cells![file_type: "tiff"], &["scan.type_unknown"])
            .here("file_type", "unknown")
            .aside("file_type", "tiff"),
        defect("mri_scans", cells![file_type: "NII.GZ"], &[]).here("file_type", "nifti"),
        defect("mri_scans", cells![file_size: 5_i64], &["scan.size_mismatch"])
            .here("file_size", 4)
            .aside("file_size", 5),
        defect("mri_scans", cells![file_size: Cell::Null], &[]).here("file_size", 4),
        defect("mri_scans", cells![binary_data: "DICM as text"], &["scan.blob_not_bytes"]).here("file_size", 12),
        defect("mri_scans", cells![binary_data: Cell::Null], &["scan.file_missing"]).here("file_path", "a.dcm"),
        defect("mri_scans", cells![binary_data: Cell::Blob(vec![])], &["scan.size_mismatch", "scan.file_missing"])
            .here("sha256", Value::Null)
            .aside("file_size", 4),
        of_file("mri\\shared.jpg", &["scan.file_ambiguous", "scan.file_missing"]),
        of_file("shared.jpg", &["scan.file_ambiguous", "scan.file_missing"]),
        of_file("data/longer.jpg", &["scan.file_ambiguous", "scan.file_missing"]),
        of_file("data/right.jpg", &[]).here("file_size", 4),
    ]
}

fn of_file(path: &str, codes: &'static [&'static str]) -> Defect {
    defect("mri_scans", cells![binary_data: Cell::Null, file_path: path], codes)
}

fn predictions() -> Vec<Defect> {
    let unknown = |cell: Cell, raw: Value| {
        defect("predictions", cells![binary_result: cell], &["prediction.result_unknown"]).lost("binary_result", raw)
    };
    let unsure = |cell: Cell, raw: Value| {
        defect("predictions", cells![confidence_score: cell], &["prediction.confidence_out_of_range"])
            .lost("confidence_score", raw)
    };
    vec![
        defect("predictions", cells![id: "  "], &["prediction.id_missing"]).fate(Fate::Quarantined),
        defect("predictions", cells![created_at: ""], &["prediction.date_unparseable"])
            .here("created_at", BEGAN)
            .aside("created_at", ""),
        defect("predictions", cells![session_id: "SA2", binary_result: "Failed"], &["prediction.error_placeholder"])
            .fate(Fate::Kept),
        unknown(Cell::from("maybe"), json!("maybe")),
        unknown(Cell::from(""), json!("")),
        unknown(Cell::from(b"Negative".to_vec()), hex("4e65676174697665")),
        unknown(Cell::OddText(b"Negative\0".to_vec()), Value::Null).odd_result(),
        defect("predictions", cells![binary_result: "PARKINSON\u{2019}S-DISEASE"], &[])
            .here("binary_result", "detected"),
        defect("predictions", cells![stage_result: "9"], &["prediction.stage_unknown"]).lost("stage_result", "9"),
        defect("predictions", cells![stage_result: "Stage IV"], &[]).here("stage_result", "4"),
        unsure(Cell::from(1.000_001), json!(1.000_001)),
        unsure(Cell::from(-0.5), json!(-0.5)),
        unsure(Cell::from("high"), json!("high")),
        // A float32 of numpy.
        unsure(Cell::from(0.75_f32.to_le_bytes().to_vec()), hex("0000403f")),
        unsure(Cell::from(f64::INFINITY), json!("inf")),
        defect("predictions", cells![binary_confidence: 0.25, stage_confidence: "0.5"], &[])
            .here("binary_confidence", 0.25)
            .here("stage_confidence", 0.5),
        defect("predictions", cells![processing_time: -1.0], &["prediction.time_invalid"])
            .lost("processing_time", -1.0),
        defect("predictions", cells![mri_scan_id: "gone"], &["prediction.scan_dangling"]).lost("mri_scan_id", "gone"),
        defect("predictions", cells![session_id: "SA2", mri_scan_id: "scan A"], &["prediction.scan_other_session"])
            .here("mri_scan_id", "of scan A"),
        defect(
            "predictions",
            cells![mri_scan_id: "scan B"],
            &["prediction.scan_other_session", "prediction.scan_other_patient"],
        )
        .lost("mri_scan_id", "scan B"),
        defect("predictions", cells![uncertainty_metrics: "42"], &["prediction.metadata_not_json"])
            .lost("uncertainty_metrics", 42),
    ]
}

impl Defect {
    /// A result with U+0000 in it is what it is without.
    fn odd_result(mut self) -> Self {
        (self.codes, self.here, self.aside) = (&[], vec![("binary_result", json!("not_detected"))], vec![]);
        self
    }
}

fn reports() -> Vec<Defect> {
    vec![
        defect("medical_reports", cells![id: Cell::Null], &["report.id_missing"]).fate(Fate::Quarantined),
        defect("medical_reports", cells![created_at: Cell::Null], &["report.date_unparseable"])
            .here("created_at", BEGAN),
        defect("medical_reports", cells![report_type: "Error"], &["report.error_placeholder"]).fate(Fate::Kept),
        defect("medical_reports", cells![content: ""], &["report.content_empty"]).here("content", ""),
        defect("medical_reports", cells![content: Cell::OddText(b"a\0b".to_vec())], &["report.text_has_nul"])
            .here("content", "ab")
            .aside("content", hex("610062")),
        defect("medical_reports", cells![title: Cell::OddText(b"\xe9t\xe9".to_vec())], &["report.text_not_utf8"])
            .here("title", "\u{fffd}t\u{fffd}")
            .aside("title", hex("e974e9")),
        defect("medical_reports", cells![content: b"as bytes".to_vec(), title: ""], &[])
            .here("content", "as bytes")
            .here("title", "Report"),
        defect("medical_reports", cells![content: "\u{e4}".repeat((1 << 20) + 1)], &["report.content_huge"])
            .here("content", "\u{e4}".repeat((1 << 20) + 1)),
        defect("medical_reports", cells![report_type: "annual"], &["report.type_normalised"])
            .here("report_type", "other")
            .aside("report_type", "annual"),
        defect("medical_reports", cells![format_type: "docx"], &["report.format_unknown"])
            .here("format_type", "text")
            .aside("format_type", "docx"),
        defect("medical_reports", cells![prediction_id: "gone"], &["report.prediction_dangling"])
            .lost("prediction_id", "gone"),
        defect("medical_reports", cells![prediction_id: "prediction B"], &["report.prediction_other_patient"])
            .lost("prediction_id", "prediction B"),
        defect("medical_reports", cells![recommendations: "{\"a\": 1}"], &["report.metadata_not_json"])
            .lost("recommendations", "{\"a\": 1}"),
        defect("medical_reports", cells![confidence_level: 85_i64], &["report.confidence_out_of_range"])
            .lost("confidence_level", 85.0),
        defect(
            "medical_reports",
            cells![metadata: "{\"patient_id\": \"B\"}"],
            &["report.metadata_names_other_patient"],
        )
        .here("patient_id", "of A")
        .here("metadata", json!({"patient_id": "B"})),
        defect("medical_reports", cells![disclaimer: Cell::OddText(b"\0no".to_vec())], &["text.cleaned"])
            .here("disclaimer", "no")
            .aside("disclaimer", hex("006e6f")),
    ]
}
