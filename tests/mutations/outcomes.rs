//! What becomes of a booked visit: it is completed, cancelled, missed or deleted, and the patient's record says so.

use serde_json::{Value, json};

use super::visits::Visit;
use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_visit_with_an_archived_doctor_is_called_off_or_given_to_another,
    a_completed_visit_is_history_at_once,
    a_visit_is_completed_once_it_has_begun,
    a_visit_is_missed_once_it_has_begun,
    a_cancelled_visit_is_history_and_counts_nothing,
    a_visit_that_is_over_moves_no_more,
    a_deleted_visit_leaves_no_trace,
);

/// What the patient's record says beside the visit.
const RECORD: &str = "patient { statistics {
        totalConsultations firstVisitDate lastVisitDate nextVisitDate overdueVisits uniqueDoctorsCount }
    timeline(orderBy: {field: DATE}) { nodes { eventType title severity description eventDate metadata } } }";

fn events(record: &Value) -> Vec<&str> {
    let nodes = record["timeline"]["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["eventType"].as_str().expect("a type")).collect()
}

/// What is read after the commit is what the same mutation made: figures, events, revisions, the doctor's side.
async fn a_completed_visit_is_history_at_once(database: TestDatabase) {
    let visit = Visit::at(database, "2026-03-14T09:00:00.000000Z", json!({"consultation_type": "emergency"})).await;
    let scheduled = visit
        .clinic
        .read("{ consultations { nodes { isOverdue patient { statistics { overdueVisits } } } } }", json!({}))
        .await;
    let node = json!({"isOverdue": true, "patient": {"statistics": {"overdueVisits": 1}}});
    assert_eq!(scheduled["consultations"]["nodes"][0], node);
    let came = json!({
        "date": "2026-03-14T09:10:00Z", "diagnosis": " Tremor ", "prescription": "Levodopa", "notes": "Calm", "fee": "120.5",
        "chiefComplaint": "Shaking", "durationMinutes": 45, "nextVisitDate": "2026-09-14T09:00:00Z",
    });
    let selection = format!(
        "consultation {{ status date isOverdue diagnosis prescription notes fee chiefComplaint durationMinutes nextVisitDate
            revisions {{ totalCount }} doctor {{ consultations {{ totalCount }} }} {RECORD} }}"
    );
    let payload = visit.clinic.done("completeConsultation", &selection, visit.target(1, came)).await;
    let date = "2026-03-14T09:10:00.000000Z";
    let event = |kind: &str, title: &str, severity: &str, text: &str, metadata: Value| {
        json!({
            "eventType": kind, "title": title, "severity": severity, "description": text, "eventDate": date, "metadata": metadata,
        })
    };
    let expected = json!({
        "status": "COMPLETED", "date": date, "isOverdue": false, "diagnosis": "Tremor", "prescription": "Levodopa",
        "notes": "Calm", "fee": "120.50", "chiefComplaint": "Shaking", "durationMinutes": 45,
        "nextVisitDate": "2026-09-14T09:00:00.000000Z", "revisions": {"totalCount": 0},
        "doctor": {"consultations": {"totalCount": 1}},
        "patient": {
            "statistics": {
                "totalConsultations": 1, "firstVisitDate": date, "lastVisitDate": date, "nextVisitDate": null,
                "overdueVisits": 0, "uniqueDoctorsCount": 1,
            },
            "timeline": {"nodes": [
                event("CONSULTATION", "Visit: emergency", "HIGH", "Shaking", json!({"status": "completed"})),
                event("DIAGNOSIS", "Diagnosis", "MEDIUM", "Tremor", Value::Null),
                event("TREATMENT", "Treatment", "INFO", "Levodopa", Value::Null),
            ]},
        },
    });
    assert_eq!(payload["consultation"], expected);
}

async fn a_visit_is_completed_once_it_has_begun(database: TestDatabase) {
    let visit = Visit::at(database, "2026-03-14T22:30:00.000001Z", json!({"notes": "Old"})).await;
    let clinic = &visit.clinic;
    clinic.refuse("completeConsultation", visit.target(1, json!({})), &[("IN_FUTURE", "date")]).await;
    let later = visit.target(1, json!({"date": "2026-03-15T00:00:00Z", "fee": "-1"}));
    clinic.refuse("completeConsultation", later, &[("IN_FUTURE", "date"), ("INVALID", "fee")]).await;
    // It was to begin later, and took place now.
    let selection = "consultation { status date notes version }";
    let payload = clinic.done("completeConsultation", selection, visit.target(1, json!({"date": NOW}))).await;
    assert_eq!(payload["consultation"], json!({"status": "COMPLETED", "date": NOW, "notes": "Old", "version": 2}));
    let missed = visit.another(json!({"date": "2026-03-15T00:00:00Z", "status": "COMPLETED"}));
    clinic.refuse("createConsultation", missed, &[("IN_FUTURE", "date")]).await;
    clinic.done("createConsultation", selection, visit.another(json!({"date": NOW, "status": "COMPLETED"}))).await;
}

