//! What came from the old system: which import brought it, which row of it each row here stands for, and what of it found
//! no place.

use sea_orm_migration::prelude::*;

use crate::form::{count, instant, json, key, text};
use crate::table::{OnDelete::*, Table};

/// The tables of imports.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261126_000009_import"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        Table::new(backend, "imports")
            .columns([
                key("id").required(),
                text("file_name").required(),
                text("file_sha256").required(),
                count("file_bytes").required().at_least(0),
                text("variant").required(),
                count("utc_offset_minutes").required(),
                json("settings").required(),
                // The backup that was made before; none where there was nothing to back up.
                text("backup"),
                text("made_by").required(),
                instant("started_at").required(),
                // Set before the import is committed.
                instant("finished_at"),
                json("outcome"),
            ])
            .primary_key(&["id"])
            .index(&["file_sha256"])
            .create(manager)
            .await?;
        // A row stays when what it stands for is deleted: a later import does not bring that back.
        Table::new(backend, "import_rows")
            .columns([
                text("source_table").required(),
                // The old primary key; `rowid:7` of a row without one.
                text("source_key").required(),
                // The key of the row here; none of a row that was kept aside.
                key("row_key"),
                // What tells whether the old row has changed since.
                count("print"),
            ])
            .primary_key(&["source_table", "source_key"])
            .index(&["row_key"])
            .create(manager)
            .await?;
        Table::new(backend, "import_kept")
            .columns([
                key("id").required(),
                key("import_id").required(),
                text("source_table").required(),
                count("source_row").required(),
                text("source_key"),
                // One column's value as it was; none: the whole row.
                text("source_column"),
                text("reason").required(),
                json("content").required(),
                key("patient_id"),
            ])
            .primary_key(&["id"])
            .references("import_id", "imports", Refuse)
            .references("patient_id", "patients", Cascade)
            .index(&["import_id", "source_table", "source_row"])
            .index(&["patient_id"])
            .create(manager)
            .await?;
        Table::new(backend, "import_quarantine")
            .columns([
                key("import_id").required(),
                text("source_table").required(),
                count("source_row").required(),
                text("source_key"),
                text("code").required(),
                text("reason").required(),
            ])
            .primary_key(&["import_id", "source_table", "source_row"])
            .references("import_id", "imports", Refuse)
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_quarantine", "import_kept", "import_rows", "imports"] {
            manager.drop_table(sea_query::Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
