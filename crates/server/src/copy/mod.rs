//! A whole database copied into an empty one, of the same kind or the other, and proved equal before it counts.
//!
//! Everything happens in one snapshot of the source and one transaction of the target, which the caller commits.

mod canonical;
mod digest;
mod read;
mod table;

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

pub use self::digest::Digest;
use self::read::{Pages, Row, rows_of};
use self::table::Form;
pub use self::table::{LEFT_OUT, Table, copied, made};
use crate::db::Adapted;
use crate::db::bulk::{Target, by_keys, insert_values};
use crate::verify::verify;

/// SQLite's own cache is a thousandth of a large database, whose indexes and triggers ask for pages everywhere in it.
const CACHE: &str = "PRAGMA cache_size = -65536";

/// So many values that the target cannot hold are named.
const NAMED: usize = 20;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A statement failed.
    #[error("the databases could not be read and written")]
    Database(#[from] DbErr),
    /// The source does not say what its record says.
    #[error(
        "{0} rows of timeline and statistics differ from the record in the database that is copied: run `patientgraph \
         verify --repair` on it first"
    )]
    Unverified(u64),
    /// Values that the target has no place for.
    #[error("the other database cannot hold {count} values, so nothing was copied: {named}; change them first")]
    Refused {
        /// How many.
        count: u64,
        /// The first of them, by table, row and column.
        named: String,
    },
    /// A row was passed over: one without a value that its place in the order rests on.
    #[error("{read} of {rows} rows of {table} were read, so nothing was copied; please report this")]
    PassedOver {
        /// Which table.
        table: String,
        /// How many were read.
        read: u64,
        /// How many there are.
        rows: u64,
    },
    /// What was written is not what was read.
    #[error(
        "{table} came out different ({source_rows} rows, {target_rows} in the copy), so nothing was copied; please report this"
    )]
    Different {
        /// Which table.
        table: String,
        /// Rows of the source.
        source_rows: u64,
        /// Rows of the copy.
        target_rows: u64,
    },
    /// The copy's timeline and statistics are not what its record says.
    #[error(
        "{0} rows of the copy's timeline and statistics differ from its record, so nothing was copied; please report this"
    )]
    CopyUnverified(u64),
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// What is being done.
    pub step: &'static str,
    /// Rows that were read or written.
    pub done: u64,
    /// Rows that will have been, at the end.
    pub of: u64,
}

/// A table that is the same in both.
#[derive(Debug)]
pub struct Proved {
    /// Which table, or which of its rows.
    pub table: String,
    /// What its rows are known by, in either database.
    pub digest: Digest,
    /// Whether the database has made the rows anew.
    pub made: bool,
}

/// Copies all tables from `source`, a snapshot, to `target`, a transaction on a database with the same schema and no
/// row; and proves that both are the same.
///
/// # Errors
/// When the source is not sound, the target cannot hold what it has, or the copy came out different. Whoever gets an
/// error takes the transaction back.
pub async fn copy(
    source: &DatabaseTransaction,
    target: &Adapted<DatabaseTransaction>,
    told: &(impl Fn(Progress) + Sync),
) -> Result<Vec<Proved>, CopyError> {
    let findings = verify(source).await?;
    if !findings.is_empty() {
        return Err(CopyError::Unverified(findings.rows));
    }
    let (copied, made) = (copied(), made());
    let all: Vec<&Table> = copied.iter().chain(&made).collect();
    let mut way = Way { told, step: "checking", done: 0, of: length(source, &copied, &made).await? };
    by_keys(source, true).await?;
    let had = digests(source, &all, target.get_database_backend(), &mut way).await?;
    way.step = "writing";
    by_keys(target, true).await?;
    if target.get_database_backend() == DbBackend::Sqlite {
        target.execute_unprepared(CACHE).await?;
    }
    for table in &copied {
        write(source, target, table, &mut way).await?;
    }
    begin_log(target).await?;
    way.step = "proving";
    let has = digests(target, &all, target.get_database_backend(), &mut way).await?;
    let proved = equal(&all, had, has, copied.len())?;
    by_keys(target, false).await?;
    target.execute_unprepared(&figures(target.get_database_backend(), &all)).await?;
    let findings = verify(target).await?;
    if !findings.is_empty() {
        return Err(CopyError::CopyUnverified(findings.rows));
    }
    Ok(proved)
}

