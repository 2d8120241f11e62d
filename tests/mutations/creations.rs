//! The mutations that make something new: none has a target, most name a patient, and all keep the same rules about it.

use serde_json::{Value, json};

use super::{Clinic, SCHEMA};
use crate::on_both;
use crate::support::clinic::NOW;
use crate::support::database::TestDatabase;
use crate::support::factory::id;

on_both!(a_patient_who_is_not_there_gets_nothing, an_archived_patient_gets_nothing, a_new_record_begins_with_version_1);

/// A mutation of nothing that is there.
pub struct Creation {
    pub mutation: &'static str,
    /// Where its input names the patient: nowhere, or at this path.
    pub patient: Option<&'static str>,
}

const fn creation(mutation: &'static str, patient: Option<&'static str>) -> Creation {
    Creation { mutation, patient }
}

/// All of them.
pub const CREATIONS: &[Creation] = &[
    creation("createPatient", None),
    creation("createDoctor", None),
    creation("createUser", Some("patientId")),
    creation("createApiKey", None),
    creation("assignDoctor", Some("patientId")),
    creation("transferPrimaryDoctor", Some("patientId")),
    creation("createConsultation", Some("patientId")),
    creation("createConsultations", Some("consultations.0.patientId")),
    creation("createSession", Some("patientId")),
    creation("createScan", Some("patientId")),
    creation("createScans", Some("scans.0.patientId")),
    creation("createPrediction", Some("patientId")),
    creation("createPredictions", Some("predictions.0.patientId")),
    creation("createReport", Some("patientId")),
    creation("requestReport", Some("patientId")),
    creation("addTimelineNote", Some("patientId")),
];

/// Two doctors, of whom the first is the primary doctor of every patient.
pub struct Doctors {
    first: String,
    second: String,
    /// A program beside them.
    program: String,
}

impl Creation {
    /// An input in which everything is right if the patient is.
    pub fn input(&self, patient: &str, doctors: &Doctors) -> Value {
        let visit =
            json!({"patientId": patient, "doctorId": id("Doctor", &doctors.first), "date": "2026-06-01T08:00:00Z"});
        let of_patient = json!({"patientId": patient});
        match self.mutation {
            "createPatient" => json!({"mrn": "new", "name": "New"}),
            "createDoctor" => json!({"name": "New"}),
            "createApiKey" => {
                json!({"userId": id("User", &doctors.program), "name": "New", "scopes": ["PREDICT"]})
            }
            "createUser" => json!({"username": "new", "name": "New", "role": "PATIENT", "patientId": patient}),
            "assignDoctor" => {
                json!({"patientId": patient, "doctorId": id("Doctor", &doctors.second), "type": "SPECIALIST"})
            }
            "transferPrimaryDoctor" => json!({
                "patientId": patient,
                "fromDoctorId": id("Doctor", &doctors.first),
                "toDoctorId": id("Doctor", &doctors.second),
            }),
            "createConsultation" => visit,
            "createConsultations" => json!({"consultations": [visit]}),
            "createScans" => json!({"scans": [of_patient]}),
            "createPredictions" => json!({"predictions": [of_patient]}),
            "createReport" => json!({"patientId": patient, "title": "New", "content": "New"}),
            "addTimelineNote" => json!({"patientId": patient, "title": "New"}),
            "createSession" | "createScan" | "createPrediction" | "requestReport" => of_patient,
            other => panic!("{other} has no input here"),
        }
    }
}

/// Makes them.
pub async fn doctors(clinic: &Clinic) -> Doctors {
    Doctors {
        first: clinic.rows.doctor("First", json!({})).await,
        second: clinic.rows.doctor("Second", json!({})).await,
        program: clinic.rows.user(&format!("program-{}", clinic.rows.next_key()), "agent").await,
    }
}

/// A patient of theirs.
pub async fn patient(clinic: &Clinic, doctors: &Doctors, mrn: &str, more: Value) -> String {
    let patient = clinic.rows.patient(mrn, more).await;
    clinic.rows.assignment(&patient, &doctors.first, json!({})).await;
    patient
}

async fn a_patient_who_is_not_there_gets_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let doctors = doctors(&clinic).await;
    let there = patient(&clinic, &doctors, "A-1", json!({})).await;
    let same_key = id("Doctor", &there);
    for creation in CREATIONS {
        let Some(path) = creation.patient else { continue };
        for unknown in ["pat_AAAAAAAAAAAAAAAAAAAAAA", "nonsense", "", &same_key, &there] {
            clinic.refuse(creation.mutation, creation.input(unknown, &doctors), &[("NOT_FOUND", path)]).await;
        }
    }
}

async fn an_archived_patient_gets_nothing(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    let doctors = doctors(&clinic).await;
    let archived = patient(&clinic, &doctors, "A-1", json!({"archived_at": NOW})).await;
    for creation in CREATIONS {
        let Some(path) = creation.patient else { continue };
        let input = creation.input(&id("Patient", &archived), &doctors);
        clinic.refuse(creation.mutation, input, &[("ARCHIVED", path)]).await;
    }
}

/// That the inputs above are right but for the patient shows that the patient is why they are refused.
async fn a_new_record_begins_with_version_1(database: TestDatabase) {
    let clinic = Clinic::open(database).await;
    for (number, creation) in CREATIONS.iter().enumerate() {
        let doctors = doctors(&clinic).await;
        let patient = patient(&clinic, &doctors, &format!("A-{number}"), json!({})).await;
        let payload = &SCHEMA.fields[&SCHEMA.field("Mutation", creation.mutation).type_name];
        let object = &payload[0];
        let selection = format!("{} {{ id version }}", object.name);
        let input = creation.input(&id("Patient", &patient), &doctors);
        let answer = clinic.done(creation.mutation, &selection, input).await;
        let new = answer[&object.name].as_array().map_or(&answer[&object.name], |list| &list[0]);
        assert_eq!(new["version"], 1, "{}: {answer}", creation.mutation);
        let query = "query($id: ID!) { node(id: $id) { id } }";
        let found = clinic.read(query, json!({"id": new["id"]})).await;
        assert_eq!(found["node"]["id"], new["id"], "{}: it is there after the commit", creation.mutation);
    }
}
