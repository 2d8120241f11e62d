//! The mutations of a record that is there: each is called with its `id` and `version`, and all keep the same rules.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::support::factory::id;

/// A mutation of a record.
pub struct Target {
    pub mutation: &'static str,
    /// The record's type.
    pub of: &'static str,
    /// How the record's row must stand, as columns.
    state: &'static str,
    /// What the input says beside `id` and `version`.
    more: &'static str,
}

/// A record to change.
pub struct Row {
    pub key: String,
    pub id: String,
    /// Whose it is; of people themselves nobody's.
    pub patient: Option<String>,
}

const fn target(mutation: &'static str, of: &'static str, state: &'static str, more: &'static str) -> Target {
    Target { mutation, of, state, more }
}

/// The version of every row to change.
pub const VERSION: i64 = 5;

const NONE: &str = "{}";
const ARCHIVED: &str = r#"{"archived_at": "2026-01-01T00:00:00.000000Z"}"#;
const SCHEDULED: &str = r#"{"status": "scheduled"}"#;
const RELEASED: &str = r#"{"status": "released", "released_at": "2026-01-01T00:00:00.000000Z"}"#;
const FAILED: &str = r#"{"status": "failed"}"#;

/// All of them.
pub const TARGETS: &[Target] = &[
    target("updatePatient", "Patient", NONE, r#"{"name": "New"}"#),
    target("archivePatient", "Patient", NONE, NONE),
    target("restorePatient", "Patient", ARCHIVED, NONE),
    target("deletePatient", "Patient", ARCHIVED, r#"{"reason": "Asked for"}"#),
    target("updateDoctor", "Doctor", NONE, r#"{"name": "New"}"#),
    target("archiveDoctor", "Doctor", NONE, NONE),
    target("restoreDoctor", "Doctor", ARCHIVED, NONE),
    target("deleteDoctor", "Doctor", NONE, NONE),
    target("updateUser", "User", NONE, r#"{"name": "New"}"#),
    target("deleteUser", "User", NONE, NONE),
    target("resetPassword", "User", NONE, NONE),
    target("revokeApiKey", "ApiKey", NONE, NONE),
    target("updateAssignment", "Assignment", NONE, r#"{"notes": "New"}"#),
    target("endAssignment", "Assignment", NONE, NONE),
    target("deleteAssignment", "Assignment", NONE, NONE),
    target("updateConsultation", "Consultation", SCHEDULED, r#"{"notes": "New"}"#),
    target("rescheduleConsultation", "Consultation", SCHEDULED, r#"{"date": "2026-05-01T08:00:00Z"}"#),
    target("completeConsultation", "Consultation", SCHEDULED, r#"{"diagnosis": "New"}"#),
    target("cancelConsultation", "Consultation", SCHEDULED, NONE),
    target("markNoShow", "Consultation", SCHEDULED, NONE),
    target("deleteConsultation", "Consultation", NONE, NONE),
    target("updateSession", "AnalysisSession", NONE, r#"{"inputType": "mri"}"#),
    target("deleteSession", "AnalysisSession", NONE, NONE),
    target("updateScan", "Scan", NONE, r#"{"fileType": "PNG"}"#),
    target("deleteScan", "Scan", NONE, NONE),
    target("updatePrediction", "Prediction", NONE, r#"{"result": "DETECTED"}"#),
    target("deletePrediction", "Prediction", NONE, NONE),
    target("updateReport", "Report", NONE, r#"{"title": "New"}"#),
    target("releaseReport", "Report", NONE, NONE),
    target("amendReport", "Report", RELEASED, r#"{"reason": "New", "title": "New"}"#),
    target("withdrawReport", "Report", RELEASED, r#"{"reason": "Wrong"}"#),
    target("deleteReport", "Report", NONE, NONE),
    target("updateReportRequest", "ReportRequest", NONE, r#"{"priority": 7}"#),
    target("retryReport", "ReportRequest", FAILED, NONE),
    target("archiveReportRequest", "ReportRequest", FAILED, NONE),
    target("deleteReportRequest", "ReportRequest", NONE, NONE),
    target("updateTimelineNote", "TimelineEvent", NONE, r#"{"title": "New"}"#),
    target("deleteTimelineNote", "TimelineEvent", NONE, NONE),
];

impl Target {
    /// Whether the record is gone when the mutation is done.
    pub fn deletes(&self) -> bool {
        self.mutation.starts_with("delete")
    }

    /// The input for the record with this id, in this version.
    pub fn input(&self, id: &str, version: i64) -> Value {
        let more = serde_json::from_str(self.more).expect("an object");
        with(json!({"id": id, "version": version}), more)
    }

    /// A record that the mutation can be called for, of a patient and a doctor of its own, in version [`VERSION`].
    pub async fn row(&self, clinic: &Clinic, number: usize) -> Row {
        let rows = &clinic.rows;
        let state: Value = serde_json::from_str(self.state).expect("an object");
        let state = with(json!({"version": VERSION}), state);
        let mrn = format!("{}-{number}", self.mutation);
        let key = match self.of {
            "Patient" => rows.patient(&mrn, state).await,
            "Doctor" => rows.doctor(&mrn, state).await,
            "User" => {
                let row = with(json!({"username": mrn, "name": "Somebody", "role": "doctor"}), state);
                rows.insert("users", "id", row, json!({})).await
            }
            "ApiKey" => {
                let row = json!({
                    "user_id": rows.user(&mrn, "agent").await, "name": "Old", "hash": mrn, "hint": "", "may_report": true,
                });
                rows.insert("api_keys", "id", row, state).await
            }
            _ => return self.of_patient(clinic, &mrn, state).await,
        };
        Row { id: id(self.of, &key), key, patient: None }
    }

    async fn of_patient(&self, clinic: &Clinic, mrn: &str, state: Value) -> Row {
        let rows = &clinic.rows;
        let (patient, doctor) = (rows.patient(mrn, json!({})).await, rows.doctor(mrn, json!({})).await);
        let of = |table: &'static str, row: Value| rows.of_patient(table, &patient, with(row, state.clone()));
        let key = match self.of {
            "Assignment" => rows.assignment(&patient, &doctor, state).await,
            "Consultation" => rows.consultation(&patient, &doctor, "2026-03-14T09:00:00.000000Z", state).await,
            "AnalysisSession" => of("sessions", json!({})).await,
            "Scan" => of("mri_scans", json!({})).await,
            "Prediction" => of("predictions", json!({})).await,
            "Report" => of("medical_reports", json!({"title": "Old", "content": "Old"})).await,
            "ReportRequest" => of("report_status", json!({})).await,
            "TimelineEvent" => of("patient_timeline", json!({"event_type": "note", "event_title": "Old"})).await,
            other => panic!("no row of {other} is made here"),
        };
        Row { id: id(self.of, &key), key, patient: Some(patient) }
    }
}
