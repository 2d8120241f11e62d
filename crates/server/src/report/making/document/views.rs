//! Rows as templates see them: with the names of doctors, and times in the clinic's zone.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use entity::vocabulary::{
    AssignmentType, BinaryResult, ConsultationStatus, ConsultationType, FileType, ProcessingStatus, ReportType,
    Severity,
};
use entity::{Instant, Key};
use serde::Serialize;

use crate::report::making::record::{self, Record};

/// A time in the clinic's zone, as RFC 3339 has it: the filters `day` and `time` write it for people.
pub(super) fn local(instant: Instant, zone: Tz) -> String {
    instant.utc().with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

/// A doctor's name and field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Doctor {
    /// As written.
    pub name: String,
    /// The field of medicine.
    pub specialization: Option<String>,
}

/// A doctor who is responsible now.
#[derive(Debug, Clone, Serialize)]
pub struct Responsible {
    /// Who.
    pub doctor: Option<Doctor>,
    /// As what.
    pub role: AssignmentType,
    /// Since when.
    pub since: String,
}

/// A scan.
#[derive(Debug, Clone, Serialize)]
pub struct Scan {
    /// When it was made, where unknown when it came to the clinic.
    pub at: String,
    /// Whether `at` is when it was made.
    pub date_known: bool,
    /// What kind of file it is.
    pub file_type: FileType,
    /// Such as `256x256x176`.
    pub dimensions: Option<String>,
    /// Where its processing stands.
    pub processing: ProcessingStatus,
    /// How many predictions were made from it.
    pub predictions: usize,
}

/// What a model found.
#[derive(Debug, Clone, Serialize)]
pub struct Prediction {
    /// Which; the report shows it.
    #[serde(skip)]
    pub id: Key,
    /// When it was made.
    pub at: String,
    /// The finding.
    pub result: Option<BinaryResult>,
    /// The stage.
    pub stage: Option<String>,
    /// How sure the model is of the finding, 0 to 1.
    pub confidence: Option<f64>,
    /// How sure it is of the stage, 0 to 1.
    pub stage_confidence: Option<f64>,
    /// Which model.
    pub model: Option<String>,
    /// When the scan was made that it looked at.
    pub scan_at: Option<String>,
}

/// A visit.
#[derive(Debug, Clone, Serialize)]
pub struct Visit {
    /// When.
    pub at: String,
    /// What kind; unknown in some old records.
    #[serde(rename = "type")]
    pub kind: Option<ConsultationType>,
    /// Booked, done, called off or missed.
    pub status: ConsultationStatus,
    /// With whom.
    pub doctor: Option<Doctor>,
    /// Why the patient came.
    pub complaint: Option<String>,
    /// What the doctor found.
    pub diagnosis: Option<String>,
    /// What the doctor prescribed.
    pub prescription: Option<String>,
    /// When the doctor advised to come again.
    pub advised_next: Option<String>,
    /// When what it says was last corrected.
    pub corrected: Option<String>,
}

/// A report that was given out.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// When it was written.
    pub at: String,
    /// Title.
    pub title: String,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: ReportType,
    /// 1, 2, …
    pub revision: i64,
}

/// A note that the patient may see.
#[derive(Debug, Clone, Serialize)]
pub struct Note {
    /// When.
    pub at: String,
    /// Title.
    pub title: String,
    /// Text.
    pub text: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

/// What makes views of one record's rows.
pub(super) struct Viewing<'a> {
    pub(super) zone: Tz,
    pub(super) record: &'a Record,
    doctors: BTreeMap<Key, Doctor>,
    scans: BTreeMap<Key, &'a record::Scan>,
    predictions: BTreeMap<Key, usize>,
}

impl<'a> Viewing<'a> {
    pub(super) fn new(record: &'a Record, zone: Tz) -> Self {
        let doctor = |doctor: &record::Doctor| {
            let view = Doctor { name: doctor.name.clone(), specialization: doctor.specialization.clone() };
            (doctor.doctor_id, view)
        };
        let mut predictions = BTreeMap::new();
        for scan in record.predictions.iter().filter_map(|prediction| prediction.mri_scan_id) {
            *predictions.entry(scan).or_default() += 1;
        }
        Self {
            zone,
            record,
            doctors: record.doctors.iter().map(doctor).collect(),
            scans: record.scans.iter().map(|scan| (scan.id, scan)).collect(),
            predictions,
        }
    }

    pub(super) fn at(&self, instant: Instant) -> String {
        local(instant, self.zone)
    }

    pub(super) fn doctor(&self, doctor: Key) -> Option<Doctor> {
        self.doctors.get(&doctor).cloned()
    }

    pub(super) fn predictions_of(&self, scan: &record::Scan) -> usize {
        self.predictions.get(&scan.id).copied().unwrap_or_default()
    }

    pub(super) fn scan_of(&self, prediction: &record::Prediction) -> Option<&'a record::Scan> {
        prediction.mri_scan_id.and_then(|scan| self.scans.get(&scan).copied())
    }

    pub(super) fn responsible(&self, row: &record::Responsibility) -> Responsible {
        Responsible {
            doctor: self.doctor(row.doctor_id),
            role: row.assignment_type,
            since: self.at(row.assignment_date),
        }
    }

    pub(super) fn scan(&self, scan: &record::Scan) -> Scan {
        Scan {
            at: self.at(scan.time()),
            date_known: scan.acquired_at.is_some(),
            file_type: scan.file_type,
            dimensions: filled(&scan.image_dimensions),
            processing: scan.processing_status,
            predictions: self.predictions_of(scan),
        }
    }

    pub(super) fn prediction(&self, prediction: &record::Prediction) -> Prediction {
        Prediction {
            id: prediction.id,
            at: self.at(prediction.created_at),
            result: prediction.binary_result,
            stage: filled(&prediction.stage_result),
            confidence: prediction.confidence(),
            stage_confidence: prediction.stage_confidence,
            model: filled(&prediction.model_version),
            scan_at: self.scan_of(prediction).map(|scan| self.at(scan.time())),
        }
    }

    pub(super) fn visit(&self, visit: &record::Visit) -> Visit {
        Visit {
            at: self.at(visit.consultation_date),
            kind: visit.consultation_type,
            status: visit.status,
            doctor: self.doctor(visit.doctor_id),
            complaint: filled(&visit.chief_complaint),
            diagnosis: filled(&visit.diagnosis),
            prescription: filled(&visit.prescription),
            advised_next: visit.next_visit_date.map(|next| self.at(next)),
            corrected: visit.corrected_at.map(|corrected| self.at(corrected)),
        }
    }

    pub(super) fn report(&self, report: &record::Report) -> Report {
        Report {
            at: self.at(report.created_at),
            title: report.title.clone(),
            kind: report.report_type,
            revision: report.revision,
        }
    }

    pub(super) fn note(&self, note: &record::Note) -> Note {
        Note {
            at: self.at(note.event_date),
            title: note.event_title.clone(),
            text: filled(&note.event_description),
            severity: note.severity,
        }
    }
}

/// A text, where it says anything.
pub(super) fn filled(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
