//! `updateConsultation`: what a visit says changes while it is scheduled, and is corrected with a reason once it is over.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_scheduled_visit_changes_what_it_says_and_not_when_it_is,
    a_new_doctor_of_a_scheduled_visit_is_assigned,
    the_doctor_of_a_visit_that_is_over_stays,
    a_session_of_another_patient_is_none,
    findings_of_a_completed_visit_change_with_a_reason_alone,
    what_is_no_finding_changes_without_a_reason,
    the_date_of_a_visit_that_is_over_is_corrected,
    the_status_of_a_visit_that_is_over_is_corrected,
    a_correction_back_to_scheduled_meets_other_bookings,
    every_correction_keeps_what_stood_before,
);

const ALL: &str = "consultation { date status type diagnosis prescription notes chiefComplaint fee durationMinutes
        nextVisitDate correctionReason correctedAt version doctor { name } session { id }
        revisions { totalCount nodes { date status diagnosis prescription notes reason doctor { name } } }
        patient { statistics { totalConsultations firstVisitDate lastVisitDate } timeline { nodes { eventType description } } } }
    openedAssignment { type doctor { name } } warnings { code path consultation { id } }";

/// A patient, a doctor, and their visit at nine in the morning.
struct Visit {
    clinic: Clinic,
    patient: String,
    doctor: String,
    key: String,
}

const DATE: &str = "2026-03-14T09:00:00.000000Z";

impl Visit {
    async fn new(database: TestDatabase, status: &str) -> Self {
        let clinic = Clinic::open(database).await;
        let patient = clinic.rows.patient("A-1", json!({})).await;
        let doctor = clinic.rows.doctor("Bell", json!({})).await;
        let row = json!({"status": status, "diagnosis": "Tremor", "notes": "Calm"});
        let key = clinic.rows.consultation(&patient, &doctor, DATE, row).await;
        Self { clinic, patient, doctor, key }
    }

    fn target(&self, version: i32, more: Value) -> Value {
        with(json!({"id": id("Consultation", &self.key), "version": version}), more)
    }

    async fn done(&self, version: i32, more: Value) -> Value {
        let payload = self.clinic.done("updateConsultation", ALL, self.target(version, more)).await;
        assert_eq!(payload["consultation"]["version"], version + 1);
        payload
    }

    async fn refuse(&self, version: i32, more: Value, expected: &[(&str, &str)]) {
        self.clinic.refuse("updateConsultation", self.target(version, more), expected).await;
    }
}

async fn a_scheduled_visit_changes_what_it_says_and_not_when_it_is(database: TestDatabase) {
    let visit = Visit::new(database, "scheduled").await;
    visit.refuse(1, json!({"status": "CANCELLED"}), &[("INVALID_TRANSITION", "status")]).await;
    let both = [("INVALID_TRANSITION", "status"), ("INVALID_TRANSITION", "date"), ("INVALID", "fee")];
    visit.refuse(1, json!({"status": "COMPLETED", "date": NOW, "fee": "-1"}), &both).await;
    // What it is already is no change.
    let change = json!({
        "status": "SCHEDULED", "date": DATE, "type": null, "diagnosis": null, "chiefComplaint": "Shaking", "notes": "  ",
        "fee": "0", "nextVisitDate": "2026-06-01T08:00:00Z", "durationMinutes": 20,
    });
    let payload = visit.done(1, change).await;
    let expected = json!({
        "date": DATE, "status": "SCHEDULED", "type": null, "diagnosis": null, "prescription": null, "notes": null,
        "chiefComplaint": "Shaking", "fee": "0.00", "durationMinutes": 20, "nextVisitDate": "2026-06-01T08:00:00.000000Z",
        "correctionReason": null, "correctedAt": null, "version": 2, "doctor": {"name": "Bell"}, "session": null,
        "revisions": {"totalCount": 0, "nodes": []},
        "patient": {
            "statistics": {"totalConsultations": 0, "firstVisitDate": null, "lastVisitDate": null}, "timeline": {"nodes": []},
        },
    });
    assert_eq!(payload["consultation"], expected);
    assert_eq!((&payload["openedAssignment"], &payload["warnings"]), (&Value::Null, &json!([])));
}

