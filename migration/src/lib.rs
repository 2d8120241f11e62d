//! The database of PatientGraph, forward and back, on SQLite and PostgreSQL.
//!
//! - [`m20261123_000001_record`]: the tables, described once for both databases.
//! - [`m20261123_000002_derived`]: what the database itself keeps: the triggers behind `patient_statistics` and
//!   `patient_timeline`, and the views that say what both must hold.
//! - [`m20261125_000003_search`]: what patients and doctors are searched by.
//! - [`m20261125_000004_erasures`]: what is left of erased patients.
//! - [`m20261125_000005_single_rows`]: the triggers on PostgreSQL, cheaper for single rows.
//! - [`m20261125_000006_sign_in`]: how accounts sign in.
//! - [`m20261125_000007_pipeline`]: how requests for reports get worked on.
//! - [`m20261125_000008_changes`]: the log of changes that live updates are read from.
//! - [`m20261126_000009_import`]: what came from the old system, and what of it found no place.
//!
//! Every migration runs in a transaction on both databases. One that was ever applied is never edited again.

mod form;
mod m20261123_000001_record;
mod m20261123_000002_derived;
mod m20261125_000003_search;
mod m20261125_000004_erasures;
mod m20261125_000005_single_rows;
mod m20261125_000006_sign_in;
mod m20261125_000007_pipeline;
mod m20261125_000008_changes;
mod m20261126_000009_import;
mod table;

use sea_orm_migration::prelude::*;

/// Applies and takes back the migrations, in order.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_record::Migration),
            Box::new(m20261123_000002_derived::Migration),
            Box::new(m20261125_000003_search::Migration),
            Box::new(m20261125_000004_erasures::Migration),
            Box::new(m20261125_000005_single_rows::Migration),
            Box::new(m20261125_000006_sign_in::Migration),
            Box::new(m20261125_000007_pipeline::Migration),
            Box::new(m20261125_000008_changes::Migration),
            Box::new(m20261126_000009_import::Migration),
        ]
    }
}
