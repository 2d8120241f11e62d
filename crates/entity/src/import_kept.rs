//! What of the old system found no place in the record.

use sea_orm::entity::prelude::*;

use crate::Key;

/// A row of the old system, or one value of it, as it was.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
#[sea_orm(table_name = "import_kept")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Key,
    /// The import that kept it.
    pub import_id: Key,
    /// The old table.
    pub source_table: String,
    /// The rowid in it.
    pub source_row: i64,
    /// The old primary key, where it had one.
    pub source_key: Option<String>,
    /// The column whose value this is; none: it is the whole row.
    pub source_column: Option<String>,
    /// Why it is here: the code of what was found.
    pub reason: String,
    /// The values by column.
    #[sea_orm(column_type = "JsonBinary")]
    pub content: Json,
    /// Whose it is, where that is known. It is erased with the patient.
    pub patient_id: Option<Key>,
}

impl ActiveModelBehavior for ActiveModel {}
