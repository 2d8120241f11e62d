//! Whose keys a viewer may see.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::read::shape::{Columns, Seen};

/// Keys without their secrets: for administrators, and for the program itself.
pub fn visible_to(viewer: &Viewer, key: &str) -> Condition {
    match (viewer.role, viewer.user) {
        (Role::Admin, _) => Condition::all(),
        (_, own) => Condition::all().add(Expr::col((key.to_owned(), "user_id")).eq(own)),
    }
}

/// Columns of keys: whoever sees one reads all of it, but what it is checked against.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    KEYS.seen_by(viewer, column)
}

static KEYS: Columns = Columns {
    everyone: &[
        "id",
        "user_id",
        "name",
        "hint",
        "may_intake",
        "may_predict",
        "may_report",
        "expires_at",
        "revoked_at",
        "created_at",
        "updated_at",
        "version",
    ],
    staff: &[],
};
