//! Rows of the old system that could not be brought over.

use sea_orm::entity::prelude::*;

use crate::Key;

/// A row that is in the old file alone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "import_quarantine")]
pub struct Model {
    /// The import that met it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: Key,
    /// The old table.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_table: String,
    /// The rowid in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_row: i64,
    /// The old primary key, where it had one.
    pub source_key: Option<String>,
    /// The code of what was found.
    pub code: String,
    /// What that means; never what the row says.
    pub reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