async fn a_new_doctor_of_a_scheduled_visit_is_assigned(database: TestDatabase) {
    let visit = Visit::new(database, "scheduled").await;
    let other = visit.clinic.rows.doctor("Curie", json!({})).await;
    visit.refuse(1, json!({"doctorId": id("Patient", &visit.patient)}), &[("NOT_FOUND", "doctorId")]).await;
    visit.refuse(1, json!({"doctorId": id("Doctor", &visit.patient)}), &[("NOT_FOUND", "doctorId")]).await;
    let payload = visit.done(1, json!({"doctorId": id("Doctor", &other)})).await;
    assert_eq!(payload["consultation"]["doctor"]["name"], "Curie");
    assert_eq!(payload["openedAssignment"], json!({"type": "CONSULTANT", "doctor": {"name": "Curie"}}));
    visit.clinic.rows.assignment(&visit.patient, &visit.doctor, json!({})).await;
    let payload = visit.done(2, json!({"doctorId": id("Doctor", &visit.doctor)})).await;
    assert_eq!(payload["openedAssignment"], Value::Null, "there is an open one");
    // No assignment is left of a change that was refused.
    let third = visit.clinic.rows.doctor("Dax", json!({})).await;
    visit
        .refuse(3, json!({"doctorId": id("Doctor", &third), "durationMinutes": 0}), &[("INVALID", "durationMinutes")])
        .await;
}

async fn the_doctor_of_a_visit_that_is_over_stays(database: TestDatabase) {
    let visit = Visit::new(database, "no-show").await;
    let other = visit.clinic.rows.doctor("Curie", json!({})).await;
    let change = json!({"doctorId": id("Doctor", &other), "reason": "Wrong"});
    visit.refuse(1, change, &[("INVALID_TRANSITION", "doctorId")]).await;
    // An archived doctor who has the visit already is no obstacle to correcting it.
    visit.clinic.rows.run(&format!("UPDATE doctors SET archived_at = '{NOW}'")).await;
    visit.done(1, json!({"doctorId": id("Doctor", &visit.doctor), "notes": "Rang"})).await;
    let both = [("INVALID_TRANSITION", "doctorId"), ("ARCHIVED", "doctorId")];
    visit.refuse(2, json!({"doctorId": id("Doctor", &other)}), &both).await;
}

async fn a_session_of_another_patient_is_none(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    let other = visit.clinic.rows.patient("A-2", json!({})).await;
    let own = visit.clinic.rows.of_patient("sessions", &visit.patient, json!({})).await;
    let strange = visit.clinic.rows.of_patient("sessions", &other, json!({})).await;
    visit.refuse(1, json!({"sessionId": id("AnalysisSession", &strange)}), &[("NOT_FOUND", "sessionId")]).await;
    visit.refuse(1, json!({"sessionId": id("Scan", &own)}), &[("NOT_FOUND", "sessionId")]).await;
    let payload = visit.done(1, json!({"sessionId": id("AnalysisSession", &own)})).await;
    assert_eq!(payload["consultation"]["session"]["id"], id("AnalysisSession", &own));
    let payload = visit.done(2, json!({"sessionId": null})).await;
    assert_eq!(payload["consultation"]["session"], Value::Null);
}

