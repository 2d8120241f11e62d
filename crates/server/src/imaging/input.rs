//! Inputs about sessions, scans and predictions, checked into what may be written.

use entity::{Key, mri_scans, predictions, sessions};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::mutation::{
    CreatePredictionInput, CreatePredictionsInput, CreateScanInput, CreateScansInput, CreateSessionInput,
    PredictionDetails, ScanDetails, SessionDetails, UpdatePredictionInput, UpdateScanInput, UpdateSessionInput,
};
use super::{Prediction, Scan, Session};
use crate::account::User;
use crate::auth::Role;
use crate::doctor::Doctor;
use crate::input::bulk::{Batch, Row, Single};
use crate::input::{Act, Checks, Input, Target, UserError, UserErrorCode, set};
use crate::patient::Patient;
use crate::read::scalar::DateTime;

/// Bytes that a file may have: what a number of JSON holds exactly.
const LARGEST_FILE: f64 = 9_007_199_254_740_991.0;
/// Most characters of a stage; the database holds to it too.
const STAGE: usize = 32;
/// A year: longer than any model takes.
const LONGEST_RUN: f64 = 31_536_000.0;

/// A new row of a patient.
pub struct New<Columns> {
    pub(super) checks: Checks,
    pub(super) patient: Option<Key>,
    pub(super) columns: Columns,
}

impl<Columns> Row for New<Columns> {
    fn checks(&self) -> &Checks {
        &self.checks
    }
}

/// A change of a row.
pub struct Edit<Columns> {
    pub(super) target: Target,
    pub(super) checks: Checks,
    pub(super) columns: Columns,
}

/// A run of the analysis to open.
pub struct NewSession {
    pub(super) checks: Checks,
    pub(super) patient: Option<Owner>,
    pub(super) columns: sessions::ActiveModel,
}

/// Whose a session is to be.
pub enum Owner {
    /// By the key.
    Key(Key),
    /// By the exact medical record number.
    Mrn(String),
}

/// A scan to enter.
pub type NewScan = New<mri_scans::ActiveModel>;
/// A prediction to enter.
pub type NewPrediction = New<predictions::ActiveModel>;

impl Input for CreateSessionInput {
    type Change = NewSession;

    fn parse(self, act: &Act) -> NewSession {
        let mut checks = Checks::default();
        let patient = match (self.patient_id, self.mrn) {
            (Some(id), None) => checks.reference::<Patient>(&["patientId"], &id).map(Owner::Key),
            (None, Some(mrn)) => Some(Owner::Mrn(mrn)),
            _ => {
                checks.problem(UserError::required(&["patientId"], "Give the patient by `patientId` or by `mrn`."));
                None
            }
        };
        let mut columns = session(&mut checks, self.details);
        people_of_agents(&mut checks, act, &columns);
        columns.user_id = Set(act.viewer().user);
        if matches!(act.viewer().role, Role::Agent(_)) {
            columns.agent_id = Set(act.viewer().user);
        }
        NewSession { checks, patient, columns }
    }
}

impl Input for UpdateSessionInput {
    type Change = Edit<sessions::ActiveModel>;

    fn parse(self, act: &Act) -> Self::Change {
        let mut checks = Checks::default();
        let columns = session(&mut checks, self.details);
        people_of_agents(&mut checks, act, &columns);
        Edit { target: Target::new::<Session>(&self.id, self.version), checks, columns }
    }
}

impl Input for CreateScanInput {
    type Change = Single<Batch<NewScan>>;

    fn parse(self, act: &Act) -> Self::Change {
        Single(Batch::one(new_scan(self, Checks::default(), act)))
    }
}

impl Input for CreateScansInput {
    type Change = Batch<NewScan>;

    fn parse(self, act: &Act) -> Self::Change {
        Batch::many("scans", self.scans, self.on_error, |scan, checks| new_scan(scan, checks, act))
    }
}

impl Input for UpdateScanInput {
    type Change = Edit<mri_scans::ActiveModel>;

    fn parse(self, act: &Act) -> Self::Change {
        let mut checks = Checks::default();
        let columns = scan(&mut checks, self.details, act);
        Edit { target: Target::new::<Scan>(&self.id, self.version), checks, columns }
    }
}

impl Input for CreatePredictionInput {
    type Change = Single<Batch<NewPrediction>>;

    fn parse(self, act: &Act) -> Self::Change {
        Single(Batch::one(new_prediction(self, Checks::default(), act)))
    }
}

impl Input for CreatePredictionsInput {
    type Change = Batch<NewPrediction>;

    fn parse(self, act: &Act) -> Self::Change {
        let parse = |prediction, checks| new_prediction(prediction, checks, act);
        Batch::many("predictions", self.predictions, self.on_error, parse)
    }
}

impl Input for UpdatePredictionInput {
    type Change = Edit<predictions::ActiveModel>;

    fn parse(self, act: &Act) -> Self::Change {
        let mut checks = Checks::default();
        let columns = prediction(&mut checks, self.details, act);
        Edit { target: Target::new::<Prediction>(&self.id, self.version), checks, columns }
    }
}

/// Programs say nothing about whose a session is: it is theirs.
fn people_of_agents(checks: &mut Checks, act: &Act, columns: &sessions::ActiveModel) {
    let given = [("doctorId", &columns.doctor_id), ("agentId", &columns.agent_id)];
    for (field, _) in given.into_iter().filter(|(_, column)| column.is_set()) {
        if matches!(act.viewer().role, Role::Agent(_)) {
            let message = "A session that a program opens is its own. Leave this out.";
            checks.problem(UserError::forbidden(&[field], message));
        }
    }
}

