//! What happens when different mutations meet: each order in which they could have been done is fine, and nothing else.

use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use super::reports::Record;
use super::{Clinic, Errors, WHOLE, pairs, with};
use crate::on_both;
use crate::support::accounts::ADMIN;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_doctor_who_is_assigned_is_not_deleted,
    a_session_that_gets_a_scan_is_not_deleted,
    a_prediction_that_is_given_out_is_not_deleted,
    who_waits_sees_what_was_committed_meanwhile,
    a_patient_is_erased_or_restored,
    a_primary_role_is_handed_over_or_ended,
    a_visit_has_one_outcome,
    two_ways_to_one_primary_doctor,
    visits_recorded_at_once_open_one_assignment,
);

/// How often each is tried.
const ROUNDS: usize = 5;

/// Sends two at once, and fails unless their errors are one of these pairs.
async fn meet(clinic: &Clinic, first: (&str, Value), second: (&str, Value), fine: &[(Outcome, Outcome)]) {
    let what = format!("{} {}", first.0, second.0);
    let outcomes = clinic.at_once(vec![first, second]).await;
    let expected = |(a, b): &(Outcome, Outcome)| vec![errors(a), errors(b)];
    assert!(fine.iter().map(expected).any(|expected| expected == outcomes), "{what}: {outcomes:?}");
}

/// Done, or failed with this error.
type Outcome = Option<(&'static str, &'static str)>;

fn errors(outcome: &Outcome) -> Errors {
    pairs(outcome.as_slice())
}

async fn a_doctor_who_is_assigned_is_not_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    for _ in 0..ROUNDS {
        let doctor = id("Doctor", &clinic.rows.doctor("Bell", json!({})).await);
        let assign = json!({"patientId": id("Patient", &patient), "doctorId": doctor, "type": "SPECIALIST"});
        let fine = [(Some(("IN_USE", "id")), None), (None, Some(("NOT_FOUND", "doctorId")))];
        meet(&clinic, ("deleteDoctor", json!({"id": doctor, "version": 1})), ("assignDoctor", assign), &fine).await;
    }
}

async fn a_session_that_gets_a_scan_is_not_deleted(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    for _ in 0..ROUNDS {
        let session = id("AnalysisSession", &clinic.rows.of_patient("sessions", &patient, json!({})).await);
        let scan = json!({"patientId": id("Patient", &patient), "sessionId": session});
        let fine = [(Some(("IN_USE", "id")), None), (None, Some(("NOT_FOUND", "sessionId")))];
        meet(&clinic, ("deleteSession", json!({"id": session, "version": 1})), ("createScan", scan), &fine).await;
    }
}

async fn a_prediction_that_is_given_out_is_not_deleted(database: TestDatabase) {
    let record = Record::new(database).await;
    for _ in 0..ROUNDS {
        let key = record.clinic.rows.of_patient("predictions", &record.patient, json!({})).await;
        let prediction = id("Prediction", &key);
        let draft = record.draft(json!({"predictionIds": [prediction]})).await;
        let delete = ("deletePrediction", json!({"id": prediction, "version": 1}));
        let release = ("releaseReport", json!({"id": draft, "version": 1}));
        let fine = [(None, None), (Some(("IN_USE", "id")), None)];
        meet(&record.clinic, delete, release, &fine).await;
        record.holds_the_definition().await;
    }
}

/// What another program has written and not yet committed is waited for: the answer is as of its commit.
async fn who_waits_sees_what_was_committed_meanwhile(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let rows = &clinic.rows;
    let (patient, other) = (rows.patient("A-1", json!({})).await, rows.patient("A-2", json!({})).await);
    let doctor = rows.doctor("Bell", json!({})).await;
    let agent = rows.user("model", "agent").await;
    let first = rows.user("first", "admin").await;
    let scan = rows.of_patient("mri_scans", &other, json!({})).await;
    let prediction = rows.of_patient("predictions", &other, json!({})).await;
    let report = rows.of_patient("medical_reports", &other, json!({"title": "A", "content": "A"})).await;
    let of = |patient: &str, more: Value| with(json!({"patientId": id("Patient", patient)}), more);
    let doctor_id = json!({"doctorId": id("Doctor", &doctor)});
    let visit = of(&patient, with(doctor_id.clone(), json!({"date": "2026-04-01T08:00:00Z"})));
    for (statement, mutation, input, error) in [
        (
            format!("UPDATE patients SET archived_at = '{NOW}' WHERE patient_id = '{patient}'"),
            "createConsultation",
            visit,
            ("ARCHIVED", "patientId"),
        ),
        (
            format!("UPDATE mri_scans SET version = 2 WHERE id = '{scan}'"),
            "updateScan",
            json!({"id": id("Scan", &scan), "version": 1, "fileType": "PNG"}),
            ("CONFLICT", "version"),
        ),
        (
            format!("UPDATE predictions SET released_at = '{NOW}' WHERE id = '{prediction}'"),
            "deletePrediction",
            json!({"id": id("Prediction", &prediction), "version": 1}),
            ("IN_USE", "id"),
        ),
        (
            format!("UPDATE users SET is_active = FALSE WHERE id = '{agent}'"),
            "createSession",
            of(&other, json!({"agentId": id("User", &agent)})),
            ("INVALID", "agentId"),
        ),
        (
            format!("UPDATE users SET role = 'doctor' WHERE id = '{first}'"),
            "updateUser",
            json!({"id": id("User", ADMIN), "version": 1, "role": "DOCTOR"}),
            ("LAST_ADMIN", "role"),
        ),
        (
            format!("UPDATE doctors SET archived_at = '{NOW}' WHERE doctor_id = '{doctor}'"),
            "assignDoctor",
            of(&other, with(doctor_id, json!({"type": "SPECIALIST"}))),
            ("ARCHIVED", "doctorId"),
        ),
        (
            format!("UPDATE patients SET archived_at = '{NOW}' WHERE patient_id = '{other}'"),
            "releaseReport",
            json!({"id": id("Report", &report), "version": 1}),
            ("ARCHIVED", "id"),
        ),
    ] {
        let transaction = rows.connection.begin().await.expect("a transaction");
        transaction.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        let commit = async {
            // Long enough for the request to arrive and wait; were it too short, the answer would be the same.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            transaction.commit().await.expect("the commit");
        };
        let (outcomes, ()) = futures_util::future::join(clinic.at_once(vec![(mutation, input)]), commit).await;
        assert_eq!(outcomes, [pairs(&[error])], "{mutation}");
    }
}

