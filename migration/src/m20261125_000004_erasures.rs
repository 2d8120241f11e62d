//! What is left of erased patients: that there was one, who erased the record, when and why.

use sea_orm_migration::prelude::*;

use crate::form::{instant, key, text};
use crate::table::{OnDelete::*, Table};

/// The table of erasures.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000004_erasures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Table::new(manager.get_database_backend(), "patient_erasures")
            .columns([
                // The key that the patient had: nothing is left that it could refer to.
                key("id").required(),
                text("reason").required(),
                key("erased_by"),
                instant("erased_at").or_now().required(),
            ])
            .primary_key(&["id"])
            .references("erased_by", "users", Refuse)
            .index(&["erased_by"])
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(sea_query::Table::drop().table(Alias::new("patient_erasures")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