fn session(checks: &mut Checks, given: SessionDetails) -> sessions::ActiveModel {
    let mut columns = sessions::ActiveModel {
        doctor_id: checks.optional_reference::<Doctor>(&["doctorId"], given.doctor_id),
        agent_id: checks.optional_reference::<User>(&["agentId"], given.agent_id),
        status: checks.kept(&["status"], given.status).map_or(NotSet, |status| Set(status.into())),
        metadata: checks.json(&["metadata"], given.metadata),
        ..Default::default()
    };
    if let Some(input_type) = checks.kept(&["inputType"], given.input_type) {
        columns.input_type = checks.required_line(&["inputType"], &input_type);
    }
    if let Some(output_format) = checks.kept(&["outputFormat"], given.output_format) {
        columns.output_format = checks.required_line(&["outputFormat"], &output_format);
    }
    columns
}

fn new_scan(input: CreateScanInput, mut checks: Checks, act: &Act) -> NewScan {
    let patient = checks.reference::<Patient>(&["patientId"], &input.patient_id);
    let mut columns = scan(&mut checks, input.details, act);
    // Rows of one statement have the same columns: what the database would fill in is filled in here.
    given_or(&mut columns.file_type, entity::vocabulary::FileType::Unknown);
    given_or(&mut columns.processing_status, entity::vocabulary::ProcessingStatus::Pending);
    given_or(&mut columns.upload_timestamp, act.now());
    New { checks, patient, columns }
}

fn scan(checks: &mut Checks, given: ScanDetails, act: &Act) -> mri_scans::ActiveModel {
    let mut columns = mri_scans::ActiveModel {
        session_id: checks.optional_reference::<Session>(&["sessionId"], given.session_id),
        original_filename: checks.line(&["originalFilename"], given.original_filename),
        file_type: checks.kept(&["fileType"], given.file_type).map_or(NotSet, |kind| Set(kind.into())),
        file_size: set(given.file_size.map_value(|size| bytes(checks, size))),
        sha256: checks.line(&["sha256"], given.sha256.map_value(|digits| digits.to_ascii_lowercase())),
        image_dimensions: checks.line(&["imageDimensions"], given.image_dimensions),
        preprocessing_applied: checks.json(&["preprocessing"], given.preprocessing),
        acquired_at: checks.past_if_given(&["acquiredAt"], given.acquired_at, act.now()),
        processing_timestamp: checks.past_if_given(&["processedAt"], given.processed_at, act.now()),
        metadata: checks.json(&["metadata"], given.metadata),
        ..Default::default()
    };
    let status = checks.kept(&["processingStatus"], given.processing_status);
    columns.processing_status = status.map_or(NotSet, |status| Set(status.into()));
    if let Some(DateTime(at)) = checks.kept(&["uploadedAt"], given.uploaded_at) {
        checks.past(&["uploadedAt"], at, act.now());
        columns.upload_timestamp = Set(at);
    }
    if let Set(Some(digits)) = &columns.sha256
        && (digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        checks.problem(UserError::invalid(&["sha256"], "A SHA-256 has 64 hexadecimal digits."));
    }
    columns
}

#[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
fn bytes(checks: &mut Checks, size: f64) -> Option<i64> {
    if !(0.0..=LARGEST_FILE).contains(&size) || size.fract() != 0.0 {
        checks.problem(UserError::invalid(&["fileSize"], "A size is a whole number of bytes, 0 or more."));
        return None;
    }
    Some(size as i64)
}

fn new_prediction(input: CreatePredictionInput, mut checks: Checks, act: &Act) -> NewPrediction {
    let patient = checks.reference::<Patient>(&["patientId"], &input.patient_id);
    let mut columns = prediction(&mut checks, input.details, act);
    given_or(&mut columns.prediction_type, "binary".to_owned());
    given_or(&mut columns.created_at, act.now());
    New { checks, patient, columns }
}

fn prediction(checks: &mut Checks, given: PredictionDetails, act: &Act) -> predictions::ActiveModel {
    let mut columns = predictions::ActiveModel {
        session_id: checks.optional_reference::<Session>(&["sessionId"], given.session_id),
        mri_scan_id: checks.optional_reference::<Scan>(&["scanId"], given.scan_id),
        binary_result: set(given.result.map_value(|result| Some(result.into()))),
        stage_result: checks.line(&["stage"], given.stage),
        confidence_score: checks.share(&["confidence"], given.confidence),
        binary_confidence: checks.share(&["binaryConfidence"], given.binary_confidence),
        stage_confidence: checks.share(&["stageConfidence"], given.stage_confidence),
        uncertainty_metrics: checks.json(&["uncertaintyMetrics"], given.uncertainty_metrics),
        model_version: checks.line(&["modelVersion"], given.model_version),
        processing_time: checks.measure(
            &["processingTime"],
            given.processing_time,
            LONGEST_RUN,
            "A time is a number of seconds, 0 or more, and at most a year.",
        ),
        metadata: checks.json(&["metadata"], given.metadata),
        ..Default::default()
    };
    if let Some(kind) = checks.kept(&["type"], given.kind) {
        columns.prediction_type = checks.required_line(&["type"], &kind);
    }
    if let Some(DateTime(at)) = checks.kept(&["createdAt"], given.created_at) {
        checks.past(&["createdAt"], at, act.now());
        columns.created_at = Set(at);
    }
    if let Set(Some(stage)) = &columns.stage_result
        && stage.chars().count() > STAGE
    {
        let message = format!("A stage has at most {STAGE} characters. Shorten it.");
        checks.problem(UserError::at(&["stage"], UserErrorCode::TooLong, message));
    }
    columns
}

fn given_or<T: Into<sea_orm::Value>>(column: &mut ActiveValue<T>, otherwise: T) {
    if column.is_not_set() {
        *column = Set(otherwise);
    }
}
