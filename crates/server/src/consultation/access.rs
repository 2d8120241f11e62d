//! Which visits a viewer may see, and what of them.

use entity::consultations;
use sea_orm::sea_query::Condition;

use crate::auth::{Role, Viewer};
use crate::patient::access::record_of;
use crate::read::shape::{Columns, Seen};

/// Those of the patients whose record the viewer may see, and what stood in them before corrections.
pub fn visible_to(viewer: &Viewer, visit: &str) -> Condition {
    record_of(viewer, visit)
}

/// Whether the viewer may correct a visit that is over: its doctor and administrators may.
pub fn may_correct(viewer: &Viewer, visit: &consultations::Model) -> bool {
    match viewer.role {
        Role::Admin => true,
        Role::Doctor(doctor) => doctor == Some(visit.doctor_id),
        Role::Patient(_) | Role::Agent(_) => false,
    }
}

/// Columns of visits and of their revisions: patients do not read the doctors' notes.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    COLUMNS.seen_by(viewer, column)
}

static COLUMNS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "doctor_id",
        "session_id",
        "consultation_date",
        "consultation_type",
        "status",
        "chief_complaint",
        "diagnosis",
        "prescription",
        "next_visit_date",
        "duration_minutes",
        "fee_charged_cents",
        "rescheduled_from",
        "rescheduled_at",
        "correction_reason",
        "corrected_by",
        "corrected_at",
        "created_at",
        "updated_at",
        "version",
        // Of revisions.
        "consultation_id",
        "reason",
        "changed_by",
        "changed_at",
    ],
    staff: &["notes"],
};
