//! Mutations of scans and predictions, one at a time; many at once are in `bulk`.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_scan_is_entered_and_changed,
    values_of_a_scan_are_checked_at_once,
    a_scan_moves_in_the_timeline_and_leaves_its_predictions,
    a_prediction_is_entered_and_changed,
    values_of_a_prediction_are_checked_at_once,
    the_latest_prediction_says_the_disease_status,
    what_a_released_report_shows_stays_as_it_is,
    rows_of_another_patient_are_none,
);

const SCAN: &str = "scan { originalFilename fileType fileSize sha256 imageDimensions preprocessing
    acquiredAt uploadedAt processedAt processingStatus metadata version session { id } } again: scan { id }
    of: scan { patient { statistics { totalScans lastScanDate } timeline { nodes { eventType eventDate description } } } }";
const PREDICTION: &str =
    "prediction { type result stage confidence binaryConfidence stageConfidence uncertaintyMetrics modelVersion
        processingTime createdAt releasedAt metadata version session { id } scan { id } } again: prediction { id }
    of: prediction { patient { statistics { totalPredictions diseaseStatus diseaseStage }
        timeline { nodes { eventType severity title description } } } }";

/// A clinic with a patient.
pub async fn clinic(database: TestDatabase) -> (Clinic, String) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    (clinic, patient)
}

pub fn of(patient: &str, more: Value) -> Value {
    with(json!({"patientId": id("Patient", patient)}), more)
}

pub fn change(again: &Value, version: i32, more: Value) -> Value {
    with(json!({"id": again["id"], "version": version}), more)
}

async fn a_scan_is_entered_and_changed(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
    let least = clinic.done("createScan", SCAN, of(&patient, json!({}))).await;
    let expected = json!({
        "originalFilename": null, "fileType": "UNKNOWN", "fileSize": null, "sha256": null, "imageDimensions": null,
        "preprocessing": null, "acquiredAt": null, "uploadedAt": NOW, "processedAt": null, "processingStatus": "PENDING",
        "metadata": null, "version": 1, "session": null,
    });
    assert_eq!(least["scan"], expected);
    assert_eq!(least["of"]["patient"]["statistics"], json!({"totalScans": 1, "lastScanDate": NOW}));
    let given = json!({
        "originalFilename": " brain.nii ", "fileType": "NIFTI", "fileSize": 9_007_199_254_740_991_i64,
        "sha256": format!(" {} ", "0F".repeat(32)), "imageDimensions": "256x256x160", "preprocessing": ["skull"],
        "acquiredAt": "2026-03-01T08:00:00Z", "uploadedAt": "2026-03-02T08:00:00Z", "processedAt": NOW,
        "processingStatus": "COMPLETED", "metadata": {"a": 0.1}, "sessionId": id("AnalysisSession", &session),
    });
    let changed = clinic.done("updateScan", SCAN, change(&least["again"], 1, given)).await;
    let expected = json!({
        "originalFilename": "brain.nii", "fileType": "NIFTI", "fileSize": 9_007_199_254_740_991_i64, "sha256": "0f".repeat(32),
        "imageDimensions": "256x256x160", "preprocessing": ["skull"], "acquiredAt": "2026-03-01T08:00:00.000000Z",
        "uploadedAt": "2026-03-02T08:00:00.000000Z", "processedAt": NOW, "processingStatus": "COMPLETED",
        "metadata": {"a": 0.1}, "version": 2, "session": {"id": id("AnalysisSession", &session)},
    });
    assert_eq!(changed["scan"], expected);
    let cleared = json!({"fileSize": null, "sessionId": null, "acquiredAt": null, "sha256": "", "preprocessing": null});
    let changed = clinic.done("updateScan", SCAN, change(&least["again"], 2, cleared)).await;
    let nothing = json!({
        "fileSize": null, "session": null, "acquiredAt": null, "sha256": null, "preprocessing": null, "version": 3,
    });
    assert_eq!(changed["scan"], with(expected, nothing));
}

