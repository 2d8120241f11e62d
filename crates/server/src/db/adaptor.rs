//! Bound values in the form that each database stores.
//!
//! PostgreSQL has types for keys, instants and days, and what sea-orm binds is right as it is. On SQLite sea-orm would
//! write a key as a BLOB and an instant with as many digits as it needs; stored text must have one form, because
//! comparing and ordering rest on it. So every connection of ours is wrapped in [`Adapted`].

use std::pin::Pin;

use chrono::{DateTime, TimeZone, Utc};
use entity::{Day, Instant, Key};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult, Statement,
    TransactionError, TransactionOptions, TransactionSession, TransactionTrait, Value, Values,
};

/// A connection or transaction that binds keys, instants and days as text where the database is SQLite.
#[derive(Debug, Clone)]
pub struct Adapted<C>(C);

impl<C> Adapted<C> {
    /// Wraps a connection or a transaction.
    pub fn new(inner: C) -> Self {
        Self(inner)
    }

    /// What is wrapped. Values bound there are not adapted.
    pub fn inner(&self) -> &C {
        &self.0
    }

    /// Gives back what was wrapped.
    pub fn into_inner(self) -> C {
        self.0
    }
}

/// The statement with its values as its database stores them.
pub fn adapt(mut statement: Statement) -> Statement {
    if statement.db_backend == DbBackend::Sqlite
        && let Some(Values(values)) = &mut statement.values
    {
        for value in values {
            adapt_sqlite(value);
        }
    }
    statement
}

/// A value as SQLite stores it.
pub fn adapt_sqlite(value: &mut Value) {
    let text = match value {
        Value::Uuid(key) => key.map(|key| Key(key).to_string()),
        Value::ChronoDate(date) => date.map(|date| Day(date).to_string()),
        Value::ChronoDateTime(time) => time.map(|time| instant(time.and_utc())),
        Value::ChronoDateTimeUtc(time) => time.map(instant),
        Value::ChronoDateTimeLocal(time) => time.map(instant),
        Value::ChronoDateTimeWithTimeZone(time) => time.map(instant),
        _ => return,
    };
    *value = Value::String(text);
}

fn instant<Tz: TimeZone>(time: DateTime<Tz>) -> String {
    Instant::new(time.with_timezone(&Utc)).to_sqlite()
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Adapted<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(adapt(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(adapt(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(adapt(statement)).await
    }

    fn support_returning(&self) -> bool {
        self.0.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.0.is_mock_connection()
    }
}

#[async_trait]
impl<C: TransactionTrait> TransactionTrait for Adapted<C>
where
    C::Transaction: Sync,
{
    type Transaction = Adapted<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.0.begin().await.map(Adapted)
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        self.0.begin_with_config(isolation_level, access_mode).await.map(Adapted)
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self::Transaction, DbErr> {
        self.0.begin_with_options(options).await.map(Adapted)
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self::Transaction) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>> + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self::Transaction) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>> + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let transaction =
            self.begin_with_config(isolation_level, access_mode).await.map_err(TransactionError::Connection)?;
        let result = callback(&transaction).await.map_err(TransactionError::Transaction);
        let ended = if result.is_ok() { transaction.commit().await } else { transaction.rollback().await };
        ended.map_err(TransactionError::Connection)?;
        result
    }
}

#[async_trait]
impl<C: TransactionSession + Send> TransactionSession for Adapted<C> {
    async fn commit(self) -> Result<(), DbErr> {
        self.0.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.0.rollback().await
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Local, NaiveDate};
    use sea_orm::{ConnectOptions, Database, DatabaseConnection};

    use super::*;

    const KEY: &str = "018bcfe5-6800-7abc-8def-0123456789ab";

    async fn sqlite() -> Adapted<DatabaseConnection> {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        Adapted::new(Database::connect(options).await.unwrap())
    }

    /// What SQLite makes of a bound value: its storage class and its text.
    async fn bound(db: &impl ConnectionTrait, value: impl Into<Value>) -> (String, Option<String>) {
        let sql = "SELECT typeof(v), CAST(v AS TEXT) FROM (SELECT ? AS v)";
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [value.into()]);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())
    }

    fn text(text: &str) -> (String, Option<String>) {
        ("text".to_owned(), Some(text.to_owned()))
    }

    #[tokio::test]
    async fn keys_instants_and_days_are_text_of_one_form() {
        let db = sqlite().await;
        let key: Key = KEY.parse().unwrap();
        let time: DateTime<Utc> = "2026-03-01T12:34:56.5Z".parse().unwrap();
        let stored = text("2026-03-01T12:34:56.500000Z");
        assert_eq!(bound(&db, key).await, text(KEY));
        assert_eq!(bound(&db, Instant::new(time)).await, stored);
        assert_eq!(bound(&db, time).await, stored);
        assert_eq!(bound(&db, time.naive_utc()).await, stored);
        assert_eq!(bound(&db, time.with_timezone(&Local)).await, stored);
        assert_eq!(bound(&db, time.fixed_offset()).await, stored);
        assert_eq!(bound(&db, Day(NaiveDate::from_ymd_opt(1938, 2, 8).unwrap())).await, text("1938-02-08"));
    }

    #[tokio::test]
    async fn everything_else_stays_what_it_is() {
        let db = sqlite().await;
        assert_eq!(bound(&db, None::<Key>).await, ("null".to_owned(), None));
        assert_eq!(bound(&db, None::<Instant>).await, ("null".to_owned(), None));
        assert_eq!(bound(&db, 7_i64).await, ("integer".to_owned(), Some("7".to_owned())));
        assert_eq!(bound(&db, entity::Cents(1205)).await, ("integer".to_owned(), Some("1205".to_owned())));
        assert_eq!(bound(&db, serde_json::json!({"a": 1})).await, text("{\"a\":1}"));
    }

    #[tokio::test]
    async fn what_was_bound_reads_back() {
        let db = sqlite().await;
        let key: Key = KEY.parse().unwrap();
        let at: Instant = "2026-03-01T12:34:56.000001Z".parse().unwrap();
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, "SELECT ?, ?", [key.into(), at.into()]);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<Key>(0).unwrap(), key);
        assert_eq!(row.try_get_by_index::<Instant>(1).unwrap(), at);
    }

    #[tokio::test]
    async fn a_transaction_is_adapted_too() {
        let db = sqlite().await;
        let transaction = db.begin().await.unwrap();
        assert_eq!(bound(&transaction, KEY.parse::<Key>().unwrap()).await, text(KEY));
        transaction.commit().await.unwrap();
        let read = db.transaction::<_, _, DbErr>(|transaction| {
            Box::pin(async move { Ok(bound(transaction, KEY.parse::<Key>().unwrap()).await) })
        });
        assert_eq!(read.await.unwrap(), text(KEY));
    }

    #[test]
    fn postgresql_gets_what_was_bound() {
        let key: Key = KEY.parse().unwrap();
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT $1", [key.into()]);
        assert_eq!(adapt(statement.clone()), statement);
    }
}
