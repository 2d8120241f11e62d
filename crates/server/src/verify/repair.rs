//! Writing timeline, statistics, folded names and search texts as the record says.

use std::fmt;

use entity::Key;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::statistics::FIGURES;
use super::timeline::{EVENT, IS_TRUE, differs};
use super::{list, names};
use crate::db::adaptor::adapt;

/// How many rows a repair wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Events that rested on no source row.
    pub events_removed: u64,
    /// Events that were missing or said something else.
    pub events_written: u64,
    /// Statistics rows without a patient.
    pub statistics_removed: u64,
    /// Patients who had no statistics row.
    pub statistics_added: u64,
    /// Statistics rows with a wrong figure.
    pub statistics_corrected: u64,
    /// Folded names of patients and doctors.
    pub names_folded: u64,
    /// What patients and doctors are searched by.
    pub search_texts: u64,
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "timeline: {} events removed, {} written; statistics: {} rows removed, {} added, {} corrected; \
             {} names folded, {} search texts written",
            self.events_removed,
            self.events_written,
            self.statistics_removed,
            self.statistics_added,
            self.statistics_corrected,
            self.names_folded,
            self.search_texts
        )
    }
}

/// Mends what [`verify`](super::verify) finds, but for missing parents of rows, in one transaction that keeps writers
/// out.
///
/// # Errors
/// When the database refuses; then nothing has changed.
pub async fn repair<C>(conn: &C) -> Result<Repaired, DbErr>
where
    C: TransactionTrait,
    C::Transaction: ConnectionTrait + TransactionSession,
{
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let transaction = conn.begin_with_options(options).await?;
    keep_writers_out(&transaction).await?;
    let names = names::mend(&transaction).await?;
    let repaired = Repaired {
        events_removed: run(
            &transaction,
            format!(
                "DELETE FROM patient_timeline WHERE id IN (SELECT e.id FROM patient_timeline e \
                 WHERE e.related_id IS NOT NULL AND NOT {IS_TRUE})"
            ),
        )
        .await?,
        events_written: run(&transaction, write_events()).await?,
        statistics_removed: run(
            &transaction,
            "DELETE FROM patient_statistics WHERE NOT EXISTS \
             (SELECT 1 FROM patients p WHERE p.patient_id = patient_statistics.patient_id)"
                .to_owned(),
        )
        .await?,
        statistics_added: run(&transaction, add_statistics("")).await?,
        statistics_corrected: run(&transaction, correct_statistics(transaction.get_database_backend(), "")).await?,
        names_folded: names.names,
        search_texts: names.search_texts,
    };
    transaction.commit().await?;
    Ok(repaired)
}

/// Writes one patient's statistics as the record says, in a transaction that goes on; writers of the same patient wait
/// until it ends.
///
/// # Errors
/// When the database refuses.
pub async fn repair_statistics_of(conn: &impl ConnectionTrait, patient: Key) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let one = |sql| adapt(Statement::from_sql_and_values(backend, sql, [sea_orm::Value::from(patient)]));
    if backend == DbBackend::Postgres {
        conn.execute_unprepared("SET LOCAL patientgraph.repair = 'on'").await?;
    }
    conn.execute_raw(one(add_statistics("AND t.patient_id = $1"))).await?;
    conn.execute_raw(one(correct_statistics(backend, "AND t.patient_id = $1"))).await?;
    if backend == DbBackend::Postgres {
        conn.execute_unprepared("SET LOCAL patientgraph.repair = ''").await?;
    }
    Ok(())
}

/// Keeps writers of one patient's record out until the transaction ends: each locks the statistics first.
///
/// # Errors
/// When the database refuses.
pub async fn lock_statistics_of(conn: &impl ConnectionTrait, patient: Key) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT 1 FROM patient_statistics WHERE patient_id = $1 FOR UPDATE";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [sea_orm::Value::from(patient)]);
        conn.execute_raw(statement).await?;
    }
    Ok(())
}

/// On SQLite the transaction is the writer from its beginning.
async fn keep_writers_out(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::Postgres {
        conn.execute_unprepared(
            "SET LOCAL patientgraph.repair = 'on'; \
             LOCK TABLE patients, doctors, doctor_patient_assignments, consultations, mri_scans, predictions, \
             medical_reports, patient_timeline, patient_statistics IN SHARE ROW EXCLUSIVE MODE",
        )
        .await?;
    }
    Ok(())
}

async fn run(conn: &impl ConnectionTrait, sql: String) -> Result<u64, DbErr> {
    let statement = Statement::from_string(conn.get_database_backend(), sql);
    Ok(conn.execute_raw(statement).await?.rows_affected())
}

fn write_events() -> String {
    let set = EVENT.iter().skip(1).map(|column| format!("{column} = excluded.{column}")).collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO patient_timeline ({}) SELECT {} \
         FROM patient_timeline_truth t LEFT JOIN patient_timeline e ON e.id = t.id WHERE {} \
         ON CONFLICT (id) DO UPDATE SET {set}",
        list("", &EVENT),
        list("t.", &EVENT),
        differs(),
    )
}

/// `of` narrows it to some patients of `t`.
fn add_statistics(of: &str) -> String {
    let figures = list("", &FIGURES);
    format!(
        "INSERT INTO patient_statistics (patient_id, {figures}) SELECT t.patient_id, {} \
         FROM patient_statistics_truth t WHERE NOT EXISTS \
         (SELECT 1 FROM patient_statistics s WHERE s.patient_id = t.patient_id) {of}",
        list("t.", &FIGURES),
    )
}

/// `trigger_writes` is how a trigger signs its UPDATE on SQLite; a repair signs too.
fn correct_statistics(backend: DbBackend, of: &str) -> String {
    let now = match backend {
        DbBackend::Postgres => "now()",
        _ => "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    };
    let set = FIGURES.iter().map(|figure| format!("{figure} = t.{figure}")).collect::<Vec<_>>().join(", ");
    format!(
        "UPDATE patient_statistics SET {set}, trigger_writes = trigger_writes + 1, last_updated = {now} \
         FROM patient_statistics_truth t WHERE t.patient_id = patient_statistics.patient_id \
         AND ({}) IS DISTINCT FROM ({}) {of}",
        list("patient_statistics.", &FIGURES),
        list("t.", &FIGURES),
    )
}
