//! The log of changes: what live updates are read from. Triggers write it, in the transaction that changes a row of
//! `patient_timeline` or `report_status` so that a reader can notice.
//!
//! It refers to nobody: a row outlives the patient whose deletion it tells of, until the log forgets it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::form::{count, flag, growing, instant, key, text};
use crate::table::Table;

/// On PostgreSQL a trigger goes with its function.
const POSTGRES_DOWN: &str = "\
    DROP FUNCTION log_timeline() CASCADE; DROP FUNCTION log_requests() CASCADE; DROP FUNCTION next_tx_of_changes()";

const SQLITE_DOWN: &str = "\
    DROP TRIGGER patient_timeline_insert_changes; DROP TRIGGER patient_timeline_update_changes; \
    DROP TRIGGER patient_timeline_move_changes; DROP TRIGGER patient_timeline_delete_changes; \
    DROP TRIGGER report_status_insert_changes; DROP TRIGGER report_status_update_changes; \
    DROP TRIGGER report_status_move_changes; DROP TRIGGER report_status_delete_changes";

/// The log and what writes it.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000008_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let changes = Table::new(backend, "changes").columns([
            // On SQLite this is the primary key: the only column there that never gives a number twice.
            growing("number").required(),
            // The order of transactions on PostgreSQL; 0 on SQLite.
            count("tx").or_count(0),
            text("about").required().one_of(&["timeline", "request"]),
            key("row_key").required(),
            key("patient_id").required(),
            text("what").required().one_of(&["added", "changed", "removed"]),
            // Whether the patient could see the row before and can see it after.
            flag("shown_before").required(),
            flag("shown_after").required(),
            instant("changed_at").or_now().required(),
        ]);
        let changes = match backend {
            DbBackend::Postgres => changes.primary_key(&["tx", "number"]),
            _ => changes,
        };
        changes.index(&["patient_id", "about", "tx", "number"]).create(manager).await?;
        // One row, made when somebody first follows the log.
        Table::new(backend, "change_log")
            .columns([
                count("one").or_count(1).rule("one = 1"),
                key("id").required(),
                // Where it is written: a copy of the database elsewhere is another log.
                text("place").required(),
                // Up to where it has been forgotten.
                count("forgotten_tx").or_count(0),
                count("forgotten_number").or_count(0),
                instant("begun_at").or_now().required(),
            ])
            .primary_key(&["one"])
            .create(manager)
            .await?;
        let triggers = match backend {
            DbBackend::Postgres => include_str!("postgres.sql"),
            _ => include_str!("sqlite.sql"),
        };
        manager.get_connection().execute_unprepared(triggers).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let down = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES_DOWN } else { SQLITE_DOWN };
        manager.get_connection().execute_unprepared(down).await?;
        for table in ["change_log", "changes"] {
            manager.drop_table(sea_query::Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
