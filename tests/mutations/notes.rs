//! Mutations of the timeline: notes that people write. Every other event is the database's.

use serde_json::{Value, json};

use super::{Clinic, errors, pairs, send, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::{Factory, id};
use crate::support::server::TestServer;

on_both!(
    a_note_enters_the_timeline,
    a_note_says_all_that_it_was_given,
    values_of_a_note_are_checked_at_once,
    a_note_is_changed_and_deleted,
    an_event_of_the_database_is_no_note,
);

const NOTE: &str = "mutation($input: AddTimelineNoteInput!) { addTimelineNote(input: $input) {
    timelineEvent { eventType eventDate title description severity patientVisible source { __typename } patient { mrn } }
    userErrors { code path } } }";
const ALL: &str =
    "timelineEvent { eventType eventDate title description severity patientVisible metadata version createdAt
    doctor { name } author { name } patient { timeline { totalCount } } } again: timelineEvent { id }";

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

async fn a_note_says_all_that_it_was_given(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    let input = json!({
        "patientId": id("Patient", &patient), "title": " Called ", "description": "Twice\nat noon ", "severity": "CRITICAL",
        "date": "2020-01-01T12:00:00+01:00", "patientVisible": false, "doctorId": id("Doctor", &doctor),
    });
    let payload = clinic.done("addTimelineNote", ALL, input).await;
    let expected = json!({
        "eventType": "NOTE", "eventDate": "2020-01-01T11:00:00.000000Z", "title": "Called", "description": "Twice\nat noon",
        "severity": "CRITICAL", "patientVisible": false, "metadata": null, "version": 1, "createdAt": NOW,
        "doctor": {"name": "Bell"}, "author": {"name": "Tests"}, "patient": {"timeline": {"totalCount": 1}},
    });
    assert_eq!(payload["timelineEvent"], expected);
}

async fn values_of_a_note_are_checked_at_once(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let note = json!({"event_type": "note", "event_title": "A"});
    let note = id("TimelineEvent", &clinic.rows.of_patient("patient_timeline", &patient, note).await);
    let wrong = json!({
        "title": "x".repeat(501), "description": "x".repeat(100_001), "date": "2026-03-14T22:30:00.000001Z", "doctorId": note,
    });
    let expected =
        [("TOO_LONG", "title"), ("TOO_LONG", "description"), ("IN_FUTURE", "date"), ("NOT_FOUND", "doctorId")];
    let new = json!({"patientId": id("Patient", &patient)});
    clinic.refuse("addTimelineNote", with(new, wrong.clone()), &expected).await;
    let target = json!({"id": note, "version": 1});
    clinic.refuse("updateTimelineNote", with(target.clone(), wrong), &expected).await;
    let cleared = json!({"title": null, "severity": null, "date": null, "patientVisible": null});
    let required =
        [("REQUIRED", "title"), ("REQUIRED", "severity"), ("REQUIRED", "date"), ("REQUIRED", "patientVisible")];
    clinic.refuse("updateTimelineNote", with(target, cleared), &required).await;
}

async fn a_note_is_changed_and_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    let input = json!({
        "patientId": id("Patient", &patient), "title": "A", "description": "Text", "doctorId": id("Doctor", &doctor),
    });
    let new = clinic.done("addTimelineNote", ALL, input).await;
    let target = |version: i32, more: Value| with(json!({"id": new["again"]["id"], "version": version}), more);
    let payload =
        clinic.done("updateTimelineNote", ALL, target(1, json!({"severity": "LOW", "patientVisible": true}))).await;
    let differs = json!({"severity": "LOW", "patientVisible": true, "version": 2});
    let expected = with(new["timelineEvent"].clone(), differs);
    assert_eq!(payload["timelineEvent"], expected, "what is not named stays");
    let change = json!({"title": " B ", "description": " ", "doctorId": null, "date": "2026-01-01T00:00:00Z"});
    let payload = clinic.done("updateTimelineNote", ALL, target(2, change)).await;
    let differs = json!({
        "title": "B", "description": null, "doctor": null, "eventDate": "2026-01-01T00:00:00.000000Z", "version": 3,
    });
    assert_eq!(payload["timelineEvent"], with(expected, differs));
    clinic.done("deleteTimelineNote", "deletedId", target(3, json!({}))).await;
    assert!(clinic.tables().await.rows("patient_timeline").is_empty());
}

async fn an_event_of_the_database_is_no_note(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    crate::support::clinic::fill(&clinic.rows).await;
    clinic.rows.run("UPDATE patients SET archived_at = NULL").await;
    let tables = clinic.tables().await;
    for kind in ["scan", "prediction", "report", "consultation", "diagnosis", "treatment"] {
        let event = tables.find("patient_timeline", "event_type", &json!(kind)).expect(kind);
        let key = event["id"].as_str().expect("a key");
        let target = json!({"id": id("TimelineEvent", key), "version": event["version"]});
        clinic.refuse("deleteTimelineNote", target.clone(), &[("INVALID_TRANSITION", "id")]).await;
        let change = with(target, json!({"title": "", "doctorId": "x"}));
        let expected = [("INVALID_TRANSITION", "id"), ("REQUIRED", "title"), ("NOT_FOUND", "doctorId")];
        clinic.refuse("updateTimelineNote", change, &expected).await;
    }
}
