//! Visits are booked or recorded.

use serde_json::{Value, json};

use super::{Clinic, errors, pairs, send, with};
use crate::naive::Tables;
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    a_visit_opens_an_assignment,
    a_visit_by_a_doctor_with_an_assignment_opens_none,
    a_visit_names_people_who_are_there,
    a_visit_in_the_future_is_not_completed,
    values_of_a_visit_are_checked_at_once,
);

const VISIT: &str = "mutation($input: CreateConsultationInput!) { createConsultation(input: $input) {
    consultation { id date type status fee diagnosis version patient { mrn statistics { totalConsultations } } doctor { name } }
    openedAssignment { type isActive assignedAt doctor { name } patient { mrn } } userErrors { code path } } }";
async fn a_visit_opens_an_assignment(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let ended = json!({"assignment_type": "consultant", "is_active": false, "ended_at": "2025-01-01T00:00:00.000000Z"});
    factory.assignment(&patient, &doctor, ended).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({
        "patientId": id("Patient", &patient), "doctorId": id("Doctor", &doctor), "date": "2026-03-14T23:00:00+01:00",
        "type": "FOLLOW_UP", "status": "COMPLETED", "diagnosis": "Tremor", "fee": "12.50",
    });
    let mut payload = send(&actor, VISIT, input).await;
    payload["consultation"]["id"].take();
    let expected = json!({
        "consultation": {
            "id": null, "date": "2026-03-14T22:00:00.000000Z", "type": "FOLLOW_UP", "status": "COMPLETED", "fee": "12.50",
            "diagnosis": "Tremor", "version": 1, "patient": {"mrn": "A-1", "statistics": {"totalConsultations": 1}},
            "doctor": {"name": "Bell"},
        },
        "openedAssignment": {
            "type": "CONSULTANT", "isActive": true, "assignedAt": NOW, "doctor": {"name": "Bell"}, "patient": {"mrn": "A-1"},
        },
        "userErrors": [],
    });
    assert_eq!(payload, expected);
    let tables = Tables::load(&factory.connection).await;
    let events: Vec<&Value> = tables.rows("patient_timeline").iter().map(|event| &event["event_type"]).collect();
    assert_eq!(events.len(), 2, "the visit and its diagnosis: {events:?}");
}

async fn a_visit_by_a_doctor_with_an_assignment_opens_none(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    factory.assignment(&patient, &doctor, json!({"assignment_type": "specialist"})).await;
    let server = TestServer::start(database).await;
    let input = json!({
        "patientId": id("Patient", &patient), "doctorId": id("Doctor", &doctor), "date": "2026-04-01T08:00:00Z",
    });
    let payload = send(&server.admin(), VISIT, input).await;
    assert_eq!((&payload["openedAssignment"], &payload["userErrors"]), (&Value::Null, &json!([])));
    assert_eq!(payload["consultation"]["status"], "SCHEDULED");
    assert_eq!(payload["consultation"]["type"], "IN_PERSON");
    assert_eq!(Tables::load(&factory.connection).await.rows("doctor_patient_assignments").len(), 1);
}

