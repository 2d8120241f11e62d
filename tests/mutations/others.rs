//! Whoever changes what they do not see is answered, to the letter, as if it were not there; and nothing is written.

use serde_json::{Value, json};

use super::creations::CREATIONS;
use super::targets::{TARGETS, VERSION};
use super::{Clinic, document, everything};
use crate::on_both;
use crate::support::actor::{Actor, without_request_ids};
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_record_that_is_not_seen_is_changed_like_one_that_is_not_there,
    a_patient_who_is_not_seen_gets_what_one_gets_who_is_not_there,
    what_a_new_record_names_of_others_is_not_there,
);

/// A key that no row has.
const NOBODY: &str = "01900000-0000-7000-8000-ffffffffffff";

/// Somebody of each role, with a record of their own, and the own patient's key.
async fn actors(clinic: &Clinic) -> Vec<(&'static str, Actor, String)> {
    let (rows, server) = (&clinic.rows, &clinic.server);
    let own = async |name: &str, more: Value| rows.patient(name, more).await;
    let (doctors, patients, programs) =
        (rows.user("d", "doctor").await, rows.user("p", "patient").await, rows.user("a", "agent").await);
    let of_doctor = own("own-d", json!({})).await;
    let doctor = rows.doctor("Own", json!({"user_id": doctors})).await;
    rows.assignment(&of_doctor, &doctor, json!({})).await;
    let of_patient = own("own-p", json!({"user_id": patients})).await;
    let of_program = own("own-a", json!({})).await;
    rows.of_patient("sessions", &of_program, json!({"agent_id": programs})).await;
    let scopes = ["intake", "predict", "report"];
    vec![
        ("doctor", server.sign_in(&doctors).await, of_doctor),
        ("patient", server.sign_in(&patients).await, of_patient),
        ("program", server.agent(&programs, &scopes).await, of_program),
    ]
}

async fn answer(actor: &Actor, mutation: &str, input: &Value) -> String {
    let document = document(mutation, &everything(mutation));
    without_request_ids(actor.text(&document, &json!({"input": input})).await)
}

async fn a_record_that_is_not_seen_is_changed_like_one_that_is_not_there(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let actors = actors(&clinic).await;
    let mut refused = 0;
    for (number, target) in TARGETS.iter().enumerate() {
        let row = target.row(&clinic, number).await;
        let before = clinic.lines().await;
        for (role, actor, _) in &actors {
            for version in [VERSION, VERSION - 1] {
                let theirs = answer(actor, target.mutation, &target.input(&row.id, version)).await;
                let nobodys = answer(actor, target.mutation, &target.input(&id(target.of, NOBODY), version)).await;
                assert_eq!(theirs, nobodys, "{role}: {}", target.mutation);
                assert!(theirs.contains("NOT_FOUND") || theirs.contains("FORBIDDEN"), "{role}: {theirs}");
                refused += usize::from(theirs.contains("NOT_FOUND"));
            }
        }
        clinic.unchanged(&before, target.mutation).await;
    }
    // In two versions each: ten mutations of doctors, one of patients, one of programs.
    assert!(refused >= 24, "some are mutations that somebody may do with what is theirs: {refused}");
}

async fn a_patient_who_is_not_seen_gets_what_one_gets_who_is_not_there(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let (actors, doctors) = (actors(&clinic).await, super::creations::doctors(&clinic).await);
    let there = super::creations::patient(&clinic, &doctors, "A-1", json!({})).await;
    let before = clinic.lines().await;
    for creation in CREATIONS.iter().filter(|creation| creation.patient.is_some()) {
        for (role, actor, _) in &actors {
            let theirs = creation.input(&id("Patient", &there), &doctors);
            let nobodys = creation.input(&id("Patient", NOBODY), &doctors);
            let theirs = answer(actor, creation.mutation, &theirs).await;
            assert_eq!(theirs, answer(actor, creation.mutation, &nobodys).await, "{role}: {}", creation.mutation);
            assert!(theirs.contains("NOT_FOUND") || theirs.contains("FORBIDDEN"), "{role}: {theirs}");
        }
    }
    clinic.unchanged(&before, "a refused creation").await;
}

async fn what_a_new_record_names_of_others_is_not_there(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let actors = actors(&clinic).await;
    let other = clinic.rows.patient("A-1", json!({})).await;
    let of_other = |table: &'static str| clinic.rows.of_patient(table, &other, json!({}));
    let (session, scan) = (of_other("sessions").await, of_other("mri_scans").await);
    let prediction = of_other("predictions").await;
    let before = clinic.lines().await;
    for (mutation, field, type_name, key) in [
        ("createConsultation", "sessionId", "AnalysisSession", &session),
        ("createScan", "sessionId", "AnalysisSession", &session),
        ("createPrediction", "sessionId", "AnalysisSession", &session),
        ("createPrediction", "scanId", "Scan", &scan),
        ("createReport", "predictionId", "Prediction", &prediction),
        ("createReport", "sessionId", "AnalysisSession", &session),
        ("requestReport", "scanId", "Scan", &scan),
        ("requestReport", "predictionId", "Prediction", &prediction),
    ] {
        for (role, actor, own) in &actors {
            let input = |key: &str| {
                let mut input = json!({"patientId": id("Patient", own), (field): id(type_name, key)});
                if mutation == "createReport" {
                    (input["title"], input["content"]) = (json!("New"), json!("New"));
                }
                if mutation == "createConsultation" {
                    input["date"] = json!("2026-06-01T08:00:00Z");
                    input["doctorId"] = json!(id("Doctor", NOBODY));
                }
                input
            };
            let (theirs, nobodys) =
                (answer(actor, mutation, &input(key)).await, answer(actor, mutation, &input(NOBODY)).await);
            assert_eq!(theirs, nobodys, "{role}: {mutation} {field}");
            assert!(theirs.contains("NOT_FOUND") || theirs.contains("FORBIDDEN"), "{role}: {theirs}");
        }
    }
    clinic.unchanged(&before, "a refused creation").await;
}
