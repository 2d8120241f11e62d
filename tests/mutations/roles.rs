//! What doctors, patients and programs may change: their own, and of that what the role is for.

use serde_json::{Value, json};

use super::{Clinic, with};
use crate::on_both;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(
    a_doctor_records_visits_of_own_patients,
    an_ended_assignment_ends_what_a_doctor_may_do,
    a_doctor_corrects_own_visits_alone,
    a_doctor_changes_own_notes_alone,
    a_doctor_releases_reports_about_own_patients,
    a_patient_changes_contact_details_alone,
    a_program_opens_a_session_by_the_record_number,
    a_program_adds_to_its_own_sessions_while_they_are_active,
    a_key_does_what_its_scopes_say,
);

/// The id of a record that was never there.
const NOBODY: &str = "01900000-dead-7000-8000-000000000000";
const DATE: &str = "2026-03-13T09:00:00.000000Z";

/// Two doctors with a patient each; whoever acts is the first one.
struct Practice {
    clinic: Clinic,
    doctor: String,
    colleague: String,
    own: String,
    other: String,
    assignment: String,
}

impl Practice {
    async fn open(database: TestDatabase) -> Self {
        let mut clinic = Clinic::open(database).await;
        let rows = &clinic.rows;
        let user = rows.user("house", "doctor").await;
        let doctor = rows.doctor("House", json!({"user_id": user})).await;
        let colleague = rows.doctor("Wilson", json!({})).await;
        let own = rows.patient("OWN", json!({})).await;
        let other = rows.patient("OTHER", json!({})).await;
        let assignment = rows.assignment(&own, &doctor, json!({})).await;
        rows.assignment(&other, &colleague, json!({})).await;
        clinic.actor = clinic.server.sign_in(&user).await;
        Self { clinic, doctor, colleague, own, other, assignment }
    }

    fn visit(&self, patient: &str, doctor: &str, more: Value) -> Value {
        let visit = json!({"patientId": id("Patient", patient), "doctorId": id("Doctor", doctor), "date": DATE});
        with(visit, more)
    }
}

fn target(type_name: &str, key: &str, version: i32, more: Value) -> Value {
    with(json!({"id": id(type_name, key), "version": version}), more)
}

async fn a_doctor_records_visits_of_own_patients(database: TestDatabase) {
    let practice = Practice::open(database).await;
    let clinic = &practice.clinic;
    let own = practice.visit(&practice.own, &practice.doctor, json!({"diagnosis": "Lupus", "status": "COMPLETED"}));
    let done = clinic.done("createConsultation", "consultation { diagnosis patient { mrn } }", own).await;
    assert_eq!(done["consultation"], json!({"diagnosis": "Lupus", "patient": {"mrn": "OWN"}}));
    // Another doctor's patient is one that was never there.
    let mut told = vec![];
    for patient in [practice.other.as_str(), NOBODY] {
        let visit = practice.visit(patient, &practice.doctor, json!({}));
        let payload = clinic.refuse("createConsultation", visit, &[("NOT_FOUND", "patientId")]).await;
        told.push(payload);
    }
    assert_eq!(told[0], told[1]);
    // With a colleague an own patient is shared.
    let shared = practice.visit(&practice.own, &practice.colleague, json!({"date": "2026-03-20T09:00:00Z"}));
    let done = clinic.done("createConsultation", "openedAssignment { type doctor { name } }", shared).await;
    assert_eq!(done["openedAssignment"], json!({"type": "CONSULTANT", "doctor": {"name": "Wilson"}}));
}

async fn an_ended_assignment_ends_what_a_doctor_may_do(database: TestDatabase) {
    let practice = Practice::open(database).await;
    let clinic = &practice.clinic;
    let visit = clinic.rows.consultation(&practice.own, &practice.doctor, DATE, json!({"status": "scheduled"})).await;
    let end = format!(
        "UPDATE doctor_patient_assignments SET ended_at = '{DATE}', is_active = FALSE WHERE id = '{}'",
        practice.assignment
    );
    clinic.rows.run(&end).await;
    for key in [visit.as_str(), NOBODY] {
        clinic.fail("completeConsultation", target("Consultation", key, 1, json!({})), "NOT_FOUND").await;
        clinic.fail("cancelConsultation", target("Consultation", key, 1, json!({})), "NOT_FOUND").await;
    }
    let again = practice.visit(&practice.own, &practice.doctor, json!({}));
    clinic.refuse("createConsultation", again, &[("NOT_FOUND", "patientId")]).await;
}