async fn a_patient_is_erased_or_restored(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for round in 0..ROUNDS {
        let patient = clinic.rows.patient(&format!("A-{round}"), json!({"archived_at": NOW})).await;
        let target = json!({"id": id("Patient", &patient), "version": 1});
        let erase = ("deletePatient", with(target.clone(), json!({"reason": "Asked for"})));
        let fine = [(None, Some(("NOT_FOUND", WHOLE))), (Some(("CONFLICT", "version")), None)];
        meet(&clinic, erase, ("restorePatient", target), &fine).await;
        let tables = clinic.tables().await;
        let (there, erased) = (
            tables.find("patients", "patient_id", &json!(patient)),
            tables.find("patient_erasures", "id", &json!(patient)),
        );
        assert!(there.is_some() != erased.is_some(), "{there:?} {erased:?}");
    }
}

async fn a_primary_role_is_handed_over_or_ended(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (from, to) = (clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await);
    for round in 0..ROUNDS {
        let patient = clinic.rows.patient(&format!("A-{round}"), json!({})).await;
        let assignment = clinic.rows.assignment(&patient, &from, json!({})).await;
        let hand = json!({
            "patientId": id("Patient", &patient), "fromDoctorId": id("Doctor", &from), "toDoctorId": id("Doctor", &to),
        });
        let end = ("endAssignment", json!({"id": id("Assignment", &assignment), "version": 1}));
        let fine = [(None, Some(("CONFLICT", "version"))), (Some(("CONFLICT", "fromDoctorId")), None)];
        meet(&clinic, ("transferPrimaryDoctor", hand), end, &fine).await;
    }
}

async fn a_visit_has_one_outcome(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let patient = clinic.rows.patient("A-1", json!({})).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    for round in 1..=ROUNDS {
        let date = format!("2026-03-0{round}T08:00:00.000000Z");
        let visit = clinic.rows.consultation(&patient, &doctor, &date, json!({"status": "scheduled"})).await;
        let target = json!({"id": id("Consultation", &visit), "version": 1});
        let moves = vec![
            ("completeConsultation", target.clone()),
            ("cancelConsultation", target.clone()),
            ("markNoShow", target.clone()),
            (
                "rescheduleConsultation",
                with(target.clone(), json!({"date": "2026-05-01T08:00:00Z", "allowDoubleBooking": true})),
            ),
            ("updateConsultation", with(target, json!({"notes": "A"}))),
        ];
        clinic.one_wins(moves, &[("CONFLICT", "version")]).await;
    }
}

async fn two_ways_to_one_primary_doctor(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (first, second) = (clinic.rows.doctor("Bell", json!({})).await, clinic.rows.doctor("Curie", json!({})).await);
    for round in 0..ROUNDS {
        let patient = clinic.rows.patient(&format!("A-{round}"), json!({})).await;
        let consultant = json!({"assignment_type": "consultant"});
        let assignment = clinic.rows.assignment(&patient, &first, consultant).await;
        let change = json!({"id": id("Assignment", &assignment), "version": 1, "type": "PRIMARY"});
        let assign =
            json!({"patientId": id("Patient", &patient), "doctorId": id("Doctor", &second), "type": "PRIMARY"});
        clinic.one_wins(vec![("updateAssignment", change), ("assignDoctor", assign)], &[("TAKEN", "type")]).await;
    }
}

async fn visits_recorded_at_once_open_one_assignment(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let doctor = id("Doctor", &clinic.rows.doctor("Bell", json!({})).await);
    for round in 0..ROUNDS {
        let patient = id("Patient", &clinic.rows.patient(&format!("A-{round}"), json!({})).await);
        // Visits that are over keep nobody busy: none waits for the other.
        let visit = json!({"patientId": patient, "doctorId": doctor, "date": NOW, "status": "COMPLETED"});
        let outcomes = clinic.at_once(vec![("createConsultation", visit); 4]).await;
        assert!(outcomes.iter().all(Vec::is_empty), "{outcomes:?}");
        assert_eq!(clinic.tables().await.rows("doctor_patient_assignments").len(), round + 1);
    }
}