/// How many rows are read or written on the way: what is copied is checked, written and proved.
async fn length(source: &impl ConnectionTrait, copied: &[Table], made: &[Table]) -> Result<u64, DbErr> {
    let mut length = 0;
    for (tables, times) in [(copied, 3), (made, 2)] {
        for table in tables {
            length += times * rows_of(source, table).await?;
        }
    }
    Ok(length)
}

/// That each table has in the copy what it had; the first ones are those that were copied.
fn equal(tables: &[&Table], had: Vec<Digest>, has: Vec<Digest>, copied: usize) -> Result<Vec<Proved>, CopyError> {
    let compared = tables.iter().zip(had).zip(has).enumerate().map(|(at, ((table, had), has))| {
        let (table, made) = (table.title(), at >= copied);
        if had == has {
            return Ok(Proved { table, digest: has, made });
        }
        Err(CopyError::Different { table, source_rows: had.rows, target_rows: has.rows })
    });
    compared.collect()
}

/// How far the copy is.
struct Way<'a, F> {
    told: &'a F,
    step: &'static str,
    done: u64,
    of: u64,
}

impl<F: Fn(Progress)> Way<'_, F> {
    fn went(&mut self, rows: usize) {
        self.done += rows as u64;
        (self.told)(Progress { step: self.step, done: self.done, of: self.of });
    }
}

/// The digests of `tables`, in which everything is what the database `to` can hold.
async fn digests<C: ConnectionTrait, F: Fn(Progress)>(
    db: &C,
    tables: &[&Table],
    to: DbBackend,
    way: &mut Way<'_, F>,
) -> Result<Vec<Digest>, CopyError> {
    let (mut digests, mut count, mut named) = (vec![], 0_u64, vec![]);
    for table in tables {
        let mut digest = Digest::default();
        let mut pages = Pages::of(db, table).await?;
        while let Some(rows) = pages.next().await? {
            for row in &rows {
                let refused = digest.add(table, row, to);
                count += refused.len() as u64;
                let room = NAMED.saturating_sub(named.len());
                let place =
                    |(column, why): (&str, &str)| format!("{}.{column} of {}: {why}", table.name, key(table, row));
                named.extend(refused.into_iter().take(room).map(place));
            }
            way.went(rows.len());
        }
        let (read, rows) = (digest.rows, rows_of(db, table).await?);
        if read != rows {
            return Err(CopyError::PassedOver { table: table.title(), read, rows });
        }
        digests.push(digest);
    }
    if count > 0 {
        return Err(CopyError::Refused { count, named: named.join("; ") });
    }
    Ok(digests)
}

/// By what a row is found.
fn key(table: &Table, row: &Row) -> String {
    let keys = table.columns.iter().zip(row).filter(|(column, _)| table.order.contains(&column.name));
    let keys = keys.map(|(column, value)| format!("{} {}", column.name, value.to_string().trim_matches('\'')));
    keys.collect::<Vec<_>>().join(", ")
}

async fn write<F: Fn(Progress)>(
    source: &DatabaseTransaction,
    target: &Adapted<DatabaseTransaction>,
    table: &Table,
    way: &mut Way<'_, F>,
) -> Result<(), CopyError> {
    let columns: Vec<Target> = table
        .columns
        .iter()
        .map(|column| match column.form {
            Form::Json => Target::json_text(column.name),
            _ => Target::plain(column.name),
        })
        .collect();
    let mut pages = Pages::of(source, table).await?;
    while let Some(rows) = pages.next().await? {
        insert_values(target, table.name, &columns, &rows, Row::clone).await?;
        way.went(rows.len());
    }
    Ok(())
}

/// Gathers figures of these tables alone: those that all databases of a server share would be locked until the copy ends.
fn figures(backend: DbBackend, tables: &[&Table]) -> String {
    let names: BTreeSet<&str> = tables.iter().map(|table| table.name()).collect();
    match backend {
        DbBackend::Postgres => format!("ANALYZE {}", names.into_iter().collect::<Vec<_>>().join(", ")),
        _ => "ANALYZE".to_owned(),
    }
}

/// Nobody has a position in the new database's log of changes, and it need not say that everything was added.
async fn begin_log(target: &impl ConnectionTrait) -> Result<(), DbErr> {
    let empty = match target.get_database_backend() {
        DbBackend::Postgres => "TRUNCATE changes",
        _ => "DELETE FROM changes",
    };
    target.execute_unprepared(empty).await.map(|_| ())
}