async fn findings_of_a_completed_visit_change_with_a_reason_alone(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    for change in
        [json!({"diagnosis": "B"}), json!({"prescription": "B"}), json!({"notes": null}), json!({"diagnosis": ""})]
    {
        visit.refuse(1, change.clone(), &[("REQUIRED", "reason")]).await;
        visit.refuse(1, with(change, json!({"reason": "  "})), &[("REQUIRED", "reason")]).await;
    }
    let wrong = json!({"diagnosis": "B", "fee": "-1", "doctorId": "nonsense"});
    visit.refuse(1, wrong, &[("REQUIRED", "reason"), ("INVALID", "fee"), ("NOT_FOUND", "doctorId")]).await;
    let too_long = json!({"diagnosis": "B", "reason": "x".repeat(501)});
    let found = [("TOO_LONG", "reason"), ("REQUIRED", "reason")];
    visit.refuse(1, too_long, &found).await;

    let payload = visit.done(1, json!({"diagnosis": "Parkinson", "notes": null, "reason": " Second look "})).await;
    let corrected = &payload["consultation"];
    assert_eq!((&corrected["diagnosis"], &corrected["notes"]), (&json!("Parkinson"), &Value::Null));
    assert_eq!((&corrected["correctionReason"], &corrected["correctedAt"]), (&json!("Second look"), &json!(NOW)));
    let kept = json!({
        "date": DATE, "status": "COMPLETED", "diagnosis": "Tremor", "prescription": null, "notes": "Calm",
        "reason": "Second look", "doctor": {"name": "Bell"},
    });
    assert_eq!(corrected["revisions"], json!({"totalCount": 1, "nodes": [kept]}));
    let events = json!([
        {"eventType": "DIAGNOSIS", "description": "Parkinson"}, {"eventType": "CONSULTATION", "description": null},
    ]);
    assert_eq!(corrected["patient"]["timeline"]["nodes"], events);
}

async fn what_is_no_finding_changes_without_a_reason(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    // The same findings again are no correction.
    let change = json!({
        "type": "FOLLOW_UP", "fee": "12.34", "durationMinutes": 15, "nextVisitDate": "2026-06-01T08:00:00Z",
        "chiefComplaint": "A", "diagnosis": " Tremor ", "notes": "Calm", "date": DATE, "status": "COMPLETED",
    });
    let payload = visit.done(1, change).await;
    let changed = &payload["consultation"];
    assert_eq!((&changed["fee"], &changed["type"]), (&json!("12.34"), &json!("FOLLOW_UP")));
    assert_eq!((&changed["correctedAt"], &changed["revisions"]["totalCount"]), (&Value::Null, &json!(0)));
    // Of a visit that never took place nothing was found.
    visit
        .clinic
        .rows
        .run("UPDATE consultations SET status = 'cancelled', correction_reason = 'SQL', version = 3")
        .await;
    let payload = visit.done(3, json!({"diagnosis": "None", "prescription": "None", "notes": "None"})).await;
    assert_eq!(payload["consultation"]["correctedAt"], Value::Null);
}

async fn the_date_of_a_visit_that_is_over_is_corrected(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    let earlier = "2026-03-13T09:00:00.000000Z";
    visit.refuse(1, json!({"date": earlier}), &[("REQUIRED", "reason")]).await;
    let future = json!({"date": "2026-03-14T22:30:00.000001Z", "reason": "Typing"});
    visit.refuse(1, future.clone(), &[("IN_FUTURE", "date")]).await;
    let payload = visit.done(1, json!({"date": earlier, "reason": "Typing"})).await;
    let figures = json!({"totalConsultations": 1, "firstVisitDate": earlier, "lastVisitDate": earlier});
    assert_eq!(payload["consultation"]["patient"]["statistics"], figures);
    assert_eq!(payload["consultation"]["revisions"]["nodes"][0]["date"], DATE);
    // A cancelled visit may have been meant for any time; it keeps no revision.
    visit.done(2, json!({"status": "CANCELLED", "reason": "Was not"})).await;
    let payload = visit.done(3, with(future, json!({"notes": "Calm"}))).await;
    assert_eq!(payload["consultation"]["revisions"]["totalCount"], 2);
}

