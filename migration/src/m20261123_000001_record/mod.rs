//! The tables of the record, with their keys, checks and indexes.

mod care;
mod derived;
mod imaging;
mod people;
mod report;

use sea_orm_migration::prelude::*;

use crate::table::Table;

/// The tables of the record.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000001_record"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // PostgreSQL carries out a deletion along foreign keys in the order they were created. The rows that triggers
        // of other tables lock must go last, or deleting a patient deadlocks with writers: hence `derived` at the end.
        let tables: [fn(_) -> Table; 14] = [
            people::users,
            people::doctors,
            people::patients,
            people::sessions,
            imaging::mri_scans,
            imaging::predictions,
            report::medical_reports,
            report::report_predictions,
            report::report_status,
            care::doctor_patient_assignments,
            care::consultations,
            care::consultation_revisions,
            derived::patient_timeline,
            derived::patient_statistics,
        ];
        for table in tables {
            table(backend).create(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "patient_statistics",
            "patient_timeline",
            "consultation_revisions",
            "consultations",
            "doctor_patient_assignments",
            "report_status",
            "report_predictions",
            "medical_reports",
            "predictions",
            "mri_scans",
            "sessions",
            "patients",
            "doctors",
            "users",
        ] {
            manager.drop_table(sea_query::Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
