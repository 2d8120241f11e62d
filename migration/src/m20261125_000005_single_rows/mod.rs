//! Single rows on PostgreSQL are derived by plans that are kept; see `derive.sql`. SQLite plans a trigger with the
//! statement that fires it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// What this replaces: functions, then triggers.
const BEFORE: &str = include_str!("../m20261123_000002_derived/postgres/derive.sql");
const DERIVE: &str = include_str!("derive.sql");
const REFRESH: &str = include_str!("refresh.sql");

/// Each source of events, and the view that says what they are.
const SOURCES: [(&str, &str); 4] = [
    ("mri_scans", "scan_events"),
    ("predictions", "prediction_events"),
    ("medical_reports", "report_events"),
    ("consultations", "consultation_events"),
];

/// Functions in the place of others.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000005_single_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let conn = manager.get_connection();
        for (table, view) in SOURCES {
            conn.execute_unprepared(&REFRESH.replace("{table}", table).replace("{view}", view)).await?;
        }
        conn.execute_unprepared(DERIVE).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let conn = manager.get_connection();
        let functions = BEFORE.split("CREATE TRIGGER").next().unwrap_or_default();
        conn.execute_unprepared(&functions.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")).await?;
        for (_, view) in SOURCES {
            conn.execute_unprepared(&format!("DROP FUNCTION refresh_{view}")).await?;
        }
        conn.execute_unprepared("DROP FUNCTION plan_for").await.map(|_| ())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
