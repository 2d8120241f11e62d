//! Mutations of reports: drafts, what is given out, the next revision, what is taken back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_report_is_written_as_a_draft,
    values_of_a_report_are_checked_at_once,
    a_draft_shows_what_it_names,
    a_draft_changes_and_goes,
);

const ALL: &str = "report { title content type format recommendations generatedBy confidence disclaimer metadata status
        revision isLatest revisionReason createdAt updatedAt releasedAt withdrawnAt withdrawnReason version
        session { id } prediction { id } predictions { nodes { id } } releasedBy { name } }
    again: report { id supersedes { id isLatest } supersededBy { id } }
    of: report { patient { statistics { totalReports lastReportDate } timeline { nodes { eventType title metadata } } } }";

/// A patient with a session, and predictions of theirs.
pub struct Record {
    pub clinic: Clinic,
    pub patient: String,
    pub session: String,
    pub predictions: Vec<String>,
}

impl Record {
    pub async fn new(database: TestDatabase) -> Self {
        let clinic = Clinic::open(database).await;
        let patient = clinic.rows.patient("A-1", json!({})).await;
        let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
        let mut predictions = vec![];
        for _ in 0..3 {
            let key = clinic.rows.of_patient("predictions", &patient, json!({"binary_result": "detected"})).await;
            predictions.push(id("Prediction", &key));
        }
        Self { clinic, patient, session: id("AnalysisSession", &session), predictions }
    }

    /// Writes a draft; answers its id.
    pub async fn draft(&self, more: Value) -> Value {
        let input = with(json!({"patientId": id("Patient", &self.patient), "title": "A", "content": "Text"}), more);
        self.clinic.done("createReport", ALL, input).await["again"]["id"].clone()
    }

    /// Writes a report and gives it out; answers its id, in version 2.
    pub async fn released(&self, more: Value) -> Value {
        let report = self.draft(more).await;
        self.clinic.done("releaseReport", ALL, target(&report, 1, json!({}))).await;
        report
    }

    pub async fn done(&self, mutation: &str, report: &Value, version: i32, more: Value) -> Value {
        self.clinic.done(mutation, ALL, target(report, version, more)).await
    }

    pub async fn refuse(&self, mutation: &str, report: &Value, version: i32, more: Value, expected: &[(&str, &str)]) {
        self.clinic.refuse(mutation, target(report, version, more), expected).await;
    }

    /// Which of the predictions are given out, by their number.
    pub async fn given_out(&self) -> Vec<usize> {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Prediction { releasedAt } } }";
        let read = self.clinic.read(query, json!({"ids": self.predictions})).await;
        let nodes = read["nodes"].as_array().expect("nodes").iter().enumerate();
        nodes.filter(|(_, node)| !node["releasedAt"].is_null()).map(|(number, _)| number).collect()
    }

    /// The predictions with these numbers, as an input names them.
    pub fn some(&self, numbers: &[usize]) -> Value {
        numbers.iter().map(|number| json!(self.predictions[*number])).collect()
    }

    /// Fails unless exactly those predictions are given out that a released report shows.
    pub async fn holds_the_definition(&self) {
        let tables = self.clinic.tables().await;
        let released = |link: &&crate::naive::tables::Row| {
            let report = tables.find("medical_reports", "id", &link["report_id"]).expect("a report");
            report["status"] == "released"
        };
        let shown: BTreeSet<String> = tables
            .rows("report_predictions")
            .iter()
            .filter(released)
            .map(|link| link["prediction_id"].to_string())
            .collect();
        let out: BTreeSet<String> = tables
            .rows("predictions")
            .iter()
            .filter(|row| !row["released_at"].is_null())
            .map(|row| row["id"].to_string())
            .collect();
        assert_eq!(out, shown);
    }
}

pub fn target(report: &Value, version: i32, more: Value) -> Value {
    with(json!({"id": report, "version": version}), more)
}