async fn a_doctor_corrects_own_visits_alone(database: TestDatabase) {
    let practice = Practice::open(database).await;
    let clinic = &practice.clinic;
    let own = clinic.rows.consultation(&practice.own, &practice.doctor, DATE, json!({})).await;
    let colleagues = clinic.rows.consultation(&practice.own, &practice.colleague, DATE, json!({})).await;
    let change = json!({"diagnosis": "Sarcoidosis", "reason": "Biopsy"});
    let foreign = target("Consultation", &colleagues, 1, change.clone());
    clinic.refuse("updateConsultation", foreign, &[("FORBIDDEN", "id")]).await;
    let done = target("Consultation", &own, 1, change);
    let done = clinic.done("updateConsultation", "consultation { diagnosis correctedBy { name } }", done).await;
    assert_eq!(done["consultation"], json!({"diagnosis": "Sarcoidosis", "correctedBy": {"name": "User house"}}));
    // What became of a visit only an administrator changes.
    let undone = target("Consultation", &own, 2, json!({"status": "CANCELLED", "reason": "Wrong"}));
    clinic.refuse("updateConsultation", undone.clone(), &[("FORBIDDEN", "status")]).await;
    let admin = clinic.server.admin();
    let mutation = "mutation($input: UpdateConsultationInput!) {
        updateConsultation(input: $input) { consultation { status } userErrors { code } } }";
    let data = admin.data(mutation, json!({"input": undone})).await;
    assert_eq!(data["updateConsultation"]["consultation"]["status"], "CANCELLED");
}

async fn a_doctor_changes_own_notes_alone(database: TestDatabase) {
    let practice = Practice::open(database).await;
    let clinic = &practice.clinic;
    let note = json!({"patientId": id("Patient", &practice.own), "title": "Called"});
    let done = clinic.done("addTimelineNote", "timelineEvent { id author { name role } }", note).await;
    assert_eq!(done["timelineEvent"]["author"], json!({"name": "User house", "role": "DOCTOR"}));
    let own = json!({"id": done["timelineEvent"]["id"], "version": 1, "title": "Called twice"});
    clinic.done("updateTimelineNote", "timelineEvent { title }", own.clone()).await;

    let row = json!({"event_type": "note", "event_date": DATE, "event_title": "By another"});
    let foreign = clinic.rows.of_patient("patient_timeline", &practice.own, row).await;
    let change = target("TimelineEvent", &foreign, 1, json!({"title": "Mine"}));
    clinic.refuse("updateTimelineNote", change, &[("FORBIDDEN", "id")]).await;
    let gone = target("TimelineEvent", &foreign, 1, json!({}));
    clinic.refuse("deleteTimelineNote", gone, &[("FORBIDDEN", "id")]).await;
    clinic.done("deleteTimelineNote", "deletedId", json!({"id": own["id"], "version": 2})).await;
}

async fn a_doctor_releases_reports_about_own_patients(database: TestDatabase) {
    let practice = Practice::open(database).await;
    let clinic = &practice.clinic;
    let draft = json!({"title": "MRI", "report_type": "summary", "content": "Fine", "status": "draft"});
    let own = clinic.rows.of_patient("medical_reports", &practice.own, draft.clone()).await;
    let other = clinic.rows.of_patient("medical_reports", &practice.other, draft).await;
    for key in [other.as_str(), NOBODY] {
        clinic.fail("releaseReport", target("Report", key, 1, json!({})), "NOT_FOUND").await;
    }
    let done =
        clinic.done("releaseReport", "report { status releasedBy { name } }", target("Report", &own, 1, json!({})));
    assert_eq!(done.await["report"], json!({"status": "RELEASED", "releasedBy": {"name": "User house"}}));
    let asked = json!({"patientId": id("Patient", &practice.own), "type": "SUMMARY"});
    let done = clinic.done("requestReport", "reportRequest { status requestedBy { name } }", asked).await;
    assert_eq!(done["reportRequest"], json!({"status": "PENDING", "requestedBy": {"name": "User house"}}));
}

async fn a_patient_changes_contact_details_alone(database: TestDatabase) {
    let mut clinic = Clinic::open(database).await;
    let user = clinic.rows.user("pia", "patient").await;
    let own = clinic.rows.patient("PIA", json!({"user_id": user})).await;
    let other = clinic.rows.patient("OTHER", json!({})).await;
    clinic.actor = clinic.server.sign_in(&user).await;
    let contact = json!({
        "phone": "+49 30 1", "email": "pia@example.org", "address": "Here 1",
        "emergencyContact": {"name": "Max", "phone": "2"},
    });
    let selection = "patient { phone email address emergencyContact { name phone } }";
    let done = clinic.done("updatePatient", selection, target("Patient", &own, 1, contact.clone())).await;
    assert_eq!(done["patient"], contact);
    // Everything else belongs to the clinic, and nothing is half done.
    let all = json!({
        "phone": "3", "mrn": "X", "name": "Y", "gender": "MALE", "dateOfBirth": "1960-01-01", "dateOfBirthEstimated": true,
        "dateOfDeath": "2020-01-01", "medicalHistory": "a", "allergies": null, "currentMedications": "b",
        "insuranceInfo": "c",
    });
    let clinics = [
        "mrn",
        "name",
        "gender",
        "dateOfBirth",
        "dateOfBirthEstimated",
        "dateOfDeath",
        "medicalHistory",
        "allergies",
        "currentMedications",
        "insuranceInfo",
    ];
    let forbidden: Vec<_> = clinics.iter().map(|field| ("FORBIDDEN", *field)).collect();
    clinic.refuse("updatePatient", target("Patient", &own, 2, all), &forbidden).await;
    for key in [other.as_str(), NOBODY] {
        clinic.fail("updatePatient", target("Patient", key, 1, json!({"phone": "4"})), "NOT_FOUND").await;
    }
}

