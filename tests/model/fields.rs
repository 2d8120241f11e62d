//! What inputs say, field by field: where it is kept, and which values are possible.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::call::text;
use super::state;
use crate::support::clinic::ZONE;

/// A field of an input.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// Where its value is kept.
    pub column: &'static str,
    pub form: Form,
    pub known: Known,
}

/// What can be said about a field's value being unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It may be; `null` clears it.
    Free,
    /// It never is, and is given from the beginning.
    Always,
    /// It never is; what nobody says is this, as JSON, or the present.
    Or(&'static str),
    /// It is given at the beginning, and never changes.
    Fixed,
}

/// The present, as a default.
const NOW: Known = Known::Or("now");

/// Which values are possible.
#[derive(Debug)]
pub enum Form {
    Line,
    Text,
    Username,
    Email,
    Stage,
    Sha256,
    Number(i64, i64),
    /// A number from 0 to this.
    Measure(f64),
    Money,
    Json,
    Flag,
    /// One of these, which the API writes in capitals.
    Word(&'static [&'static str]),
    Day,
    /// An instant that has come.
    Past,
    Instant,
    Reference(&'static str),
}

use Form::*;
use Known::*;

const fn field(name: &'static str, column: &'static str, form: Form, known: Known) -> Field {
    Field { name, column, form, known }
}

const OWNER: Field = field("patientId", "patient_id", Reference("Patient"), Fixed);
const SESSION_ID: Field = field("sessionId", "session_id", Reference("AnalysisSession"), Free);
const METADATA: Field = field("metadata", "metadata", Json, Free);
const REPORT_TYPES: &[&str] = &["comprehensive", "summary", "patient_friendly", "follow_up", "other"];
pub const VISIT_STATUSES: &[&str] = &["scheduled", "completed", "cancelled", "no-show"];