async fn a_visit_is_missed_once_it_has_begun(database: TestDatabase) {
    let visit = Visit::at(database, "2026-03-14T22:30:00.000001Z", json!({})).await;
    visit.clinic.refuse("markNoShow", visit.target(1, json!({})), &[("IN_FUTURE", "id")]).await;
    visit.clinic.server.clock.set("2026-03-14T22:30:00.000001Z");
    let selection = format!("consultation {{ status {RECORD} }}");
    let payload = visit.clinic.done("markNoShow", &selection, visit.target(1, json!({}))).await;
    assert_eq!(payload["consultation"]["status"], "NO_SHOW");
    assert_eq!(events(&payload["consultation"]["patient"]), ["CONSULTATION"]);
    let statistics = &payload["consultation"]["patient"]["statistics"];
    assert_eq!((&statistics["totalConsultations"], &statistics["overdueVisits"]), (&json!(0), &json!(0)));
}

async fn a_cancelled_visit_is_history_and_counts_nothing(database: TestDatabase) {
    let visit = Visit::at(database, "2026-04-01T08:00:00.000000Z", json!({"diagnosis": "Expected"})).await;
    let selection = format!("consultation {{ status {RECORD} }}");
    let payload = visit.clinic.done("cancelConsultation", &selection, visit.target(1, json!({}))).await;
    let record = &payload["consultation"]["patient"];
    assert_eq!(payload["consultation"]["status"], "CANCELLED");
    assert_eq!(events(record), ["CONSULTATION"], "nothing was diagnosed");
    assert_eq!(record["timeline"]["nodes"][0]["metadata"], json!({"status": "cancelled"}));
    let nothing = json!({
        "totalConsultations": 0, "firstVisitDate": null, "lastVisitDate": null, "nextVisitDate": null, "overdueVisits": 0,
        "uniqueDoctorsCount": 0,
    });
    assert_eq!(record["statistics"], nothing);
}

async fn a_visit_that_is_over_moves_no_more(database: TestDatabase) {
    let visit = Visit::at(database, "2026-03-14T09:00:00.000000Z", json!({})).await;
    for (number, status) in ["completed", "cancelled", "no-show"].into_iter().enumerate() {
        let date = format!("2026-03-0{}T09:00:00.000000Z", number + 1);
        let key = visit.clinic.rows.consultation(&visit.patient, &visit.doctor, &date, json!({"status": status})).await;
        let target = |more: Value| with(json!({"id": id("Consultation", &key), "version": 1}), more);
        for (mutation, more) in [
            ("completeConsultation", json!({})),
            ("cancelConsultation", json!({})),
            ("markNoShow", json!({})),
            ("rescheduleConsultation", json!({"date": "2026-05-01T08:00:00Z"})),
        ] {
            visit.clinic.refuse(mutation, target(more), &[("INVALID_TRANSITION", "id")]).await;
        }
        let wrong = target(json!({"date": "2026-05-01T08:00:00Z", "durationMinutes": 0}));
        let both = [("INVALID_TRANSITION", "id"), ("INVALID", "durationMinutes")];
        visit.clinic.refuse("rescheduleConsultation", wrong, &both).await;
    }
}

async fn a_deleted_visit_leaves_no_trace(database: TestDatabase) {
    let visit =
        Visit::at(database, "2026-03-14T09:00:00.000000Z", json!({"status": "completed", "diagnosis": "A"})).await;
    let corrected = visit.target(1, json!({"diagnosis": "B", "reason": "Typing"}));
    let selection = "consultation { revisions { totalCount } patient { timeline { totalCount } } }";
    let payload = visit.clinic.done("updateConsultation", selection, corrected).await;
    assert_eq!(payload["consultation"]["revisions"]["totalCount"], 1);
    assert_eq!(payload["consultation"]["patient"]["timeline"]["totalCount"], 2);
    visit.clinic.done("deleteConsultation", "deletedId", visit.target(2, json!({}))).await;
    let tables = visit.clinic.tables().await;
    for table in ["consultations", "consultation_revisions", "patient_timeline"] {
        assert!(tables.rows(table).is_empty(), "{table}");
    }
    assert_eq!(tables.rows("patient_statistics")[0]["total_consultations"], 0);
}

async fn a_visit_with_an_archived_doctor_is_called_off_or_given_to_another(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let gone = clinic.rows.doctor("Bell", json!({"archived_at": NOW})).await;
    let other = clinic.rows.doctor("Curie", json!({})).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let booked = json!({"status": "scheduled"});
    let mut visits = Vec::new();
    for date in ["2026-04-01T08:00:00.000000Z", "2026-04-02T08:00:00.000000Z"] {
        visits.push(id("Consultation", &clinic.rows.consultation(&patient, &gone, date, booked.clone()).await));
    }
    let moved = json!({"id": visits[0], "version": 1, "date": "2026-04-03T08:00:00Z"});
    clinic.refuse("rescheduleConsultation", moved, &[("ARCHIVED", "id")]).await;
    let given = json!({"id": visits[0], "version": 1, "doctorId": id("Doctor", &other)});
    let payload = clinic.done("updateConsultation", "consultation { doctor { name } }", given).await;
    assert_eq!(payload["consultation"]["doctor"]["name"], "Curie");
    let payload =
        clinic.done("cancelConsultation", "consultation { status }", json!({"id": visits[1], "version": 1})).await;
    assert_eq!(payload["consultation"]["status"], "CANCELLED");
}
