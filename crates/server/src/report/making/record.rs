//! What is read of a patient's record to make a report: rows of tables, with those columns alone that a report may rest
//! on. What is not here cannot get into one: the doctors' notes on visits, fees, how to reach the patient, files.
//!
//! Fields are named as their columns are: the fingerprint of what was read is taken over these names.

use std::collections::BTreeMap;

use entity::vocabulary::{
    AssignmentType, BinaryResult, ConsultationStatus, ConsultationType, DiseaseStatus, FileType, Gender,
    ProcessingStatus, ReportType, SessionStatus, Severity,
};
use entity::{Day, Instant, Key};
use sea_orm::DerivePartialModel;
use serde::Serialize;

/// A patient's record at one instant. Lists are in the order of their keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The patient.
    #[serde(rename = "patients")]
    pub person: Person,
    /// The figures that the database keeps.
    #[serde(rename = "patient_statistics")]
    pub figures: Figures,
    /// The doctors whom the record names.
    pub doctors: Vec<Doctor>,
    /// Doctors' responsibilities for the patient, open and ended.
    #[serde(rename = "doctor_patient_assignments")]
    pub responsibilities: Vec<Responsibility>,
    /// Runs of the analysis.
    pub sessions: Vec<Session>,
    /// Scans.
    #[serde(rename = "mri_scans")]
    pub scans: Vec<Scan>,
    /// What models found.
    pub predictions: Vec<Prediction>,
    /// Visits, booked and done.
    #[serde(rename = "consultations")]
    pub visits: Vec<Visit>,
    /// Reports that were given out.
    #[serde(rename = "medical_reports")]
    pub reports: Vec<Report>,
    /// Notes that people wrote for the patient to see.
    #[serde(rename = "patient_timeline")]
    pub notes: Vec<Note>,
}

/// Declares rows of tables, as they are selected and as they are fingerprinted.
macro_rules! rows {
    ($($(#[$doc:meta])* $row:ident of $entity:literal { $($column:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, DerivePartialModel)]
        #[sea_orm(entity = $entity)]
        #[allow(missing_docs, reason = "the table's columns")]
        pub struct $row { $(pub $column: $type,)+ }
    )+};
}

rows! {
    /// The patient.
    Person of "entity::patients::Entity" {
        patient_id: Key,
        mrn: String,
        name: String,
        gender: Gender,
        date_of_birth: Option<Day>,
        dob_estimated: bool,
        date_of_death: Option<Day>,
        medical_history: Option<String>,
        allergies: Option<String>,
        current_medications: Option<String>,
        archived_at: Option<Instant>,
        version: i64,
    }
    /// The patient's figures.
    Figures of "entity::patient_statistics::Entity" {
        patient_id: Key,
        total_consultations: i64,
        total_mri_scans: i64,
        total_predictions: i64,
        unique_doctors_count: i64,
        first_visit_date: Option<Instant>,
        last_visit_date: Option<Instant>,
        last_scan_date: Option<Instant>,
        disease_status: DiseaseStatus,
        disease_stage: Option<String>,
    }
    /// A doctor.
    Doctor of "entity::doctors::Entity" {
        doctor_id: Key,
        name: String,
        specialization: Option<String>,
        version: i64,
    }
    /// A doctor's responsibility.
    Responsibility of "entity::doctor_patient_assignments::Entity" {
        id: Key,
        doctor_id: Key,
        assignment_type: AssignmentType,
        assignment_date: Instant,
        ended_at: Option<Instant>,
        version: i64,
    }
    /// A run of the analysis.
    Session of "entity::sessions::Entity" {
        id: Key,
        status: SessionStatus,
        created_at: Instant,
        version: i64,
    }
    /// A scan.
    Scan of "entity::mri_scans::Entity" {
        id: Key,
        session_id: Option<Key>,
        file_type: FileType,
        image_dimensions: Option<String>,
        acquired_at: Option<Instant>,
        upload_timestamp: Instant,
        processing_status: ProcessingStatus,
        version: i64,
    }
    /// What a model found.
    Prediction of "entity::predictions::Entity" {
        id: Key,
        session_id: Option<Key>,
        mri_scan_id: Option<Key>,
        prediction_type: String,
        binary_result: Option<BinaryResult>,
        stage_result: Option<String>,
        confidence_score: Option<f64>,
        binary_confidence: Option<f64>,
        stage_confidence: Option<f64>,
        model_version: Option<String>,
        created_at: Instant,
        version: i64,
    }
    /// A visit, without what doctors note for each other.
    Visit of "entity::consultations::Entity" {
        id: Key,
        doctor_id: Key,
        session_id: Option<Key>,
        consultation_date: Instant,
        consultation_type: Option<ConsultationType>,
        status: ConsultationStatus,
        chief_complaint: Option<String>,
        diagnosis: Option<String>,
        prescription: Option<String>,
        next_visit_date: Option<Instant>,
        corrected_at: Option<Instant>,
        created_at: Instant,
        updated_at: Instant,
        version: i64,
    }
    /// A report that was given out, without its text.
    Report of "entity::medical_reports::Entity" {
        id: Key,
        report_type: ReportType,
        title: String,
        revision: i64,
        supersedes_id: Option<Key>,
        released_at: Option<Instant>,
        created_at: Instant,
        version: i64,
    }
    /// A note that the patient may see.
    Note of "entity::patient_timeline::Entity" {
        id: Key,
        event_date: Instant,
        event_title: String,
        event_description: Option<String>,
        severity: Severity,
        created_at: Instant,
        version: i64,
    }
}

impl Record {
    /// Whether there is anything to report: a scan, a prediction or a completed visit.
    pub fn has_something(&self) -> bool {
        let visited = self.visits.iter().any(|visit| visit.status == ConsultationStatus::Completed);
        visited || !self.scans.is_empty() || !self.predictions.is_empty()
    }

    /// The rows that were read: the version of each, by its key, by its table. Figures have no version.
    pub fn versions(&self) -> BTreeMap<&'static str, BTreeMap<Key, Option<i64>>> {
        macro_rules! by_key {
            ($rows:expr, $key:ident) => {
                $rows.iter().map(|row| (row.$key, Some(row.version))).collect::<BTreeMap<_, _>>()
            };
        }
        BTreeMap::from([
            ("patients", by_key!([&self.person], patient_id)),
            ("patient_statistics", BTreeMap::from([(self.figures.patient_id, None)])),
            ("doctors", by_key!(self.doctors, doctor_id)),
            ("doctor_patient_assignments", by_key!(self.responsibilities, id)),
            ("sessions", by_key!(self.sessions, id)),
            ("mri_scans", by_key!(self.scans, id)),
            ("predictions", by_key!(self.predictions, id)),
            ("consultations", by_key!(self.visits, id)),
            ("medical_reports", by_key!(self.reports, id)),
            ("patient_timeline", by_key!(self.notes, id)),
        ])
    }
}

impl Scan {
    /// When it was made, where unknown when it came here.
    pub fn time(&self) -> Instant {
        self.acquired_at.unwrap_or(self.upload_timestamp)
    }
}

impl Prediction {
    /// How sure the model was of its finding.
    pub fn confidence(&self) -> Option<f64> {
        self.binary_confidence.or(self.confidence_score)
    }

    /// Whether it says that the disease is there, or that it is not.
    pub fn decides(&self) -> bool {
        matches!(self.binary_result, Some(BinaryResult::Detected | BinaryResult::NotDetected))
    }
}
