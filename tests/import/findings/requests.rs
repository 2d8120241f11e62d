//! Requests for reports, and the timeline.

use serde_json::{Value, json};

use super::{Defect, Fate, defect, hex};
use crate::support::legacy::{Cell, cells};

const AT: &str = "2025-10-02T04:30:00.000000Z";

pub(super) fn defects() -> Vec<Defect> {
    requests().into_iter().chain(events()).collect()
}

fn requests() -> Vec<Defect> {
    let table = "report_status";
    vec![
        defect(table, cells![id: ""], &["report_status.id_missing"]).here("status", "failed"),
        defect(table, cells![patient_id: ""], &["report_status.patient_dangling"]).fate(Fate::Quarantined),
        defect(table, cells![status: "lost"], &["report_status.status_unknown"]).fate(Fate::Quarantined),
        defect(table, cells![report_id: "gone"], &["report_status.report_dangling"]).lost("report_id", "gone"),
        defect(table, cells![prediction_id: "gone"], &["report_status.prediction_dangling"])
            .lost("prediction_id", "gone"),
        defect(table, cells![mri_scan_id: "gone"], &["report_status.scan_dangling"]).lost("mri_scan_id", "gone"),
        defect(table, cells![mri_scan_id: "scan B"], &["report_status.of_other_patient"]).lost("mri_scan_id", "scan B"),
        defect(table, cells![requested_by: "who"], &["report_status.requester_dangling"]).lost("requested_by", "who"),
        defect(table, cells![requested_by: "system"], &["report_status.requester_dangling"])
            .here("requested_by", Value::Null),
        defect(table, cells![status: "Error"], &["report_status.status_normalised"])
            .here("status", "failed")
            .aside("status", "Error"),
        defect(table, cells![requested_at: "06/10/2025"], &["report_status.date_unparseable"])
            .lost("requested_at", "06/10/2025"),
        defect(table, cells![status: "generated"], &["report_status.generated_without_report"])
            .here("report_id", Value::Null)
            .here("status", "generated"),
        defect(table, cells![status: "generated", report_id: "report A", generated_at: "2025-10-03"], &[])
            .here("report_id", "of report A")
            .here("generated_at", "2025-10-03T00:00:00.000000Z"),
        defect(table, cells![session_id: "SB"], &["report_status.owner_mismatch"]).lost("session_id", "SB"),
        defect(table, cells![retry_count: -1_i64], &["report_status.retry_invalid"])
            .here("retry_count", 0)
            .aside("retry_count", -1),
        defect(table, cells![retry_count: "often"], &["report_status.retry_invalid"])
            .here("retry_count", 0)
            .aside("retry_count", "often"),
        defect(table, cells![report_type: "annual"], &["report_status.type_normalised"])
            .here("report_type", "other")
            .aside("report_type", "annual"),
        defect(table, cells![status: "generating"], &["report_status.interrupted"])
            .here("status", "pending")
            .aside("status", "generating"),
        defect(table, cells![status: "pending"], &["report_status.duplicate_live"]).here("status", "archived"),
        defect(table, cells![status: "queued", report_type: "summary"], &["report_status.status_normalised"])
            .here("status", "pending")
            .aside("status", "queued")
            .here("report_type", "summary"),
        // Nothing of what refers to a report keeps a request from waiting.
        defect(table, cells![status: "pending", report_id: "report A", report_type: "full", session_id: "SA2"], &[])
            .here("status", "pending"),
        defect(table, cells![error_message: Cell::OddText(b"\xff".to_vec())], &["text.cleaned"])
            .here("error_message", "\u{fffd}")
            .aside("error_message", hex("ff")),
        defect(table, cells![metadata: "{"], &["json.unstorable"]).lost("metadata", "{"),
    ]
}

fn events() -> Vec<Defect> {
    let table = "patient_timeline";
    let of = |cells: [(&'static str, Cell); 3], codes, fate| defect(table, cells, codes).fate(fate);
    vec![
        defect(table, cells![id: Cell::Null], &["timeline.id_missing"]).here("event_title", "Called"),
        defect(table, cells![patient_id: "X"], &["timeline.patient_dangling"]).fate(Fate::Quarantined),
        defect(table, cells![event_date: "once"], &["timeline.date_unparseable"])
            .here("event_date", AT)
            .aside("event_date", "once"),
        defect(table, cells![event_type: "prescription"], &["timeline.type_normalised"])
            .here("metadata", json!({"oldEventType": "treatment"}))
            .aside("event_type", "prescription"),
        defect(table, cells![event_type: "party"], &["timeline.type_unknown"])
            .here("event_type", "note")
            .aside("event_type", "party"),
        defect(table, cells![severity: "dire"], &["timeline.severity_unknown"])
            .here("severity", "info")
            .aside("severity", "dire"),
        of(
            cells![event_type: "scan", related_table: "mri_scans", related_id: "gone"],
            &["timeline.related_dangling"],
            Fate::Migrated,
        )
        .here("related_id", Value::Null)
        .here("event_type", "note")
        .here("metadata", json!({"oldEventType": "scan"}))
        .aside("related_table", "mri_scans")
        .aside("related_id", "gone"),
        of(cells![event_type: "scan", related_table: "mri_scans", related_id: "scan A"], &[], Fate::Rebuilt),
        of(
            cells![event_type: "scan", related_table: "mri_scans", related_id: "scan A"],
            &["timeline.duplicate_event"],
            Fate::Rebuilt,
        ),
        of(
            cells![related_table: "mri_scans", related_id: "scan A2", event_type: "mri"],
            &["timeline.type_normalised"],
            Fate::Rebuilt,
        )
        .aside("event_type", "mri"),
        of(
            cells![event_type: "report", related_table: "medical_reports", related_id: "report B"],
            &["timeline.owner_mismatch"],
            Fate::Rebuilt,
        ),
        defect(
            "predictions",
            cells![id: "a failed run", session_id: "SA2", binary_result: "error"],
            &["prediction.error_placeholder"],
        )
        .fate(Fate::Kept),
        of(
            cells![event_type: "prediction", related_table: "predictions", related_id: "a failed run"],
            &["timeline.source_left"],
            Fate::Kept,
        ),
        // Of a note about a scan the database makes nothing.
        of(cells![event_type: "note", related_table: "mri_scans", related_id: "scan A"], &[], Fate::Migrated)
            .here("event_type", "note")
            .aside("related_table", "mri_scans")
            .aside("related_id", "scan A"),
        defect(table, cells![doctor_id: "DOC9"], &["timeline.doctor_dangling"]).lost("doctor_id", "DOC9"),
        defect(table, cells![doctor_id: "ben"], &[]).here("doctor_id", "of DOC2"),
        defect(table, cells![session_id: "gone too"], &["timeline.session_dangling"]).lost("session_id", "gone too"),
        defect(table, cells![session_id: "SB"], &["timeline.session_other_patient"]).lost("session_id", "SB"),
        defect(table, cells![event_description: Cell::OddText(b"a\0".to_vec())], &["text.cleaned"])
            .here("event_description", "a")
            .aside("event_description", hex("6100")),
        defect(table, cells![metadata: "Infinity"], &["json.unstorable"]).lost("metadata", "Infinity"),
    ]
}
