//! Which row of the old system a row here stands for.

use sea_orm::entity::prelude::*;

use crate::Key;

/// One row of the old system that is here. It stays when the row here is deleted, so that no later import brings that back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "import_rows")]
pub struct Model {
    /// The old table.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_table: String,
    /// The old primary key; `rowid:7` of a row without one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_key: String,
    /// The key of the row here; none of a row that was kept aside.
    pub row_key: Option<Key>,
    /// What tells whether the old row has changed since: 63 bits of a hash of its values.
    pub print: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
