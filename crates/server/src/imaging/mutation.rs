//! What can be told about sessions, scans and predictions: inputs, payloads, root mutations.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::store::PredictionRemoval;
use super::{Prediction, Scan, Session};
use crate::input::bulk::{BulkErrorPolicy, Written};
use crate::input::lifecycle::Removal;
use crate::input::{UserError, mutations, payloads, targets};
use crate::read::record::{Deleted, Many, One};
use crate::read::scalar::{DateTime, Json};
use crate::vocabulary::{FileType, PredictionResult, ProcessingStatus, SessionStatus};

/// What may be known about a run of the analysis. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct SessionDetails {
    /// The doctor who asked for it.
    pub doctor_id: MaybeUndefined<ID>,
    /// The program it is given to: an active account with the role AGENT.
    pub agent_id: MaybeUndefined<ID>,
    /// What goes in, such as text or mri; `text`, when not given.
    pub input_type: MaybeUndefined<String>,
    /// What is to come out, such as text or pdf; `text`, when not given.
    pub output_format: MaybeUndefined<String>,
    /// Where it stands; ACTIVE, when not given.
    pub status: MaybeUndefined<SessionStatus>,
    /// What the program that runs it notes.
    pub metadata: MaybeUndefined<Json>,
}

/// A run of the analysis to open.
#[derive(InputObject)]
pub struct CreateSessionInput {
    /// The patient, by id; or else by `mrn`.
    pub patient_id: Option<ID>,
    /// The patient, by the exact medical record number: a program need not have seen the record before.
    pub mrn: Option<String>,
    /// What else is known.
    #[graphql(flatten)]
    pub details: SessionDetails,
}

/// A change of a run of the analysis. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateSessionInput {
    /// The session.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// What changes.
    #[graphql(flatten)]
    pub details: SessionDetails,
}

/// What may be known about a scan. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct ScanDetails {
    /// The run of the analysis it comes with; one of the same patient.
    pub session_id: MaybeUndefined<ID>,
    /// What the file was called when it came.
    pub original_filename: MaybeUndefined<String>,
    /// The format of the file; UNKNOWN, when not given.
    pub file_type: MaybeUndefined<FileType>,
    /// The size of the file, in bytes: a whole number.
    pub file_size: MaybeUndefined<f64>,
    /// The SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: MaybeUndefined<String>,
    /// The size of the image, such as 256x256x160.
    pub image_dimensions: MaybeUndefined<String>,
    /// What was done to the image.
    pub preprocessing: MaybeUndefined<Json>,
    /// When it was taken, not in the future.
    pub acquired_at: MaybeUndefined<DateTime>,
    /// When it was uploaded, not in the future; now, when not given.
    pub uploaded_at: MaybeUndefined<DateTime>,
    /// When it was processed, not in the future.
    pub processed_at: MaybeUndefined<DateTime>,
    /// Whether it can be used; PENDING, when not given.
    pub processing_status: MaybeUndefined<ProcessingStatus>,
    /// What else is known about it.
    pub metadata: MaybeUndefined<Json>,
}

/// A scan to enter: what is known about its file.
#[derive(InputObject)]
pub struct CreateScanInput {
    /// The patient.
    pub patient_id: ID,
    /// What else is known.
    #[graphql(flatten)]
    pub details: ScanDetails,
}

/// Scans to enter at once.
#[derive(InputObject)]
pub struct CreateScansInput {
    /// The scans, 1 to 1000.
    pub scans: Vec<CreateScanInput>,
    /// What becomes of them when some are wrong.
    #[graphql(default_with = "BulkErrorPolicy::RejectAll")]
    pub on_error: BulkErrorPolicy,
}

/// A change of a scan. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdateScanInput {
    /// The scan.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// What changes.
    #[graphql(flatten)]
    pub details: ScanDetails,
}

/// What may be known about a prediction. In a change, what is absent stays and `null` clears.
#[derive(InputObject)]
pub struct PredictionDetails {
    /// The run of the analysis that made it; one of the same patient.
    pub session_id: MaybeUndefined<ID>,
    /// The scan it is about; one of the same patient.
    pub scan_id: MaybeUndefined<ID>,
    /// What was asked of the model; `binary`, when not given.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<String>,
    /// What the model found.
    pub result: MaybeUndefined<PredictionResult>,
    /// The stage it found, up to 32 characters.
    pub stage: MaybeUndefined<String>,
    /// How sure it is over all, 0 to 1.
    pub confidence: MaybeUndefined<f64>,
    /// How sure it is of the result, 0 to 1.
    pub binary_confidence: MaybeUndefined<f64>,
    /// How sure it is of the stage, 0 to 1.
    pub stage_confidence: MaybeUndefined<f64>,
    /// What the model says about its doubts.
    pub uncertainty_metrics: MaybeUndefined<Json>,
    /// The model.
    pub model_version: MaybeUndefined<String>,
    /// How long it took, in seconds.
    pub processing_time: MaybeUndefined<f64>,
    /// When it was made, not in the future; now, when not given.
    pub created_at: MaybeUndefined<DateTime>,
    /// What else is known about it.
    pub metadata: MaybeUndefined<Json>,
}

/// A prediction to enter.
#[derive(InputObject)]
pub struct CreatePredictionInput {
    /// The patient.
    pub patient_id: ID,
    /// What the model found.
    #[graphql(flatten)]
    pub details: PredictionDetails,
}