/// A clinic in which a program with these scopes acts; answers its account too.
async fn with_program(database: TestDatabase, scopes: &[&str]) -> (Clinic, String) {
    let mut clinic = Clinic::open(database).await;
    let agent = clinic.rows.user("scanner", "agent").await;
    clinic.actor = clinic.server.agent(&agent, scopes).await;
    (clinic, agent)
}

async fn a_program_opens_a_session_by_the_record_number(database: TestDatabase) {
    let (clinic, agent) = with_program(database, &["intake"]).await;
    let patient = clinic.rows.patient("MRN-7", json!({})).await;
    clinic.rows.patient("GONE", json!({"archived_at": DATE})).await;
    let record = "query($id: ID!) { patient(id: $id) { mrn } }";
    let unseen = clinic.read(record, json!({"id": id("Patient", &patient)})).await;
    assert_eq!(unseen, json!({"patient": null}), "not yet");

    clinic.refuse("createSession", json!({"mrn": "MRN-8"}), &[("NOT_FOUND", "mrn")]).await;
    clinic.refuse("createSession", json!({"mrn": "mrn-7"}), &[("NOT_FOUND", "mrn")]).await;
    clinic.refuse("createSession", json!({"mrn": "GONE"}), &[("ARCHIVED", "mrn")]).await;
    clinic.refuse("createSession", json!({}), &[("REQUIRED", "patientId")]).await;
    let by_id = json!({"patientId": id("Patient", &patient)});
    clinic.refuse("createSession", by_id, &[("NOT_FOUND", "patientId")]).await;
    let for_another = json!({"mrn": "MRN-7", "agentId": id("User", &agent)});
    clinic.refuse("createSession", for_another, &[("FORBIDDEN", "agentId")]).await;

    let selection = "analysisSession { status agent { name } patient { mrn } }";
    let done = clinic.done("createSession", selection, json!({"mrn": "MRN-7"})).await;
    let expected = json!({"status": "ACTIVE", "agent": {"name": "User scanner"}, "patient": {"mrn": "MRN-7"}});
    assert_eq!(done["analysisSession"], expected);
    let seen = clinic.read(record, json!({"id": id("Patient", &patient)})).await;
    assert_eq!(seen["patient"]["mrn"], "MRN-7");
}

async fn a_program_adds_to_its_own_sessions_while_they_are_active(database: TestDatabase) {
    let (clinic, agent) = with_program(database, &["intake", "predict"]).await;
    let patient = clinic.rows.patient("A", json!({})).await;
    let session = |row: Value| clinic.rows.of_patient("sessions", &patient, with(json!({"status": "active"}), row));
    let own = session(json!({"agent_id": agent})).await;
    let (unowned, over) = (session(json!({})).await, session(json!({"agent_id": agent, "status": "completed"})).await);
    let row =
        |session: &str| json!({"patientId": id("Patient", &patient), "sessionId": id("AnalysisSession", session)});
    for mutation in ["createScan", "createPrediction"] {
        let without = json!({"patientId": id("Patient", &patient)});
        clinic.refuse(mutation, without, &[("REQUIRED", "sessionId")]).await;
        for foreign in [&unowned, &over] {
            clinic.refuse(mutation, row(foreign), &[("FORBIDDEN", "sessionId")]).await;
        }
    }
    clinic.done("createScan", "scan { session { id } }", row(&own)).await;
    clinic.done("createPrediction", "prediction { session { id } }", row(&own)).await;
    let closed = json!({"status": "COMPLETED"});
    clinic
        .refuse("updateSession", target("AnalysisSession", &unowned, 1, closed.clone()), &[("FORBIDDEN", "id")])
        .await;
    let given_away = target("AnalysisSession", &own, 1, json!({"agentId": null}));
    clinic.refuse("updateSession", given_away, &[("FORBIDDEN", "agentId")]).await;
    // With the session ends what the program sees of the patient, the session among it.
    let done =
        clinic.done("updateSession", "analysisSession { status }", target("AnalysisSession", &own, 1, closed)).await;
    assert_eq!(done["analysisSession"], Value::Null);
    clinic.refuse("createScan", row(&own), &[("NOT_FOUND", "patientId"), ("NOT_FOUND", "sessionId")]).await;
}

async fn a_key_does_what_its_scopes_say(database: TestDatabase) {
    let (mut clinic, agent) = with_program(database, &["report"]).await;
    clinic.rows.patient("A", json!({})).await;
    clinic.fail("createSession", json!({"mrn": "A"}), "FORBIDDEN").await;
    clinic.actor = clinic.server.agent(&agent, &["predict"]).await;
    clinic.fail("createSession", json!({"mrn": "A"}), "FORBIDDEN").await;
    clinic.fail("createScan", json!({"patientId": "x"}), "FORBIDDEN").await;
    let unknown = [("NOT_FOUND", "patientId"), ("REQUIRED", "sessionId")];
    clinic.refuse("createPrediction", json!({"patientId": "x"}), &unknown).await;
}