async fn values_of_a_scan_are_checked_at_once(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let scan = clinic.rows.of_patient("mri_scans", &patient, json!({})).await;
    let scan = json!({"id": id("Scan", &scan)});
    let future = "2026-03-14T22:30:00.000001Z";
    let wrong = json!({
        "originalFilename": "x".repeat(501), "fileType": null, "fileSize": -1, "sha256": "g".repeat(64),
        "imageDimensions": "\u{0}", "preprocessing": [{"a": ["\u{0}"]}], "acquiredAt": future, "uploadedAt": future,
        "processedAt": future, "processingStatus": null, "metadata": {"a": "x".repeat(100_000)}, "sessionId": "nonsense",
    });
    let expected = [
        ("TOO_LONG", "originalFilename"),
        ("REQUIRED", "fileType"),
        ("INVALID", "fileSize"),
        ("INVALID", "sha256"),
        ("INVALID", "imageDimensions"),
        ("INVALID", "preprocessing"),
        ("IN_FUTURE", "acquiredAt"),
        ("IN_FUTURE", "uploadedAt"),
        ("IN_FUTURE", "processedAt"),
        ("REQUIRED", "processingStatus"),
        ("TOO_LONG", "metadata"),
        ("NOT_FOUND", "sessionId"),
    ];
    clinic.refuse("createScan", of(&patient, wrong.clone()), &expected).await;
    clinic.refuse("updateScan", change(&scan, 1, wrong), &expected).await;
    for (field, value) in [
        ("fileSize", json!(0.5)),
        ("fileSize", json!(9_007_199_254_740_992_i64)),
        ("fileSize", json!(1e300)),
        ("sha256", json!("0f".repeat(31))),
        ("sha256", json!("0f".repeat(33))),
        ("sha256", json!("ü".repeat(32))),
    ] {
        clinic.refuse("createScan", of(&patient, json!({field: value})), &[("INVALID", field)]).await;
    }
    let payload = clinic.done("createScan", SCAN, of(&patient, json!({"fileSize": 0, "acquiredAt": NOW}))).await;
    assert_eq!(payload["scan"]["fileSize"], 0.0);
}

async fn a_scan_moves_in_the_timeline_and_leaves_its_predictions(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let entered = clinic.done("createScan", SCAN, of(&patient, json!({"originalFilename": "a"}))).await;
    let event = |date: &str| json!({"nodes": [{"eventType": "SCAN", "eventDate": date, "description": "a"}]});
    assert_eq!(entered["of"]["patient"]["timeline"], event(NOW));
    let earlier = "2020-01-01T00:00:00.000000Z";
    let changed = clinic.done("updateScan", SCAN, change(&entered["again"], 1, json!({"acquiredAt": earlier}))).await;
    assert_eq!(changed["of"]["patient"]["timeline"], event(earlier));
    assert_eq!(changed["of"]["patient"]["statistics"]["lastScanDate"], earlier);
    let made = of(&patient, json!({"scanId": entered["again"]["id"]}));
    let prediction = clinic.done("createPrediction", PREDICTION, made).await;
    assert_eq!(prediction["prediction"]["scan"], entered["again"]);
    clinic.done("deleteScan", "deletedId", change(&entered["again"], 2, json!({}))).await;
    let tables = clinic.tables().await;
    assert_eq!(tables.rows("predictions")[0]["mri_scan_id"], Value::Null);
    assert_eq!(tables.rows("patient_timeline").len(), 1, "the prediction's event");
    assert_eq!(tables.rows("patient_statistics")[0]["total_mri_scans"], 0);
}

async fn a_prediction_is_entered_and_changed(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
    let scan = clinic.rows.of_patient("mri_scans", &patient, json!({})).await;
    let least = clinic.done("createPrediction", PREDICTION, of(&patient, json!({}))).await;
    let expected = json!({
        "type": "binary", "result": null, "stage": null, "confidence": null, "binaryConfidence": null,
        "stageConfidence": null, "uncertaintyMetrics": null, "modelVersion": null, "processingTime": null,
        "createdAt": NOW, "releasedAt": null, "metadata": null, "version": 1, "session": null, "scan": null,
    });
    assert_eq!(least["prediction"], expected);
    let links = json!({"sessionId": id("AnalysisSession", &session), "scanId": id("Scan", &scan)});
    let values = json!({
        "type": "staging", "result": "DETECTED", "stage": "é".repeat(32), "confidence": 1.0, "binaryConfidence": 0.0,
        "stageConfidence": 0.1, "uncertaintyMetrics": {"entropy": 0.25}, "modelVersion": "v2", "processingTime": 31_536_000.0,
        "createdAt": "2026-03-01T08:00:00.000000Z", "metadata": [],
    });
    let changed =
        clinic.done("updatePrediction", PREDICTION, change(&least["again"], 1, with(values.clone(), links))).await;
    let linked = json!({
        "version": 2, "session": {"id": id("AnalysisSession", &session)}, "scan": {"id": id("Scan", &scan)},
    });
    let expected = with(with(expected, values), linked);
    assert_eq!(changed["prediction"], expected);
    let cleared = json!({"result": null, "stage": " ", "scanId": null, "confidence": null});
    let changed = clinic.done("updatePrediction", PREDICTION, change(&least["again"], 2, cleared)).await;
    let nothing = json!({"result": null, "stage": null, "scan": null, "confidence": null, "version": 3});
    assert_eq!(changed["prediction"], with(expected, nothing));
}

