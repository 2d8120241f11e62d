//! Whose accounts a viewer may see.

use sea_orm::sea_query::Condition;

use crate::auth::{Role, Viewer};

/// Accounts, with name, address and rights.
pub fn visible_to(viewer: &Viewer, _account: &str) -> Condition {
    match viewer.role {
        Role::Admin => Condition::all(),
    }
}

/// The name and role of whoever is named in a record: part of that record, for all who may see it.
pub fn named_in_records(_viewer: &Viewer, _account: &str) -> Condition {
    Condition::all()
}
