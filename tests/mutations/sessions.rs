//! Mutations of sessions, the runs of the analysis.

use serde_json::json;

use super::imaging::{change, clinic, of};
use super::with;
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_session_is_opened_and_changed,
    a_session_is_given_to_an_active_program,
    a_session_with_rows_cannot_be_deleted,
);

const SESSION: &str =
    "analysisSession { inputType outputFormat status metadata createdAt updatedAt version doctor { name } user { name }
    agent { name role } patient { mrn sessions { totalCount } } } again: analysisSession { id }";
async fn a_session_is_opened_and_changed(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    let agent = clinic.rows.user("model", "agent").await;
    let least = clinic.done("createSession", SESSION, of(&patient, json!({}))).await;
    let expected = json!({
        "inputType": "text", "outputFormat": "text", "status": "ACTIVE", "metadata": null, "createdAt": NOW,
        "updatedAt": NOW, "version": 1, "doctor": null, "user": {"name": "Tests"}, "agent": null,
        "patient": {"mrn": "A-1", "sessions": {"totalCount": 1}},
    });
    assert_eq!(least["analysisSession"], expected);
    clinic.server.clock.advance(chrono::Duration::seconds(1));
    let given = json!({
        "inputType": " mri ", "outputFormat": "pdf", "status": "COMPLETED", "metadata": {"a": [1, null]},
        "doctorId": id("Doctor", &doctor), "agentId": id("User", &agent),
    });
    let changed = clinic.done("updateSession", SESSION, change(&least["again"], 1, given)).await;
    let differs = json!({
        "inputType": "mri", "outputFormat": "pdf", "status": "COMPLETED", "metadata": {"a": [1, null]}, "version": 2,
        "updatedAt": "2026-03-14T22:30:01.000000Z", "doctor": {"name": "Bell"},
        "agent": {"name": "User model", "role": "AGENT"},
    });
    let expected = with(expected, differs);
    assert_eq!(changed["analysisSession"], expected);
    let kept = clinic.done("updateSession", SESSION, change(&least["again"], 2, json!({"metadata": null}))).await;
    assert_eq!(kept["analysisSession"], with(expected, json!({"metadata": null, "version": 3})));
    let nothing = json!({"inputType": "", "outputFormat": null, "status": null});
    let required = [("REQUIRED", "inputType"), ("REQUIRED", "outputFormat"), ("REQUIRED", "status")];
    clinic.refuse("updateSession", change(&least["again"], 3, nothing.clone()), &required).await;
    clinic.refuse("createSession", of(&patient, nothing), &required).await;
}

async fn a_session_is_given_to_an_active_program(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    let off = json!({"username": "off", "name": "Off", "role": "agent", "is_active": false});
    let off = clinic.rows.insert("users", "id", off, json!({})).await;
    let mut wrong =
        vec![("INVALID", id("User", &off)), ("NOT_FOUND", id("Doctor", &doctor)), ("NOT_FOUND", "x".to_owned())];
    for role in ["admin", "doctor", "patient"] {
        wrong.push(("INVALID", id("User", &clinic.rows.user(role, role).await)));
    }
    let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
    let session = json!({"id": id("AnalysisSession", &session)});
    for (code, agent) in wrong {
        let agent = json!({"agentId": agent});
        clinic.refuse("createSession", of(&patient, agent.clone()), &[(code, "agentId")]).await;
        clinic.refuse("updateSession", change(&session, 1, agent), &[(code, "agentId")]).await;
    }
    let all = json!({"agentId": id("User", &off), "doctorId": "x", "metadata": {"a\u{0}": 1}});
    let expected = [("INVALID", "agentId"), ("NOT_FOUND", "doctorId"), ("INVALID", "metadata")];
    clinic.refuse("createSession", of(&patient, all), &expected).await;
}

async fn a_session_with_rows_cannot_be_deleted(database: TestDatabase) {
    let (clinic, patient) = clinic(database).await;
    let doctor = clinic.rows.doctor("Bell", json!({})).await;
    for table in ["mri_scans", "predictions", "medical_reports", "report_status", "consultations"] {
        let session = clinic.rows.of_patient("sessions", &patient, json!({})).await;
        let mut row = json!({"session_id": session});
        match table {
            "medical_reports" => row = with(row, json!({"title": "A", "content": "A"})),
            "consultations" => row["doctor_id"] = json!(doctor),
            _ => {}
        }
        clinic.rows.of_patient(table, &patient, row).await;
        let target = json!({"id": id("AnalysisSession", &session), "version": 1});
        clinic.refuse("deleteSession", target.clone(), &[("IN_USE", "id")]).await;
        clinic.rows.run(&format!("DELETE FROM {table}")).await;
        clinic.done("deleteSession", "deletedId", target).await;
    }
}
