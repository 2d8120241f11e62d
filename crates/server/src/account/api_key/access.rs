//! Whose keys a viewer may see.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};

/// Keys without their secrets: for administrators, and for the program itself.
pub fn visible_to(viewer: &Viewer, key: &str) -> Condition {
    match (viewer.role, viewer.user) {
        (Role::Admin, _) => Condition::all(),
        (_, own) => Condition::all().add(Expr::col((key.to_owned(), "user_id")).eq(own)),
    }
}
