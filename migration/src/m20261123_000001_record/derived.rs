//! What triggers keep: each patient's history and figures.

use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{Form, count, flag, instant, json, key, text};
use crate::table::{OnDelete::*, Table};

pub(super) fn patient_timeline(backend: DbBackend) -> Table {
    let kinds = ["scan", "prediction", "report", "consultation", "diagnosis", "treatment", "note"];
    let sources = ["mri_scans", "predictions", "medical_reports", "consultations"];
    Table::new(backend, "patient_timeline")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            text("event_type").required().one_of(&kinds),
            instant("event_date").or_now().required(),
            text("event_title").required(),
            text("event_description"),
            text("related_table").one_of(&sources),
            key("related_id"),
            key("doctor_id"),
            key("session_id"),
            text("severity").or_word("info").one_of(&["info", "low", "medium", "high", "critical"]),
            json("metadata"),
            key("author_id"),
            flag("patient_visible").or_flag(false),
        ])
        .mutable()
        .primary_key(&["id"])
        .check("event_type_related_id", "(event_type = 'note') = (related_id IS NULL)")
        .check("related_id_related_table", "(related_id IS NULL) = (related_table IS NULL)")
        .references("patient_id", "patients", Cascade)
        .references("doctor_id", "doctors", Refuse)
        .references("session_id", "sessions", Refuse)
        .references("author_id", "users", Refuse)
        .unique_where("related_id_event_type", &["related_id", "event_type"], "related_id IS NOT NULL")
        .index(&["event_date", "id"])
        .index(&["patient_id", "event_date", "id"])
        .index(&["doctor_id"])
        .index(&["session_id"])
        .index(&["author_id"])
}

pub(super) fn patient_statistics(backend: DbBackend) -> Table {
    let findings = ["detected", "not_detected", "unknown"];
    let last_visit_date = Form::Instant.null_first(backend, "last_visit_date");
    Table::new(backend, "patient_statistics")
        .columns([
            key("patient_id").required(),
            count("total_consultations").or_count(0),
            count("total_mri_scans").or_count(0),
            count("total_predictions").or_count(0),
            count("total_reports").or_count(0),
            count("unique_doctors_count").or_count(0),
            instant("first_visit_date"),
            instant("last_visit_date"),
            instant("last_scan_date"),
            instant("last_report_date"),
            text("disease_status").or_word("unknown").one_of(&findings),
            text("disease_stage"),
            count("released_predictions").or_count(0),
            count("released_reports").or_count(0),
            instant("last_released_report_date"),
            text("released_disease_status").or_word("unknown").one_of(&findings),
            text("released_disease_stage"),
            count("trigger_writes").or_count(0),
            instant("last_updated").or_now().required(),
        ])
        .primary_key(&["patient_id"])
        .references("patient_id", "patients", Cascade)
        .index_on("last_visit_date_patient_id", &[&last_visit_date, "patient_id"])
        .index(&["disease_status", "disease_stage", "patient_id"])
}