async fn values_of_a_prediction_are_checked_at_once(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let prediction = clinic.rows.of_patient("predictions", &patient, json!({})).await;
    let prediction = json!({"id": id("Prediction", &prediction)});
    let wrong = json!({
        "type": null, "stage": "x".repeat(33), "confidence": 1.000_001, "binaryConfidence": -0.000_001, "stageConfidence": 2,
        "uncertaintyMetrics": "\u{0}", "modelVersion": "x".repeat(501), "processingTime": -1, "metadata": ["x".repeat(100_000)],
        "createdAt": "2026-03-14T22:30:00.000001Z", "sessionId": "nonsense", "scanId": "nonsense",
    });
    let expected = [
        ("REQUIRED", "type"),
        ("TOO_LONG", "stage"),
        ("INVALID", "confidence"),
        ("INVALID", "binaryConfidence"),
        ("INVALID", "stageConfidence"),
        ("INVALID", "uncertaintyMetrics"),
        ("TOO_LONG", "modelVersion"),
        ("INVALID", "processingTime"),
        ("TOO_LONG", "metadata"),
        ("IN_FUTURE", "createdAt"),
        ("NOT_FOUND", "sessionId"),
        ("NOT_FOUND", "scanId"),
    ];
    clinic.refuse("createPrediction", of(&patient, wrong.clone()), &expected).await;
    clinic.refuse("updatePrediction", change(&prediction, 1, wrong), &expected).await;
    clinic.refuse("createPrediction", of(&patient, json!({"type": " "})), &[("REQUIRED", "type")]).await;
    clinic
        .refuse(
            "createPrediction",
            of(&patient, json!({"processingTime": 31_536_001})),
            &[("INVALID", "processingTime")],
        )
        .await;
}

async fn the_latest_prediction_says_the_disease_status(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let mut ids = vec![];
    for (day, result, status, stage) in [
        (1, json!("NOT_DETECTED"), "NOT_DETECTED", Value::Null),
        (2, json!("DETECTED"), "DETECTED", json!("2")),
        (3, json!("UNCERTAIN"), "DETECTED", json!("2")),
        (4, Value::Null, "DETECTED", json!("2")),
    ] {
        let date = format!("2026-03-0{day}T08:00:00Z");
        let input = of(&patient, json!({"result": result, "stage": "2", "createdAt": date}));
        let payload = clinic.done("createPrediction", PREDICTION, input).await;
        let figures = json!({"totalPredictions": day, "diseaseStatus": status, "diseaseStage": stage});
        assert_eq!(payload["of"]["patient"]["statistics"], figures);
        ids.push(payload["again"].clone());
    }
    let changed = clinic.done("updatePrediction", PREDICTION, change(&ids[1], 1, json!({"stage": null}))).await;
    assert_eq!(changed["of"]["patient"]["statistics"]["diseaseStage"], Value::Null);
    let events = changed["of"]["patient"]["timeline"]["nodes"].as_array().expect("events");
    let event =
        json!({"eventType": "PREDICTION", "severity": "HIGH", "title": "Analysis: detected", "description": null});
    assert_eq!(events[2], event);
    clinic.done("deletePrediction", "deletedId", change(&ids[1], 2, json!({}))).await;
    let tables = clinic.tables().await;
    let statistics = &tables.rows("patient_statistics")[0];
    assert_eq!((&statistics["disease_status"], &statistics["total_predictions"]), (&json!("not_detected"), &json!(3)));
}

async fn what_a_released_report_shows_stays_as_it_is(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let shown = clinic.rows.of_patient("predictions", &patient, json!({"released_at": NOW})).await;
    let target = json!({"id": id("Prediction", &shown), "version": 1});
    clinic.refuse("deletePrediction", target.clone(), &[("IN_USE", "id")]).await;
    let change = with(target, json!({"result": "DETECTED", "confidence": 2}));
    clinic.refuse("updatePrediction", change, &[("IN_USE", "id"), ("INVALID", "confidence")]).await;
}

async fn rows_of_another_patient_are_none(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let other = clinic.rows.patient("A-2", json!({})).await;
    let session =
        json!({"sessionId": id("AnalysisSession", &clinic.rows.of_patient("sessions", &other, json!({})).await)});
    let scan = json!({"scanId": id("Scan", &clinic.rows.of_patient("mri_scans", &other, json!({})).await)});
    let own_scan = json!({"id": id("Scan", &clinic.rows.of_patient("mri_scans", &patient, json!({})).await)});
    let own = clinic.rows.of_patient("predictions", &patient, json!({})).await;
    let own = json!({"id": id("Prediction", &own)});
    let both = with(session.clone(), scan);
    let expected = [("NOT_FOUND", "sessionId"), ("NOT_FOUND", "scanId")];
    clinic.refuse("createScan", of(&patient, session.clone()), &expected[..1]).await;
    clinic.refuse("updateScan", change(&own_scan, 1, session.clone()), &expected[..1]).await;
    clinic.refuse("createPrediction", of(&patient, both.clone()), &expected).await;
    clinic.refuse("updatePrediction", change(&own, 1, both.clone()), &expected).await;
    clinic.refuse("requestReport", of(&patient, both), &expected).await;
    let report = with(session, json!({"title": "A", "content": "A"}));
    clinic.refuse("createReport", of(&patient, report), &expected[..1]).await;
}