async fn a_visit_names_people_who_are_there(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let (patient, other) = (factory.patient("A-1", json!({})).await, factory.patient("A-2", json!({})).await);
    let session = factory.of_patient("sessions", &other, json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let gone = factory.doctor("Gone", json!({"archived_at": NOW})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let (patient, doctor) = (id("Patient", &patient), id("Doctor", &doctor));
    let unknown = "pat_AAAAAAAAAAAAAAAAAAAAAA";
    for (patient, doctor, session, expected) in [
        (unknown, doctor.as_str(), Value::Null, &[("NOT_FOUND", "patientId")][..]),
        (&doctor, &patient, Value::Null, &[("NOT_FOUND", "patientId"), ("NOT_FOUND", "doctorId")]),
        (unknown, "doc_AAAAAAAAAAAAAAAAAAAAAA", Value::Null, &[("NOT_FOUND", "patientId"), ("NOT_FOUND", "doctorId")]),
        (&patient, &id("Doctor", &gone), Value::Null, &[("ARCHIVED", "doctorId")]),
        (&patient, &doctor, json!(id("AnalysisSession", &session)), &[("NOT_FOUND", "sessionId")]),
    ] {
        let input =
            json!({"patientId": patient, "doctorId": doctor, "sessionId": session, "date": "2026-04-01T08:00:00Z"});
        let payload = send(&actor, VISIT, input).await;
        assert_eq!(errors(&payload), pairs(expected));
        assert_eq!((&payload["consultation"], &payload["openedAssignment"]), (&Value::Null, &Value::Null));
    }
    let tables = Tables::load(&factory.connection).await;
    assert!(tables.rows("consultations").is_empty());
    assert!(tables.rows("doctor_patient_assignments").is_empty(), "no assignment without its visit");
}

async fn a_visit_in_the_future_is_not_completed(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let server = TestServer::start(database).await;
    let input = json!({
        "patientId": id("Patient", &patient), "doctorId": id("Doctor", &doctor), "date": "2026-03-14T22:30:00.000001Z",
        "status": "COMPLETED", "durationMinutes": 0, "fee": "-1.00",
    });
    let payload = send(&server.admin(), VISIT, input).await;
    let mut found = errors(&payload);
    found.sort();
    assert_eq!(found, pairs(&[("INVALID", "durationMinutes"), ("INVALID", "fee"), ("IN_FUTURE", "date")]));
    // A date that is none is no value of the type at all.
    let input = json!({"input": {"patientId": "x", "doctorId": "y", "date": "tomorrow"}});
    assert_eq!(server.admin().error_codes(VISIT, input).await, ["BAD_USER_INPUT"]);
}

/// A patient, a doctor, and a visit of theirs as it is booked in the database.
pub struct Visit {
    pub clinic: Clinic,
    pub patient: String,
    pub doctor: String,
    key: String,
}

impl Visit {
    /// With the visit at this time.
    pub async fn at(database: TestDatabase, date: &str, more: Value) -> Self {
        let clinic = Clinic::open(database).await;
        let patient = clinic.rows.patient("A-1", json!({})).await;
        let doctor = clinic.rows.doctor("Bell", json!({})).await;
        let row = with(json!({"status": "scheduled"}), more);
        let key = clinic.rows.consultation(&patient, &doctor, date, row).await;
        Self { clinic, patient, doctor, key }
    }

    /// The visit as an input names it.
    pub fn target(&self, version: i32, more: Value) -> Value {
        with(json!({"id": id("Consultation", &self.key), "version": version}), more)
    }

    /// Another visit of theirs.
    pub fn another(&self, more: Value) -> Value {
        with(json!({"patientId": id("Patient", &self.patient), "doctorId": id("Doctor", &self.doctor)}), more)
    }
}

async fn values_of_a_visit_are_checked_at_once(database: TestDatabase) {
    let visit = Visit::at(database, "2026-03-14T09:00:00.000000Z", json!({})).await;
    let wrong = json!({
        "durationMinutes": 1441, "fee": "-0.01", "chiefComplaint": "\u{0}", "diagnosis": "x".repeat(100_001),
        "prescription": "a\u{0}", "notes": "ü".repeat(100_001), "status": "NO_SHOW", "date": "2026-03-14T22:30:00.000001Z",
        "sessionId": "nonsense",
    });
    let values = [
        ("INVALID", "durationMinutes"),
        ("INVALID", "fee"),
        ("INVALID", "chiefComplaint"),
        ("TOO_LONG", "diagnosis"),
        ("INVALID", "prescription"),
        ("TOO_LONG", "notes"),
    ];
    let created = [&values[..], &[("IN_FUTURE", "date"), ("NOT_FOUND", "sessionId")]].concat();
    visit.clinic.refuse("createConsultation", visit.another(wrong.clone()), &created).await;
    let mut completed = wrong.clone();
    for field in ["status", "sessionId"] {
        completed.as_object_mut().expect("an object").remove(field);
    }
    let expected = [&values[..], &[("IN_FUTURE", "date")]].concat();
    visit.clinic.refuse("completeConsultation", visit.target(1, completed.clone()), &expected).await;
    completed["date"] = Value::Null;
    visit
        .clinic
        .refuse("updateConsultation", visit.target(1, completed), &[&values[..], &[("REQUIRED", "date")]].concat())
        .await;
    let cleared = json!({"doctorId": null, "date": null, "status": null});
    let required = [("REQUIRED", "doctorId"), ("REQUIRED", "date"), ("REQUIRED", "status")];
    visit.clinic.refuse("updateConsultation", visit.target(1, cleared), &required).await;
    for minutes in [1, 1440] {
        let date = format!("2026-0{}-01T08:00:00Z", 4 + minutes % 2);
        let input = visit.another(json!({"date": date, "durationMinutes": minutes, "diagnosis": "ü".repeat(100_000)}));
        let payload =
            visit.clinic.done("createConsultation", "consultation { durationMinutes diagnosis }", input).await;
        assert_eq!(payload["consultation"], json!({"durationMinutes": minutes, "diagnosis": "ü".repeat(100_000)}));
    }
    for wrong in
        [json!({"fee": "1.005"}), json!({"fee": 12}), json!({"durationMinutes": 1.5}), json!({"date": "2026-04-01"})]
    {
        let input = with(visit.another(json!({"date": "2026-04-01T08:00:00Z"})), wrong);
        visit.clinic.fail("createConsultation", input, "BAD_USER_INPUT").await;
    }
}
