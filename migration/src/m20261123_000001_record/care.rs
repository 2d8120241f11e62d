//! Which doctor answers for whom, visits, and what completed visits said before they were corrected.

use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{Column, count, flag, instant, key, text};
use crate::table::{OnDelete::*, Table};

const VISIT_TYPES: [&str; 4] = ["in-person", "telemedicine", "follow-up", "emergency"];
const VISIT_STATUSES: [&str; 4] = ["scheduled", "completed", "cancelled", "no-show"];

pub(super) fn doctor_patient_assignments(backend: DbBackend) -> Table {
    Table::new(backend, "doctor_patient_assignments")
        .columns([
            key("id").required(),
            key("doctor_id").required(),
            key("patient_id").required(),
            text("assignment_type").or_word("primary").one_of(&["primary", "consultant", "specialist"]),
            instant("assignment_date").or_now().required(),
            flag("is_active").or_flag(true),
            instant("ended_at"),
            text("notes"),
        ])
        .mutable()
        .primary_key(&["id"])
        .check("is_active_ended_at", "is_active = (ended_at IS NULL)")
        .check("assignment_date_ended_at", "ended_at >= assignment_date")
        .references("doctor_id", "doctors", Refuse)
        .references("patient_id", "patients", Cascade)
        .unique_where("open_primary", &["patient_id"], "assignment_type = 'primary' AND ended_at IS NULL")
        .unique_where("open", &["patient_id", "doctor_id", "assignment_type"], "ended_at IS NULL")
        .index(&["assignment_date", "id"])
        .index(&["patient_id", "assignment_date", "id"])
        .index(&["doctor_id", "assignment_date", "id"])
        .index(&["patient_id", "doctor_id"])
}

/// What a visit says that a correction may change, kept by `consultation_revisions` under the same names.
fn findings() -> [Column; 7] {
    [
        text("chief_complaint"),
        text("diagnosis"),
        text("prescription"),
        text("notes"),
        instant("next_visit_date"),
        count("duration_minutes").at_least(1),
        count("fee_charged_cents").at_least(0),
    ]
}

pub(super) fn consultations(backend: DbBackend) -> Table {
    Table::new(backend, "consultations")
        .columns([
            key("id").required(),
            key("patient_id").required(),
            key("doctor_id").required(),
            key("session_id"),
            instant("consultation_date").or_now().required(),
            text("consultation_type").one_of(&VISIT_TYPES),
            text("status").or_word("completed").one_of(&VISIT_STATUSES),
        ])
        .columns(findings())
        .columns([
            instant("rescheduled_from"),
            instant("rescheduled_at"),
            text("correction_reason"),
            key("corrected_by"),
            instant("corrected_at"),
        ])
        .mutable()
        .primary_key(&["id"])
        .unique(&["id", "patient_id"])
        .references("patient_id", "patients", Cascade)
        .references("doctor_id", "doctors", Refuse)
        .references_with_patient("session_id", "sessions", Refuse)
        .references("corrected_by", "users", Refuse)
        .index(&["corrected_by"])
        .index(&["consultation_date", "id"])
        .index(&["patient_id", "consultation_date", "id"])
        .index(&["doctor_id", "consultation_date", "id"])
        .index(&["status", "consultation_date", "id", "patient_id"])
}

pub(super) fn consultation_revisions(backend: DbBackend) -> Table {
    Table::new(backend, "consultation_revisions")
        .columns([
            key("id").required(),
            key("consultation_id").required(),
            key("patient_id").required(),
            key("doctor_id").required(),
            instant("consultation_date").required(),
            text("consultation_type").one_of(&VISIT_TYPES),
            text("status").required().one_of(&VISIT_STATUSES),
        ])
        .columns(findings())
        .columns([
            count("consultation_version").required(),
            text("reason"),
            key("changed_by"),
            instant("changed_at").or_now().required(),
        ])
        .primary_key(&["id"])
        .references("patient_id", "patients", Cascade)
        .references_with_patient("consultation_id", "consultations", Cascade)
        .references("doctor_id", "doctors", Refuse)
        .references("changed_by", "users", Refuse)
        .index(&["consultation_id", "changed_at", "id"])
        .index(&["patient_id"])
        .index(&["doctor_id"])
        .index(&["changed_by"])
}
