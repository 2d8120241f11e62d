//! What the database keeps itself: `patient_statistics`, `patient_timeline`, `consultation_revisions`, folded names; and
//! what it refuses because it would make them lie.
//!
//! Two views per database say what must hold, once: `patient_timeline_truth` and `patient_statistics_truth`. Triggers,
//! guards and `patientgraph verify` all read them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const STATISTICS_TRUTH: &str = include_str!("statistics_truth.sql");

const SQLITE: [&str; 6] = [
    STATISTICS_TRUTH,
    include_str!("sqlite/timeline_truth.sql"),
    include_str!("sqlite/record.sql"),
    include_str!("sqlite/statistics.sql"),
    include_str!("sqlite/timeline.sql"),
    include_str!("sqlite/guards.sql"),
];

const POSTGRES: [&str; 5] = [
    STATISTICS_TRUTH,
    include_str!("postgres/timeline_truth.sql"),
    include_str!("postgres/record.sql"),
    include_str!("postgres/derive.sql"),
    include_str!("postgres/guards.sql"),
];

/// Views, triggers and the indexes they need.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000002_derived"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for script in scripts(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(script).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let created: Vec<_> = scripts(backend).iter().flat_map(|script| created_by(script)).collect();
        for (kind, name) in created.into_iter().rev() {
            let statement = match (kind, backend) {
                // On PostgreSQL a trigger goes with its function.
                ("TRIGGER", DbBackend::Postgres) => continue,
                ("FUNCTION", _) => format!("DROP FUNCTION {name} CASCADE"),
                _ => format!("DROP {kind} {name}"),
            };
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn scripts(backend: DbBackend) -> &'static [&'static str] {
    if backend == DbBackend::Postgres { &POSTGRES } else { &SQLITE }
}

/// Kind and name of everything a script creates, in its order: the lines that begin `CREATE <kind> <name>`.
fn created_by(script: &str) -> impl Iterator<Item = (&str, &str)> {
    script.lines().filter_map(|line| {
        let (kind, rest) = line.strip_prefix("CREATE ")?.split_once(' ')?;
        let name = rest.split([' ', '(']).next()?;
        Some((kind, name))
    })
}
