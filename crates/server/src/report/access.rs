//! Which reports and requests a viewer may see, and what of them.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::patient::access::record_of;
use crate::read::shape::{Columns, Seen};

/// Reports about the patients whose record the viewer may see; patients see those that are released.
pub fn visible_to(viewer: &Viewer, report: &str) -> Condition {
    let rows = record_of(viewer, report);
    match viewer.role {
        Role::Patient(_) => rows.add(Expr::col((report.to_owned(), "status")).eq("released")),
        _ => rows,
    }
}

/// Requests, and which predictions reports show, of the patients whose record the viewer may see.
pub fn requests_visible_to(viewer: &Viewer, row: &str) -> Condition {
    record_of(viewer, row)
}

/// Columns of reports.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    REPORTS.seen_by(viewer, column)
}

/// Columns of requests: patients do not read why attempts failed.
pub fn request_columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    REQUESTS.seen_by(viewer, column)
}

static REPORTS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "prediction_id",
        "supersedes_id",
        "title",
        "report_type",
        "content",
        "recommendations",
        "format_type",
        "generated_by",
        "confidence_level",
        "disclaimer",
        "status",
        "revision",
        "revision_reason",
        "created_at",
        "updated_at",
        "released_at",
        "released_by",
        "withdrawn_at",
        "withdrawn_reason",
        "metadata",
        "version",
    ],
    staff: &["session_id", "made_from"],
};

static REQUESTS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "requested_by",
        "prediction_id",
        "mri_scan_id",
        "report_id",
        "status",
        "report_type",
        "priority",
        "requested_at",
        "generated_at",
        "retry_count",
        "next_attempt_at",
        "created_at",
        "updated_at",
        "version",
    ],
    staff: &["session_id", "error_message", "failure_cause", "claimed_by", "claimed_at", "leased_until", "metadata"],
};
