//! Which events a viewer may see.

use entity::patient_timeline;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::patient::access::record_of;
use crate::read::shape::{Columns, Seen};

/// The rows of patients whose record the viewer may see.
pub fn record(viewer: &Viewer, row: &str) -> Condition {
    record_of(viewer, row)
}

/// Those of the patients whose record the viewer may see; patients see what rests on released rows, and notes where the
/// writer says so. The database keeps which ones these are.
pub fn visible_to(viewer: &Viewer, event: &str) -> Condition {
    let rows = record_of(viewer, event);
    match viewer.role {
        Role::Patient(_) => rows.add(Expr::col((event.to_owned(), "patient_visible")).eq(true)),
        _ => rows,
    }
}

/// Whether the viewer may change a note: who wrote it and administrators may.
pub fn may_change(viewer: &Viewer, note: &patient_timeline::Model) -> bool {
    viewer.role == Role::Admin || (viewer.user.is_some() && viewer.user == note.author_id)
}

/// Columns of events.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    COLUMNS.seen_by(viewer, column)
}

static COLUMNS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "doctor_id",
        "author_id",
        "event_type",
        "event_date",
        "event_title",
        "event_description",
        "severity",
        "metadata",
        "patient_visible",
        "related_table",
        "related_id",
        "created_at",
        "version",
    ],
    staff: &["session_id"],
};
