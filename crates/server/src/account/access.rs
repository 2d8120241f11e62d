//! Whose accounts a viewer may see.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};

/// Accounts, with name, address and rights.
pub fn visible_to(viewer: &Viewer, account: &str) -> Condition {
    match (viewer.role, viewer.user) {
        (Role::Admin, _) => Condition::all(),
        (_, own) => Condition::all().add(Expr::col((account.to_owned(), "id")).eq(own)),
    }
}

/// The name and role of whoever is named in a record: part of that record, for all who may see it.
pub fn named_in_records(_viewer: &Viewer, _account: &str) -> Condition {
    Condition::all()
}
