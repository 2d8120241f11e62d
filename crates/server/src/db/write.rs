//! The one door for writes: a transaction that commits whole or leaves nothing.

use std::ops::Deref;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{
    ConnAcquireErr, DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    TransactionSession, TransactionTrait,
};

use super::{Adapted, Db};

/// A transaction that may write. Only [`Db::write`] makes one.
pub struct Tx(Adapted<DatabaseTransaction>);

impl Deref for Tx {
    type Target = Adapted<DatabaseTransaction>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// What is done in a transaction. It may be done again, so it has no effect but on the transaction.
pub trait Work: Sync {
    /// What it answers.
    type Done: Send;
    /// Why it was not done.
    type Error: Transient + Send;
    /// Checks and writes.
    fn run(&self, tx: &Tx) -> impl Future<Output = Result<Self::Done, Self::Error>> + Send;
}

/// An error that may be the database's.
pub trait Transient: From<DbErr> {
    /// The database's error, when it is one.
    fn database(&self) -> Option<&DbErr>;
}

/// How often a transaction is repeated that met others.
const REPEATS: u32 = 3;

impl Db {
    /// Does `work` in a transaction: its success commits, its error leaves nothing behind. A transaction that the
    /// database gave up for another's sake is repeated whole.
    ///
    /// # Errors
    /// What `work` answers, or what the database says about the transaction itself.
    pub async fn write<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        let mut left = REPEATS;
        loop {
            match self.attempt(work).await {
                Err(error) if left > 0 && error.database().is_some_and(met_another) => left -= 1,
                done => return done,
            }
        }
    }

    async fn attempt<W: Work>(&self, work: &W) -> Result<W::Done, W::Error> {
        // IMMEDIATE, because a transaction that reads first could not become a writing one when another wrote.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = Tx(Adapted::new(self.connection().begin_with_options(options).await?));
        match work.run(&tx).await {
            Ok(done) => {
                tx.0.commit().await?;
                self.note_write();
                Ok(done)
            }
            Err(error) => {
                tx.0.rollback().await?;
                Err(error)
            }
        }
    }
}

/// Serialization failures and deadlocks of PostgreSQL. SQLite's writers meet only those of other processes, and have
/// waited for them already.
fn met_another(error: &DbErr) -> bool {
    matches!(said(error).and_then(DatabaseError::code).as_deref(), Some("40001" | "40P01"))
}

/// Whether a write did not get its turn in time: no connection was free, or another kept a lock. Nothing was written.
pub fn got_no_turn(error: &DbErr) -> bool {
    /// Or one of its kinds: the upper bytes say which.
    const SQLITE_BUSY: i32 = 5;
    let busy = || {
        let code = said(error)?.try_downcast_ref::<SqliteError>()?.code()?.parse::<i32>().ok()?;
        Some(code & 0xff == SQLITE_BUSY)
    };
    let locked = said(error).and_then(DatabaseError::code).as_deref() == Some("55P03");
    matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) || locked || busy().unwrap_or(false)
}

/// What the database itself said.
fn said(error: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    error.as_database_error()
}
