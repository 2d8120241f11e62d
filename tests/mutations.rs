//! The first mutations: what they write, what they answer, and that nothing is ever half done.

use serde_json::{Value, json};

use crate::naive::Tables;
use crate::on_both;
use crate::support::actor::Actor;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    a_patient_is_registered,
    all_that_is_wrong_is_said_at_once,
    a_record_number_is_taken_once,
    a_change_leaves_what_it_does_not_name,
    a_stale_version_changes_nothing,
    a_patient_who_is_not_there_cannot_be_changed,
    a_visit_opens_an_assignment,
    a_visit_by_a_doctor_with_an_assignment_opens_none,
    a_visit_names_people_who_are_there,
    a_visit_in_the_future_is_not_completed,
    a_note_enters_the_timeline,
    several_mutations_run_in_their_order,
);

const CREATE: &str = "mutation($input: CreatePatientInput!) { createPatient(input: $input) {
    patient { id mrn name dateOfBirth dateOfBirthEstimated age gender phone email emergencyContact { name phone } createdAt
      version statistics { totalConsultations diseaseStatus } } userErrors { code path message } } }";
const UPDATE: &str = "mutation($input: UpdatePatientInput!) { updatePatient(input: $input) {
    patient { name phone email gender emergencyContact { name phone } version updatedAt } userErrors { code path } } }";
const VISIT: &str = "mutation($input: CreateConsultationInput!) { createConsultation(input: $input) {
    consultation { id date type status fee diagnosis version patient { mrn statistics { totalConsultations } } doctor { name } }
    openedAssignment { type isActive assignedAt doctor { name } patient { mrn } } userErrors { code path } } }";
const NOTE: &str = "mutation($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) {
    timelineEvent { eventType eventDate title description severity patientVisible source { __typename } patient { mrn } }
    userErrors { code path } } }";

/// Sends a mutation of one field; answers its payload.
async fn send(actor: &Actor, mutation: &str, input: Value) -> Value {
    let data = actor.data(mutation, json!({"input": input})).await;
    data.as_object().expect("data").values().next().expect("a payload").clone()
}