async fn the_status_of_a_visit_that_is_over_is_corrected(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    visit.refuse(1, json!({"status": "NO_SHOW"}), &[("REQUIRED", "reason")]).await;
    let payload = visit.done(1, json!({"status": "NO_SHOW", "reason": "Was not there"})).await;
    let record = &payload["consultation"]["patient"];
    assert_eq!(record["statistics"]["totalConsultations"], 0);
    assert_eq!(record["timeline"]["nodes"], json!([{"eventType": "CONSULTATION", "description": null}]));
    assert_eq!(payload["consultation"]["revisions"]["totalCount"], 1);
    let payload = visit.done(2, json!({"status": "COMPLETED", "reason": "Was there"})).await;
    assert_eq!(payload["consultation"]["patient"]["statistics"]["totalConsultations"], 1);
    assert_eq!(payload["consultation"]["revisions"]["totalCount"], 1, "what was not completed keeps no revision");

    let future = json!({"status": "cancelled"});
    let later = "2026-04-01T09:00:00.000000Z";
    let key = visit.clinic.rows.consultation(&visit.patient, &visit.doctor, later, future).await;
    let target = json!({"id": id("Consultation", &key), "version": 1, "reason": "It was", "status": "COMPLETED"});
    visit.clinic.refuse("updateConsultation", target.clone(), &[("IN_FUTURE", "status")]).await;
    let with_date = with(target.clone(), json!({"date": "2026-04-02T09:00:00Z"}));
    visit.clinic.refuse("updateConsultation", with_date, &[("IN_FUTURE", "date")]).await;
    let payload = visit.clinic.done("updateConsultation", ALL, with(target, json!({"date": NOW}))).await;
    assert_eq!(payload["consultation"]["patient"]["statistics"]["lastVisitDate"], NOW);
}

async fn a_correction_back_to_scheduled_meets_other_bookings(database: TestDatabase) {
    let visit = Visit::new(database, "cancelled").await;
    let other = visit.clinic.rows.patient("A-2", json!({})).await;
    let booked = json!({"status": "scheduled", "duration_minutes": 1});
    let met = visit.clinic.rows.consultation(&other, &visit.doctor, "2026-03-14T09:29:00.000000Z", booked).await;
    let back = json!({"status": "SCHEDULED", "reason": "Comes after all"});
    visit.refuse(1, json!({"status": "SCHEDULED"}), &[("REQUIRED", "reason"), ("DOUBLE_BOOKED", "date")]).await;
    visit.refuse(1, back.clone(), &[("DOUBLE_BOOKED", "date")]).await;
    let payload = visit.done(1, with(back, json!({"allowDoubleBooking": true}))).await;
    let warning = json!([{"code": "DOCTOR_BUSY", "path": ["date"], "consultation": {"id": id("Consultation", &met)}}]);
    assert_eq!((&payload["warnings"], &payload["consultation"]["status"]), (&warning, &json!("SCHEDULED")));
}

async fn every_correction_keeps_what_stood_before(database: TestDatabase) {
    let visit = Visit::new(database, "completed").await;
    for (number, diagnosis) in ["B", "C", "D"].into_iter().enumerate() {
        visit.clinic.server.clock.advance(chrono::Duration::minutes(1));
        let version = i32::try_from(number).expect("a small number") + 1;
        visit.done(version, json!({"diagnosis": diagnosis, "reason": format!("Reason {number}")})).await;
    }
    let payload = visit.done(4, json!({"fee": "1"})).await;
    let revisions = payload["consultation"]["revisions"]["nodes"].as_array().expect("revisions").iter();
    let kept: Vec<_> = revisions.map(|revision| (revision["diagnosis"].clone(), revision["reason"].clone())).collect();
    let expected = [("C", "Reason 2"), ("B", "Reason 1"), ("Tremor", "Reason 0")];
    assert_eq!(kept, expected.map(|(diagnosis, reason)| (json!(diagnosis), json!(reason))));
}
