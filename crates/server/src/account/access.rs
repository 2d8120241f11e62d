//! Whose accounts a viewer may see.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::auth::{Role, Viewer};
use crate::read::shape::{Columns, Seen};

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

/// Columns of accounts: whoever sees an account reads all of it, but what it signs in with.
pub fn columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    ACCOUNTS.seen_by(viewer, column)
}

/// Columns of whoever is named in a record.
pub fn actor_columns(viewer: &Viewer, _: &str, column: &str) -> Seen {
    ACTORS.seen_by(viewer, column)
}

static ACCOUNTS: Columns = Columns {
    everyone: &[
        "id",
        "username",
        "email",
        "name",
        "role",
        "is_active",
        "last_login",
        "created_at",
        "updated_at",
        "version",
    ],
    staff: &[],
};

static ACTORS: Columns = Columns { everyone: &["id", "name", "role"], staff: &[] };