/// Code and path of each user error, in their order.
fn errors(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["userErrors"].as_array().expect("user errors").iter();
    let path = |error: &Value| {
        let steps = error["path"].as_array().expect("a path").iter();
        steps.map(|step| step.as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>().join(".")
    };
    errors.map(|error| (error["code"].as_str().expect("a code").to_owned(), path(error))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect()
}

async fn a_patient_is_registered(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({
        "mrn": " A-1 ", "name": "Émile Zola", "dateOfBirth": "1960-03-15", "gender": "MALE",
        "phone": "+33 1", "email": "emile@example.org", "emergencyContact": {"name": "Kim"},
    });
    let payload = send(&actor, CREATE, input).await;
    assert_eq!(payload["userErrors"], json!([]));
    let mut patient = payload["patient"].clone();
    let new_id = patient["id"].take();
    let expected = json!({
        "id": null, "mrn": "A-1", "name": "Émile Zola", "dateOfBirth": "1960-03-15", "dateOfBirthEstimated": false, "age": 65,
        "gender": "MALE", "phone": "+33 1", "email": "emile@example.org", "emergencyContact": {"name": "Kim", "phone": null},
        "createdAt": NOW, "version": 1, "statistics": {"totalConsultations": 0, "diseaseStatus": "UNKNOWN"},
    });
    assert_eq!(patient, expected);
    let found = actor.data("{ patients(filter: {name: {contains: \"ÉMILE\"}}) { nodes { id } } }", json!({})).await;
    assert_eq!(found["patients"]["nodes"], json!([{"id": new_id}]));

    let least = send(&actor, CREATE, json!({"mrn": "A-2", "name": "Bo"})).await;
    let patient = &least["patient"];
    assert_eq!(
        (&patient["gender"], &patient["dateOfBirth"], &patient["emergencyContact"]),
        (&json!("UNKNOWN"), &json!(null), &json!(null))
    );
}

async fn all_that_is_wrong_is_said_at_once(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({
        "mrn": "  ", "name": "", "dateOfBirth": "2030-01-01", "email": "nobody", "phone": "0".repeat(501),
        "allergies": "a\u{0}b",
    });
    let payload = send(&actor, CREATE, input).await;
    assert_eq!(payload["patient"], Value::Null);
    let mut found = errors(&payload);
    found.sort();
    let expected = [
        ("INVALID", "allergies"),
        ("INVALID", "email"),
        ("IN_FUTURE", "dateOfBirth"),
        ("REQUIRED", "mrn"),
        ("REQUIRED", "name"),
        ("TOO_LONG", "phone"),
    ];
    assert_eq!(found, pairs(&expected));
    let lifetime = json!({"mrn": "A", "name": "A", "dateOfBirth": "1960-01-02", "dateOfDeath": "1960-01-01"});
    assert_eq!(errors(&send(&actor, CREATE, lifetime).await), pairs(&[("INVALID", "dateOfDeath")]));
    assert_eq!(actor.data("{ patients { totalCount } }", json!({})).await["patients"]["totalCount"], 0);
}

async fn a_record_number_is_taken_once(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let input = json!({"mrn": "A-1", "name": "One"});
    send(&actor, CREATE, input.clone()).await;
    let again = send(&actor, CREATE, input).await;
    assert_eq!((errors(&again), &again["patient"]), (pairs(&[("TAKEN", "mrn")]), &Value::Null));
    let other = send(&actor, CREATE, json!({"mrn": "A-2", "name": "Two"})).await;
    let change = json!({"id": other["patient"]["id"], "version": 1, "mrn": "A-1"});
    assert_eq!(errors(&send(&actor, UPDATE, change).await), pairs(&[("TAKEN", "mrn")]));
}

async fn a_change_leaves_what_it_does_not_name(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let row = json!({
        "name": "Old", "phone": "1", "email": "a@b.example", "gender": "female",
        "emergency_contact_name": "Kim", "emergency_contact_phone": "2",
    });
    let key = factory.patient("A-1", row).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    server.clock.advance(chrono::Duration::minutes(1));
    let change = json!({"id": id("Patient", &key), "version": 1, "name": "New ÄÖ", "phone": null});
    let payload = send(&actor, UPDATE, change).await;
    let expected = json!({
        "name": "New ÄÖ", "phone": null, "email": "a@b.example", "gender": "FEMALE",
        "emergencyContact": {"name": "Kim", "phone": "2"}, "version": 2, "updatedAt": "2026-03-14T22:31:00.000000Z",
    });
    assert_eq!(payload, json!({"patient": expected, "userErrors": []}));
    let cleared = json!({"id": id("Patient", &key), "version": 2, "emergencyContact": null});
    assert_eq!(send(&actor, UPDATE, cleared).await["patient"]["emergencyContact"], Value::Null);
    let emptied = json!({"id": id("Patient", &key), "version": 3, "name": null, "mrn": null, "gender": null});
    let refused = pairs(&[("REQUIRED", "mrn"), ("REQUIRED", "name"), ("REQUIRED", "gender")]);
    assert_eq!(errors(&send(&actor, UPDATE, emptied).await), refused, "what is always known cannot be cleared");
    let found = actor.data("{ patients(filter: {name: {eq: \"new äö\"}}) { totalCount } }", json!({})).await;
    assert_eq!(found["patients"]["totalCount"], 1, "the folded name changes with the name");
}

async fn a_stale_version_changes_nothing(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let key = factory.patient("A-1", json!({"name": "Old"})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let change = |version: i32, name: &str| json!({"id": id("Patient", &key), "version": version, "name": name});
    assert_eq!(send(&actor, UPDATE, change(1, "First")).await["patient"]["version"], 2);
    let before = Tables::load(&factory.connection).await;
    for version in [1, 3, 0, -1] {
        let payload = send(&actor, UPDATE, change(version, "Second")).await;
        assert_eq!((errors(&payload), &payload["patient"]), (pairs(&[("CONFLICT", "version")]), &Value::Null));
    }
    let after = Tables::load(&factory.connection).await;
    assert_eq!(before.rows("patients"), after.rows("patients"));

    // Of eight writers with the same version one wins.
    let writers = (0..8).map(|number| {
        let (actor, input) = (actor.clone(), change(2, &format!("Writer {number}")));
        async move { errors(&send(&actor, UPDATE, input).await).is_empty() }
    });
    let won = futures_util::future::join_all(writers).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

async fn a_patient_who_is_not_there_cannot_be_changed(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let archived = factory.patient("A-1", json!({"archived_at": NOW})).await;
    let doctor = factory.doctor("Bell", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    for unknown in ["pat_AAAAAAAAAAAAAAAAAAAAAA", "nonsense", "", &id("Doctor", &doctor)] {
        let input = json!({"input": {"id": unknown, "version": 1, "name": "New"}});
        assert_eq!(actor.error_codes(UPDATE, input).await, ["NOT_FOUND"], "{unknown}");
    }
    let payload = send(&actor, UPDATE, json!({"id": id("Patient", &archived), "version": 1, "name": "New"})).await;
    assert_eq!(errors(&payload), pairs(&[("ARCHIVED", "id")]));
}

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

async fn a_note_enters_the_timeline(database: TestDatabase) {
    let factory = Factory::new(&database).await;
    let patient = factory.patient("A-1", json!({})).await;
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let patient = id("Patient", &patient);
    let payload =
        send(&actor, NOTE, json!({"patientId": patient, "title": "Called", "severity": "LOW", "patientVisible": true}))
            .await;
    let event = json!({
        "eventType": "NOTE", "eventDate": NOW, "title": "Called", "description": null, "severity": "LOW",
        "patientVisible": true, "source": null, "patient": {"mrn": "A-1"},
    });
    assert_eq!(payload, json!({"timelineEvent": event, "userErrors": []}));
    let input = json!({"patientId": "nobody", "title": " ", "date": "2026-03-15T00:00:00Z", "doctorId": patient});
    let payload = send(&actor, NOTE, input).await;
    let mut found = errors(&payload);
    found.sort();
    let expected =
        [("IN_FUTURE", "date"), ("NOT_FOUND", "doctorId"), ("NOT_FOUND", "patientId"), ("REQUIRED", "title")];
    assert_eq!(found, pairs(&expected));
}

async fn several_mutations_run_in_their_order(database: TestDatabase) {
    let server = TestServer::start(database).await;
    let actor = server.admin();
    let both = "mutation { a: createPatient(input: {mrn: \"A\", name: \"A\"}) { patient { mrn } userErrors { code } }
        b: createPatient(input: {mrn: \"A\", name: \"B\"}) { patient { mrn } userErrors { code } }
        c: createPatient(input: {mrn: \"C\", name: \"C\"}) { patient { mrn } userErrors { code } } }";
    let expected = json!({
        "a": {"patient": {"mrn": "A"}, "userErrors": []},
        "b": {"patient": null, "userErrors": [{"code": "TAKEN"}]},
        "c": {"patient": {"mrn": "C"}, "userErrors": []},
    });
    assert_eq!(actor.data(both, json!({})).await, expected, "one that fails is taken back alone");
    // A variable that is missing is found before anything runs.
    let half =
        "mutation($input: CreatePatientInput!) { a: createPatient(input: {mrn: \"D\", name: \"D\"}) { patient { id } }
        b: createPatient(input: $input) { patient { id } } }";
    assert_eq!(actor.error_codes(half, json!({})).await, ["BAD_USER_INPUT"]);
    let tables = Tables::load(&server.database.connect().await).await;
    assert_eq!(tables.rows("patients").len(), 2);
}
