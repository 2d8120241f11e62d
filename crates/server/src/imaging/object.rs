//! What scans and predictions are in the API.

use sea_orm::sea_query::{Expr, ExprTrait, Func};

use super::access;
use super::session::SESSION;
use crate::patient::PATIENT;
use crate::read::kind::Kind::{Float, Id, Instant, Int, Json, Size, Text, Word};
use crate::read::record::Concept;
use crate::read::shape::{
    List, Operators, Scope, Shape, ShapeRef, Sql, filter, many, maybe_one, one, optional, order, required,
};
use crate::vocabulary::{FILE_TYPE, PREDICTION_RESULT, PROCESSING_STATUS};

/// [`SCAN`] as an answer.
pub struct Scan;

impl Concept for Scan {
    const SHAPE: ShapeRef = &SCAN;
}

/// An MRI scan.
pub static SCAN: Shape = Shape {
    name: "Scan",
    about: "An MRI scan of a patient: what is known about its file.",
    table: "mri_scans",
    key: "id",
    prefix: Some("scn"),
    unions: &["TimelineSource"],
    access: access::scans_visible_to,
    columns: access::scan_columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("scn"), "Names the scan, for good."),
        optional("originalFilename", "original_filename", Text, "What the file was called when it came."),
        required("fileType", "file_type", Word(&FILE_TYPE), "The format of the file."),
        optional("fileSize", "file_size", Size, "The size of the file, in bytes."),
        optional("sha256", "sha256", Text, "The SHA-256 of the file, in hexadecimal digits."),
        optional("imageDimensions", "image_dimensions", Text, "The size of the image, such as 256x256x160."),
        optional("preprocessing", "preprocessing_applied", Json, "What was done to the image."),
        optional("acquiredAt", "acquired_at", Instant, "When it was taken."),
        required("uploadedAt", "upload_timestamp", Instant, "When it was uploaded."),
        optional("processedAt", "processing_timestamp", Instant, "When it was processed."),
        required("processingStatus", "processing_status", Word(&PROCESSING_STATUS), "Whether it can be used."),
        optional("metadata", "metadata", Json, "What else is known about it."),
        required("version", "version", Int, "The edit lock: give it back when you change the scan."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("session", &SESSION, "session_id", "id", "The run of the analysis it came with."),
        many("predictions", &PREDICTION, "id", "mri_scan_id", "What models found in it, newest first."),
    ],
    list: List {
        stem: "Scan",
        newest_first: true,
        orders: &[order("DATE", Sql::Make("date", taken), Instant, "When it was taken, else uploaded.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("sessionId", Sql::Own("session_id"), Operators::Id("ses"), "The run of the analysis."),
            filter("fileType", Sql::Own("file_type"), Operators::Word(&FILE_TYPE), "The format of the file."),
            filter(
                "processingStatus",
                Sql::Own("processing_status"),
                Operators::Word(&PROCESSING_STATUS),
                "Its state.",
            ),
            filter("acquiredAt", Sql::Own("acquired_at"), Operators::Instant, "When it was taken."),
            filter("uploadedAt", Sql::Own("upload_timestamp"), Operators::Instant, "When it was uploaded."),
        ],
        unless_asked: None,
    },
};

fn taken(scope: &Scope<'_>) -> Expr {
    Func::coalesce([scope.own("acquired_at"), scope.own("upload_timestamp")]).into()
}

/// [`PREDICTION`] as an answer.
pub struct Prediction;

impl Concept for Prediction {
    const SHAPE: ShapeRef = &PREDICTION;
}

/// A model's finding.
pub static PREDICTION: Shape = Shape {
    name: "Prediction",
    about: "What a model found in a patient's scans. A finding, not a diagnosis.",
    table: "predictions",
    key: "id",
    prefix: Some("prd"),
    unions: &["TimelineSource"],
    access: access::predictions_visible_to,
    columns: access::prediction_columns,
    joins: &[],
    fields: &[
        required("id", "id", Id("prd"), "Names the prediction, for good."),
        required("type", "prediction_type", Text, "What was asked of the model."),
        optional("result", "binary_result", Word(&PREDICTION_RESULT), "What it found; unknown in old records."),
        optional("stage", "stage_result", Text, "The stage it found."),
        optional("confidence", "confidence_score", Float, "How sure it is over all, 0 to 1."),
        optional("binaryConfidence", "binary_confidence", Float, "How sure it is of the result, 0 to 1."),
        optional("stageConfidence", "stage_confidence", Float, "How sure it is of the stage, 0 to 1."),
        optional("uncertaintyMetrics", "uncertainty_metrics", Json, "What the model says about its doubts."),
        optional("modelVersion", "model_version", Text, "The model."),
        optional("processingTime", "processing_time", Float, "How long it took, in seconds."),
        required("createdAt", "created_at", Instant, "When it was made."),
        optional("releasedAt", "released_at", Instant, "When a report that shows it was released."),
        optional("metadata", "metadata", Json, "What else is known about it."),
        required("version", "version", Int, "The edit lock: give it back when you change the prediction."),
    ],
    relations: &[
        one("patient", &PATIENT, "patient_id", "patient_id", "The patient."),
        maybe_one("session", &SESSION, "session_id", "id", "The run of the analysis that made it."),
        maybe_one("scan", &SCAN, "mri_scan_id", "id", "The scan it is about."),
    ],
    list: List {
        stem: "Prediction",
        newest_first: true,
        orders: &[order("CREATED_AT", Sql::Own("created_at"), Instant, "When it was made.")],
        filters: &[
            filter("patientId", Sql::Own("patient_id"), Operators::Id("pat"), "The patient."),
            filter("sessionId", Sql::Own("session_id"), Operators::Id("ses"), "The run of the analysis."),
            filter("scanId", Sql::Own("mri_scan_id"), Operators::Id("scn"), "The scan."),
            filter("result", Sql::Own("binary_result"), Operators::Word(&PREDICTION_RESULT), "What it found."),
            filter("stage", Sql::Own("stage_result"), Operators::Exact, "The stage it found."),
            filter("createdAt", Sql::Own("created_at"), Operators::Instant, "When it was made."),
            filter("released", Sql::Make("released", released), Operators::Flag, "Whether patients see it."),
        ],
        unless_asked: None,
    },
};

fn released(scope: &Scope<'_>) -> Expr {
    scope.own("released_at").is_not_null()
}
