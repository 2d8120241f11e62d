//! Mutations of requests for reports. States that only an agent can reach are made by SQL.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_report_is_asked_for,
    values_of_a_request_are_checked_at_once,
    a_request_that_waits_can_be_changed,
    a_failed_request_begins_anew,
    each_move_of_a_request_is_for_its_states,
    a_deleted_request_leaves_its_report,
);

const ALL: &str = "reportRequest { status type priority requestedAt generatedAt retryCount nextAttemptAt
    errorMessage version requestedBy { name } session { id } prediction { id } scan { id } report { id }
    patient { mrn reportRequests { totalCount } } }";
const STATES: &[&str] = &["pending", "generating", "generated", "failed", "archived"];

fn target(key: &str, more: Value) -> Value {
    with(json!({"id": id("ReportRequest", key), "version": 1}), more)
}

async fn a_report_is_asked_for(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let of = json!({"patientId": id("Patient", &patient)});
    let payload = clinic.done("requestReport", ALL, of.clone()).await;
    let expected = json!({
        "status": "PENDING", "type": "COMPREHENSIVE", "priority": 0, "requestedAt": NOW, "generatedAt": null,
        "retryCount": 0, "nextAttemptAt": null, "errorMessage": null, "version": 1, "requestedBy": {"name": "Tests"},
        "session": null, "prediction": null, "scan": null, "report": null, "patient": {"mrn": "A-1", "reportRequests": {"totalCount": 1}},
    });
    assert_eq!(payload["reportRequest"], expected);
    let key = |table: &'static str| clinic.rows.of_patient(table, &patient, json!({}));
    let links = json!({
        "sessionId": id("AnalysisSession", &key("sessions").await), "scanId": id("Scan", &key("mri_scans").await),
        "predictionId": id("Prediction", &key("predictions").await),
    });
    let all = with(links.clone(), json!({"type": "SUMMARY", "priority": 100}));
    let payload = clinic.done("requestReport", ALL, with(of, all)).await;
    let given = json!({
        "type": "SUMMARY", "priority": 100, "session": {"id": links["sessionId"]}, "scan": {"id": links["scanId"]},
        "prediction": {"id": links["predictionId"]}, "patient": {"mrn": "A-1", "reportRequests": {"totalCount": 2}},
    });
    assert_eq!(payload["reportRequest"], with(expected, given));
}

async fn values_of_a_request_are_checked_at_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (patient, other) = (clinic.rows.patient("A-1", json!({})).await, clinic.rows.patient("A-2", json!({})).await);
    let strange = |table: &'static str| clinic.rows.of_patient(table, &other, json!({}));
    let wrong = json!({
        "patientId": id("Patient", &patient), "priority": 101, "sessionId": id("AnalysisSession", &strange("sessions").await),
        "scanId": id("Scan", &strange("mri_scans").await), "predictionId": id("Prediction", &strange("predictions").await),
    });
    let expected =
        [("INVALID", "priority"), ("NOT_FOUND", "sessionId"), ("NOT_FOUND", "scanId"), ("NOT_FOUND", "predictionId")];
    clinic.refuse("requestReport", wrong, &expected).await;
    let request = clinic.rows.of_patient("report_status", &patient, json!({})).await;
    for priority in [-1, 101, i32::MAX] {
        let change = target(&request, json!({"priority": priority, "type": null}));
        clinic.refuse("updateReportRequest", change, &[("INVALID", "priority"), ("REQUIRED", "type")]).await;
    }
    clinic
        .refuse("updateReportRequest", target(&request, json!({"priority": null})), &[("REQUIRED", "priority")])
        .await;
    clinic.fail("requestReport", json!({"patientId": "x", "type": "NOVEL"}), "BAD_USER_INPUT").await;
}

async fn a_request_that_waits_can_be_changed(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let request = clinic.rows.of_patient("report_status", &patient, json!({"priority": 3})).await;
    let payload = clinic.done("updateReportRequest", ALL, target(&request, json!({"type": "FOLLOW_UP"}))).await;
    assert_eq!(
        (&payload["reportRequest"]["type"], &payload["reportRequest"]["priority"]),
        (&json!("FOLLOW_UP"), &json!(3))
    );
    let payload = clinic.done("updateReportRequest", ALL, target(&request, json!({"version": 2, "priority": 0}))).await;
    assert_eq!(
        (&payload["reportRequest"]["type"], &payload["reportRequest"]["priority"]),
        (&json!("FOLLOW_UP"), &json!(0))
    );
}

async fn a_failed_request_begins_anew(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let failed = json!({
        "status": "failed", "retry_count": 5, "error_message": "No answer", "next_attempt_at": NOW, "priority": 9,
        "requested_at": "2026-01-01T00:00:00.000000Z",
    });
    let request = clinic.rows.of_patient("report_status", &patient, failed).await;
    let payload = clinic.done("retryReport", ALL, target(&request, json!({}))).await;
    let expected = json!({
        "status": "PENDING", "type": "COMPREHENSIVE", "priority": 9, "requestedAt": "2026-01-01T00:00:00.000000Z",
        "generatedAt": null, "retryCount": 0, "nextAttemptAt": null, "errorMessage": null, "version": 2,
        "requestedBy": null, "session": null, "prediction": null, "scan": null, "report": null,
        "patient": {"mrn": "A-1", "reportRequests": {"totalCount": 1}},
    });
    assert_eq!(payload["reportRequest"], expected);
}

/// Each move from each state: done exactly where the state is among those it is for.
async fn each_move_of_a_request_is_for_its_states(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (mutation, more, from) in [
        ("updateReportRequest", json!({"priority": 1}), &["pending"][..]),
        ("retryReport", json!({}), &["failed"]),
        ("archiveReportRequest", json!({}), &["generated", "failed"]),
        ("deleteReportRequest", json!({}), &["pending", "generated", "failed", "archived"]),
    ] {
        for state in STATES {
            // Two live ones for the same report would be one.
            let patient = clinic.rows.patient(&format!("{mutation} {state}"), json!({})).await;
            let request = clinic.rows.of_patient("report_status", &patient, json!({"status": state})).await;
            let input = target(&request, more.clone());
            if from.contains(state) {
                let deletes = mutation.starts_with("delete");
                let payload = clinic.done(mutation, if deletes { "deletedId" } else { ALL }, input).await;
                if mutation == "archiveReportRequest" {
                    assert_eq!(payload["reportRequest"]["status"], "ARCHIVED");
                }
            } else {
                clinic.refuse(mutation, input, &[("INVALID_TRANSITION", "id")]).await;
            }
        }
    }
}

async fn a_deleted_request_leaves_its_report(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let report = clinic.rows.of_patient("medical_reports", &patient, json!({"title": "A", "content": "A"})).await;
    let of_report = json!({"status": "generated", "report_id": report});
    let request = clinic.rows.of_patient("report_status", &patient, of_report.clone()).await;
    clinic.done("deleteReportRequest", "deletedId", target(&request, json!({}))).await;
    assert_eq!(clinic.tables().await.rows("medical_reports").len(), 1);
    // And a draft that goes leaves the request for it.
    let request = clinic.rows.of_patient("report_status", &patient, of_report).await;
    clinic.done("deleteReport", "deletedId", json!({"id": id("Report", &report), "version": 1})).await;
    let tables = clinic.tables().await;
    let row = tables.find("report_status", "id", &json!(request)).expect("the request");
    assert_eq!((&row["report_id"], &row["status"]), (&Value::Null, &json!("generated")));
}
