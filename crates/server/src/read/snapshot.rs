//! One connection in one read-only snapshot: an answer never mixes two states of the database.

use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::sqlite::SqliteRow;
use sea_orm::sqlx::{self, AssertSqlSafe, Postgres, Row as _, Sqlite, pool::PoolConnection};
use sea_query_sqlx::SqlxValues;

use super::error::{ReadError, Result};
use crate::db::adaptor::adapt_sqlite;
use crate::db::{Db, Pool, to_its_end};

/// How to open a snapshot on PostgreSQL, in one round trip.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A connection to read on.
pub enum Snapshot {
    /// A single statement is its own snapshot.
    Bare(Connection),
    /// Several statements see one state.
    Frozen(Transaction),
}

/// A connection of either database.
pub enum Connection {
    /// PostgreSQL.
    Postgres(PoolConnection<Postgres>),
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
}

/// A read-only transaction of either database.
pub enum Transaction {
    /// PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
    /// SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

/// The rows of one statement.
pub enum RowSet {
    /// PostgreSQL.
    Postgres(Vec<PgRow>),
    /// SQLite.
    Sqlite(Vec<SqliteRow>),
}

impl Snapshot {
    /// Takes a connection; `frozen` where more than one statement will run on it.
    pub async fn open(db: &Db, frozen: bool) -> Result<Self> {
        Ok(match (db.reads(), frozen) {
            (Pool::Postgres(pool), false) => Self::Bare(Connection::Postgres(pool.acquire().await?)),
            (Pool::Sqlite(pool), false) => Self::Bare(Connection::Sqlite(pool.acquire().await?)),
            (Pool::Postgres(pool), true) => {
                let pool = pool.clone();
                Self::Frozen(Transaction::Postgres(to_its_end(async move { pool.begin_with(BEGIN).await }).await??))
            }
            (Pool::Sqlite(pool), true) => {
                let pool = pool.clone();
                Self::Frozen(Transaction::Sqlite(to_its_end(async move { pool.begin().await }).await??))
            }
        })
    }

    /// Runs one statement.
    pub async fn fetch(&mut self, (sql, values): (String, Values)) -> Result<RowSet> {
        // Safe: the engine wrote the text, every value is bound.
        let sql = AssertSqlSafe(sql);
        Ok(match self {
            Self::Bare(Connection::Postgres(c)) => {
                RowSet::Postgres(sqlx::query_with(sql, SqlxValues(values)).fetch_all(&mut **c).await?)
            }
            Self::Frozen(Transaction::Postgres(c)) => {
                RowSet::Postgres(sqlx::query_with(sql, SqlxValues(values)).fetch_all(&mut **c).await?)
            }
            Self::Bare(Connection::Sqlite(c)) => {
                RowSet::Sqlite(sqlx::query_with(sql, SqlxValues(adapted(values))).fetch_all(&mut **c).await?)
            }
            Self::Frozen(Transaction::Sqlite(c)) => {
                RowSet::Sqlite(sqlx::query_with(sql, SqlxValues(adapted(values))).fetch_all(&mut **c).await?)
            }
        })
    }

    /// The number in the first column of the one row that a statement without values answers.
    pub async fn number(&mut self, sql: &'static str) -> Result<i64> {
        let rows = self.fetch((sql.to_owned(), Values(Vec::new()))).await?;
        let number = match &rows {
            RowSet::Postgres(rows) => rows.first().map(|row| row.try_get(0)).transpose()?,
            RowSet::Sqlite(rows) => rows.first().map(|row| row.try_get(0)).transpose()?,
        };
        number.ok_or_else(|| ReadError::Internal("a statement without a row".to_owned()))
    }

    /// Gives the connection back.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Bare(_) => {}
            Self::Frozen(Transaction::Postgres(tx)) => tx.commit().await?,
            Self::Frozen(Transaction::Sqlite(tx)) => tx.commit().await?,
        }
        Ok(())
    }
}

impl RowSet {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Postgres(rows) => rows.len(),
            Self::Sqlite(rows) => rows.len(),
        }
    }
}

/// The values as SQLite stores them.
fn adapted(mut values: Values) -> Values {
    values.0.iter_mut().for_each(adapt_sqlite);
    values
}
