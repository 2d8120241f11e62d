//! Whether `patient_timeline`, `patient_statistics`, the folded names and the search texts are what the record says, and
//! putting them right.
//!
//! The database keeps them by triggers; this finds what a disk, a restored backup or a program that switched foreign
//! keys off has broken. Both sides are compared inside the database, a few statements for the whole of it, and only
//! what differs comes here. The files of scans lie outside: they are compared only where that is asked for.

mod files;
mod names;
mod repair;
mod statistics;
mod timeline;

use entity::Key;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

pub use files::{FilesUnverified, verify_files};
pub use repair::{Repaired, lock_statistics_of, repair, repair_statistics_of};

/// How many differences are kept with their values; all are counted.
const KEPT: usize = 1000;

/// A value that is not what the record says. Never a name, nor what was written about a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Whose it is, where that can be told.
    pub patient_id: Option<Key>,
    /// The row and column: `patient_statistics.total_reports`, `patient_timeline scan 0192…: severity`.
    pub place: String,
    /// What is stored; none where nothing is, or where it is text of the record.
    pub stored: Option<String>,
    /// What ought to be stored; none likewise.
    pub expected: Option<String>,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many rows differ.
    pub rows: u64,
    /// The first of them, column by column.
    pub differences: Vec<Difference>,
}

impl Findings {
    /// Whether everything is as it must be.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    fn row(&mut self, differences: impl IntoIterator<Item = Difference>) {
        self.rows += 1;
        self.keep(differences);
    }

    fn keep(&mut self, differences: impl IntoIterator<Item = Difference>) {
        let room = KEPT.saturating_sub(self.differences.len());
        self.differences.extend(differences.into_iter().take(room));
    }
}

/// Compares the whole database with its base tables. Give it a connection in a snapshot (a read-only REPEATABLE READ
/// transaction) where others write meanwhile.
///
/// # Errors
/// When the database cannot be read.
pub async fn verify(conn: &impl ConnectionTrait) -> Result<Findings, DbErr> {
    let mut findings = Findings::default();
    statistics::compare(conn, &mut findings).await?;
    timeline::compare(conn, &mut findings).await?;
    names::compare(conn, &mut findings).await?;
    foreign_keys(conn, &mut findings).await?;
    Ok(findings)
}

/// Compares one patient's statistics with the base tables.
///
/// # Errors
/// When the database cannot be read.
pub async fn statistics_of(conn: &impl ConnectionTrait, patient: Key) -> Result<Vec<Difference>, DbErr> {
    let mut findings = Findings::default();
    statistics::figures(conn, Some(patient), &mut findings).await?;
    Ok(findings.differences)
}

/// SQLite holds foreign keys only for programs that ask for it.
async fn foreign_keys(conn: &impl ConnectionTrait, findings: &mut Findings) -> Result<(), DbErr> {
    if conn.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let sql = format!(
        "SELECT \"table\" AS child, CAST(rowid AS TEXT) AS row_number, parent, count(*) OVER () AS total \
         FROM pragma_foreign_key_check LIMIT {KEPT}"
    );
    let rows = conn.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    count_rows(&rows, findings)?;
    for row in rows {
        let (child, parent): (String, String) = (row.try_get("", "child")?, row.try_get("", "parent")?);
        let number: Option<String> = row.try_get("", "row_number")?;
        let place = format!("{child} row {}: refers to a missing row of {parent}", number.unwrap_or_default());
        findings.keep([Difference { patient_id: None, place, stored: None, expected: None }]);
    }
    Ok(())
}

/// Adds the `total` that a comparison answers with each of its rows.
fn count_rows(rows: &[QueryResult], findings: &mut Findings) -> Result<(), DbErr> {
    if let Some(first) = rows.first() {
        let total: i64 = first.try_get("", "total")?;
        findings.rows += u64::try_from(total).unwrap_or_default();
    }
    Ok(())
}

/// `<prefix>a, <prefix>b, …`
fn list(prefix: &str, columns: &[&str]) -> String {
    columns.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
}

/// `a` as text under `<side>_a`, and so on, for the side of a comparison whose columns begin with `prefix`.
fn texts(prefix: &str, side: &str, columns: &[&str]) -> String {
    let text = |column: &&str| format!("CAST({prefix}{column} AS TEXT) AS {side}_{column}");
    columns.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn key_of(row: &QueryResult, column: &str) -> Result<Option<Key>, DbErr> {
    Ok(row.try_get::<Option<String>>("", column)?.and_then(|text| text.parse().ok()))
}
