//! Scans, and what the models found in them.

use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{count, fraction, instant, json, key, text};
use crate::table::{OnDelete::*, Table};

/// When a scan was taken: its study date, where unknown its upload.
const TAKEN: &str = "COALESCE(acquired_at, upload_timestamp)";

pub(super) fn mri_scans(backend: DbBackend) -> Table {
    // Hexadecimal digits, without a pattern language the two databases would not share.
    let sha256 = "length(sha256) = 64 AND length(trim(sha256, '0123456789abcdef')) = 0";
    Table::new(backend, "mri_scans")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("session_id"),
            text("original_filename"),
            text("file_path"),
            text("file_type").or_word("unknown").one_of(&["dicom", "nifti", "png", "jpeg", "unknown"]),
            count("file_size").at_least(0),
            text("sha256").rule(sha256),
            text("image_dimensions"),
            json("preprocessing_applied"),
            instant("acquired_at"),
            instant("upload_timestamp").or_now().required(),
            instant("processing_timestamp"),
            text("processing_status").or_word("pending").one_of(&["pending", "processing", "completed", "failed"]),
            json("metadata"),
            count("version").or_count(1).at_least(1),
        ])
        .primary_key(&["id"])
        .references("patient_id", "patients", Cascade)
        .references_with_patient("session_id", "sessions", Refuse)
        .index_on("taken_id", &[TAKEN, "id"])
        .index_on("patient_id_taken_id", &["patient_id", TAKEN, "id"])
}

pub(super) fn predictions(backend: DbBackend) -> Table {
    Table::new(backend, "predictions")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("session_id"),
            key("mri_scan_id"),
            text("prediction_type").or_word("binary"),
            text("binary_result").one_of(&["detected", "not_detected", "uncertain"]),
            text("stage_result").rule("length(stage_result) <= 32"),
            fraction("confidence_score").share(),
            fraction("binary_confidence").share(),
            fraction("stage_confidence").share(),
            json("uncertainty_metrics"),
            text("model_version"),
            fraction("processing_time").at_least(0),
            instant("created_at").or_now().required(),
            instant("released_at"),
            json("metadata"),
            count("version").or_count(1).at_least(1),
        ])
        .primary_key(&["id"])
        .references("patient_id", "patients", Cascade)
        .references_with_patient("session_id", "sessions", Refuse)
        .references("mri_scan_id", "mri_scans", SetNull)
        .index(&["mri_scan_id"])
        .index(&["created_at", "id"])
        .index(&["patient_id", "created_at", "id"])
}
