//! Which sessions, scans and predictions a viewer may see.

use entity::sessions;
use entity::vocabulary::SessionStatus;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::patient::access::{nothing, record_of};
use crate::read::shape::{Columns, Seen};

/// Sessions of the patients whose record the viewer may see; patients see none: they tell of what was not released.
pub fn sessions_visible_to(viewer: &Viewer, session: &str) -> Condition {
    match viewer.role {
        Role::Patient(_) => nothing(),
        _ => record_of(viewer, session),
    }
}

/// Scans of the patients whose record the viewer may see.
pub fn scans_visible_to(viewer: &Viewer, scan: &str) -> Condition {
    record_of(viewer, scan)
}

/// Predictions of the patients whose record the viewer may see; patients see those that were released.
pub fn predictions_visible_to(viewer: &Viewer, prediction: &str) -> Condition {
    let rows = record_of(viewer, prediction);
    match viewer.role {
        Role::Patient(_) => rows.add(Expr::col((prediction.to_owned(), "released_at")).is_not_null()),
        _ => rows,
    }
}

/// Whether the viewer may change a session, or add scans and predictions to it: programs only while it is given to them
/// and active.
pub fn may_work_on(viewer: &Viewer, session: &sessions::Model) -> bool {
    let given = viewer.user.is_some() && session.agent_id == viewer.user;
    !matches!(viewer.role, Role::Agent(_)) || (given && session.status == SessionStatus::Active)
}

/// Columns of sessions.
pub fn session_columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    SESSIONS.seen_by(viewer, column)
}

/// Columns of scans.
pub fn scan_columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    SCANS.seen_by(viewer, column)
}

/// Columns of predictions.
pub fn prediction_columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    PREDICTIONS.seen_by(viewer, column)
}

static SESSIONS: Columns = Columns {
    everyone: &[],
    staff: &[
        "id",
        "patient_id",
        "doctor_id",
        "user_id",
        "agent_id",
        "input_type",
        "output_format",
        "status",
        "metadata",
        "created_at",
        "updated_at",
        "version",
    ],
};

static SCANS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "original_filename",
        "file_type",
        "file_size",
        "sha256",
        "image_dimensions",
        "preprocessing_applied",
        "acquired_at",
        "upload_timestamp",
        "processing_timestamp",
        "processing_status",
        "metadata",
        "version",
    ],
    staff: &["session_id"],
};

static PREDICTIONS: Columns = Columns {
    everyone: &[
        "id",
        "patient_id",
        "mri_scan_id",
        "prediction_type",
        "binary_result",
        "stage_result",
        "confidence_score",
        "binary_confidence",
        "stage_confidence",
        "uncertainty_metrics",
        "model_version",
        "processing_time",
        "created_at",
        "released_at",
        "metadata",
        "version",
    ],
    staff: &["session_id"],
};
