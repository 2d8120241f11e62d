//! Reports, the predictions they show, and the requests for them.

use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{Form, count, fraction, instant, json, key, text};
use crate::table::{OnDelete::*, Table};

const REPORT_TYPES: [&str; 5] = ["comprehensive", "summary", "patient_friendly", "follow_up", "other"];

pub(super) fn medical_reports(backend: DbBackend) -> Table {
    Table::new(backend, "medical_reports")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("session_id"),
            key("prediction_id"),
            text("report_type").or_word("other").one_of(&REPORT_TYPES),
            text("title").required(),
            text("content").required(),
            json("recommendations"),
            text("format_type").or_word("text").one_of(&["markdown", "text", "html", "pdf"]),
            text("generated_by"),
            fraction("confidence_level").share(),
            text("disclaimer"),
            text("file_path"),
            text("status").or_word("draft").one_of(&["draft", "released", "withdrawn"]),
            count("revision").or_count(1).at_least(1),
            key("supersedes_id"),
            text("revision_reason"),
            instant("released_at"),
            key("released_by"),
            instant("withdrawn_at"),
            text("withdrawn_reason"),
            json("metadata"),
        ])
        .mutable()
        .primary_key(&["id"])
        .unique(&["id", "patient_id"])
        .unique(&["supersedes_id"])
        .check("status_released_at", "(status = 'draft') = (released_at IS NULL)")
        .check("revision_supersedes_id", "(revision = 1) = (supersedes_id IS NULL)")
        .check("status_supersedes_id", "supersedes_id IS NULL OR status <> 'draft'")
        .check("supersedes_id", "supersedes_id <> id")
        .references("patient_id", "patients", Cascade)
        .references_with_patient("session_id", "sessions", Refuse)
        .references("prediction_id", "predictions", SetNull)
        .references("supersedes_id", "medical_reports", Refuse)
        .references("released_by", "users", Refuse)
        .index(&["prediction_id"])
        .index(&["released_by"])
        .index(&["created_at", "id"])
        .index(&["patient_id", "created_at", "id"])
}

pub(super) fn report_predictions(backend: DbBackend) -> Table {
    Table::new(backend, "report_predictions")
        .columns([key("report_id").required(), key("prediction_id").required(), key("patient_id").required()])
        .primary_key(&["report_id", "prediction_id"])
        .references("patient_id", "patients", Cascade)
        .references_with_patient("report_id", "medical_reports", Cascade)
        .references("prediction_id", "predictions", Cascade)
        .index(&["patient_id"])
        .index(&["prediction_id"])
}

pub(super) fn report_status(backend: DbBackend) -> Table {
    let requested_at = Form::Instant.null_first(backend, "requested_at");
    Table::new(backend, "report_status")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("session_id"),
            key("report_id"),
            key("prediction_id"),
            key("mri_scan_id"),
            text("status").or_word("pending").one_of(&["pending", "generating", "generated", "failed", "archived"]),
            text("report_type").or_word("comprehensive").one_of(&REPORT_TYPES),
            count("priority").or_count(0),
            key("requested_by"),
            instant("requested_at").or_now(),
            instant("generated_at"),
            text("error_message"),
            count("retry_count").or_count(0).at_least(0),
            instant("next_attempt_at"),
            json("metadata"),
        ])
        .mutable()
        .primary_key(&["id"])
        .references("patient_id", "patients", Cascade)
        .references_with_patient("session_id", "sessions", Refuse)
        .references("report_id", "medical_reports", SetNull)
        .references("prediction_id", "predictions", SetNull)
        .references("mri_scan_id", "mri_scans", SetNull)
        .references("requested_by", "users", Refuse)
        .index(&["report_id"])
        .index(&["prediction_id"])
        .index(&["mri_scan_id"])
        .index(&["requested_by"])
        .index_on("requested_at_id", &[&requested_at, "id"])
        .index_on("patient_id_requested_at_id", &["patient_id", &requested_at, "id"])
        .index_on("status_requested_at_id", &["status", &requested_at, "id"])
}