/// The predictions that a report shows.
pub fn shown(payload: &Value) -> BTreeSet<String> {
    let nodes = payload["report"]["predictions"]["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

async fn a_report_is_written_as_a_draft(database: TestDatabase) {
    let record = Record::new(database).await;
    let least = json!({"patientId": id("Patient", &record.patient), "title": " A ", "content": "\n Text \n"});
    let payload = record.clinic.done("createReport", ALL, least.clone()).await;
    let expected = json!({
        "title": "A", "content": "Text", "type": "OTHER", "format": "MARKDOWN", "recommendations": null,
        "generatedBy": null, "confidence": null, "disclaimer": null, "metadata": null, "status": "DRAFT", "revision": 1,
        "isLatest": true, "revisionReason": null, "createdAt": NOW, "updatedAt": NOW, "releasedAt": null,
        "withdrawnAt": null, "withdrawnReason": null, "version": 1, "session": null, "prediction": null,
        "predictions": {"nodes": []}, "releasedBy": null,
    });
    assert_eq!(payload["report"], expected);
    let of = json!({
        "statistics": {"totalReports": 1, "lastReportDate": NOW},
        "timeline": {"nodes": payload["of"]["patient"]["timeline"]["nodes"]},
    });
    assert_eq!(payload["of"]["patient"], of);
    let metadata = json!({"status": "draft", "revision": 1, "superseded": false});
    let events = payload["of"]["patient"]["timeline"]["nodes"].as_array().expect("events").iter();
    let reports: Vec<_> = events.filter(|event| event["eventType"] == "REPORT").collect();
    assert_eq!(reports, [&json!({"eventType": "REPORT", "title": "A", "metadata": metadata})]);

    let all = json!({
        "type": "PATIENT_FRIENDLY", "format": "HTML", "sessionId": record.session, "predictionId": record.predictions[0],
        "recommendations": ["Walk", {"a": null}], "generatedBy": "model", "confidence": 0.875, "disclaimer": "No diagnosis",
        "metadata": {"a": 1},
    });
    let payload = record.clinic.done("createReport", ALL, with(least, all)).await;
    let given = json!({
        "type": "PATIENT_FRIENDLY", "format": "HTML", "recommendations": ["Walk", {"a": null}], "generatedBy": "model",
        "confidence": 0.875, "disclaimer": "No diagnosis", "metadata": {"a": 1}, "session": {"id": record.session},
        "prediction": {"id": record.predictions[0]}, "predictions": {"nodes": [{"id": record.predictions[0]}]},
    });
    assert_eq!(payload["report"], with(expected, given));
}

async fn values_of_a_report_are_checked_at_once(database: TestDatabase) {
    let record = Record::new(database).await;
    let wrong = json!({
        "title": "x".repeat(501), "content": " ", "confidence": -0.1, "disclaimer": "\u{0}", "generatedBy": "a\u{0}",
        "recommendations": ["\u{0}"], "metadata": {"a": "x".repeat(100_000)}, "sessionId": "nonsense",
        "predictionId": "nonsense", "predictionIds": [record.predictions[0], "nonsense"],
    });
    let expected = [
        ("TOO_LONG", "title"),
        ("REQUIRED", "content"),
        ("INVALID", "confidence"),
        ("INVALID", "disclaimer"),
        ("INVALID", "generatedBy"),
        ("INVALID", "recommendations"),
        ("TOO_LONG", "metadata"),
        ("NOT_FOUND", "sessionId"),
        ("NOT_FOUND", "predictionId"),
        ("NOT_FOUND", "predictionIds.1"),
    ];
    let new = json!({"patientId": id("Patient", &record.patient)});
    record.clinic.refuse("createReport", with(new.clone(), wrong.clone()), &expected).await;
    let draft = record.draft(json!({})).await;
    record.refuse("updateReport", &draft, 1, wrong.clone(), &expected).await;
    let released = record.released(json!({})).await;
    let amended = [&expected[..], &[("REQUIRED", "reason")]].concat();
    record.refuse("amendReport", &released, 2, with(wrong, json!({"reason": ""})), &amended).await;
    let cleared = json!({"title": null, "content": null, "type": null, "format": null});
    let required = [("REQUIRED", "title"), ("REQUIRED", "content"), ("REQUIRED", "type"), ("REQUIRED", "format")];
    record.refuse("updateReport", &draft, 1, cleared.clone(), &required).await;
    record.refuse("amendReport", &released, 2, with(cleared, json!({"reason": "A"})), &required).await;
    let many = with(new, json!({"title": "A", "content": "A", "predictionIds": vec![&record.predictions[0]; 101]}));
    record.clinic.refuse("createReport", many, &[("TOO_LONG", "predictionIds")]).await;
    for (reason, code) in [("", "REQUIRED"), ("\u{0}", "INVALID"), (&"x".repeat(501), "TOO_LONG")] {
        record.refuse("withdrawReport", &released, 2, json!({"reason": reason}), &[(code, "reason")]).await;
    }
}

async fn a_draft_shows_what_it_names(database: TestDatabase) {
    let record = Record::new(database).await;
    let other = record.clinic.rows.patient("A-2", json!({})).await;
    let strange = id("Prediction", &record.clinic.rows.of_patient("predictions", &other, json!({})).await);
    // The same twice is shown once; what it is mainly about is among what it shows.
    let names = json!({"predictionId": record.predictions[2], "predictionIds": record.some(&[0, 1, 0])});
    let draft = record.draft(names).await;
    let payload = record.done("updateReport", &draft, 1, json!({"title": "B"})).await;
    assert_eq!(shown(&payload).len(), 3, "what is not named stays");
    let strangers = json!({"predictionId": strange, "predictionIds": [record.predictions[0], strange]});
    let expected = [("NOT_FOUND", "predictionId"), ("NOT_FOUND", "predictionIds.1")];
    record.refuse("updateReport", &draft, 2, strangers, &expected).await;
    let payload = record.done("updateReport", &draft, 2, json!({"predictionIds": record.some(&[0])})).await;
    assert_eq!(shown(&payload), [0, 2].map(|number| record.predictions[number].clone()).into());
    let main = json!({"predictionId": record.predictions[1]});
    let payload = record.done("updateReport", &draft, 3, main.clone()).await;
    assert_eq!(shown(&payload).len(), 3);
    let payload = record.done("updateReport", &draft, 4, with(main, json!({"predictionIds": null}))).await;
    assert_eq!(shown(&payload), [record.predictions[1].clone()].into());
    let payload = record.done("updateReport", &draft, 5, json!({"predictionId": null, "predictionIds": []})).await;
    assert!(shown(&payload).is_empty() && payload["report"]["prediction"].is_null());
    assert_eq!(record.given_out().await, [0_usize; 0], "a draft gives nothing out");
}

async fn a_draft_changes_and_goes(database: TestDatabase) {
    let record = Record::new(database).await;
    let draft = record.draft(json!({"generatedBy": "model", "confidence": 0.5, "sessionId": record.session})).await;
    let change = json!({
        "title": "B", "content": "Other", "type": "SUMMARY", "format": "TEXT", "generatedBy": " ", "sessionId": null,
        "confidence": null, "recommendations": [], "predictionIds": record.some(&[0]),
    });
    let payload = record.done("updateReport", &draft, 1, change).await;
    let report = &payload["report"];
    assert_eq!(
        (&report["title"], &report["content"], &report["type"], &report["format"]),
        (&json!("B"), &json!("Other"), &json!("SUMMARY"), &json!("TEXT"))
    );
    assert_eq!(
        (&report["generatedBy"], &report["session"], &report["confidence"], &report["recommendations"]),
        (&Value::Null, &Value::Null, &Value::Null, &json!([]))
    );
    record.clinic.done("deleteReport", "deletedId", target(&draft, 2, json!({}))).await;
    let tables = record.clinic.tables().await;
    assert!(tables.rows("report_predictions").is_empty());
    assert_eq!(tables.rows("predictions").len(), 3, "what it showed stays");
    assert_eq!(tables.rows("patient_statistics")[0]["total_reports"], 0);
}