pub const PATIENT: &[Field] = &[
    field("mrn", "mrn", Line, Always),
    field("name", "name", Line, Always),
    field("gender", "gender", Word(&["male", "female", "other", "unknown"]), Or("\"unknown\"")),
    field("dateOfBirthEstimated", "dob_estimated", Flag, Or("false")),
    field("dateOfBirth", "date_of_birth", Day, Free),
    field("dateOfDeath", "date_of_death", Day, Free),
    field("phone", "phone", Line, Free),
    field("email", "email", Email, Free),
    field("address", "address", Line, Free),
    field("medicalHistory", "medical_history", Text, Free),
    field("allergies", "allergies", Text, Free),
    field("currentMedications", "current_medications", Text, Free),
    field("insuranceInfo", "insurance_info", Text, Free),
];
pub const DOCTOR: &[Field] = &[
    field("name", "name", Line, Always),
    field("specialization", "specialization", Line, Free),
    field("licenseNumber", "license_number", Line, Free),
    field("yearsExperience", "years_experience", Number(0, 100), Free),
    field("hospitalAffiliation", "hospital_affiliation", Line, Free),
    field("consultationFee", "consultation_fee_cents", Money, Free),
    field("email", "email", Email, Free),
    field("phone", "phone", Line, Free),
];
pub const USER: &[Field] = &[
    field("username", "username", Username, Always),
    field("name", "name", Line, Always),
    field("role", "role", Word(&["admin", "doctor", "patient", "agent"]), Always),
    field("email", "email", Email, Free),
    field("doctorId", "doctor_id", Reference("Doctor"), Free),
    field("patientId", "patient_id", Reference("Patient"), Free),
];
pub const ASSIGNMENT: &[Field] = &[
    OWNER,
    field("doctorId", "doctor_id", Reference("Doctor"), Fixed),
    field("type", "assignment_type", Word(&["primary", "consultant", "specialist"]), Always),
    field("assignedAt", "assignment_date", Past, NOW),
    field("notes", "notes", Text, Free),
];
/// What can be told about a visit whatever becomes of it.
pub const FINDINGS: &[Field] = &[
    field("chiefComplaint", "chief_complaint", Text, Free),
    field("diagnosis", "diagnosis", Text, Free),
    field("prescription", "prescription", Text, Free),
    field("notes", "notes", Text, Free),
    field("nextVisitDate", "next_visit_date", Instant, Free),
    field("durationMinutes", "duration_minutes", Number(1, 1440), Free),
    field("fee", "fee_charged_cents", Money, Free),
];
/// Who, when and what kind of visit.
pub const VISIT: &[Field] = &[
    OWNER,
    field("doctorId", "doctor_id", Reference("Doctor"), Always),
    SESSION_ID,
    field("type", "consultation_type", Word(&["in-person", "telemedicine", "follow-up", "emergency"]), Free),
    field("date", "consultation_date", Instant, Always),
    field("status", "status", Word(VISIT_STATUSES), Or("\"scheduled\"")),
];
pub const SESSION: &[Field] = &[
    OWNER,
    field("doctorId", "doctor_id", Reference("Doctor"), Free),
    field("agentId", "agent_id", Reference("User"), Free),
    field("inputType", "input_type", Line, Or("\"text\"")),
    field("outputFormat", "output_format", Line, Or("\"text\"")),
    field("status", "status", Word(&["active", "completed", "failed", "expired"]), Or("\"active\"")),
    METADATA,
];
pub const SCAN: &[Field] = &[
    OWNER,
    SESSION_ID,
    field("originalFilename", "original_filename", Line, Free),
    field("fileType", "file_type", Word(&["dicom", "nifti", "png", "jpeg", "unknown"]), Or("\"unknown\"")),
    field("fileSize", "file_size", Number(0, 9_007_199_254_740_991), Free),
    field("sha256", "sha256", Sha256, Free),
    field("imageDimensions", "image_dimensions", Line, Free),
    field("preprocessing", "preprocessing_applied", Json, Free),
    field("acquiredAt", "acquired_at", Past, Free),
    field("uploadedAt", "upload_timestamp", Past, NOW),
    field("processedAt", "processing_timestamp", Past, Free),
    field(
        "processingStatus",
        "processing_status",
        Word(&["pending", "processing", "completed", "failed"]),
        Or("\"pending\""),
    ),
    METADATA,
];
pub const PREDICTION: &[Field] = &[
    OWNER,
    SESSION_ID,
    field("scanId", "mri_scan_id", Reference("Scan"), Free),
    field("type", "prediction_type", Line, Or("\"binary\"")),
    field("result", "binary_result", Word(&["detected", "not_detected", "uncertain"]), Free),
    field("stage", "stage_result", Stage, Free),
    field("confidence", "confidence_score", Measure(1.0), Free),
    field("binaryConfidence", "binary_confidence", Measure(1.0), Free),
    field("stageConfidence", "stage_confidence", Measure(1.0), Free),
    field("uncertaintyMetrics", "uncertainty_metrics", Json, Free),
    field("modelVersion", "model_version", Line, Free),
    field("processingTime", "processing_time", Measure(31_536_000.0), Free),
    field("createdAt", "created_at", Past, NOW),
    METADATA,
];
pub const REPORT: &[Field] = &[
    OWNER,
    field("title", "title", Line, Always),
    field("content", "content", Text, Always),
    field("type", "report_type", Word(REPORT_TYPES), Or("\"other\"")),
    field("format", "format_type", Word(&["markdown", "text", "html", "pdf"]), Or("\"markdown\"")),
    SESSION_ID,
    field("predictionId", "prediction_id", Reference("Prediction"), Free),
    field("recommendations", "recommendations", Json, Free),
    field("generatedBy", "generated_by", Line, Free),
    field("confidence", "confidence_level", Measure(1.0), Free),
    field("disclaimer", "disclaimer", Text, Free),
    METADATA,
];
pub const REQUEST: &[Field] = &[
    OWNER,
    field("type", "report_type", Word(REPORT_TYPES), Or("\"comprehensive\"")),
    field("priority", "priority", Number(0, 100), Or("0")),
];
/// What a request for a report is about; it stays so.
pub const SUBJECT: &[Field] = &[
    field("predictionId", "prediction_id", Reference("Prediction"), Free),
    field("scanId", "mri_scan_id", Reference("Scan"), Free),
    SESSION_ID,
];
pub const NOTE: &[Field] = &[
    OWNER,
    field("title", "event_title", Line, Always),
    field("description", "event_description", Text, Free),
    field("severity", "severity", Word(&["info", "low", "medium", "high", "critical"]), Or("\"info\"")),
    field("date", "event_date", Past, NOW),
    field("patientVisible", "patient_visible", Flag, Or("false")),
    field("doctorId", "doctor_id", Reference("Doctor"), Free),
];

