//! Writes a clinic into a database.

use entity::{
    consultation_revisions, consultations, doctor_patient_assignments, doctors, medical_reports, mri_scans,
    patient_timeline, patients, predictions, report_predictions, report_status, sessions, users,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions, TransactionSession, TransactionTrait,
};

use super::{Clinic, Record};
use crate::db::bulk::insert;

/// Patients in a transaction.
const BATCH: u64 = 256;

/// After so many batches PostgreSQL gathers figures: the triggers' plans are made for empty tables at first, and would
/// read whole tables while these grow. Nobody writes meanwhile, so that a connection is free.
const PAUSES: [u64; 4] = [1, 4, 16, 64];

/// Writes the clinic into an empty, migrated database; `progress` is told how many patients are there.
///
/// The staff goes first, then the patients in batches, a transaction each, and at last the administrator's account:
/// [`state`](super::state()) takes a database with the staff and without that account for interrupted. So many batches
/// as there are `writers` are written at a time: more than one is for PostgreSQL, and a pool with as many connections.
///
/// # Errors
/// What the database says. What was written until then stays, and is recognised as interrupted.
pub async fn load<C>(db: &C, clinic: &Clinic, writers: usize, progress: impl Fn(u64)) -> Result<(), DbErr>
where
    C: ConnectionTrait + TransactionTrait,
{
    let staff = clinic.staff();
    let transaction = begin(db).await?;
    insert::<users::Entity>(&transaction, &staff.users).await?;
    insert::<doctors::Entity>(&transaction, &staff.doctors).await?;
    transaction.commit().await?;

    let batches = clinic.patients().div_ceil(BATCH);
    let (mut begun, mut patients) = (0, 0);
    while begun < batches {
        let round = PAUSES.into_iter().find(|pause| *pause > begun).unwrap_or(batches).min(batches);
        let mut written =
            stream::iter(begun..round).map(|batch| write(db, clinic, batch)).buffer_unordered(writers.max(1));
        while let Some(batch) = written.try_next().await? {
            patients += batch;
            progress(patients);
        }
        begun = round;
        if db.get_database_backend() == DbBackend::Postgres && PAUSES.contains(&round) {
            db.execute_unprepared("ANALYZE").await?;
        }
    }

    let transaction = begin(db).await?;
    insert::<users::Entity>(&transaction, std::slice::from_ref(&staff.admin)).await?;
    transaction.commit().await?;
    // A database plans by figures that it would gather only later.
    let figures = match db.get_database_backend() {
        DbBackend::Postgres => "VACUUM (ANALYZE)",
        _ => "ANALYZE",
    };
    db.execute_unprepared(figures).await?;
    Ok(())
}

async fn begin<C: TransactionTrait>(db: &C) -> Result<C::Transaction, DbErr> {
    let immediate = Some(SqliteTransactionMode::Immediate);
    db.begin_with_options(TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() }).await
}

/// Writes a batch of patients, the tables in the order of their foreign keys; says how many they are.
async fn write<C: TransactionTrait>(db: &C, clinic: &Clinic, batch: u64) -> Result<u64, DbErr> {
    let first = batch * BATCH + 1;
    let last = (first + BATCH - 1).min(clinic.patients());
    let mut batch: Vec<Record> = (first..=last).map(|number| clinic.record(number)).collect();
    let transaction = begin(db).await?;
    let accounts: Vec<_> = batch.iter_mut().filter_map(|record| record.user.take()).collect();
    insert::<users::Entity>(&transaction, &accounts).await?;
    let people: Vec<_> = batch.iter().map(|record| record.patient.clone()).collect();
    insert::<patients::Entity>(&transaction, &people).await?;
    /// Takes a table's rows out of all records and writes them.
    macro_rules! write {
        ($($table:ident),+) => {
            $(
                let rows: Vec<_> = batch.iter_mut().flat_map(|record| std::mem::take(&mut record.$table)).collect();
                insert::<$table::Entity>(&transaction, &rows).await?;
            )+
        };
    }
    write!(doctor_patient_assignments, sessions, mri_scans, predictions, medical_reports, report_predictions);
    write!(consultations, consultation_revisions, report_status, patient_timeline);
    transaction.commit().await?;
    Ok(last + 1 - first)
}