/// Predictions to enter at once.
#[derive(InputObject)]
pub struct CreatePredictionsInput {
    /// The predictions, 1 to 1000.
    pub predictions: Vec<CreatePredictionInput>,
    /// What becomes of them when some are wrong.
    #[graphql(default_with = "BulkErrorPolicy::RejectAll")]
    pub on_error: BulkErrorPolicy,
}

/// A change of a prediction. What is absent stays; `null` clears what may be unknown.
#[derive(InputObject)]
pub struct UpdatePredictionInput {
    /// The prediction, which no released report shows.
    pub id: ID,
    /// The version that was read; an older one changes nothing.
    pub version: i32,
    /// What changes.
    #[graphql(flatten)]
    pub details: PredictionDetails,
}

targets! {
    /// A run of the analysis to delete, which nothing belongs to.
    DeleteSessionInput(Session) -> Removal<Session> =
        |target| Removal::new(target, "Scans, predictions, reports or visits belong to this session. Delete them first.");
    /// A scan to delete.
    DeleteScanInput(Scan) -> Removal<Scan> = |target| Removal::new(target, "Records name this scan.");
    /// A prediction to delete, which no released report shows.
    DeletePredictionInput(Prediction) -> PredictionRemoval = PredictionRemoval;
}

payloads! {
    /// What came of opening a run of the analysis.
    CreateSessionPayload {
        /// The new session; null when there are errors.
        analysis_session: One<Session>
    }
    /// What came of changing a run of the analysis.
    UpdateSessionPayload {
        /// The changed session; null when there are errors.
        analysis_session: One<Session>
    }
    /// What came of deleting a run of the analysis.
    DeleteSessionPayload {
        /// The id that the session had; null when there are errors.
        deleted_id: Deleted<Session>
    }
    /// What came of entering a scan.
    CreateScanPayload {
        /// The new scan; null when there are errors.
        scan: One<Scan>
    }
    /// What came of changing a scan.
    UpdateScanPayload {
        /// The changed scan; null when there are errors.
        scan: One<Scan>
    }
    /// What came of deleting a scan.
    DeleteScanPayload {
        /// The id that the scan had; null when there are errors.
        deleted_id: Deleted<Scan>
    }
    /// What came of entering a prediction.
    CreatePredictionPayload {
        /// The new prediction; null when there are errors.
        prediction: One<Prediction>
    }
    /// What came of changing a prediction.
    UpdatePredictionPayload {
        /// The changed prediction; null when there are errors.
        prediction: One<Prediction>
    }
    /// What came of deleting a prediction.
    DeletePredictionPayload {
        /// The id that the prediction had; null when there are errors.
        deleted_id: Deleted<Prediction>
    }
}

/// What came of entering scans.
#[derive(SimpleObject)]
pub struct CreateScansPayload {
    /// The new scans in the order of the input, null for each that was not entered; empty when all were refused.
    scans: Many<Scan>,
    /// What is wrong and what to do, row by row; empty when all were entered.
    user_errors: Vec<UserError>,
}

/// What came of entering predictions.
#[derive(SimpleObject)]
pub struct CreatePredictionsPayload {
    /// The new predictions in the order of the input, null for each that was not entered; empty when all were refused.
    predictions: Many<Prediction>,
    /// What is wrong and what to do, row by row; empty when all were entered.
    user_errors: Vec<UserError>,
}

impl From<Result<Written, Vec<UserError>>> for CreateScansPayload {
    fn from(done: Result<Written, Vec<UserError>>) -> Self {
        let (keys, user_errors) = Written::or_refused(done);
        Self { scans: Many::new(keys), user_errors }
    }
}

impl From<Result<Written, Vec<UserError>>> for CreatePredictionsPayload {
    fn from(done: Result<Written, Vec<UserError>>) -> Self {
        let (keys, user_errors) = Written::or_refused(done);
        Self { predictions: Many::new(keys), user_errors }
    }
}

mutations! {
    /// Mutations of sessions, scans and predictions.
    ImagingMutation {
        /// Opens a run of the analysis for a patient.
        create_session(CreateSessionInput, "The session.") for intake -> CreateSessionPayload;
        /// Changes a run of the analysis.
        update_session(UpdateSessionInput, "The session, the version that was read, and what changes.") for own_sessions
            -> UpdateSessionPayload;
        /// Deletes a run of the analysis that nothing belongs to.
        delete_session(DeleteSessionInput, "The session and the version that was read.") for admins -> DeleteSessionPayload;
        /// Enters a scan: what is known about its file.
        create_scan(CreateScanInput, "The scan.") for intake -> CreateScanPayload;
        /// Enters up to 1000 scans in one transaction.
        create_scans(CreateScansInput, "The scans.") for intake -> CreateScansPayload;
        /// Changes what is known about a scan.
        update_scan(UpdateScanInput, "The scan, the version that was read, and what changes.") for admins -> UpdateScanPayload;
        /// Deletes a scan; predictions made from it stay.
        delete_scan(DeleteScanInput, "The scan and the version that was read.") for admins -> DeleteScanPayload;
        /// Enters a prediction.
        create_prediction(CreatePredictionInput, "The prediction.") for predict -> CreatePredictionPayload;
        /// Enters up to 1000 predictions in one transaction.
        create_predictions(CreatePredictionsInput, "The predictions.") for predict -> CreatePredictionsPayload;
        /// Changes a prediction that no released report shows.
        update_prediction(UpdatePredictionInput, "The prediction, the version that was read, and what changes.") for admins
            -> UpdatePredictionPayload;
        /// Deletes a prediction that no released report shows.
        delete_prediction(DeletePredictionInput, "The prediction and the version that was read.") for admins
            -> DeletePredictionPayload;
    }
}
