//! Visits are booked or recorded, and what becomes of them.

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
    a_completed_visit_is_history_at_once,
    a_visit_is_completed_once_it_has_begun,
    a_visit_is_missed_once_it_has_begun,
    a_cancelled_visit_is_history_and_counts_nothing,
    a_visit_that_is_over_moves_no_more,
    a_deleted_visit_leaves_no_trace,
);

const VISIT: &str = "mutation($input: CreateConsultationInput!) { createConsultation(input: $input) {
    consultation { id date type status fee diagnosis version patient { mrn statistics { totalConsultations } } doctor { name } }
    openedAssignment { type isActive assignedAt doctor { name } patient { mrn } } userErrors { code path } } }";
/// What the patient's record says beside the visit.
const RECORD: &str = "patient { statistics { totalConsultations firstVisitDate lastVisitDate nextVisitDate overdueVisits uniqueDoctorsCount }
    timeline(orderBy: {field: DATE}) { nodes { eventType title severity description eventDate metadata } } }";

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
struct Visit {
    clinic: Clinic,
    patient: String,
    doctor: String,
    key: String,
}

impl Visit {
    async fn at(database: TestDatabase, date: &str, more: Value) -> Self {
        let clinic = Clinic::open(database).await;
        let patient = clinic.rows.patient("A-1", json!({})).await;
        let doctor = clinic.rows.doctor("Bell", json!({})).await;
        let row = with(json!({"status": "scheduled"}), more);
        let key = clinic.rows.consultation(&patient, &doctor, date, row).await;
        Self { clinic, patient, doctor, key }
    }

    fn target(&self, version: i32, more: Value) -> Value {
        with(json!({"id": id("Consultation", &self.key), "version": version}), more)
    }

    fn new(&self, more: Value) -> Value {
        with(json!({"patientId": id("Patient", &self.patient), "doctorId": id("Doctor", &self.doctor)}), more)
    }
}

fn events(record: &Value) -> Vec<&str> {
    let nodes = record["timeline"]["nodes"].as_array().expect("nodes").iter();
    nodes.map(|node| node["eventType"].as_str().expect("a type")).collect()
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
    visit.clinic.refuse("createConsultation", visit.new(wrong.clone()), &created).await;
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
        let input = visit.new(json!({"date": date, "durationMinutes": minutes, "diagnosis": "ü".repeat(100_000)}));
        let payload =
            visit.clinic.done("createConsultation", "consultation { durationMinutes diagnosis }", input).await;
        assert_eq!(payload["consultation"], json!({"durationMinutes": minutes, "diagnosis": "ü".repeat(100_000)}));
    }
    for wrong in
        [json!({"fee": "1.005"}), json!({"fee": 12}), json!({"durationMinutes": 1.5}), json!({"date": "2026-04-01"})]
    {
        let input = with(visit.new(json!({"date": "2026-04-01T08:00:00Z"})), wrong);
        visit.clinic.fail("createConsultation", input, "BAD_USER_INPUT").await;
    }
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
    let missed = visit.new(json!({"date": "2026-03-15T00:00:00Z", "status": "COMPLETED"}));
    clinic.refuse("createConsultation", missed, &[("IN_FUTURE", "date")]).await;
    clinic.done("createConsultation", selection, visit.new(json!({"date": NOW, "status": "COMPLETED"}))).await;
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