impl Field {
    /// What is kept of a value; or the code of what is wrong with it.
    pub fn keep(&self, given: &Value, now: DateTime<Utc>) -> Result<Value, &'static str> {
        self.form.keep(given, self.known, now)
    }

    /// What is kept where nothing is given.
    pub fn default(&self, now: DateTime<Utc>) -> Value {
        match self.known {
            NOW => json!(text(now)),
            Or(default) => serde_json::from_str(default).expect("JSON"),
            _ => Value::Null,
        }
    }
}

impl Form {
    /// What is kept of a value; or the code of what is wrong with it.
    pub fn keep(&self, given: &Value, known: Known, now: DateTime<Utc>) -> Result<Value, &'static str> {
        let kept = if given.is_null() { Value::Null } else { self.stored(given, now)? };
        if kept.is_null() && known != Free { Err("REQUIRED") } else { Ok(kept) }
    }

    fn stored(&self, given: &Value, now: DateTime<Utc>) -> Result<Value, &'static str> {
        let sound = |sound: bool| if sound { Ok(given.clone()) } else { Err("INVALID") };
        let number = || given.as_f64().expect("a number");
        match self {
            Line => line(given, 500),
            Text => line(given, 100_000),
            Username => {
                let name = line(given, 500)?;
                let blank = name.as_str().is_some_and(|name| name.contains(char::is_whitespace));
                if blank { Err("INVALID") } else { Ok(name) }
            }
            Email => {
                let address = line(given, 500)?;
                let parts = address.as_str().and_then(|address| address.split_once('@'));
                let good = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
                if address.is_null() || good { Ok(address) } else { Err("INVALID") }
            }
            Stage => line(given, 32),
            Sha256 => {
                let digits = given.as_str().expect("a text").to_ascii_lowercase();
                let sound = digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit());
                if sound { Ok(json!(digits)) } else { Err("INVALID") }
            }
            Number(least, most) => sound((*least as f64..=*most as f64).contains(&number())),
            Measure(most) => sound((0.0..=*most).contains(&number())),
            Money => {
                let units: f64 = given.as_str().expect("an amount").parse().expect("an amount");
                if units < 0.0 { Err("INVALID") } else { Ok(json!((units * 100.0).round() as i64)) }
            }
            Json => sound(!given.to_string().contains("\\u0000")),
            Flag | Instant => Ok(given.clone()),
            Word(words) => {
                let meant = words.iter().find(|word| shown(word) == *given);
                Ok(json!(meant.unwrap_or_else(|| panic!("no word is {given}"))))
            }
            Day => {
                let day: NaiveDate = given.as_str().expect("a day").parse().expect("a day");
                if day > now.with_timezone(&ZONE).date_naive() { Err("IN_FUTURE") } else { Ok(given.clone()) }
            }
            Past => {
                if given.as_str() > Some(&text(now)) {
                    Err("IN_FUTURE")
                } else {
                    Ok(given.clone())
                }
            }
            Reference(type_name) => state::key(type_name, given).ok_or("NOT_FOUND"),
        }
    }
}

/// A text without the blanks around it; an empty one is none.
fn line(given: &Value, most: usize) -> Result<Value, &'static str> {
    let text = given.as_str().expect("a text").trim();
    match text.chars().count() {
        0 => Ok(Value::Null),
        _ if text.contains('\0') => Err("INVALID"),
        length if length > most => Err("TOO_LONG"),
        _ => Ok(json!(text)),
    }
}

/// A word as the API writes it.
pub fn shown(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}
