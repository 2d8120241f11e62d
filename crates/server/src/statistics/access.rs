//! Which figures a viewer reads: those over the rows that the viewer sees.

use crate::auth::{Role, Viewer};
use crate::read::shape::{Columns, Seen};

/// Columns of statistics. A patient reads the figures over what was released in the place of those over everything.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    match (viewer.role, column) {
        (Role::Patient(_), "total_predictions") => Seen::Instead("released_predictions"),
        (Role::Patient(_), "total_reports") => Seen::Instead("released_reports"),
        (Role::Patient(_), "last_report_date") => Seen::Instead("last_released_report_date"),
        (Role::Patient(_), "disease_status") => Seen::Instead("released_disease_status"),
        (Role::Patient(_), "disease_stage") => Seen::Instead("released_disease_stage"),
        _ => COLUMNS.seen_by(viewer, column),
    }
}

static COLUMNS: Columns = Columns {
    everyone: &[
        "patient_id",
        "total_consultations",
        "total_mri_scans",
        "unique_doctors_count",
        "first_visit_date",
        "last_visit_date",
        "last_scan_date",
    ],
    // Among them when the figures were last written, which tells of what was not released.
    staff: &[
        "total_predictions",
        "total_reports",
        "last_report_date",
        "disease_status",
        "disease_stage",
        "last_updated",
    ],
};
