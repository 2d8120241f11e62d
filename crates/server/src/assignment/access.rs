//! Which assignments a viewer may see.

use sea_orm::sea_query::Condition;

use crate::auth::{Role, Viewer};
use crate::patient::access::{nothing, record_of};
use crate::read::shape::{Columns, Seen};

/// Those of the patients whose record the viewer may see; programs see none.
pub fn visible_to(viewer: &Viewer, assignment: &str) -> Condition {
    match viewer.role {
        Role::Agent(_) => nothing(),
        _ => record_of(viewer, assignment),
    }
}

/// Columns of assignments.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    match viewer.role {
        Role::Agent(_) => Seen::Nothing,
        _ => COLUMNS.seen_by(viewer, column),
    }
}

static COLUMNS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "doctor_id",
        "assignment_type",
        "assignment_date",
        "ended_at",
        "is_active",
        "notes",
        "created_at",
        "updated_at",
        "version",
    ],
    staff: &[],
};
